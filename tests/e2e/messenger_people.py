"""The people of a small commune on one messenger: what differs between messengers is how one speaks and sees there.

Each messenger here is its fake with real HTTP between it and the bot, by webhook or polling as an installation has it.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from bot.assembly.app import CLOCK
from tests.platforms import fake_gapo, fake_line, fake_matrix, fake_whatsapp
from tests.platforms.fake_bridge import FakeGateway
from tests.platforms.fake_gapo import FakeGapo
from tests.platforms.fake_line import FakeLine
from tests.platforms.fake_matrix import FakeMatrix
from tests.platforms.fake_telegram import FakeTelegram, Person
from tests.platforms.fake_whatsapp import FakeWhatsapp
from tests.platforms.fake_zalo import FakeZalo
from tests.platforms.fake_zalo_oa import FakeZaloOa

from .phones import ByNumber, OnTelegram, OnZalo, Phone, until
from .web_visitor import OnWeb

DOCS = Path(__file__).parents[2] / "docs"


class Messenger(Protocol):
    """`name` is its adapter's; `group` the id of the only group, "" where there are none."""

    @property
    def name(self) -> str: ...

    @property
    def group(self) -> str: ...

    def options(self, url: str) -> Mapping[str, str]:
        """`BOT_<NAME>_…` by the rest of the name, for a bot whose pages are at `url`."""

    def account(self, who: str) -> str:
        """The id of a person, and of the private chat with them where it has none of its own."""

    def phone(self, who: str) -> Phone:
        """The private chat with a person; who was not known yet is known from now on."""

    def in_group(self, who: str) -> Phone: ...


@runtime_checkable
class HasRooms(Protocol):
    """A messenger whose private chats have ids of their own."""

    def room(self, who: str) -> str: ...


def private_chat(messenger: Messenger, who: str) -> str:
    """The id of the private chat with a person."""
    return messenger.room(who) if isinstance(messenger, HasRooms) else messenger.account(who)


Opener = Callable[[], AbstractAsyncContextManager[Messenger]]


class Telegram:
    name = "telegram"

    def __init__(self, server: FakeTelegram) -> None:
        self._server = server
        self._people: dict[str, Person] = {}
        self._room = server.group("Bà con")
        self.group = str(self._room.id)

    def options(self, url: str) -> Mapping[str, str]:
        return self._server.options(poll_seconds="2")

    def _person(self, who: str) -> Person:
        if who not in self._people:
            self._people[who] = self._server.person(who.title())
        return self._people[who]

    def account(self, who: str) -> str:
        return str(self._person(who).id)

    def phone(self, who: str) -> Phone:
        return OnTelegram(self._server, self._person(who))

    def in_group(self, who: str) -> Phone:
        return OnTelegram(self._server, self._person(who), self._room)


@asynccontextmanager
async def telegram() -> AsyncIterator[Messenger]:
    async with FakeTelegram() as server:
        yield Telegram(server)


class Zalo:
    name, group = "zalo", "zgr-1"

    def __init__(self, server: FakeZalo) -> None:
        self._server = server

    def options(self, url: str) -> Mapping[str, str]:
        return {"token": self._server.token, "api_base": self._server.base}

    def account(self, who: str) -> str:
        return f"u-{who}"

    def phone(self, who: str) -> Phone:
        return OnZalo(self._server, self.account(who))

    def in_group(self, who: str) -> Phone:
        return OnZalo(self._server, self.account(who), self.group)


@asynccontextmanager
async def zalo() -> AsyncIterator[Messenger]:
    async with FakeZalo() as server:
        yield Zalo(server)


@dataclass
class OnZaloOa(ByNumber):
    """A choice is a button where the newest message has it, else a number. In the group one need not mention it."""

    server: FakeZaloOa
    person: str
    group: str = ""

    def shown(self) -> Sequence[str]:
        return self.server.heard(self.group or self.person)

    async def types(self, text: str) -> None:
        assert await self.server.says(text, who=self.person, group=self.group, mention=bool(self.group)) == 200

    async def picks(self, label: str, *expected: str) -> None:
        await until(lambda: self._has_button(label) or self._number(label) is not None)
        if not self._has_button(label):
            await super().picks(label, *expected)
            return
        self.looks_away()
        assert await self.server.presses(label, who=self.person) == 200
        await self.sees(*expected)

    async def chooses(self, label: str) -> None:
        mine = [one for one in self.server.accepted if one.chat_id == (self.group or self.person)]
        if any(name == label for one in mine for name, _ in one.buttons):
            assert await self.server.presses(label, who=self.person) == 200
        else:
            await super().chooses(label)

    def _has_button(self, label: str) -> bool:
        mine = [one for one in self.server.accepted if one.chat_id == (self.group or self.person)]
        return any(name == label for one in mine[len(mine) - len(self.news) :] for name, _ in one.buttons)


