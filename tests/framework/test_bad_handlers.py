"""Handlers that do wrong: each is named in the log and with its event, the person hears of it, and the app goes on."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime

import pytest

from bot.core.context import Context
from bot.core.engine import EngineLimits
from bot.core.lean.values import replace
from bot.framework import Action, App, Button, Job, Router, TextSent
from bot.framework.testing import AppWorld, TestClock, told
from bot.framework.worker import Worker
from bot.storage.core_tables.conversation import InboxEvent
from bot.storage.platform_store import PlatformValues

Handler = Callable[[Context], Awaitable[None]]


@asynccontextmanager
async def with_handler(handler: Handler, limits: EngineLimits | None = None) -> AsyncIterator[AppWorld]:
    router = Router()
    router.command("bad")(handler)

    @router.otherwise
    async def echo(ctx: Context) -> None:
        ctx.reply(ctx.text)

    async with told(App(router)) as world:
        if limits is not None:
            world.limits = replace(limits, per_minute=1000, mark_after=0)
            await world.restarts()
        yield world


async def said_bad(handler: Handler, limits: EngineLimits | None = None) -> str:
    """Return what is kept with the event that the handler failed on, after the app has shown that it goes on."""
    async with with_handler(handler, limits) as world:
        ann, bob = world.talk("Ann"), world.talk("Bob")
        await ann.says("bad")
        assert len(ann.news) == 1  # that something failed
        for person in (ann, bob):
            await person.says("still there?")
            assert person.heard == "still there?"
        failed = await InboxEvent.filter(failed__isnull=False)
        assert len(failed) == 1
        return str(failed[0].failed)


async def test_one_that_raises(caplog: pytest.LogCaptureFixture) -> None:
    async def divides(ctx: Context) -> None:
        ctx.reply("I never say this.")
        _ = 1 / 0

    failed = await said_bad(divides)
    assert "test_bad_handlers.test_one_that_raises.divides: ZeroDivisionError" in failed
    assert "test_one_that_raises.divides: division by zero" in caplog.text


async def test_one_that_waits_for_ever_is_stopped() -> None:
    async def waits(ctx: Context) -> None:
        await asyncio.Event().wait()

    failed = await said_bad(waits, EngineLimits(handler_seconds=0.01))
    assert "waits: HandlerTooSlow: stopped after" in failed
    assert "no network and no sleep" in failed


async def test_one_that_waits_after_it_kept_the_loop_for_all_its_time_is_stopped() -> None:
    """Mechanism: the limit begins to run when it first waits, less what had passed."""

    async def works_and_waits(ctx: Context) -> None:
        time.sleep(0.2)  # noqa: ASYNC251 - what a handler must not do
        await asyncio.sleep(0.1)

    failed = await said_bad(works_and_waits, EngineLimits(handler_seconds=0.2))
    assert "works_and_waits: HandlerTooSlow: stopped after 0.2 s" in failed


async def test_one_that_keeps_the_loop_is_named(caplog: pytest.LogCaptureFixture) -> None:
    async def works_hard(ctx: Context) -> None:
        ctx.reply("done")

    async with with_handler(works_hard, EngineLimits(blocks_after=0)) as world:
        await world.talk("Ann").says("bad")
    assert "test_one_that_keeps_the_loop_is_named.works_hard kept the loop for" in caplog.text


async def test_one_that_sleeps_is_named(caplog: pytest.LogCaptureFixture) -> None:
    async def sleeps(ctx: Context) -> None:
        await asyncio.sleep(0)

    async with with_handler(sleeps, EngineLimits(waits_after=0)) as world:
        await world.talk("Ann").says("bad")
    assert "test_one_that_sleeps_is_named.sleeps took" in caplog.text


async def test_one_that_writes_outside_changes() -> None:
    worlds: list[AppWorld] = []

    async def writes(ctx: Context) -> None:
        values = PlatformValues(worlds[0].db, "app")
        await values.swap("count", None, "1")

    async with with_handler(writes) as world:
        worlds.append(world)
        await world.talk("Ann").says("bad")
        (event,) = await InboxEvent.filter(failed__isnull=False)
        assert "writes: WrittenOutside: written outside of `async with ctx.changes()`" in str(event.failed)
        assert await PlatformValues(world.db, "app").get("count") is None


async def test_what_is_written_inside_changes_is_kept() -> None:
    worlds: list[AppWorld] = []

    async def writes(ctx: Context) -> None:
        async with ctx.changes():
            await InboxEvent.filter(event_id="nothing").update(failed="x")
            ctx.reply("written")

    async with with_handler(writes) as world:
        worlds.append(world)
        ann = world.talk("Ann")
        await ann.says("bad")
        assert ann.heard == "written"


async def test_one_that_tells_somebody_outside_changes() -> None:
    router = Router()
    app = App(router)

    @router.otherwise
    async def tells(ctx: Context) -> None:
        await app.tell(ctx.chat, "News", key="news")

    async with told(app) as world:
        await world.talk("Ann").says("hello")
        (event,) = await InboxEvent.filter(failed__isnull=False)
        assert "tells: WrittenOutside" in str(event.failed)
        await world.works()
        assert len(world.talk("Ann").shown) == 1


async def test_one_that_replies_after_its_commit() -> None:
    async def late(ctx: Context) -> None:
        async with ctx.changes():
            ctx.reply("First")
        ctx.reply("Second")

    async with with_handler(late) as world:
        ann = world.talk("Ann")
        await ann.says("bad")
        assert "First" in ann.heard
        assert "Second" not in ann.heard
        await ann.says("still there?")
        assert ann.heard == "still there?"


async def test_one_that_opens_changes_twice(caplog: pytest.LogCaptureFixture) -> None:
    async def twice(ctx: Context) -> None:
        async with ctx.changes():
            ctx.reply("First")
        async with ctx.changes():
            ctx.reply("Second")

    async with with_handler(twice) as world:
        await world.talk("Ann").says("bad")
    assert "test_one_that_opens_changes_twice.twice opens changes() a second time" in caplog.text


async def test_one_that_ends_the_program() -> None:
    async def exits(ctx: Context) -> None:
        sys.exit(3)

    assert "exits: EndedWrongly: it called sys.exit(3)" in await said_bad(exits)


async def test_one_that_awaits_what_it_has_cancelled() -> None:
    async def cancels(ctx: Context) -> None:
        waits = asyncio.ensure_future(asyncio.Event().wait())
        waits.cancel()
        await waits

    assert "cancels: EndedWrongly: it awaited something that was cancelled" in await said_bad(cancels)


async def test_one_that_takes_no_context() -> None:
    async def forgot() -> None:
        """Do nothing."""

    assert "forgot: TypeError" in await said_bad(forgot)  # type: ignore[arg-type]


async def test_one_that_says_nothing() -> None:
    async def empty(ctx: Context) -> None:
        ctx.reply("")

    assert "empty: ValueError: a message needs a text or an attachment" in await said_bad(empty)


async def test_one_that_replies_twice_is_heard_twice() -> None:
    async def twice(ctx: Context) -> None:
        ctx.reply("First")
        ctx.reply("Second")

    async with with_handler(twice) as world:
        ann = world.talk("Ann")
        await ann.says("bad")
        assert [message.text.plain for message in ann.news] == ["First", "Second"]


async def test_one_of_a_button_and_one_before_all_others(caplog: pytest.LogCaptureFixture) -> None:
    router = Router()

    @router.command("menu")
    async def menu(ctx: Context) -> None:
        ctx.reply("Menu", [Button.to("Open", Open())])

    @router.action(Open)
    async def opened(ctx: Context, action: Open) -> None:
        raise LookupError("nothing is open")

    @router.intercept()
    async def looks(ctx: Context) -> bool:
        if ctx.text == "secret":
            raise PermissionError("not for you")
        return False

    async with told(App(router)) as world:
        ann = world.talk("Ann")
        await ann.says("menu")
        await ann.picks("Open")
        await ann.says("secret")
        await ann.says("menu")
        assert ann.choices == ["Open"]
        failed = [str(one.failed) for one in await InboxEvent.filter(failed__isnull=False).order_by("seq")]
    assert [one.rpartition("others.")[2] for one in failed] == [
        "opened: LookupError: nothing is open",
        "looks: PermissionError: not for you",
    ]


WRONG = pytest.mark.parametrize(
    "wrong", [ZeroDivisionError("division by zero"), SystemExit(3), asyncio.CancelledError()], ids=repr
)


@WRONG
async def test_a_job_that_fails_is_named_and_who_waits_for_it_hears(
    caplog: pytest.LogCaptureFixture, wrong: BaseException
) -> None:
    router = Router()
    app = App(router)

    @router.otherwise
    async def asks(ctx: Context) -> None:
        async with ctx.changes():
            await app.ask("count", key=f"count {ctx.event.id}", chat=ctx.chat)

    @app.job("count")
    async def counts(job: Job) -> None:
        raise wrong

    async with told(app) as world:
        ann = world.talk("Ann")
        await ann.says("please")
        for _ in range(4):
            await world.passes(minutes=3)
        assert "I could not do what you asked for" in ann.shown[0].message.text.plain
    assert "(count) failed, attempt 3 of 3" in caplog.text


class StandingClock(TestClock):
    """Nobody wakes up."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.Event().wait()


