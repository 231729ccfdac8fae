"""The truth of turns: what relies on another chat takes as much longer as it is begun anew, and no more."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from types import SimpleNamespace

import pytest

from bot.core.events import Chat, Sender, TextSent
from tests.world.little_people import Said
from tests.world.timeline import BEGAN
from tests.world.vendor import Update

from . import exact

NOTED = 4.5
RELYING, OTHER = Chat("plain", "c-3", "private"), Chat("rich", "c-0", "private")


def _said(number: int, chat: Chat, text: str, effect: str) -> Said:
    return Said(Update(TextSent(f"e-{number}", chat, Sender("id", "S"), BEGAN, text=text)), chat, (effect,))


@pytest.mark.parametrize(
    ("changes", "handled", "late"),
    [
        ((4.9, 5.6), 6.34, False),  # as in seed 5652 of the core: it was begun three times
        ((4.9, 5.6), 7.3, True),
        ((4.8, 4.9), 6.65, True),  # both in its first try, so it was begun twice
        ((4.9,), 5.75, False),
        ((), 6.34, True),
        ((6.2, 6.3), 6.34, True),  # when it should have been over
    ],
)
def test_what_relies_on_another_chat_is_begun_anew_for_each_try_that_meets_a_change(
    changes: tuple[float, ...], handled: float, late: bool
) -> None:
    said = [_said(0, RELYING, "giữ rich:c-0 d5", "d5")]
    said += [_said(number, OTHER, f"cộng a{number}", f"a{number}") for number in range(1, len(changes) + 1)]
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute("create table inbox (seq, platform, chat_id, event_id, noted_at)")
        noted = (BEGAN + timedelta(seconds=NOTED)).isoformat()
        rows = [(seq, one.chat.platform, one.chat.id, one.update.event.id, noted) for seq, one in enumerate(said)]
        database.executemany("insert into inbox values (?, ?, ?, ?, ?)", rows)
        world = SimpleNamespace(
            disk=SimpleNamespace(ask=lambda text, values: database.execute(text, values).fetchall()),
            conversations=SimpleNamespace(handled=dict(enumerate((handled, *changes)))),
            vendors={"plain": SimpleNamespace(calls=[])},
            timeline=SimpleNamespace(kept=[], kept_for=lambda since, until: 0.0),
            said=said,
        )
        found = [*exact._chat(world, "plain", "c-3", [(0, "e-0", NOTED)])]  # type: ignore[arg-type]
    assert [one.startswith("prompt: e-0 in c-3 was handled at") for one in found] == [True] * late
