"""Good practice: written by a team, reviewed by an officer, shown to the whole commune, taken up by other villages."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Literal

from msgspec import Struct
from tortoise.expressions import Q

from bot.features import units
from bot.features.calendar.periods import Period
from bot.features.calendar.vietnam import VIETNAM
from bot.features.practices.tables import GoodPractice as Row
from bot.features.practices.tables import PracticeUse
from bot.features.privacy.personal_table import Fact, PersonalTable, Subject
from bot.features.reports.data import ReportedPractice as Told
from bot.i18n import msg

State = Literal["draft", "waiting", "published", "refused"]

STATES: Mapping[State, str] = {
    "draft": msg("đang soạn"),
    "waiting": msg("chờ xã xem"),
    "published": msg("đã đăng"),
    "refused": msg("không đăng"),
}
LONGEST_TITLE, LONGEST_TEXT, LONGEST_RESULT, LONGEST_REASON = 120, 1000, 500, 300


class Practice(Struct, frozen=True):
    """`named`: a person is named in it, who has agreed. `author_id` None is somebody whose data was erased."""

    id: int
    unit_id: int
    title: str
    text: str
    result: str
    named: bool
    state: State
    version: int
    reason: str
    author_id: int | None
    published_at: datetime | None


async def write(unit_id: int, title: str, text: str, result: str, *, author: int | None, now: datetime) -> Practice:
    """Store a draft, inside the caller's transaction.

    It is handed in when its author has said whether a person is named.
    """
    row = await Row.create(
        unit_id=unit_id, title=title, text=text, result=result, state="draft", author_id=author, created_at=now
    )
    return _practice(row)


async def get(practice_id: int) -> Practice | None:
    row = await Row.get_or_none(id=practice_id)
    return None if row is None else _practice(row)


async def hand_in(one: Practice, *, named: bool) -> bool:
    """Hand it in to the officer; False when it is no longer as it was shown. So with all below."""
    return await _move(one, ("draft",), {"state": "waiting", "named": named})


async def drop(one: Practice) -> bool:
    """Delete a draft that was not handed in."""
    return bool(await Row.filter(id=one.id, version=one.version, state="draft").delete())


async def edit(one: Practice, text: str) -> bool:
    """Replace the text by the officer's better wording."""
    return await _move(one, ("waiting",), {"text": text})


async def publish(one: Practice, by: int, now: datetime) -> bool:
    return await _move(one, ("waiting",), {"state": "published", "reviewer_id": by, "published_at": now})


async def refuse(one: Practice, reason: str, by: int) -> bool:
    return await _move(one, ("waiting",), {"state": "refused", "reviewer_id": by, "reason": reason})


async def waiting(unit_ids: Sequence[int]) -> Sequence[Practice]:
    """Return the practices that an officer has to look at, the oldest first."""
    rows = await Row.filter(unit_id__in=list(unit_ids), state="waiting").order_by("id")
    return [_practice(row) for row in rows]


async def published(unit_ids: Collection[int], first: date, last: date) -> Sequence[Practice]:
    """Return the practices published in those days, the newest first."""
    start = datetime.combine(first, time(), VIETNAM)
    end = datetime.combine(last + timedelta(days=1), time(), VIETNAM)
    rows = await Row.filter(
        unit_id__in=list(unit_ids), state="published", published_at__gte=start, published_at__lt=end
    ).order_by("-published_at", "-id")
    return [_practice(row) for row in rows]


async def use(practice_id: int, unit_id: int, *, by: int | None, now: datetime) -> bool:
    """Record that a village takes it up, inside the caller's transaction; False when it had before."""
    if await PracticeUse.filter(practice_id=practice_id, unit_id=unit_id).exists():
        return False
    await PracticeUse.bulk_create(
        [PracticeUse(practice_id=practice_id, unit_id=unit_id, person_id=by, at=now)], ignore_conflicts=True
    )
    return True


