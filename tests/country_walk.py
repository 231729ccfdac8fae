"""All conversations with a database as large as the country, and the statements that they send through its one door."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient
from tortoise.backends.base.client import BaseDBAsyncClient

from benchmarks.country import PLATFORM, Country
from bot.core.events import Chat, Commanded, Event, Pressed, Sender, TextSent
from bot.storage import database
from bot.storage.postgres import FoldingConnection
from bot.testing import RICH, FakePlatform, World
from tests.conversations import build_router, content

_NOT_SAID = frozenset({"huy", "dung", "xoadulieu", "tienganh", "tiengviet"})
"""Words that end something, erase who speaks, or change their language."""
_AT_END = frozenset({"px", "rs", "cn"})
"""Actions after which the walk would be somebody else's."""
_TYPED = (
    "Ở đây có ai giúp cài VNeID không",
    "số điện thoại của xã",
    "thôn số 7",
    "TB-0001 có thật không",
    "bc TT01 12",
)
"""Free words, since not everything begins with a command."""


@dataclass
class Recorder:
    """Statements by their text, each with the values of its first time and where it was said."""

    asked: dict[str, tuple[Sequence[object], str]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    said: str = ""

    def note(self, text: str, values: Sequence[object]) -> None:
        self.asked.setdefault(text, (values, self.said))
        self.counts[self.said] = self.counts.get(self.said, 0) + 1


@contextmanager
def recorded(recorder: Recorder) -> Iterator[None]:
    """Within, connections that are opened note what is asked of them, in transactions and outside."""

    class Noting(FoldingConnection):
        async def _execute(self, query: str, args: Sequence[object], *rest: Any, **options: Any) -> Any:
            recorder.note(query, args)
            return await super()._execute(query, args, *rest, **options)

    async def create(client: AsyncpgDBClient, **options: Any) -> asyncpg.Pool:
        return await asyncpg.create_pool(None, **{**options, "connection_class": Noting})

    with patch.object(AsyncpgDBClient, "create_pool", create):
        yield


@asynccontextmanager
async def country_opened(url: str, recorder: Recorder) -> AsyncIterator[BaseDBAsyncClient]:
    with recorded(recorder):
        async with database.opened(url) as client:
            yield client


def people_of(size: Country) -> Mapping[str, int]:
    """Return one person of each role, of the fourth commune, and one who never wrote."""
    return {
        "leader": size.leader(3),
        "officer": size.officer(3),
        "chair": size.chair(3),
        "resident": size.resident(3),
        "stranger": 0,
    }


@dataclass
class Walker:
    """A person who says every command, and then presses each kind of button once that was shown."""

    world: World
    recorder: Recorder
    role: str
    person: int
    pressed: set[str] = field(default_factory=set)

    async def walk(self, levels: int) -> None:
        said = sorted(set(self.world.router().commands) - _NOT_SAID)
        level: list[tuple[str, type[Event], str]] = [
            *((f"/{name}", Commanded, name) for name in said),
            *((words, TextSent, words) for words in _TYPED),
        ]
        at_end: dict[str, str] = {}
        for _ in range(levels):
            shown: dict[str, str] = {}
            for name, kind, data in level:
                shown |= await self._does(name, kind, data)
            fresh = {code: data for code, data in shown.items() if code not in self.pressed}
            self.pressed |= fresh.keys()
            at_end |= {code: data for code, data in fresh.items() if code in _AT_END}
            level = [(f"press {code}", Pressed, data) for code, data in sorted(fresh.items()) if code not in _AT_END]
        for code, data in at_end.items():
            await self._does(f"press {code}", Pressed, data)

    async def _does(self, name: str, kind: type[Event], data: str) -> dict[str, str]:
        native = f"nguoi-{self.person}"
        chat, sender = Chat(PLATFORM, f"p-{native}", "private"), Sender(native, "Hoa")
        common = (self.world.next_id(), chat, sender, self.world.clock.now())
        self.recorder.said = f"{self.role}: {name}"
        before = len(self.world.platform.chats.get(chat.id, []))
        if kind is Commanded:
            await self.world.happens(Commanded(*common, name=data, args=""))
        elif kind is Pressed:
            await self.world.happens(Pressed(*common, data=data, message_id="m0"))
        else:
            await self.world.happens(TextSent(*common, text=data, addressed=True))
        found = self.world.platform.chats.get(chat.id, [])[before:]
        return {button.data.partition("|")[0]: button.data for one in found for button in one.message.buttons}


def world_on(client: BaseDBAsyncClient) -> World:
    shipped, platform = content(), FakePlatform(RICH, PLATFORM)
    return World(client, lambda: build_router(shipped, platform), shipped.catalogues.translate, platform)
