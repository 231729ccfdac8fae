"""Telegram without a network, for every bot that calls it through aiohttp.

Only `ClientSession.post` is replaced: the request is still built and written as it would be sent, the answer is still
read. All sides are measured with the same stub.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import unquote_plus

from aiohttp import ClientSession, FormData

from benchmarks.traffic import BOT, sent_answer

_CHAT = re.compile(r"chat_id\D{1,9}(\d+)")
_MESSAGE = re.compile(r"message_id\D{1,9}(\d+)")
_DATA = re.compile(r'"text": ?"([^"]*)", ?"callback_data": ?"([^"]*)"')
_OTHERS = {"getMe": json.dumps({"ok": True, "result": BOT})}
_TRUE = '{"ok":true,"result":true}'


@dataclass(frozen=True, slots=True)
class Seen:
    """A message as people see it now; `body` is the call as it was written."""

    chat: int
    message_id: int
    body: str

    def buttons(self) -> dict[str, str]:
        """Data by label. In the form the text is percent-encoded, in JSON it is not."""
        body = self.body if self.body.startswith("{") else unquote_plus(self.body)
        return {json.loads(f'"{label}"'): json.loads(f'"{data}"') for label, data in _DATA.findall(body)}


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer of the server: what aiohttp gives for `async with session.post(…)` and for `await`."""

    content: str
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    async def text(self) -> str:
        return self.content

    async def read(self) -> bytes:
        return self.content.encode()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return

    def __await__(self) -> Generator[None, None, _Answer]:
        yield
        return self


def install(shown: Callable[[Seen], None]) -> None:
    """From now on every call is accepted; `shown` hears of each message that is sent or edited."""
    last_id = 100

    def post(session: ClientSession, url: object, *, data: object = None, **options: object) -> _Answer:
        nonlocal last_id
        body = _written(data, options.get("json"))
        method = str(url).rpartition("/")[2]
        if method not in ("sendMessage", "editMessageText"):
            return _Answer(_OTHERS.get(method, _TRUE))
        chat = _number(_CHAT, body)
        if method == "editMessageText":
            message_id = _number(_MESSAGE, body)
        else:
            last_id += 1
            message_id = last_id
        # As on a wire, the answer is there before anybody can react to the message.
        asyncio.get_running_loop().call_soon(shown, Seen(chat, message_id, body))
        return _Answer(sent_answer(chat, message_id))

    ClientSession.post = post  # type: ignore[assignment, method-assign]


def _written(data: object, json_data: object) -> str:
    if isinstance(data, FormData):
        return data().decode()
    if isinstance(data, bytes):
        return data.decode()
    return json.dumps(json_data)


def _number(pattern: re.Pattern[str], body: str) -> int:
    found = pattern.search(body)
    if found is None:
        raise ValueError(f"no {pattern.pattern} in {body[:200]}")
    return int(found[1])


class Answers:
    """Lets a driver wait for what a person would see next in a chat."""

    def __init__(self) -> None:
        self._awaited: dict[int, asyncio.Future[Seen]] = {}

    def expect(self, chat: int) -> asyncio.Future[Seen]:
        future: asyncio.Future[Seen] = asyncio.get_running_loop().create_future()
        self._awaited[chat] = future
        return future

    def came(self, seen: Seen) -> None:
        future = self._awaited.pop(seen.chat, None)
        if future is not None:
            future.set_result(seen)