async def users(practice_id: int) -> Sequence[str]:
    """Return the names of the villages that took it up, the first one first."""
    ids = await PracticeUse.filter(practice_id=practice_id).order_by("id").values_list("unit_id", flat=True)
    places = [await units.by_id(int(str(unit_id))) for unit_id in ids]
    return [place.full_name for place in places if place is not None]


async def for_report(unit_ids: Collection[int], of: Period) -> Sequence[Told]:
    """Return a period's published practices for a report, with the village's name and those that took them up."""
    found = []
    for one in await published(unit_ids, of.first, of.last):
        place = await units.by_id(one.unit_id)
        taken_up = await users(one.id)
        after = f" Đã áp dụng: {', '.join(taken_up)}." if taken_up else ""
        text = f"{_sentence(one.text)} Kết quả: {_sentence(one.result)}{after}"
        found.append(Told(one.title, text, "" if place is None else place.full_name))
    return found


def personal_tables() -> list[PersonalTable]:
    """Return the personal tables: a published practice stays, unless it names a person; others go with their author."""
    return [
        PersonalTable(
            "good_practices",
            msg("Cách làm hay"),
            _read,
            _erase,
            why=msg("các thôn học theo"),
            until=msg("lâu như còn được đăng"),
            stays=msg("Cách làm hay đã đăng mà không nêu tên người, vì các thôn đang học theo; không còn ghi ai gửi."),
            own=_own,
        ),
        PersonalTable(
            "practice_uses",
            msg("Cách làm hay đã áp dụng"),
            _read_uses,
            _erase_uses,
            why=msg("biết cách nào được nhiều thôn làm theo"),
            until=msg("lâu như cách làm ấy"),
            stays=msg("Số thôn làm theo một cách làm hay, để xã đếm; không còn ghi ai báo."),
        ),
    ]


async def _read(subject: Subject) -> Sequence[Fact]:
    if subject.person_id is None:
        return []
    rows = await Row.filter(Q(author_id=subject.person_id) | Q(reviewer_id=subject.person_id)).order_by("id")
    return [Fact(msg("Cách làm hay lúc {at}: {title}"), {"at": row.created_at, "title": row.title}) for row in rows]


async def _own(subject: Subject) -> Sequence[str]:
    rows = [] if subject.person_id is None else await _leaving(subject.person_id)
    return [words for row in rows for words in (row.title, row.text, row.result)]


async def _leaving(author_id: int) -> Sequence[Row]:
    """Those that go with their author: unnamed and published ones stay."""
    return await Row.filter(Q(named=True) | ~Q(state="published"), author_id=author_id)


async def _erase(subject: Subject) -> None:
    if subject.person_id is not None:
        gone = [row.id for row in await _leaving(subject.person_id)]
        if gone:
            await PracticeUse.filter(practice_id__in=gone).delete()
            await Row.filter(id__in=gone).delete()
        await Row.filter(author_id=subject.person_id).update(author_id=None)
        await Row.filter(reviewer_id=subject.person_id).update(reviewer_id=None)


async def _read_uses(subject: Subject) -> Sequence[Fact]:
    if subject.person_id is None:
        return []
    count = await PracticeUse.filter(person_id=subject.person_id).count()
    return [Fact(msg("Đã ghi {count} cách làm hay áp dụng ở thôn"), {"count": count})] if count else []


async def _erase_uses(subject: Subject) -> None:
    if subject.person_id is not None:
        await PracticeUse.filter(person_id=subject.person_id).update(person_id=None)


async def _move(one: Practice, before: Sequence[State], new: Mapping[str, str | int | bool | datetime]) -> bool:
    held = Row.filter(id=one.id, version=one.version, state__in=list(before))
    return bool(await held.update(**new, version=one.version + 1))


def _sentence(text: str) -> str:
    return text.rstrip(" .") + "."


def _practice(row: Row) -> Practice:
    state: State = row.state  # type: ignore[assignment]  # written by this module alone
    unit_id = row.key_of("unit")
    author_id = row.key_or_none("author")
    return Practice(
        row.id, unit_id, row.title, row.text, row.result, row.named, state, row.version, row.reason, author_id,
        row.published_at,
    )  # fmt: skip
