"""Showing and erasing everything that is kept of somebody, and erasing it again after a restore."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from bot.core.events import UnreadableEvent
from bot.core.sessions import Key, session_from_json
from bot.features.audit import Audit
from bot.features.people import merging, people
from bot.features.people.accounts import Account
from bot.features.people.people import keyed_hash
from bot.storage import apps
from bot.storage.core_tables.conversation import InboxEvent, SessionRow
from bot.storage.sql import asked, holds
from bot.storage.tables.audit import Actor, ErasedAccount, ErasedActor
from bot.storage.tables.people import Account as AccountRow
from bot.storage.tables.people import Person

from . import passed_on
from .chats import FORGET, forget_chat
from .personal_table import Held, PersonalTable, Subject, TableContents

log = logging.getLogger(__name__)

QUIET = timedelta(seconds=15)
"""How long the last answer to an erased person has to arrive."""

Forget = Callable[[Key], Awaitable[None]]


class Erased(Struct, frozen=True):
    """The data that a restore must erase again: random numbers of persons, keyed hashes of accounts, with times."""

    actors: Mapping[int, datetime]
    accounts: Mapping[str, datetime]


class Privacy:
    """Everything that is kept of people, in the order in which it can be erased."""

    def __init__(self, key: bytes, audit: Audit, personal_tables: Sequence[PersonalTable]) -> None:
        self._key = key
        self._audit = audit
        self.tables = tuple(personal_tables)

    async def subject(self, account: Account, chat_id: str, *, present: Key | None = None) -> Subject:
        """Return the person behind an account with all their accounts; the account alone when nobody is known."""
        here = Held(account.platform, account.person, chat_id)
        row = await AccountRow.get_or_none(platform=account.platform, native_id=account.person).select_related("person")
        if row is None or row.person is None:
            return Subject((here,), None, present=present)
        return await self._subject_of(row.person, here, present)

    async def forget_earlier(self, key: Key, seq: int) -> None:
        """Delete what a chat still has of the time before its event `seq`, now that it is kept again.

        The ids of handled events stay after an erasure to know repeats until the last answer has left.
        """
        await InboxEvent.filter(platform=key.platform, chat_id=key.chat_id, seq__lt=seq, body__isnull=True).delete()

    async def shown(self, subject: Subject) -> Sequence[TableContents]:
        """Return every table that holds something, with what it holds."""
        found = [TableContents(personal_table, await personal_table.read(subject)) for personal_table in self.tables]
        return [told for told in found if told.facts]

    async def look_up(self, subject: Subject) -> passed_on.PassedOn:
        """Look where others were told of the person, outside of the transaction that erases."""
        return await passed_on.look_up(await self._own(subject))

    async def erase(
        self, subject: Subject, now: datetime, *, remember: bool = True, found: passed_on.PassedOn = passed_on.NOTHING
    ) -> None:
        """Erase everything at once, inside the caller's transaction; what the log keeps is a number.

        `found` is what `look_up` found; without it everybody else waits longer.
        `remember`: a restore of an older backup has to do it again. Retention need not be remembered, it comes again.
        """
        if remember:
            await self._remember(subject, now)
        own = await self._own(subject)
        for personal_table in self.tables:
            await personal_table.erase(subject)
        await passed_on.forget(own, subject.present, found)
        log.info("data of one person was erased")

    async def _own(self, subject: Subject) -> list[str]:
        return [
            words
            for personal_table in self.tables
            if personal_table.own is not None
            for words in await personal_table.own(subject)
        ]

    async def forget_chats(self, now: datetime, forget: Forget = forget_chat) -> int:
        """Delete the addresses of erased people to whom the last answer has gone out; returns how many."""
        rows = [row for row in await _forgotten() if row.updated_at < now - QUIET]
        count = 0
        for row in rows:
            key = Key(row.platform, row.chat_id)
            try:
                session = session_from_json(key, row.version, row.done_seq, row.out_seq, row.sent_seq, row.state)
            except UnreadableEvent:
                log.error("whether a chat is that of an erased person cannot be read; it stays, and others go")
                continue
            if FORGET in session.facts and not session.out:
                await forget(key)
                count += 1
        return count

    async def waiting(self) -> int:
        """How many of these addresses are still there."""
        return len(await _forgotten())

    async def unfinished(self) -> Sequence[datetime]:
        """Return since when each of these addresses waits for its last answer to leave, the oldest first."""
        return sorted(row.updated_at for row in await _forgotten())

    async def last_erased(self) -> datetime | None:
        """When somebody was erased last who may not be found after a restore."""
        account = await ErasedAccount.all().order_by("-erased_at").first()
        actor = await ErasedActor.all().order_by("-erased_at").first()
        return max((row.erased_at for row in (account, actor) if row is not None), default=None)

    async def erased(self) -> Erased:
        """Return the list that is kept beside the backups."""
        return Erased(
            {row.number: row.erased_at for row in await ErasedActor.all()},
            {row.pseudonym: row.erased_at for row in await ErasedAccount.all()},
        )

    async def replay_erased(self, erased: Erased, taken_at: datetime, now: datetime) -> int:
        """Erase again, after a restore of a backup of `taken_at`, those erased since; return how many.

        Belongs inside a transaction. A person who was erased before the backup and came back stays.
        """
        count = 0
        for number, at in erased.actors.items():
            actor = await Actor.get_or_none(number=number).select_related("person") if at > taken_at else None
            if actor is not None:
                await self.erase(await self._subject_of(actor.person, None, None), now, remember=False)
                count += 1
        hashes = {pseudonym for pseudonym, at in erased.accounts.items() if at > taken_at}
        for platform, native_id in await _addresses() if hashes else ():
            if self._pseudonym(platform, native_id) in hashes:
                subject = await self.subject(Account(platform, native_id), native_id)
                await self.erase(subject, now, remember=False)
                count += 1
        await self._audit.append(None, "erasures_replayed", "backup:restored", now, {"count": count})
        await ErasedActor.bulk_create(
            [ErasedActor(number=number, erased_at=at) for number, at in erased.actors.items()], ignore_conflicts=True
        )
        await ErasedAccount.bulk_create(
            [ErasedAccount(pseudonym=name, erased_at=at) for name, at in erased.accounts.items()], ignore_conflicts=True
        )
        return count

    async def _subject_of(self, person: Person, here: Held | None, present: Key | None) -> Subject:
        rows = await AccountRow.filter(person_id=person.id)
        known = [Held(row.platform, row.native_id, row.chat_id) for row in rows]
        extra = [here] if here is not None and here not in known else []
        return Subject((*known, *extra), person.id, person.name, present)

    async def _remember(self, subject: Subject, now: datetime) -> None:
        names = {self._pseudonym(held.platform, one) for held in subject.accounts for one in held.ids}
        await ErasedAccount.bulk_create(
            [ErasedAccount(pseudonym=name, erased_at=now) for name in names],
            on_conflict=("pseudonym",),
            update_fields=("erased_at",),
        )
        if subject.person_id is not None:
            number = await people.number(subject.person_id)
            numbers = (number, *await merging.numbers_before(number))
            await ErasedActor.bulk_create([ErasedActor(number=one, erased_at=now) for one in numbers])
            await self._audit.append(subject.person_id, "data_erased", f"actor:{number}", now)
        else:
            await self._audit.append(None, "data_erased", "account:unnamed", now)

    def _pseudonym(self, platform: str, native_id: str) -> str:
        return keyed_hash(self._key, "erased", platform, native_id)


async def _forgotten() -> list[SessionRow]:
    """Return the sessions of chats that are to be forgotten."""
    rows = await asked(f"select id from sessions where {holds('state')}", [f'"{FORGET}"'])
    return await SessionRow.filter(id__in=[row["id"] for row in rows]) if rows else []


async def _addresses() -> set[tuple[str, str]]:
    """Return every (platform, person or chat) that any table names."""
    found: set[tuple[str, str]] = set()
    for table in apps.tables():
        columns = table.text_columns()
        for name in ("native_id", "person", "chat_id") if "platform" in columns else ():
            if name in columns:
                rows = await table.all().distinct().values_list("platform", name)
                found.update((str(platform), str(account)) for platform, account in rows if account)
    return found
