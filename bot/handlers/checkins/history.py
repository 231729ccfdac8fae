"""The figures a village has reported in the present periods, their authors, the gaps; correcting a figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from bot.core.context import Context
from bot.core.events import TextSent
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text
from bot.features import rights
from bot.features.at_once import at_once, each
from bot.features.calendar import periods
from bot.features.calendar.periods import CADENCES, Period, is_summed
from bot.features.checkins import reported, targets
from bot.features.checkins.actions import AmendReported, OpenReport, ShowReported, ShowRollUp
from bot.features.checkins.model import Indicator
from bot.features.checkins.reading import values
from bot.features.checkins.reading.figures import amendment, number_of
from bot.features.checkins.reported import FigureReport
from bot.features.checkins.rollup import RollUps, RollUpTable
from bot.features.checkins.rounds import Status
from bot.features.checkins.scope import FigureScope, may
from bot.features.difficulties import difficulties
from bot.features.rights import Act, Decision
from bot.features.rights.table import OFFICIALS
from bot.features.units import Place
from bot.handlers.checkins.figure_wording import told_line
from bot.handlers.kit.speaker import to_menu
from bot.i18n import msg

from .answers import FLOW
from .common import IN_PRIVATE, NO_ROLE, CheckinService, is_addressed_here, named, text_of
from .report import AMEND, CheckinConversation
from .step_by_step import LEAVE
from .wording import note_lines

_WORDS = (
    "số đã báo", "xem số đã báo", "xem lại số đã báo", "số liệu đã báo", "xem số liệu", "xem lại số liệu",
    "tôi đã báo gì", "đã báo gì", "tôi báo gì rồi", "tôi đã báo chưa", "đã báo chưa",
    "xem lại báo cáo", "xem báo cáo", "báo cáo của tôi", "báo cáo đã gửi", "còn thiếu số nào", "còn thiếu số gì",
)  # fmt: skip
_AMEND = msg(
    "Bác gõ tên và số đúng, ví dụ “loa 6”. Số này thay cho số đang ghi, không cộng thêm. Các số khác tôi vẫn giữ."
)


class _Section(Struct, frozen=True):
    """One period of a village. `wanted` is what is asked for in it and has not come, `silent`: nothing has, and the
    village will be reminded.
    """

    of: Period
    status: Status | None
    reports: Sequence[FigureReport]
    silent: bool
    wanted: tuple[Indicator, ...]
    unsigned: tuple[Indicator, ...]
    notes: Mapping[str, str]
    """What was said beside a figure, by its code."""
    rest: tuple[Indicator, ...]
    """With a target for this period, counted in shorter ones."""

    @property
    def takes(self) -> bool:
        return self.status is None or self.status.open

    def __bool__(self) -> bool:
        return bool(self.silent or self.reports or self.wanted or self.unsigned or self.rest)


class _Seen(Struct, frozen=True):
    """A village that the sender may see, and what the rights say about each figure."""

    found: FigureScope
    place: Place
    decisions: tuple[Decision, ...]

    def covers(self, indicator: str) -> bool:
        return any(one.allowed and one.for_indicator(indicator) for one in self.decisions)


class CheckinHistoryConversation:
    """`checkins` takes what puts a figure right, as it takes every other one."""

    def __init__(self, service: CheckinService, sums: RollUps, checkins: CheckinConversation) -> None:
        self._service = service
        self._sums = sums
        self._checkins = checkins

    async def command(self, ctx: Context) -> None:
        """Handle `/sodabao`."""
        await self.show(ctx, ShowReported(""))

    async def show(self, ctx: Context, action: ShowReported, of: Period | None = None) -> None:
        """Show the figures of a village in the period `of`, if one was named, else in the present ones."""
        seen = await self._seen(ctx, action.unit)
        if seen is None:
            return
        pending, sections, ageing = await at_once(
            self._checkins.pending(ctx), self._sections(ctx, seen, of), difficulties.ageing([seen.place.id])
        )
        lines = [pending] if pending else []
        lines.append(ctx.t("Số liệu **{village}** đã báo:", village=seen.place.full_name))
        for summary in await each([self._summary(ctx, seen, one) for one in sections]):
            lines += summary
        if not sections:
            lines += [] if of is None else [ctx.t("**{period}**", period=named(ctx, of))]
            lines.append(ctx.t("Kỳ này chưa có số liệu nào."))
        if ctx.private and ageing:
            lines.append(ctx.t("Khó khăn đang chờ xử lý: {count}. Bác gõ “khó khăn” để xem.", count=len(ageing)))
        # “Sửa” puts right what is reported now.
        ctx.reply(Text.join("\n", lines), await self._ways_on(ctx, seen, sections if of is None else ()))

    async def _ways_on(self, ctx: Context, seen: _Seen, sections: Sequence[_Section]) -> list[Button]:
        indicators = await self._service.indicators()
        mine = {
            one.code
            for one in indicators
            if seen.covers(one.code) and (await may(seen.found.who, seen.place.id, one.code, ctx.now)).report
        }
        told = {code for one in sections if one.takes for report in one.reports for code in report.indicators}
        buttons = [Button.to(ctx.word("Sửa"), AmendReported(seen.place.code))] if told & mine else []
        if mine:
            buttons.append(Button.to(ctx.word("Báo số liệu"), OpenReport(seen.place.code)))
        return [*buttons, *to_menu(ctx)] if ctx.private else buttons

    async def _summary(self, ctx: Context, seen: _Seen, one: _Section) -> list[Text]:
        """List the figures of a period with author and time, the missing ones, and those that wait.

        In a group it gives no name, and no note: a note may hold a name.
        """
        by_code = {indicator.code: indicator for indicator in await self._service.indicators()}
        table = await self._table(ctx, seen.place, one.of)
        lines = [_head(ctx, one)]
        if one.silent and is_summed(one.of):
            lines.append(ctx.t("Tôi chưa có số tháng {month} để tính kỳ này.", month=one.of.last.month))
        elif one.silent:
            lines.append(ctx.t("Kỳ này chưa có số liệu nào."))
        for report in one.reports:
            known = [by_code[code] for code in report.indicators if code in by_code and seen.covers(code)]
            if known:
                lines.append(_who(ctx, report, seen.found.who.person_id))
            lines += [told_line(ctx, indicator, table.cell(indicator.code, seen.place.id)) for indicator in known]
            lines += note_lines(ctx, one.notes, known) if ctx.private else []
        if one.rest:
            lines.append(ctx.t("Cộng đến nay:"))
            lines += [told_line(ctx, indicator, table.cell(indicator.code, seen.place.id)) for indicator in one.rest]
        if one.unsigned:
            lines.append(ctx.t("Đang chờ Tổ trưởng duyệt: {labels}.", labels=_labels(one.unsigned)))
        if one.wanted:
            lines.append(ctx.t("Chưa báo: {labels}.", labels=_labels(one.wanted)))
        return lines

    async def _sections(self, ctx: Context, seen: _Seen, of: Period | None) -> list[_Section]:
        """Return the period asked for; else those with news among the present ones and earlier ones still open."""
        place, asked = seen.place, await self._periods(ctx, seen.found) if of is None else {of: None}
        names = [one.name for one in asked]
        (notes, told, waiting), (goals, counted, now_wanted) = await at_once(
            at_once(reported.notes(place.id, names), reported.reports(place.id, names), reported.proposed(place.id)),
            at_once(targets.of_unit(place.id, names), self._service.indicators(), self._service.wanted(place, ctx)),
        )
        indicators = [one for one in counted if seen.covers(one.code)]
        wanted = {one.code for one in now_wanted}
        late = await each([self._is_silent(place, of, status) for of, status in asked.items()])
        sections = []
        for (of, status), silent in zip(asked.items(), late, strict=True):
            known = {code for report in told.get(of.name, ()) for code in report.indicators}
            unsigned = tuple(one for one in indicators if (of.name, one.code) in waiting)
            open_ = [one for one in indicators if one.code not in known and one not in unsigned]
            asked_for = {one.code for one in open_ if (of.name, one.code) in goals}
            missing = tuple(one for one in open_ if one.cadence == of.kind and one.code in wanted | asked_for)
            rest = tuple(one for one in open_ if one.cadence != of.kind and one.code in asked_for)
            notes_by_code = {code: text for (name, code), text in notes.items() if name == of.name}
            sections.append(_Section(of, status, told.get(of.name, ()), silent, missing, unsigned, notes_by_code, rest))
        return [one for one in sections if one]

    async def _is_silent(self, place: Place, of: Period, status: Status | None) -> bool:
        """Tell whether the village will be reminded of the period."""
        if status is None or not status.open:
            return False
        return place in await self._service.rounds.missing(status.commune_id, of)

    async def _periods(self, ctx: Context, found: FigureScope) -> Mapping[Period, Status | None]:
        """Return the present periods, and before each the oldest that is still open, with their rounds."""
        today, asked = periods.today(ctx.now), dict[Period, Status | None]()
        presents = [periods.at(today, cadence, self._service.cut_off) for cadence in CADENCES]
        rounds = await self._service.rounds.open_or_of(found.commune.id, [one.name for one in presents])
        for present in presents:
            known = [one for one in rounds if one.period.kind == present.kind]
            awaited = next((one for one in known if one.open), None)
            if awaited is not None and awaited.period.last < today:
                asked[awaited.period] = awaited
            asked[present] = next((one for one in known if one.period == present), None)
        return asked

    async def _table(self, ctx: Context, place: Place, of: Period) -> RollUpTable:
        return await self._sums.table(place.id, of, await self._service.indicators(), periods.today(ctx.now))

    # Putting a figure right

    async def amend(self, ctx: Context, action: AmendReported) -> None:
        if await self._checkins.shows_what_waits(ctx):
            return
        seen = await self._seen(ctx, action.unit)
        if seen is not None:
            ctx.wait_for(FLOW, AMEND, {"unit": seen.place.code})
            ctx.reply(Text.join("\n", [ctx.t(_AMEND), ctx.t(LEAVE)]), expects="text")

    async def take_answer(self, ctx: Context) -> None:
        """Take the corrected figure; a number alone belongs to the only figure that it can be."""
        flow, found = ctx.flow, await self._service.scope(ctx)
        place = None if found is None or flow is None else found.named(flow.data["unit"])
        if found is None or place is None:
            ctx.leave_flow()
            ctx.reply(ctx.t(NO_ROLE))
            return
        text = await self._with_name(ctx, found, place, text_of(ctx))
        ctx.leave_flow()
        if await self._checkins.take(ctx, text, asked=True, unit=place.code, amends=True):
            return
        if is_addressed_here(ctx):
            await self._checkins.no_figure(ctx, place.code, amends=True)
        else:
            ctx.wait_for(FLOW, AMEND, {"unit": place.code})

    async def _with_name(self, ctx: Context, found: FigureScope, place: Place, text: str) -> str:
        """Add the code of the figure that is meant: `6`, `6 chứ không phải 5` → `TT02 6`."""
        amended = amendment(text, asked=True)
        if amended is None:
            return text
        meant = {
            code
            for of in await self._periods(ctx, found)
            for code, held in (await values.of_period(place.id, of.name)).items()
            if amended.wrong in (None, held.value)
        }
        lexicon = found.lexicon(await self._service.indicators())
        if len(meant) != 1 or number_of(code := meant.pop(), amended.words, lexicon) is None:
            return text
        return f"{code} {amended.words}"

    # Who may see it

    async def _seen(self, ctx: Context, code: str) -> _Seen | None:
        """Return a village of the sender, in a group only the group's own; otherwise say what is wrong."""
        found = await self._service.scope(ctx)
        if found is None:
            ctx.reply(ctx.t(NO_ROLE))
            return None
        place = found.named(code) or found.meant
        if place is None:
            self._ask_village(ctx, found)
        elif not ctx.private and (found.here is None or found.here.id != place.id):
            ctx.reply(ctx.t(IN_PRIVATE))
        else:
            acts = (Act.UPDATE_FIGURES, Act.EXPORT_REPORTS)
            decisions = tuple([await rights.decide(found.who, act, place.id, on=ctx.now) for act in acts])
            if any(one.allowed for one in decisions):
                return _Seen(found, place, decisions)
            ctx.reply(ctx.t(decisions[0].why))
        return None

    def _ask_village(self, ctx: Context, found: FigureScope) -> None:
        """Ask which village; officials have the roll-up instead, village by village."""
        if not ctx.private:
            ctx.reply(ctx.t(IN_PRIVATE))
        elif found.own:
            choices = [Button.to(one.full_name, ShowReported(one.code)) for one in found.own]
            ctx.reply(ctx.t("Bác xem số của nơi nào?"), choices)
        elif found.who.has(*OFFICIALS):
            more = Button.to(ctx.word("Tổng hợp số liệu"), ShowRollUp(""))
            ctx.reply(ctx.t("Số từng nơi đã báo nằm trong bảng tổng hợp, mục “Xem từng nơi”."), [more, *to_menu(ctx)])
        else:
            ctx.reply(ctx.t("Bác gõ “xuất báo cáo” để xem số liệu bác được xem."), to_menu(ctx))


