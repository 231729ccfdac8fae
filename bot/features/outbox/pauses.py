"""Messengers that take nothing for now, for people to read and to lift."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from bot.core import probing
from bot.core.actions import Action
from bot.features.at_once import at_once
from bot.storage.probes import ProbeStore
from bot.storage.sql import asked, moment


class LiftPause(Action, code="gt"):
    """Try again at once to send with this messenger; "" is all that pause."""

    platform: str


class PausedMessenger(Struct, frozen=True):
    """A messenger that pauses: since when, as far as that is kept, and until when it is not tried.

    `lifts`: it named no time, so a person may have it tried sooner.
    """

    platform: str
    since: datetime | None
    until: datetime
    lifts: bool


async def standing(now: datetime) -> list[PausedMessenger]:
    """List the pauses, one for each messenger. One without a named time stands until a message is taken."""
    tried, rows = await at_once(
        ProbeStore().probes(),
        asked("select platform, until from pauses where chat_id = '' and until > ? order by platform", [now]),
    )
    named = {str(row["platform"]): moment(row["until"]) for row in rows}
    found = {platform: PausedMessenger(platform, None, until, lifts=False) for platform, until in named.items()}
    found |= {one.platform: PausedMessenger(one.platform, one.since, one.until, lifts=True) for one in tried}
    return sorted(found.values(), key=lambda one: one.platform)


async def lift(now: datetime, platform: str = "") -> list[str]:
    """Have the next message try at once, on one messenger or on all; returns which ones paused."""
    store = ProbeStore()
    old = [one for one in await store.probes() if platform in ("", one.platform)]
    return [one.platform for one in old if await store.swap_probe(one.platform, one, probing.lifted(one, now))]
