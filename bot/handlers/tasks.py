"""One's own tasks: taking, refusing, handing over, done; and the list of what there is to do."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.context import Context
from bot.core.events import Said
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text, fold
from bot.features import people
from bot.features.outbox.hours import VIETNAM
from bot.features.people import Who
from bot.features.tasks import board
from bot.features.tasks.actions import FinishTask, HandOver, NewTask, OpenTask, OpenWork, RefuseTask, TakeTask
from bot.features.tasks.letters import card_of, doer_buttons
from bot.features.tasks.letters import name_of as name_by_id
from bot.features.tasks.model import LONGEST_NOTE, STATES, Task
from bot.features.tasks.team import team
from bot.i18n import weekday_date

from .inviting import account_of, in_private, to_menu
from .people import ShowDuty
from .start import MenuItems
from .task_desk import FLOW, SKIP, TaskDesk, answer, label, led, name_of, own, words_of
from .typed import too_long

REASON, RESULT = "reason", "result"
_WORDS = (
    "việc của tổ", "việc tổ", "việc của thôn", "việc tuần này", "việc hôm nay", "có việc gì không", "tôi có việc gì",
    "em có việc gì", "việc đến đâu rồi", "việc nào chưa xong", "ai chưa xong việc", "xem việc",
)  # fmt: skip
_SHOWN = 8


class TaskTalk:
    """`more` adds the buttons of other work to the list."""

    def __init__(self, desk: TaskDesk, more: Sequence[MenuItems] = ()) -> None:
        self.desk = desk
        self._more = more

    async def menu_items(self, ctx: Context) -> Sequence[Button]:
        """A button of the menu for those who work in a team or give tasks."""
        if not ctx.private:
            return []
        who = await people.who(account_of(ctx), ctx.now)
        has = await own(ctx, who) or await led(ctx, who)
        return [Button.to(ctx.word("Công việc"), OpenWork())] if has else []

    async def first(self, ctx: Context) -> bool:
        """Before one's duties: the tasks, where there are any. True when that was the answer."""
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
        lines += [await self._line(ctx, one, who) for one in shown]
        buttons = [Button.to(ctx.word("Mở số") + f" {one.id}", OpenTask(one.id)) for one in shown]
        if places:
            buttons.append(Button.to(ctx.word("Giao việc mới"), NewTask(places[0].code if len(places) == 1 else "")))
        buttons += [button for add in self._more for button in await add(ctx)]
        if who.grants:
            buttons.append(Button.to(ctx.word("Nhiệm vụ theo vai trò"), ShowDuty(who.grants[0].role, 0)))
        ctx.reply(Text.join("\n", lines), [*buttons, *to_menu(ctx)])

    async def _to_show(self, ctx: Context, who: Who) -> list[Task]:
        """One's own first, then what waits for somebody, then those of others for who leads them."""
        if who.person_id is None:
            return []
        mine = list(await board.of_person(who.person_id))
        led_ids = [one.id for one in await led(ctx, who)]
        own_ids = [one.id for one in await own(ctx, who) if one.id not in led_ids]
        others = [*await board.of_units(own_ids, "open"), *await board.of_units(led_ids)]
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
        seen = await self.desk.seen(ctx, action.task, None)
        if seen is not None:
            await self.desk.show(ctx, seen)

    async def take(self, ctx: Context, action: TakeTask) -> None:
        seen = await self.desk.seen(ctx, action.task, action.version)
        if seen is None:
            return
        if seen.task.state == "given" and not seen.mine:
            await self.desk.refused(ctx, seen)
            return
        async with ctx.changes():
            if not await board.take(seen.task, seen.person_id, ctx.now):
                await self.desk.newer(ctx, seen)
                return
            one = await board.get(seen.task.id)
            if one is None:
                return
            if one.giver_id != seen.person_id:
                await self.desk.letters.taken(one, name_of(ctx, seen.who), ctx.now)
            said = ctx.t("✅ {name} đã nhận việc này.", name=name_of(ctx, seen.who))
            card = await card_of(one, words_of(ctx), ctx.now)
            ctx.replace(Text.join("\n", [said, card]), doer_buttons(one, words_of(ctx)))

    async def refuse(self, ctx: Context, action: RefuseTask) -> None:
        seen = await self.desk.held(ctx, action.task, action.version)
        if seen is not None:
            ctx.wait_for(FLOW, REASON, {"task": str(action.task), "version": str(action.version)})
            ctx.reply(ctx.t("Vì sao chưa làm được? Bác gõ một câu, tôi báo lại người giao."), expects="text")

    async def said_reason(self, ctx: Context) -> None:
        data, words = answer(ctx)
        if too_long(ctx, words, LONGEST_NOTE):
            return
        ctx.leave_flow()
        seen = await self.desk.held(ctx, int(data["task"]), int(data["version"]))
        if seen is None:
            return
        async with ctx.changes():
            one = await board.get(seen.task.id) if await board.refuse(seen.task, words, ctx.now) else None
            if one is None:
                await self.desk.newer(ctx, seen)
                return
            await self.desk.letters.returned(one, ctx.now)
            ctx.reply(ctx.t("Tôi đã báo lại người giao việc. Cảm ơn bác đã nói sớm."), to_menu(ctx))

    async def hand(self, ctx: Context, action: HandOver) -> None:
        """To a colleague of the same team, who has to take it in turn."""
        seen = await self.desk.held(ctx, action.task, action.version)
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
                await self.desk.newer(ctx, seen)
                return
            await self.desk.letters.to_doer(one, ctx.now)
            ctx.replace(
                ctx.t(
                    "Đã chuyển việc “{title}” cho {name}.", title=one.title, name=other.name or ctx.word("một người")
                ),
                to_menu(ctx),
            )

    async def finish(self, ctx: Context, action: FinishTask) -> None:
        seen = await self.desk.held(ctx, action.task, action.version)
        if seen is not None:
            ctx.wait_for(FLOW, RESULT, {"task": str(action.task), "version": str(action.version)})
            ctx.reply(
                ctx.t("Kết quả thế nào? Bác gõ con số hoặc một câu; gõ “xong” nếu không có gì thêm."), expects="text"
            )

    async def said_result(self, ctx: Context) -> None:
        data, words = answer(ctx)
        if too_long(ctx, words, LONGEST_NOTE):
            return
        ctx.leave_flow()
        seen = await self.desk.held(ctx, int(data["task"]), int(data["version"]))
        if seen is None:
            return
        result = "" if fold(words) in SKIP else words
        async with ctx.changes():
            one = await board.get(seen.task.id) if await board.finish(seen.task, result, ctx.now) else None
            if one is None:
                await self.desk.newer(ctx, seen)
                return
            if one.giver_id != seen.person_id:
                await self.desk.letters.done(one, name_of(ctx, seen.who), ctx.now)
            ctx.reply(ctx.t("✅ Đã ghi việc “{title}” là xong. Cảm ơn bác.", title=one.title), to_menu(ctx))


def build(talk: TaskTalk) -> Router:
    router = Router()
    router.command("congviec", "công việc", "việc của tôi", "việc", *_WORDS)(talk.command)
    router.action(OpenWork)(talk.open_work)
    router.action(OpenTask)(talk.open)
    router.action(TakeTask)(talk.take)
    router.action(RefuseTask)(talk.refuse)
    router.action(HandOver)(talk.hand)
    router.action(FinishTask)(talk.finish)
    router.step(FLOW, REASON, Said, prose=True)(talk.said_reason)
    router.step(FLOW, RESULT, Said, prose=True)(talk.said_result)
    return router
