"""A visitor of the web chat, over the page's own socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote
from uuid import uuid4

from aiohttp import ClientSession, ClientWebSocketResponse, CookieJar, WSMsgType

from .phones import seen, until


@dataclass(frozen=True)
class _Entry:
    text: str
    buttons: tuple[tuple[str, str], ...]


@dataclass
class OnWeb:
    """One browser with one visitor, its socket open from the first word on."""

    base: str
    _session: ClientSession | None = None
    _socket: ClientWebSocketResponse | None = None
    _reader: asyncio.Task[None] | None = None
    _entries: dict[str, _Entry] = field(default_factory=dict)
    _taken: set[str] = field(default_factory=set)
    _before: Mapping[str, _Entry] = field(default_factory=dict)

    @property
    def news(self) -> Sequence[tuple[str, _Entry]]:
        return [(number, one) for number, one in self._entries.items() if self._before.get(number) != one]

    @property
    def heard(self) -> str:
        return "\n\n".join("\n".join([one.text, *(f"[{label}]" for label, _ in one.buttons)]) for _, one in self.news)

    async def says(self, text: str, *expected: str) -> None:
        self._before = dict(self._entries)
        await self._gives({"text": text})
        await self.sees(*expected)

    async def picks(self, label: str, *expected: str) -> None:
        await until(lambda: self._button(label) is not None)
        frame = self._button(label) or {}
        self._before = dict(self._entries)
        await self._gives(frame)
        await self.sees(*expected)

    async def sends(self, data: bytes, name: str, caption: str = "", *, mime: str) -> None:
        """A file, as the page's paper clip sends it."""
        await self._line()
        assert self._session is not None
        headers = {"Origin": self.base, "Content-Type": mime, "X-File-Name": quote(name)}
        headers["X-Caption"] = quote(caption)
        url = f"{self.base}/chat/file?id={uuid4()}"
        async with self._session.post(url, data=data, headers=headers) as answer:
            assert answer.status == 200, await answer.text()

    async def sees(self, *expected: str) -> None:
        await seen(self, *expected)

    def texts(self) -> Sequence[str]:
        return [one.text for one in self._entries.values()]

    async def chooses(self, label: str) -> None:
        await self._gives(self._button(label, of=list(self._entries.items())) or {})

    def _button(self, label: str, *, of: Sequence[tuple[str, _Entry]] | None = None) -> Mapping[str, str] | None:
        shown = self.news if of is None else of
        pressed = [{"press": data, "message": n} for n, one in shown for name, data in one.buttons if name == label]
        return pressed[-1] if pressed else None

    async def _gives(self, frame: Mapping[str, str]) -> None:
        frame_id = str(uuid4())
        await (await self._line()).send_json({"id": frame_id, **frame})
        await until(lambda: frame_id in self._taken)

    async def comes_back(self) -> None:
        """Open the line again, as the page does when the machine is there again; the cookie is the same."""
        if self._reader is not None:
            await self._reader
        self._socket = None
        await self._line()

    async def _line(self) -> ClientWebSocketResponse:
        if self._socket is None:
            if self._session is None:
                self._session = ClientSession(cookie_jar=CookieJar(unsafe=True))
            self._socket = await self._session.ws_connect(f"{self.base}/chat/ws", origin=self.base)
            await self._socket.send_json({"since": 0})
            self._reader = asyncio.create_task(self._read(self._socket))
        return self._socket

    async def _read(self, socket: ClientWebSocketResponse) -> None:
        async for received in socket:
            assert received.type is WSMsgType.TEXT
            frame = json.loads(received.data)
            if "ack" in frame:
                self._taken.add(frame["ack"])
            elif "renew" in frame:
                await self._renew(frame["renew"])
            elif frame.get("message", {}).get("from") == "bot":
                message = frame["message"]
                text = "".join(words for words, _, _ in message["text"])
                buttons = tuple((label, data) for label, data in message.get("buttons", ()))
                self._entries[message.get("replaces") or str(frame["n"])] = _Entry(text, buttons)

    async def _renew(self, ticket: str) -> None:
        """As the page does: after a change of rights the cookie from before is a stranger's."""
        assert self._session is not None
        async with self._session.post(f"{self.base}/chat/renew", data=ticket, headers={"Origin": self.base}) as answer:
            assert answer.status == 204

    async def closes(self) -> None:
        if self._session is not None:
            await self._session.close()
        if self._reader is not None:
            await self._reader
