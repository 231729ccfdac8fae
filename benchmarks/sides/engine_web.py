"""Our engine behind the web chat: a frame of the socket in, the entry of the bot's answer out. Only TCP is left out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self, cast
from unittest.mock import patch
from urllib.parse import urlsplit
from uuid import UUID

from aiohttp import WSMessage, WSMsgType, web
from multidict import CIMultiDict

from benchmarks import ours, worker
from benchmarks.traffic import CONVERSATIONS, Turn, in_lanes, turns

_HOST = urlsplit(ours.PUBLIC_URL).netloc


@dataclass
class Opening:
    """All that the socket's handler asks of a request; `socket` is set when the handler has prepared it."""

    cookies: Mapping[str, str]
    host: str = _HOST
    headers: CIMultiDict[str] = field(default_factory=lambda: CIMultiDict({"Origin": ours.PUBLIC_URL}))
    query: Mapping[str, str] = field(default_factory=dict)
    remote: str = "127.0.0.1"
    socket: Socket | None = None


class Socket:
    """A browser's end and the server's end in one."""

    def __init__(self, **options: object) -> None:
        self._frames: asyncio.Queue[str] = asyncio.Queue()
        self._answered: asyncio.Future[None] | None = None

    async def prepare(self, request: Opening) -> None:
        request.socket = self

    def set_cookie(self, name: str, value: str, **options: object) -> None:
        pass

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> WSMessage:
        return WSMessage(WSMsgType.TEXT, await self._frames.get(), None)

    async def send_str(self, data: str) -> None:
        if self._answered is not None and '"from": "bot"' in data:
            self._answered.set_result(None)
            self._answered = None

    async def close(self, **options: object) -> None:
        pass

    async def says(self, frame: str) -> None:
        """Returns when the bot's answer is shown."""
        self._answered = asyncio.get_running_loop().create_future()
        answered = self._answered
        self._frames.put_nowait(frame)
        await answered

    def returns(self) -> None:
        """Ask for what is new, as a page does when it opens."""
        self._frames.put_nowait('{"since":0}')


def frame(turn: Turn) -> str:
    number = str(UUID(int=turn.number))
    if turn.pressed:
        return json.dumps({"id": number, "press": turn.name, "message": "2"})
    return json.dumps({"id": number, "text": f"/{turn.name}"})


async def main(given: worker.Arguments) -> None:
    router = ours.table_router(given.routes)
    with patch.object(web, "WebSocketResponse", Socket):
        async with ours.running(given.database, given.folder, "web", {}, lambda *parts: router) as bot:
            openings = [Opening({}, remote=f"127.0.1.{number}") for number in range(CONVERSATIONS)]
            handler = bot.handler("GET", "/chat/ws")
            lines = [asyncio.ensure_future(handler(cast("web.Request", opening))) for opening in openings]
            await asyncio.sleep(0.1)
            sockets = [opening.socket for opening in openings if opening.socket is not None]
            for socket in sockets:
                socket.returns()
            done = 0

            async def round_(count: int) -> worker.Figures:
                nonlocal done
                work = [
                    (sockets[turn.number % CONVERSATIONS], frame(turn)) for turn in turns(count, given.routes, done)
                ]
                done += count

                async def say(item: tuple[Socket, str]) -> None:
                    await item[0].says(item[1])

                async def everything() -> None:
                    await in_lanes(given.lanes, work, say)
                    await bot.engine.idle()

                return await worker.measured(count, everything)

            await worker.serve(("aiohttp", "tortoise-orm", "aiosqlite"), await bot.settings(), {"round": round_})
            for line in lines:
                line.cancel()
            await asyncio.gather(*lines, return_exceptions=True)


if __name__ == "__main__":
    asyncio.run(main(worker.arguments()))
