"""Difficulties: category, owner, deadline, state, the commune's answer, and their age."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Literal

from msgspec import Struct
from tortoise.expressions import Subquery
from tortoise.queryset import QuerySet

from bot.core.text import fold
from bot.features import happenings
from bot.features.at_once import at_once
from bot.features.calendar.vietnam import moment, today
from bot.features.difficulties.tables import Difficulty as Row
from bot.features.difficulties.tables import DifficultyGrade
from bot.i18n import msg
from bot.storage.prepared import marks, rows_of
from bot.storage.sql import Value

from . import grades
from .grades import Grade, deadline

State = Literal["new", "working", "answered", "solved", "passed_on"]

STATES: Mapping[State, str] = {
    "new": msg("mới"),
    "working": msg("đang xử lý"),
    "answered": msg("đã trả lời"),
    "solved": msg("đã giải quyết"),
    "passed_on": msg("chuyển cấp trên"),
}
OPEN: tuple[State, ...] = ("new", "working", "answered")
WAITING: tuple[State, ...] = ("new", "working")
"""The commune owes an answer. What it has only answered is not over: a promise solves nothing yet."""
CATEGORIES: Mapping[str, str] = {
    "no_phone": msg("không có điện thoại thông minh"),
    "no_nfc": msg("điện thoại cũ, không có NFC"),
    "no_signal": msg("mất sóng, không có Internet"),
    "password": msg("quên mật khẩu"),
    "sim": msg("số điện thoại không chính chủ"),
    "fear": msg("ngại, sợ lừa đảo"),
    "sight": msg("mắt kém, không biết chữ"),
    "app": msg("ứng dụng lỗi, nghẽn"),
    "team": msg("Tổ thiếu người, kinh phí"),
    "bank": msg("chưa có tài khoản ngân hàng"),
    "returned": msg("hồ sơ bị trả lại"),
    "place": msg("tên đơn vị hành chính thay đổi"),
    "scam": msg("nghi lừa đảo"),
    "vneid": msg("VNeID"),
    "other": msg("khác"),
}
_SIGNS: Sequence[tuple[str, tuple[str, ...]]] = (
    ("scam", ("lua dao", "gia danh", "bi lua")),
    ("no_nfc", ("nfc",)),
    ("no_phone", ("khong co dien thoai", "khong co dt", "ko co dien thoai", "khong co smartphone")),
    (
        "no_signal",
        (
            "mat song",
            "song yeu",
            "khong co song",
            "3g",
            "4g",
            "5g",
            "mat mang",
            "khong co mang",
            "mang yeu",
            "internet",
            "wifi",
        ),
    ),
    ("password", ("mat khau", "quen ma")),
    ("sim", ("chinh chu", "sim")),
    ("fear", ("ngai", "so lua", "khong tin")),
    ("sight", ("mat kem", "khong biet chu", "mu chu", "khong doc duoc")),
    ("returned", ("tra lai", "bi tra")),
    ("bank", ("tai khoan ngan hang", "tai khoan")),
    ("team", ("thieu nguoi", "kinh phi", "khong co kinh phi")),
    ("place", ("ten xa", "dia danh", "sap nhap", "dia chi cu")),
    ("vneid", ("vneid", "dinh danh")),
    ("app", ("loi", "nghen", "treo", "khong vao duoc")),
)
LONGEST = 1000


class Difficulty(Struct, frozen=True):
    id: int
    unit_id: int
    category: str
    text: str
    state: State
    version: int
    reporter_id: int | None
    owner_id: int | None
    due_on: date
    response: str
    created_at: datetime
    directive: str = ""
    same_as: int = 0
    """The id of another one that tells the same, 0 for none."""
    grade: Grade = "normal"

    @property
    def open(self) -> bool:
        return self.state in OPEN

    @property
    def waits(self) -> bool:
        """Whether the commune owes an answer."""
        return self.state in WAITING

    def age(self, on: date) -> int:
        """Count the days since it was raised."""
        return (on - today(self.created_at)).days

    def overdue(self, on: date) -> bool:
        return self.waits and on > self.due_on


def category_of(text: str) -> str:
    """Return the first category whose words are in the text; "other" otherwise. A person may change it."""
    padded = f" {fold(text)} "
    return next((name for name, signs in _SIGNS if any(f" {sign}" in padded for sign in signs)), "other")


async def raise_one(unit_id: int, text: str, *, reporter: int | None, owner: int | None, now: datetime) -> Difficulty:
    """Create a difficulty inside the caller's transaction. Its grade may stand in the text: `mất sóng cả thôn, gấp`."""
    told, grade = grades.split_grade(text)
    row = await Row.create(
        unit_id=unit_id,
        category=category_of(told),
        text=told[:LONGEST],
        state="new",
        reporter_id=reporter,
        owner_id=owner,
        due_on=deadline(today(now), grade),
        created_at=now,
        updated_at=now,
    )
    if grade != "normal":
        await DifficultyGrade.create(difficulty_id=row.id, grade=grade)
    await happenings.note(happenings.DIFFICULTY_OPENED, [(unit_id, str(row.id))], now)
    return _difficulty(row, grade)