class ZaloOa:
    name, group = "zalo_oa", "g1"

    def __init__(self, server: FakeZaloOa, *, buttons: bool) -> None:
        self._server = server
        self._buttons = buttons

    def options(self, url: str) -> Mapping[str, str]:
        self._server.hook = f"{url}/hooks/zalo_oa"
        return self._server.options(buttons=str(self._buttons).lower())

    def account(self, who: str) -> str:
        return f"u-{who}"

    def phone(self, who: str) -> Phone:
        return OnZaloOa(self._server, self.account(who))

    def in_group(self, who: str) -> Phone:
        return OnZaloOa(self._server, self.account(who), self.group)


@asynccontextmanager
async def zalo_oa(*, buttons: bool = False) -> AsyncIterator[Messenger]:
    async with FakeZaloOa() as server:
        yield ZaloOa(server, buttons=buttons)


@dataclass
class OnButtons(ByNumber):
    """A choice is a button where the newest message has it, whole, cut or by its number in the text; else a number."""

    def labels(self) -> Sequence[Sequence[str]]:
        """The labels below each message that was shown."""
        raise NotImplementedError

    async def presses(self, label: str) -> None:
        raise NotImplementedError

    async def picks(self, label: str, *expected: str) -> None:
        await until(lambda: bool(self._button(label)) or self._number(label) is not None)
        if not (button := self._button(label)):
            await super().picks(label, *expected)
            return
        self.looks_away()
        await self.presses(button)
        await self.sees(*expected)

    async def chooses(self, label: str) -> None:
        if any(label in below for below in self.labels()):
            await self.presses(label)
        else:
            await super().chooses(label)

    def _button(self, label: str) -> str:
        """The button of the news that stands for a choice, "" for none."""
        below = [name for names in self.labels()[len(self.shown()) - len(self.news) :] for name in names]
        cut = (name for name in below if name.endswith("…") and label.startswith(name[:-1]))
        number = self._number(label)
        return label if label in below else next(cut, number if number in below and number is not None else "")


@dataclass
class OnLine(OnButtons):
    server: FakeLine
    person: str
    group: str = ""

    def shown(self) -> Sequence[str]:
        return self.server.heard(self.group or self.person)

    def labels(self) -> Sequence[Sequence[str]]:
        mine = [one for one in self.server.accepted if one.chat_id == (self.group or self.person)]
        return [[label for label, _ in one.buttons] for one in mine]

    async def types(self, text: str) -> None:
        assert await self.server.says(text, who=self.person, group=self.group, mention=bool(self.group)) == 200

    async def presses(self, label: str) -> None:
        assert await self.server.presses(label, who=self.person, group=self.group) == 200


class Line:
    name, group = "line_oa", fake_line.GROUP

    def __init__(self, server: FakeLine) -> None:
        self._server = server
        self._people: dict[str, str] = {}

    def options(self, url: str) -> Mapping[str, str]:
        self._server.hook = f"{url}/hooks/line_oa"
        return self._server.options()

    def account(self, who: str) -> str:
        found = self._people.setdefault(who, fake_line.person(len(self._people) + 1))
        self._server.friends.add(found)
        return found

    def phone(self, who: str) -> Phone:
        return OnLine(self._server, self.account(who))

    def in_group(self, who: str) -> Phone:
        return OnLine(self._server, self.account(who), self.group)


@asynccontextmanager
async def line() -> AsyncIterator[Messenger]:
    async with FakeLine() as server:
        yield Line(server)


@dataclass
class OnWhatsapp(OnButtons):
    server: FakeWhatsapp
    person: str

    def shown(self) -> Sequence[str]:
        return self.server.heard(self.person)

    def labels(self) -> Sequence[Sequence[str]]:
        mine = [one for one in self.server.accepted if one.chat_id == self.person]
        return [[label for label, _ in one.buttons] for one in mine]

    async def types(self, text: str) -> None:
        assert await self.server.says(text, who=self.person) == 200

    async def presses(self, label: str) -> None:
        assert await self.server.presses(label, who=self.person) == 200


class Whatsapp:
    name, group = "whatsapp", ""

    def __init__(self, server: FakeWhatsapp) -> None:
        self._server = server
        self._people: dict[str, str] = {}

    def options(self, url: str) -> Mapping[str, str]:
        self._server.hook = f"{url}/hooks/whatsapp"
        return self._server.options()

    def account(self, who: str) -> str:
        return self._people.setdefault(who, fake_whatsapp.person(len(self._people) + 1))

    def phone(self, who: str) -> Phone:
        return OnWhatsapp(self._server, self.account(who))

    def in_group(self, who: str) -> Phone:
        raise LookupError("there are no groups")


@asynccontextmanager
async def whatsapp() -> AsyncIterator[Messenger]:
    async with FakeWhatsapp() as server:
        yield Whatsapp(server)


