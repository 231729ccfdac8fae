"""Each platform with its fake, under one set of controls: what the contract suite holds on to."""

from __future__ import annotations

import asyncio
import io
import json
import os
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from aiohttp import ClientSession, CookieJar
from aiohttp.test_utils import TestServer
from pydantic import BaseModel

from bot.core.events import Chat, ChatKind
from bot.core.platform import Platform
from bot.platforms import Kit, load
from bot.platforms._zalo_oa_wire import signature
from bot.platforms.console import Console
from bot.settings import Settings
from tests.kit import MemoryLog, StillClock, make_kit
from tests.ports import unused_port

from . import fake_bridge, fake_gapo, fake_telegram, fake_zalo, fake_zalo_oa
from .fake_bridge import FakeGateway
from .fake_gapo import FakeGapo
from .fake_telegram import FakeTelegram
from .fake_zalo import FakeZalo
from .fake_zalo_oa import FakeZaloOa
from .inbox import Inbox, listening

PAYLOADS = Path(__file__).parent / "payloads"


@dataclass(frozen=True)
class Shown:
    """A message of the bot as people see it now."""

    text: str
    bold: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    buttons: tuple[tuple[str, str], ...] = ()
    attachment: str = ""
    asks_for_reply: bool = False
    large: bool = False
    poll: tuple[str, ...] = ()


class Rig(ABC):
    """A platform that listens. `faults` break the next send, by the names of the suite's table."""

    faults: Mapping[str, Callable[[], None]] = {}

    def __init__(self, platform: Platform, kit: Kit, inbox: Inbox) -> None:
        self.platform = platform
        self.kit = kit
        self.inbox = inbox

    @abstractmethod
    def chat(self, kind: ChatKind) -> Chat:
        """A chat where the bot may write."""

    @abstractmethod
    def shown(self, chat: Chat) -> list[Shown]: ...

    @abstractmethod
    def calls(self) -> int:
        """How often the vendor was asked to show or change a message."""

    @abstractmethod
    async def says(self, text: str, kind: ChatKind) -> None:
        """A person says something to the bot; returns when it is delivered."""

    async def overheard(self, text: str) -> None:
        """A person says something in the group, not to the bot."""
        raise NotImplementedError

    async def replies(self, text: str) -> None:
        """A person answers the bot's newest message in the group."""
        raise NotImplementedError

    async def adds_bot(self) -> None:
        raise NotImplementedError

    async def votes(self, choice: str, kind: ChatKind) -> None:
        """A person votes in the newest poll."""
        raise NotImplementedError

    async def sends_photo(self, data: bytes) -> bool:
        """A person sends a photo in private; False where nobody can."""
        return False

    def loses_next_download(self) -> None:
        raise NotImplementedError

    def forgets_photos(self) -> None:
        raise NotImplementedError

    async def posts(self, body: bytes, secret: str | None) -> int:
        """A raw body to the webhook; returns the status."""
        raise NotImplementedError


@dataclass(frozen=True)
class Case:
    """One platform of the suite. `webhook` is the purpose of its secret, "" where there is no webhook."""

    name: str
    open: Callable[[], AbstractAsyncContextManager[Rig]]
    kinds: tuple[ChatKind, ...] = ("private",)
    webhook: str = ""
    faults: tuple[str, ...] = field(default=())

    def bodies(self) -> list[bytes]:
        return [path.read_bytes() for path in sorted((PAYLOADS / self.name).glob("*.json"))]


class ConsoleRig(Rig):
    def __init__(self, kit: Kit, inbox: Inbox) -> None:
        self.source, self._keyboard = os.pipe()
        self._screen = _Screen()
        super().__init__(Console(kit, self.source, self._screen), kit, inbox)

    def chat(self, kind: ChatKind) -> Chat:
        return Chat("console", "console", kind)

    def shown(self, chat: Chat) -> list[Shown]:
        return [Shown(text) for text in self._screen.printed]

    def calls(self) -> int:
        return len(self._screen.printed)

    async def says(self, text: str, kind: ChatKind) -> None:
        os.write(self._keyboard, f"{text}\n".encode())

    def close(self) -> None:
        os.close(self._keyboard)
        os.close(self.source)


