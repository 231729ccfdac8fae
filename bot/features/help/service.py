"""A request goes from one person to the next: the village's roster in turn, the commune's centre, then everybody."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, tzinfo
from typing import Literal

from msgspec import Struct

from bot.core.messages import Attachment, Message
from bot.features import units
from bot.features.commune.settings import Commune
from bot.features.notices import delivery_channels
from bot.features.outbox.box import Outbox

from . import requests, roster
from .hours import HURRY, HelpHours, of_commune
from .requests import Asking, Request, Stage
from .words import PHOTO_ALT, HelpWords

log = logging.getLogger(__name__)


class HelpTurn(Struct, frozen=True):
    """The people asked now, and the time of the promised answer. "nobody": there is none who could be asked."""

    kind: Literal["village", "centre", "all", "night", "nobody"]
    promised_at: datetime | None = None


class HelpService:
    """Everything here runs inside the caller's transaction. `commune_of` knows a commune by its unit's code."""

    def __init__(
        self, outbox: Outbox, words: HelpWords, commune_of: Callable[[str], Commune | None], zone: tzinfo
    ) -> None:
        self.outbox = outbox
        self.words = words
        self.zone = zone
        self._commune_of = commune_of

    async def open(self, new: Asking, now: datetime) -> tuple[Request, HelpTurn]:
        """Open a new request; the first helper is asked at once."""
        one = await requests.create(new, now)
        return one, await self.next(one, now)

    async def next(self, one: Request, now: datetime) -> HelpTurn:
        """Ask whoever is next. At night nobody is: then the clock goes on in the morning."""
        hours = await self.hours(one.unit_id, now)
        promised = one.promised_at if one.promised_at is not None and one.promised_at > now else None
        opens = hours.opens(now)
        if opens is not None:
            promised = promised or hours.by_morning(opens)
            await requests.schedule(one, stage=one.stage, next_at=opens, promised_at=promised)
            return HelpTurn("night", promised)
        commune = await units.commune_of(one.unit_id, now.astimezone(self.zone).date())
        without = set(await requests.asked_in(one.id)) | {await requests.asker_person(one) or 0}
        in_a_hurry = promised is not None and now >= promised - HURRY
        if one.stage == "village" and not in_a_hurry and (commune is None or one.unit_id != commune.id):
            person_id = next(iter(await roster.in_turn(one.unit_id, without, now, self.zone)), None)
            if person_id is not None:
                return await self._ask(one, person_id, "village", promised, hours, now)
        if one.stage != "all" and commune is not None:
            person_id = next(iter(await roster.in_turn(commune.id, without, now, self.zone)), None)
            if person_id is not None:
                return await self._ask(one, person_id, "centre", promised or hours.by_office(now), hours, now)
        return await self._call_all(one, promised or hours.by_office(now), now)

    async def hours(self, unit_id: int, now: datetime) -> HelpHours:
        return of_commune(await self.commune(unit_id, now), self.zone)

    async def commune(self, unit_id: int, now: datetime) -> Commune:
        place = await units.commune_of(unit_id, now.astimezone(self.zone).date())
        found = None if place is None else self._commune_of(place.code)
        return found or Commune()

    async def _ask(
        self, one: Request, person_id: int, stage: Stage, promised: datetime | None, hours: HelpHours, now: datetime
    ) -> HelpTurn:
        ask = await requests.ask(one.id, person_id, "waiting", now)
        await requests.schedule(one, stage=stage, next_at=now + hours.patience, promised_at=promised)
        notice = self.words.notice(one, await self.unit_name(one.unit_id), hours.minutes)
        await self.tell_person(person_id, notice, f"help{one.id}-ask{ask}", now)
        return HelpTurn("village" if stage == "village" else "centre", promised)

    async def _call_all(self, one: Request, promised: datetime, now: datetime) -> HelpTurn:
        """Tell everybody of a request that was not taken in turn, once for each promise."""
        asker, told = await requests.asker_person(one), 0
        message = self.words.call(one, await self.unit_name(one.unit_id), promised, now)
        for person_id in await roster.everybody(one.unit_id, now):
            if person_id != asker:
                ask = await requests.ask(one.id, person_id, "called", now)
                told += await self.tell_person(person_id, message, f"help{one.id}-ask{ask}", now)
        await requests.schedule(one, stage="all", next_at=promised, promised_at=promised if told else None)
        return HelpTurn("all", promised) if told else HelpTurn("nobody")

    # Telling

    async def tell_asker(self, one: Request, message: Message, key: str, now: datetime) -> bool:
        """Tell the asker, on the messenger where they asked. False when they cannot be written to any more."""
        chat = await requests.asker_chat(one)
        if chat is None or chat.platform not in self.outbox.capabilities:
            log.info("the asker of help request %d cannot be reached", one.id)
            return False
        await self.outbox.add(chat, message, key=f"help{one.id}-{key}", now=now, answering=True, locale=one.locale)
        return True

    async def tell_person(self, person_id: int, message: Message | list[Message], key: str, now: datetime) -> bool:
        """Tell a person on the best of their messengers; in their hours, so that quiet hours do not hold it."""
        for chat in (await delivery_channels.to_person(self.outbox, person_id, now))[:1]:
            await self.outbox.add(chat, message, key=key, now=now, answering=True)
            return True
        return False

    async def tell_helper(self, one: Request, message: Message, key: str, now: datetime) -> None:
        """Tell the helper who has taken it, if there is one."""
        if one.helper_id is not None:
            await self.tell_person(one.helper_id, message, f"help{one.id}-{key}", now)

    def picture(self, one: Request, photo: str) -> Message:
        """Return a resident's photo for the helper."""
        alt = self.words.translate(self.words.locale, PHOTO_ALT)
        return Message(self.words.photo(one), attachment=Attachment("photo", photo, alt))

    async def unit_name(self, unit_id: int) -> str:
        place = await units.by_id(unit_id)
        return "" if place is None else place.full_name
