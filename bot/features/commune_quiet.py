"""The quiet hours of the commune to which a chat belongs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.core.events import Chat
from bot.features import channels, people, units
from bot.features.commune import Commune
from bot.features.commune_book import CommuneBook
from bot.features.outbox.hours import QuietHours


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
        commune = await self._commune(chat, moment) if self.book.several else None
        return self._hours(commune or self.book.own).until(moment)

    def _hours(self, commune: Commune) -> QuietHours:
        return QuietHours(commune.quiet.start, commune.quiet.end, self.zone)

    async def _commune(self, chat: Chat, now: datetime) -> Commune | None:
        """A group's by its unit, a person's by their roles."""
        unit_ids: list[int] = []
        if chat.kind == "group":
            channel = await channels.of_chat(chat.platform, chat.id)
            unit_ids += [channel.unit_id] if channel is not None else []
        else:
            unit_ids += await people.units_of_chat(chat.platform, chat.id, now)
        for unit_id in unit_ids:
            place = await units.commune_of(unit_id, now.date())
            if place is not None and (commune := self.book.of(place.code)) is not None:
                return commune
        return None
