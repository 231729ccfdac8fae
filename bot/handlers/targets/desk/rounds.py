"""Rounds of reporting: who is missing, one press to remind, how the villages are asked; and what of it is for today."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from bot.core.actions import Action
from bot.features import rights
from bot.features.calendar import periods
from bot.features.checkins import plans
from bot.features.checkins.actions import RemindMissing, ReopenRound, ShowPlans
from bot.features.checkins.rounds import Status
from bot.features.rights import Act
from bot.features.units import villages
from bot.handlers.checkins.common import CheckinService, named
from bot.handlers.checkins.desk.ground import LENGTHS, TABLE, to
from bot.handlers.kit.pages import DeskPage
from bot.i18n import msg
from bot.office.desk.visit import HOME, Answer, Sheet, TodayLine, Visit

ROUNDS = f"{TABLE}/dot"
_SHOWN = 12
_NAMED = 8


class ShownRound(Struct, frozen=True):
    """`remind` and `reopen` are None where this official may not, or there is nothing to do."""

    period: str
    table: str
    open: bool
    late: bool
    due_at: datetime
    done: int
    all: int
    missing: Sequence[str]
    remind: Action | None
    reopen: Action | None


class RoundsPage:
    def __init__(self, service: CheckinService) -> None:
        self._service = service

    async def show(self, visit: Visit) -> Answer:
        may_remind = await self._may(visit, Act.ASSIGN_TASKS)
        may_plan = await self._may(visit, Act.CHANGE_SETTINGS)
        found = await self._service.rounds.latest(visit.commune.id, _SHOWN)
        rounds = [await self._shown(visit, one, remind=may_remind, reopen=may_plan) for one in found]
        held = await plans.of_commune(visit.commune.id)
        shows: Mapping[str, object] = {
            "rounds": rounds,
            "plans": [(visit.word(LENGTHS[one]), plan) for one, plan in held.items() if plan.enabled],
            "planning": ShowPlans() if may_plan else None,
            "back": to(TABLE),
        }
        return Sheet("targets/rounds.html", visit.t("Đợt báo cáo"), shows)

    async def _may(self, visit: Visit, act: Act) -> bool:
        return (await rights.decide(visit.who, act, visit.commune.id, on=visit.now)).allowed

    async def _shown(self, visit: Visit, one: Status, *, remind: bool, reopen: bool) -> ShownRound:
        day = min(one.period.last, periods.today(visit.now))
        places = await villages(visit.commune.id, day)
        by_code = {place.code: place.full_name for place in places}
        if one.open:
            missing = [place.full_name for place in await self._service.rounds.missing(one.commune_id, one.period)]
        else:
            missing = [by_code.get(code, code) for code in one.missing]
        return ShownRound(
            named(visit, one.period),
            to(TABLE, ky=one.period.name),
            one.open,
            one.open and bool(missing) and one.due_at < visit.now,
            one.due_at,
            len(places) - len(missing),
            len(places),
            missing,
            RemindMissing(one.id) if one.open and missing and remind else None,
            ReopenRound(one.id) if not one.open and missing and reopen else None,
        )

    async def today(self, visit: Visit) -> Sequence[TodayLine]:
        """Say who is late with an open round, and who is still awaited."""
        if not await self._may(visit, Act.EXPORT_REPORTS):
            return []
        lines = []
        for one in await self._service.rounds.open_of(visit.commune.id):
            missing = await self._service.rounds.missing(one.commune_id, one.period)
            if not missing:
                continue
            late = one.due_at < visit.now
            template = (
                msg("Đợt {period}: {count} nơi trễ hạn báo cáo") if late else msg("Đợt {period}: chờ {count} nơi báo")
            )
            text = visit.t(template, period=named(visit, one.period), count=len(missing))
            names = ", ".join(place.full_name for place in missing[:_NAMED])
            if len(missing) > _NAMED:
                names = visit.t("{names} và {count} nơi khác", names=names, count=len(missing) - _NAMED).plain
            due = f"{one.due_at.astimezone(periods.VIETNAM):%H:%M %d/%m}"
            more = visit.t("{names}. Hạn {due}.", names=names, due=due)
            lines.append(TodayLine("late" if late else "waits", text, HOME + ROUNDS, more))
        return lines

    def page(self) -> DeskPage:
        about = msg("Nơi nào chưa báo trong mỗi đợt; một lần bấm là nhắc tất cả những nơi ấy.")
        return DeskPage(ROUNDS, self.show, act=Act.EXPORT_REPORTS, about=about)
