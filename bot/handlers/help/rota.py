"""The duty rota by weekday, set by those who give out tasks; on a day without an entry everybody is on duty."""

from __future__ import annotations

from bot.core.context import Context
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text
from bot.features import rights, units
from bot.features.help import roster
from bot.features.help.actions import PutOnDuty, ShowRota, ShowRotaDay
from bot.features.people import people
from bot.features.people.people import Who
from bot.features.rights import Act
from bot.features.units import Place
from bot.handlers.kit.speaker import account_of, in_private, to_menu
from bot.i18n import msg

DAYS = (msg("Thứ Hai"), msg("Thứ Ba"), msg("Thứ Tư"), msg("Thứ Năm"), msg("Thứ Sáu"), msg("Thứ Bảy"), msg("Chủ nhật"))


class RotaConversation:
    async def show(self, ctx: Context, action: ShowRota) -> None:
        """Show the week of a unit; for "" that of the presser's own unit, or ask for it."""
        if not in_private(ctx):
            return
        who = await people.who(account_of(ctx), ctx.now)
        place = await units.get(action.unit) if action.unit else await self._own(ctx, who)
        if place is None or not await self._may(ctx, who, place):
            return
        names = {entry.person_id: entry.name for entry in await roster.helpers(place.id, ctx.now)}
        rota = await roster.rota(place.id)
        lines = [ctx.t("**Lịch trực giúp bà con**, {unit}:", unit=place.full_name)]
        for weekday, label in enumerate(DAYS):
            on = [names[person_id] or "–" for person_id in sorted(rota.get(weekday, ())) if person_id in names]
            lines.append(
                ctx.t("• {day}: {names}", day=ctx.word(label), names=", ".join(on) or ctx.word("cả Tổ, lần lượt"))
            )
        buttons = [Button.to(ctx.word(label), ShowRotaDay(place.code, at)) for at, label in enumerate(DAYS)]
        ctx.reply(Text.join("\n", lines), [*buttons, *to_menu(ctx)], rows=(4, 3))

    async def show_day(self, ctx: Context, action: ShowRotaDay) -> None:
        place = await self._entrance(ctx, action.unit, action.weekday)
        if place is not None:
            await self._day(ctx, place, action.weekday)

    async def put(self, ctx: Context, action: PutOnDuty) -> None:
        """Put a person on or off duty; the button holds the target state, so pressing twice changes nothing more."""
        place = await self._entrance(ctx, action.unit, action.weekday)
        if place is None:
            return
        able = {entry.person_id for entry in await roster.helpers(place.id, ctx.now)}
        async with ctx.changes():
            if action.person in able or not action.on:
                await roster.put(place.id, action.weekday, action.person, on=action.on)
            await self._day(ctx, place, action.weekday)

    async def _day(self, ctx: Context, place: Place, weekday: int) -> None:
        on = await roster.on_duty_on(place.id, weekday)
        entries = await roster.helpers(place.id, ctx.now)
        buttons = [
            Button.to(
                f"{'✅' if entry.person_id in on else '▫️'} {entry.name or '–'}",
                PutOnDuty(place.code, weekday, entry.person_id, entry.person_id not in on),
            )
            for entry in entries
        ]
        text = ctx.t(
            "{day}, {unit}: bác chọn người trực. Không chọn ai thì cả Tổ giúp lần lượt.",
            day=ctx.word(DAYS[weekday]),
            unit=place.full_name,
        )
        ctx.replace(text, [*buttons, Button.to(ctx.word("Cả tuần"), ShowRota(place.code)), *to_menu(ctx)])

    async def _entrance(self, ctx: Context, unit: str, weekday: int) -> Place | None:
        if not in_private(ctx):
            return None
        who = await people.who(account_of(ctx), ctx.now)
        place = await units.get(unit)
        if place is None or not 0 <= weekday < len(DAYS):
            ctx.reply(ctx.t("Tôi không có nơi này. Bác chọn lại giúp tôi."), to_menu(ctx))
            return None
        return place if await self._may(ctx, who, place) else None

    async def _may(self, ctx: Context, who: Who, place: Place) -> bool:
        decision = await rights.decide(who, Act.ASSIGN_TASKS, place.id, on=ctx.now)
        if not decision.allowed:
            ctx.reply(ctx.t(decision.why), to_menu(ctx))
        return decision.allowed

    async def _own(self, ctx: Context, who: Who) -> Place | None:
        """Return the unit in which they give out tasks; ask if there are several, say why not if there is none."""
        found: dict[int, Place] = {}
        for grant in who.grants:
            place = None if grant.unit_id is None else await units.by_id(grant.unit_id)
            if place is not None and (await rights.decide(who, Act.ASSIGN_TASKS, place.id, on=ctx.now)).allowed:
                found[place.id] = place
        if len(found) > 1:
            buttons = [Button.to(place.full_name, ShowRota(place.code)) for place in found.values()]
            ctx.reply(ctx.t("Bác xem lịch trực của nơi nào?"), [*buttons, *to_menu(ctx)])
        elif not found:
            decision = await rights.decide(who, Act.ASSIGN_TASKS, None, on=ctx.now)
            ctx.reply(ctx.t(decision.why or "Tôi không có nơi này. Bác chọn lại giúp tôi."), to_menu(ctx))
        return next(iter(found.values())) if len(found) == 1 else None


def build(conversation: RotaConversation) -> Router:
    router = Router()
    router.action(ShowRota)(conversation.show)
    router.action(ShowRotaDay)(conversation.show_day)
    router.action(PutOnDuty)(conversation.put)
    return router
