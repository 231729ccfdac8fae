"""Which queues count as broken."""

from __future__ import annotations

from bot.framework.echoes import SILENT_MOST, Echoes


def test_a_queue_is_broken_when_it_was_silent_for_its_time_and_is_named_once() -> None:
    echoes = Echoes()
    echoes.ask({1, 2, 3}, 0.0)
    echoes.ask({1, 2}, SILENT_MOST / 2)
    echoes.answered(1)
    assert echoes.broken(SILENT_MOST - 1) == []
    assert echoes.broken(SILENT_MOST) == [2]
    assert echoes.broken(SILENT_MOST) == []


def test_one_that_answered_is_asked_anew_and_a_cut_forgets() -> None:
    echoes = Echoes()
    echoes.ask({1}, 0.0)
    echoes.answered(1)
    echoes.ask({1}, SILENT_MOST)
    assert echoes.broken(SILENT_MOST + 1) == []
    echoes.forget()
    assert echoes.broken(SILENT_MOST * 3) == []
