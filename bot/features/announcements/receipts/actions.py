"""The buttons of a receipt."""

from __future__ import annotations

from bot.core.actions import Action


class NextUndecided(Action, code="tn2"):
    """Ask about all unclear messages at once."""

    announcement: int


class OpenIncident(Action, code="tz3"):
    """Ask about the unclear messages of one incident alone. `since` is when it began, in seconds since 1970."""

    announcement: int
    since: int
    cause: str


class DecideMany(Action, code="tz2"):
    """Decide all messages that became unclear in this time, as in DecideRow; `cause` "" is any."""

    announcement: int
    decision: str
    since: int
    until: int
    cause: str


class ChooseUndecided(Action, code="tz4"):
    """Ask about these messages one by one."""

    announcement: int


class DecideRow(Action, code="tz"):
    """Decide an unclear message: `received`, `resend` or `drop`."""

    row: int
    decision: str


class SendReceipt(Action, code="ty"):
    """Send the receipt as an Excel file."""

    announcement: int


class RetryFailed(Action, code="tk"):
    """Retry the messages that the messenger certainly did not accept."""

    announcement: int


class GoOn(Action, code="tj"):
    """Release messages that were stopped by the breaker, the canary, the month's quota, or a restore."""

    announcement: int


class RemindSilent(Action, code="tn3"):
    """Remind who leads the villages that have it and have not confirmed it."""

    announcement: int


class SendMissed(Action, code="tk2"):
    """Send it to a group that has added the bot again since then."""

    announcement: int
    channel: int


class ShowVillages(Action, code="tf6"):
    """Show village by village in which way it was told; pages count from 0."""

    announcement: int
    page: int


class ShowVillage(Action, code="tf7"):
    """Show one village of the receipt, with what may be noted of it."""

    announcement: int
    unit: int


class NoteTold(Action, code="tf8"):
    """Note or remove that a village was told in another way."""

    announcement: int
    unit: int
    way: str
    on: bool


class ShowProofs(Action, code="tf5"):
    """Look at the pictures of the groups in which it was pasted, those after the ask `after`."""

    announcement: int
    after: int
