"""The common ground of the conversations about tasks: a task in its shown version, rights, and its card."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from bot.core.context import Context
from bot.core.text import Text
from bot.features import rights, units
from bot.features.audit import Audit
from bot.features.people import people
from bot.features.people.people import Who
from bot.features.rights import Act
from bot.features.rights.table import DEPUTY, ENTERPRISE, LEADER, OFFICIALS
from bot.features.tasks import board
from bot.features.tasks.model import Task
from bot.features.tasks.notices import TaskNotices, TaskWords, card_of, doer_buttons, giver_buttons
from bot.features.tasks.team import TEAM, TeamMember, team
from bot.features.units import Place
from bot.handlers.kit.speaker import account_of, reach, reach_of, to_menu
from bot.i18n import msg

FLOW = "task"
_ANOTHER_VILLAGE = msg("Việc này là của Tổ công nghệ số một thôn khác.")
_GONE = msg("Không còn việc này.")
_NOT_FOR_YOU = msg("Việc này không còn chờ bác.")
_GIVING = frozenset({LEADER, DEPUTY, *OFFICIALS})
SKIP = frozenset({"bo qua", "khong", "khong co", "xong"})
_LONGEST_LABEL = 40


class TaskView(Struct, frozen=True):
    """A task, who presses, and whether they may give tasks there."""

    task: Task
    who: Who
    person_id: int
    leads: bool

    @property
    def mine(self) -> bool:
        return self.task.doer_id == self.person_id

    @property
    def hidden(self) -> bool:
        """Return whether an enterprise may not see the task: it sees its own and those open to any of them."""
        return self.task.outside and not (self.leads or self.mine or self.task.state == "open")


class TaskService(Struct, frozen=True):
    notices: TaskNotices
    audit: Audit

    async def seen(self, ctx: Context, task_id: int, version: int | None) -> TaskView | None:
        """Return the task in its shown version for its village's team or leader; otherwise say why not.

        Without a version return it as it is now.
        """
        seen = await view(await people.who(account_of(ctx), ctx.now), task_id, ctx.now)
        if isinstance(seen, str):
            ctx.reply(ctx.t(seen), to_menu(ctx))
            return None
        if version is not None and seen.task.version != version:
            await self.newer(ctx, seen)
            return None
        return seen

    async def held(self, ctx: Context, task_id: int, version: int) -> TaskView | None:
        """Return the task for the person who has it; otherwise say why not."""
        seen = await self.seen(ctx, task_id, version)
        if seen is None or (seen.mine and seen.task.state in ("given", "taken")):
            return seen
        await self.refused(ctx, seen)
        return None

    async def in_charge(self, ctx: Context, task_id: int, version: int) -> TaskView | None:
        """Return the task for somebody who may give tasks there; otherwise say why not."""
        seen = await self.seen(ctx, task_id, version)
        if seen is None or seen.leads:
            return seen
        await self.refused(ctx, seen)
        return None

    async def refused(self, ctx: Context, seen: TaskView) -> None:
        ctx.reply(ctx.t("Việc này không phải của bác nên tôi chưa ghi gì."))

    async def newer(self, ctx: Context, seen: TaskView) -> None:
        one = await board.get(seen.task.id)
        if one is None:
            ctx.reply(ctx.t(_GONE), to_menu(ctx))
            return
        note = ctx.t("Việc này vừa thay đổi, tình hình bây giờ:")
        fresh = TaskView(one, seen.who, seen.person_id, seen.leads)
        if fresh.hidden:
            ctx.reply(ctx.t(_NOT_FOR_YOU), to_menu(ctx))
            return
        await self.show(ctx, fresh, note)

    async def show(self, ctx: Context, seen: TaskView, note: Text | None = None) -> None:
        card = await card_of(seen.task, words_of(ctx), ctx.now)
        buttons = doer_buttons(seen.task, words_of(ctx)) if seen.mine or seen.task.state == "open" else []
        if seen.leads:
            buttons += giver_buttons(seen.task, words_of(ctx))
        ctx.reply(card if note is None else Text.join("\n", [note, card]), [*buttons, *to_menu(ctx)])

    async def place(self, ctx: Context, code: str) -> Place | None:
        """Return the village of the task being written, while the writer may give tasks there; refuse otherwise."""
        place = await units.get(code)
        who = await people.who(account_of(ctx), ctx.now)
        decision = await rights.decide(who, Act.ASSIGN_TASKS, None if place is None else place.id, on=ctx.now)
        if place is not None and decision.allowed:
            return place
        ctx.leave_flow()
        ctx.reply(ctx.t(decision.why or "Không còn đơn vị này."), to_menu(ctx))
        return None


async def view(who: Who, task_id: int, now: datetime) -> TaskView | str:
    """Return a task for its village's team or leader, otherwise the sentence that says why not."""
    one = await board.get(task_id)
    if one is None or who.person_id is None:
        return _GONE
    leads = (await rights.decide(who, Act.ASSIGN_TASKS, one.unit_id, on=now)).allowed
    seen = TaskView(one, who, who.person_id, leads)
    if not leads and all(member.person_id != who.person_id for member in await team(one.unit_id, now)):
        return _NOT_FOR_YOU if one.outside else _ANOTHER_VILLAGE
    return _NOT_FOR_YOU if seen.hidden else seen


async def led(ctx: Context, who: Who) -> Sequence[Place]:
    """Return the villages in which somebody may give tasks, and the commune if it has enterprises."""
    return await led_by(who, ctx.now)


async def led_by(who: Who, now: datetime) -> Sequence[Place]:
    """Return the same at any moment, outside of a conversation."""
    places = await reach_of(who, _GIVING, now)
    communes = [one for one in places if one.level == "commune"]
    firms = await people.holders_of_each(ENTERPRISE, [one.id for one in communes], now)
    return [*[one for one in communes if firms[one.id]], *[one for one in places if one.level == "village"]]


async def leads_anywhere(who: Who, now: datetime) -> bool:
    """Tell whether `led_by` returns any place; mostly a village tells, and no enterprise need be looked for."""
    places = await reach_of(who, _GIVING, now)
    return any(one.level == "village" for one in places) or bool(places and await led_by(who, now))


async def near_units(ctx: Context, who: Who) -> Sequence[Place]:
    """Return all units in which somebody may give or do tasks."""
    return await reach(ctx, who, {*TEAM, ENTERPRISE, *_GIVING})


async def own(ctx: Context, who: Who) -> Sequence[Place]:
    """Return the villages in whose team somebody is, and the commune for which they are an enterprise."""
    villages = [one for one in await reach(ctx, who, set(TEAM)) if one.level == "village"]
    return [*villages, *(one for one in await reach(ctx, who, {ENTERPRISE}) if one.level == "commune")]


def place_name(ctx: Context, place: Place) -> str:
    """Name the place; a commune stands for its enterprises."""
    return ctx.word("Doanh nghiệp") if place.level == "commune" else place.full_name


def words_of(ctx: Context) -> TaskWords:
    return TaskWords(ctx.t, ctx.word, ctx.locale)


def name_of(ctx: Context, who: Who) -> str:
    return who.name or ctx.word("một người")


def label(ctx: Context, member: TeamMember) -> str:
    """Name a member, in private with the number of their tasks: in a group that concerns only the team."""
    name = (member.name or ctx.word("một người"))[:_LONGEST_LABEL]
    return f"{name} ({member.load})" if ctx.private else name
