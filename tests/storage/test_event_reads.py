"""What one event asks twice is asked of the database once, and never too old for what it then writes."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.events import TextSent
from bot.core.messages import Button
from bot.core.router import Router
from bot.features.people import people
from bot.handlers.kit.speaker import account_of
from bot.storage.event_reads import once_in_event, remembered, remembered_once
from bot.storage.sql import Sql
from bot.storage.tables.learning import GuideCount
from bot.storage.tables.people import Role
from bot.testing import FakePlatform, World
from tests.features.village import NOW, places, somebody

WRITE = "insert into guide_counts (guide, step, what, day, count) values ('g', 's', 'w', '2026-11-24', 1)"
COUNT = "select count(*) as n from guide_counts"


async def elsewhere(work: Callable[[], Awaitable[object]]) -> None:
    """Do something as another event would: with nothing remembered, and nothing forgotten here."""

    async def done() -> None:
        await work()

    await asyncio.create_task(done(), context=contextvars.Context())


async def add(guide: str = "g") -> None:
    await GuideCount.create(guide=guide, step="s", what="w", day="2026-11-24", count=1)


async def asked(db: BaseDBAsyncClient) -> int:
    return int(str((await Sql(db).rows(COUNT))[0]["n"]))


async def by_model() -> int:
    return await GuideCount.all().count()


async def test_equal_questions_of_one_event_are_asked_once(db: BaseDBAsyncClient) -> None:
    with remembered():
        assert (await asked(db), await by_model()) == (0, 0)
        await elsewhere(add)
        assert (await asked(db), await by_model()) == (0, 0)
    assert (await asked(db), await by_model()) == (1, 1)


async def test_what_the_event_writes_it_sees(db: BaseDBAsyncClient) -> None:
    async def by_statement() -> None:
        await Sql(db).rows("update guide_counts set count = count + 1")

    async def in_a_transaction() -> None:
        async with in_transaction("default"):
            await add("b")

    async def many() -> None:
        await GuideCount.bulk_create([GuideCount(guide="c", step="s", what="w", day="2026-11-24", count=1)])

    with remembered():
        for number, write in enumerate((add, by_statement, in_a_transaction, many)):
            before = await asked(db)
            await elsewhere(partial(add, f"other {number}"))
            assert await asked(db) == before
            await write()
            assert await asked(db) == before + (1 if write is by_statement else 2)


async def test_a_transaction_reads_for_itself(db: BaseDBAsyncClient) -> None:
    with remembered():
        assert await by_model() == 0
        await elsewhere(add)
        async with in_transaction("default"):
            assert await by_model() == 1


async def test_what_an_event_leaves_behind_remembers_nothing(db: BaseDBAsyncClient) -> None:
    """A task that a handler started lives on in its context."""
    go = asyncio.Event()

    async def later() -> tuple[int, int]:
        await go.wait()
        before = await asked(db)
        await elsewhere(add)
        return before, await asked(db)

    with remembered():
        await asked(db)
        left = asyncio.create_task(later())
    go.set()
    assert await left == (0, 1)


async def test_what_is_asked_while_something_is_written_is_not_kept(db: BaseDBAsyncClient) -> None:
    """Mechanism: an answer that was on its way during a write may be older than it."""
    with remembered():
        await asyncio.gather(asked(db), add(), asked(db))
        await elsewhere(lambda: add("other"))
        assert await asked(db) in {1, 2}
        await add("third")
        assert await asked(db) == 3


# Rights


@pytest.mark.parametrize("asks", [False, True], ids=["only writes", "asks in between"])
async def test_a_role_that_ends_while_an_event_is_handled_does_not_count(
    db: BaseDBAsyncClient, platform: FakePlatform, asks: bool
) -> None:
    """Mechanism: the changes are written only if the roles are as they were read; otherwise the event begins anew."""
    at = await places()
    await somebody("lan", "officer", at.commune)
    told: list[bool] = []

    async def otherwise(ctx: Context) -> None:
        who = await people.who(account_of(ctx), ctx.now)
        told.append(who.has("officer"))
        if not told[-1]:
            ctx.reply(ctx.t("Bác không có quyền."))
        elif isinstance(ctx.event, TextSent) and ctx.event.text == "ghi":
            await elsewhere(lambda: Role.all().update(ended_at=NOW))
            async with ctx.changes():
                if asks:
                    await by_model()
                await Sql(db).write(WRITE)
                ctx.reply(ctx.t("Đã ghi."))

    def router() -> Router:
        made = Router()
        made.otherwise(otherwise)
        return made

    world = World(db, router, lambda locale, message, context=None: message, platform)
    talk = world.talk("Lan", chat="chat-Lan")
    await talk.says("có ai không")
    await talk.says("ghi")
    assert told == [True, True, False]
    assert "không có quyền" in talk.heard
    assert await by_model() == 0


@dataclass(frozen=True)
class Long(Action, code="long"):
    words: str


async def test_a_role_that_the_event_itself_ends_does_not_make_it_begin_anew(
    db: BaseDBAsyncClient, platform: FakePlatform
) -> None:
    """Mechanism: the event's own write forgets what was watched; the reply's long button is a commit after it."""
    at = await places()
    await somebody("lan", "officer", at.commune)
    told: list[bool] = []

    async def otherwise(ctx: Context) -> None:
        told.append((await people.who(account_of(ctx), ctx.now)).has("officer"))
        if len(told) > 3:
            raise AssertionError("it begins anew for ever")
        if isinstance(ctx.event, TextSent) and ctx.event.text == "thôi":
            await Role.all().update(ended_at=NOW)
        ctx.reply(ctx.t("Đã thôi."), [Button.to("Xem", Long("chữ " * 40))])

    def router() -> Router:
        made = Router()
        made.otherwise(otherwise)
        return made

    world = World(db, router, lambda locale, message, context=None: message, platform)
    talk = world.talk("Lan", chat="chat-Lan")
    await talk.says("có ai không")
    await talk.says("thôi")
    assert told == [True, True]
    assert "Đã thôi." in talk.heard


async def test_a_long_answer_is_not_kept(db: BaseDBAsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.storage.event_reads.MOST_ROWS", 0)
    with remembered():
        assert (await asked(db), await by_model()) == (0, 0)
        await elsewhere(add)
        assert (await asked(db), await by_model()) == (1, 1)


async def test_a_long_read_outside_of_an_event_asks_once_and_inside_of_one_shares_its_answers(
    db: BaseDBAsyncClient,
) -> None:
    with remembered_once():
        assert await asked(db) == 0
        await elsewhere(add)
        assert await asked(db) == 0
    assert await asked(db) == 1
    with remembered():
        assert await asked(db) == 1
        await elsewhere(partial(add, "b"))
        with remembered_once():
            assert await asked(db) == 1
        assert await asked(db) == 1, "the event goes on with its own"


async def test_what_is_put_together_of_answers_is_made_once_until_the_event_writes(db: BaseDBAsyncClient) -> None:
    made: list[int] = []

    async def make() -> int:
        made.append(await by_model())
        return made[-1]

    async def told(of: str = "g") -> int:
        return await once_in_event("counted", (of,), make)

    with remembered():
        assert tuple(await asyncio.gather(told(), told())) == (0, 0)
        await elsewhere(add)
        assert (await told(), made) == (0, [0])
        assert (await told("another"), made) == (0, [0, 0])
        await add("b")
        assert (await told(), made) == (2, [0, 0, 2])
        async with in_transaction("default"):
            await add("c")
            assert await told() == 3
            await add("d")
            assert await told() == 4
    assert (await told(), await told(), len(made)) == (4, 4, 7)


async def test_who_fails_to_put_it_together_leaves_it_to_the_next(db: BaseDBAsyncClient) -> None:
    async def fails() -> int:
        await asked(db)
        raise ValueError

    with remembered():
        first, second = await asyncio.gather(
            once_in_event("counted", (), fails),
            once_in_event("counted", (), partial(asked, db)),
            return_exceptions=True,
        )
    assert isinstance(first, ValueError)
    assert second == 0
