"""Field visits: who of the team helped how many people with what, and how it went. Never who was helped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Literal

from msgspec import Struct

from bot.core.text import fold
from bot.features.calendar import vietnam
from bot.features.checkins.reading.stages import Stage
from bot.features.guides.model import AREAS
from bot.features.people import people
from bot.features.people.people import Who
from bot.features.privacy.personal_table import Fact, PersonalTable, Subject, Values
from bot.features.rights import Act
from bot.features.rights.decide import cell_of
from bot.features.rights.table import NOTHING, VOLUNTEER
from bot.features.visits.tables import Visit as Row
from bot.features.visits.tables import VisitStage
from bot.i18n import msg
from bot.storage.tables.people import Role

from .apps import APPS

Outcome = Literal["done", "not_yet", "again"]

TOPICS: Mapping[str, str] = {
    "chinh-quyen-so": AREAS[0],
    "kinh-te-so": AREAS[1],
    "xa-hoi-so": AREAS[2],
    "an-toan": AREAS[3],
    "khac": msg("việc khác"),
}
"""Topics of a visit: the areas of the guides."""
OUTCOMES: Mapping[Outcome, str] = {
    "done": msg("làm được"),
    "not_yet": msg("chưa được"),
    "again": msg("cần quay lại"),
}
MOST_PEOPLE = 500

_SIGNS: Mapping[str, tuple[str, ...]] = {
    "an-toan": ("lua dao", "an toan", "mat khau", "otp", "gia danh"),
    **{code: app.signs for code, app in APPS.items()},
    "kinh-te-so": ("cua hang",),
    "xa-hoi-so": ("bao hiem", "suc khoe", "hoc", "y te", "an sinh"),
    "chinh-quyen-so": ("ho so", "khai sinh", "cu tru"),
}
"""By what a message names an app or a topic, the first that fits: a warning of false bank calls is about safety."""


class Visit(Struct, frozen=True):
    """`app`, `stage` "" and `minutes` 0 are "not said"; `person_id` None is somebody whose data was erased."""

    id: int
    unit_id: int
    person_id: int | None
    name: str
    role: str
    topic: str
    app: str
    stage: Stage | Literal[""]
    people: int
    outcome: Outcome
    minutes: int
    day: date
    noted_at: datetime


class Sum(Struct, frozen=True):
    """Of one person: visits, people helped, minutes said."""

    name: str
    role: str
    visits: int
    people: int
    minutes: int


class Volunteer(Struct, frozen=True):
    """A volunteer of the youth union who helps until a day."""

    person_id: int
    name: str
    until: date | None


def subject_in(words: str) -> str:
    """Return the app or the topic that the words speak of, "" for none."""
    answer = fold(words)
    return next((subject for subject, signs in _SIGNS.items() if any(sign in answer for sign in signs)), "")


def topic_of(subject: str) -> str:
    """Return the topic of an app or of a topic; "" for neither."""
    return APPS[subject].topic if subject in APPS else subject if subject in TOPICS else ""


def subject_of(one: Visit) -> str:
    """Return its app, else its topic, by name."""
    return APPS[one.app].name if one.app in APPS else TOPICS.get(one.topic, TOPICS["khac"])


def role_of(who: Who) -> tuple[str, int] | None:
    """Return the role and unit for which somebody notes visits; None when no role of theirs does."""
    for grant in who.grants:
        cell = cell_of(grant.role, Act.LOG_VISIT)
        if grant.unit_id is not None and cell != NOTHING and not cell.condition and cell.scope != "aggregate":
            return grant.role, grant.unit_id
    return None


async def note(
    who: Who, unit_id: int, role: str, subject: str, count: int, outcome: Outcome, *, key: str, now: datetime
) -> int | None:
    """Write a visit of today, inside the caller's transaction; its id, None when `key` is there already.

    `subject` is an app or a topic.
    """
    row = Row(
        unit_id=unit_id, person_id=who.person_id, role=role, topic=topic_of(subject), people=count, outcome=outcome,
        day=vietnam.today(now), key=key, noted_at=now,
    )  # fmt: skip
    if await Row.filter(key=key).exists():
        return None
    await Row.bulk_create([row], ignore_conflicts=True)
    made = int((await Row.get(key=key)).id)
    if subject in APPS:
        # Two presses at once find one row: the second one has nothing to add.
        await VisitStage.get_or_create(visit_id=made, defaults={"app": subject})
    return made


async def took(visit_id: int, person_id: int, minutes: int) -> bool:
    """Store how long it took, told once by the person who was there."""
    return bool(await Row.filter(id=visit_id, person_id=person_id, minutes=0).update(minutes=minutes))


async def reached(visit_id: int, person_id: int, app: str, stage: Stage) -> Visit | None:
    """Store how far people are with an app, told by the person who was there; a later word replaces it.

    None: it is not theirs, or was about something else.
    """
    if not await Row.filter(id=visit_id, person_id=person_id, topic=APPS[app].topic).exists():
        return None
    await VisitStage.update_or_create(visit_id=visit_id, defaults={"app": app, "stage": stage})
    return await get(visit_id, person_id)


async def get(visit_id: int, person_id: int) -> Visit | None:
    """Return a visit of this person."""
    rows = await Row.filter(id=visit_id, person_id=person_id).select_related("person")
    return next(iter(await read(rows)), None)


async def undo(visit_id: int, person_id: int, now: datetime) -> bool:
    """Take back what was noted today; False when it is gone, somebody else's or older."""
    today = vietnam.today(now)
    return bool(await Row.filter(id=visit_id, person_id=person_id, day=today).delete())


