"""The truth of turns: when an event was counted for its minute, where others kept the process meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from bot.core.events import Chat, Sender, TextSent

from .core import exact
from .little_people import Said
from .timeline import Timeline
from .vendor import Update

CHAT = Chat("rich", "c-2", "private")
BLOCKED = [(0.0, 2.6), (2.6, 5.2), (5.2, 7.8), (7.8, 9.6)]
"""Its own, and after it those of three other chats."""


def _said(event: str, text: str) -> Said:
    sent = TextSent(event, CHAT, Sender("id-2", "Chi"), datetime(2026, 11, 23, tzinfo=UTC), text=text)
    return Said(Update(sent), CHAT)


@pytest.mark.parametrize(("last", "wrong"), [(60.05, 0), (56.0, 1), (65.0, 1)])
def test_what_was_kept_from_its_end_is_counted_from_its_beginning(last: float, wrong: int) -> None:
    """As in seed 23082 of the core: it counted as begun when the last of the others had ended."""
    said = [_said("e0", "chặn dai c0"), *(_said(f"e{at}", f"/xem c{at}") for at in range(1, 11))]
    events = [(at, f"e{at}", 0.0 if at < 10 else 10.0) for at in range(11)]
    handled = {0: 9.61, **{at: 9.6 + at / 20 for at in range(1, 10)}, 10: last}
    told = SimpleNamespace(key="reply:c-2:9:10", text="Please wait a moment, I answer one message at a time.")
    timeline = Timeline("1")
    timeline.kept = BLOCKED
    world = SimpleNamespace(
        vendors={"rich": SimpleNamespace(calls=[told])},
        conversations=SimpleNamespace(handled=handled),
        timeline=timeline,
        said=said,
    )
    assert len(list(exact._chat(world, "rich", "c-2", events))) == wrong  # type: ignore[arg-type]
