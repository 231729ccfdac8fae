"""How long each table keeps what; a nightly sweep deletes the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import nullcontext
from datetime import datetime, timedelta

from msgspec import Struct
from tortoise.expressions import F, Q
from tortoise.transactions import in_transaction

from bot.features.calendar.vietnam import local_day
from bot.features.outbox import bodies
from bot.features.outbox.states import DECISION, FINAL
from bot.i18n import msg
from bot.storage.core_tables.conversation import InboxEvent, Pause, SessionRow, StoredAction
from bot.storage.core_tables.jobs import JobRow
from bot.storage.core_tables.outbox import Detour, OutboxRow
from bot.storage.portions import delete, in_portions
from bot.storage.sql import asked
from bot.storage.tables.audit import ErasedAccount, ErasedActor
from bot.storage.tables.learning import GuideCount, GuideRun, QuizAnswer
from bot.storage.tables.people import Account, Invite, WrongCode

from .erasure import Privacy
from .personal_table import Held, Subject

_IDLE = (
    "select p.id, p.name from people p where p.created_at < ?{who}"
    " and p.id not in (select person_id from accounts where person_id is not null and last_seen >= ?)"
    " and p.id not in (select person_id from roles where ended_at is null and (expires_at is null or expires_at > ?))"
    " and p.id not in (select owner_id from products where state in ('waiting', 'published'))"
    " order by p.id"
)
_OLD_ENTRIES = (
    "log_entries where at < ? and (not exists (select 1 from sessions s"
    " where s.platform = log_entries.platform and s.chat_id = log_entries.chat_id)"
    " or number < (select max(n.number) from log_entries n"
    " where n.platform = log_entries.platform and n.chat_id = log_entries.chat_id))"
)
_STRAY_DETOURS = (
    "select id from detours d where made_at < ?"
    " and not exists (select 1 from outbox o where o.package in (d.package, d.instead_of))"
)
"""Those of announcements stay with their rows, so each year there are more to look through: the database does it."""


class Rule(Struct, frozen=True):
    """A rule of retention: rows go `days` after the time that `since` names.

    `sweep` takes the time before which rows go, and now. `at_once`: it is one transaction; what may have many rows sees
    to its commits itself, so that nobody waits for all of them (see `bot.storage.portions`).
    """

    table: str
    days: int
    since: str
    sweep: Callable[[datetime, datetime], Awaitable[int]]
    at_once: bool = True


def rules(privacy: Privacy) -> Sequence[Rule]:
    """Return the rules of the tables known here; a feature with tables of its own adds its rules to the list."""

    async def accounts(before: datetime, now: datetime) -> int:
        return await _erase_idle(privacy, before, now)

    last_contact = msg("sau lần liên lạc cuối")
    return (
        Rule("accounts", 90, last_contact, accounts, at_once=False),
        Rule("sessions", 90, last_contact, _sessions, at_once=False),
        Rule("guide_runs", 90, last_contact, _guide_runs, at_once=False),
        Rule("inbox", 30, msg("sau khi nhận"), _inbox, at_once=False),
        Rule("log_entries", 30, msg("sau khi viết"), _log_entries, at_once=False),
        Rule("quiz_answers", 30, msg("sau khi trả lời, rồi chỉ còn số đếm"), _quiz_answers, at_once=False),
        Rule("outbox", 30, msg("sau khi gửi xong tin riêng"), _notices, at_once=False),
        Rule("jobs", 30, msg("sau khi làm xong việc dài"), _jobs, at_once=False),
        Rule("pauses", 0, msg("sau khi hết hạn"), _pauses),
        Rule("wrong_codes", 1, msg("sau khi gõ sai"), _wrong_codes),
        Rule("invites", 30, msg("sau khi hết hạn"), _invites),
        Rule("stored_actions", 365, msg("sau khi tạo"), _stored_actions, at_once=False),
        Rule("erased_accounts", 400, msg("sau khi xóa, khi không còn bản sao lưu nào cũ hơn"), _erased),
    )


async def sweep(all_rules: Sequence[Rule], now: datetime) -> Mapping[str, int]:
    """Run every rule; returns how many rows went, by table. Each rule is a transaction of its own, or several."""
    gone: dict[str, int] = {}
    for rule in all_rules:
        async with in_transaction("default") if rule.at_once else nullcontext():
            gone[rule.table] = await rule.sweep(now - timedelta(days=rule.days), now)
    return gone


async def _erase_idle(privacy: Privacy, before: datetime, now: datetime) -> int:
    """Erase people without a role or a product who were not heard of; silent officials keep their role.

    Each is erased by themselves, unless they wrote in the minutes before their turn came.
    """

    async def erased(subject: Subject, still: Callable[[], Awaitable[bool]]) -> bool:
        found = await privacy.look_up(subject)

        async def erase(_: Sequence[Subject]) -> int:
            if not await still():
                return 0
            await privacy.erase(subject, now, remember=False, found=found)
            return 1

        return bool(await in_portions([subject], erase, rest=True))

    count = 0
    for row in await Account.filter(person_id__isnull=True, last_seen__lt=before):
        silent = Account.filter(id=row.id, person_id__isnull=True, last_seen__lt=before)
        count += await erased(Subject((Held(row.platform, row.native_id, row.chat_id),), None), silent.exists)
    for person in await asked(_IDLE.format(who=""), [before, before, now]):
        number = int(str(person["id"]))
        rows = await Account.filter(person_id=number)

        async def is_idle(number: int = number) -> bool:
            return bool(await asked(_IDLE.format(who=" and p.id = ?"), [before, number, before, now]))

        held = tuple(Held(row.platform, row.native_id, row.chat_id) for row in rows)
        count += await erased(Subject(held, number, str(person["name"])), is_idle)
    return count


async def _sessions(before: datetime, now: datetime) -> int:
    return await delete(SessionRow.filter(updated_at__lt=before, sent_seq__gte=F("out_seq")))


async def _guide_runs(before: datetime, now: datetime) -> int:
    return await delete(GuideRun.filter(updated_at__lt=before))


async def _inbox(before: datetime, now: datetime) -> int:
    """Delete old events, except unhandled ones: a messenger that is switched off may come back."""
    return await delete(InboxEvent.filter(Q(body__isnull=True) | Q(failed__isnull=False), noted_at__lt=before))


async def _log_entries(before: datetime, now: datetime) -> int:
    """Delete old entries but the newest of each log: from it the numbers go on. It goes with the session."""

    async def these(ids: Sequence[int]) -> int:
        marks = ", ".join("?" * len(ids))
        gone = await asked(f"delete from {_OLD_ENTRIES} and id in ({marks}) returning id", [before, *ids])
        return len(gone)

    old = await asked(f"select id from {_OLD_ENTRIES}", [before])
    return await in_portions([int(str(row["id"])) for row in old], these)


async def _quiz_answers(before: datetime, now: datetime) -> int:
    """Replace answers per person by counts of right and wrong answers to a question, by day."""
    old = await QuizAnswer.filter(answered_at__lt=before).values_list("id", flat=True)
    return await in_portions([int(str(one)) for one in old], _counted)


async def _counted(ids: Sequence[int]) -> int:
    rows = await QuizAnswer.filter(id__in=ids)
    counts = Counter(
        (row.guide, row.step, "quiz-right" if row.right else "quiz-wrong", local_day(row.answered_at)) for row in rows
    )
    for (guide, step, what, day), count in counts.items():
        await GuideCount.bulk_create(
            [GuideCount(guide=guide, step=step, what=what, day=day, count=0)], ignore_conflicts=True
        )
        await GuideCount.filter(guide=guide, step=step, what=what, day=day).update(count=F("count") + count)
    return await QuizAnswer.filter(id__in=[row.id for row in rows]).delete()


async def _notices(before: datetime, now: datetime) -> int:
    """Delete old notices. Rows of announcements are their receipts and stay, and so do their detours.

    The words of announcements are kept once each: see `bodies`.
    """
    over = Q(state__in=FINAL) | Q(state="held", reason=DECISION)  # about a notice nobody is asked
    old = await delete(OutboxRow.filter(over, klass__in=["notice", "request"], announcement=0, updated_at__lt=before))
    stray = await asked(_STRAY_DETOURS, [before])
    await in_portions([int(str(row["id"])) for row in stray], _without_rows)
    await bodies.part_old_rows()
    return old


async def _without_rows(ids: Sequence[int]) -> int:
    return await Detour.filter(id__in=ids).delete()


async def _jobs(before: datetime, now: datetime) -> int:
    return await delete(JobRow.filter(state__in=("done", "failed"), updated_at__lt=before))


async def _pauses(before: datetime, now: datetime) -> int:
    return await Pause.filter(until__lt=before).delete()


async def _wrong_codes(before: datetime, now: datetime) -> int:
    return await WrongCode.filter(at__lt=before).delete()


async def _invites(before: datetime, now: datetime) -> int:
    return await Invite.filter(expires_at__lt=before).delete()


async def _stored_actions(before: datetime, now: datetime) -> int:
    return await delete(StoredAction.filter(created_at__lt=before))


async def _erased(before: datetime, now: datetime) -> int:
    await ErasedActor.filter(erased_at__lt=before).delete()
    return await ErasedAccount.filter(erased_at__lt=before).delete()
