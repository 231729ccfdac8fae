"""The day on which a conversation was last asked how somebody found the help.

It is kept here and not beside the asking: the page of what is kept of a person tells it, and asking goes by it.
"""

from __future__ import annotations

from datetime import date

from bot.core.sessions import Session

FACT = "ykien"
"""Fact of a session: the day of the last question, and while it is open what it is about and for which unit."""


def last_question(session: Session) -> date | None:
    """Read the day of the last question; None when there was none."""
    day = session.facts.get(FACT, "").partition(" ")[0]
    return date.fromisoformat(day) if day else None
