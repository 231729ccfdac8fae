"""The ladder of a village that is told through a person: a reminder, a stand-in, the telephone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from tortoise.transactions import in_transaction

from bot.core.messages import Button, Message
from bot.core.text import Text
from bot.features import units
from bot.features.announcements import relay_people
from bot.features.announcements.actions import OpenReceipt
from bot.features.announcements.model import Announcement, announcement
from bot.features.announcements.notices import tell as tell_official
from bot.features.announcements.relay_people import Relay
from bot.features.outbox.box import Outbox
from bot.features.outbox.detours import Overtaken
from bot.features.people import people
from bot.features.rights.table import OFFICER
from bot.i18n import msg
from bot.storage.tables.announcements import Announcement as Row
from bot.storage.tables.announcements import RelayAsk as AskRow
from bot.storage.tables.announcements import RelayTarget as TargetRow
from bot.storage.tables.people import Person

from . import ways
from .answering import ask_next, has_words, stands, tell
from .asking import ReadAt
from .letter import answers
from .looking import PackageLook, look
from .model import BY_PHONE, REMINDED, STAND_IN, RelayAsk, RelayTarget, asks_of, change, pasted, target
from .reaching import GONE, RelayReaching, able_to_hear

LADDERS: Mapping[str, Sequence[timedelta]] = {
    "routine": (timedelta(minutes=10), timedelta(minutes=15), timedelta(minutes=30)),
    "urgent": (timedelta(minutes=5), timedelta(minutes=10), timedelta(minutes=15)),
}
"""How long after the words arrived each step is taken: a reminder, a stand-in, the list of whom to telephone."""
_WATCHED = timedelta(days=4)

_REMIND = msg("Nhắc bác: tin {label} “{title}” chưa dán vào nhóm của {village}. Bác dán giúp, rồi chọn.")
_STOPPED = msg("Xã đã dừng tin {label} “{title}”. Bác đừng dán vào nhóm của {village} nữa; dán rồi thì bác xóa giúp.")
_PHONE = msg("{label} “{title}”: {count} thôn chưa có người dán. Bác gọi giúp, hoặc báo bằng loa:")
_VILLAGE = msg("• {village}: {people}")
_THEN = msg("; {way}: {person}")
_NOBODY = msg("chưa có ai nhận tin qua bot")
_OPEN = msg("Xem biên nhận")
_SHOWN = 20


class RelayLadder:
    """A job of the worker. Idempotent: a step is counted before it is taken, so running it twice takes it once."""

    def __init__(self, outbox: Outbox, read_at: ReadAt, ladders: Mapping[str, Sequence[timedelta]] = LADDERS) -> None:
        self._outbox = outbox
        self._read_at = read_at
        self._ladders = ladders
        self._reaching = RelayReaching(outbox, read_at)

    async def tick(self, now: datetime) -> float | None:
        """Take the steps that are due; return the seconds until the next one, None if nobody is waited for."""
        following: list[datetime] = []
        for one, open_ones in await self._watched(now):
            if not await stands(one, now):
                for to in open_ones:
                    await self._withdraw(one, to, now)
                continue
            places = [to.unit_id for to in open_ones]
            known = await relay_people.of_each(places, self._outbox, now, blocked=True)
            asks = await asks_of([to.id for to in open_ones])
            looks = await look([each.package for own in asks.values() for each in own])
            by_phone: list[RelayTarget] = []
            for to in open_ones:
                if pasted(asks[to.id]) is not None:
                    continue
                if (due := await self._waits(one, to, asks[to.id], looks, known[to.unit_id])) and due > now:
                    following.append(due)
                elif await self._climb(one, to, known[to.unit_id], now) == BY_PHONE:
                    by_phone.append(to)
            if by_phone:
                async with in_transaction("default"):
                    await self._by_phone(one, by_phone, known, now)
        return max(0.0, (min(following) - now).total_seconds()) if following else None

    async def _watched(self, now: datetime) -> list[tuple[Announcement, list[RelayTarget]]]:
        """Return announcements with villages that may still climb, or whose persons have to hear that it is over."""
        recent = Row.filter(approved_at__gt=now - _WATCHED).exclude(state="approved")
        ids = [row.id for row in await recent.only("id")]
        targets = await TargetRow.filter(announcement_id__in=ids).order_by("id")
        # After years most asks are old, and many of those were never answered: only these days' are read.
        theirs = AskRow.filter(target_id__in=[row.id for row in targets], state__in=["asked", "silent"])
        asked = set(await theirs.values_list("target_id", flat=True))
        found: dict[int, list[RelayTarget]] = {}
        for row in targets:
            if row.steps < BY_PHONE or row.id in asked:
                found.setdefault(row.key_of("announcement"), []).append(target(row))
        rows = await Row.filter(id__in=list(found)).order_by("id")
        return [(announcement(row), found[row.id]) for row in rows]

    async def _waits(
        self,
        one: Announcement,
        to: RelayTarget,
        asks: Sequence[RelayAsk],
        looks: Mapping[str, PackageLook],
        relays: Sequence[Relay],
    ) -> datetime | None:
        """Return when the next step of a village is due whose persons all have the words; None of any other one.

        Most villages wait so, most of the time: these are looked at together.
        """
        able = able_to_hear(relays)
        has = [looks.get(each.package) for each in asks if each.state in ("asked", "silent")]
        fine = all(seen is not None and seen.at is not None and not seen.undecided and not seen.lost for seen in has)
        if to.steps >= BY_PHONE or not has or not fine or any(each.person_id not in able for each in asks):
            return None
        return await self._due(one, to, asks, looks)

    async def _climb(self, one: Announcement, to: RelayTarget, relays: Sequence[Relay], now: datetime) -> int | None:
        """Take what is due for a village; return the step that is due now, taken unless it is the telephone."""
        if to.steps >= BY_PHONE:
            return None
        try:
            async with in_transaction("default"):
                reached = await self._reaching.another_way(one, to, relays, now)
        except Overtaken:
            return None
        if reached != "waits":
            return BY_PHONE if reached == "nobody" else None
        asks = (await asks_of([to.id]))[to.id]
        due = await self._due(one, to, asks, await look([each.package for each in asks]))
        if due is None or due > now:
            return None
        if to.steps + 1 == BY_PHONE:
            return BY_PHONE
        async with in_transaction("default"):
            return await self._take(one, to, now)

    async def _due(
        self, one: Announcement, to: RelayTarget, asks: Sequence[RelayAsk], looks: Mapping[str, PackageLook]
    ) -> datetime | None:
        """Return when the next step is due, not in quiet hours; None while nobody has the words."""
        if to.steps >= BY_PHONE or pasted(asks) is not None:
            return None
        found = [(seen.at, seen) for each in asks if (seen := looks.get(each.package)) and seen.at is not None]
        arrived = min(found, key=lambda each: each[0], default=None)
        if arrived is None:
            return None
        at, seen = arrived
        ladder = self._ladders[one.klass]
        before = to.stepped_at if to.steps and to.stepped_at is not None else at
        due = before + ladder[to.steps] - (ladder[to.steps - 1] if to.steps else timedelta())
        quiet = None if one.urgent else await self._outbox.quiet.until_for(seen.chat, due)
        return due if quiet is None else quiet

    async def _take(self, one: Announcement, to: RelayTarget, now: datetime) -> int | None:
        step = to.steps + 1
        if not await self._counted(to, step, now):
            return None
        asks = (await asks_of([to.id]))[to.id]
        if pasted(asks) is not None:
            return None
        waited_for = [each for each in asks if each.state == "asked"]
        if step == REMINDED:
            for each in waited_for:
                await self._remind(one, to, each, now)
        if step == STAND_IN:
            for each in waited_for:
                if each.turn == 0:
                    await change(each, "silent", now)
            await ask_next(to, self._outbox, self._read_at, now)
        return step

    async def _counted(self, to: RelayTarget, step: int, now: datetime) -> bool:
        return bool(await TargetRow.filter(id=to.id, steps=to.steps).update(steps=step, stepped_at=now))

    async def _remind(self, one: Announcement, to: RelayTarget, each: RelayAsk, now: datetime) -> None:
        place = await units.by_id(to.unit_id)
        text = self._text(_REMIND, label=one.label, title=one.heading, village="" if place is None else place.full_name)
        buttons = answers(each.id, self._outbox.translate, self._outbox.locale)
        key = f"{each.package}:remind"
        await tell(self._outbox, each.person_id, Message(text, buttons), key, now, urgent=one.urgent)

    async def _withdraw(self, one: Announcement, to: RelayTarget, now: datetime) -> None:
        """End the asks of an announcement that is not to be pasted any more; a correction is an ask of its own."""
        asks = (await asks_of([to.id]))[to.id]
        async with in_transaction("default"):
            for each in asks:
                if each.state not in ("asked", "silent") or not await change(each, "withdrawn", now):
                    continue
                await self._outbox.cancel(now, key=each.package, reason=GONE)
                if one.state == "cancelled" and await has_words(each):
                    place = await units.by_id(to.unit_id)
                    village = "" if place is None else place.full_name
                    text = self._text(_STOPPED, label=one.label, title=one.heading, village=village)
                    key = f"{each.package}:stopped"
                    await tell(self._outbox, each.person_id, Message(text), key, now, urgent=one.urgent)
            await self._counted(to, BY_PHONE, now)

    async def _by_phone(
        self,
        one: Announcement,
        due: Sequence[RelayTarget],
        known: Mapping[int, Sequence[Relay]],
        now: datetime,
    ) -> None:
        """Name the villages to telephone, and whom; to the author, else to the commune's officials."""
        asks = await asks_of([to.id for to in due])
        villages = [to for to in due if pasted(asks[to.id]) is None and await self._counted(to, BY_PHONE, now)]
        if not villages:
            return
        for each in (each for to in villages for each in asks[to.id] if each.state == "asked"):
            if (await look([each.package]))[each.package].at is not None:
                await change(each, "silent", now)
        lines = [self._text(_PHONE, label=one.label, title=one.heading, count=len(villages))]
        answering = await ways.named([to.unit_id for to in villages])
        order = await ways.of_each([to.unit_id for to in villages])
        for to in villages[:_SHOWN]:
            place = await units.by_id(to.unit_id)
            persons = await numbers([relay.person_id for relay in known[to.unit_id]])
            lines.append(
                self._text(
                    _VILLAGE,
                    village="" if place is None else place.full_name,
                    people=", ".join(persons) or self._word(_NOBODY),
                )
            )
            for way in ways.by_people(order[to.unit_id]):
                if way in answering[to.unit_id]:
                    (who,) = await numbers([answering[to.unit_id][way]])
                    lines[-1] += self._text(_THEN, way=self._word(ways.WAYS[way]), person=who)
        button = Button.to(self._word(_OPEN), OpenReceipt(one.id))
        for person_id in [one.author_id] if one.author_id is not None else await self._officials(one, now):
            key = f"tb{one.id}:phone:{villages[0].id}"
            await tell_official(self._outbox, person_id, Text.join("\n", lines), key, now, [button])

    async def _officials(self, one: Announcement, now: datetime) -> list[int | None]:
        return [holder.person_id for holder in await people.holders(OFFICER, one.commune_id, now)]

    def _text(self, template: str, **values: str | int) -> Text:
        return Text.of(self._word(template), **values)

    def _word(self, template: str) -> str:
        return self._outbox.translate(self._outbox.locale, template)


async def numbers(person_ids: Sequence[int]) -> list[str]:
    """Return names with the numbers that the office may see: `Bác Tư 0912345678`."""
    rows = {row.id: row for row in await Person.filter(id__in=list(person_ids))}
    return [f"{rows[one].name} {rows[one].phone}".strip() for one in person_ids if one in rows]
