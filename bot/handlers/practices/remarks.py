"""Remarks on a period's report by leaders, the steering committee and observers; the figures stay as they are."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.events import TextSent
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text, upper_first
from bot.features import rights, units
from bot.features.audit import Audit
from bot.features.calendar.periods import CutOff, Period
from bot.features.calendar.vietnam import today
from bot.features.notices.mail import Mail
from bot.features.people import people
from bot.features.people.people import Who
from bot.features.practices import remarks
from bot.features.reports import ReportError, spans
from bot.features.reports.access import access, reach
from bot.features.reports.figures import period_title
from bot.features.rights.table import LEADER, OFFICER
from bot.features.units import Place
from bot.handlers.kit.speaker import account_of, in_private, to_menu
from bot.handlers.kit.typed import too_long, typed
from bot.i18n import msg

FLOW, TEXT = "remark", "text"
_NOT_YOURS = msg("Việc góp ý báo cáo là của lãnh đạo xã, Ban chỉ đạo, Thường trực Đảng ủy, HĐND và quan sát viên.")


class RemarkOn(Action, code="gyu"):
    """On a report of a unit; "" asks for it."""

    unit: str


class RemarkAbout(Action, code="gyk"):
    unit: str
    period: str


class RemarkConversation:
    def __init__(self, mail: Mail, audit: Audit, cut_off: CutOff = "calendar") -> None:
        self._cut_off: CutOff = cut_off
        self._mail = mail
        self._audit = audit

    async def command(self, ctx: Context) -> None:
        await self.pick_unit(ctx, RemarkOn(""))

    async def pick_unit(self, ctx: Context, action: RemarkOn) -> None:
        if not in_private(ctx):
            return
        who = await people.who(account_of(ctx), ctx.now)
        places = await self._places(ctx, who)
        if not places:
            return
        place = next((one for one in places if one.code == action.unit), places[0] if len(places) == 1 else None)
        if place is None:
            buttons = [Button.to(one.full_name, RemarkOn(one.code)) for one in places]
            ctx.reply(ctx.t("Bác góp ý báo cáo của nơi nào?"), [*buttons, *to_menu(ctx)])
            return
        buttons = [
            Button.to(upper_first(period_title(one)), RemarkAbout(place.code, one.name))
            for one in spans.offered(today(ctx.now), self._cut_off)
        ]
        ctx.reply(ctx.t("Báo cáo của **{unit}**, kỳ nào?", unit=place.full_name), [*buttons, *to_menu(ctx)])

    async def pick_period(self, ctx: Context, action: RemarkAbout) -> None:
        """Show the earlier remarks, and ask for one."""
        found = await self._allowed(ctx, action.unit, action.period)
        if found is None:
            return
        _, _, place, of = found
        texts = await remarks.about(place.id, of.name)
        lines = [ctx.t("• {role}: {text}", role=ctx.word(rights.ROLES[one.role]), text=one.text) for one in texts]
        asked = ctx.t("Bác gõ góp ý về báo cáo {period} của {unit}.", period=period_title(of), unit=place.full_name)
        ctx.wait_for(FLOW, TEXT, {"unit": place.code, "period": of.name})
        ctx.reply(Text.join("\n", [*lines, asked]), expects="text")

    async def take_answer(self, ctx: Context) -> None:
        flow, words = ctx.flow, typed(ctx)
        if flow is None or not words:
            return
        if too_long(ctx, words, remarks.LONGEST):
            return
        ctx.leave_flow()
        found = await self._allowed(ctx, flow.data["unit"], flow.data["period"])
        if found is None:
            return
        who, role, place, of = found
        async with ctx.changes():
            made = await remarks.write(place.id, of, role, words, author=who.person_id, now=ctx.now)
            details: dict[str, str | int | bool] = {"unit": place.id, "role": role}
            await self._audit.append(who.person_id, "remark_written", f"remark:{made.id}", ctx.now, details)
            text = self._mail.t(
                "**{role}** góp ý báo cáo {period} của {unit}:\n“{text}”",
                role=self._mail.word(rights.ROLES[role]), period=period_title(of), unit=place.full_name, text=words,
            )  # fmt: skip
            told = [one for one in await self._concerned(ctx, place) if one != who.person_id]
            await self._mail.tell_all(told, text, key=f"gy{made.id}", now=ctx.now)
            ctx.reply(
                ctx.t("✅ Đã ghi góp ý vào báo cáo và gửi cho người phụ trách. Số liệu giữ nguyên."), to_menu(ctx)
            )

    async def _concerned(self, ctx: Context, place: Place) -> Sequence[int]:
        """Return the officers of the commune, and the leaders of the village in question."""
        commune = await units.commune_of(place.id)
        officers = [] if commune is None else await people.holders(OFFICER, commune.id, ctx.now)
        return [one.person_id for one in (*officers, *await people.holders(LEADER, place.id, ctx.now))]

    async def _places(self, ctx: Context, who: Who) -> Sequence[Place]:
        """Return the units on whose reports somebody may remark; otherwise say who may."""
        places = await reach(who, ctx.now) if remarks.role_of(who) is not None else []
        if not places:
            ctx.reply(ctx.t(_NOT_YOURS), to_menu(ctx))
        return places

    async def _allowed(self, ctx: Context, code: str, period: str) -> tuple[Who, str, Place, Period] | None:
        if not in_private(ctx):
            return None
        who, place = await people.who(account_of(ctx), ctx.now), await units.get(code)
        role = remarks.role_of(who)
        try:
            of = spans.named(period, self._cut_off)
        except ReportError:
            of = None
        if role is None:
            ctx.reply(ctx.t(_NOT_YOURS), to_menu(ctx))
        elif place is None or of is None:
            await self.pick_unit(ctx, RemarkOn(""))
        elif not (found := await access(who, place, ctx.now)).allowed:
            ctx.reply(ctx.t(found.why), to_menu(ctx))
        else:
            return who, role, place, of
        return None


def build(conversation: RemarkConversation) -> Router:
    router = Router()
    router.command("gopybaocao", "góp ý báo cáo", "ý kiến chỉ đạo")(conversation.command)
    router.action(RemarkOn)(conversation.pick_unit)
    router.action(RemarkAbout)(conversation.pick_period)
    router.step(FLOW, TEXT, TextSent, prose=True)(conversation.take_answer)
    return router
