"""The report of a period for who signs it: what it rests on, the leaders' directives, and the files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from bot.core.text import Text
from bot.features.calendar import periods
from bot.features.calendar.periods import Period
from bot.features.calendar.vietnam import today
from bot.features.checkins.rounds import Rounds
from bot.features.reports import ReportData, ReportError, Reports, SigningDetails, apart, file_name, spans
from bot.features.reports.access import access, reach
from bot.features.reports.figures import period_title
from bot.features.units import Place
from bot.handlers.checkins.desk.ground import TABLE, to
from bot.handlers.kit.pages import DeskPage
from bot.handlers.papers.reports import GiveNumber, OtherPeriod, PickPeriod, PickReportUnit
from bot.handlers.practices.remarks import RemarkAbout
from bot.i18n import msg
from bot.office.desk.visit import Answer, File, No, Sheet, Visit

REPORT = "/bao-cao"
_REACHES = tuple(kind.code for kind in (PickReportUnit, PickPeriod, OtherPeriod, GiveNumber))
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_NUMBER, _SIGNER = 99_999, 80
_NO_UNIT = msg("Không có báo cáo của nơi này, hoặc nơi này không thuộc phạm vi được xem.")
_LOOK_ONLY = msg("Vai trò này xem được số liệu, không lấy tệp.")
_BAD_NUMBER = msg("Số văn bản là số từ 1 đến 99999. Chưa soạn tệp nào.")
_BAD_DAY = msg("Ngày ký không có thật, hoặc xa quá. Mời chọn lại. Chưa soạn tệp nào.")


class ReportPage:
    def __init__(self, reports: Reports, rounds: Rounds) -> None:
        self._reports = reports
        self._rounds = rounds

    async def show(self, visit: Visit) -> Answer:
        found = await self._meant(visit)
        return found if isinstance(found, No) else await self._sheet(visit, *found)

    async def take(self, visit: Visit) -> Answer:
        """Draw the file that was asked for; the log notes its hash, as it does for a file that goes to a chat."""
        found = await self._meant(visit)
        if isinstance(found, No):
            return found
        unit, of = found
        given = _given(visit)
        if isinstance(given, Text):
            return await self._sheet(visit, unit, of, given)
        allowed = await access(visit.who, unit, visit.now)
        if not allowed.files:
            return No(visit.t(_LOOK_ONLY), 403)
        try:
            data = await self._gather(visit, unit, of, given)
            excel = visit.said("tep") == "xlsx"
            [content] = await apart.written(data, [apart.EXCEL if excel else apart.WORD])
        except ReportError as error:
            return await self._sheet(visit, unit, of, Text.verbatim(str(error)))
        await self._reports.drawn_at_once(unit.id, of, content, visit.now, by=visit.person_id)
        name = file_name(data, ".xlsx" if excel else ".docx")
        return File(name, _EXCEL if excel else _WORD, content)

    async def _meant(self, visit: Visit) -> tuple[Place, Period] | No:
        """Return unit and period of the address: only those of which this official may have a report."""
        given = {one: visit.said(one) or visit.query.get(one, "") for one in ("noi", "ky")}
        places = await self._places(visit)
        place = next((one for one in places if one.code == (given["noi"] or visit.commune.code)), None)
        if place is None:
            return No(visit.t(_NO_UNIT))
        name = given["ky"] or periods.at(today(visit.now), "month", self._reports.cut_off).name
        try:
            return place, spans.named(name, self._reports.cut_off)
        except ReportError as error:
            return No(Text.verbatim(str(error)))

    async def _places(self, visit: Visit) -> Sequence[Place]:
        return await reach(visit.who, visit.now)

    async def _gather(self, visit: Visit, unit: Place, of: Period, given: SigningDetails) -> ReportData:
        found = await access(visit.who, unit, visit.now)
        return await self._reports.gather(
            unit, of, visit.now, given=given, covers=found.covers, sums_only=found.sums_only
        )

    async def _sheet(self, visit: Visit, unit: Place, of: Period, problem: Text | None = None) -> Answer:
        """Show what the report will rest on; the report itself, which takes a while, is made when it is asked for."""
        allowed = await access(visit.who, unit, visit.now)
        whole = unit.level == "commune" and not allowed.sums_only
        missing = await self._rounds.missing(unit.id, of) if whole and of.first <= today(visit.now) else []
        offered = spans.offered(today(visit.now), self._reports.cut_off)
        if of not in offered:
            offered.insert(0, of)
        shows: Mapping[str, object] = {
            "unit": unit,
            "of": of,
            "places": await self._places(visit),
            "offered": [(one.name, period_title(one)) for one in offered],
            "problem": problem,
            "missing": ", ".join(one.full_name for one in missing),
            "whole": whole,
            "directives": await self._reports.directives(unit.id, of),
            "remark": RemarkAbout(unit.code, of.name),
            "files": allowed.files,
            "kept": {one: visit.said(one) for one in ("so_van_ban", "ngay", "nguoi_ky")},
            "table": to(TABLE, ky=of.name),
            "action": to(REPORT),
        }
        title = visit.t("Báo cáo {period}, {unit}", period=period_title(of), unit=unit.full_name)
        return Sheet("targets/report.html", title, shows, 200 if problem is None else 422)

    def page(self) -> DeskPage:
        about = msg("Soạn từ số liệu đang có, đúng thể thức Nghị định 30. Tệp tải về máy này; tải lại thì soạn mới.")
        return DeskPage(REPORT, self.show, self.take, label=msg("Báo cáo"), order=24, about=about, reaches=_REACHES)


def _given(visit: Visit) -> SigningDetails | Text:
    """Read number, day and signer; each may be missing, and stays blank on the paper."""
    number, day, signer = visit.said("so_van_ban"), visit.said("ngay"), visit.said("nguoi_ky")
    if number and not (number.isdecimal() and len(number) <= 5 and 1 <= int(number) <= _NUMBER):
        return visit.t(_BAD_NUMBER)
    signed = None
    if day:
        try:
            signed = date.fromisoformat(day)
        except ValueError:
            return visit.t(_BAD_DAY)
        if abs((signed - today(visit.now)).days) > 2 * 366:
            return visit.t(_BAD_DAY)
    return SigningDetails(int(number) if number else None, signed, " ".join(signer.split())[:_SIGNER])
