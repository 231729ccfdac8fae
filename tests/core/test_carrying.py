"""What a carrier brings: the numbers of events that another process noted, or died of."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.carrier import Carried, WaitingChat
from bot.core.context import Context
from bot.core.engine import MANY_DEATHS, EngineLimits
from bot.core.events import TextSent
from bot.core.platform import RICH
from bot.core.router import Router
from bot.core.sessions import Key
from bot.core.text import Text
from bot.storage.core_tables.conversation import InboxEvent
from bot.storage.store import ConversationStore
from bot.testing import FakePlatform, World


class _Queues:
    """Carries nothing by itself: `take` is called by the test, as a queue would."""

    def __init__(self, store: ConversationStore) -> None:
        self._store = store
        self.take: Callable[[Carried], object] = lambda carried: None

    def carry(self, key: Key, number: int) -> Awaitable[None] | None:
        return None

    def begin(
        self,
        take: Callable[[Carried], object],
        overdue: Callable[[Carried], None],
        drop: Callable[[], Awaitable[None]],
    ) -> None:
        self.take = take

    def end(self) -> None:
        return

    async def read(self, numbers: Sequence[int]) -> Sequence[WaitingChat]:
        events = [one for one in await self._store.unfinished() if one.seq in numbers]
        return [WaitingChat(events[0].session, events, numbers)] if events else []


def _echo() -> Router:
    router = Router()

    @router.otherwise
    async def answer(ctx: Context) -> None:
        ctx.reply(Text.verbatim("đã nghe"))

    return router


def _same(locale: str, message: str, context: str | None = None) -> str:
    return message


@pytest.mark.parametrize("deaths", [0, MANY_DEATHS], ids=["published anew", "given back"])
@pytest.mark.parametrize("attempts", [0, 1, EngineLimits().attempts])
async def test_an_event_that_killed_processes_is_counted_on_however_its_number_comes(
    db: BaseDBAsyncClient, attempts: int, deaths: int
) -> None:
    """The broker's count begins at nought where a number is published anew: that of the inbox goes on."""
    world, store = World(db, _echo, _same, FakePlatform(RICH)), ConversationStore(db)
    talk, settled = world.talk("Hoa"), [0]
    queues = world.engine._carrier = _Queues(store)
    await world.engine.start()
    (noted,) = await store.record([TextSent("e1", talk.chat, talk.sender, world.clock.now(), "câu")])
    for _ in range(attempts):
        await store.begin_attempt(noted.seq)
    queues.take(Carried([noted.seq], lambda: settled.append(noted.seq), deaths=deaths))
    await world.engine.idle()
    (row,) = await InboxEvent.all()
    assert row.attempts == attempts + (attempts > 0 or deaths > 0)
    assert ("đã nghe" in [one.message.text.plain for one in talk.shown]) is (attempts < EngineLimits().attempts)
    assert settled == [0, noted.seq]