class _Screen(io.StringIO):
    """Every flush ends a message."""

    def __init__(self) -> None:
        super().__init__()
        self.printed: list[str] = []

    def flush(self) -> None:
        if text := self.getvalue().strip():
            self.printed.append(text)
        self.seek(0)
        self.truncate()


@asynccontextmanager
async def console() -> AsyncIterator[Rig]:
    inbox = Inbox()
    rig = ConsoleRig(make_kit(), inbox)
    async with listening(rig.platform, inbox):
        yield rig
    rig.close()


class ZaloRig(Rig):
    def __init__(self, zalo: FakeZalo, platform: Platform, kit: Kit, inbox: Inbox) -> None:
        super().__init__(platform, kit, inbox)
        self._zalo = zalo
        self.faults = {
            "the content is refused": lambda: self._breaks(fake_zalo.error(400, "Bad request")),
            "the chat is gone": lambda: self._breaks(fake_zalo.error(404, "Not found")),
            "too many messages": lambda: self._breaks(fake_zalo.error(429, "Quota exceeded", status=200)),
            "the token is refused": lambda: self._breaks(fake_zalo.error(401, "Unauthorized")),
            "the vendor is broken": lambda: self._breaks(fake_zalo.error(500, "Internal server error")),
            "a page in HTML": lambda: self._breaks(fake_zalo.HTML_502),
            "half an answer": lambda: self._breaks(fake_zalo.HALF_BODY),
            "dropped before acceptance": lambda: self._breaks(fake_zalo.DROP_BEFORE),
            "dropped after acceptance": lambda: self._breaks(fake_zalo.DROP_AFTER),
        }

    def _breaks(self, fault: fake_zalo.Fault) -> None:
        self._zalo.fail("sendMessage", fault)

    def chat(self, kind: ChatKind) -> Chat:
        return Chat("zalo", "u1" if kind == "private" else "zgr-1", kind)

    def shown(self, chat: Chat) -> list[Shown]:
        return [
            Shown(item.text, _ranges(item), attachment="photo" if item.photo else "")
            for item in self._zalo.accepted
            if item.chat_id == chat.id and item.delivered
        ]

    def calls(self) -> int:
        return self._zalo.sends

    async def says(self, text: str, kind: ChatKind) -> None:
        group = "zgr-1" if kind == "group" else ""
        await self._zalo.says(text, chat=group, mention="Bot LangSo" if group else None)

    async def overheard(self, text: str) -> None:
        await self._zalo.says(text, chat="zgr-1")

    async def sends_photo(self, data: bytes) -> bool:
        self._zalo.photos["1.jpg"] = data
        await self._zalo.sends_photo(f"{self._zalo.base}/photo/1.jpg")
        return True

    def loses_next_download(self) -> None:
        self._zalo.fail("photo", fake_zalo.HALF_BODY)

    def forgets_photos(self) -> None:
        self._zalo.photos.clear()

    async def posts(self, body: bytes, secret: str | None) -> int:
        return await self._zalo.post(f"{self.kit.settings.public_url}/hooks/zalo", body, secret)


def _ranges(item: fake_zalo.Accepted) -> tuple[str, ...]:
    units = item.text.encode("utf-16-le")
    return tuple(
        units[2 * start : 2 * (start + length)].decode("utf-16-le")
        for start, length, codes in item.styles
        if "b" in codes
    )


@asynccontextmanager
async def zalo() -> AsyncIterator[Rig]:
    async with FakeZalo() as server:
        options = {"token": server.token, "api_base": server.base, "mode": "webhook"}
        async with _hooked("zalo", options) as (platform, kit, inbox):
            await server.called("setWebhook", 1)
            yield ZaloRig(server, platform, kit, inbox)


