"""The truth of repeats: a reply comes again only where its process had no time to mark it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from . import truths
from .timeline import Timeline

HEARD, DIED = 12.181, 14.781


@pytest.mark.parametrize(
    ("kept", "stalled", "may"),
    [
        ([(12.182, DIED)], [], True),  # as in seed 1068 of the core: one step kept the process until it was killed
        ([(12.182, 12.6)], [], False),
        ([(8.0, 12.1)], [], False),  # before
        ([], [(12.2, 18.2)], True),  # as in seed 1469: the disk gave no answer
        ([], [(5.0, 12.0)], False),
        ([], [(14.8, 20.0)], False),
    ],
)
def test_a_process_that_is_kept_from_its_marks_may_repeat(
    kept: list[tuple[float, float]], stalled: list[tuple[float, float]], may: bool
) -> None:
    timeline = Timeline("0")
    timeline.kept[:] = kept
    world = SimpleNamespace(
        split=lambda at: False,
        deaths={1: DIED},
        parted_at=list,
        disk_away=lambda since, until: 0.0,
        timeline=timeline,
        stalled=stalled,
    )
    call = SimpleNamespace(heard=HEARD, life=1)
    assert truths._may_repeat(world, call) is may  # type: ignore[arg-type]
