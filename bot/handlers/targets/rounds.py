"""How the villages are asked, as an official sets it: rhythm, reminders, and reopening a closed round."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from bot.core.context import Context
from bot.core.events import TextSent
from bot.core.lean import patterns
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text
from bot.features.calendar import periods
from bot.features.calendar.periods import CADENCES, Cadence
from bot.features.checkins import plans
from bot.features.checkins.actions import (
    AskRemindAt,
    PickReminders,
    RemindMissing,
    ReopenRound,
    SetReminders,
    ShowPlans,
    SwitchPlan,
)
from bot.features.checkins.plans import CheckinPlan
from bot.features.checkins.rounds import Status
from bot.features.checkins.schedule import EARLIEST, LATEST, MOST_REMINDERS
from bot.features.checkins.scope import FigureScope
from bot.features.rights import Act
from bot.handlers.checkins.common import CheckinService, named, text_of
from bot.handlers.kit.typed import too_long, typed
from bot.i18n import msg

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
_TIME = patterns.compile(r"\s*(\d{1,2})\s*(?:[:h.]|gi[ờo])\s*(\d{2})?\s*(?:ph[úu]t)?\s*", re.IGNORECASE)
_ROUNDS = 4
_DAYS_TO_CATCH_UP = 2
_LONGEST_REASON = 300


class RoundConversation:
    def __init__(self, service: CheckinService) -> None:
        self._service = service

    async def command(self, ctx: Context) -> None:
        """Handle `/dotbaocao`."""
        await self.show(ctx, ShowPlans())

    async def show(self, ctx: Context, action: ShowPlans) -> None:
        found = await self._official(ctx)
        if found is not None:
            await self._show(ctx, found)

    async def _show(self, ctx: Context, found: FigureScope, *notes: Text) -> None:
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
        lines.append(ctx.t(_CUT_OFFS[self._service.cut_off]))
        for one in await self._service.rounds.latest(found.commune.id, _ROUNDS):
            missing = await self._service.rounds.missing(one.commune_id, one.period) if one.open else []
            lines.append(_round_line(ctx, one, len(found.villages), len(missing)))
            if missing:
                label = ctx.t("Nhắc nơi chưa báo {period}", period=named(ctx, one.period)).plain
                buttons.append(Button.to(label, RemindMissing(one.id)))
            if not one.open:
                label = ctx.t("Mở lại {period}", period=named(ctx, one.period)).plain
                buttons.append(Button.to(label, ReopenRound(one.id)))
        ctx.reply(Text.join("\n", lines), buttons)

    async def remind(self, ctx: Context, action: RemindMissing) -> None:
        """Remind those who have not reported, now and not only in the evening; once a day is enough."""
        official = await self._service.official(ctx, Act.ASSIGN_TASKS)
        if official is None:
            return
        found, one = official[0], await self._service.rounds.get(action.round)
        if one is None or one.commune_id != found.commune.id:
            ctx.reply(ctx.t("Không còn kỳ này."))
            return
        async with ctx.changes():
            missing, told = await self._service.rounds.remind(one.id, ctx.now)
            if told:
                details = {"count": len(missing)}
                await self._service.audit.append(
                    found.who.person_id, "round_reminded", f"round:{one.id}", ctx.now, details
                )
            ctx.reply(_reminded(ctx, one, [place.full_name for place in missing], told))

    async def switch(self, ctx: Context, action: SwitchPlan) -> None:
        found, cadence = await self._official(ctx), _cadence(action.cadence)
        if found is None or cadence is None:
            return
        async with ctx.changes():
            if action.on:
                changed = await plans.start(found.commune.id, cadence, ctx.now, self._service.cut_off)
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

    async def take_time(self, ctx: Context) -> None:
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

    async def take_reason(self, ctx: Context) -> None:
        if too_long(ctx, typed(ctx), _LONGEST_REASON):
            return
        found, flow = await self._official(ctx), ctx.flow
        ctx.leave_flow()
        one = None if found is None or flow is None else await self._closed(ctx, found, int(flow.data["round"]))
        if found is None or one is None:
            return
        reason, due_at = typed(ctx), _catch_up(ctx.now)
        async with ctx.changes():
            if not await self._service.rounds.reopen(one.id, reason, due_at, ctx.now):
                ctx.reply(ctx.t("Kỳ này đang mở."))
                return
            await self._service.audit.append(found.who.person_id, "round_reopened", f"round:{one.id}", ctx.now)
            note = ctx.t("✅ Đã mở lại **{period}** đến {due}.", period=named(ctx, one.period), due=_when(due_at))
            await self._show(ctx, found, note)

    async def _closed(self, ctx: Context, found: FigureScope, round_id: int) -> Status | None:
        """Return a closed round of the commune; otherwise say what is wrong."""
        one = await self._service.rounds.get(round_id)
        if one is None or one.commune_id != found.commune.id:
            ctx.reply(ctx.t("Không còn kỳ này."))
        elif one.open:
            ctx.reply(ctx.t("Kỳ này đang mở."))
        else:
            return one
        return None

    async def _official(self, ctx: Context) -> FigureScope | None:
        official = await self._service.official(ctx, Act.CHANGE_SETTINGS)
        return None if official is None else official[0]

    async def _log(self, ctx: Context, found: FigureScope, details: Mapping[str, str | int | bool]) -> None:
        subject = f"unit:{found.commune.code}"
        await self._service.audit.append(found.who.person_id, "rounds_planned", subject, ctx.now, details)


def _round_line(ctx: Context, one: Status, villages: int, missing: int) -> Text:
    of = named(ctx, one.period)
    if not one.open:
        return ctx.t("• {period}: đã khóa sổ, {count} nơi chưa báo.", period=of, count=len(one.missing))
    due, done = _when(one.due_at), villages - missing
    return ctx.t(
        "• {period}: đang mở, hạn {due}, {done}/{all} nơi đã báo.", period=of, due=due, done=done, all=villages
    )


def _reminded(ctx: Context, one: Status, missing: Sequence[str], told: int) -> Text:
    if not one.open:
        return ctx.t("Kỳ {period} đã khóa sổ, không nhắc nữa.", period=named(ctx, one.period))
    if not missing:
        return ctx.t("Các nơi đều đã báo {period}, không cần nhắc.", period=named(ctx, one.period))
    names = ", ".join(missing)
    if not told:
        return ctx.t(
            "Hôm nay đã nhắc rồi, hoặc chưa ai ở các nơi này nhận được tin: {names}. Mời gọi điện, hoặc nhắc lại "
            "ngày mai.",
            names=names,
        )
    return ctx.t("✅ Đã nhắc {count} nơi chưa báo: {names}.", count=len(missing), names=names)


def _plan_line(ctx: Context, rhythm: str, plan: CheckinPlan | None) -> Text:
    if plan is None or not plan.enabled:
        return ctx.t("• {rhythm}: không hỏi.", rhythm=rhythm)
    if not plan.reminders:
        return ctx.t("• {rhythm}: có hỏi, không nhắc.", rhythm=rhythm)
    at = f"{plan.remind_at // 60}:{plan.remind_at % 60:02}"
    return ctx.t("• {rhythm}: có hỏi, nhắc {count} buổi tối lúc {at}.", rhythm=rhythm, count=plan.reminders, at=at)


def _cadence(name: str) -> Cadence | None:
    """Read the cadence of a button, which may be forged; None if there is no such cadence."""
    return next((one for one in CADENCES if one == name), None)


def _minute(text: str) -> int | None:
    """Return minutes after midnight; None for words that are no possible time of a reminder."""
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    minute = int(found[1]) * 60 + int(found[2] or 0)
    return minute if EARLIEST <= minute <= LATEST and int(found[2] or 0) < 60 else None


def _catch_up(now: datetime) -> datetime:
    """Return the end of a reopened round: 16:00 of the second working day."""
    day, left = periods.today(now), _DAYS_TO_CATCH_UP
    while left:
        day += timedelta(days=1)
        left -= periods.is_working(day)
    return periods.moment(day, periods.WEEK_DUE)


def _when(at: datetime) -> str:
    return f"{at.astimezone(periods.VIETNAM):%H:%M %d/%m}"


def build(conversation: RoundConversation) -> Router:
    router = Router()
    router.command("dotbaocao", "đợt báo cáo", "lịch báo cáo", "kỳ báo cáo")(conversation.command)
    router.action(ShowPlans)(conversation.show)
    router.action(SwitchPlan)(conversation.switch)
    router.action(PickReminders)(conversation.pick_reminders)
    router.action(SetReminders)(conversation.set_reminders)
    router.action(AskRemindAt)(conversation.ask_time)
    router.action(RemindMissing)(conversation.remind)
    router.action(ReopenRound)(conversation.ask_reason)
    router.step(FLOW, TIME, TextSent)(conversation.take_time)
    router.step(FLOW, REASON, TextSent, prose=True)(conversation.take_reason)
    return router