class TelegramRig(Rig):
    def __init__(self, telegram: FakeTelegram, platform: Platform, kit: Kit, inbox: Inbox) -> None:
        super().__init__(platform, kit, inbox)
        self._telegram = telegram
        self._hoa = telegram.person("Hoa")
        telegram.private(self._hoa)
        self._village = telegram.group("Thôn Lạc Hiền")
        refuse = fake_telegram.refuse
        moved = "Bad Request: group chat was upgraded to a supergroup chat"
        self.faults = {
            "the content is refused": lambda: self._breaks(refuse(400, "Bad Request: message is too long")),
            "the chat is gone": lambda: self._breaks(refuse(403, "Forbidden: bot was blocked by the user")),
            "the chat has a new id": lambda: self._breaks(refuse(400, moved, migrate_to_chat_id=-1001)),
            "too many messages": lambda: self._breaks(fake_telegram.too_many(7)),
            "the token is refused": lambda: self._breaks(refuse(401, "Unauthorized")),
            "the vendor is broken": lambda: self._breaks(refuse(500, "Internal Server Error")),
            "a page in HTML": lambda: self._breaks(fake_telegram.bad_gateway(accepted=True)),
            "half an answer": lambda: self._breaks(fake_telegram.half_body()),
            "dropped before acceptance": lambda: self._breaks(fake_telegram.drop(accepted=False)),
            "dropped after acceptance": lambda: self._breaks(fake_telegram.drop(accepted=True)),
        }

    def _breaks(self, fault: fake_telegram.Fault) -> None:
        self._telegram.fail("sendMessage", fault)

    def _where(self, kind: ChatKind) -> fake_telegram.Room:
        return self._village if kind == "group" else self._telegram.private(self._hoa)

    def chat(self, kind: ChatKind) -> Chat:
        return Chat("telegram", str(self._where(kind).id), kind)

    def shown(self, chat: Chat) -> list[Shown]:
        names = {"text": "", "poll": "", "photo": "photo", "audio": "audio", "document": "file", "voice": "audio"}
        return [
            Shown(
                item.text,
                tuple(words for style, words, _ in item.styled if style == "bold"),
                tuple(url for style, _, url in item.styled if style == "text_link"),
                tuple((key.text, key.data) for key in item.keys),
                names[item.kind],
                item.forces_reply,
                poll=item.poll.options if item.poll is not None else (),
            )
            for item in self._telegram.shown(self._telegram.rooms[int(chat.id)])
        ]

    def calls(self) -> int:
        return sum(1 for call in self._telegram.calls if call.method.startswith(("send", "edit")))

    async def says(self, text: str, kind: ChatKind) -> None:
        words = f"@{self._telegram.username} {text}" if kind == "group" else text
        await self._telegram.says(self._hoa, words, self._where(kind))

    async def overheard(self, text: str) -> None:
        await self._telegram.says(self._hoa, text, self._village)

    async def replies(self, text: str) -> None:
        await self._telegram.says(self._hoa, text, self._village, reply_to=self._telegram.shown(self._village)[-1])

    async def adds_bot(self) -> None:
        await self._telegram.adds_bot(self._hoa, self._village)

    async def votes(self, choice: str, kind: ChatKind) -> None:
        await self._telegram.votes(self._hoa, choice, self._where(kind))

    async def sends_photo(self, data: bytes) -> bool:
        self._telegram.files["in-1"] = data
        await self._telegram.posts(self._hoa, photo=[{"file_id": "in-1", "width": 9, "height": 9}])
        return True

    def loses_next_download(self) -> None:
        self._telegram.file_faults.append(fake_telegram.half_body())

    def forgets_photos(self) -> None:
        self._telegram.forget_files()

    async def posts(self, body: bytes, secret: str | None) -> int:
        return await self._telegram.push(body, secret=secret)


@asynccontextmanager
async def telegram() -> AsyncIterator[Rig]:
    async with (
        FakeTelegram() as server,
        _hooked("telegram", server.options(mode="webhook")) as (platform, kit, inbox),
    ):
        await server.until(lambda: server.webhook is not None)
        yield TelegramRig(server, platform, kit, inbox)


class _WebEntry(BaseModel):
    """An entry of the web chat's history, as the page reads it."""

    text: list[tuple[str, str, str | None]]
    buttons: list[tuple[str, str]] = []
    attachment: dict[str, str | int | None] = {}
    replaces: str = ""
    large: bool = False