def _head(ctx: Context, one: _Section) -> Text:
    of = named(ctx, one.of)
    if one.status is None:
        return ctx.t("**{period}**", period=of)
    if not one.status.open:
        return ctx.t("**{period}** (đã khóa sổ)", period=of)
    return ctx.t("**{period}** (hạn {due})", period=of, due=_moment(one.status.due_at))


def _who(ctx: Context, report: FigureReport, reader: int | None) -> Text:
    at = _moment(report.at)
    if not ctx.private or not report.name:
        return ctx.t("Báo lúc {at}:", at=at)
    if report.by is not None and report.by == reader:
        return ctx.t("Bác báo lúc {at}:", at=at)
    return ctx.t("{name} báo lúc {at}:", name=report.name, at=at)


def _moment(at: datetime) -> str:
    """Format a time as rounds do: `16:00 27/11`."""
    return f"{at.astimezone(periods.VIETNAM):%H:%M %d/%m}"


def _labels(indicators: Sequence[Indicator]) -> str:
    return "; ".join(one.label for one in indicators)


def build(conversation: CheckinHistoryConversation) -> Router:
    router = Router()
    router.command("sodabao", *_WORDS)(conversation.command)
    router.action(ShowReported)(conversation.show)
    router.action(AmendReported)(conversation.amend)
    router.step(FLOW, AMEND, TextSent, figures=True)(conversation.take_answer)
    return router