@dataclass
class OnMatrix(ByNumber):
    server: FakeMatrix
    person: str
    room: str

    def shown(self) -> Sequence[str]:
        return self.server.heard(self.room)

    async def types(self, text: str) -> None:
        """Once the bot is there: what was said before it first came is none of its business."""
        await self.server.called(fake_matrix.SYNC, 2)
        await self.server.says(text, room=self.room, who=self.person, calls=self.room == fake_matrix.GROUP)


class Matrix:
    name, group = "matrix", fake_matrix.GROUP

    def __init__(self, server: FakeMatrix) -> None:
        self._server = server

    def options(self, url: str) -> Mapping[str, str]:
        return self._server.options()

    def account(self, who: str) -> str:
        return f"@{who}:xa.example"

    def room(self, who: str) -> str:
        return self._server.private(self.account(who))

    def phone(self, who: str) -> Phone:
        return OnMatrix(self._server, self.account(who), self.room(who))

    def in_group(self, who: str) -> Phone:
        return OnMatrix(self._server, self.account(who), self.group)


@asynccontextmanager
async def matrix() -> AsyncIterator[Messenger]:
    async with FakeMatrix() as server:
        for who in ("hoa", "lan", "nam", "tu", "sau"):  # in their rooms before the bot comes
            server.private(f"@{who}:xa.example")
        yield Matrix(server)


@dataclass
class OnGapo(ByNumber):
    server: FakeGapo
    person: int
    in_group: bool = False

    def shown(self) -> Sequence[str]:
        return self.server.heard(fake_gapo.GROUP if self.in_group else self.person)

    async def types(self, text: str) -> None:
        status = await self.server.says(text, group=self.in_group, mention=self.in_group, who=self.person)
        assert status == 200


class Gapo:
    name, group = "gapo", str(fake_gapo.GROUP)

    def __init__(self, server: FakeGapo) -> None:
        self._server = server
        self._ids: dict[str, int] = {}

    def options(self, url: str) -> Mapping[str, str]:
        secret = "gapo-hook-of-a-test-with-32-letters"
        self._server.hook = f"{url}/hooks/gapo/{secret}"
        return self._server.options(secret)

    def _id(self, who: str) -> int:
        number = self._ids.setdefault(who, fake_gapo.PERSON + len(self._ids))
        self._server.people.add(number)
        return number

    def account(self, who: str) -> str:
        return str(self._id(who))

    def phone(self, who: str) -> Phone:
        return OnGapo(self._server, self._id(who))

    def in_group(self, who: str) -> Phone:
        return OnGapo(self._server, self._id(who), in_group=True)


@asynccontextmanager
async def gapo() -> AsyncIterator[Messenger]:
    async with FakeGapo() as server:
        yield Gapo(server)


@dataclass
class OnBridge(ByNumber):
    """On whatever is behind a gateway that has no buttons."""

    gateway: FakeGateway
    person: str
    group: str = ""

    def shown(self) -> Sequence[str]:
        chat = self.group or self.person
        return [body.message.text for body in self.gateway.delivered if body.chat.id == chat]

    async def types(self, text: str) -> None:
        event = self.gateway.said(text, self.group or self.person, "group" if self.group else "private")
        assert await self.gateway.tell(event | {"sender": {"id": self.person, "name": self.person}}) == 200


class Bridge:
    name = "bridge"

    def __init__(self, gateway: FakeGateway) -> None:
        self._gateway = gateway
        self.group = "g-1" if "group" in gateway.profile else ""
        self._numbers: dict[str, int] = {}

    def options(self, url: str) -> Mapping[str, str]:
        self._gateway.bot = url
        return self._gateway.options()

    def account(self, who: str) -> str:
        return f"0912{self._numbers.setdefault(who, len(self._numbers)):06d}"

    def phone(self, who: str) -> Phone:
        return OnBridge(self._gateway, self.account(who))

    def in_group(self, who: str) -> Phone:
        return OnBridge(self._gateway, self.account(who), self.group)


@asynccontextmanager
async def bridge(profile: str) -> AsyncIterator[Messenger]:
    """A gateway that says what the document of this name in docs/ says."""
    async with FakeGateway(json.loads((DOCS / profile).read_text("utf-8")), clock=CLOCK) as gateway:
        yield Bridge(gateway)


class Web:
    name, group = "web", ""

    def __init__(self) -> None:
        self._url = ""
        self.phones: list[OnWeb] = []

    def options(self, url: str) -> Mapping[str, str]:
        self._url = url
        return {}

    def account(self, who: str) -> str:
        raise LookupError("a visitor of the page can be anybody")

    def phone(self, who: str) -> Phone:
        self.phones.append(OnWeb(self._url))
        return self.phones[-1]

    def in_group(self, who: str) -> Phone:
        raise LookupError("the page has no groups")


@asynccontextmanager
async def web() -> AsyncIterator[Messenger]:
    messenger = Web()
    try:
        yield messenger
    finally:
        for phone in messenger.phones:
            await phone.closes()
