"""Giving a task in a village's team: what, by when, how it is seen that it is done, and to whom."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from bot.core.context import Context
from bot.core.events import TextSent
from bot.core.lean.values import replace
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text, fold
from bot.features import rights
from bot.features.calendar.vietnam import VIETNAM
from bot.features.groups import channels
from bot.features.groups.channels import Channel
from bot.features.people import people
from bot.features.people.naming import names_somebody
from bot.features.rights import Act
from bot.features.rights.table import OFFICIALS
from bot.features.tasks import board
from bot.features.tasks.actions import ChooseDoer, DropTask, GiveTo, NameSource, NewTask
from bot.features.tasks.dates import UNCLEAR, problem, read_day, split_due
from bot.features.tasks.model import LONGEST_OUTCOME, LONGEST_TITLE, Task
from bot.features.tasks.notices import card_of
from bot.features.tasks.sources import LONGEST_LEVEL, Source, read_source, split_source
from bot.features.tasks.team import TeamMember, team
from bot.features.units import Place
from bot.handlers.kit.forwarding import offer
from bot.handlers.kit.speaker import account_of, to_menu
from bot.handlers.kit.typed import NAMED, answer, ask_shorter, too_long
from bot.i18n import msg, weekday_date

from .common import FLOW, SKIP, TaskService, label, led, place_name, words_of
from .for_group import FORWARD

TITLE, DAY, OUTCOME, SOURCE = "title", "day", "outcome", "source"

_WHERE = msg("Giao việc ở thôn nào?")
_WHERE_ELSE = msg("Giao việc cho doanh nghiệp hay thôn nào?")
_FOR_BUSINESS = msg("Việc gì, giao cho doanh nghiệp? Bác gõ một tin ngắn, không nêu tên, số của bà con.")
_WHAT = msg("Việc gì, ở {unit}? Bác gõ một tin ngắn, không ghi tên bà con.")
_WHEN = msg("Đến bao giờ phải xong? Bác gõ ví dụ: mai, thứ Sáu, 28/11.")
_HOW = msg("Làm sao biết là xong? Ví dụ: 20 hộ đã cài. Bác gõ “bỏ qua” nếu không cần.")
_FROM_WHOM = msg(
    "Cấp nào, ngành nào giao việc này? Có văn bản thì bác ghi cả số và ngày. "
    "Ví dụ: tỉnh, công văn số 793/BTTTT-THH ngày 05/3/2022. Bác gõ “bỏ qua” nếu không có."
)
_OPEN = msg("✅ Việc “{title}”, hạn {due}, chờ người nhận. Tôi đã báo cho cả Tổ.")
_OPEN_OUTSIDE = msg("✅ Việc “{title}”, hạn {due}, chờ người nhận. Tôi đã báo các doanh nghiệp.")
_GONE = msg("Người này không còn trong Tổ của thôn, bác chọn người khác giúp tôi.")
_GONE_OUTSIDE = msg("Người này không còn trong danh sách doanh nghiệp, bác chọn người khác giúp tôi.")
_NO_VILLAGE = msg("Bác chưa có thôn nào để giao việc.")


class TaskGivingConversation:
    def __init__(self, service: TaskService) -> None:
        self.service = service

    async def command(self, ctx: Context) -> None:
        """Handle `/giaoviec`, perhaps with the work and its day: `giao việc dán áp phích, hạn thứ Sáu`."""
        await self.begin(ctx, "", ctx.args.strip().lstrip(":").strip())

    async def new(self, ctx: Context, action: NewTask) -> None:
        flow = ctx.flow
        words = flow.data.get("words", "") if flow is not None and flow.name == FLOW else ""
        await self.begin(ctx, action.unit, words)

    async def begin(self, ctx: Context, code: str, words: str) -> None:
        """Ask for what `words` do not say yet; `code` names the village, "" asks for it."""
        who = await people.who(account_of(ctx), ctx.now)
        places = await led(ctx, who)
        if not places:
            decision = await rights.decide(who, Act.ASSIGN_TASKS, None, on=ctx.now)
            ctx.reply(ctx.t(decision.why or _NO_VILLAGE), to_menu(ctx))
            return
        place = next((one for one in places if one.code == code), places[0] if len(places) == 1 else None)
        if place is None and not ctx.private:
            group = await channels.of_chat(ctx.chat.platform, ctx.chat.id)
            place = next((one for one in places if group is not None and _is_for(one, group)), None)
        if place is None:
            ctx.wait_for(FLOW, TITLE, {"words": words})
            asked = _WHERE if all(one.level == "village" for one in places) else _WHERE_ELSE
            ctx.reply(ctx.t(asked), [Button.to(place_name(ctx, one), NewTask(one.code)) for one in places])
            return
        await self._ask_next(ctx, {"unit": place.code, "day": "", **_read(words, ctx.now)}, place)

    async def _ask_next(self, ctx: Context, data: dict[str, str], place: Place) -> None:
        """Ask for the first detail that is not known yet."""
        if too_long(ctx, data["title"], LONGEST_TITLE) or _refused(ctx, place, data["title"]):
            data["title"] = ""
            ctx.wait_for(FLOW, TITLE, data)
        elif not data["title"]:
            ctx.wait_for(FLOW, TITLE, data)
            asked = ctx.t(_FOR_BUSINESS) if place.level == "commune" else ctx.t(_WHAT, unit=place.full_name)
            ctx.reply(asked, expects="text")
        elif not data["day"]:
            ctx.wait_for(FLOW, DAY, data)
            ctx.reply(ctx.t(_WHEN), expects="text")
        else:
            ctx.wait_for(FLOW, OUTCOME, data)
            ctx.reply(ctx.t(_HOW), expects="text")

    async def take_title(self, ctx: Context) -> None:
        data, words = answer(ctx)
        if "unit" not in data:
            await self.begin(ctx, "", data.get("words") or words)
            return
        place = await self.service.place(ctx, data["unit"])
        if place is None:
            return
        await self._ask_next(ctx, {**data, **_read(words, ctx.now)}, place)

    async def take_day(self, ctx: Context) -> None:
        data, words = answer(ctx)
        place = await self.service.place(ctx, data["unit"])
        if place is None:
            return
        day = read_day(words, ctx.now)
        why = problem(day, ctx.now)
        if day is None or why is not None:
            ctx.reply(ctx.t(why or UNCLEAR), expects="text")
            return
        await self._ask_next(ctx, {**data, "day": day.isoformat()}, place)

    async def take_outcome(self, ctx: Context) -> None:
        data, words = answer(ctx)
        place = await self.service.place(ctx, data["unit"])
        if place is None or too_long(ctx, words, LONGEST_OUTCOME) or _refused(ctx, place, words):
            return
        outcome = "" if fold(words) in SKIP else words
        who = await people.who(account_of(ctx), ctx.now)
        ctx.leave_flow()
        async with ctx.changes():
            one = await board.draft(
                place.id, data["title"], outcome, date.fromisoformat(data["day"]), giver=who.person_id, now=ctx.now
            )
            if source := _source_before(data):
                await board.put_source(one.id, source)
                one = replace(one, source=source)
            if not source and who.has(*OFFICIALS):
                self._ask_source(ctx, one)
            else:
                await self._offer_team(ctx, one)

    async def name_source(self, ctx: Context, action: NameSource) -> None:
        """Ask for the source of an existing task; an official is asked while writing one."""
        seen = await self.service.in_charge(ctx, action.task, action.version)
        if seen is None:
            return
        self._ask_source(ctx, seen.task)

    def _ask_source(self, ctx: Context, one: Task) -> None:
        ctx.wait_for(FLOW, SOURCE, {"task": str(one.id), "version": str(one.version)})
        ctx.reply(ctx.t(_FROM_WHOM), expects="text")

    async def take_source(self, ctx: Context) -> None:
        data, words = answer(ctx)
        skipped = fold(words) in SKIP
        source = read_source(words, ctx.now.astimezone(VIETNAM).date())
        if source is None:
            ask_shorter(ctx, LONGEST_LEVEL)
            return
        if not source and not skipped:
            ctx.reply(ctx.t(_FROM_WHOM), expects="text")
            return
        ctx.leave_flow()
        seen = await self.service.in_charge(ctx, int(data["task"]), int(data["version"]))
        if seen is None:
            return
        async with ctx.changes():
            if not skipped:
                await board.put_source(seen.task.id, source)
                seen = replace(seen, task=replace(seen.task, source=source))
            if seen.task.state == "draft":
                await self._offer_team(ctx, seen.task)
            else:
                await self.service.show(ctx, seen)

    async def choose(self, ctx: Context, action: ChooseDoer) -> None:
        seen = await self.service.in_charge(ctx, action.task, action.version)
        if seen is None:
            return
        await self._offer_team(ctx, seen.task)

    async def _offer_team(self, ctx: Context, one: Task) -> None:
        members = await team(one.unit_id, ctx.now)
        buttons = [
            Button.to(label(ctx, member), GiveTo(one.id, one.version, member.person_id))
            for member in members
            if member.person_id != one.doer_id
        ]
        everybody = Button.to(ctx.word("Ai nhận cũng được"), GiveTo(one.id, one.version, 0))
        source = Button.to(ctx.word("Ghi nơi giao, số văn bản"), NameSource(one.id, one.version))
        drop = Button.to(ctx.word("Bỏ việc này"), DropTask(one.id, one.version))
        asked = ctx.t("Bác giao cho ai?")
        if ctx.private:
            asked += ctx.t(" Số trong ngoặc là việc đang làm của mỗi người.")
        ctx.reply(
            Text.join("\n", [await card_of(one, words_of(ctx), ctx.now), asked]), [*buttons, everybody, source, drop]
        )

    async def give(self, ctx: Context, action: GiveTo) -> None:
        seen = await self.service.in_charge(ctx, action.task, action.version)
        if seen is None:
            return
        members = await team(seen.task.unit_id, ctx.now)
        member = next((one for one in members if one.person_id == action.person), None)
        if action.person and member is None:
            ctx.reply(ctx.t(_GONE_OUTSIDE if seen.task.outside else _GONE))
            await self._offer_team(ctx, seen.task)
            return
        async with ctx.changes():
            if member is None:
                new = await board.open_up(seen.task, ctx.now, giver=seen.person_id)
            else:
                new = await board.give(seen.task, member.person_id, ctx.now, giver=seen.person_id)
            one = await board.get(seen.task.id)
            if not new or one is None:
                await self.service.newer(ctx, seen)
                return
            details: dict[str, str | int | bool] = {"unit": one.unit_id, "open": member is None}
            await self.service.audit.append(seen.person_id, "task_given", f"task:{one.id}", ctx.now, details)
            await self._tell_given(ctx, one, member, members, seen.person_id)

    async def _tell_given(
        self, ctx: Context, one: Task, member: TeamMember | None, members: Sequence[TeamMember], giver: int
    ) -> None:
        values = {"title": one.title, "due": weekday_date(one.due_on, ctx.locale)}
        if member is None:
            await self.service.notices.to_all(
                one, [each.person_id for each in members if each.person_id != giver], ctx.now
            )
            pass_on = await offer(ctx, one.unit_id, FORWARD, one.id)
            ctx.replace(ctx.t(_OPEN_OUTSIDE if one.outside else _OPEN, **values), [*pass_on, *to_menu(ctx)])
            return
        name = member.name or ctx.word("một người")
        if await self.service.notices.to_doer(one, ctx.now):
            reply = ctx.t("✅ Đã giao “{title}” cho {name}, hạn {due}. Tôi đã nhắn cho người ấy.", name=name, **values)
        else:
            reply = ctx.t(
                "✅ Đã giao “{title}” cho {name}, hạn {due}. Tôi chưa nhắn được cho người ấy, bác báo giúp nhé.",
                name=name,
                **values,
            )
        ctx.replace(reply, to_menu(ctx))

    async def drop(self, ctx: Context, action: DropTask) -> None:
        seen = await self.service.in_charge(ctx, action.task, action.version)
        if seen is None:
            return
        async with ctx.changes():
            if not await board.drop(seen.task, ctx.now):
                await self.service.newer(ctx, seen)
                return
            await self.service.audit.append(seen.person_id, "task_dropped", f"task:{seen.task.id}", ctx.now)
            ctx.replace(ctx.t("Đã bỏ việc “{title}”.", title=seen.task.title), to_menu(ctx))


def _is_for(place: Place, group: Channel) -> bool:
    """Return whether a task given in this group is for this place; in the commune's own it may be for any village."""
    return place.id == group.unit_id and (place.level == "village" or group.purpose == "enterprise")


