"""The commune's own web chat: one visitor who has said hello, and looks at the page all the time."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from aiohttp import ClientSession, ClientWebSocketResponse, CookieJar, WSMsgType, WSServerHandshakeError
from pydantic import BaseModel

from bot.core.events import Chat, ChatKind
from bot.core.platform import Platform
from bot.platforms import Kit
from bot.testing.doubles import MemoryLog, MemoryMedia
from bot.testing.inbox import Inbox
from bot.testing.rig import Case, Rig, Shown, hooked

from . import Shipped, creator

MOMENT = 0.1


class _WebEntry(BaseModel):
    """An entry of the web chat's history, as the page reads it."""

    text: list[tuple[str, str, str | None]]
    buttons: list[tuple[str, str]] = []
    attachment: dict[str, str | int | None] = {}
    replaces: str = ""
    large: bool = False


class WebRig(Shipped):
    knows_keys = True

    def __init__(self, session: ClientSession, log: MemoryLog, kit: Kit, platform: Platform, inbox: Inbox) -> None:
        super().__init__(platform, kit, inbox)
        self._session = session
        self._log = log
        self._chat = Chat("web", "", "private")
        self._base = kit.settings.public_url or ""
        self.links = {"private": f"{self._base}/chat?start={{code}}"}
        self._socket: ClientWebSocketResponse | None = None
        self._acked: set[str] = set()
        self._live: dict[int, str] = {}
        self._change = asyncio.Event()
        self._newest: Callable[[], Coroutine[Any, Any, None]] | None = None
        self._key = ""
        self._restarted = False

    async def begins(self) -> asyncio.Task[None]:
        """Open the page, whose cookie the socket shows, and say the first word."""
        await (await self._session.get(f"{self._base}/chat")).read()
        self._socket = await self._session.ws_connect(f"{self._base}/chat/ws", origin=self._base)
        reading = asyncio.create_task(self._read())
        await self._socket.send_json({"since": 0})
        await self.says("Xin chào", "private")
        [event] = await self.inbox.holds(1)
        self._chat = event.chat
        self.inbox.events.clear()
        self.inbox.attempts = 0
        return reading

    async def _read(self) -> None:
        assert self._socket is not None
        async for received in self._socket:
            if received.type is WSMsgType.TEXT:
                frame = json.loads(received.data)
                if "ack" in frame:
                    self._acked.add(frame["ack"])
                if "n" in frame:
                    self._live[frame["n"]] = json.dumps(frame["message"])
                self._change.set()

    async def leaves(self) -> None:
        assert self._socket is not None
        await self._socket.close()

    async def _until(self, done: Callable[[], bool]) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(2):
                while not done():
                    self._change.clear()
                    await self._change.wait()

    def chat(self, kind: ChatKind) -> Chat:
        return self._chat

    async def shown(self, chat: Chat) -> list[Shown]:
        """What came to the open page; another process's entries it would be told of by its own."""
        bodies = dict(enumerate(self._bodies(), start=1))
        if not self._restarted:
            await self._until(lambda: len(self._live) >= len(bodies))
            bodies = dict(sorted(self._live.items()))
        shown: dict[str, Shown] = {}
        for number, body in bodies.items():
            entry = _WebEntry.model_validate_json(body)
            if json.loads(body)["from"] == "bot":
                shown[entry.replaces or str(number)] = Shown(
                    "".join(words for words, _, _ in entry.text),
                    tuple(words for words, style, _ in entry.text if style == "bold"),
                    tuple(link for _, _, link in entry.text if link),
                    tuple(entry.buttons),
                    str(entry.attachment.get("kind", "")),
                    large=entry.large,
                    file=str(entry.attachment.get("url", "")),
                )
        return list(shown.values())

    def _bodies(self) -> list[str]:
        return [body for _, body in self._log.entries.get(self._chat.id, [])]

    def calls(self) -> int:
        return sum(json.loads(body)["from"] == "bot" for body in self._bodies())

    async def _does(self, act: Callable[[], Coroutine[Any, Any, None]], key: str) -> None:
        self._newest, self._key = act, key
        await act()

    async def says(self, text: str, kind: ChatKind, who: str = "Hoa") -> None:
        key = str(uuid4())
        await self._does(lambda: self._frame({"id": key, "text": text}), key)

    async def presses(self, label: str, kind: ChatKind, who: str = "Hoa") -> None:
        found = [
            (str(number), data)
            for number, body in enumerate(self._bodies(), start=1)
            for name, data in _WebEntry.model_validate_json(body).buttons
            if name == label
        ]
        (number, data), key = found[-1], str(uuid4())
        await self._does(lambda: self._frame({"id": key, "press": data, "message": number}), key)

    async def _frame(self, frame: dict[str, str]) -> None:
        """Send it; return when it was acknowledged, or could not be noted."""
        assert self._socket is not None
        failed, key = self.inbox.failed, frame["id"]
        self._acked.discard(key)
        await self._socket.send_json(frame)
        waiting = asyncio.create_task(self._until(lambda: key in self._acked))
        while not waiting.done() and self.inbox.failed == failed:
            await asyncio.wait([waiting], timeout=0.01)
        await asyncio.wait([waiting], timeout=MOMENT)
        waiting.cancel()

    async def repeats(self) -> None:
        assert self._newest is not None
        await self._newest()

    async def retries(self) -> None:
        if not self.acknowledged():
            await self.repeats()

    def acknowledged(self) -> bool:
        return self._key in self._acked

    async def sends_photo(self, data: bytes, caption: str = "") -> None:
        await self._uploads(data, "anh.jpg", "image/jpeg", caption)

    async def sends_file(self, data: bytes, name: str) -> None:
        await self._uploads(data, name, "application/pdf", "")

    async def _uploads(self, data: bytes, name: str, mime: str, caption: str) -> None:
        key = str(uuid4())
        headers = {"Origin": self._base, "Content-Type": mime, "X-File-Name": quote(name), "X-Caption": quote(caption)}

        async def upload() -> None:
            address = f"{self._base}/chat/file?id={key}"
            async with self._session.post(address, data=data, headers=headers) as answer:
                if answer.status == 200:
                    self._acked.add(key)

        await self._does(upload, key)

    def forgets_photos(self) -> None:
        media = self.kit.media
        assert isinstance(media, MemoryMedia)
        media.incoming.clear()

    async def posts_from_a_strange_page(self) -> int:
        with contextlib.suppress(WSServerHandshakeError):
            async with self._session.ws_connect(f"{self._base}/chat/ws", origin="https://evil.example"):
                return 101
        return 403

    def another_start(self) -> Platform:
        self._restarted = True
        return super().another_start()


