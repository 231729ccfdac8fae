"""Events of a commune that other programs may be told of, written in the transaction in which they happen.

There is a row for each address that has asked for it, and a job that sends it after the commit. Without such an address
it is two statements that find nothing, and go to the database along with the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.core.machine import chance
from bot.features.jobs.queue import Jobs
from bot.i18n import msg
from bot.storage.sql import Sql, Value, current

ANNOUNCEMENT_SENT, RECEIPT_CHANGED = "announcement.sent", "receipt.changed"
FIGURES_REPORTED = "figures.reported"
DIFFICULTY_OPENED, DIFFICULTY_CHANGED = "difficulty.opened", "difficulty.changed"
KINDS: Mapping[str, str] = {
    ANNOUNCEMENT_SENT: msg("một thông báo đã gửi xong"),
    RECEIPT_CHANGED: msg("biên nhận có thêm xác nhận"),
    FIGURES_REPORTED: msg("một thôn báo hay sửa số liệu"),
    DIFFICULTY_OPENED: msg("một thôn gửi khó khăn"),
    DIFFICULTY_CHANGED: msg("một khó khăn được xử lý, trả lời hay mở lại"),
}
"""Kind of event → what people call it."""
JOB = "webhook"
_AT_ONCE = 200

# The same thing said twice while the first is on its way is said once: a receiver reads how it stands.
_TELL = (
    "with happened(unit, subject) as (values {rows})"
    " insert into webhook_deliveries (webhook_id, event, kind, unit, subject, happened_at, state, attempts)"
    " select w.id, {text}, {text}, h.unit, h.subject, {time}, 'waiting', 0 from webhooks w, happened h"
    " where w.ended_at is null and w.stopped_at is null and w.kinds like {text} and not exists (select 1"
    " from webhook_deliveries d where d.webhook_id = w.id and d.state = 'waiting' and d.kind = {text}"
    " and d.subject = h.subject and d.unit = h.unit)"
)
_SEND = (
    "insert into jobs (kind, key, body, platform, chat_id, state, token, attempts, not_before, created_at, updated_at)"
    " select distinct {text}, 'webhook:' || d.webhook_id || ':' || d.event,"
    " '{{\"webhook\": \"' || d.webhook_id || '\"}}', '', '', 'waiting', '', 0, {time}, {time}, {time}"
    " from webhook_deliveries d where d.event = {text} on conflict (key) do nothing"
)


async def note(kind: str, subjects: Sequence[tuple[int, str]], now: datetime) -> None:
    """Write down, inside the caller's transaction, that something happened to these (unit id, subject).

    Raises ValueError for a kind that nobody could have asked for.
    """
    if kind not in KINDS:
        raise ValueError(f"no kind of event: {kind!r}")
    sql = Sql(current())
    event = chance.unique()
    for start in range(0, len(subjects), _AT_ONCE):
        some = subjects[start : start + _AT_ONCE]
        told: list[Value] = [part for unit_id, subject in some for part in (unit_id, subject)]
        await sql.write(_typed(sql, _TELL, len(some)), [*told, event, kind, now, f"% {kind} %", kind])
    await sql.write(_typed(sql, _SEND), [JOB, now, now, now, event])


def _typed(sql: Sql, text: str, rows: int = 0) -> str:
    """Name the types of the values: PostgreSQL does not see where they go."""
    row, letters, time = ("(?::bigint, ?::text)", "?::text", "?::timestamptz") if sql.postgres else ("(?, ?)", "?", "?")
    return text.format(rows=", ".join([row] * rows), text=letters, time=time)


async def tell_one(webhook_id: int, kind: str, unit_id: int, now: datetime) -> None:
    """Write down, inside the caller's transaction, that one address is told something, whatever it has asked for."""
    sql, event = Sql(current()), chance.unique()
    await sql.write(
        "insert into webhook_deliveries (webhook_id, event, kind, unit, subject, happened_at, state, attempts)"
        " values (?, ?, ?, ?, '', ?, 'waiting', 0)",
        [webhook_id, event, kind, unit_id, now],
    )
    await sql.write(_typed(sql, _SEND), [JOB, now, now, now, event])


async def send_later(webhook_id: int, why: str, at: datetime, now: datetime) -> None:
    """Ask, inside the caller's transaction or by itself, that what waits for an address is sent at a later time."""
    await Jobs(current()).ask(JOB, {"webhook": str(webhook_id)}, key=f"webhook:{webhook_id}:{why}", now=now, at=at)