def _refused(ctx: Context, place: Place, words: str) -> bool:
    """Refuse words about a resident in a task for an enterprise, and keep the question open; return whether it did."""
    found = names_somebody(words) if place.level == "commune" else ""
    if found:
        ctx.reply(ctx.t(NAMED, words=found), expects="text")
    return bool(found)


def _read(words: str, now: datetime) -> dict[str, str]:
    """Read from one message the title of a task, perhaps its day, and the document that demands it."""
    rest, source = split_source(words, now.astimezone(VIETNAM).date())
    title, day = split_due(rest, now)
    found = {"title": title}
    if day is not None:
        found["day"] = day.isoformat()
    if source:
        dated = "" if source.dated is None else source.dated.isoformat()
        found |= {"level": source.level, "document": source.document, "dated": dated}
    return found


def _source_before(data: dict[str, str]) -> Source:
    dated = data.get("dated")
    return Source(data.get("level", ""), data.get("document", ""), date.fromisoformat(dated) if dated else None)


def build(conversation: TaskGivingConversation) -> Router:
    router = Router()
    router.command("giaoviec", "giao việc", "giao nhiệm vụ", takes_args=True)(conversation.command)
    router.action(NewTask)(conversation.new)
    router.action(ChooseDoer)(conversation.choose)
    router.action(GiveTo)(conversation.give)
    router.action(DropTask)(conversation.drop)
    router.action(NameSource)(conversation.name_source)
    router.step(FLOW, TITLE, TextSent, prose=True)(conversation.take_title)
    router.step(FLOW, DAY, TextSent)(conversation.take_day)
    router.step(FLOW, OUTCOME, TextSent, prose=True)(conversation.take_outcome)
    router.step(FLOW, SOURCE, TextSent, prose=True)(conversation.take_source)
    return router
