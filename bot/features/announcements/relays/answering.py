"""Answers of persons to an ask: it is pasted, or it cannot be. All runs inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from bot.core.messages import Message
from bot.core.text import Text
from bot.features import happenings, units
from bot.features.announcements import relay_people, store
from bot.features.announcements.letter import moment
from bot.features.announcements.model import Announcement
from bot.features.notices import delivery_channels
from bot.features.outbox.box import Outbox
from bot.i18n import msg
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.tables.announcements import RelayAsk as AskRow
from bot.storage.tables.announcements import RelayTarget as TargetRow
from bot.storage.tables.people import Person

from . import proofs
from .asking import ReadAt, RelayPosting, first_unasked
from .model import RelayAsk, RelayTarget, ask, ask_of, asks_of, change, pasted, target_of

NEEDLESS = "pasted by another one"
"""Reason of messages that did not leave because the village has the announcement."""
_WAITED_FOR = timedelta(days=4)
_REMEMBERED = timedelta(days=30)
"""So long “đã dán” is understood as an answer about something old."""
_NEEDLESS = msg("{label}: {name} đã dán vào nhóm của {village} lúc {time}. Bác không cần dán nữa.")


class RelayAnswers:
    def __init__(self, outbox: Outbox, read_at: ReadAt) -> None:
        self._outbox = outbox
        self._read_at = read_at

    async def pasted(self, one: RelayAsk, now: datetime, *, proven: bool, stands: bool = True) -> bool:
        """Record that the person pasted it; tell the others that they need not. False if that was recorded before.

        Of an announcement that does not stand any more the others hear what to do with it, and not from here. `proven`:
        said under the question itself, so all its messages arrived; else the person's word stands for those to paste.
        """
        fresh = await self._locked(one)
        if fresh is None or fresh.state == "pasted" or not await change(fresh, "pasted", now):
            return False
        await (self._outbox.arrived if proven else self._outbox.vouched)(fresh.package, now)
        await _changed(await target_of(fresh.target_id), now)
        if not stands:
            return True
        asks = (await asks_of([fresh.target_id]))[fresh.target_id]
        first = pasted(asks)
        for other in asks:
            if other.state in ("asked", "silent") and await change(other, "withdrawn", now):
                await self._needless(other, first or fresh, now)
        return True

    async def refused(self, one: RelayAsk, now: datetime, *, proven: bool) -> bool:
        """Record that the person could not paste it, and ask the next one; False if that was recorded before.

        A “đã dán” said by mistake is taken back so. `proven`: said under the question itself, so its messages arrived.
        """
        fresh = await self._locked(one)
        if fresh is None or fresh.state not in ("asked", "silent", "pasted"):
            return False
        if not await change(fresh, "refused", now):
            return False
        await proofs.drop(fresh, now)
        if proven:
            await self._outbox.arrived(fresh.package, now)
        to = await target_of(fresh.target_id)
        if to is not None:
            await ask_next(to, self._outbox, self._read_at, now)
        await _changed(to, now)
        return True

    async def _locked(self, one: RelayAsk) -> RelayAsk | None:
        """Return the ask as it is now. Of two who answer for a village at once the second one waits here."""
        await TargetRow.filter(id=one.target_id).select_for_update().first()
        return await ask_of(one.id)

    async def _needless(self, other: RelayAsk, first: RelayAsk, now: datetime) -> None:
        """Take back what has not left, and tell who has it that another one was faster.

        A person who was silent for long is not told if each message is one of a plan: most of them never look at it.
        """
        await self._outbox.cancel(now, key=other.package, reason=NEEDLESS)
        if not await has_words(other) or (other.state == "silent" and await self._counts(other.person_id, now)):
            return
        to = await target_of(other.target_id)
        one = None if to is None else await store.get(to.announcement_id)
        place = None if to is None else await units.by_id(to.unit_id)
        if one is None or place is None:
            return
        text = Text.of(
            self._outbox.translate(self._outbox.locale, _NEEDLESS),
            label=one.label,
            name=await name_of(first.person_id),
            village=place.full_name,
            time=moment(first.answered_at or now, self._outbox.locale),
        )
        await tell(self._outbox, other.person_id, Message(text), f"{other.package}:needless", now, urgent=one.urgent)

    async def _counts(self, person_id: int | None, now: datetime) -> bool:
        """Tell whether a message to this person counts against a monthly plan."""
        chats = [] if person_id is None else await delivery_channels.to_person(self._outbox, person_id, now)
        return bool(chats) and await self._outbox.months.counts(chats[0])


async def _changed(to: RelayTarget | None, now: datetime) -> None:
    if to is not None:
        await happenings.note(happenings.RECEIPT_CHANGED, [(to.unit_id, str(to.announcement_id))], now)


async def ask_next(
    to: RelayTarget, outbox: Outbox, read_at: ReadAt, now: datetime, *, but: Collection[int] = ()
) -> bool:
    """Ask the next relay of a village unless it has the announcement or somebody still has time to answer.

    Return whether somebody was asked. A stand-in is a new ask: nothing is ever sent again. The asks `but` are of
    persons whom it has not reached.
    """
    one = await store.get(to.announcement_id)
    asks = (await asks_of([to.id]))[to.id]
    busy = any(each.state == "pasted" or (each.state == "asked" and each.id not in but) for each in asks)
    if one is None or busy or not await stands(one, now):
        return False
    known = await relay_people.of_each([to.unit_id], outbox, now)
    relay = first_unasked(known[to.unit_id], asks)
    if relay is None:
        return False
    posting = await RelayPosting.of(one, outbox, read_at)
    return await posting.ask(to, relay, now, turn=1) is not None


async def stands(one: Announcement, now: datetime) -> bool:
    """Tell whether it is still to be pasted: nobody stopped it, put it right or took it back, and it holds."""
    over = one.state not in ("sending", "done") or (one.expires_at is not None and one.expires_at <= now)
    return not over and not any(later.rows for later in await store.standing(one))


async def has_words(one: RelayAsk) -> bool:
    """Tell whether the person has any of the messages, or may have."""
    return await OutboxRow.filter(package=one.package, state__in=["sent", "sending", "uncertain"]).exists()


async def waiting_for(person_id: int, now: datetime) -> list[RelayAsk]:
    """Return the asks that a person has the words of and has not answered, newest first."""
    rows = AskRow.filter(person_id=person_id, state__in=["asked", "silent"], asked_at__gt=now - _WAITED_FOR)
    return [each for each in map(ask, await rows.order_by("-id").limit(20)) if await has_words(each)]


async def latest(person_id: int, now: datetime, limit: int) -> list[RelayAsk]:
    """Return the last asks of a person, whatever became of them, newest first."""
    rows = AskRow.filter(person_id=person_id, asked_at__gt=now - _REMEMBERED)
    return [ask(row) for row in await rows.order_by("-id").limit(limit)]


async def name_of(person_id: int | None) -> str:
    row = None if person_id is None else await Person.get_or_none(id=person_id)
    return "" if row is None else row.name


async def tell(
    outbox: Outbox, person_id: int | None, message: Message, key: str, now: datetime, *, urgent: bool
) -> bool:
    """Send a person a notice where they read; an urgent one may ring at night. False without a way to reach them."""
    if person_id is None:
        return False
    for chat in (await delivery_channels.to_person(outbox, person_id, now))[:1]:
        return await outbox.add(chat, message, key=key[:90], now=now, answering=urgent)
    return False
