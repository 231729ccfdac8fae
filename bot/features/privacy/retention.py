"""How long each table keeps what; a nightly sweep deletes the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tortoise.expressions import F, Q
from tortoise.transactions import in_transaction

from bot.features.outbox.states import DECISION, FINAL
from bot.i18n import msg
from bot.storage.audit import ErasedAccount, ErasedActor
from bot.storage.conversation import InboxEvent, Pause, SessionRow, StoredAction
from bot.storage.jobs import JobRow
from bot.storage.learning import GuideCount, GuideRun, QuizAnswer
from bot.storage.outbox import Detour, OutboxRow
from bot.storage.people import Account, Invite, WrongCode
from bot.storage.sql import asked

from .erasure import Privacy
from .holding import Held, Subject

_HERE = ZoneInfo("Asia/Ho_Chi_Minh")
# One statement each, however many there are: SQLite has one connection, and meanwhile nobody else gets an answer.
_IDLE = (
    "select p.id, p.name from people p where p.created_at < ?"
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


@dataclass(frozen=True, slots=True)
class Rule:
    """What goes `days` after the time that `since` names. `sweep` takes the time before which rows go, and now."""

    table: str
    days: int
    since: str
    sweep: Callable[[datetime, datetime], Awaitable[int]]


def rules(privacy: Privacy) -> Sequence[Rule]:
    """The rules of the tables known here; a feature with tables of its own adds its rules to the list."""

    async def accounts(before: datetime, now: datetime) -> int:
        return await _erase_idle(privacy, before, now)

    last_contact = msg("sau lần liên lạc cuối")
    return (
        Rule("accounts", 90, last_contact, accounts),
        Rule("sessions", 90, last_contact, _sessions),
        Rule("guide_runs", 90, last_contact, _guide_runs),
        Rule("inbox", 30, msg("sau khi nhận"), _inbox),
        Rule("log_entries", 30, msg("sau khi viết"), _log_entries),
        Rule("quiz_answers", 30, msg("sau khi trả lời, rồi chỉ còn số đếm"), _quiz_answers),
        Rule("outbox", 30, msg("sau khi gửi xong tin riêng"), _notices),
        Rule("jobs", 30, msg("sau khi làm xong việc dài"), _jobs),
        Rule("pauses", 0, msg("sau khi hết hạn"), _pauses),
        Rule("wrong_codes", 1, msg("sau khi gõ sai"), _wrong_codes),
        Rule("invites", 30, msg("sau khi hết hạn"), _invites),
        Rule("stored_actions", 365, msg("sau khi tạo"), _stored_actions),
        Rule("erased_accounts", 400, msg("sau khi xóa, khi không còn bản sao lưu nào cũ hơn"), _erased),
    )


async def sweep(all_rules: Sequence[Rule], now: datetime) -> Mapping[str, int]:
    """Run every rule; returns how many rows went, by table. Each rule is a transaction of its own."""
    gone: dict[str, int] = {}
    for rule in all_rules:
        async with in_transaction("default"):
            gone[rule.table] = await rule.sweep(now - timedelta(days=rule.days), now)
    return gone


async def _erase_idle(privacy: Privacy, before: datetime, now: datetime) -> int:
    """Whoever holds no role, shows no product and was not heard of; officials who are silent keep their role."""
    count = 0
    for row in await Account.filter(person_id__isnull=True, last_seen__lt=before):
        await privacy.erase(Subject((Held(row.platform, row.native_id, row.chat_id),), None), now, remember=False)
        count += 1
    for person in await asked(_IDLE, [before, before, now]):
        person_id = int(str(person["id"]))
        rows = await Account.filter(person_id=person_id)
        held = tuple(Held(row.platform, row.native_id, row.chat_id) for row in rows)
        await privacy.erase(Subject(held, person_id, str(person["name"])), now, remember=False)
        count += 1
    return count


async def _sessions(before: datetime, now: datetime) -> int:
    return await SessionRow.filter(updated_at__lt=before, sent_seq__gte=F("out_seq")).delete()


async def _guide_runs(before: datetime, now: datetime) -> int:
    return await GuideRun.filter(updated_at__lt=before).delete()


async def _inbox(before: datetime, now: datetime) -> int:
    """What was never handled stays: a messenger that is switched off may come back."""
    return await InboxEvent.filter(Q(body__isnull=True) | Q(failed__isnull=False), noted_at__lt=before).delete()


async def _log_entries(before: datetime, now: datetime) -> int:
    """The newest entry of each log stays: from it the numbers go on. It goes with the session."""
    (found,) = await asked(f"select count(*) as n from {_OLD_ENTRIES}", [before])
    await asked(f"delete from {_OLD_ENTRIES}", [before])
    return int(str(found["n"]))


async def _quiz_answers(before: datetime, now: datetime) -> int:
    """Per person no longer, but how often a question was answered right and wrong, by day."""
    rows = await QuizAnswer.filter(answered_at__lt=before)
    counts = Counter(
        (row.guide, row.step, "quiz-right" if row.right else "quiz-wrong", row.answered_at.astimezone(_HERE).date())
        for row in rows
    )
    for (guide, step, what, day), count in counts.items():
        await GuideCount.bulk_create(
            [GuideCount(guide=guide, step=step, what=what, day=day, count=0)], ignore_conflicts=True
        )
        await GuideCount.filter(guide=guide, step=step, what=what, day=day).update(count=F("count") + count)
    return await QuizAnswer.filter(answered_at__lt=before).delete()


async def _notices(before: datetime, now: datetime) -> int:
    """Rows of announcements are their receipts and stay, and so do their detours."""
    over = Q(state__in=FINAL) | Q(state="held", reason=DECISION)  # about a notice nobody is asked
    old = await OutboxRow.filter(over, klass="notice", announcement=0, updated_at__lt=before).delete()
    gone = [
        row.id
        for row in await Detour.filter(made_at__lt=before)
        if not await OutboxRow.exists(package__in=[row.package, row.instead_of])
    ]
    await Detour.filter(id__in=gone).delete()
    return old


async def _jobs(before: datetime, now: datetime) -> int:
    return await JobRow.filter(state__in=("done", "failed"), updated_at__lt=before).delete()


async def _pauses(before: datetime, now: datetime) -> int:
    return await Pause.filter(until__lt=before).delete()


async def _wrong_codes(before: datetime, now: datetime) -> int:
    return await WrongCode.filter(at__lt=before).delete()


async def _invites(before: datetime, now: datetime) -> int:
    return await Invite.filter(expires_at__lt=before).delete()


async def _stored_actions(before: datetime, now: datetime) -> int:
    return await StoredAction.filter(created_at__lt=before).delete()


async def _erased(before: datetime, now: datetime) -> int:
    await ErasedActor.filter(erased_at__lt=before).delete()
    return await ErasedAccount.filter(erased_at__lt=before).delete()
