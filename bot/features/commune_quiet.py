"""The hours of the commune to which a chat belongs: when it is quiet, when the day's digest comes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.core.events import Chat
from bot.features import channels, people, units
from bot.features.commune import Commune
from bot.features.commune_book import CommuneBook
from bot.features.outbox.hours import VIETNAM, Daily, QuietHours


@dataclass(frozen=True, slots=True)
class CommuneQuiet:
    """Implements bot.features.outbox.hours.Quiet with what the communes say now."""

    book: CommuneBook
    zone: ZoneInfo

    def until(self, moment: datetime) -> datetime | None:
        ends = [self._hours(commune).until(moment) for commune in self.book.all]
        known = [end for end in ends if end is not None]
        return min(known) if len(known) == len(ends) else None

    async def until_for(self, chat: Chat, moment: datetime) -> datetime | None:
        return self._hours(await _commune(self.book, chat, moment)).until(moment)

    def _hours(self, commune: Commune) -> QuietHours:
        return QuietHours(commune.quiet.start, commune.quiet.end, self.zone)


@dataclass(frozen=True, slots=True)
class CommuneDigest:
    """Implements bot.features.outbox.hours.DigestHour likewise."""

    book: CommuneBook
    zone: ZoneInfo

    async def next_for(self, chat: Chat, moment: datetime) -> datetime:
        return Daily((await _commune(self.book, chat, moment)).digest, self.zone).next(moment)


async def _commune(book: CommuneBook, chat: Chat, now: datetime) -> Commune:
    """A group's by its unit, a person's by their roles; the installation's own where neither tells."""
    unit_ids: list[int] = []
    if book.several and chat.kind == "group":
        channel = await channels.of_chat(chat.platform, chat.id)
        unit_ids += [channel.unit_id] if channel is not None else []
    elif book.several:
        unit_ids += await people.units_of_chat(chat.platform, chat.id, now)
    for unit_id in unit_ids:
        place = await units.commune_of(unit_id, now.astimezone(VIETNAM).date())
        if place is not None and (commune := book.of(place.code)) is not None:
            return commune
    return book.own
