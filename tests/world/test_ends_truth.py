"""The truth of ends between processes: from when on one takes nothing new."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from .core import carried
from .core.pace import End
from .plan import Fault
from .timeline import Timeline

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
