"""The tasks of the commune's villages, the most urgent first, and a form that gives a new one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from msgspec import Struct

from bot.core.text import Text
from bot.features.calendar.vietnam import today
from bot.features.people import people
from bot.features.rights import Act
from bot.features.tasks import board
from bot.features.tasks.actions import NewTask
from bot.features.tasks.dates import problem
from bot.features.tasks.model import ALIVE, LONGEST_TITLE, STATES, State, Task
from bot.features.units import Place
from bot.handlers.kit.pages import DeskPage
from bot.handlers.tasks.common import led_by
from bot.i18n import msg, short_date
from bot.office.desk.addresses import leaf
from bot.office.desk.visit import HOME, OF_PERSON, Answer, Do, Grade, PersonLine, PersonPart, Sheet, TodayLine, Visit

ADDRESS = "/viec"
_LATE, _MINE, _DONE = "qua-han", "cua-toi", "xong"
_FILTERS: Mapping[str, str] = {
    "": msg("đang chạy"),
    _LATE: msg("quá hạn"),
    _MINE: msg("việc của tôi"),
    _DONE: msg("đã xong"),
}
_BADGES: Mapping[State, Grade] = {"open": "waits", "given": "waits", "taken": "plan", "returned": "late"}


class TaskRow(Struct, frozen=True):
    """A task as a list shows it."""

    one: Task
    place: str
    state: str
    badge: Grade
    late: bool
    doer: str


def place_label(visit: Visit, place: Place) -> str:
    """Name the place; a commune stands for its enterprises."""
    return visit.word("Doanh nghiệp") if place.level == "commune" else place.full_name


def row_of(visit: Visit, one: Task, place: str, doer: str) -> TaskRow:
    late = one.late(today(visit.now))
    return TaskRow(one, place, visit.word(STATES[one.state]), _BADGES.get(one.state, "fine"), late, doer)


class TasksPage:
    async def show(self, visit: Visit) -> Answer:
        return await self._sheet(visit)

    async def _sheet(self, visit: Visit, why: Text | None = None) -> Sheet:
        places = {one.id: one for one in await led_by(visit.who, visit.now)}
        which = visit.query.get("loc", "")
        if which == _MINE:
            found = await board.of_person(visit.person_id)
        else:
            found = await board.of_units(list(places), *(("done",) if which == _DONE else ALIVE))
        if which == _LATE:
            found = [one for one in found if one.late(today(visit.now))]
        elif which == _DONE:
            found = found[::-1]
        shown = leaf(visit, found)
        doers = await people.names_of({one.doer_id for one in shown.rows if one.doer_id is not None})
        labels = {one.id: place_label(visit, one) for one in places.values()}
        rows = [row_of(visit, one, labels.get(one.unit_id, ""), doers.get(one.doer_id or 0, "")) for one in shown.rows]
        shows = {
            "rows": rows,
            "page": shown,
            "which": which,
            "filters": {key: visit.word(label) for key, label in _FILTERS.items()},
            "places": {one.code: labels[one.id] for one in places.values()},
            "typed": {name: visit.said(name) for name in ("thon", "viec", "han")},
            "why": why,
            "longest": LONGEST_TITLE,
            "today": today(visit.now).isoformat(),
            "home": HOME + ADDRESS,
        }
        return Sheet("tasks/listed.html", visit.t("Công việc"), shows, 200 if why is None else 400)

    async def take(self, visit: Visit) -> Answer:
        """Begin a task: the conversation asks how it is seen that it is done, from whom it comes, and to whom."""
        title, day = " ".join(visit.said("viec").split()), _day(visit.said("han"))
        why = problem(day, visit.now)
        if not title or day is None or why is not None:
            return await self._sheet(visit, visit.t(why or msg("Chưa ghi việc gì.")))
        return Do(
            NewTask(visit.said("thon")[:64]),
            HOME + ADDRESS,
            visit.word("Giao việc mới"),
            f"{title}, hạn {day:%d/%m/%Y}",
        )

    def page(self) -> DeskPage:
        about = msg("Việc đã giao cho các Tổ, gấp nhất đứng trước.")
        return DeskPage(
            ADDRESS, self.show, self.take, act=Act.ASSIGN_TASKS, label=msg("Công việc"), order=44, about=about
        )


def _day(words: str) -> date | None:
    try:
        return date.fromisoformat(words)
    except ValueError:
        return None


async def of_person(visit: Visit, person_id: int) -> Sequence[PersonPart]:
    """Say what somebody has to do, in the villages whose tasks the visitor leads."""
    places = {one.id for one in await led_by(visit.who, visit.now)}
    lines = [
        PersonLine(
            visit.t("{title}, hạn {day}", title=one.title, day=short_date(one.due_on, visit.locale)).plain,
            None,
            f"{HOME}{ADDRESS}/{one.id}",
        )
        for one in (await board.of_person(person_id))[:OF_PERSON]
        if one.unit_id in places
    ]
    return [PersonPart(visit.word("Việc đang làm"), lines)] if lines else []


async def today_lines(visit: Visit) -> Sequence[TodayLine]:
    """Say which tasks are overdue, and which came back and have no doer."""
    places = {one.id: one for one in await led_by(visit.who, visit.now)}
    found = await board.of_units(list(places)) if places else []
    late = [one for one in found if one.late(today(visit.now))]
    returned = [one for one in found if one.state == "returned" and one not in late]
    lines = []
    if late:
        more = visit.t(
            "Lâu nhất: số {id}, {village}: {title}",
            id=late[0].id, village=place_label(visit, places[late[0].unit_id]), title=late[0].title[:100],
        )  # fmt: skip
        lines.append(
            TodayLine("late", visit.t("{count} việc quá hạn", count=len(late)), f"{HOME}{ADDRESS}?loc={_LATE}", more)
        )
    if returned:
        text = visit.t("{count} việc cần giao lại", count=len(returned))
        lines.append(TodayLine("waits", text, f"{HOME}{ADDRESS}/{returned[0].id}"))
    return lines
