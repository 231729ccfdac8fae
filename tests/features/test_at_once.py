"""Reads of one event that do not wait for one another go to the database together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from bot.features.at_once import at_once, each
from bot.storage.event_reads import remembered
from bot.storage.sql import Sql


class Gates:
    """Reads that wait until they are let through, in the order in which they began."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.open: dict[str, asyncio.Event] = {}
        self.ended: list[str] = []

    async def read(self, name: str) -> str:
        self.begun.append(name)
        gate = self.open[name] = asyncio.Event()
        try:
            await gate.wait()
            return name.upper()
        finally:
            self.ended.append(name)


async def test_all_begin_before_the_first_is_answered() -> None:
    gates = Gates()
    with remembered():
        work = asyncio.create_task(_three(gates))
        await asyncio.sleep(0)
        assert gates.begun == ["a", "b", "c"]
        for name in ("c", "a", "b"):
            gates.open[name].set()
        assert await work == ["A", "B", "C"]


async def _three(gates: Gates) -> list[str]:
    return await each([gates.read("a"), gates.read("b"), gates.read("c")])


async def test_one_that_waits_for_the_answer_to_another_gets_it(db: BaseDBAsyncClient) -> None:
    """The same question asked by two, the second within another pair, is asked once and answers both."""

    async def number() -> int:
        return int(str((await Sql(db).rows("select 41 + 1 as n"))[0]["n"]))

    with remembered():
        assert await at_once(number(), at_once(number(), number())) == (42, (42, 42))


async def test_the_first_failure_ends_the_others() -> None:
    gates = Gates()

    async def fails() -> str:
        raise LookupError("gone")

    with remembered(), pytest.raises(LookupError, match="gone"):
        await each([gates.read("a"), fails(), gates.read("never begun")])
    assert (gates.begun, gates.ended) == (["a"], ["a"])


async def test_whoever_is_stopped_meanwhile_ends_them_all() -> None:
    gates = Gates()
    with remembered():
        work = asyncio.create_task(_three(gates))
        await asyncio.sleep(0)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
    assert sorted(gates.ended) == ["a", "b", "c"]


async def test_outside_of_an_event_one_comes_after_the_other() -> None:
    gates = Gates()
    work = asyncio.create_task(_three(gates))
    for name in ("a", "b", "c"):
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert gates.begun[-1] == name
        gates.open[name].set()
        await asyncio.sleep(0)
    assert await work == ["A", "B", "C"]


async def test_in_a_transaction_too(db: BaseDBAsyncClient) -> None:
    """It has one connection, and what it reads must be of that moment."""
    gates = Gates()
    with remembered():
        async with in_transaction("default"):
            work = asyncio.create_task(_three(gates))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            assert gates.begun == ["a"]
            work.cancel()
            with pytest.raises(asyncio.CancelledError):
                await work


async def test_a_read_that_is_ended_may_wait_while_it_gives_back_what_it_holds() -> None:
    """A connection of PostgreSQL goes back to its pool by awaiting; whoever was stopped is not kept from ending."""
    gates, given_back = Gates(), []

    async def holding() -> str:
        try:
            return await gates.read("held")
        finally:
            await asyncio.sleep(0)
            await gates.read("giving back")
            given_back.append("connection")

    with remembered():
        work = asyncio.create_task(_both(holding(), gates.read("beside")))
        await asyncio.sleep(0)
        work.cancel()
        for _ in range(4):  # turns of the loop until it waits again
            await asyncio.sleep(0)
        gates.open["giving back"].set()
        with pytest.raises(asyncio.CancelledError):
            await work
    assert (given_back, gates.ended) == (["connection"], ["held", "giving back", "beside"])


async def _both(one: Awaitable[str], two: Awaitable[str]) -> tuple[str, str]:
    return await at_once(one, two)