class WebRig(Rig):
    """One visitor who has said hello, so that there is a chat."""

    def __init__(self, session: ClientSession, log: MemoryLog, kit: Kit, platform: Platform, inbox: Inbox) -> None:
        super().__init__(platform, kit, inbox)
        self._session = session
        self._log = log
        self._chat = Chat("web", "", "private")

    async def hello(self) -> None:
        await self.says("Xin chào", "private")
        [event] = await self.inbox.holds(1)
        self._chat = event.chat
        self.inbox.events.clear()

    def chat(self, kind: ChatKind) -> Chat:
        return self._chat

    def shown(self, chat: Chat) -> list[Shown]:
        shown: dict[str, Shown] = {}
        for number, body in enumerate(self._bodies(), start=1):
            entry = _WebEntry.model_validate_json(body)
            if json.loads(body)["from"] == "bot":
                shown[entry.replaces or str(number)] = Shown(
                    "".join(words for words, _, _ in entry.text),
                    tuple(words for words, style, _ in entry.text if style == "bold"),
                    tuple(link for _, _, link in entry.text if link),
                    tuple(entry.buttons),
                    str(entry.attachment.get("kind", "")),
                    large=entry.large,
                )
        return list(shown.values())

    def _bodies(self) -> list[str]:
        return [body for _, body in self._log.entries.get(self._chat.id, [])]

    def calls(self) -> int:
        return len(self._bodies())

    async def says(self, text: str, kind: ChatKind) -> None:
        base = self.kit.settings.public_url or ""
        async with self._session.ws_connect(f"{base}/chat/ws", origin=base) as socket:
            await socket.send_json({"since": 0})
            frame_id = str(uuid4())
            await socket.send_json({"id": frame_id, "text": text})
            while json.loads(await socket.receive_str(timeout=10)).get("ack") != frame_id:
                pass


@asynccontextmanager
async def web() -> AsyncIterator[Rig]:
    log = MemoryLog()
    async with (
        _hooked("web", {}, log) as (platform, kit, inbox),
        ClientSession(cookie_jar=CookieJar(unsafe=True)) as session,
    ):
        rig = WebRig(session, log, kit, platform, inbox)
        await rig.hello()
        yield rig


class BridgeRig(Rig):
    def __init__(self, gateway: FakeGateway, platform: Platform, kit: Kit, inbox: Inbox) -> None:
        super().__init__(platform, kit, inbox)
        self._gateway = gateway
        refuse, fault = fake_bridge.refuse, fake_bridge.Fault
        self.faults = {
            "the content is refused": lambda: self._breaks(refuse(422, "rejected")),
            "the chat is gone": lambda: self._breaks(refuse(410, "chat_gone")),
            "the chat has a new id": lambda: self._breaks(refuse(410, "chat_moved", new_chat_id="g2")),
            "too many messages": lambda: self._breaks(refuse(429, "rate_limited", retry_after=7)),
            "the token is refused": lambda: self._breaks(refuse(401, "unauthorized")),
            "the vendor is broken": lambda: self._breaks(fault(500, "oops")),
            "a page in HTML": lambda: self._breaks(fault(502, "<html>", taken=True)),
            "half an answer": lambda: self._breaks(fault(half=True, taken=True)),
            "dropped before acceptance": lambda: self._breaks(fault()),
            "dropped after acceptance": lambda: self._breaks(fault(taken=True)),
        }

    def _breaks(self, fault: fake_bridge.Fault) -> None:
        self._gateway.faults.append(fault)

    def chat(self, kind: ChatKind) -> Chat:
        return Chat("bridge", "c1" if kind == "private" else "g1", kind)

    def shown(self, chat: Chat) -> list[Shown]:
        """What people see there now: a message that replaces another has its place."""
        seen: dict[str, Shown] = {}
        for number, body in enumerate(self._gateway.delivered, start=1):
            if body.chat.id == chat.id:
                message = body.message
                seen[body.replacing or str(number)] = Shown(
                    message.text,
                    tuple(span.text for span in message.spans if span.style == "bold"),
                    tuple(span.link for span in message.spans if span.link),
                    tuple((button.label, button.data) for button in message.buttons),
                    message.attachment.kind if message.attachment is not None else "",
                )
        return list(seen.values())

    def calls(self) -> int:
        return self._gateway.calls

    async def says(self, text: str, kind: ChatKind) -> None:
        assert await self._gateway.tell(self._gateway.said(text, self.chat(kind).id, kind)) == 200

    async def overheard(self, text: str) -> None:
        """Nothing comes: this gateway says that it does not hear everything."""

    async def replies(self, text: str) -> None:
        await self.says(text, "group")

    async def adds_bot(self) -> None:
        event = self._gateway.said("", "g1", "group") | {"type": "joined"}
        assert await self._gateway.tell(event) == 200

    async def sends_photo(self, data: bytes) -> bool:
        self._gateway.photos["1.jpg"] = data
        photo = {"type": "photo", "files": [{"url": f"{self._gateway.base}/photo/1.jpg", "mime": "image/jpeg"}]}
        assert await self._gateway.tell(self._gateway.said("", "c1") | photo) == 200
        return True

    def loses_next_download(self) -> None:
        self._gateway.breaks_photo = True

    def forgets_photos(self) -> None:
        self._gateway.photos.clear()

    async def posts(self, body: bytes, secret: str | None) -> int:
        return await self._gateway.posts(body, secret)


