"""The work of a commune's volunteers, for the secretary of the youth union: their hours, and visits without names."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text
from bot.features import rights, units
from bot.features.people import people
from bot.features.people.people import Who
from bot.features.rights import Act
from bot.features.rights.table import DEPUTY, LEADER, OFFICIALS, VOLUNTEER, YOUTH
from bot.features.units import Place
from bot.features.visits import log as visits
from bot.features.visits.log import OUTCOMES, Visit
from bot.handlers.kit.speaker import account_of, in_private, reach, to_menu
from bot.handlers.people.inviting import PickRole
from bot.handlers.people.roster import ShowRoster
from bot.i18n import short_date

from .log import days_of, hours, month_before, month_of, sum_line, with_stage

_SHOWN = 30


class ShowVolunteers(Action, code="ghv"):
    """Show the volunteers' work in a month (`2026-11`) for a commune code; "" is the presser's own."""

    unit: str
    month: str


class VolunteerConversation:
    async def menu_items(self, ctx: Context) -> Sequence[Button]:
        if not ctx.private or not (await people.who(account_of(ctx), ctx.now)).has(YOUTH):
            return []
        return [Button.to(ctx.word("Đoàn viên tình nguyện"), ShowVolunteers("", month_of(ctx)))]

    async def first(self, ctx: Context) -> bool:
        """Show the volunteers' log for “nhật ký” of their secretary, who notes no visits and leads nothing."""
        who = await people.who(account_of(ctx), ctx.now)
        if not ctx.private or not who.has(YOUTH) or who.has(LEADER, DEPUTY, *OFFICIALS) or visits.role_of(who):
            return False
        await self.show(ctx, ShowVolunteers("", month_of(ctx)))
        return True

    async def show(self, ctx: Context, action: ShowVolunteers) -> None:
        days = days_of(action.month)
        if not in_private(ctx) or days is None:
            return
        who = await people.who(account_of(ctx), ctx.now)
        places = await self._communes(ctx, who)
        place = next((one for one in places if action.unit in ("", one.code)), None)
        if place is None:
            ctx.reply(ctx.t("Nhật ký của đoàn viên tình nguyện chỉ mở cho Bí thư Đoàn xã."), to_menu(ctx))
            return
        names = {one.id: one.full_name for one in (place, *await units.descendants(place.id, days[1]))}
        found = [one for one in await visits.of_units(list(names), *days) if one.role == VOLUNTEER]
        lines = [
            ctx.t(
                "**Đoàn viên tình nguyện, {unit}, tháng {month}:** {visits} lượt, {people} người, {hours} giờ.",
                unit=place.full_name, month=f"{days[0]:%m/%Y}", visits=len(found),
                people=sum(one.people for one in found), hours=hours(ctx, sum(one.minutes for one in found)),
            )
        ]  # fmt: skip
        lines += [sum_line(ctx, one) for one in visits.sums(found)]
        if found:
            lines.append(ctx.t("Các lượt, mới nhất trước:"))
        lines += [self._visit(ctx, one, names) for one in reversed(found[-_SHOWN:])]
        if len(found) > _SHOWN:
            lines.append(ctx.t("Và {count} lượt trước đó.", count=len(found) - _SHOWN))
        buttons = [
            Button.to(ctx.word("Tháng trước"), ShowVolunteers(place.code, month_before(days[0]))),
            Button.to(ctx.word("Mời đoàn viên"), PickRole(VOLUNTEER)),
            Button.to(ctx.word("Ai đang giúp"), ShowRoster("")),
        ]
        ctx.reply(Text.join("\n", lines), [*buttons, *to_menu(ctx)])

    def _visit(self, ctx: Context, one: Visit, names: dict[int, str]) -> Text:
        """Put a visit in words without its helper: they are in the sums above, and the list is for the work."""
        return ctx.t(
            "• {day}, {unit}: {topic}, {count} người, {outcome}",
            day=short_date(one.day, ctx.locale), unit=names[one.unit_id], topic=with_stage(ctx, one),
            count=one.people, outcome=ctx.word(OUTCOMES[one.outcome]),
        )  # fmt: skip

    async def _communes(self, ctx: Context, who: Who) -> list[Place]:
        return [
            place
            for place in await reach(ctx, who, {YOUTH})
            if place.level == "commune" and (await rights.decide(who, Act.LOG_VISIT, place.id, on=ctx.now)).allowed
        ]


def build(conversation: VolunteerConversation) -> Router:
    router = Router()
    router.action(ShowVolunteers)(conversation.show)
    return router
