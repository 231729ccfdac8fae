"""The truths of months: who is refused waits until the next one, and a start lets it be tried after a minute."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from bot.core.events import Chat, ChatKind, Sender, TextSent
from bot.core.messages import Message
from bot.core.text import Text

from .core import months, pace
from .little_people import Said
from .timeline import Timeline
from .vendor import Call, Update

ENDED = 10.0


def _call(at: float, life: int, fate: str, *, waits: float | None = None, chat: str = "c-1") -> Call:
    kind: ChatKind = "group" if chat.startswith("g-") else "private"
    message, key = Message(Text.verbatim("Đã ghi.")), f"reply:{chat}:4:1"
    return Call(0, at, life, Chat("rich", chat, kind), message, key, fate, ended=at, heard=at, waits=waits)


def _world(begun: dict[int, float], *, happened: dict[str, int] | None = None) -> SimpleNamespace:
    timeline = Timeline("1")
    timeline.now = 9000.0
    return SimpleNamespace(
        plan=SimpleNamespace(nodes=1, faults=()),
        ledger=SimpleNamespace(steady=True),
        timeline=timeline,
        happened=happened or {},
        begun=begun,
        deaths={1: 20.0} if 2 in begun else {},
        warned_in=[],
        stalled=[],
        said=[],
        ends=[],
    )


def _vendor(*calls: Call) -> SimpleNamespace:
    return SimpleNamespace(name="rich", calls=[*calls], month=object())


@pytest.mark.parametrize(
    ("waits", "fate", "life", "again", "wrong"),
    [
        (8000.0, "month", 1, 4000.0, 1),
        (8000.0, "month", 1, 8010.0, 0),
        (8000.0, "month", 2, 83.0, 1),
        (8000.0, "month", 2, 85.1, 0),  # the next life, begun at 25 s: no pause of ours is so long
        (3000.0, "month", 2, 85.1, 1),
        (3600.0, "hour", 2, 85.1, 1),
    ],
)
def test_a_start_tries_a_month_after_a_minute_and_heeds_what_is_no_longer_than_an_hour(
    waits: float, fate: str, life: int, again: float, wrong: int
) -> None:
    vendor = _vendor(_call(ENDED, 1, fate, waits=waits), _call(again, life, "fine"))
    world = _world({1: 0.0, 2: 25.0} if life == 2 else {1: 0.0})
    assert len(list(pace._paused(world, vendor))) == wrong  # type: ignore[arg-type]


def test_a_month_is_everybodys_and_an_hour_is_of_its_chat() -> None:
    for fate, wrong in (("month", 1), ("hour", 0)):
        vendor = _vendor(_call(ENDED, 1, fate, waits=90.0), _call(50.0, 1, "fine", chat="c-2"))
        assert len(list(pace._paused(_world({1: 0.0}), vendor))) == wrong  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("between", "again", "wrong"),
    [
        ([], 101.5, 0),
        ([], 103.0, 1),
        ([], None, 1),
        ([_call(100.5, 1, "unclear", chat="c-2")], 103.0, 0),  # the line is in doubt
        ([_call(100.5, 1, "fine", chat="c-2")], 103.0, 1),
    ],
)
def test_what_waited_for_its_month_goes_on_at_once(between: list[Call], again: float | None, wrong: int) -> None:
    following = [] if again is None else [_call(again, 1, "fine")]
    vendor = _vendor(_call(ENDED, 1, "month", waits=90.0), *between, *following)
    assert len(list(months.violations(_of(vendor)))) == wrong  # type: ignore[arg-type]


def _of(vendor: SimpleNamespace) -> SimpleNamespace:
    world = _world({1: 0.0})
    world.vendors = {"rich": vendor}
    return world


@pytest.mark.parametrize(
    ("died", "stopped", "wrong"),
    [
        (40.0, None, 0),
        (101.0, None, 0),
        (103.0, None, 1),
        (103.0, 101.5, 0),  # as in seed 1855 of the core: its conversations had ended, and its pages had not
    ],
)
def test_who_died_or_ended_meanwhile_tries_nothing(died: float, stopped: float | None, wrong: int) -> None:
    world = _of(_vendor(_call(ENDED, 1, "month", waits=90.0)))
    world.deaths = {1: died}
    world.ends = [pace.End(1, 90.0, stopped=stopped)]
    assert len(list(months.violations(world))) == wrong  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("faults", "deaths", "wrong"), [((), 6, 0), ((), 7, 1), (("month by hours",), 7, 0), (("month",), 8, 1)]
)
def test_a_chat_that_waits_for_a_month_may_lose_the_count_of_who_died_of_it(
    faults: tuple[str, ...], deaths: int, wrong: int
) -> None:
    """As in seed 4192 of the core: two had died of an event before its chat waited for an hour."""
    plan = SimpleNamespace(nodes=2, faults=[SimpleNamespace(kind=kind) for kind in faults])
    world = SimpleNamespace(plan=plan, deadly={"c4": deaths})
    assert len(list(pace._deadly(world))) == wrong  # type: ignore[arg-type]


@pytest.mark.parametrize(("faults", "wrong"), [(("month by hours",), 0), ((), 1)])
def test_a_slow_event_that_waited_an_hour_counts_since_it_was_begun(faults: tuple[str, ...], wrong: int) -> None:
    """As in seed 6360 of the core: it was said before the month ended, and begun ten seconds before its commit."""
    chat = Chat("plain", "c-3", "private")
    event = TextSent("e1", chat, Sender("id-3", "Dũng"), datetime(2026, 11, 23, tzinfo=UTC), text="chờ d16")
    world = SimpleNamespace(
        deaths={},
        plan=SimpleNamespace(faults=[SimpleNamespace(kind=kind) for kind in faults]),
        vendors={"plain": SimpleNamespace(name="plain", calls=[], month=None)},
        conversations=SimpleNamespace(handled_in={("plain", "c-3"): [3624.4, *[3630.0] * 19, 3673.9]}),
        timeline=SimpleNamespace(kept=[]),
        said=[Said(Update(event), chat, at=19.0)],
    )
    assert len([*pace._minutes(world)]) == wrong  # type: ignore[arg-type]
