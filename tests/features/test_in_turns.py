"""Long work of the loop's own gives way: between two portions whoever else waits has a turn."""

from __future__ import annotations

import asyncio

from bot.features.in_turns import AT_ONCE, in_turns


async def test_others_have_a_turn_between_two_portions_and_nothing_is_lost() -> None:
    seen: list[int] = []
    between: list[int] = []

    async def other() -> None:
        while True:
            between.append(len(seen))
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    things = range(3 * AT_ONCE + 1)
    async for some in in_turns(things):
        assert len(some) <= AT_ONCE
        seen += some
    task.cancel()
    assert seen == list(things)
    assert between == [AT_ONCE, 2 * AT_ONCE, 3 * AT_ONCE]


async def test_what_is_one_portion_is_done_at_once() -> None:
    assert [list(some) async for some in in_turns(range(3))] == [[0, 1, 2]]
    nothing: list[int] = []
    assert [list(some) async for some in in_turns(nothing)] == []
