"""Difficulties: category, owner, deadline, state, the commune's answer, and which are the oldest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from bot.core.text import fold
from bot.i18n import msg
from bot.storage.checkins import Difficulty as Row
from bot.storage.checkins import DifficultyGrade

from . import grades
from .grades import Grade, deadline
from .periods import moment, today

State = Literal["new", "working", "solved", "passed_on"]

STATES: Mapping[State, str] = {
    "new": msg("mới"),
    "working": msg("đang xử lý"),
    "solved": msg("đã giải quyết"),
    "passed_on": msg("chuyển cấp trên"),
}
OPEN: tuple[State, ...] = ("new", "working")
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


@dataclass(frozen=True, slots=True)
class Difficulty:
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

    def age(self, on: date) -> int:
        """Days since it was raised."""
        return (on - today(self.created_at)).days

    def overdue(self, on: date) -> bool:
        return self.open and on > self.due_on


def category_of(text: str) -> str:
    """The first category whose words are in the text; "other" otherwise. A person may change it."""
    padded = f" {fold(text)} "
    return next((name for name, signs in _SIGNS if any(f" {sign}" in padded for sign in signs)), "other")


async def raise_one(unit_id: int, text: str, *, reporter: int | None, owner: int | None, now: datetime) -> Difficulty:
    """A new difficulty, inside the caller's transaction. Its grade may stand in the text: `mất sóng cả thôn, gấp`."""
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
    return _difficulty(row, grade)


async def get(difficulty_id: int) -> Difficulty | None:
    return next(iter(await _found(Row.filter(id=difficulty_id))), None)


async def newest_of(reporter: int, now: datetime) -> Difficulty | None:
    """What somebody reported last, within an hour, while it is open."""
    rows = Row.filter(reporter_id=reporter, state__in=list(OPEN), created_at__gte=now - timedelta(hours=1))
    return next(iter(await _found(rows.order_by("-id").limit(1))), None)


async def regrade(one: Difficulty, grade: Grade, now: datetime) -> bool:
    """Change how urgent it is, and with it the deadline, inside the caller's transaction.

    False when it is not open, or graded by somebody else meanwhile. The version stays, for whoever works on it decides
    nothing by its grade: a village that says at once how urgent it is takes no button from the official.
    """
    due = grades.deadline_again(one.due_on, one.grade, grade, today(now))
    held = Row.filter(id=one.id, state__in=list(OPEN), due_on=one.due_on)
    if not one.open or not await held.update(due_on=due, updated_at=now):
        return False
    await DifficultyGrade.update_or_create(difficulty_id=one.id, defaults={"grade": grade})
    return True


async def take(one: Difficulty, owner: int | None, now: datetime) -> bool:
    """Somebody works on it; False when it is no longer as it was shown."""
    return await _move(one, {"state": "working", "owner_id": owner}, now)


async def answer(one: Difficulty, text: str, state: State, *, by: int | None, now: datetime) -> bool:
    """The commune's answer; False when somebody else was first."""
    return await _move(one, {"state": state, "response": text.strip()[:LONGEST], "owner_id": by}, now)


async def reopen(one: Difficulty, now: datetime) -> bool:
    """The village says that it is not solved."""
    return await _move(one, {"state": "working", "due_on": deadline(today(now), one.grade), "same_as": 0}, now)


async def merge(one: Difficulty, into: Difficulty, now: datetime) -> bool:
    """`into` tells the same, so its answer will be this one's too, and that of what was merged into this one.

    It becomes as urgent as the more urgent of the two. Inside the caller's transaction; False when either is no longer
    as it was shown, or not open.
    """
    if one.id == into.id or into.same_as or not (one.open and into.open):
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
    """What is open and was merged into it."""
    return await _found(Row.filter(same_as=difficulty_id, state__in=list(OPEN)).order_by("id"))


async def direct(one: Difficulty, text: str, now: datetime) -> bool:
    """What the leaders or the steering committee say about it; its state stays."""
    return await _move(one, {"directive": text.strip()[:LONGEST]}, now)


async def ageing(unit_ids: Sequence[int]) -> Sequence[Difficulty]:
    """What is open in these units, the most urgent first and of the same grade the oldest."""
    return by_grade(await _found(Row.filter(unit_id__in=unit_ids, state__in=list(OPEN)).order_by("created_at", "id")))


async def between(unit_ids: Sequence[int], first: date, last: date) -> Sequence[Difficulty]:
    """What these units raised in those days, and what they had raised before and was open still or answered then.

    In the order of `ageing`.
    """
    start, end = moment(first, time()), moment(last + timedelta(days=1), time())
    alive = Q(created_at__gte=start) | Q(state__in=list(OPEN)) | Q(updated_at__gte=start)
    rows = Row.filter(alive, unit_id__in=unit_ids, created_at__lt=end).order_by("created_at", "id")
    return by_grade(await _found(rows))


def by_grade(rows: Sequence[Difficulty]) -> Sequence[Difficulty]:
    """The most urgent first; of one grade in the order given."""
    return sorted(rows, key=lambda one: grades.rank(one.grade))


async def _found(query: QuerySet[Row]) -> Sequence[Difficulty]:
    rows = await query
    ids = [row.id for row in rows]
    graded = {
        int(row.__dict__["difficulty_id"]): grades.known(row.grade)
        for row in (await DifficultyGrade.filter(difficulty_id__in=ids) if ids else [])
    }
    return [_difficulty(row, graded.get(row.id) or "normal") for row in rows]


async def _move(one: Difficulty, new: dict[str, str | int | date | None], now: datetime) -> bool:
    held = Row.filter(id=one.id, version=one.version)
    return bool(await held.update(**new, version=one.version + 1, updated_at=now))


def _difficulty(row: Row, grade: Grade) -> Difficulty:
    state: State = row.state  # type: ignore[assignment]  # written by this module alone
    # The columns of links are made at run time, where no type checker sees them.
    unit_id: int = getattr(row, "unit_id")  # noqa: B009
    reporter: int | None = getattr(row, "reporter_id")  # noqa: B009
    owner: int | None = getattr(row, "owner_id")  # noqa: B009
    return Difficulty(
        row.id, unit_id, row.category, row.text, state, row.version, reporter, owner, row.due_on, row.response,
        row.created_at, row.directive, row.same_as, grade,
    )  # fmt: skip