async def get(difficulty_id: int) -> Difficulty | None:
    return next(iter(await _found(Row.filter(id=difficulty_id))), None)


async def newest_of(reporter: int, now: datetime) -> Difficulty | None:
    """Return the last difficulty of a reporter, raised within an hour, while it waits for its answer."""
    rows = Row.filter(reporter_id=reporter, state__in=list(WAITING), created_at__gte=now - timedelta(hours=1))
    return next(iter(await _found(rows.order_by("-id").limit(1))), None)


async def of_reporter(person_id: int, most: int) -> Sequence[Difficulty]:
    """Return what somebody told, the newest first."""
    return await _found(Row.filter(reporter_id=person_id).order_by("-id").limit(most))


async def regrade(one: Difficulty, grade: Grade, now: datetime) -> bool:
    """Change the grade, and with it the deadline, inside the caller's transaction.

    False if it was answered, or graded by another person meanwhile. The version stays, since the official who works on
    it decides nothing by its grade: a village that adds at once how urgent it is invalidates no button of the official.
    """
    due = grades.deadline_again(one.due_on, one.grade, grade, today(now))
    held = Row.filter(id=one.id, state__in=list(WAITING), due_on=one.due_on)
    if not one.waits or not await held.update(due_on=due, updated_at=now):
        return False
    await DifficultyGrade.update_or_create(difficulty_id=one.id, defaults={"grade": grade})
    return True


async def take(one: Difficulty, owner: int | None, now: datetime) -> bool:
    """Assign it to an owner who works on it; False if it is no longer as it was shown."""
    return await _move(one, {"state": "working", "owner_id": owner}, now)


async def answer(one: Difficulty, text: str, state: State, *, by: int | None, now: datetime) -> bool:
    """Record the commune's answer; False if another person was first."""
    return await _move(one, {"state": state, "response": text.strip()[:LONGEST], "owner_id": by}, now)


async def reopen(one: Difficulty, now: datetime) -> bool:
    """Reopen it, since the village says that it is not solved."""
    return await _move(one, {"state": "working", "due_on": deadline(today(now), one.grade), "same_as": 0}, now)


async def settle(one: Difficulty, now: datetime) -> bool:
    """Mark it as solved, since the village says so."""
    return one.state == "answered" and await _move(one, {"state": "solved"}, now)


async def merge(one: Difficulty, into: Difficulty, now: datetime) -> bool:
    """Merge `one` into `into`, which says the same: its answer will also be that of `one` and of all merged into `one`.

    It becomes as urgent as the more urgent of the two. Inside the caller's transaction; False if either is no longer as
    it was shown, or was answered.
    """
    if one.id == into.id or into.same_as or not (one.waits and into.waits):
        return False
    if not await _move(into, {"same_as": 0}, now):
        return False
    if not await _move(one, {"state": "working", "owner_id": into.owner_id, "same_as": into.id}, now):
        return False
    await Row.filter(same_as=one.id).update(same_as=into.id)
    if grades.rank(one.grade) < grades.rank(into.grade):
        await regrade(into, one.grade, now)
    return True


