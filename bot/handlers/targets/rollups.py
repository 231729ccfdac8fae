"""The roll-up for officials: who has reported, how each indicator stands, its trend, each village, and a workbook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.core.context import Context
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text, upper_first
from bot.features.calendar import periods
from bot.features.calendar.periods import Cadence, Period, period
from bot.features.checkins import photos, reported
from bot.features.checkins.actions import (
    PickIndicator,
    PickPlace,
    SendWorkbook,
    ShowIndicator,
    ShowIndicatorChanges,
    ShowPhotos,
    ShowPlace,
    ShowRollUp,
    ShowRollUpGroups,
    ShowStages,
    ShowTargets,
)
from bot.features.checkins.indicator_history import history
from bot.features.checkins.reading import values
from bot.features.checkins.reading.figures import period_of
from bot.features.checkins.rollup import RollUps, RollUpTable
from bot.features.checkins.scope import FigureScope
from bot.features.difficulties import difficulties
from bot.features.jobs.queue import Jobs, answer_to
from bot.features.reports.access import reach
from bot.features.rights import Act
from bot.features.rights.table import OFFICIALS
from bot.handlers.checkins.common import CheckinService
from bot.handlers.checkins.wording import note_lines
from bot.i18n import msg

from .indicator_changes import change_line
from .rollup_wording import by_light, cell_line, counted, head, sum_line, sum_lines, trend_line

WORKBOOK = "period_workbook"
"""The kind of job that makes the file."""
_TREND, _CHANGES = 6, 3
_LABELS: Mapping[Cadence, str] = {
    "week": msg("Theo tuần"),
    "month": msg("Theo tháng"),
    "quarter": msg("Theo quý"),
    "half": msg("Theo 6 tháng"),
    "year": msg("Theo năm"),
}


class RollUpConversation:
    def __init__(self, service: CheckinService, sums: RollUps, jobs: Jobs) -> None:
        self._service = service
        self._sums = sums
        self._jobs = jobs

    async def command(self, ctx: Context) -> None:
        """Handle `/tonghop`, perhaps with a period: `tổng hợp tháng 10`."""
        today = periods.today(ctx.now)
        hint = period_of(ctx.args)
        of = periods.looked_up(hint or "this", today, self._service.cut_off)
        if of is None or (ctx.args.strip() and not hint):
            ctx.reply(ctx.t("Tôi không rõ kỳ nào. Bác gõ ví dụ “tổng hợp tháng 10” hoặc “tổng hợp quý 4”."))
            return
        await self.show(ctx, ShowRollUp(of.name))

    async def menu_items(self, ctx: Context) -> Sequence[Button]:
        """Return buttons of the menu for officials."""
        found = await self._service.scope(ctx) if ctx.private else None
        if found is None or not found.who.has(*OFFICIALS):
            return []
        return [
            Button.to(ctx.word("Tổng hợp số liệu"), ShowRollUp("")),
            Button.to(ctx.word("Chỉ tiêu"), ShowTargets("")),
        ]

    async def show(self, ctx: Context, action: ShowRollUp) -> None:
        seen = await self.seen(ctx, action.period)
        if seen is None:
            return
        found, of = seen
        table = await self.table(ctx, found.commune.id, of)
        told = table.with_news
        lines = [head(ctx, found.commune, table), counted(ctx, [table.sums[one.code] for one in told])]
        lines += sum_lines(ctx, table, told)
        ctx.reply(Text.join("\n", [line for line in lines if line]), self._ways_on(ctx, of))

    def _ways_on(self, ctx: Context, of: Period) -> list[Button]:
        buttons = [
            Button.to(ctx.word("Xem từng chỉ tiêu"), PickIndicator(of.name)),
            Button.to(ctx.word("Xem từng nơi"), PickPlace(of.name)),
            Button.to(ctx.word("Theo đối tượng"), ShowRollUpGroups(of.name)),
            Button.to(ctx.word("Biết, có, dùng được"), ShowStages(of.name)),
            Button.to(ctx.word("Gửi tôi tệp Excel"), SendWorkbook(of.name)),
        ]
        cadence = of.kind
        if cadence in _LABELS:
            earlier = periods.before(of, self._service.cut_off)
            buttons.append(Button.to(ctx.word("Kỳ trước"), ShowRollUp(earlier.name)))
        today = periods.today(ctx.now)
        for other, label in _LABELS.items():
            if other != cadence:
                present = periods.at(today, other, self._service.cut_off)
                buttons.append(Button.to(ctx.word(label), ShowRollUp(present.name)))
        return buttons

    async def pick_indicator(self, ctx: Context, action: PickIndicator) -> None:
        seen = await self.seen(ctx, action.period)
        if seen is None:
            return
        found, of = seen
        table = await self.table(ctx, found.commune.id, of)
        told = table.with_news
        if not told:
            ctx.reply(ctx.t("Kỳ này chưa có số liệu nào."), [self.back(ctx, of)])
            return
        buttons = [Button.to(one.label, ShowIndicator(one.code, of.name)) for one in told]
        ctx.reply(ctx.t("Bác xem chỉ tiêu nào?"), [*buttons, self.back(ctx, of)])

    async def pick_place(self, ctx: Context, action: PickPlace) -> None:
        seen = await self.seen(ctx, action.period)
        if seen is None:
            return
        found, of = seen
        buttons = [Button.to(one.full_name, ShowPlace(one.code, of.name)) for one in found.villages]
        ctx.reply(ctx.t("Bác xem nơi nào?"), [*buttons, self.back(ctx, of)])

    async def show_indicator(self, ctx: Context, action: ShowIndicator) -> None:
        seen = await self.seen(ctx, action.period)
        if seen is None:
            return
        found, of = seen
        past = await history()
        by_code = {one.code: one for one in past.counted_in(of)}
        indicator = by_code.get(action.indicator)
        if indicator is None:
            ctx.reply(ctx.t("Xã không còn dùng chỉ tiêu này."), [self.back(ctx, of)])
            return
        # What a ratio divides by may be an indicator of its own.
        needed = [one for one in (indicator, by_code.get(indicator.denominator)) if one is not None]
        table = await self._sums.table(found.commune.id, of, needed, periods.today(ctx.now))
        ids = [one.id for one in table.villages]
        again = [unit for code, unit in await self._repeated(ids, of) if code == indicator.code]
        lines = [
            sum_line(ctx, indicator, table),
            *by_light(ctx, indicator, table, again),
        ]
        if of.kind in _LABELS:
            rows = await self._sums.trend(found.commune.id, self._past(of), needed)
            lines.append(trend_line(ctx, indicator, rows))
        changes = past.of(indicator.code)
        lines += [change_line(ctx, one) for one in changes[-_CHANGES:]]
        more = [Button.to(ctx.word("Đã đổi những gì"), ShowIndicatorChanges(indicator.code))] if changes else []
        buttons = [Button.to(ctx.word("Chỉ tiêu khác"), PickIndicator(of.name)), *more, self.back(ctx, of)]
        ctx.reply(Text.join("\n", lines), buttons)

    async def show_place(self, ctx: Context, action: ShowPlace) -> None:
        seen = await self.seen(ctx, action.period)
        if seen is None:
            return
        found, of = seen
        place = found.named(action.unit)
        if place is None:
            ctx.reply(ctx.t("Xã không còn đơn vị này."), [self.back(ctx, of)])
            return
        table = await self.table(ctx, place.id, of)
        again = await self._repeated([place.id], of)
        told = table.with_news
        lines = [ctx.t("**{place}**", place=upper_first(place.full_name))]
        lines += [
            cell_line(ctx, one, table.cell(one.code, place.id), again=(one.code, place.id) in again) for one in told
        ]
        lines += note_lines(ctx, await reported.last_notes(place.id, of), table.indicators)
        if not told:
            lines.append(ctx.t("Kỳ này chưa có số liệu nào."))
        waiting = await difficulties.ageing([place.id])
        if waiting:
            lines.append(ctx.t("Khó khăn đang chờ xử lý: {count}. Bác gõ “khó khăn” để xem.", count=len(waiting)))
        pictures = await photos.of_period(place.id, of, ctx.now)
        if pictures:
            lines.append(ctx.t("Ảnh kèm số liệu: {count}.", count=len(pictures)))
        look = [Button.to(ctx.word("Xem ảnh"), ShowPhotos(place.code, of.name))] if pictures else []
        buttons = [*look, Button.to(ctx.word("Nơi khác"), PickPlace(of.name)), self.back(ctx, of)]
        ctx.reply(Text.join("\n", lines), buttons)

    async def send_workbook(self, ctx: Context, action: SendWorkbook) -> None:
        """Queue a workbook: a file takes a while, so the worker makes it and sends it as a message."""
        seen = await self.seen(ctx, action.period)
        if seen is None:
            return
        found, of = seen
        key = f"xlsx-{ctx.chat.platform}-{ctx.chat.id}-{ctx.event.id}"[:80]
        body = {**answer_to(ctx.chat), "unit": found.commune.code, "period": of.name, "locale": ctx.locale, "key": key}
        async with ctx.changes():
            await self._jobs.ask(WORKBOOK, body, key=key, now=ctx.now)
            ctx.reply(ctx.t("Tôi đang làm tệp, xong sẽ gửi bác ngay."))

    async def seen(self, ctx: Context, name: str) -> tuple[FigureScope, Period] | None:
        """Return an official's scope and an existing period; otherwise say what is wrong."""
        if await self._sent_to_own_village(ctx):
            return None
        official = await self._service.official(ctx, Act.EXPORT_REPORTS)
        if official is None:
            return None
        today, cut_off = periods.today(ctx.now), self._service.cut_off
        try:
            return official[0], period(name, cut_off) if name else periods.at(today, "month", cut_off)
        except periods.PeriodError:
            ctx.reply(ctx.t("Không có kỳ này. Bác gõ “tổng hợp” để xem kỳ hiện nay."))
            return None

    async def _sent_to_own_village(self, ctx: Context) -> bool:
        """Tell whoever has a right to reports, but of villages alone, what there is for these; True when told."""
        places = await reach(await self._service.who(ctx), ctx.now)
        if not places or any(one.level == "commune" for one in places):
            return False
        ctx.reply(
            ctx.t(
                "Bảng tổng hợp cả xã do cán bộ xã xem. Bác nhắn riêng cho tôi “xuất báo cáo” để lấy báo cáo của "
                "{places}, hoặc “chỉ tiêu” để xem chỉ tiêu được giao.",
                places=", ".join(one.full_name for one in places),
            )
        )
        return True

    async def table(self, ctx: Context, unit_id: int, of: Period) -> RollUpTable:
        """Return the table with the indicators as they were counted in the period."""
        return await self._sums.table(unit_id, of, (await history()).counted_in(of), periods.today(ctx.now))

    async def _repeated(self, unit_ids: Sequence[int], of: Period) -> frozenset[tuple[str, int]]:
        return await values.repeated(unit_ids, of, self._service.cut_off) if of.kind in _LABELS else frozenset()

    def _past(self, of: Period) -> list[Period]:
        found = [of]
        while len(found) < _TREND:
            found.insert(0, periods.before(found[0], self._service.cut_off))
        return found

    def back(self, ctx: Context, of: Period) -> Button:
        return Button.to(ctx.word("Về bảng tổng hợp"), ShowRollUp(of.name))


def build(conversation: RollUpConversation) -> Router:
    router = Router()
    who = ("ai chưa báo cáo", "ai chưa báo", "thôn nào chưa báo cáo", "thôn nào chưa báo")
    router.command("tonghop", "tổng hợp", "tổng hợp số liệu", *who, takes_args=True)(conversation.command)
    router.action(ShowRollUp)(conversation.show)
    router.action(PickIndicator)(conversation.pick_indicator)
    router.action(PickPlace)(conversation.pick_place)
    router.action(ShowIndicator)(conversation.show_indicator)
    router.action(ShowPlace)(conversation.show_place)
    router.action(SendWorkbook)(conversation.send_workbook)
    return router
