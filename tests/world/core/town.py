"""A town of the core alone: engine, sessions, delivery, queues and store, without notices and jobs.

What is rare in the little town comes early and often here: each seed has a theme. Its worlds are short and cheap.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, nullcontext
from functools import partial
from random import Random
from typing import TYPE_CHECKING

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.context import Context
from bot.core.engine import Engine, EngineLimits
from bot.core.platform import Platform, Sink
from bot.core.router import Router
from bot.core.text import Text
from bot.framework import process
from bot.framework.sharing import Sharing
from bot.storage.event_reads import current_reads
from tests.world import little
from tests.world.life import Life
from tests.world.little_place import place_of
from tests.world.little_truths import violations
from tests.world.plan import Plan
from tests.world.timeline import BEGAN, WorldClock
from tests.world.vendor import Port, ProbedPort, Process, Vendor

from . import carried, exact, months, older, pace, scenes, unheard
from .actors import NAMES, Actor
from .faults import with_rare_faults
from .themes import SECONDS, theme_of

if TYPE_CHECKING:
    from tests.world.world import World

STOPPED_AFTER = 20.0
"""Seconds after which a handler is stopped here."""
SEVERAL = 0.25
PAGES_OUTLIVE = 1.5
"""Seconds for which what a messenger brings by itself still comes in when conversations have ended."""
METERED = 0.3


class CoreTown:
    """Implements tests.world.town.Town."""

    name = "core"
    in_step = False
    seconds = 500.0

    def plan(self, seed: str) -> Plan:
        chance, theme = Random(f"{seed}:core town"), theme_of(seed)
        several = theme.several or chance.random() < SEVERAL
        nodes = chance.choice((2, 3)) if several and not theme.alone else 1
        disorder = chance.choice((0.0, 0.0, 0.1, 0.5, 1.0))
        plan = Plan(seed, self.name, theme.drawn(seed, nodes), NAMES, theme.actions, disorder, self.seconds, nodes)
        return with_rare_faults(plan, SECONDS)

    def tables(self) -> bytes:
        return little.tables()

    def vendors(self, world: World, chance: Random) -> Mapping[str, Vendor]:
        unheard.watch_disk(world)
        made = {}
        for name in ("rich", "plain"):
            made[name] = Vendor(
                name, place_of("core").kinds(name), world.timeline, world.plan.seed, polled=chance.random() < 0.4,
                idempotent=chance.random() < 0.12, probed=chance.random() < 0.6,
            )  # fmt: skip
            if chance.random() < METERED:
                made[name].limit = 10_000
            if any(fault.kind == "month" and fault.on == name for fault in world.plan.faults):
                made[name].limit, made[name].idempotent = 10_000, False  # as the one whose adapter counts
        return made

    def people(self, world: World) -> Sequence[Actor]:
        everybody = [Actor(world, name, number) for number, name in enumerate(NAMES)]
        return [one for one in everybody if one.name in world.plan.people]

    @asynccontextmanager
    async def bot(self, life: Life, db: BaseDBAsyncClient, world: World) -> AsyncIterator[Engine]:
        clock = WorldClock(world.timeline)
        unheard.watch_tasks(world)
        async with little._sharing(db, clock, world) as today:
            shared = older.sharing_of(world, life, today)
            try:
                async with self._bot(life, world, clock, shared) as engine:
                    yield engine
            except asyncio.CancelledError:
                unheard.cut_off(world, life.number)
                raise
            finally:
                # Pages outlive the conversations: what comes by one is noted, and left to the next start.
                pace.stopped(world, life.number)
                await clock.sleep(PAGES_OUTLIVE)
                for vendor in world.vendors.values():
                    vendor.stops_listening(life)

    @asynccontextmanager
    async def _bot(self, life: Life, world: World, clock: WorldClock, shared: Sharing) -> AsyncIterator[Engine]:
        ports = {name: _port_of(vendor, life, shared) for name, vendor in world.vendors.items()}
        pacers = {name: scenes.FaultyPacer(port.budget.per_second, clock, world) for name, port in ports.items()}
        late = place_of(world.plan.seed).joins
        joined: dict[str, Platform] = {name: port for name, port in ports.items() if name != little.LATE or not late}
        engine = _Engine(
            router=_router(life, world), store=shared.store(), platforms=joined, joining=late, pacers=pacers,
            translate=little.same, link_to=lambda name: None, clock=clock,
            limits=EngineLimits(handler_seconds=STOPPED_AFTER), carrier=shared.carrier,
            at_work=partial(exact.asked_at_work, world),
        )  # fmt: skip
        engine.ends = partial(pace.begun, world, life.number)
        jobs = [process.following(pacers, shared)]
        off: dict[str, str] = {}
        async with (
            process.answering(engine, [*joined.values()], [*ports.values()], off),
            process.at_work(jobs, [], shared),
            scenes.joining(engine, ports[little.LATE], joined, clock) if late else nullcontext(),
        ):
            yield engine

    def violations(self, world: World) -> list[str]:
        own = (exact, carried, unheard, months)
        return [*violations(world), *(found for truths in own for found in truths.violations(world))]


class _Engine(Engine):
    """Tells when it is asked to end."""

    ends: Callable[[], None]

    async def stop(self, grace: float = 10.0) -> None:
        self.ends()
        await super().stop(grace)


class Page:
    """Where a messenger brings things by itself: it stays open for a while when nobody listens any more."""

    def __init__(self, vendor: Vendor, life: Process) -> None:
        self._vendor = vendor
        self._life = life

    async def listen(self, sink: Sink) -> None:
        self._vendor.listened(self._life, sink)
        await asyncio.get_running_loop().create_future()


def _port_of(vendor: Vendor, life: Life, shared: Sharing) -> Port:
    port = (ProbedPort if vendor.probed else Port)(vendor, life, shared.polling(vendor.name))
    if not vendor.polled:
        port.listen = Page(vendor, life).listen  # type: ignore[method-assign]
    return port


def _router(life: Life, world: World) -> Router:
    router = Router()
    little.add_core(router)
    scenes.add(router, life, world)

    @router.command("lang", "lặng", takes_args=True)
    async def silent(ctx: Context) -> None:
        """Take note of something, and say nothing."""

    @router.command("maygio", "mấy giờ", takes_args=True)
    async def tells_time(ctx: Context) -> None:
        ctx.reply(Text.verbatim(f"Giờ {ctx.args}: {(ctx.now - BEGAN).total_seconds():.2f} {ctx.chat.kind}"))

    @router.command("daidong", "dài dòng", takes_args=True)
    async def long_text(ctx: Context) -> None:
        """Hear many words."""
        token = ctx.args.split()[0]
        async with ctx.changes():
            await little.effect(ctx, token)
            ctx.reply(Text.verbatim(f"Đã nghe {token}."))

    @router.command("doclau", "đọc lâu", takes_args=True)
    async def stalled(ctx: Context) -> None:
        """Ask a database that gives no answer: stopped meanwhile, the event waits, and fails at the third time."""
        try:
            await asyncio.sleep(2 * STOPPED_AFTER)
        except asyncio.CancelledError:
            if (reads := current_reads()) is not None:
                reads.stopped = True  # as the client of PostgreSQL notes it
            raise
        ctx.reply("Không ai đọc.")

    return router