@WRONG
async def test_a_clock_that_fails_is_named_and_is_called_again(
    caplog: pytest.LogCaptureFixture, wrong: BaseException
) -> None:
    app, called = App(Router()), asyncio.Event()

    @app.every(60)
    async def fails(now: datetime) -> None:
        called.set()
        raise wrong

    async with told(app) as world:
        clock = next(job for job in world.work if job.name.endswith("fails"))
        working = asyncio.create_task(Worker([clock], StandingClock(), PlatformValues(world.db, "worker")).run())
        for _ in range(2):
            await called.wait()
            called.clear()
            clock.woken.set()
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
    assert ".fails failed and runs again in 60 s" in caplog.text


async def test_one_that_is_no_async_function() -> None:
    def forgot(ctx: Context) -> None:
        ctx.reply("Hello")

    assert "forgot is no handler: it must be an `async def`" in await said_bad(forgot)  # type: ignore[arg-type]


class Open(Action, code="open"):
    pass


def claim(router: Router, place: str, handler: Handler) -> None:
    async def chosen(ctx: Context, action: Open) -> None:
        await handler(ctx)

    chosen.__qualname__ = handler.__qualname__
    match place:
        case "command":
            router.command("menu")(handler)
        case "word":
            router.command(f"menu{len(router.commands)}", "help")(handler)
        case "action":
            router.action(Open)(chosen)
        case "step":
            router.step("form", "name", TextSent)(handler)
        case _:
            router.otherwise(handler)


