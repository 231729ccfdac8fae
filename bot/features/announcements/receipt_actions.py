"""The buttons of a receipt."""

from __future__ import annotations

from bot.core.actions import Action


class OpenReceipt(Action, code="tq"):
    """Show what became of an announcement now."""

    announcement: int


class NextUndecided(Action, code="tn2"):
    """Show the next message of which nobody knows whether it arrived."""

    announcement: int


class DecideRow(Action, code="tz"):
    """A person's word about such a message: `received`, `resend` or `drop`."""

    row: int
    decision: str


class SendReceipt(Action, code="ty"):
    """Send the receipt as an Excel file."""

    announcement: int


class RetryFailed(Action, code="tk"):
    """Try once more what the messenger surely did not take."""

    announcement: int


class GoOn(Action, code="tj"):
    """Let go on what was stopped: by the breaker, the canary, the month's quota, a restore."""

    announcement: int
