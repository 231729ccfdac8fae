"""What an open page is handed, and when it has to look into the log instead."""

from __future__ import annotations

import asyncio

from bot.platforms.web.watcher import Watcher


def test_entries_in_a_row_are_handed_over() -> None:
    watcher = Watcher()
    watcher.hand(5, "b")
    watcher.hand(4, "a")
    assert watcher.take(seen=3) == [(4, "a"), (5, "b")]


def test_where_one_is_missing_only_the_log_can_tell() -> None:
    watcher = Watcher()
    watcher.hand(6, "c")
    assert watcher.take(seen=4) is None
    watcher.hand(7, "d")
    assert watcher.take(seen=6) == [(7, "d")]


def test_what_was_seen_already_is_not_handed_again() -> None:
    watcher = Watcher()
    watcher.hand(4, "a")
    watcher.hand(5, "b")
    assert watcher.take(seen=4) == [(5, "b")]
    watcher.hand(5, "b")
    assert watcher.take(seen=5) == []


def test_another_process_hands_nothing_over() -> None:
    watcher = Watcher()
    watcher.hand(4, "a")
    watcher.wake()
    assert watcher.take(seen=3) is None


async def test_it_waits_until_there_is_something() -> None:
    watcher = Watcher()
    waiting = asyncio.ensure_future(watcher.grown())
    await asyncio.sleep(0)
    assert not waiting.done()
    watcher.hand(1, "a")
    await waiting
    watcher.take(seen=0)
    again = asyncio.ensure_future(watcher.grown())
    await asyncio.sleep(0)
    assert not again.done()
    watcher.wake()
    await again
