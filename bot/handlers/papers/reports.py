"""Asking for a report: of which unit, about which period; then the files come by themselves."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import sha256

from msgspec import Struct, field

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.events import TextSent
from bot.core.lean import patterns
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.small_words import without_courtesy, words_only
from bot.core.text import Text, fold, upper_first
from bot.features import units
from bot.features.calendar.periods import CutOff, Period, PeriodError, period
from bot.features.calendar.vietnam import today
from bot.features.calendar.written import DAY, day_of
from bot.features.checkins.actions import OpenReport
from bot.features.jobs.queue import Jobs, answer_to
from bot.features.people import people
from bot.features.reports import SigningDetails, spans
from bot.features.reports.access import access, reach
from bot.features.reports.figures import period_title
from bot.features.units import Place
from bot.handlers.kit.speaker import account_of, in_private, to_menu
from bot.i18n import msg

KIND = "report"
FLOW, PERIOD, SIGN = "report", "period", "sign"
_MOST_SIGNER = 80

_WHICH_PERIOD = msg("Bác gõ kỳ báo cáo, ví dụ: tháng 9, quý III/2026, tuần 47, 6 tháng đầu năm.")
_WHAT_TO_SIGN = msg(
    "Bác gõ số và ngày của văn bản, ví dụ: “số 05 ngày 24/11/2026”. Người ký khác thì ghi thêm “ký: họ tên”."
)
_WRITING = msg("Đang soạn báo cáo {period} của {unit}…")
_DRAWING = msg("Đang vẽ biểu đồ {period} của {unit}…")
_NUMBER = patterns.compile(r"(?:^|số|so)\s*:?\s*(\d{1,5})(?!\d|\s*/\s*\d)", re.IGNORECASE)
_NAMES_A_DAY = patterns.compile(r"ng[àa]y\s*\d", re.IGNORECASE)
_NO_PERIOD = patterns.compile(r"(?:tuan|thang|quy|nam|ky)(?: \d+| nay| truoc)?")
_ASKS = patterns.compile(
    "ah?|oi|nh[ea]|voi|di|da|vang|cho|toi|minh|em|chau|bac|anh|chi|giup|ho|dum|can|xin|muon|gui|lay|xem|in|lam"
    "|xuat|file|ban|word|excel|pdf|cua|ve|tai|o|gap|ngay|luon|nay|trong|ky|theo|so|lieu|tong|hop"
)
"""Words beside a period that ask for its report and count nothing: “giúp tôi”, “bản Word nhé”."""
_SIGNER = patterns.compile(r"(?:người\s+)?k[ýí]\s*:?\s+(?P<name>\D+)$", re.IGNORECASE)


class PickReportUnit(Action, code="xbu"):
    unit: str


class PickPeriod(Action, code="xbk"):
    unit: str
    period: str


class OtherPeriod(Action, code="xbo"):
    unit: str


_ASKING = frozenset({PickReportUnit.code, OtherPeriod.code})
"""Under these buttons a period is asked for."""


class GiveNumber(Action, code="xbs"):
    unit: str
    period: str


class ShowCharts(Action, code="xbc"):
    unit: str
    period: str


class ReportOrder(Struct, frozen=True):
    """Describe what a job has to draw. `charts`: only the pictures."""

    unit: str
    period: str
    given: SigningDetails = field(default_factory=SigningDetails)
    charts: bool = False

    def body(self) -> dict[str, str]:
        given = self.given
        return {
            "unit": self.unit,
            "period": self.period,
            "number": "" if given.number is None else str(given.number),
            "day": "" if given.day is None else given.day.isoformat(),
            "signer": given.signer,
            "charts": "1" if self.charts else "",
        }

    @classmethod
    def of(cls, body: Mapping[str, str]) -> ReportOrder:
        number, day = body["number"], body["day"]
        given = SigningDetails(
            int(number) if number else None, date.fromisoformat(day) if day else None, body["signer"]
        )
        return cls(body["unit"], body["period"], given, bool(body["charts"]))


class ReportingConversation:
    def __init__(self, jobs: Jobs, cut_off: CutOff = "calendar") -> None:
        self._jobs = jobs
        self._cut_off: CutOff = cut_off

    async def menu_items(self, ctx: Context) -> Sequence[Button]:
        """Return a button of the menu for those who may have a report."""
        if not ctx.private:
            return []
        places = await reach(await people.who(account_of(ctx), ctx.now), ctx.now)
        if not places:
            return []
        return [Button.to(ctx.word("Xuất báo cáo"), PickReportUnit(places[0].code if len(places) == 1 else ""))]

    async def command(self, ctx: Context) -> None:
        """Handle `/xuatbaocao`, also with place and period: “xuất báo cáo tháng 11 thôn Lạc Hiền”."""
        if not in_private(ctx):
            return
        places = await reach(await people.who(account_of(ctx), ctx.now), ctx.now)
        of = spans.within(ctx.args, today(ctx.now), self._cut_off)
        words = f" {fold(ctx.args)} "
        meant = [one for one in places if f" {fold(one.name)} " in words] or (list(places) if len(places) == 1 else [])
        if len(meant) != 1:
            await self._ask_unit(ctx, places, of)
        elif of is None:
            await self.pick_unit(ctx, PickReportUnit(meant[0].code))
        else:
            await self._order(ctx, ReportOrder(meant[0].code, of.name))

    async def understand(self, ctx: Context, words: str) -> bool:
        """Take a period in one's own words, under the question for it or for the place."""
        asked = {button.data: button.code for item in ctx.session.lists[-1:] for button in item.buttons}
        if not ctx.private or _ASKING.isdisjoint(asked.values()):
            return False
        of = spans.period_written(words.strip(" ."), today(ctx.now), self._cut_off)
        if of is None:
            return False
        places = await reach(await people.who(account_of(ctx), ctx.now), ctx.now)
        meant = [one for one in places if Button.to("", OtherPeriod(one.code)).data in asked]
        if meant:
            await self._order(ctx, ReportOrder(meant[0].code, of.name))
        elif any(Button.to("", PickReportUnit(one.code)).data in asked for one in places):
            await self._ask_unit(ctx, places, of)
        else:
            return False
        return True

    async def wanted(self, ctx: Context, words: str) -> bool:
        """Take a period behind “báo cáo”: to an official an order, to a leader perhaps the wish to give figures.

        Beside it may stand a place and words that ask. Any other word leaves the message to who reads figures.
        """
        found = spans.apart(words, today(ctx.now), self._cut_off)
        if found is None and _NO_PERIOD.fullmatch(without_courtesy(words)) is None:
            return False
        places = await reach(await people.who(account_of(ctx), ctx.now), ctx.now)
        of, beside = (None, "") if found is None else (found[0], _beside(found[1]))
        meant = [one for one in places if not beside or beside in _names(one)]
        if not meant:
            return False
        if of is None:
            ctx.reply(ctx.t("Tôi chưa rõ kỳ nào."))
            await self.pick_unit(ctx, PickReportUnit(meant[0].code if len(meant) == 1 else ""))
        elif len(meant) > 1:
            await self._ask_unit(ctx, meant, of)
        else:
            order = Button.to(ctx.word("Xuất báo cáo"), PickPeriod(meant[0].code, of.name))
            values = {"period": period_title(of), "unit": meant[0].full_name}
            question = ctx.t("Bác muốn xuất báo cáo {period} của {unit}, hay báo số liệu?", **values)
            ctx.reply(question, [order, Button.to(ctx.word("Báo số liệu"), OpenReport("")), *to_menu(ctx)])
        return True

    async def pick_unit(self, ctx: Context, action: PickReportUnit) -> None:
        """Ask for the period; without a unit ask for that first, unless there is only one."""
        if not in_private(ctx):
            return
        if not action.unit:
            who = await people.who(account_of(ctx), ctx.now)
            places = await reach(who, ctx.now)
            if len(places) != 1:
                await self._ask_unit(ctx, places)
                return
            action = PickReportUnit(places[0].code)
        unit = await self._allowed(ctx, action.unit)
        if unit is None:
            return
        buttons = [
            Button.to(upper_first(period_title(one)), PickPeriod(unit.code, one.name))
            for one in spans.offered(today(ctx.now), self._cut_off)
        ]
        buttons.append(Button.to(ctx.word("Kỳ khác"), OtherPeriod(unit.code)))
        ctx.reply(ctx.t("Báo cáo của **{unit}**, kỳ nào?", unit=unit.full_name), [*buttons, *to_menu(ctx)])

    async def _ask_unit(self, ctx: Context, places: Sequence[Place], of: Period | None = None) -> None:
        """Ask for the unit; `of` is the period, if it is known already."""
        if not places:
            ctx.reply(ctx.t("Vai trò của bác chưa xem hay xuất được báo cáo này."), to_menu(ctx))
            return
        known = [PickReportUnit(one.code) if of is None else PickPeriod(one.code, of.name) for one in places]
        buttons = [Button.to(one.full_name, action) for one, action in zip(places, known, strict=True)]
        ctx.reply(ctx.t("Bác cần báo cáo của nơi nào?"), [*buttons, *to_menu(ctx)])

    async def pick_period(self, ctx: Context, action: PickPeriod) -> None:
        await self._order(ctx, ReportOrder(action.unit, action.period))

    async def show_charts(self, ctx: Context, action: ShowCharts) -> None:
        await self._order(ctx, ReportOrder(action.unit, action.period, charts=True))

    async def other_period(self, ctx: Context, action: OtherPeriod) -> None:
        if in_private(ctx) and await self._allowed(ctx, action.unit) is not None:
            ctx.wait_for(FLOW, PERIOD, {"unit": action.unit})
            ctx.reply(ctx.t(_WHICH_PERIOD), expects="text")

    async def take_period(self, ctx: Context) -> None:
        flow = ctx.flow
        if flow is None or not isinstance(ctx.event, TextSent):
            return
        found = spans.period_written(ctx.event.text, today(ctx.now), self._cut_off)
        if found is None:
            ctx.reply(Text.join(" ", [ctx.t("Tôi chưa rõ kỳ nào."), ctx.t(_WHICH_PERIOD)]), expects="text")
            return
        ctx.leave_flow()
        await self._order(ctx, ReportOrder(flow.data["unit"], found.name))

    async def give_number(self, ctx: Context, action: GiveNumber) -> None:
        if in_private(ctx) and await self._allowed(ctx, action.unit) is not None:
            ctx.wait_for(FLOW, SIGN, {"unit": action.unit, "period": action.period})
            ctx.reply(ctx.t(_WHAT_TO_SIGN), expects="text")

    async def take_number(self, ctx: Context) -> None:
        flow = ctx.flow
        if flow is None or not isinstance(ctx.event, TextSent):
            return
        given = read_signed(ctx.event.text, today(ctx.now))
        if given is None:
            ctx.reply(Text.join(" ", [ctx.t("Tôi chưa đọc được số và ngày."), ctx.t(_WHAT_TO_SIGN)]), expects="text")
            return
        ctx.leave_flow()
        await self._order(ctx, ReportOrder(flow.data["unit"], flow.data["period"], given))

    async def _order(self, ctx: Context, order: ReportOrder) -> None:
        """Ask for the job; the person hears at once that it is under way."""
        if not in_private(ctx):
            return
        unit, of = await self._allowed(ctx, order.unit), self._period(order.period)
        if unit is None:
            return
        if of is None:
            await self.pick_unit(ctx, PickReportUnit(order.unit))
            return
        body = {**order.body(), **answer_to(ctx.chat), "person": ctx.sender.id, "locale": ctx.locale}
        key = f"report:{sha256(f'{ctx.chat.platform} {ctx.chat.id} {ctx.event.id}'.encode()).hexdigest()[:32]}"
        async with ctx.changes():
            await self._jobs.ask(KIND, {**body, "key": key}, key=key, now=ctx.now)
            under_way = _DRAWING if order.charts else _WRITING
            ctx.reply(ctx.t(under_way, period=period_title(of), unit=unit.full_name))

    def _period(self, name: str) -> Period | None:
        try:
            return period(name, self._cut_off)
        except PeriodError:
            return None

    async def _allowed(self, ctx: Context, code: str) -> Place | None:
        """Return the unit for somebody who may have its report; refuse otherwise."""
        unit = await units.get(code)
        if unit is None:
            ctx.reply(ctx.t("Không còn đơn vị này."), to_menu(ctx))
            return None
        found = await access(await people.who(account_of(ctx), ctx.now), unit, ctx.now)
        if not found.allowed:
            ctx.reply(ctx.t(found.why), to_menu(ctx))
            return None
        return unit


