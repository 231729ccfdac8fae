"""One's own tasks: taking, refusing, handing over, done; and the list of what there is to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.core.context import Context
from bot.core.events import TextSent
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text, fold
from bot.features.at_once import at_once, each
from bot.features.calendar.vietnam import VIETNAM
from bot.features.people import people
from bot.features.people.people import Who
from bot.features.tasks import board
from bot.features.tasks.actions import FinishTask, HandOver, NewTask, OpenTask, OpenWork, RefuseTask, TakeTask
from bot.features.tasks.model import LONGEST_NOTE, STATES, Task
from bot.features.tasks.notices import card_of, doer_buttons
from bot.features.tasks.notices import name_of as name_by_id
from bot.features.tasks.team import team
from bot.handlers.kit.hooks import MenuItems
from bot.handlers.kit.speaker import account_of, in_private, to_menu
from bot.handlers.kit.typed import answer, too_long
from bot.handlers.people.accounts import ShowDuty
from bot.i18n import weekday_date

from .common import FLOW, SKIP, TaskService, label, leads_anywhere, led, name_of, near_units, own, words_of

REASON, RESULT = "reason", "result"
_WORDS = (
    "việc của tổ", "việc tổ", "việc của thôn", "việc tuần này", "việc hôm nay", "có việc gì không", "tôi có việc gì",
    "em có việc gì", "việc đến đâu rồi", "việc nào chưa xong", "ai chưa xong việc", "xem việc",
)  # fmt: skip
_SHOWN = 8


class TaskConversation:
    """`more` adds the buttons of other work to the list."""

    def __init__(self, service: TaskService, more: Iterable[MenuItems] = ()) -> None:
        self.service = service
        self._more = more

    async def menu_items(self, ctx: Context) -> Sequence[Button]:
        """Return a button of the menu for those who work in a team or give tasks."""
        if not ctx.private:
            return []
        who = await people.who(account_of(ctx), ctx.now)
        has = await own(ctx, who) or await leads_anywhere(who, ctx.now)
        return [Button.to(ctx.word("Công việc"), OpenWork())] if has else []

    async def first(self, ctx: Context) -> bool:
        """Show the tasks, if there are any, before one's duties; return whether that was the answer."""
        who = await people.who(account_of(ctx), ctx.now)
        if who.person_id is None or not await self._to_show(ctx, who):
            return False
        await self._list(ctx, who)
        return True

    async def command(self, ctx: Context) -> None:
        await self.open_work(ctx, OpenWork())

    async def open_work(self, ctx: Context, action: OpenWork) -> None:
        if not in_private(ctx):
            return
        await self._list(ctx, await people.who(account_of(ctx), ctx.now))

    async def _list(self, ctx: Context, who: Who) -> None:
        shown = await self._to_show(ctx, who)
        places = await led(ctx, who)
        lines = [ctx.t("**Công việc**, gấp nhất trước:") if shown else ctx.t("Bác chưa có việc nào đang chờ.")]
        lines += await each([self._line(ctx, one, who) for one in shown])
        buttons = [Button.to(ctx.word("Mở số") + f" {one.id}", OpenTask(one.id)) for one in shown]
        if places:
            buttons.append(Button.to(ctx.word("Giao việc mới"), NewTask(places[0].code if len(places) == 1 else "")))
        buttons += [button for add in self._more for button in await add(ctx)]
        if who.grants:
            buttons.append(Button.to(ctx.word("Nhiệm vụ theo vai trò"), ShowDuty(who.grants[0].role, 0)))
        ctx.reply(Text.join("\n", lines), [*buttons, *to_menu(ctx)])

    async def _to_show(self, ctx: Context, who: Who) -> list[Task]:
        """Return one's own tasks first, then those open to anybody, then those of others for their leader."""
        if who.person_id is None:
            return []
        known_units = await near_units(ctx, who)
        mine, leads, alive = await at_once(
            board.of_person(who.person_id), led(ctx, who), board.of_units([one.id for one in known_units])
        )
        led_ids = {one.id for one in leads}
        own_ids = {one.id for one in await own(ctx, who)} - led_ids
        open_ = [one for one in alive if one.unit_id in own_ids and one.state == "open"]
        others = [*open_, *(one for one in alive if one.unit_id in led_ids)]
        known = {one.id for one in mine}
        return [*mine, *(one for one in others if one.id not in known)][:_SHOWN]

    async def _line(self, ctx: Context, one: Task, who: Who) -> Text:
        late = ctx.t(" **quá hạn**") if one.late(ctx.now.astimezone(VIETNAM).date()) else Text()
        doer = ctx.word("việc của bác") if one.doer_id == who.person_id else ""
        if not doer and one.doer_id is not None:
            doer = await name_by_id(one.doer_id) or ctx.word("một người")
        line = ctx.t(
            "• Số {id} ({state}), hạn {due}",
            id=one.id,
            state=ctx.word(STATES[one.state]) + (f", {doer}" if doer else ""),
            due=weekday_date(one.due_on, ctx.locale),
        )
        source = ctx.t(" ({source})", source=str(one.source)) if one.source else Text()
        return line + late + ctx.t(": {title}", title=one.title[:100]) + source

    async def open(self, ctx: Context, action: OpenTask) -> None:
        seen = await self.service.seen(ctx, action.task, None)
        if seen is not None:
            await self.service.show(ctx, seen)

    async def take(self, ctx: Context, action: TakeTask) -> None:
        seen = await self.service.seen(ctx, action.task, action.version)
        if seen is None:
            return
        if seen.task.state == "given" and not seen.mine:
            await self.service.refused(ctx, seen)
            return
        async with ctx.changes():
            if not await board.take(seen.task, seen.person_id, ctx.now):
                await self.service.newer(ctx, seen)
                return
            one = await board.get(seen.task.id)
            if one is None:
                return
            if one.giver_id != seen.person_id:
                await self.service.notices.taken(one, name_of(ctx, seen.who), ctx.now)
            reply = ctx.t("✅ {name} đã nhận việc này.", name=name_of(ctx, seen.who))
            card = await card_of(one, words_of(ctx), ctx.now)
            ctx.replace(Text.join("\n", [reply, card]), doer_buttons(one, words_of(ctx)))

    async def refuse(self, ctx: Context, action: RefuseTask) -> None:
        seen = await self.service.held(ctx, action.task, action.version)
        if seen is not None:
            ctx.wait_for(FLOW, REASON, {"task": str(action.task), "version": str(action.version)})
            ctx.reply(ctx.t("Vì sao chưa làm được? Bác gõ một câu, tôi báo lại người giao."), expects="text")

    async def take_reason(self, ctx: Context) -> None:
        data, words = answer(ctx)
        if too_long(ctx, words, LONGEST_NOTE):
            return
        ctx.leave_flow()
        seen = await self.service.held(ctx, int(data["task"]), int(data["version"]))
        if seen is None:
            return
        async with ctx.changes():
            one = await board.get(seen.task.id) if await board.refuse(seen.task, words, ctx.now) else None
            if one is None:
                await self.service.newer(ctx, seen)
                return
            await self.service.notices.returned(one, ctx.now)
            ctx.reply(ctx.t("Tôi đã báo lại người giao việc. Cảm ơn bác đã nói sớm."), to_menu(ctx))

    async def hand(self, ctx: Context, action: HandOver) -> None:
        """Pass the task to a colleague of the same team, who has to take it in turn."""
        seen = await self.service.held(ctx, action.task, action.version)
        if seen is None:
            return
        if seen.task.outside:
            ctx.reply(ctx.t("Việc này xã giao riêng cho bác. Bác chọn “Chưa làm được” để báo xã."))
            return
        colleagues = [one for one in await team(seen.task.unit_id, ctx.now) if one.person_id != seen.person_id]
        other = next((one for one in colleagues if one.person_id == action.person), None)
        if other is None:
            if not colleagues:
                ctx.reply(ctx.t("Tổ chưa có ai khác để chuyển. Bác chọn “Chưa làm được” để báo người giao."))
                return
            asked = ctx.t("Bác chuyển cho ai?")
            if action.person:
                asked = ctx.t("Người này không còn trong Tổ của thôn, bác chọn người khác giúp tôi.")
            ctx.reply(
                asked,
                [
                    Button.to(label(ctx, one), HandOver(action.task, action.version, one.person_id))
                    for one in colleagues
                ],
            )
            return
        async with ctx.changes():
            moved = await board.hand_over(seen.task, other.person_id, ctx.now)
            one = await board.get(seen.task.id)
            if not moved or one is None:
                await self.service.newer(ctx, seen)
                return
            await self.service.notices.to_doer(one, ctx.now)
            ctx.replace(
                ctx.t(
                    "Đã chuyển việc “{title}” cho {name}.", title=one.title, name=other.name or ctx.word("một người")
                ),
                to_menu(ctx),
            )

    async def finish(self, ctx: Context, action: FinishTask) -> None:
        seen = await self.service.held(ctx, action.task, action.version)
        if seen is not None:
            ctx.wait_for(FLOW, RESULT, {"task": str(action.task), "version": str(action.version)})
            ctx.reply(
                ctx.t("Kết quả thế nào? Bác gõ con số hoặc một câu; gõ “xong” nếu không có gì thêm."), expects="text"
            )

    async def take_result(self, ctx: Context) -> None:
        data, words = answer(ctx)
        if too_long(ctx, words, LONGEST_NOTE):
            return
        ctx.leave_flow()
        seen = await self.service.held(ctx, int(data["task"]), int(data["version"]))
        if seen is None:
            return
        result = "" if fold(words) in SKIP else words
        async with ctx.changes():
            one = await board.get(seen.task.id) if await board.finish(seen.task, result, ctx.now) else None
            if one is None:
                await self.service.newer(ctx, seen)
                return
            if one.giver_id != seen.person_id:
                await self.service.notices.done(one, name_of(ctx, seen.who), ctx.now)
            ctx.reply(ctx.t("✅ Đã ghi việc “{title}” là xong. Cảm ơn bác.", title=one.title), to_menu(ctx))


def build(conversation: TaskConversation) -> Router:
    router = Router()
    router.command("congviec", "công việc", "việc của tôi", "việc", *_WORDS)(conversation.command)
    router.action(OpenWork)(conversation.open_work)
    router.action(OpenTask)(conversation.open)
    router.action(TakeTask)(conversation.take)
    router.action(RefuseTask)(conversation.refuse)
    router.action(HandOver)(conversation.hand)
    router.action(FinishTask)(conversation.finish)
    router.step(FLOW, REASON, TextSent, prose=True)(conversation.take_reason)
    router.step(FLOW, RESULT, TextSent, prose=True)(conversation.take_result)
    return router
