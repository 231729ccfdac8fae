"""Targets at the desk: the matrix of a period, who has not taken note, and setting them as in the conversation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from msgspec import Struct

from bot.core.text import Text
from bot.features import rights
from bot.features.calendar import periods
from bot.features.calendar.periods import Period, PeriodKind
from bot.features.checkins import assignments, targets
from bot.features.checkins.actions import AnnounceTargets, DecideTargets, ShareOut
from bot.features.checkins.assignments import Assignment
from bot.features.checkins.model import Indicator
from bot.features.checkins.reading.wishes import Way
from bot.features.checkins.targets import IndicatorTarget
from bot.features.people import people
from bot.features.rights import Act
from bot.features.units import Place, villages
from bot.handlers.checkins.common import named
from bot.handlers.checkins.desk.ground import (
    LENGTHS,
    NO_INDICATOR,
    NO_PLACE,
    FiguresGround,
    Seen,
    cell_address,
    title,
    to,
)
from bot.handlers.checkins.figure_wording import amount
from bot.handlers.kit.pages import DeskPage
from bot.handlers.targets.assigning import decides
from bot.handlers.targets.wording import preview, summed
from bot.i18n import msg
from bot.office.desk.visit import Answer, Ask, Go, No, Sheet, TodayLine, Visit

TARGETS = "/chi-tieu"
_WAYS: Mapping[Way, str] = {
    "each": msg("mỗi nơi chừng ấy"),
    "households": msg("chia theo số hộ"),
    "adults": msg("chia theo số người trưởng thành"),
}
_WAY_WORDS: Mapping[Way, str] = {"each": "mỗi nơi", "households": "chia theo hộ", "adults": "chia theo người lớn"}
_PERIODS: Mapping[PeriodKind, str] = {
    "week": "tuần {number}/{year}",
    "month": "tháng {number}/{year}",
    "quarter": "quý {number}/{year}",
    "year": "năm {year}",
}
_LONGEST = 20
_NO_VALUE = msg("Mời ghi chỉ tiêu là một số, ví dụ 85 hoặc 120.")


class TargetCell(Struct, frozen=True):
    """A target of a village, and where its history is; `known`: the leader has taken note."""

    value: str
    to: str
    known: bool


class TargetRow(Struct, frozen=True):
    """The targets of an indicator: in one sentence, and by village, None where it has none."""

    indicator: Indicator
    text: Text
    cells: Sequence[TargetCell | None]


class TargetsPage:
    def __init__(self, ground: FiguresGround) -> None:
        self._ground = ground

    async def show(self, visit: Visit) -> Answer:
        seen = await self._ground.seen(visit)
        if isinstance(seen, No):
            return seen
        places = await villages(visit.commune.id, seen.of.last)
        held = await targets.of_period(seen.of.name, [one.id for one in places])
        by_indicator: defaultdict[str, list[IndicatorTarget]] = defaultdict(list)
        for one in held:
            by_indicator[one.indicator].append(one)
        waiting = {one.unit_id for one in held if not one.acknowledged}
        before, after = self._ground.around(seen.of)
        shows: Mapping[str, object] = {
            "seen": seen,
            "period": named(visit, seen.of),
            "rows": [self._row(visit, seen, one, by_indicator[one.code], places) for one in seen.indicators
                     if one.code in by_indicator],
            "waiting": [one.full_name for one in places if one.id in waiting],
            "announce": AnnounceTargets(seen.of.name),
            "before": before and (named(visit, before), to(TARGETS, ky=before.name)),
            "after": after and (named(visit, after), to(TARGETS, ky=after.name)),
            "lengths": [(visit.word(label), to(TARGETS, ky=periods.at(seen.today, one, self._ground.service.cut_off)
                         .name), one == seen.of.kind) for one, label in LENGTHS.items()],
            "plans": await self._plans(visit),
            "settable": [one for one in seen.indicators if one.cadence == seen.of.kind or not one.sums]
            if seen.of.last >= seen.today and seen.of.kind in _PERIODS
            else [],
            "places": places,
            "ways": [(way, visit.word(label)) for way, label in _WAYS.items()],
            "action": to(TARGETS),
        }  # fmt: skip
        return Sheet("targets/goals.html", title(visit, msg("Chỉ tiêu {period}"), seen.of), shows)

    def _row(
        self, visit: Visit, seen: Seen, one: Indicator, goals: Sequence[IndicatorTarget], places: Sequence[Place]
    ) -> TargetRow:
        by_unit = {goal.unit_id: goal for goal in goals}
        cells = [
            None
            if (goal := by_unit.get(place.id)) is None
            else TargetCell(
                amount(visit, one, goal.value),
                cell_address(seen.of, place, one),
                goal.acknowledged,
            )
            for place in places
        ]
        return TargetRow(one, summed(visit, one, goals), cells)

    async def _plans(self, visit: Visit) -> Sequence[Mapping[str, object]]:
        """List what waits: for its author, or for a leader of the commune."""
        cell = (await rights.decide(visit.who, Act.SET_TARGETS, visit.commune.id, on=visit.now)).cell
        shown = []
        for one in await assignments.open_of(visit.commune.id):
            if one.state == "draft" and one.author_id != visit.person_id:
                continue
            shown.append(
                {
                    "text": await preview(visit, self._ground.service, one.body),
                    "by": "" if one.author_id is None else await people.name_of(one.author_id),
                    "lacks": one.body.lacks_reason,
                    "go": self._go(one, may_decide=decides(cell)),
                    "drop": DecideTargets(one.id, one.version, "drop"),
                    "decides": decides(cell),
                }
            )
        return shown

    def _go(self, one: Assignment, *, may_decide: bool) -> DecideTargets | None:
        if may_decide:
            return DecideTargets(one.id, one.version, "approve")
        return DecideTargets(one.id, one.version, "propose") if one.state == "draft" else None

    async def take(self, visit: Visit) -> Answer:
        """Say what the form says in the conversation's words: it reads, compares, asks for a reason, and decides."""
        seen = await self._ground.seen(visit)
        if isinstance(seen, No):
            return seen
        indicator = seen.indicator(visit.said("chi-tieu"))
        if indicator is None:
            return No(visit.t(NO_INDICATOR))
        here, value = to(TARGETS, ky=seen.of.name), visit.said("gia_tri")
        if not value or len(value) > _LONGEST or not any(char.isdigit() for char in value):
            return Go(here, visit.t(_NO_VALUE))
        words = f"{indicator.code} {value} {_period_words(seen.of)}"
        code = visit.said("noi")
        if code:
            found = await villages(visit.commune.id, seen.of.last)
            place = next((one for one in found if one.code == code), None)
            if place is None:
                return No(visit.t(NO_PLACE))
            words = f"{place.kind} {place.name}: {words}"
        elif indicator.kind != "ratio":
            way: Way = next((one for one in _WAY_WORDS if one == visit.said("cach")), "each")
            words = f"{words} {_WAY_WORDS[way]}"
        return Ask("chitieu", words, here, words)

    async def today(self, visit: Visit) -> Sequence[TodayLine]:
        """Say which targets wait for this leader's decision."""
        cell = (await rights.decide(visit.who, Act.SET_TARGETS, visit.commune.id, on=visit.now)).cell
        if not decides(cell):
            return []
        count = sum(one.state == "proposed" for one in await assignments.open_of(visit.commune.id))
        text = visit.t("{count} dự thảo chỉ tiêu chờ duyệt", count=count)
        return [TodayLine("waits", text, to(TARGETS))] if count else []

    def page(self) -> DeskPage:
        about = msg("Mỗi nơi phải đạt bao nhiêu trong kỳ; bấm một số để xem ai giao, sửa khi nào, vì sao.")
        return DeskPage(
            TARGETS,
            self.show,
            self.take,
            act=Act.SET_TARGETS,
            label=msg("Chỉ tiêu"),
            order=22,
            about=about,
            reaches=(DecideTargets.code, ShareOut.code),
        )


def _period_words(of: Period) -> str:
    return _PERIODS.get(of.kind, "").format(number=of.ordinal, year=of.year)