def _beside(words: Sequence[str]) -> str:
    """Return what stands beside a period without the words that ask: `của thôn Lạc Hiền` → `thon lac hien`."""
    return " ".join(word for word in fold(words_only(" ".join(words))).split() if not _ASKS.fullmatch(word))


def _names(place: Place) -> Sequence[str]:
    """Return what a place may be called: `thôn Lạc Hiền`, `Lạc Hiền`, and `thôn` where it is the only one."""
    name, whole = fold(place.name), fold(place.full_name)
    return name, whole, whole.removesuffix(name).strip()


def read_signed(text: str, today: date) -> SigningDetails | None:
    """Read `05/BC-UBND ngày 24/11, ký: Trần Thị B`.

    Return None when neither number nor day can be read, or the day does not exist.
    """
    found = DAY.search(text)
    number = _NUMBER.search(text if found is None else text[: found.start()])
    day = None if found is None else day_of(found, today, "nearest")
    # A day that was named and cannot be read must not become a blank on the paper.
    if (day is None and number is None) or (day is None and (found or _NAMES_A_DAY.search(text))):
        return None
    signer = _SIGNER.search(text)
    name = "" if signer is None else " ".join(signer["name"].split()).strip(" .,;")[:_MOST_SIGNER]
    return SigningDetails(None if number is None else int(number[1]), day, name)


def build(conversation: ReportingConversation) -> Router:
    router = Router()
    words = ("xuất báo cáo", "lấy báo cáo", "in báo cáo", "tải báo cáo", "gửi tôi báo cáo", "cho tôi báo cáo")
    files = ("báo cáo word", "báo cáo excel", "xuất excel", "xuất file excel")
    router.command("xuatbaocao", *words, *files, takes_args=True)(conversation.command)
    router.action(PickReportUnit)(conversation.pick_unit)
    router.action(PickPeriod)(conversation.pick_period)
    router.action(OtherPeriod)(conversation.other_period)
    router.action(GiveNumber)(conversation.give_number)
    router.action(ShowCharts)(conversation.show_charts)
    router.step(FLOW, PERIOD, TextSent)(conversation.take_period)
    router.step(FLOW, SIGN, TextSent)(conversation.take_number)
    return router
