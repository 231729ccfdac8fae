"""How urgent a difficulty is: said by who reported it, in one tap or a word, and changed by who sees to it."""

from __future__ import annotations

from bot.core.context import Context
from bot.core.router import Router
from bot.core.text import Text
from bot.features import rights, units
from bot.features.audit import Audit
from bot.features.checkins.actions import AskGrade, GradeDifficulty
from bot.features.difficulties import difficulties, grades
from bot.features.difficulties.difficulties import Difficulty
from bot.features.difficulties.owners import owners
from bot.features.people import people
from bot.features.people.people import Who
from bot.features.rights import Act
from bot.handlers.kit.speaker import account_of

from .difficulties import DifficultyConversation
from .wording import URGENT, choices, graded


class DifficultyGradeConversation:
    def __init__(self, conversation: DifficultyConversation, audit: Audit) -> None:
        self._conversation = conversation
        self._audit = audit

    async def ask(self, ctx: Context, action: AskGrade) -> None:
        one = await self._conversation.allowed(ctx, action.difficulty)
        if one is not None and not one.waits:
            await self._conversation.newer(ctx, one.id)
        elif one is not None:
            self._show(ctx, one)

    async def grade(self, ctx: Context, action: GradeDifficulty) -> None:
        who = await people.who(account_of(ctx), ctx.now)
        one = await difficulties.get(action.difficulty)
        mine = one is not None and await self._reported(ctx, who, one)
        if not mine:
            one = await self._conversation.allowed(ctx, action.difficulty)
        if one is None:
            return
        wanted = grades.known(action.grade)
        if not one.waits:
            await self._conversation.newer(ctx, one.id)
        elif wanted is None or (one.grade != action.was and one.grade != wanted):
            self._show(ctx, one, ctx.t("Mức này vừa có người đổi."))
        elif one.grade == wanted:
            ctx.reply(graded(ctx, one))
        else:
            await self._write(ctx, one, wanted, who, mine=mine)

    async def understand(self, ctx: Context, text: str) -> bool:
        """Grade the difficulty that one has just reported by words such as “gấp lắm”; return whether they did."""
        wanted = grades.grade_in(text)
        who = await people.who(account_of(ctx), ctx.now)
        if wanted is None or who.person_id is None:
            return False
        one = await difficulties.newest_of(who.person_id, ctx.now)
        if one is None:
            return False
        await self.grade(ctx, GradeDifficulty(one.id, one.grade, wanted))
        return True

    async def _reported(self, ctx: Context, who: Who, one: Difficulty) -> bool:
        """Return whether this person reported it, and still may in its village."""
        if one.reporter_id is None or one.reporter_id != who.person_id:
            return False
        return (await rights.decide(who, Act.HANDLE_DIFFICULTIES, one.unit_id, on=ctx.now)).allowed

    def _show(self, ctx: Context, one: Difficulty, *notes: Text) -> None:
        ctx.reply(Text.join("\n", [*notes, graded(ctx, one), ctx.t("Bác đổi thành:")]), choices(ctx, one, one.grade))

    async def _write(self, ctx: Context, one: Difficulty, grade: grades.Grade, who: Who, *, mine: bool) -> None:
        async with ctx.changes():
            done = await difficulties.regrade(one, grade, ctx.now)
            fresh = await difficulties.get(one.id)
            if not done or fresh is None:
                await self._conversation.newer(ctx, one.id)
                return
            details: dict[str, str | int | bool] = {"grade": grade}
            await self._audit.append(who.person_id, "difficulty_graded", f"difficulty:{one.id}", ctx.now, details)
            replies = [graded(ctx, fresh)]
            if grade == "urgent" and await self._tell_owners(ctx, fresh, who):
                replies.append(ctx.t("Tôi đã báo ngay người phụ trách."))
            if not mine and fresh.reporter_id is not None:
                text = Text.join(
                    "\n", [ctx.t("Xã xem lại mức gấp."), graded(ctx, fresh), Text.verbatim(f"“{one.text}”")]
                )
                key = f"kk{one.id}-{grade}-{fresh.due_on:%m%d}"
                await self._conversation.tell_person(fresh.reporter_id, text, key, ctx.now)
            ctx.reply(Text.join(" ", replies))

    async def _tell_owners(self, ctx: Context, one: Difficulty, who: Who) -> bool:
        """Tell the owners of an urgent difficulty at any hour, for somebody waits for them.

        The person who graded it is not told. Return whether anybody else was.
        """
        commune = await units.commune_of(one.unit_id)
        told = [] if commune is None else await owners(one, commune.id, ctx.now)
        text = Text.join("\n", [ctx.t(URGENT), await self._conversation.card(ctx, one)])
        for person_id in told:
            if person_id != who.person_id:
                key, offers = f"kk{one.id}-urgent", self._conversation.offer(ctx, one)
                await self._conversation.tell_person(person_id, text, key, ctx.now, offers, at_once=True)
        return bool(told) and told != [who.person_id]


def build(conversation: DifficultyGradeConversation) -> Router:
    router = Router()
    router.action(AskGrade)(conversation.ask)
    router.action(GradeDifficulty)(conversation.grade)
    return router
