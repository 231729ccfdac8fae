"""What all conversations about tasks need: a task as it was shown, who may do what with it, and its card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.context import Context
from bot.core.text import Text
from bot.features import people, rights, units
from bot.features.audit import Audit
from bot.features.people import Who
from bot.features.rights import Act
from bot.features.rights.table import DEPUTY, ENTERPRISE, LEADER, OFFICIALS
from bot.features.tasks import board
from bot.features.tasks.letters import Letters, Words, card_of, doer_buttons, giver_buttons
from bot.features.tasks.model import Task
from bot.features.tasks.team import TEAM, Member, team
from bot.features.units import Place
from bot.i18n import msg

from .inviting import account_of, reach, to_menu
from .typed import typed

FLOW = "task"
_ANOTHER_VILLAGE = msg("Việc này là của Tổ công nghệ số một thôn khác.")
_NOT_FOR_YOU = msg("Việc này không còn chờ bác.")
SKIP = frozenset({"bo qua", "khong", "khong co", "xong"})
_LONGEST_LABEL = 40


@dataclass(frozen=True, slots=True)
class Seen:
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
        """An enterprise sees what it was given, and what waits for any of them."""
        return self.task.outside and not (self.leads or self.mine or self.task.state == "open")


@dataclass(frozen=True)
class TaskDesk:
    letters: Letters
    audit: Audit

    async def seen(self, ctx: Context, task_id: int, version: int | None) -> Seen | None:
        """The task as it was shown, for somebody of its village's team or who leads it; otherwise it is said why not.

        Without a version as it is.
        """
        one = await board.get(task_id)
        who = await people.who(account_of(ctx), ctx.now)
        if one is None or who.person_id is None:
            ctx.reply(ctx.t("Không còn việc này."), to_menu(ctx))
            return None
        leads = (await rights.decide(who, Act.ASSIGN_TASKS, one.unit_id, on=ctx.now)).allowed
        seen = Seen(one, who, who.person_id, leads)
        if not leads and all(member.person_id != who.person_id for member in await team(one.unit_id, ctx.now)):
            said = _NOT_FOR_YOU if one.outside else _ANOTHER_VILLAGE
            ctx.reply(ctx.t(said), to_menu(ctx))
            return None
        if seen.hidden:
            ctx.reply(ctx.t(_NOT_FOR_YOU), to_menu(ctx))
            return None
        if version is not None and one.version != version:
            await self.newer(ctx, seen)
            return None
        return seen

    async def held(self, ctx: Context, task_id: int, version: int) -> Seen | None:
        """The task, for the person who has it."""
        seen = await self.seen(ctx, task_id, version)
        if seen is None or (seen.mine and seen.task.state in ("given", "taken")):
            return seen
        await self.refused(ctx, seen)
        return None

    async def in_charge(self, ctx: Context, task_id: int, version: int) -> Seen | None:
        """The task, for somebody who may give tasks there."""
        seen = await self.seen(ctx, task_id, version)
        if seen is None or seen.leads:
            return seen
        await self.refused(ctx, seen)
        return None

    async def refused(self, ctx: Context, seen: Seen) -> None:
        ctx.reply(ctx.t("Việc này không phải của bác nên tôi chưa ghi gì."))

    async def newer(self, ctx: Context, seen: Seen) -> None:
        one = await board.get(seen.task.id)
        if one is None:
            ctx.reply(ctx.t("Không còn việc này."), to_menu(ctx))
            return
        note = ctx.t("Việc này vừa thay đổi, tình hình bây giờ:")
        fresh = Seen(one, seen.who, seen.person_id, seen.leads)
        if fresh.hidden:
            ctx.reply(ctx.t(_NOT_FOR_YOU), to_menu(ctx))
            return
        await self.show(ctx, fresh, note)

    async def show(self, ctx: Context, seen: Seen, note: Text | None = None) -> None:
        card = await card_of(seen.task, words_of(ctx), ctx.now)
        buttons = doer_buttons(seen.task, words_of(ctx)) if seen.mine or seen.task.state == "open" else []
        if seen.leads:
            buttons += giver_buttons(seen.task, words_of(ctx))
        ctx.reply(card if note is None else Text.join("\n", [note, card]), [*buttons, *to_menu(ctx)])

    async def place(self, ctx: Context, code: str) -> Place | None:
        """The village of a task that is being written, while the writer may give tasks there."""
        place = await units.get(code)
        who = await people.who(account_of(ctx), ctx.now)
        decision = await rights.decide(who, Act.ASSIGN_TASKS, None if place is None else place.id, on=ctx.now)
        if place is not None and decision.allowed:
            return place
        ctx.leave_flow()
        ctx.reply(ctx.t(decision.why or "Không còn đơn vị này."), to_menu(ctx))
        return None


async def led(ctx: Context, who: Who) -> Sequence[Place]:
    """Where somebody may give tasks: villages, and the commune if it has enterprises."""
    places = await reach(ctx, who, {LEADER, DEPUTY, *OFFICIALS})
    communes = [one for one in places if one.level == "commune" and await people.holders(ENTERPRISE, one.id, ctx.now)]
    return [*communes, *(one for one in places if one.level == "village")]


async def own(ctx: Context, who: Who) -> Sequence[Place]:
    """The villages in whose team somebody is, and the commune for which they are an enterprise."""
    villages = [one for one in await reach(ctx, who, set(TEAM)) if one.level == "village"]
    return [*villages, *(one for one in await reach(ctx, who, {ENTERPRISE}) if one.level == "commune")]


def place_name(ctx: Context, place: Place) -> str:
    """A commune stands for its enterprises."""
    return ctx.word("Doanh nghiệp") if place.level == "commune" else place.full_name


def words_of(ctx: Context) -> Words:
    return Words(ctx.t, ctx.word, ctx.locale)


def name_of(ctx: Context, who: Who) -> str:
    return who.name or ctx.word("một người")


def label(ctx: Context, member: Member) -> str:
    """How busy somebody is concerns nobody but the team."""
    name = (member.name or ctx.word("một người"))[:_LONGEST_LABEL]
    return f"{name} ({member.load})" if ctx.private else name


def answer(ctx: Context) -> tuple[dict[str, str], str]:
    """What the flow knows, and what was said."""
    return (dict(ctx.flow.data) if ctx.flow is not None else {}), typed(ctx)