async def same(difficulty_id: int) -> Sequence[Difficulty]:
    """List the open difficulties that were merged into it."""
    return await _found(Row.filter(same_as=difficulty_id, state__in=list(OPEN)).order_by("id"))


async def direct(one: Difficulty, text: str, now: datetime) -> bool:
    """Record a directive of the leaders or the steering committee; the state stays."""
    return await _move(one, {"directive": text.strip()[:LONGEST]}, now)


async def ageing(unit_ids: Sequence[int]) -> Sequence[Difficulty]:
    """List the open difficulties of these units, the most urgent first and of the same grade the oldest."""
    return by_grade(await _found(Row.filter(unit_id__in=unit_ids, state__in=list(OPEN)).order_by("created_at", "id")))


async def between(unit_ids: Sequence[int], first: date, last: date) -> Sequence[Difficulty]:
    """List the difficulties that these units raised in those days, and earlier ones that were open or answered then.

    They are in the order of `ageing`.
    """
    start, end = moment(first, time()), moment(last + timedelta(days=1), time())
    where = (
        f"unit_id in ({marks(len(unit_ids))}) and created_at < ?"
        f" and (created_at >= ? or state in ({marks(len(OPEN))}) or updated_at >= ?)"
    )
    values: list[Value] = [*unit_ids, end, start, *OPEN, start]
    of_these = f"difficulty_id in (select id from difficulties where {where})"
    rows, known = await at_once(
        rows_of(Row, where, values, order="created_at, id"), rows_of(DifficultyGrade, of_these, values)
    )
    return by_grade(_graded(rows, known))


async def newest(
    unit_ids: Sequence[int], states: Sequence[State], *, before: int | None = None, limit: int
) -> Sequence[Difficulty]:
    """List the difficulties of these units in these states, the newest first; those with an id below one."""
    rows = Row.filter(unit_id__in=unit_ids, state__in=list(states))
    if before is not None:
        rows = rows.filter(id__lt=before)
    return await _found(rows.order_by("-id").limit(limit))


async def over(unit_ids: Sequence[int], skip: int, most: int) -> Sequence[Difficulty]:
    """List those that are solved or passed on, the last changed first."""
    rows = Row.filter(unit_id__in=unit_ids).exclude(state__in=list(OPEN)).order_by("-updated_at", "-id")
    return await _found(rows.offset(skip).limit(most))


async def answered_since(start: datetime) -> Sequence[Difficulty]:
    """List those that the commune has answered since then and nobody has reopened, oldest first."""
    rows = Row.filter(state__in=["answered", "solved", "passed_on"], updated_at__gt=start)
    return await _found(rows.exclude(response="").order_by("id"))


def by_grade(rows: Sequence[Difficulty]) -> Sequence[Difficulty]:
    """Sort by urgency, the most urgent first; within a grade the given order stays."""
    return sorted(rows, key=lambda one: grades.rank(one.grade))


async def _found(query: QuerySet[Row]) -> Sequence[Difficulty]:
    return _graded(*await at_once(query, DifficultyGrade.filter(difficulty_id__in=Subquery(query.values("id")))))


def _graded(rows: Sequence[Row], known: Sequence[DifficultyGrade]) -> Sequence[Difficulty]:
    graded = {row.key_of("difficulty"): grades.known(row.grade) for row in known}
    return [_difficulty(row, graded.get(row.id) or "normal") for row in rows]


async def _move(one: Difficulty, new: dict[str, str | int | date | None], now: datetime) -> bool:
    held = Row.filter(id=one.id, version=one.version)
    moved = bool(await held.update(**new, version=one.version + 1, updated_at=now))
    if moved:
        await happenings.note(happenings.DIFFICULTY_CHANGED, [(one.unit_id, str(one.id))], now)
    return moved


def _difficulty(row: Row, grade: Grade) -> Difficulty:
    state: State = row.state  # type: ignore[assignment]  # written by this module alone
    unit_id = row.key_of("unit")
    reporter = row.key_or_none("reporter")
    owner = row.key_or_none("owner")
    return Difficulty(
        row.id, unit_id, row.category, row.text, state, row.version, reporter, owner, row.due_on, row.response,
        row.created_at, row.directive, row.same_as, grade,
    )  # fmt: skip
