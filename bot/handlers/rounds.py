"""How the villages are asked, as an official sets it: rhythm, reminders, and reopening a closed round."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.core.context import Context
from bot.core.events import Said
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text
from bot.features.checkins import periods, plans
from bot.features.checkins.actions import (
    AskRemindAt,
    PickReminders,
    ReopenRound,
    SetReminders,
    ShowPlans,
    SwitchPlan,
)
from bot.features.checkins.model import CADENCES, Cadence
from bot.features.checkins.plans import Plan
from bot.features.checkins.rounds import Status
from bot.features.checkins.schedule import EARLIEST, LATEST, MOST_REMINDERS
from bot.features.checkins.scope import Scope
from bot.features.rights import Act
from bot.i18n import msg

from .checkin_desk import Desk, named, text_of
from .typed import too_long, typed

FLOW = "rounds"
TIME, REASON = "time", "reason"

_RHYTHMS: Mapping[Cadence, str] = {
    "week": msg("hằng tuần"),
    "month": msg("hằng tháng"),
    "quarter": msg("hằng quý"),
    "half": msg("6 tháng một lần"),
    "year": msg("hằng năm"),
}
_START, _STOP = msg("Hỏi {rhythm}"), msg("Thôi hỏi {rhythm}")
_CUT_OFFS: Mapping[periods.CutOff, str] = {
    "calendar": msg("Kỳ tháng tính từ ngày 1 đến hết tháng."),
    "15-14": msg("Kỳ tháng tính từ ngày 15 tháng trước đến ngày 14; quý, 6 tháng, năm cũng khóa vào ngày 14."),
}
_TIME = re.compile(r"\s*(\d{1,2})\s*(?:[:h.]|gi[ờo])\s*(\d{2})?\s*(?:ph[úu]t)?\s*", re.IGNORECASE)
_ROUNDS = 4
_DAYS_TO_CATCH_UP = 2
_LONGEST_REASON = 300


class RoundTalk:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def command(self, ctx: Context) -> None:
        """`/dotbaocao`."""
        await self.show(ctx, ShowPlans())

    async def show(self, ctx: Context, action: ShowPlans) -> None:
        found = await self._official(ctx)
        if found is not None:
            await self._show(ctx, found)

    async def _show(self, ctx: Context, found: Scope, *notes: Text) -> None:
        held = await plans.of_commune(found.commune.id)
        lines = [*notes, ctx.t("Việc hỏi số liệu các thôn của **{commune}**:", commune=found.commune.full_name)]
        buttons: list[Button] = []
        for cadence, rhythm in _RHYTHMS.items():
            plan = held.get(cadence)
            lines.append(_plan_line(ctx, ctx.word(rhythm), plan))
            on = plan is not None and plan.enabled
            label = ctx.t(_STOP if on else _START, rhythm=ctx.word(rhythm)).plain
            buttons.append(Button.to(label, SwitchPlan(cadence, not on)))
            if on:
                label = ctx.t("Đổi việc nhắc {rhythm}", rhythm=ctx.word(rhythm)).plain
                buttons.append(Button.to(label, PickReminders(cadence)))
        lines.append(ctx.t(_CUT_OFFS[self._desk.cut_off]))
        for one in await self._desk.rounds.latest(found.commune.id, _ROUNDS):
            lines.append(await self._round_line(ctx, one, len(found.villages)))
            if not one.open:
                label = ctx.t("Mở lại {period}", period=named(ctx, one.period)).plain
                buttons.append(Button.to(label, ReopenRound(one.id)))
        ctx.reply(Text.join("\n", lines), buttons)

    async def _round_line(self, ctx: Context, one: Status, villages: int) -> Text:
        of = named(ctx, one.period)
        if not one.open:
            return ctx.t("• {period}: đã khóa sổ, {count} nơi chưa báo.", period=of, count=len(one.missing))
        missing = await self._desk.rounds.missing(one.commune_id, one.period)
        return ctx.t(
            "• {period}: đang mở, hạn {due}, {done}/{all} nơi đã báo.",
            period=of,
            due=_when(one.due_at),
            done=villages - len(missing),
            all=villages,
        )

    async def switch(self, ctx: Context, action: SwitchPlan) -> None:
        found, cadence = await self._official(ctx), _cadence(action.cadence)
        if found is None or cadence is None:
            return
        async with ctx.changes():
            if action.on:
                changed = await plans.start(found.commune.id, cadence, ctx.now, self._desk.cut_off)
                note = ctx.t("✅ Từ nay tôi hỏi các thôn {rhythm}.", rhythm=ctx.word(_RHYTHMS[cadence]))
            else:
                changed = await plans.stop(found.commune.id, cadence)
                note = ctx.t("✅ Từ nay tôi không hỏi {rhythm} nữa.", rhythm=ctx.word(_RHYTHMS[cadence]))
            if changed:
                await self._log(ctx, found, {"cadence": cadence, "on": action.on})
            await self._show(ctx, found, note)

    async def pick_reminders(self, ctx: Context, action: PickReminders) -> None:
        found, cadence = await self._official(ctx), _cadence(action.cadence)
        if found is None or cadence is None:
            return
        labels = [ctx.word("Không nhắc")]
        labels += [ctx.t("Nhắc {count} buổi tối", count=count).plain for count in range(1, MOST_REMINDERS + 1)]
        buttons = [Button.to(label, SetReminders(cadence, count)) for count, label in enumerate(labels)]
        buttons.append(Button.to(ctx.word("Đổi giờ nhắc"), AskRemindAt(cadence)))
        ctx.reply(ctx.t("Chỉ nhắc nơi chưa báo, vào các buổi tối trước hạn. Bác chọn:"), buttons)

    async def set_reminders(self, ctx: Context, action: SetReminders) -> None:
        found, cadence = await self._official(ctx), _cadence(action.cadence)
        if found is None or cadence is None or not 0 <= action.count <= MOST_REMINDERS:
            return
        async with ctx.changes():
            if await plans.remind(found.commune.id, cadence, ctx.now, reminders=action.count):
                await self._log(ctx, found, {"cadence": cadence, "reminders": action.count})
            await self._show(ctx, found, ctx.t("✅ Đã đổi."))

    async def ask_time(self, ctx: Context, action: AskRemindAt) -> None:
        found, cadence = await self._official(ctx), _cadence(action.cadence)
        if found is not None and cadence is not None:
            self._ask_time(ctx, cadence)

    def _ask_time(self, ctx: Context, cadence: Cadence) -> None:
        ctx.wait_for(FLOW, TIME, {"cadence": cadence})
        ctx.reply(ctx.t("Bác gõ giờ nhắc, từ 6:00 đến 20:30, ví dụ 19:30."), expects="text")

    async def said_time(self, ctx: Context) -> None:
        found, flow = await self._official(ctx), ctx.flow
        cadence = None if flow is None else _cadence(flow.data["cadence"])
        ctx.leave_flow()
        if found is None or cadence is None:
            return
        minute = _minute(text_of(ctx))
        if minute is None:
            self._ask_time(ctx, cadence)
            return
        async with ctx.changes():
            if await plans.remind(found.commune.id, cadence, ctx.now, remind_at=minute):
                await self._log(ctx, found, {"cadence": cadence, "minute": minute})
            await self._show(ctx, found, ctx.t("✅ Đã đổi."))

    async def ask_reason(self, ctx: Context, action: ReopenRound) -> None:
        found = await self._official(ctx)
        one = None if found is None else await self._closed(ctx, found, action.round)
        if one is not None:
            ctx.wait_for(FLOW, REASON, {"round": str(one.id)})
            text = ctx.t(
                "Mở lại **{period}** đến {due}. Bác gõ lý do, tôi báo kèm cho các nơi chưa báo.",
                period=named(ctx, one.period),
                due=_when(_catch_up(ctx.now)),
            )
            ctx.reply(text, expects="text")

    async def said_reason(self, ctx: Context) -> None:
        if too_long(ctx, typed(ctx), _LONGEST_REASON):
            return
        found, flow = await self._official(ctx), ctx.flow
        ctx.leave_flow()
        one = None if found is None or flow is None else await self._closed(ctx, found, int(flow.data["round"]))
        if found is None or one is None:
            return
        reason, due_at = typed(ctx), _catch_up(ctx.now)
        async with ctx.changes():
            if not await self._desk.rounds.reopen(one.id, reason, due_at, ctx.now):
                ctx.reply(ctx.t("Kỳ này đang mở."))
                return
            await self._desk.audit.append(found.who.person_id, "round_reopened", f"round:{one.id}", ctx.now)
            note = ctx.t("✅ Đã mở lại **{period}** đến {due}.", period=named(ctx, one.period), due=_when(due_at))
            await self._show(ctx, found, note)

    async def _closed(self, ctx: Context, found: Scope, round_id: int) -> Status | None:
        """A closed round of the commune; otherwise what is wrong is said."""
        one = await self._desk.rounds.get(round_id)
        if one is None or one.commune_id != found.commune.id:
            ctx.reply(ctx.t("Không còn kỳ này."))
        elif one.open:
            ctx.reply(ctx.t("Kỳ này đang mở."))
        else:
            return one
        return None

    async def _official(self, ctx: Context) -> Scope | None:
        official = await self._desk.official(ctx, Act.CHANGE_SETTINGS)
        return None if official is None else official[0]

    async def _log(self, ctx: Context, found: Scope, details: Mapping[str, str | int | bool]) -> None:
        subject = f"unit:{found.commune.code}"
        await self._desk.audit.append(found.who.person_id, "rounds_planned", subject, ctx.now, details)


def _plan_line(ctx: Context, rhythm: str, plan: Plan | None) -> Text:
    if plan is None or not plan.enabled:
        return ctx.t("• {rhythm}: không hỏi.", rhythm=rhythm)
    if not plan.reminders:
        return ctx.t("• {rhythm}: có hỏi, không nhắc.", rhythm=rhythm)
    at = f"{plan.remind_at // 60}:{plan.remind_at % 60:02}"
    return ctx.t("• {rhythm}: có hỏi, nhắc {count} buổi tối lúc {at}.", rhythm=rhythm, count=plan.reminders, at=at)


def _cadence(name: str) -> Cadence | None:
    """What came back in a button may be anything."""
    return next((one for one in CADENCES if one == name), None)


def _minute(text: str) -> int | None:
    """Minutes after midnight, None for what is no time of a reminder."""
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    minute = int(found[1]) * 60 + int(found[2] or 0)
    return minute if EARLIEST <= minute <= LATEST and int(found[2] or 0) < 60 else None


def _catch_up(now: datetime) -> datetime:
    """Until when a reopened round takes figures: 16:00 of the second working day."""
    day, left = periods.today(now), _DAYS_TO_CATCH_UP
    while left:
        day += timedelta(days=1)
        left -= periods.is_working(day)
    return periods.moment(day, periods.WEEK_DUE)


def _when(at: datetime) -> str:
    return f"{at.astimezone(periods.VIETNAM):%H:%M %d/%m}"


def build(talk: RoundTalk) -> Router:
    router = Router()
    router.command("dotbaocao", "đợt báo cáo", "lịch báo cáo", "kỳ báo cáo")(talk.command)
    router.action(ShowPlans)(talk.show)
    router.action(SwitchPlan)(talk.switch)
    router.action(PickReminders)(talk.pick_reminders)
    router.action(SetReminders)(talk.set_reminders)
    router.action(AskRemindAt)(talk.ask_time)
    router.action(ReopenRound)(talk.ask_reason)
    router.step(FLOW, TIME, Said)(talk.said_time)
    router.step(FLOW, REASON, Said, prose=True)(talk.said_reason)
    return router
