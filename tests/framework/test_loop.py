"""The loop of a process that talks: it looks at its sockets soon, also while there is work."""

from __future__ import annotations

import asyncio
import selectors
import socket
from unittest.mock import patch

from bot.framework import loop


def test_a_loop_with_work_looks_at_its_sockets_after_a_few_turns() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, loop.Selector() as selector, patch.object(loop, "LONGEST", 60.0):
        selector.register(ours, selectors.EVENT_READ)
        theirs.send(b"x")
        found = [selector.select(0) for _ in range(loop.TURNS + 1)]
        assert found[:-1] == [[]] * loop.TURNS
        assert [key.fileobj for key, _ in found[-1]] == [ours]
        assert selector.select(None), "a loop without work looks at once"


def test_a_turn_that_took_long_is_the_last_one() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, loop.Selector() as selector, patch.object(loop, "LONGEST", 0.0):
        selector.register(ours, selectors.EVENT_READ)
        theirs.send(b"x")
        assert selector.select(0)


def test_what_is_run_comes_to_its_end_and_hears_of_others_meanwhile() -> None:
    heard: list[bytes] = []

    async def busy(until: asyncio.Event) -> None:
        for _ in iter(until.is_set, True):
            await asyncio.sleep(0)

    async def main() -> None:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.setblocking(False)
            came = asyncio.Event()
            working = asyncio.create_task(busy(came))
            theirs.send(b"x")
            heard.append(await asyncio.get_running_loop().sock_recv(ours, 1))
            came.set()
            await working

    loop.run(main())
    assert heard == [b"x"]
