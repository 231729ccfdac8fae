"""The truth of the order of replies: only what was refused, and not marked before a death, may stand behind others."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from bot.core.events import Chat

from . import truths

CHAT = Chat("plain", "c-7", "private")
REFUSED, DIED, LEFT, AGAIN = 99.255, 99.275, 99.325, 159.509


def _call(reply: int, at: float, fate: str, *, life: int, heard: float | None, taken: float | None) -> SimpleNamespace:
    return SimpleNamespace(
        key=f"reply:{CHAT.id}:71:{reply}", at=at, life=life, fate=fate, heard=heard, taken=taken, chat=CHAT
    )


@pytest.mark.parametrize(
    ("first", "died", "right"),
    [
        ({"fate": "refused", "heard": REFUSED}, DIED, True),  # as in seed 50004
        ({"fate": "gone", "heard": REFUSED}, DIED, True),
        ({"fate": "refused", "heard": REFUSED}, REFUSED + 3.0, False),  # it had long been marked
        ({"fate": "refused", "heard": REFUSED}, None, False),
        ({"fate": "refused", "heard": None}, DIED, False),  # nothing may leave behind it
        ({"fate": "before", "heard": REFUSED}, DIED, False),
    ],
)
def test_a_reply_stands_behind_a_later_one_only_if_its_refusal_was_lost(
    first: dict[str, Any], died: float | None, right: bool
) -> None:
    calls = [
        _call(5, 99.2, life=2, taken=None, **first),
        _call(6, 99.26, "fine", life=2, heard=None, taken=LEFT),
        _call(5, 159.45, "fine", life=3, heard=AGAIN + 0.1, taken=AGAIN),
    ]
    world = SimpleNamespace(
        conversations=SimpleNamespace(forgotten=set()),
        deaths={} if died is None else {2: died},
        split=lambda at: False,
        parted_at=list,
        disk_away=lambda since, until: 0.0,
        stalled=[],
        timeline=SimpleNamespace(kept_for=lambda since, until: 0.0),
    )
    found = list(truths._replies(world, SimpleNamespace(name="plain", calls=calls, moved={})))  # type: ignore[arg-type]
    assert found == ([] if right else ["in order: reply 5 of c-7 stands after 6"])