async def of_person(person_id: int, first: date, last: date) -> Sequence[Visit]:
    rows = (
        await Row.filter(person_id=person_id, day__gte=first, day__lte=last)
        .order_by("day", "id")
        .select_related("person")
    )
    return await read(rows)


async def of_units(unit_ids: Sequence[int], first: date, last: date) -> Sequence[Visit]:
    rows = (
        await Row.filter(unit_id__in=list(unit_ids), day__gte=first, day__lte=last)
        .order_by("day", "id")
        .select_related("person")
    )
    return await read(rows)


def sums(visits: Sequence[Visit]) -> list[Sum]:
    """Sum by person, those who helped most people first. Those whose data was erased are one."""
    found: dict[int | None, list[Visit]] = {}
    for one in visits:
        found.setdefault(one.person_id, []).append(one)
    made = [
        Sum(
            own[-1].name, own[-1].role, len(own), sum(one.people for one in own), sum(one.minutes for one in own)
        )
        for own in found.values()
    ]  # fmt: skip
    return sorted(made, key=lambda one: (-one.people, one.name))


async def volunteers(unit_ids: Sequence[int], now: datetime) -> Sequence[Volunteer]:
    """Return those who help for the youth union in these units now, and until when."""
    found = []
    for unit_id in unit_ids:
        for holder in await people.holders(VOLUNTEER, unit_id, now):
            role = await Role.get(id=holder.grant_id)
            until = None if role.expires_at is None else vietnam.local_day(role.expires_at)
            found.append(Volunteer(holder.person_id, holder.name, until))
    return found


def personal_tables() -> list[PersonalTable]:
    """Return the personal tables: who went, when and how it was. The figures stay without the link."""
    return [
        PersonalTable(
            "visits",
            msg("Lượt hỗ trợ"),
            _read,
            _erase,
            why=msg("ghi công người đi giúp và báo cáo"),
            until=msg("lâu như báo cáo của xã"),
            stays=msg("Lượt hỗ trợ bà con, vì báo cáo của xã đếm; không còn ghi ai đi."),
        ),
    ]


async def _read(subject: Subject) -> Sequence[Fact]:
    if subject.person_id is None:
        return []
    own = Row.filter(person_id=subject.person_id).order_by("noted_at")
    count, first = await own.count(), await own.first()
    values: Values = {} if first is None else {"count": count, "at": first.noted_at}
    return [Fact(msg("Đã ghi {count} lượt hỗ trợ bà con, từ {at}"), values)] if values else []


async def _erase(subject: Subject) -> None:
    if subject.person_id is not None:
        await Row.filter(person_id=subject.person_id).update(person_id=None)


async def read(rows: Sequence[Row]) -> list[Visit]:
    """Read rows, which have their persons, with the details added to each later."""
    ids = [row.id for row in rows]
    stages = {row.key_of("visit"): row for row in (await VisitStage.filter(visit_id__in=ids) if ids else [])}
    return [_visit(row, stages.get(row.id)) for row in rows]


def _visit(row: Row, visit_stage: VisitStage | None) -> Visit:
    outcome: Outcome = row.outcome  # type: ignore[assignment]  # written by this module alone
    stage: Stage | Literal[""] = "" if visit_stage is None else visit_stage.stage  # type: ignore[assignment]  # likewise
    unit_id = row.key_of("unit")  # made at run time, where no type checker sees it
    person = row.person
    return Visit(
        row.id, unit_id, None if person is None else person.id, "" if person is None else person.name, row.role,
        row.topic, "" if visit_stage is None else visit_stage.app, stage, row.people, outcome, row.minutes, row.day,
        row.noted_at,
    )  # fmt: skip
