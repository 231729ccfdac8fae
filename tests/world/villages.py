"""A commune of fifteen villages, whose groups are on three messengers: the commune town, but for its size."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import date
from functools import cache
from random import Random
from typing import TYPE_CHECKING

from tortoise.transactions import in_transaction

from bot.assembly import families
from bot.core.lean.values import replace
from bot.core.machine import chance as machine_chance
from bot.core.machine import clock as machine_clock
from bot.core.platform import PLAIN, RICH
from bot.features import units
from bot.features.audit import Audit
from bot.features.demo import village
from tests.conversations import KEY
from tests.memory import memory

from .commune import FAULTS_WITHIN, MOST_ACTIONS, OFFICIALS, CommuneTown
from .commune_people import NOTICE, Act, Asker, Attacker, Chair, Gossip, Leader, Officer, Picks, Resident, Says
from .commune_people import Storyteller as Teller
from .commune_truths import violations
from .plan import Plan, plan_of
from .timeline import Timeline, WorldClock
from .vendor import Vendor

if TYPE_CHECKING:
    from .world import World

VILLAGES, FOUNDED = 15, date(2025, 7, 1)
MESSENGERS = ("rich", "plain", "third")


class OfficerOfMany(Officer):
    """Writes an announcement to all fifteen."""

    who = "officer"

    def story(self) -> Iterator[Act]:
        yield Says("/thongbao", "Soạn mới")
        yield Picks("Soạn mới", "Tự viết")
        yield Picks("Tự viết", "gõ nội dung")
        yield Says(NOTICE, "Nơi nhận")
        yield Picks("Nơi nhận", f"Tất cả các thôn ({VILLAGES})")
        yield Picks(f"Tất cả các thôn ({VILLAGES})", f"sẽ đến {VILLAGES} nhóm")
        yield Picks("Xong", "Xin duyệt")
        yield Picks("Xin duyệt", f"Đã chốt {VILLAGES} nhóm", twice=self.chance.random() < 0.4)


_PEOPLE: tuple[type[Teller], ...] = (Resident, Asker, Leader, OfficerOfMany, Chair, Attacker, Gossip)


def _group(number: int) -> tuple[str, str]:
    platform = MESSENGERS[number % len(MESSENGERS)]
    return platform, f"g-{platform}-{number}"


async def _settled() -> bytes:
    now = WorldClock(Timeline("villages")).now()
    async with memory() as db:
        async with in_transaction():
            await village.fill()
            there = [
                one.code for one in await units.everything() if one.code not in (village.PROVINCE, village.COMMUNE)
            ]
            for number in range(len(there), VILLAGES):
                code = f"thon-{number}"
                await units.create(code, "thôn", f"Mới {number}", parent=village.COMMUNE, valid_from=FOUNDED)
                there.append(code)
            for key, platform in OFFICIALS.items():
                if key != "relay":
                    await village.settle(platform, {key: (f"id-{key}", f"c-{key}")}, {}, now)
            for number, code in enumerate(sorted(there)):
                platform, group = _group(number)
                await village.settle(platform, {}, {code: group}, now)
            await Audit(KEY).append(None, "demo_settled", f"unit:{village.COMMUNE}", now)
        connection = db._connection
        return bytes(connection._conn.serialize())


@cache
def tables() -> bytes:
    families.discover()
    timeline = Timeline("villages")
    with ExitStack() as stack:
        stack.enter_context(machine_clock.using(WorldClock(timeline)))
        stack.enter_context(machine_chance.using(timeline.draw))
        return asyncio.run(_settled())


class VillagesTown(CommuneTown):
    name = "villages"

    def plan(self, seed: str) -> Plan:
        people = tuple(kind.__name__ for kind in _PEOPLE)
        plan = plan_of(seed, self.name, people, MESSENGERS, FAULTS_WITHIN, MOST_ACTIONS)
        return replace(plan, seconds=self.seconds)

    def tables(self) -> bytes:
        return tables()

    def vendors(self, world: World, chance: Random) -> Mapping[str, Vendor]:
        return {
            name: Vendor(
                name, RICH if name == "rich" else PLAIN, world.timeline, world.plan.seed, polled=chance.random() < 0.5,
                idempotent=False, probed=chance.random() < 0.7,
            )
            for name in MESSENGERS
        }  # fmt: skip

    def people(self, world: World) -> Sequence[Teller]:
        return [kind(world) for kind in _PEOPLE if kind.__name__ in world.plan.people]

    def violations(self, world: World) -> list[str]:
        return [*violations(world), *_in_each(world)]


def _in_each(world: World) -> Iterator[str]:
    """What was approved has a row for each of the fifteen groups, and stands in those whose row says so."""
    approved = world.disk.ask("select 1 from audit_rows where act = 'announcement.approved'")
    rows = world.disk.ask(
        "select chat_id, state, platform from outbox where announcement > 0 and chat_kind = 'group' and resend_of = 0"
    )
    if approved and len({str(chat) for chat, *_ in rows}) != VILLAGES:
        yield f"handled once: the announcement has rows for {sorted({str(chat) for chat, *_ in rows})}"
    for chat, state, platform in rows:
        shown = world.vendors[str(platform)].screens.chats.get(str(chat), [])
        stands = any("quét đường" in one.message.text.plain for one in shown)
        if (state == "sent") != stands and state in ("sent", "failed", "cancelled", "expired"):
            yield f"receipts are true: {chat} is {state}, and it {'stands' if stands else 'does not stand'} there"
