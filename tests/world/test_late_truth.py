"""The truth of what comes too late: nobody says what is too old or not by the hour at which the clock jumps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from types import SimpleNamespace

import pytest

from bot.core.events import Chat, Sender

from .little_people import TOO_LATE, Villager
from .plan import Fault
from .timeline import BEGAN

CHAT = Chat("plain", "g-plain", "group")
HOUR, FAST, SLOW = 3600.0, 3000.0, -3000.0


@pytest.mark.parametrize(
    ("hours", "error", "jumps", "expected"),
    [
        (8.5, 0.0, (), TOO_LATE),
        (3.5, 0.0, (), "Đã ghi b2."),
        (8.5, FAST, (-60.0, -HOUR), TOO_LATE),
        (8.5, FAST, (-60.0, -HOUR, -HOUR), "something else"),  # as in seed 41199: less than six hours, by the bot's
        (8.5, SLOW, (-60.0, -HOUR, -HOUR), TOO_LATE),
        (3.5, SLOW, (HOUR,), "Đã ghi b2."),
        (3.5, SLOW, (HOUR, HOUR), "something else"),
        (3.5, FAST, (HOUR, HOUR), "Đã ghi b2."),
        (3.5, SLOW, (HOUR, 1800.0), "something else"),  # to the moment by which it is handled
    ],
)
def test_what_comes_late_is_too_old_wherever_the_clock_jumps(
    hours: float, error: float, jumps: Sequence[float], expected: str
) -> None:
    said = list[str]()
    person = SimpleNamespace(
        _world=SimpleNamespace(
            timeline=SimpleNamespace(wall=BEGAN),
            plan=SimpleNamespace(faults=[Fault("jump", 9.0, much=much) for much in jumps]),
        ),
        _vendor=SimpleNamespace(clock=BEGAN + timedelta(seconds=error)),
        _me=Sender("id-1", "Bình"),
        _token=lambda: "b2",
        _place=lambda: CHAT,
        _chance=SimpleNamespace(choice=lambda of: hours),
        _does=lambda place, event, effects, answer: said.append(answer),
        _adds=lambda: said.append("something else"),
    )
    Villager._comes_late(person)  # type: ignore[arg-type]
    assert said == [expected]
