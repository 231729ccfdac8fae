"""The truth of ends between processes: from when on one takes nothing new."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from bot.core.events import Chat
from bot.core.messages import Message
from bot.core.text import Text

from .core import carried, pace
from .core.pace import End
from .plan import Fault
from .timeline import Timeline
from .vendor import Call

SLOW = (Fault("slow disk", 14.0, 15.0),)


@pytest.mark.parametrize(
    ("faults", "begun", "noted", "wrong"),
    [
        (SLOW, 31.0, 30, False),  # as in seed 24697 of the core: its jobs waited for the disk, and then it ended
        (SLOW, 31.0, 33, True),
        (SLOW, 21.7, 30, True),
        (SLOW, None, 30, True),
        ((), 31.0, 30, True),
    ],
)
def test_a_process_may_take_something_new_until_its_conversations_end(
    faults: tuple[Fault, ...], begun: float | None, noted: int, wrong: bool
) -> None:
    world = SimpleNamespace(
        plan=SimpleNamespace(faults=faults),
        timeline=Timeline("1"),
        stalled=[],
        ledger=SimpleNamespace(steady=True),
        disk=SimpleNamespace(ask=lambda text: [(85, f"2026-11-23 01:00:{noted}+00:00")]),
        ends=[End(1, 21.6, begun)],
        vendors={"rich": SimpleNamespace(calls=[SimpleNamespace(key="reply:g-own:85:1", life=1)])},
    )
    assert bool(list(carried._taken_at_end(world))) is wrong  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fate", "heard", "stopped", "wrong"),
    [
        ("gone", 15.027, 15.033, 0),  # as in seed 5748 of the core: cut off when its grace was over
        ("gone", 14.5, 15.033, 1),  # there was time
        ("gone", 13.027, 13.033, 1),  # its grace was not over
        ("fine", 15.027, 15.033, 1),  # nothing is noted before that mark
    ],
)
def test_an_end_cuts_off_only_the_mark_of_a_chat_that_is_gone(
    fate: str, heard: float, stopped: float, wrong: int
) -> None:
    timeline = Timeline("1")
    timeline.now = 16.5
    call = Call(
        0, heard - 0.1, 1, Chat("rich", "c-0", "private"), Message(Text.verbatim("Giờ.")), "reply:c-0:64:11", fate,
        ended=heard, heard=heard,
    )  # fmt: skip
    end = End(1, 11.029, 11.029, stopped)
    world = SimpleNamespace(
        plan=SimpleNamespace(nodes=1, faults=(), seed="1"),
        happened={},
        timeline=timeline,
        stalled=[],
        ends=[end],
        conversations=SimpleNamespace(marked={("rich", "c-0"): []}, handled={}),
        vendors={"rich": SimpleNamespace(name="rich", moved={}, calls=[call], updates=[])},
        disk=SimpleNamespace(ask=lambda text: []),
    )
    pace.ended(world, 1)  # type: ignore[arg-type]
    assert len(end.found) == wrong
