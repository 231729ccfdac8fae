"""The little town: a small bot on the whole core, outbox and jobs, each of whose answers and effects bears a number.

So what must have come of each message is known, and a thousand events take a second.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import cache, partial
from random import Random
from typing import TYPE_CHECKING

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.engine import Engine, EngineLimits
from bot.core.events import Chat, ChatMoved, Edited, PhotoSent, Sender, TextSent
from bot.core.lean.values import replace
from bot.core.messages import Button, Message
from bot.core.platform import Platform
from bot.core.router import Router
from bot.core.text import Text
from bot.features.jobs.queue import JobFunction
from bot.features.notices.news import NewsNotices
from bot.features.outbox import bodies
from bot.features.outbox.digest import Digest
from bot.features.outbox.row import RowStop
from bot.features.outbox.send import OutboxSender
from bot.framework import process
from bot.framework.services import AppServices, services_of
from bot.framework.sharing import Sharing, Silence
from bot.framework.worker import Job
from bot.storage import schema
from bot.storage.sql import Sql, asked
from bot.testing.doubles import MemoryMedia

from . import little_memory, little_outbox, little_rows, little_screens, nodes
from .core import people, scenes
from .core.faults import with_core_faults
from .life import Life
from .little_people import AT_WORK, Villager
from .little_place import OPEN_LONGER, OPEN_SHORTER, Minutes, full_name, place_of
from .little_truths import violations
from .plan import Fault, Plan, plan_of
from .timeline import BEGAN, WorldClock
from .upgrade import OldRows
from .vendor import Vendor, port_of

if TYPE_CHECKING:
    from .world import World

EFFECTS = "create table world_effects (id integer primary key, token text not null, chat text not null)"
ACTIONS = (5, 9, 14, 26)
"""How much each does, by the seed: many short worlds meet more beginnings and ends than few long ones."""
METERED = 0.25
"""How many messengers take so many messages in a month."""
LASTS = 11.0
"""Seconds that somebody mostly takes for one thing: faults come while there is something to go wrong."""
TICK = 25.0
LATE = "plain"
"""The messenger that may join when others are at work."""
NAMES = ("An", "Bình", "Chi", "Dũng", "Giang", "Hà")


class Choose(Action, code="wch"):
    """With `more` it is longer than a messenger takes, and a token stands for it."""

    token: str
    at: int
    more: str = ""


class GotIt(Action, code="wgi"):
    token: str


def same(locale: str, message: str, context: str | None = None) -> str:
    return message


async def effect(ctx: Context, token: str) -> None:
    await Sql(ctx.store._sql.db).write(  # type: ignore[attr-defined]
        "insert into world_effects (token, chat) values (?, ?)", [token, full_name(ctx.chat)]
    )


def router(services: AppServices, partners: Mapping[str, Chat]) -> Router:
    router = Router()
    add_core(router)
    _noting(router, services)
    _asking(router, services, partners)
    little_outbox.add(router, services, partners)
    little_screens.add(router, services, partners)
    little_rows.add(router, services, partners)
    return router


def add_core(router: Router) -> None:
    """Add what needs the core alone, and no notices."""
    _counting(router)
    _choosing(router)
    _naming(router)
    little_memory.add(router)


def _counting(router: Router) -> None:
    @router.command("cong", "cộng", takes_args=True)
    async def add(ctx: Context) -> None:
        """What is only written: a unit without a transaction of its own."""
        async with ctx.changes():
            await effect(ctx, ctx.args)
            ctx.reply(Text.verbatim(f"Đã ghi {ctx.args}."))

    @router.command("dem", "đếm", takes_args=True)
    async def count(ctx: Context) -> None:
        """What reads between two writes, and so needs its transaction."""
        async with ctx.changes():
            await effect(ctx, ctx.args)
            rows = await asked("select count(*) as n from world_effects where chat = ?", [full_name(ctx.chat)])
            ctx.reply(Text.verbatim(f"Đã ghi {ctx.args}, là việc thứ {rows[0]['n']}."))

    @router.command("xem", "xem", takes_args=True)
    async def look(ctx: Context) -> None:
        rows = await asked("select count(*) as n from world_effects where chat = ?", [full_name(ctx.chat)])
        ctx.reply(Text.verbatim(f"Xem {ctx.args}: có {rows[0]['n']} việc."))

    @router.command("hong", "hỏng", takes_args=True)
    async def breaks(ctx: Context) -> None:
        async with ctx.changes():
            await effect(ctx, ctx.args)
            raise ZeroDivisionError(ctx.args)

    @router.command("dai", "dài", takes_args=True)
    async def long(ctx: Context) -> None:
        for part in range(1, 4):
            ctx.reply(Text.verbatim(f"Phần {part} của {ctx.args}. " + "dài " * 300))

    @router.command("lau", "lâu", takes_args=True)
    async def slowly(ctx: Context) -> None:
        """Others get on between its writing and its commit."""
        async with ctx.changes():
            for part in ("a", "b"):
                await effect(ctx, f"{ctx.args}{part}")
                await asked("select 1 as n")
            ctx.reply(Text.verbatim(f"Đã ghi {ctx.args}."))

    @router.on(PhotoSent)
    async def photos(ctx: Context) -> None:
        event = ctx.event
        if not isinstance(event, PhotoSent):
            return
        async with ctx.changes():
            for one in event.files:
                await effect(ctx, one.ref)
            ctx.reply(Text.verbatim(f"Đã nhận ảnh {event.caption}: {len(event.files)} tấm."))

    @router.on(Edited)
    async def edited(ctx: Context) -> None:
        async with ctx.changes():
            await effect(ctx, ctx.text)
            ctx.reply(Text.verbatim(f"Đã sửa {ctx.text}."))


def _choosing(router: Router) -> None:
    @router.command("chon", "chọn", takes_args=True)
    async def choices(ctx: Context) -> None:
        more = "x" * 60 if ctx.args[-1] in "369" else ""
        buttons = [Button.to(f"Mục {ctx.args}-{at}", Choose(ctx.args, at, more)) for at in range(1, 4)]
        ctx.reply(Text.verbatim(f"Mời chọn {ctx.args}:"), buttons)

    @router.action(Choose)
    async def chosen(ctx: Context, action: Choose) -> None:
        async with ctx.changes():
            await effect(ctx, f"{action.token}-{action.at}")
            ctx.replace(Text.verbatim(f"Đã chọn {action.token}-{action.at}."))

    @router.stale
    async def stale(ctx: Context) -> None:
        ctx.reply("Nút này cũ rồi.")

    @router.otherwise
    async def otherwise(ctx: Context) -> None:
        ctx.reply("Chưa hiểu.")


def _noting(router: Router, services: AppServices) -> None:
    @router.action(GotIt)
    async def got(ctx: Context, action: GotIt) -> None:
        async with ctx.changes():
            await effect(ctx, f"got {action.token}")
            await services.outbox.arrived(f"note:{action.token}", services.clock.now())
            ctx.reply(Text.verbatim(f"Cảm ơn vì {action.token}."))


def _naming(router: Router) -> None:
    @router.command("ten", "tên", takes_args=True)
    async def name(ctx: Context) -> None:
        ctx.ask(Text.verbatim(f"Tên gì, cho {ctx.args}?"), "name", "ask", {"token": ctx.args})

    @router.step("name", "ask", TextSent)
    async def named(ctx: Context) -> None:
        token = ctx.data["token"]
        ctx.leave_flow()
        async with ctx.changes():
            await effect(ctx, f"{token} {ctx.text}")
            ctx.reply(Text.verbatim(f"Chào {ctx.text} của {token}."))

    @router.on(ChatMoved)
    async def moved(ctx: Context) -> None:
        async with ctx.changes():
            pass


def _asking(router: Router, services: AppServices, partners: Mapping[str, Chat]) -> None:
    @router.command("nhan", "nhắn", takes_args=True)
    async def tell(ctx: Context) -> None:
        to, _, token = ctx.args.partition(" ")
        async with ctx.changes():
            await effect(ctx, token)
            button = Button.to(f"Đã nhận {token}", GotIt(token))
            message = Message(Text.verbatim(f"Tin {token} cho bác."), (button,))
            await services.outbox.add(partners[to], message, key=f"note:{token}", now=services.clock.now())
            ctx.reply(Text.verbatim(f"Đã nhờ gửi {token}."))

    @router.command("viec", "việc", takes_args=True)
    async def work(ctx: Context) -> None:
        async with ctx.changes():
            await services.ask("work", {"token": ctx.args}, key=f"work:{ctx.args}", chat=ctx.chat, file=None)
            ctx.reply(Text.verbatim(f"Đã giao {ctx.args}."))


def _jobs(services: AppServices) -> Mapping[str, JobFunction]:
    async def work(body: Mapping[str, str], now: object) -> None:
        chat = Chat(body["platform"], body["chat_id"], "group" if body["chat_kind"] == "group" else "private")
        message = Message(Text.verbatim(f"Xong việc {body['token']}."))
        await services.outbox.add(chat, message, key=f"done:{body['token']}", now=services.clock.now(), answering=True)

    return {"work": work}


@cache
def tables() -> bytes:
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(schema.FILE.read_text("utf-8"))
        connection.execute(EFFECTS)
        return connection.serialize()


class LittleTown:
    """Implements tests.world.town.Town."""

    name = "little"
    in_step = True
    seconds = 900.0

    def plan(self, seed: str) -> Plan:
        actions = Random(f"{seed}:actions").choice(ACTIONS)
        number = place_of(seed).nodes
        plan = plan_of(seed, self.name, (*NAMES, *people.NAMES), ("rich", "plain"), actions * LASTS, actions, number)
        if place_of(seed).old and plan.faults:
            upgrade = Fault("restart", Random(f"{seed}:upgrade").uniform(5.0, actions * LASTS), 1.0)
            plan = replace(plan, faults=tuple(sorted((*plan.faults, upgrade), key=lambda fault: fault.at)))
        return replace(with_core_faults(plan, actions * LASTS), seconds=self.seconds)

    def tables(self) -> bytes:
        return tables()

    def vendors(self, world: World, chance: Random) -> Mapping[str, Vendor]:
        made = {}
        place = place_of(world.plan.seed)
        for name in ("rich", "plain"):
            made[name] = Vendor(
                name, place.kinds(name), world.timeline, world.plan.seed, polled=chance.random() < 0.5,
                idempotent=chance.random() < 0.25, probed=chance.random() < 0.7,
            )  # fmt: skip
            if chance.random() < METERED:
                made[name].limit = chance.choice((40, 90, 200))
                counts = Random(f"{world.plan.seed}:{name}:counts")
                made[name].counted = frozenset({"private"} if counts.random() < 0.3 else {"private", "group"})
                made[name].since = counts.choice((None, BEGAN - timedelta(days=5), BEGAN - timedelta(days=60)))
        if place.window is not None:
            # What the bot has noted came a moment ago; a messenger that counts otherwise is a fault among others.
            strict = bool(world.plan.faults) and chance.random() < 0.5
            made["plain"].window = place.window * OPEN_SHORTER if strict else place.window + OPEN_LONGER
        return made

    def people(self, world: World) -> Sequence[Villager]:
        everybody = [Villager(world, name, number) for number, name in enumerate(NAMES)]
        everybody += people.triers(world, len(NAMES))
        return [one for one in everybody if one.name in world.plan.people]

    @asynccontextmanager
    async def bot(self, life: Life, db: BaseDBAsyncClient, world: World) -> AsyncIterator[Engine]:
        clock = WorldClock(world.timeline)
        async with _sharing(db, clock, world) as shared, self._bot(life, db, world, clock, shared) as engine:
            yield engine

    @asynccontextmanager
    async def _bot(
        self, life: Life, db: BaseDBAsyncClient, world: World, clock: WorldClock, shared: Sharing
    ) -> AsyncIterator[Engine]:
        ports = {name: port_of(vendor, life, shared.polling(name)) for name, vendor in world.vendors.items()}
        senders: list[OutboxSender] = []
        services = services_of(
            db, ports, MemoryMedia(), lambda name: None, same, clock, partial(process.wake, senders, shared), "vi"
        )
        place = place_of(world.plan.seed)
        outbox = replace(services.outbox, quiet=place.quiet, digest=Minutes(), homes=little_rows.HOMES)
        if place.old and life.number == 1:
            outbox = replace(outbox, rows=OldRows(db, same))
        elif place.old:
            await bodies.part_old_rows()
        services = replace(services, outbox=outbox)
        pacers = {name: scenes.FaultyPacer(port.budget.per_second, clock, world) for name, port in ports.items()}
        late = place.joins and bool(world.plan.faults)
        joined: dict[str, Platform] = {name: port for name, port in ports.items() if name != LATE or not late}
        handlers = router(services, world.chats())
        scenes.add(handlers, life, world)
        engine = Engine(
            router=handlers, store=shared.store(), platforms=joined, joining=late,
            pacers=pacers, translate=same, link_to=lambda name: None, clock=clock,
            limits=EngineLimits(handler_seconds=little_memory.STOPPED_AFTER), at_work=_at_work, carrier=shared.carrier,
        )  # fmt: skip
        stopped = partial(_stopped, world, services)
        factory = process.SenderFactory(services.outbox, stopped, shared, engine)
        senders += factory.each([*ports.values()], pacers)
        process.hear(senders, shared)
        runner = process_jobs(services, db, clock)
        digest, news = Digest(services.outbox), NewsNotices(services.outbox)

        async def gathered() -> None:
            await digest.tick(clock.now())
            await news.tick(clock.now())

        # What is there to do wakes them; to look as often as the bot does takes half of the time of a world.
        looks = (process.looking(senders, outbox.rows, clock), process.following(pacers, shared))
        jobs = [replace(job, period=TICK) for job in (*process.sending(senders), *looks)]
        jobs += [runner, Job("digest", TICK, gathered)]
        off: dict[str, str] = {}
        async with (
            process.answering(engine, [*joined.values()], [*ports.values()], off),
            process.at_work(jobs, senders, shared),
            scenes.joining(engine, ports[LATE], joined, clock) if late else contextlib.nullcontext(),
        ):
            yield engine

    def violations(self, world: World) -> list[str]:
        return violations(world)


@asynccontextmanager
async def _sharing(db: BaseDBAsyncClient, clock: WorldClock, world: World) -> AsyncIterator[Sharing]:
    if world.plan.nodes == 1:
        yield Sharing(db, clock, False, Silence(), strict=True)
        return
    async with nodes.shared_by(db, clock) as shared:
        yield shared


def process_jobs(services: AppServices, db: BaseDBAsyncClient, clock: WorldClock) -> Job:
    from bot.features.jobs.queue import JobRunner

    runner = JobRunner(_jobs(services), db, services.refused, clock.now)
    return Job("jobs", 30.0, runner.run, services.jobs.woken, by_all=True)


async def _at_work(chat: Chat, sender: Sender, now: datetime) -> bool:
    return chat.id == AT_WORK


async def _stopped(world: World, services: AppServices, stop: RowStop) -> None:
    """An official would hear of it; here it is only written down, and what it says is held against the rows."""
    world.timeline.say(f"   held on {stop.platform}: {stop.reason} {stop.detail}")
    await little_screens.stop_is_right(stop)
