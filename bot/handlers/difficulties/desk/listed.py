"""The list of difficulties by state, village and urgency; its lines on the first page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from bot.features import rights, units
from bot.features.calendar.vietnam import today
from bot.features.difficulties import difficulties
from bot.features.difficulties.difficulties import CATEGORIES, OPEN, STATES, WAITING, Difficulty, State
from bot.features.difficulties.grades import GRADES
from bot.features.difficulties.handling import HANDLERS, NOT_YOURS
from bot.features.rights import Act, Decision
from bot.features.rights.table import STEERING
from bot.handlers.kit.pages import DeskPage
from bot.i18n import msg
from bot.office.desk.addresses import PAGE, leaf, leaf_of, number_of, page_number
from bot.office.desk.visit import HOME, OF_PERSON, Answer, Grade, No, PersonLine, PersonPart, Sheet, TodayLine, Visit

ADDRESS = "/kho-khan"
_OVER, _MINE = "xong", "cua-toi"
_BADGES: Mapping[State, Grade] = {
    "new": "waits",
    "working": "plan",
    "answered": "plan",
    "solved": "fine",
    "passed_on": "fine",
}
_OLD = 14
"""Days after which the oldest difficulty stands on the first page even before its deadline."""


class DifficultyRow(Struct, frozen=True):
    """A difficulty as a list shows it."""

    one: Difficulty
    village: str
    category: str
    state: str
    badge: Grade
    grade: str
    days: int
    late: bool
    mine: bool


async def names_in(visit: Visit) -> Mapping[int, str]:
    """Return the commune and its villages, by id."""
    below = await units.descendants(visit.commune.id, today(visit.now))
    return {one.id: one.full_name for one in (visit.commune, *below)}


def row_of(visit: Visit, one: Difficulty, names: Mapping[int, str]) -> DifficultyRow:
    day = today(visit.now)
    return DifficultyRow(
        one,
        names.get(one.unit_id, ""),
        visit.word(CATEGORIES.get(one.category, CATEGORIES["other"])),
        visit.word(STATES[one.state]),
        _BADGES[one.state],
        "" if one.grade == "normal" else visit.word(GRADES[one.grade]),
        one.age(day),
        one.overdue(day),
        one.owner_id == visit.person_id,
    )


async def _decision(visit: Visit) -> Decision | None:
    """Return the right by which this person sees difficulties, None for whoever handles none."""
    decision = await rights.decide(visit.who, Act.HANDLE_DIFFICULTIES, visit.commune.id, on=visit.now)
    return decision if decision.allowed and visit.who.has(*HANDLERS, STEERING) else None


class DifficultiesPage:
    async def show(self, visit: Visit) -> Answer:
        decision = await _decision(visit)
        if decision is None:
            return No(visit.t(NOT_YOURS), 403)
        names = await names_in(visit)
        state, village, grade = (visit.query.get(name, "") for name in ("tinh-trang", "thon", "muc"))
        if village and number_of(village) not in names:
            return No(visit.t("Không còn đơn vị này."))
        ids = [number_of(village)] if village else list(names)
        if state == _OVER:
            found = await difficulties.over(ids, (page_number(visit) - 1) * PAGE, PAGE + 1)
            shown = leaf_of(visit, [one for one in found if decision.for_category(one.category)])
        else:
            rows = [one for one in await difficulties.ageing(ids) if decision.for_category(one.category)]
            shown = leaf(visit, [one for one in rows if _fits(visit, one, state, grade)])
        shows = {
            "rows": [row_of(visit, one, names) for one in shown.rows],
            "page": shown,
            "names": names,
            "states": {one: visit.word(STATES[one]) for one in OPEN}
            | {_MINE: visit.word("tôi phụ trách"), _OVER: visit.word("đã khép lại")},
            "grades": {one: visit.word(label) for one, label in GRADES.items()},
            "state": state,
            "village": village,
            "grade": grade,
            "home": HOME + ADDRESS,
        }
        return Sheet("difficulties/listed.html", visit.t("Khó khăn"), shows)

    def page(self) -> DeskPage:
        about = msg("Khó khăn các thôn gửi lên. Việc cần ngay đứng trước, rồi đến việc cũ nhất.")
        return DeskPage(ADDRESS, self.show, act=Act.HANDLE_DIFFICULTIES, label=msg("Khó khăn"), order=40, about=about)


def _fits(visit: Visit, one: Difficulty, state: str, grade: str) -> bool:
    if grade and one.grade != grade:
        return False
    if state == _MINE:
        return one.owner_id == visit.person_id
    return not state or one.state == state


async def of_person(visit: Visit, person_id: int) -> Sequence[PersonPart]:
    """Say which difficulties somebody told."""
    decision = await _decision(visit)
    if decision is None:
        return []
    names = await names_in(visit)
    lines = [
        PersonLine(f"{names[one.unit_id]}: {one.text[:100]}", one.created_at, f"{HOME}{ADDRESS}/{one.id}")
        for one in await difficulties.of_reporter(person_id, OF_PERSON)
        if one.unit_id in names and decision.for_category(one.category)
    ]
    return [PersonPart(visit.word("Khó khăn đã gửi"), lines)] if lines else []


async def today_lines(visit: Visit) -> Sequence[TodayLine]:
    """Say what the commune owes an answer to: overdue ones, the oldest one, how many are new."""
    decision = await _decision(visit)
    if decision is None:
        return []
    names, day = await names_in(visit), today(visit.now)
    waiting = [
        one
        for one in await difficulties.ageing(list(names))
        if one.state in WAITING and not one.same_as and decision.for_category(one.category)
    ]
    if not waiting:
        return []
    oldest = min(waiting, key=lambda one: (one.created_at, one.id))
    late = [one for one in waiting if one.overdue(day)]
    more = visit.t(
        "Lâu nhất: số {id}, {village}, {days} ngày: {text}",
        id=oldest.id, village=names[oldest.unit_id], days=oldest.age(day), text=oldest.text[:100],
    )  # fmt: skip
    to = f"{HOME}{ADDRESS}/{oldest.id}"
    if late:
        return [TodayLine("late", visit.t("{count} khó khăn quá hạn trả lời", count=len(late)), to, more)]
    if oldest.age(day) >= _OLD:
        return [TodayLine("late", visit.t("{count} khó khăn chờ xã trả lời", count=len(waiting)), to, more)]
    return [TodayLine("waits", visit.t("{count} khó khăn chờ xã trả lời", count=len(waiting)), HOME + ADDRESS, more)]