@asynccontextmanager
async def bridge() -> AsyncIterator[Rig]:
    async with (
        FakeGateway(secret=make_kit().derive("bridge")) as gateway,
        _hooked("bridge", gateway.options()) as (platform, kit, inbox),
    ):
        gateway.bot = kit.settings.public_url or ""
        yield BridgeRig(gateway, platform, kit, inbox)


class ZaloOaRig(Rig):
    """One person who has written, and one group that the account has made."""

    def __init__(self, oa: FakeZaloOa, platform: Platform, kit: Kit, inbox: Inbox) -> None:
        super().__init__(platform, kit, inbox)
        self._oa = oa
        error = fake_zalo.error
        self.faults = {
            "the content is refused": lambda: self._breaks(error(-201, "params is invalid", status=200)),
            "the chat is gone": lambda: self._breaks(error(-217, "user has blocked this OA", status=200)),
            "too many messages": lambda: self._breaks(error(-32, "too many requests", status=200)),
            "the token is refused": lambda: self._breaks(error(-209, "app is not active", status=200)),
            "the vendor is broken": lambda: self._breaks(error(-1, "internal error", status=500)),
            "a page in HTML": lambda: self._breaks(fake_zalo.HTML_502),
            "half an answer": lambda: self._breaks(fake_zalo.HALF_BODY),
            "dropped before acceptance": lambda: self._breaks(fake_zalo.DROP_BEFORE),
            "dropped after acceptance": lambda: self._breaks(fake_zalo.DROP_AFTER),
        }

    def _breaks(self, fault: fake_zalo.Fault) -> None:
        self._oa.fail(fake_zalo_oa.CS, fault)

    def chat(self, kind: ChatKind) -> Chat:
        return Chat("zalo_oa", "u1" if kind == "private" else "g1", kind)

    def shown(self, chat: Chat) -> list[Shown]:
        return [
            Shown(item.text, buttons=item.buttons, attachment="photo" if item.photo else "")
            for item in self._oa.accepted
            if item.chat_id == chat.id
        ]

    def calls(self) -> int:
        return self._oa.sends

    async def says(self, text: str, kind: ChatKind) -> None:
        group = "g1" if kind == "group" else ""
        await self._oa.says(text, group=group, mention=bool(group))

    async def overheard(self, text: str) -> None:
        await self._oa.says(text, group="g1")

    async def adds_bot(self) -> None:
        await self._oa.happens("create_group", group_id="g1", group_name="Thôn Lạc Hiền")

    async def sends_photo(self, data: bytes) -> bool:
        self._oa.photos["1.jpg"] = data
        await self._oa.sends_file("image", f"{self._oa.base}/photo/1.jpg")
        return True

    def loses_next_download(self) -> None:
        self._oa.fail("photo", fake_zalo.HALF_BODY)

    def forgets_photos(self) -> None:
        self._oa.photos.clear()

    async def posts(self, body: bytes, secret: str | None) -> int:
        """The vendor signs with a secret of its own; whoever has another one, or none, is not the vendor."""
        if secret is None:
            return await self._oa.post(body, None)
        key = fake_zalo_oa.OA_SECRET if secret == self.kit.derive("zalo_oa") else secret
        try:
            stamp = str(json.loads(body).get("timestamp", ""))
        except (ValueError, AttributeError):
            stamp = ""
        return await self._oa.post(body, "mac=" + signature(fake_zalo_oa.APP_ID, body, stamp, key))