@asynccontextmanager
async def web() -> AsyncIterator[Rig]:
    log = MemoryLog()
    async with (
        hooked(creator("web"), log=log) as (platform, kit, inbox),
        ClientSession(cookie_jar=CookieJar(unsafe=True)) as session,
    ):
        rig = WebRig(session, log, kit, platform, inbox)
        reading = await rig.begins()
        yield rig
        await rig.leaves()
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


_OWN = "the chat is the machine's own: there is no vendor"
CASES = (
    Case(
        "web",
        web,
        lacks={
            **dict.fromkeys(
                (
                    "goes_away", "revokes_token", "disturbs", "ends_access", "shuts_window", "forgets_uploads",
                    "loses_next_upload", "loses_next_download", "is_busy_at_next_download", "says_from_tomorrow",
                    "says_and_goes", "says_beside_noise",
                ),
                _OWN,
            ),
            "edits": "what was said on the page stays",
            "deletes": "what was said on the page stays",
            "blocks": "whoever has closed the page is not told of",
            "sends_album": "photos are sent one by one",
            "sends_voice": "the page does not record",
            "sends_other": "the page sends what the bot can read",
            "is_kept_waiting": "a press shows nothing that turns",
            "names of persons": "a visitor has no name",
            "missing files": "the page shows an address; what is behind it the machine's own pages tell",
        },
    ),
)  # fmt: skip
