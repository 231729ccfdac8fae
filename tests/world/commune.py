"""The commune: all families of the real bot, its jobs on the clock, two messengers, and people who want something."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager
from functools import cache, partial
from random import Random
from typing import TYPE_CHECKING
from unittest.mock import patch

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from bot.assembly import background, families
from bot.assembly.services import make_services
from bot.core.engine import Engine, EngineLimits
from bot.core.lean.values import replace
from bot.core.machine import chance as machine_chance
from bot.core.machine import clock as machine_clock
from bot.core.pacing import Pacer
from bot.core.platform import PLAIN, RICH
from bot.features.audit import Audit
from bot.features.demo import village
from bot.features.outbox.send import OutboxSender
from bot.features.people.accounts import Account
from bot.features.rights.at_work import is_at_work
from bot.framework import process
from bot.framework.sharing import Sharing, Silence
from bot.storage.store import ConversationStore
from tests.conversations import KEY, content, joined
from tests.memory import memory

from .commune_people import Asker, Attacker, Chair, Gossip, Leader, Officer, Relay, Resident, Storyteller
from .commune_truths import violations
from .life import Life
from .plan import Plan, plan_of
from .timeline import Timeline, WorldClock
from .vendor import Vendor, port_of

if TYPE_CHECKING:
    from .world import World

GROUPS = {"lac-hien": ("rich", "g-lac-hien"), "dong-sen": ("plain", "g-dong-sen")}
OFFICIALS = {"leader": "rich", "officer": "rich", "chair": "rich", "leader-2": "plain", "relay": "plain"}
TICK = 25.0
MOST_ACTIONS = 60
FAULTS_WITHIN = 260.0
"""Seconds; by then the stories are told where nothing went wrong."""


async def _nothing_stored(data: bytes, mime: str) -> str:
    return f"{len(data)}.png"


async def _settled() -> bytes:
    now = WorldClock(Timeline("commune")).now()
    async with memory() as db:
        async with in_transaction():
            await village.fill()
            for key, platform in OFFICIALS.items():
                await village.settle(platform, {key: (f"id-{key}", f"c-{key}")}, {}, now)
            for code, (platform, group) in GROUPS.items():
                await village.settle(platform, {}, {code: group}, now)
            await Audit(KEY).append(None, "demo_settled", f"unit:{village.COMMUNE}", now)
        connection = db._connection
        return bytes(connection._conn.serialize())


@cache
def tables() -> bytes:
    """The demo's commune with its officials and two groups, made once by the bot's own means."""
    families.discover()
    timeline = Timeline("commune")
    with ExitStack() as stack:
        stack.enter_context(machine_clock.using(WorldClock(timeline)))
        stack.enter_context(machine_chance.using(timeline.draw))
        return asyncio.run(_settled())


class CommuneTown:
    """Implements tests.world.town.Town."""

    name = "commune"
    in_step = False
    seconds = 1800.0

    def plan(self, seed: str) -> Plan:
        people = tuple(kind.__name__ for kind in _PEOPLE)
        plan = plan_of(seed, self.name, people, ("rich", "plain"), FAULTS_WITHIN, MOST_ACTIONS)
        return replace(plan, seconds=self.seconds)

    def tables(self) -> bytes:
        return tables()

    def vendors(self, world: World, chance: Random) -> Mapping[str, Vendor]:
        return {
            name: Vendor(
                name, kinds, world.timeline, world.plan.seed, polled=chance.random() < 0.5, idempotent=False,
                probed=chance.random() < 0.7,
            )
            for name, kinds in (("rich", RICH), ("plain", PLAIN))
        }  # fmt: skip

    def people(self, world: World) -> Sequence[Storyteller]:
        return [kind(world) for kind in _PEOPLE if kind.__name__ in world.plan.people]

    @asynccontextmanager
    async def bot(self, life: Life, db: BaseDBAsyncClient, world: World) -> AsyncIterator[Engine]:
        clock = WorldClock(world.timeline)
        ports = {name: port_of(vendor, life) for name, vendor in world.vendors.items()}
        shared = Sharing(db, clock, False, Silence())
        shipped = content()
        senders: list[OutboxSender] = []
        services = make_services(
            KEY, db, shipped, {name: port.capabilities for name, port in ports.items()}, link_to=lambda name: None,
            locale="vi", now=clock.now, wake=partial(process.wake, senders, shared), ladders=village.LADDERS,
            usage={name: port.usage for name, port in ports.items()},
        )  # fmt: skip
        await services.commune_settings.refresh(clock.now())
        await services.shown.refresh()
        conversations = joined(shipped, services, [*ports.values()], _nothing_stored)
        pacers = {name: Pacer(port.budget.per_second, clock) for name, port in ports.items()}
        engine = Engine(
            router=conversations.router, store=ConversationStore(db), platforms=ports, pacers=pacers,
            translate=shipped.catalogues.translate, link_to=lambda name: None, clock=clock, limits=EngineLimits(),
            at_work=lambda chat, sender, now: is_at_work(Account(chat.platform, sender.id), now),
        )  # fmt: skip
        factory = process.SenderFactory(services.outbox, services.tell_stop, shared, engine)
        senders += factory.each([*ports.values()], pacers)
        off: dict[str, str] = {}
        with ExitStack() as stack:
            # What there is to do wakes them; to look as often as the bot does takes half of the time of a world.
            stack.enter_context(patch.object(process, "OUTBOX_TICK", TICK))
            stack.enter_context(patch.object(background, "PAUSES_TICK", TICK))
            work = background.working(
                senders, services, conversations, shared, more=[process.following(pacers, shared)]
            )
        async with process.answering(engine, [*ports.values()], [*ports.values()], off), work:
            yield engine

    def violations(self, world: World) -> list[str]:
        return violations(world)


_PEOPLE = (Resident, Asker, Leader, Officer, Chair, Relay, Attacker, Gossip)
