"""Showing and erasing everything that is kept of somebody, and erasing it again after a restore."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.sessions import Key, session_from_json
from bot.features import merging, people
from bot.features.accounts import Account
from bot.features.audit import Audit
from bot.features.people import keyed_hash
from bot.storage.audit import Actor, ErasedAccount, ErasedActor
from bot.storage.conversation import InboxEvent, Pause, SessionRow
from bot.storage.jobs import JobRow
from bot.storage.learning import GuideRun, QuizAnswer
from bot.storage.outbox import OutboxRow
from bot.storage.people import Account as AccountRow
from bot.storage.people import Person
from bot.storage.platform_state import LogEntry
from bot.storage.questions import BoardName, DailyReader, QuestionAnswer

from .chats import FORGET, forget_chat
from .holding import Fact, Held, Holding, Subject

log = logging.getLogger(__name__)

_QUIET = timedelta(minutes=1)
"""How long the last answer to an erased person has to arrive."""

Forget = Callable[[Key], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Erased:
    """What a restore must erase again: random numbers of persons and keyed hashes of accounts, with their times."""

    actors: Mapping[int, datetime]
    accounts: Mapping[str, datetime]


class Privacy:
    """Everything that is kept of people, in the order in which it can be erased."""

    def __init__(self, key: bytes, audit: Audit, holdings: Sequence[Holding]) -> None:
        self._key = key
        self._audit = audit
        self.holdings = tuple(holdings)

    async def subject(self, account: Account, chat_id: str, *, present: Key | None = None) -> Subject:
        """The person behind an account with all their accounts; the account alone when nobody is known."""
        here = Held(account.platform, account.person, chat_id)
        row = await AccountRow.get_or_none(platform=account.platform, native_id=account.person).select_related("person")
        if row is None or row.person is None:
            return Subject((here,), None, present=present)
        return await self._subject_of(row.person, here, present)

    async def shown(self, subject: Subject) -> Sequence[tuple[str, Sequence[Fact]]]:
        """(title, facts) of every table that holds something."""
        found = [(holding.title, await holding.read(subject)) for holding in self.holdings]
        return [(title, facts) for title, facts in found if facts]

    async def erase(self, subject: Subject, now: datetime, *, remember: bool = True) -> None:
        """Erase everything at once, inside the caller's transaction; what the log keeps is a number.

        `remember`: a restore of an older backup has to do it again. Retention need not be remembered, it comes again.
        """
        if remember:
            await self._remember(subject, now)
        for holding in self.holdings:
            await holding.erase(subject)
        log.info("data of one person was erased")

    async def forget_chats(self, now: datetime, forget: Forget = forget_chat) -> int:
        """Delete the addresses of erased people to whom the last answer has gone out; returns how many."""
        rows = await SessionRow.filter(state__contains=f'"{FORGET}"', updated_at__lt=now - _QUIET)
        count = 0
        for row in rows:
            key = Key(row.platform, row.chat_id)
            session = session_from_json(key, row.version, row.done_seq, row.out_seq, row.sent_seq, row.state)
            if FORGET in session.facts and not session.out:
                await forget(key)
                count += 1
        return count

    async def erased(self) -> Erased:
        """The list that is kept beside the backups."""
        return Erased(
            {row.number: row.erased_at for row in await ErasedActor.all()},
            {row.pseudonym: row.erased_at for row in await ErasedAccount.all()},
        )

    async def replay_erased(self, erased: Erased, taken_at: datetime, now: datetime) -> int:
        """After a restore of a backup of `taken_at`: erase again who was erased since; returns how many.

        Belongs inside a transaction. Somebody who was erased before the backup and came back stays.
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


async def _addresses() -> set[tuple[str, str]]:
    """Every (platform, person or chat) that any table names."""
    found: set[tuple[str, str]] = set()
    for query in (
        AccountRow.all().values_list("platform", "native_id"),
        AccountRow.all().values_list("platform", "chat_id"),
        SessionRow.all().values_list("platform", "chat_id"),
        InboxEvent.all().distinct().values_list("platform", "chat_id"),
        OutboxRow.all().distinct().values_list("platform", "chat_id"),
        JobRow.all().distinct().values_list("platform", "chat_id"),
        LogEntry.all().distinct().values_list("platform", "chat_id"),
        Pause.all().values_list("platform", "chat_id"),
        GuideRun.all().distinct().values_list("platform", "person"),
        QuizAnswer.all().distinct().values_list("platform", "person"),
        BoardName.all().values_list("platform", "person"),
        DailyReader.all().values_list("platform", "person"),
        QuestionAnswer.all().distinct().values_list("platform", "person"),
    ):
        found.update((str(platform), str(name)) for platform, name in await query if name)
    return found
