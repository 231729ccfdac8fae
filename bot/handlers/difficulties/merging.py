"""Difficulties that tell the same become one; what the leaders say about one goes back to the village."""

from __future__ import annotations

from bot.core.context import Context
from bot.core.events import TextSent
from bot.core.messages import Button
from bot.core.router import Router
from bot.features import units
from bot.features.audit import Audit
from bot.features.calendar.vietnam import today
from bot.features.checkins.actions import DirectDifficulty, MergeDifficulty
from bot.features.difficulties import difficulties
from bot.features.difficulties.difficulties import LONGEST, Difficulty
from bot.features.difficulties.handling import DIRECTS
from bot.features.people import people
from bot.handlers.kit.speaker import account_of
from bot.handlers.kit.typed import too_long, typed
from bot.i18n import msg

from .difficulties import FLOW, DifficultyConversation

DIRECTIVE = "directive"
_MOST_LABEL, _OFFERED = 40, 8
_WHICH = msg("Trùng với khó khăn nào? Câu trả lời cho khó khăn ấy sẽ gửi cho cả hai nơi.")


class DifficultyMore:
    def __init__(self, conversation: DifficultyConversation, audit: Audit) -> None:
        self._conversation = conversation
        self._audit = audit

    async def merge(self, ctx: Context, action: MergeDifficulty) -> None:
        one = await self._conversation.allowed(ctx, action.difficulty)
        if one is None:
            return
        if one.version != action.version or not one.waits:
            await self._conversation.newer(ctx, one.id)
            return
        others = await self._others(ctx, one)
        into = next((other for other in others if other.id == action.into), None)
        if into is None:
            await self._ask(ctx, one, others, gone=bool(action.into))
            return
        who = await people.who(account_of(ctx), ctx.now)
        async with ctx.changes():
            if not await difficulties.merge(one, into, ctx.now):
                await self._conversation.newer(ctx, one.id)
                return
            details: dict[str, str | int | bool] = {"into": into.id}
            await self._audit.append(who.person_id, "difficulty_merged", f"difficulty:{one.id}", ctx.now, details)
            fresh = await difficulties.get(into.id)
            reply = ctx.t(
                "Đã gộp khó khăn số {id} vào số {into}. Trả lời một lần, cả hai nơi nhận.", id=one.id, into=into.id
            )
            ctx.reply(reply, [] if fresh is None else self._conversation.offer(ctx, fresh))

    async def _ask(self, ctx: Context, one: Difficulty, others: list[Difficulty], *, gone: bool) -> None:
        if not others:
            ctx.reply(ctx.t("Không còn khó khăn nào khác đang chờ để gộp."))
            return
        buttons = []
        for other in others[:_OFFERED]:
            place = await units.by_id(other.unit_id)
            label = f"{other.id}. {'' if place is None else place.name}: {other.text}"[:_MOST_LABEL]
            buttons.append(Button.to(label, MergeDifficulty(one.id, one.version, other.id)))
        asked = ctx.t("Khó khăn ấy đã có kết quả hoặc đã gộp rồi, bác chọn lại.") if gone else ctx.t(_WHICH)
        ctx.reply(asked, buttons)

    async def _others(self, ctx: Context, one: Difficulty) -> list[Difficulty]:
        """Return the other waiting difficulties of the commune, unmerged, those of the same category first."""
        commune = await units.commune_of(one.unit_id)
        if commune is None:
            return []
        ids = [commune.id, *(each.id for each in await units.descendants(commune.id, today(ctx.now)))]
        waiting = [each for each in await difficulties.ageing(ids) if each.waits]
        found = [each for each in waiting if each.id != one.id and not each.same_as]
        return sorted(found, key=lambda each: each.category != one.category)

    async def begin_directive(self, ctx: Context, action: DirectDifficulty) -> None:
        one = await self._conversation.allowed(ctx, action.difficulty, DIRECTS)
        if one is None:
            return
        if one.version != action.version:
            await self._conversation.newer(ctx, one.id)
            return
        ctx.wait_for(FLOW, DIRECTIVE, {"id": str(one.id), "version": str(one.version)})
        ctx.reply(ctx.t("Bác gõ ý kiến chỉ đạo, một tin ngắn. Tôi gửi cho người xử lý và cho thôn."), expects="text")

    async def take_directive(self, ctx: Context) -> None:
        flow, words = ctx.flow, typed(ctx)
        if flow is None or not words:
            return
        if too_long(ctx, words, LONGEST):
            return
        ctx.leave_flow()
        one = await self._conversation.allowed(ctx, int(flow.data["id"]), DIRECTS)
        if one is None:
            return
        who = await people.who(account_of(ctx), ctx.now)
        async with ctx.changes():
            known = str(one.version) == flow.data["version"]
            new = known and await difficulties.direct(one, words, ctx.now)
            fresh = await difficulties.get(one.id)
            if not new or fresh is None:
                await self._conversation.newer(ctx, one.id)
                return
            await self._audit.append(who.person_id, "difficulty_directed", f"difficulty:{one.id}", ctx.now)
            text = ctx.t("Ý kiến chỉ đạo về khó khăn số {id}:\n“{words}”", id=one.id, words=words)
            await self._conversation.tell_village(ctx, fresh, text)
            await self._conversation.tell_owner(ctx, fresh)
            ctx.reply(ctx.t("✅ Đã gửi ý kiến cho người xử lý và cho thôn."))


def build(conversation: DifficultyMore) -> Router:
    router = Router()
    router.action(MergeDifficulty)(conversation.merge)
    router.action(DirectDifficulty)(conversation.begin_directive)
    router.step(FLOW, DIRECTIVE, TextSent, prose=True)(conversation.take_directive)
    return router
