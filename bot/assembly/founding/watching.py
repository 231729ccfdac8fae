"""How far the first announcement is, read from the database: who has come, what was sent, who has it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from bot.core.text import upper_first
from bot.features import units
from bot.features.announcements import store
from bot.features.announcements.relays.model import asks_of, pasted
from bot.features.announcements.relays.model import targets as relayed
from bot.features.calendar.vietnam import VIETNAM, today
from bot.features.groups import channels
from bot.features.groups.naming import name_for
from bot.features.invites import listed
from bot.features.people import people
from bot.features.rights.table import CHAIR
from bot.i18n import SOURCE, time_in_words
from bot.storage.core_tables.outbox import OutboxRow

from .applying import FirstSteps

EVERY = 1.0
"""Seconds between two looks."""


class Step(Struct, frozen=True):
    """A step of the first day, as a sentence; `done` or still waited for."""

    text: str
    done: bool


async def progress(steps: FirstSteps, now: datetime) -> list[Step]:
    """Return the steps in their order. The database must be open."""
    found: list[Step] = []
    village = await units.by_id(steps.unit_id) if steps.unit_id else None
    commune = None if village is None else await units.commune_of(village.id)
    if village is None or commune is None:
        return found
    holders = await people.holders(CHAIR, commune.id, now)
    away = {one.person_id for one in await listed.among([one.person_id for one in holders], now)}
    come = [one for one in holders if one.person_id not in away]
    found.append(Step("Chủ tịch vào bằng mã QR" + (f": {come[0].name}" if come else ""), bool(come)))
    groups = await channels.of_unit(village.id, today(now), purpose="village")
    one = await store.get(steps.announcement_id)
    through = [] if one is None else await relayed(one.id)
    named = f": {name_for(groups[0].title, groups[0].platform, village.full_name)}" if groups else ""
    way = f"Nhóm của {village.full_name} đăng ký bằng mã{named}"
    if steps.helper is not None and not groups:
        way = f"Người đưa tin của {village.full_name} vào, hoặc nhóm đăng ký bằng mã"
    found.append(Step(way, bool(groups or through)))
    if one is None:
        return found
    sent = one.state in ("sending", "done")
    refused = f": không được duyệt, lý do “{one.refusal}”" if one.refusal else ""
    found.append(Step(f"{one.label} được Chủ tịch duyệt{refused}", sent))
    confirmed = [target.ack_at for target in await store.targets(one.id) if target.ack_at is not None]
    asks = await asks_of([target.id for target in through])
    pastes = [first for all_of in asks.values() if (first := pasted(all_of)) is not None]
    confirmed += [paste.answered_at for paste in pastes if paste.answered_at is not None]
    out = await OutboxRow.filter(announcement=one.id, state="sent").exists()
    found.append(Step(f"{one.label} tới {village.full_name}", bool(out or confirmed)))
    when = f" lúc {time_in_words(min(confirmed).astimezone(VIETNAM).time(), SOURCE)}" if confirmed else ""
    found.append(Step(f"{upper_first(village.full_name)} xác nhận đã nhận{when}", bool(confirmed)))
    return found


async def tell(steps: FirstSteps, now: Callable[[], datetime], say: Callable[[str], None]) -> None:
    """Say each step once when it is done, until the last one is."""
    told: set[int] = set()
    while True:
        found = await progress(steps, now())
        for number, step in enumerate(found):
            if step.done and number not in told:
                told.add(number)
                say(f"✔ {step.text}")
        if len(told) == len(found):
            return
        await asyncio.sleep(EVERY)
