"""Which queues count as broken, and how the new ones are called."""

from __future__ import annotations

from bot.framework.queues import SILENT_MOST, UNTAKEN_MOST, Echoes, Queues
from tests.kit import MemoryValues


def test_a_queue_is_broken_when_it_was_silent_for_its_time_and_is_named_once() -> None:
    echoes = Echoes()
    echoes.ask({1, 2, 3}, 0.0)
    echoes.ask({1, 2}, SILENT_MOST / 2)
    echoes.answered(1)
    assert echoes.broken(SILENT_MOST - 1, ()) == set()
    assert echoes.are_silent(SILENT_MOST, ())
    assert echoes.broken(SILENT_MOST, ()) == {2}
    assert not echoes.are_silent(SILENT_MOST, ())
    assert echoes.broken(SILENT_MOST, ()) == set()


def test_one_that_answered_is_asked_anew_and_a_cut_forgets() -> None:
    echoes = Echoes()
    echoes.ask({1}, 0.0)
    echoes.answered(1)
    echoes.ask({1}, SILENT_MOST)
    assert echoes.broken(SILENT_MOST + 1, ()) == set()
    echoes.forget()
    assert echoes.broken(SILENT_MOST * 3, ()) == set()


def test_one_that_has_just_brought_something_has_nothing_to_prove() -> None:
    echoes = Echoes()
    echoes.came(1, 100.0)
    assert echoes.ask({1, 2}, 101.0) == {2}
    assert echoes.ask({1, 2}, 101.0 + SILENT_MOST) == {1}
    echoes.came(1, 112.0)
    assert echoes.broken(130.0, ()) == {2}


def test_one_that_the_broker_alone_takes_nothing_for_has_less_time() -> None:
    """It has no leader; another one may wait for a consumer whose machine is gone."""
    echoes = Echoes()
    echoes.ask({1, 2}, 0.0)
    assert not echoes.are_silent(UNTAKEN_MOST - 1, {2})
    assert echoes.are_silent(UNTAKEN_MOST, {2})
    assert echoes.broken(UNTAKEN_MOST, {2}) == {2}
    assert echoes.broken(SILENT_MOST, ()) == {1}


async def test_processes_agree_on_the_names_and_leave_a_queue_once() -> None:
    values = MemoryValues()
    one, other, late = (Queues("s", 16, values) for _ in range(3))
    assert not await one.look()
    assert await one.leave([3, 12])
    assert (one.name(3), one.name(12), one.name(1)) == ("s.events.16.3.1", "s.events.16.12.1", "s.events.16.1")
    assert await other.leave([3])  # it had not heard: the new one is not left at once
    assert other.name(3) == one.name(3)
    assert await other.leave([3])
    assert await one.look()
    assert one.name(3) == "s.events.16.3.2"
    assert await late.look()
    assert late.name(12) == "s.events.16.12.1"
    assert not await late.look()
