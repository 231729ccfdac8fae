"""Setting targets in chat: say them, see what would change, let a leader of the commune decide, tell the villages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from bot.core.context import Context
from bot.core.events import TextSent
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.sessions import VersionConflict
from bot.core.text import Text
from bot.features import rights
from bot.features.calendar import periods
from bot.features.calendar.periods import period
from bot.features.checkins import assignments
from bot.features.checkins.actions import DecideTargets, NewTargets, ShareOut
from bot.features.checkins.assignments import Assignment, AssignmentBody, Goal, NoSize
from bot.features.checkins.model import FigureEntry, Indicator
from bot.features.checkins.reading.wishes import WAYS, Way, wish
from bot.features.checkins.scope import FigureScope
from bot.features.people import people
from bot.features.rights import Act
from bot.features.rights.table import CHAIR, Condition, RightsCell
from bot.features.units import Place
from bot.handlers.checkins.common import CheckinService, text_of
from bot.handlers.checkins.figure_wording import amount
from bot.handlers.checkins.wording import unread
from bot.handlers.kit.typed import too_long, typed
from bot.i18n import msg

from .lists import TargetLists
from .wording import out_of_reach, preview, ways

FLOW = "targets"
SAY, HOW, REASON = "say", "how", "reason"

_SAY = msg(
    "Bác gõ chỉ tiêu bằng một tin, ví dụ:\n"
    "“vneid 85% tháng 12” (mỗi nơi 85%)\n"
    "“thôn Lạc Hiền: vneid 90, sổ sức khỏe 70”\n"
    "“gian hàng 120 chia theo hộ quý 4”"
)
_DONE = msg("Chỉ tiêu này đã giao rồi.")
_DROPPED = msg("Dự thảo chỉ tiêu này đã bỏ, không giao gì.")
_OVER = Decimal(100)
_LONGEST_REASON = 300


class TargetAssigningConversation:
    def __init__(self, service: CheckinService, lists: TargetLists) -> None:
        self.service = service
        self._lists = lists

    async def command(self, ctx: Context) -> None:
        """Handle `/chitieu`: officials set and see targets, a village's team sees its own."""
        found = await self.service.scope(ctx)
        if found is None:
            ctx.reply(ctx.t("Việc giao chỉ tiêu là của cán bộ xã."))
            return
        decision = await rights.decide(found.who, Act.SET_TARGETS, found.commune.id, on=ctx.now)
        if not decision.allowed:
            await self._lists.own(ctx, found)
        elif await self.service.official(ctx, Act.SET_TARGETS) is None:
            return
        elif ctx.args.strip():
            await self._take(ctx, found, decision.cell, ctx.args)
        else:
            await self._lists.overview(ctx, found)

    async def begin(self, ctx: Context, action: NewTargets) -> None:
        if await self.service.official(ctx, Act.SET_TARGETS) is not None:
            ctx.wait_for(FLOW, SAY)
            ctx.reply(ctx.t(_SAY), expects="text")

    async def take_answer(self, ctx: Context) -> None:
        official = await self.service.official(ctx, Act.SET_TARGETS)
        ctx.leave_flow()
        if official is not None:
            await self._take(ctx, *official, text_of(ctx))

    async def share_out(self, ctx: Context, action: ShareOut) -> None:
        official, flow = await self.service.official(ctx, Act.SET_TARGETS), ctx.flow
        if official is None:
            return
        if flow is None or (flow.name, flow.step) != (FLOW, HOW) or action.way not in WAYS:
            ctx.reply(ctx.t("Bác gõ lại “chỉ tiêu” để bắt đầu."))
            return
        ctx.leave_flow()
        way: Way = next(one for one in WAYS if one == action.way)
        await self._take(ctx, *official, flow.data["text"], way)

    async def _take(self, ctx: Context, found: FigureScope, cell: RightsCell, text: str, way: Way = "") -> None:
        """Read what is wanted, ask how amounts are meant, show what would change."""
        indicators = {one.code: one for one in await self.service.indicators()}
        lexicon = found.lexicon(list(indicators.values()))
        wanted = wish(text, lexicon)
        notes = unread(ctx, wanted.questions, lexicon)
        way = way or wanted.way
        shared = [one for one in wanted.entries if not one.village and indicators[one.indicator].kind != "ratio"]
        if shared and not way:
            ctx.wait_for(FLOW, HOW, {"text": text})
            ctx.reply(Text.join("\n", [*notes, self._which_way(ctx, indicators, shared)]), ways(ctx, shared))
            return
        goals: list[Goal] = []
        for entry in wanted.entries:
            made = self._goals(ctx, found, indicators[entry.indicator], entry, wanted.period, way)
            if isinstance(made, Text):
                notes.append(made)
            else:
                goals += made
        new = await assignments.compared(goals)
        if not new:
            if goals:
                notes.append(ctx.t("Các chỉ tiêu này đã giao đúng như vậy rồi."))
            ctx.wait_for(FLOW, SAY)
            ctx.reply(Text.join("\n", [*notes, ctx.t(_SAY)]), expects="text")
            return
        async with ctx.changes():
            plan = await assignments.begin(
                found.commune.id, AssignmentBody(goals=new), author=found.who.person_id, now=ctx.now
            )
            await self._show(ctx, plan, cell, notes)

    def _which_way(self, ctx: Context, indicators: Mapping[str, Indicator], shared: Sequence[FigureEntry]) -> Text:
        amounts = ", ".join(amount(ctx, indicators[one.indicator], one.value) for one in shared)
        return ctx.t("Bác giao {said} cho các nơi thế nào?", said=amounts)

    def _goals(
        self, ctx: Context, found: FigureScope, indicator: Indicator, entry: FigureEntry, hint: str, way: Way
    ) -> list[Goal] | Text:
        """Return one goal for each village that is meant, or the reason why there is none."""
        today = periods.today(ctx.now)
        of = periods.planned(hint, indicator.cadence, today, self.service.cut_off)
        label = indicator.label
        if of is None:
            return _warn(ctx.t("{label}: kỳ bác nêu đã qua hoặc không có.", label=label))
        if entry.out_of is not None or (indicator.kind == "ratio" and entry.value > _OVER):
            return _warn(ctx.t("{label} giao bằng phần trăm, từ 0 đến 100.", label=label))
        village = found.named(entry.village)
        if village is not None:
            parts = {village.id: entry.value}
        else:
            try:
                parts = assignments.shares(entry.value, found.villages, "each" if indicator.kind == "ratio" else way)
            except NoSize as missing:
                names = ", ".join(one.full_name for one in missing.villages)
                return _warn(ctx.t("Chưa có số hộ, số người của {names} nên tôi không chia được.", names=names))
            except ValueError:
                return _warn(ctx.t("{label}: tôi chỉ chia được số nguyên.", label=label))
        return [
            Goal(indicator=indicator.code, unit_id=unit_id, period=of.name, value=value)
            for unit_id, value in parts.items()
        ]

    async def _show(self, ctx: Context, plan: Assignment, cell: RightsCell, notes: Sequence[Text] = ()) -> None:
        """Show the changes of the plan; if a target is changed, ask for the reason first."""
        preview_text = await preview(ctx, self.service, plan.body)
        if plan.body.lacks_reason:
            ctx.wait_for(FLOW, REASON, {"plan": str(plan.id), "version": str(plan.version)})
            why = ctx.t("Có chỉ tiêu đã giao nay sửa. Bác gõ lý do sửa.")
            ctx.reply(Text.join("\n", [*notes, preview_text, why]), expects="text")
            return
        if decides(cell):
            go_on = Button.to(ctx.word("Giao"), DecideTargets(plan.id, plan.version, "approve"))
        else:
            go_on = Button.to(ctx.word("Trình lãnh đạo duyệt"), DecideTargets(plan.id, plan.version, "propose"))
        buttons = [
            go_on,
            Button.to(ctx.word("Không giao"), DecideTargets(plan.id, plan.version, "drop")),
        ]
        ctx.reply(Text.join("\n", [*notes, preview_text]), buttons)

    async def take_reason(self, ctx: Context) -> None:
        if too_long(ctx, typed(ctx), _LONGEST_REASON):
            return
        official, flow = await self.service.official(ctx, Act.SET_TARGETS), ctx.flow
        ctx.leave_flow()
        if official is None or flow is None:
            return
        plan = await assignments.get(int(flow.data["plan"]))
        if plan is None or str(plan.version) != flow.data["version"]:
            ctx.reply(ctx.t("Bác gõ lại “chỉ tiêu” để bắt đầu."))
            return
        async with ctx.changes():
            fresh = await assignments.change(plan, plan.body.model_copy(update={"reason": typed(ctx)}))
            if fresh is None:
                raise VersionConflict
            await self._show(ctx, fresh, official[1])

    async def decide(self, ctx: Context, action: DecideTargets) -> None:
        """Propose, approve or drop; whoever presses is checked, and what they were shown must still hold."""
        open_one = await self.plan_to_decide(ctx, action)
        if open_one is None:
            return
        found, cell, plan = open_one
        async with ctx.changes():
            if plan.version != action.version:
                await self._show(ctx, plan, cell, [ctx.t("Đã có bản mới hơn, bác xem dưới đây.")])
            elif action.choice == "drop":
                await self._drop(ctx, plan, found, cell)
            elif (fresh := await assignments.compared(plan.body.goals)) != plan.body.goals:
                await self._again(ctx, plan, cell, fresh)
            elif plan.body.lacks_reason:
                await self._show(ctx, plan, cell)
            elif action.choice == "approve" and decides(cell):
                await self._apply(ctx, plan, found)
            else:
                await self._propose(ctx, plan, found)

    async def plan_to_decide(
        self, ctx: Context, action: DecideTargets
    ) -> tuple[FigureScope, RightsCell, Assignment] | None:
        """Return the open plan of the person's own commune; otherwise say why not."""
        official = await self.service.official(ctx, Act.SET_TARGETS)
        if official is None:
            return None
        plan = await assignments.get(action.plan)
        if plan is None or plan.unit_id != official[0].commune.id:
            ctx.reply(ctx.t("Không còn dự thảo chỉ tiêu này."))
            return None
        if plan.state not in assignments.OPEN:
            reply = _DONE if plan.state == "done" else _DROPPED
            ctx.reply(ctx.t(reply))
            return None
        return *official, plan

    async def _again(self, ctx: Context, plan: Assignment, cell: RightsCell, goals: tuple[Goal, ...]) -> None:
        note = ctx.t("Vừa có người khác sửa chỉ tiêu. Bác xem lại bản mới dưới đây.")
        if not goals:
            await assignments.cancel(plan, ctx.now)
            ctx.reply(ctx.t("Các chỉ tiêu này đã giao đúng như vậy rồi."))
            return
        fresh = await assignments.change(plan, plan.body.model_copy(update={"goals": goals}))
        if fresh is None:
            raise VersionConflict
        await self._show(ctx, fresh, cell, [note])

    async def _propose(self, ctx: Context, plan: Assignment, found: FigureScope) -> None:
        if plan.state == "proposed":
            ctx.reply(ctx.t("Dự thảo này đang chờ lãnh đạo xã duyệt."))
            return
        chairs = [one.person_id for one in await people.holders(CHAIR, found.commune.id, ctx.now)]
        fresh = await assignments.propose(plan)
        if fresh is None:
            raise VersionConflict
        text = Text.join("\n", [ctx.t("Cán bộ xã trình duyệt chỉ tiêu:"), await preview(ctx, self.service, fresh.body)])
        buttons = [
            Button.to(ctx.word("Duyệt"), DecideTargets(fresh.id, fresh.version, "approve")),
            Button.to(ctx.word("Không duyệt"), DecideTargets(fresh.id, fresh.version, "drop")),
        ]
        if await self.service.tell(chairs, text, f"cd{fresh.id}-{fresh.version}", ctx.now, buttons, klass="request"):
            ctx.replace(ctx.t("Đã trình lãnh đạo xã. Duyệt xong tôi báo bác và báo các nơi."))
        else:
            ctx.reply(ctx.t("Dự thảo đã lưu, nhưng chưa có lãnh đạo xã nào nhận được tin. Bác nhờ người quản trị mời."))

    async def _apply(self, ctx: Context, plan: Assignment, found: FigureScope) -> None:
        done = await assignments.apply(plan, ctx.now)
        if done is None:
            raise VersionConflict
        goals, person_id = plan.body.goals, found.who.person_id
        details = {"count": len(goals), "changed": sum(bool(one.base) for one in goals)}
        await self.service.audit.append(person_id, "targets_set", f"target_plan:{plan.id}", ctx.now, details)
        villages = {one.id: one for one in found.villages}
        asked = dict.fromkeys((one.unit_id, one.period) for one in goals if one.unit_id in villages)
        unreached: dict[int, Place] = {}
        for unit_id, name in asked:
            if not await self._lists.tell_village(ctx, villages[unit_id], period(name, self.service.cut_off)):
                unreached[unit_id] = villages[unit_id]
        count = len({one.unit_id for one in goals})
        reply = ctx.t("✅ Đã giao chỉ tiêu cho {count} nơi và báo Tổ trưởng các nơi.", count=count)
        ctx.replace(reply + out_of_reach(ctx, list(unreached.values())))
        if plan.author_id is not None and plan.author_id != person_id:
            text = Text.join(
                "\n", [ctx.t("Lãnh đạo xã đã duyệt chỉ tiêu:"), await preview(ctx, self.service, done.body)]
            )
            await self.service.tell([plan.author_id], text, f"cd{plan.id}-done", ctx.now)

    async def _drop(self, ctx: Context, plan: Assignment, found: FigureScope, cell: RightsCell) -> None:
        own = plan.author_id is not None and plan.author_id == found.who.person_id
        if not own and not decides(cell):
            ctx.reply(ctx.t("Dự thảo này của người khác."))
            return
        if await assignments.cancel(plan, ctx.now) is None:
            raise VersionConflict
        ctx.replace(ctx.t(_DROPPED))
        if not own and plan.author_id is not None:
            text = Text.join(
                "\n", [ctx.t("Lãnh đạo xã không duyệt chỉ tiêu:"), await preview(ctx, self.service, plan.body)]
            )
            await self.service.tell([plan.author_id], text, f"cd{plan.id}-no", ctx.now)


def decides(cell: RightsCell) -> bool:
    return cell.condition in (Condition.APPROVE, Condition.NONE, Condition.SIGN_OFF)


def _warn(text: Text) -> Text:
    return Text.verbatim("⚠️ ") + text


def build(conversation: TargetAssigningConversation) -> Router:
    router = Router()
    router.command("chitieu", "chỉ tiêu", "giao chỉ tiêu", "sửa chỉ tiêu", takes_args=True)(conversation.command)
    router.action(NewTargets)(conversation.begin)
    router.action(ShareOut)(conversation.share_out)
    router.action(DecideTargets)(conversation.decide)
    router.step(FLOW, SAY, TextSent)(conversation.take_answer)
    router.step(FLOW, HOW, TextSent)(conversation.take_answer)
    router.step(FLOW, REASON, TextSent, prose=True)(conversation.take_reason)
    return router