@pytest.mark.parametrize("place", ["command", "word", "action", "step", "otherwise"])
def test_a_place_that_two_handlers_claim_names_both(place: str) -> None:
    router = Router()

    async def first(ctx: Context) -> None:
        ctx.reply("1", [Button.to("Open", Open())])

    async def second(ctx: Context) -> None:
        ctx.reply("2")

    claim(router, place, first)
    with pytest.raises(ValueError, match=r"registered twice: .*\.first has it, and .*\.second wants it"):
        claim(router, place, second)


def test_two_routers_that_claim_one_place_stop_the_start() -> None:
    def one() -> Router:
        router = Router()

        @router.command("menu")
        async def menu(ctx: Context) -> None:
            ctx.reply("Menu")

        return router

    with pytest.raises(ValueError, match="'menu' is registered twice"):
        App(one(), one()).router()


def test_a_clock_or_a_kind_of_job_that_two_functions_claim_names_both() -> None:
    app = App()

    async def first(*given: object) -> None:
        pass

    async def second(*given: object) -> None:
        pass

    app.every(60, "tick")(first)
    app.job("work")(first)
    with pytest.raises(ValueError, match=r"\.first has it, .*\.second wants it"):
        app.every(60, "tick")(second)
    with pytest.raises(ValueError, match=r"\.first has it, .*\.second wants it"):
        app.job("work")(second)