class GapoRig(Rig):
    def __init__(self, gapo: FakeGapo, platform: Platform, kit: Kit, inbox: Inbox) -> None:
        super().__init__(platform, kit, inbox)
        self._gapo = gapo
        error = fake_zalo.error
        self.faults = {
            "the content is refused": lambda: self._breaks(error(400, "invalid body")),
            "the chat is gone": lambda: self._breaks(error(404, "not found")),
            "too many messages": lambda: self._breaks(error(429, "too many requests")),
            "the token is refused": lambda: self._breaks(error(401, "unauthorized")),
            "the vendor is broken": lambda: self._breaks(error(500, "internal error")),
            "a page in HTML": lambda: self._breaks(fake_zalo.HTML_502),
            "half an answer": lambda: self._breaks(fake_zalo.HALF_BODY),
            "dropped before acceptance": lambda: self._breaks(fake_zalo.DROP_BEFORE),
            "dropped after acceptance": lambda: self._breaks(fake_zalo.DROP_AFTER),
        }

    def _breaks(self, fault: fake_zalo.Fault) -> None:
        self._gapo.faults.append(fault)

    def chat(self, kind: ChatKind) -> Chat:
        return Chat("gapo", str(fake_gapo.GROUP if kind == "group" else fake_gapo.PERSON), kind)

    def shown(self, chat: Chat) -> list[Shown]:
        return [Shown(text) for text in self._gapo.heard(int(chat.id))]

    def calls(self) -> int:
        return self._gapo.sends

    async def says(self, text: str, kind: ChatKind) -> None:
        await self._gapo.says(text, group=kind == "group", mention=kind == "group")

    async def overheard(self, text: str) -> None:
        await self._gapo.says(text, group=True)

    async def posts(self, body: bytes, secret: str | None) -> int:
        """The secret is a part of the address; whoever does not know it calls another one."""
        return await self._gapo.post(body, f"{self.kit.settings.public_url}/hooks/gapo/{secret or '-'}")


@asynccontextmanager
async def gapo() -> AsyncIterator[Rig]:
    secret = make_kit().derive("gapo")
    async with FakeGapo() as server, _hooked("gapo", server.options(secret)) as (platform, kit, inbox):
        server.hook = f"{kit.settings.public_url}/hooks/gapo/{secret}"
        yield GapoRig(server, platform, kit, inbox)


class PatientClock(StillClock):
    """Long sleeps last as long as the test: what is done every hour is done once."""

    async def sleep(self, seconds: float) -> None:
        if seconds >= LONG_SLEEP:
            await asyncio.Event().wait()
        await super().sleep(seconds)


LONG_SLEEP = 600


@asynccontextmanager
async def zalo_oa() -> AsyncIterator[Rig]:
    async with FakeZaloOa() as server:
        server.last_word["u1"] = time.time()
        async with _hooked("zalo_oa", server.options(), clock=PatientClock()) as (platform, kit, inbox):
            server.hook = f"{kit.settings.public_url}/hooks/zalo_oa"
            yield ZaloOaRig(server, platform, kit, inbox)


@asynccontextmanager
async def _hooked(
    name: str, options: Mapping[str, str], log: MemoryLog | None = None, clock: StillClock | None = None
) -> AsyncIterator[tuple[Platform, Kit, Inbox]]:
    """The platform of this name, listening behind a public address of its own."""
    port = unused_port()
    inbox = Inbox()
    settings = Settings(public_url=f"http://127.0.0.1:{port}")
    kit = make_kit(options, settings=settings, log=log, clock=clock)
    platform = load(name).create(kit)
    async with TestServer(kit.web, port=port), listening(platform, inbox):
        yield platform, kit, inbox


_VENDOR_FAULTS = (
    "the content is refused",
    "the chat is gone",
    "too many messages",
    "the token is refused",
    "the vendor is broken",
    "a page in HTML",
    "half an answer",
    "dropped before acceptance",
    "dropped after acceptance",
)
CASES = (
    Case("console", console),
    Case("web", web),
    Case("zalo", zalo, ("private", "group"), "zalo-webhook", _VENDOR_FAULTS),
    Case("telegram", telegram, ("private", "group"), "telegram-webhook", (*_VENDOR_FAULTS, "the chat has a new id")),
    Case("zalo_oa", zalo_oa, ("private", "group"), "zalo_oa", _VENDOR_FAULTS),
    Case("gapo", gapo, ("private", "group"), "gapo", _VENDOR_FAULTS),
    Case("bridge", bridge, ("private", "group"), "bridge", (*_VENDOR_FAULTS, "the chat has a new id")),
)
