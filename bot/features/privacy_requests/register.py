"""The register: note a request, close it, and list those of a commune."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Literal, cast

from msgspec import Struct

from bot.features.audit import Audit
from bot.features.calendar import periods
from bot.features.calendar.vietnam import today
from bot.features.privacy_requests.tables import PrivacyRequest as Row
from bot.i18n import msg

Kind = Literal["see", "correct", "erase"]
State = Literal["open", "done", "refused"]
KINDS: Mapping[Kind, str] = {
    "see": msg("Xin xem dữ liệu"),
    "correct": msg("Xin sửa dữ liệu"),
    "erase": msg("Xin xóa dữ liệu"),
}
STATES: Mapping[State, str] = {"open": msg("đang làm"), "done": msg("đã làm"), "refused": msg("không làm được")}
DAYS: Mapping[Kind, int] = {"see": 10, "correct": 10, "erase": 20}
"""Within so many days a request is done, by Nghị định 356/2025/NĐ-CP."""
ANSWERED_IN = 2
"""Within so many working days who asked is told that it was received, and how it goes on, by the same decree."""
LONGEST_ASKER, LONGEST_WORDS, LONGEST_ANSWER = 120, 500, 300
OLDEST = timedelta(days=60)
"""A day further back is a slip of the pen."""


class RequestRefused(ValueError):
    """Raised for a request that cannot be noted or closed; the text is a sentence for who wrote it."""


class PrivacyRequest(Struct, frozen=True):
    """A request as people see it. `asker` is "" once it was erased."""

    id: int
    kind: Kind
    asker: str
    words: str
    came_on: date
    due_on: date
    state: State
    answer: str
    closed_at: datetime | None

    def is_late(self, day: date) -> bool:
        return self.state == "open" and self.due_on < day

    @property
    def answer_by(self) -> date:
        """Return the last day on which to tell who asked that it was received."""
        day, left = self.came_on, ANSWERED_IN
        while left:
            day += timedelta(days=1)
            left -= periods.is_working(day)
        return day


async def note(
    audit: Audit, commune_id: int, kind: str, asker: str, words: str, came_on: date, *, by: int, now: datetime
) -> int:
    """Note a request, inside the caller's transaction; return its number. Raises RequestRefused."""
    day = today(now)
    if kind not in KINDS:
        raise RequestRefused(msg("Bác chọn người ấy xin xem, sửa hay xóa dữ liệu."))
    if not asker or len(asker) > LONGEST_ASKER or len(words) > LONGEST_WORDS:
        raise RequestRefused(msg("Bác ghi ai xin, không quá 120 chữ; lời xin không quá 500 chữ."))
    if not day - OLDEST <= came_on <= day:
        raise RequestRefused(msg("Ngày nhận phải trong 60 ngày qua, không sau hôm nay."))
    row = await Row.create(
        commune_id=commune_id,
        kind=kind,
        asker=asker,
        words=words,
        came_on=came_on,
        due_on=came_on + timedelta(days=DAYS[cast("Kind", kind)]),
        noter_id=by,
        noted_at=now,
    )
    number: int = row.id
    await audit.append(by, "privacy_request_noted", f"privacy_request:{number}", now)
    return number


async def close(audit: Audit, commune_id: int, number: int, state: str, answer: str, *, by: int, now: datetime) -> bool:
    """Close a request as done or refused, inside the caller's transaction; False when somebody was first.

    Of one that asked to erase, and is done, only that it was there is kept. Raises RequestRefused.
    """
    if state not in ("done", "refused") or len(answer) > LONGEST_ANSWER or (state == "refused" and not answer):
        raise RequestRefused(msg("Không làm được thì bác ghi vì sao, không quá 300 chữ."))
    open_ = Row.filter(id=number, commune_id=commune_id, state="open")
    row = await open_.first()
    if row is None or not await open_.update(state=state, answer=answer, closer_id=by, closed_at=now):
        return False
    if row.kind == "erase" and state == "done":
        await Row.filter(id=number).update(asker="", words="", answer="")
    await audit.append(by, "privacy_request_closed", f"privacy_request:{number}", now, {"state": state})
    return True


async def waiting(commune_id: int) -> Sequence[PrivacyRequest]:
    """Return the open ones of a commune, the first due first."""
    return [_request(row) for row in await Row.filter(commune_id=commune_id, state="open").order_by("due_on", "id")]


async def closed(commune_id: int, limit: int) -> Sequence[PrivacyRequest]:
    """Return the last ones that were closed."""
    rows = Row.filter(commune_id=commune_id).exclude(state="open").order_by("-closed_at", "-id").limit(limit)
    return [_request(row) for row in await rows]


def _request(row: Row) -> PrivacyRequest:
    return PrivacyRequest(
        row.id,
        cast("Kind", row.kind),
        row.asker,
        row.words,
        row.came_on,
        row.due_on,
        cast("State", row.state),
        row.answer,
        row.closed_at,
    )
