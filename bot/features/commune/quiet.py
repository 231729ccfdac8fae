"""The hours of the commune to which a chat belongs: quiet hours, and the hour of the daily digest."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec import Struct

from bot.core.events import Chat
from bot.features import units
from bot.features.calendar.hours import DailyQuietHours, QuietHours
from bot.features.calendar.vietnam import today
from bot.features.commune.commune_settings import CommuneSettings
from bot.features.commune.settings import Commune, QuietSettings
from bot.features.groups import channels
from bot.features.people import people


class CommuneQuiet(Struct, frozen=True):
    """Implements bot.features.calendar.hours.Quiet with the current settings of the communes."""

    commune_settings: CommuneSettings
    zone: ZoneInfo

    def until(self, moment: datetime) -> datetime | None:
        ends = [self._of(quiet).until(moment) for quiet in self.commune_settings.quiet]
        known = [end for end in ends if end is not None]
        return min(known) if len(known) == len(ends) else None

    async def until_for(self, chat: Chat, moment: datetime) -> datetime | None:
        return self._of((await _commune(self.commune_settings, chat, moment)).quiet).until(moment)

    def _of(self, quiet: QuietSettings) -> QuietHours:
        return QuietHours(quiet.start, quiet.end, self.zone)


class CommuneDigest(Struct, frozen=True):
    """Implements bot.features.calendar.hours.DigestHour likewise."""

    commune_settings: CommuneSettings
    zone: ZoneInfo

    async def next_for(self, chat: Chat, moment: datetime) -> datetime:
        return DailyQuietHours((await _commune(self.commune_settings, chat, moment)).digest, self.zone).next(moment)


async def _commune(commune_settings: CommuneSettings, chat: Chat, now: datetime) -> Commune:
    """Return a group's commune by its unit, a person's by their roles; the installation's own if neither tells."""
    unit_ids: list[int] = []
    if commune_settings.several and chat.kind == "group":
        channel = await channels.of_chat(chat.platform, chat.id)
        unit_ids += [channel.unit_id] if channel is not None else []
    elif commune_settings.several:
        unit_ids += await people.units_of_chat(chat.platform, chat.id, now)
    for unit_id in unit_ids:
        place = await units.commune_of(unit_id, today(now))
        if place is not None and (commune := commune_settings.of(place.code)) is not None:
            return commune
    return commune_settings.own
