"""The buttons of a receipt."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.actions import Action


@dataclass(frozen=True)
class OpenReceipt(Action, code="tq"):
    """Show what became of an announcement now."""

    announcement: int


@dataclass(frozen=True)
class NextUndecided(Action, code="tn2"):
    """Show the next message of which nobody knows whether it arrived."""

    announcement: int


@dataclass(frozen=True)
class DecideRow(Action, code="tz"):
    """A person's word about such a message: `received`, `resend` or `drop`."""

    row: int
    decision: str


@dataclass(frozen=True)
class SendReceipt(Action, code="ty"):
    """Send the receipt as an Excel file."""

    announcement: int


@dataclass(frozen=True)
class RetryFailed(Action, code="tk"):
    """Try once more what the messenger surely did not take."""

    announcement: int


@dataclass(frozen=True)
class GoOn(Action, code="tj"):
    """Let go on what was stopped: by the breaker, the canary, the month's quota, a restore."""

    announcement: int
