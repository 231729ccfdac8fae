"""`/lichloa`: when the loudspeakers of a village speak and who presses play; all villages for the officials."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.core.context import Context
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text, fold, upper_first
from bot.features import people
from bot.features.audit import Audit
from bot.features.checkins.periods import today
from bot.features.checkins.scope import Scope, scope
from bot.features.loudspeaker import plans
from bot.features.loudspeaker.actions import DropPlan, NotMe, ShowPlan, ShowPlays, WritePlan
from bot.features.loudspeaker.plan_letters import PlanLetters
from bot.features.loudspeaker.plan_words import read
from bot.features.loudspeaker.plans import Plan
from bot.features.loudspeaker.village_words import named
from bot.features.units import Place

from .inviting import account_of, in_private, to_menu
from .loudspeaker_planning import EXAMPLE, PlanWriting
from .nearby import village_asked

_BEGINS = ("loa ", "phat loa ", "cum loa ", "dat loa ", "dat gio loa ")
Home = Callable[[Context], Awaitable[Place | None]]


class PlanTalk:
    """`home` is the village that a resident named in a private chat."""

    def __init__(self, writing: PlanWriting, letters: PlanLetters, audit: Audit, home: Home) -> None:
        self._writing = writing
        self._letters = letters
        self._audit = audit
        self._home = home

    async def command(self, ctx: Context) -> None:
        """Alone it shows, with days or hours it sets, with a village it shows that one."""
        words = ctx.args.strip()
        found = await self._scope(ctx)
        if words and found is not None:
            meant = named(words, found.villages)
            said = read(meant.rest)
            if said.days or said.slots:
                if in_private(ctx):
                    await self._writing.take(ctx, words, found)
                return
            if len(meant.places) == 1:
                await self.show(ctx, ShowPlan(meant.places[0].code))
                return
        await self.show(ctx, ShowPlan(""))

    async def understand(self, ctx: Context, words: str) -> bool:
        """“loa thôn Đông phát thứ 2, 4, 6 lúc 5 giờ 30”; without days it is a figure or a question of somebody else."""
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
        """Everybody may know when their loudspeaker speaks; who presses play is for those who work with it."""
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
                said = ctx.t("Tôi chưa biết bác ở thôn nào. Bác gõ “thôn của tôi” trước giúp tôi.")
                ctx.reply(said, to_menu(ctx) if ctx.private else ())
                return
            await self._card(ctx, home, found)

    async def _card(self, ctx: Context, place: Place, found: Scope | None) -> None:
        own = await plans.of_village(place.id, today(ctx.now))
        sets = ctx.private and (await self._writing.may(ctx, place.id)).allowed
        named_too = ctx.private and (sets or (found is not None and place in found.own))
        lines = [ctx.t("**Lịch loa {village}**", village=place.full_name)]
        lines += [ctx.t("• {plan}", plan=self._line(ctx, one, named_too)) for one in own]
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

    async def _overview(self, ctx: Context, found: Scope) -> None:
        """For the officials: every village, those without a plan last."""
        planned = await plans.of_each([one.id for one in found.villages], today(ctx.now))
        lines = [ctx.t("**Lịch loa các thôn của {commune}**", commune=found.commune.full_name)]
        lines += [
            ctx.t("• {village}: {plan}", village=place.full_name, plan=self._line(ctx, one, True))
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

    def _line(self, ctx: Context, one: Plan, named_too: bool) -> Text:
        line = one.when.told(ctx.t, ctx.locale)
        if one.spot:
            line = ctx.t("{spot}: {when}", spot=one.spot, when=line)
        if named_too:
            player = one.player or ctx.word("chưa ghi")
            line = ctx.t("{when}. Người bật: {player}", when=line, player=player)
        return line

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
                "Đã bỏ lịch loa {village}: {plan}.", village=place.full_name, plan=self._line(ctx, plan, False)
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
                await self._letters.declined(plan, place, who.person_id, ctx.now)
            ctx.reply(ctx.t("Vâng, tôi không nhắc bác bật loa nữa. Tôi đã báo Tổ trưởng."), to_menu(ctx))

    async def _scope(self, ctx: Context) -> Scope | None:
        return await scope(account_of(ctx), None if ctx.private else ctx.chat.id, ctx.now)


def build(talk: PlanTalk) -> Router:
    router = Router()
    router.command(
        "lichloa", "lịch loa", "lịch phát loa", "đặt lịch loa", "lịch truyền thanh", "giờ phát loa", takes_args=True
    )(talk.command)
    router.action(ShowPlan)(talk.show)
    router.action(DropPlan)(talk.drop)
    router.action(NotMe)(talk.not_me)
    return router
