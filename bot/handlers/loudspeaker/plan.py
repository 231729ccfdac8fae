"""`/lichloa`: when the loudspeakers of a village speak and who presses play; all villages for the officials."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.core.context import Context
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text, fold, upper_first
from bot.features.audit import Audit
from bot.features.calendar.vietnam import today
from bot.features.checkins.scope import FigureScope, scope
from bot.features.loudspeaker import plans
from bot.features.loudspeaker.actions import DropPlan, NotMe, ShowPlan, ShowPlays, WritePlan
from bot.features.loudspeaker.plan_notices import PlanNotices
from bot.features.loudspeaker.plan_words import read
from bot.features.loudspeaker.village_words import named
from bot.features.people import people
from bot.features.units import Place
from bot.handlers.kit.speaker import account_of, in_private, to_menu
from bot.handlers.kit.village import village_asked

from .planning import EXAMPLE, PlanWriting
from .wording import line_of

_BEGINS = ("loa ", "phat loa ", "cum loa ", "dat loa ", "dat gio loa ")
Home = Callable[[Context], Awaitable[Place | None]]


class LoudspeakerPlanConversation:
    """`home` is the village that a resident named in a private chat."""

    def __init__(self, writing: PlanWriting, notices: PlanNotices, audit: Audit, home: Home) -> None:
        self._writing = writing
        self._notices = notices
        self._audit = audit
        self._home = home

    async def command(self, ctx: Context) -> None:
        """Show the plan; with days or hours set it, with a village show that one."""
        words = ctx.args.strip()
        found = await self._scope(ctx)
        if words and found is not None:
            meant = named(words, found.villages)
            parts = read(meant.rest)
            if parts.days or parts.slots:
                if in_private(ctx):
                    await self._writing.take(ctx, words, found)
                return
            if len(meant.places) == 1:
                await self.show(ctx, ShowPlan(meant.places[0].code))
                return
        await self.show(ctx, ShowPlan(""))

    async def understand(self, ctx: Context, words: str) -> bool:
        """Set a plan from “loa thôn Đông phát thứ 2, 4, 6 lúc 5 giờ 30”.

        Return False without days: then it is a figure, or a question for another family.
        """
        begins = next((one for one in _BEGINS if fold(words).startswith(one)), "")
        found = await self._scope(ctx) if begins else None
        if found is None:
            return False
        rest = " ".join(words.split()[len(begins.split()) :])
        if not read(named(rest, found.villages).rest).whole:
            return False
        if in_private(ctx):
            await self._writing.take(ctx, rest, found)
        return True

    async def show(self, ctx: Context, action: ShowPlan) -> None:
        """Show the plan to everybody; the names of those who press play only to those who work with it."""
        found = await self._scope(ctx)
        place = await village_asked(ctx, action.unit, found)
        if place is not None:
            await self._card(ctx, place, found)
        elif found is not None and ctx.private and (await self._writing.may(ctx, found.commune.id)).allowed:
            await self._overview(ctx, found)
        elif found is not None and found.own and ctx.private:
            for own in found.own:
                await self._card(ctx, own, found)
        else:
            home = await self._home(ctx)
            if home is None:
                reply = ctx.t("Tôi chưa biết bác ở thôn nào. Bác gõ “thôn của tôi” trước giúp tôi.")
                ctx.reply(reply, to_menu(ctx) if ctx.private else ())
                return
            await self._card(ctx, home, found)

    async def _card(self, ctx: Context, place: Place, found: FigureScope | None) -> None:
        own = await plans.of_village(place.id, today(ctx.now))
        sets = ctx.private and (await self._writing.may(ctx, place.id)).allowed
        named_too = ctx.private and (sets or (found is not None and place in found.own))
        lines = [ctx.t("**Lịch loa {village}**", village=place.full_name)]
        lines += [ctx.t("• {plan}", plan=line_of(ctx, one, named_too=named_too)) for one in own]
        if not own:
            lines = [ctx.t("{village} chưa có lịch phát loa.", village=upper_first(place.full_name))]
        buttons: list[Button] = []
        if sets:
            lines.append(ctx.t("Đặt hay sửa, bác gõ: lịch loa {example}", example=ctx.word(EXAMPLE)))
            buttons.append(Button.to(ctx.word("Sửa lịch") if own else ctx.word("Đặt lịch"), WritePlan(place.code)))
            for one in own:
                label = ctx.word("Bỏ lịch") + (f": {one.spot}" if one.spot else "")
                buttons.append(Button.to(label, DropPlan(one.id, one.version)))
        who = await people.who(account_of(ctx), ctx.now)
        if ctx.private:
            mine = [one for one in own if one.player_id is not None and one.player_id == who.person_id]
            buttons += [Button.to(ctx.word("Tôi không bật loa"), NotMe(one.id)) for one in mine]
            buttons += to_menu(ctx)
        ctx.reply(Text.join("\n", lines), buttons)

    async def _overview(self, ctx: Context, found: FigureScope) -> None:
        """Show the officials every village, those without a plan last."""
        planned = await plans.of_each([one.id for one in found.villages], today(ctx.now))
        lines = [ctx.t("**Lịch loa các thôn của {commune}**", commune=found.commune.full_name)]
        lines += [
            ctx.t("• {village}: {plan}", village=place.full_name, plan=line_of(ctx, one, named_too=True))
            for place in found.villages
            for one in planned[place.id]
        ]
        without = [place.full_name for place in found.villages if not planned[place.id]]
        if without:
            lines.append(ctx.t("Chưa có lịch: {villages}.", villages=", ".join(without)))
        lines.append(ctx.t("Xem hay sửa một thôn, bác gõ “lịch loa” và tên thôn."))
        buttons = [
            Button.to(ctx.word("Đặt lịch"), WritePlan("")),
            Button.to(ctx.word("Nhật ký phát loa"), ShowPlays()),
        ]
        ctx.reply(Text.join("\n", lines), [*buttons, *to_menu(ctx)])

    async def drop(self, ctx: Context, action: DropPlan) -> None:
        plan = await plans.get(action.plan)
        if plan is None or not in_private(ctx):
            if ctx.private:
                ctx.reply(ctx.t("Lịch này đã bỏ rồi."), to_menu(ctx))
            return
        decision = await self._writing.may(ctx, plan.unit_id)
        place = await plans.place_of(plan, today(ctx.now))
        if not decision.allowed or place is None:
            ctx.reply(ctx.t(decision.why or "Lịch này đã bỏ rồi."), to_menu(ctx))
            return
        who = await people.who(account_of(ctx), ctx.now)
        async with ctx.changes():
            again = Button.to(ctx.word("Xem lịch loa"), ShowPlan(place.code))
            if not await plans.drop(plan.id, action.version):
                ctx.reply(ctx.t("Lịch này vừa có người đổi. Bác xem lịch mới rồi sửa giúp tôi."), [again])
                return
            await self._audit.append(
                who.person_id, "loudspeaker_plan_dropped", f"unit:{plan.unit_id}", ctx.now, {"plan": plan.id}
            )
            told = ctx.t(
                "Đã bỏ lịch loa {village}: {plan}.", village=place.full_name, plan=line_of(ctx, plan, named_too=False)
            )
            ctx.reply(told, [again, *to_menu(ctx)])

    async def not_me(self, ctx: Context, action: NotMe) -> None:
        who = await people.who(account_of(ctx), ctx.now)
        plan = await plans.get(action.plan)
        place = None if plan is None else await plans.place_of(plan, today(ctx.now))
        if plan is None or place is None or who.person_id is None or plan.player_id != who.person_id:
            ctx.reply(ctx.t("Bác không còn là người bật loa trong lịch này."), to_menu(ctx))
            return
        async with ctx.changes():
            if await plans.decline(plan.id, plan.version, who.person_id):
                await self._notices.declined(plan, place, who.person_id, ctx.now)
            ctx.reply(ctx.t("Vâng, tôi không nhắc bác bật loa nữa. Tôi đã báo Tổ trưởng."), to_menu(ctx))

    async def _scope(self, ctx: Context) -> FigureScope | None:
        return await scope(account_of(ctx), None if ctx.private else ctx.chat.id, ctx.now)


def build(conversation: LoudspeakerPlanConversation) -> Router:
    router = Router()
    router.command(
        "lichloa", "lịch loa", "lịch phát loa", "đặt lịch loa", "lịch truyền thanh", "giờ phát loa", takes_args=True
    )(conversation.command)
    router.action(ShowPlan)(conversation.show)
    router.action(DropPlan)(conversation.drop)
    router.action(NotMe)(conversation.not_me)
    return router
