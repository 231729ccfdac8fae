"""The commune answers a difficulty; the village says whether it is solved. An answer alone does not solve it."""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.context import Context
from bot.core.events import TextSent
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text
from bot.features.checkins.actions import AnswerDifficulty, ReopenDifficulty, SettleDifficulty
from bot.features.difficulties import answers, difficulties
from bot.features.difficulties.difficulties import Difficulty, State
from bot.features.notices.mail import Mail
from bot.features.people import people
from bot.handlers.kit.speaker import account_of
from bot.handlers.kit.typed import too_long, typed
from bot.i18n import msg

from .difficulties import FLOW, DifficultyConversation
from .for_group import answered

RESPONSE = "response"
_ASK: Mapping[State, str] = {
    "answered": msg("Bác gõ câu trả lời cho thôn, một tin ngắn. Việc chưa xong thì vẫn để mở."),
    "solved": msg("Bác gõ kết quả cho thôn, một tin ngắn."),
    "passed_on": msg("Bác gõ câu trả lời cho thôn, một tin ngắn."),
}


class DifficultyAnswerConversation:
    def __init__(self, conversation: DifficultyConversation, mail: Mail) -> None:
        self._conversation = conversation
        self._mail = mail

    async def begin(self, ctx: Context, action: AnswerDifficulty) -> None:
        one = await self._conversation.allowed(ctx, action.difficulty)
        if one is None:
            return
        who = await people.who(account_of(ctx), ctx.now)
        state = next((known for known in _ASK if known == action.state), None)
        changed = one.version != action.version
        # Whoever has taken it goes on from the card on which they did so.
        mine = one.open and one.owner_id is not None and one.owner_id == who.person_id
        if (changed and not mine) or state is None:
            await self._conversation.newer(ctx, one.id)
            return
        ctx.wait_for(FLOW, RESPONSE, {"id": str(one.id), "version": str(one.version), "state": state})
        asked = ctx.t(_ASK[state])
        ctx.reply(
            Text.join("\n\n", [await self._conversation.card(ctx, one), asked]) if changed else asked, expects="text"
        )

    async def take_answer(self, ctx: Context) -> None:
        flow = ctx.flow
        if flow is None or not isinstance(ctx.event, TextSent) or too_long(ctx, typed(ctx), difficulties.LONGEST):
            return
        one = await self._conversation.allowed(ctx, int(flow.data["id"]))
        ctx.leave_flow()
        if one is None:
            return
        who = await people.who(account_of(ctx), ctx.now)
        state = next((known for known in _ASK if known == flow.data["state"]), None)
        async with ctx.changes():
            known = state is not None and str(one.version) == flow.data["version"]
            if state is None or not known or not await self._answer(one, ctx, state, who.person_id):
                await self._conversation.newer(ctx, one.id)
                return
            told = await self._give_back(ctx, one.id)
            for each in await difficulties.same(one.id):
                if await self._answer(each, ctx, state, who.person_id):
                    await self._give_back(ctx, each.id)
            ctx.reply(await self._on_its_way(ctx, one.id, told))

    async def _answer(self, one: Difficulty, ctx: Context, state: State, by: int | None) -> bool:
        return await difficulties.answer(one, typed(ctx), state, by=by, now=ctx.now)

    async def _on_its_way(self, ctx: Context, difficulty_id: int, told: int) -> Text:
        """Say that the answer is on its way, or cannot reach the village.

        Nothing has left yet: the worker sends after this commit, and reports a failure by itself.
        """
        if not told:
            return ctx.t(
                "Đã ghi câu trả lời, nhưng chưa có đường nào về thôn: thôn chưa có nhóm, người báo không dùng tôi. "
                "Bác gọi điện giúp."
            )
        one = await difficulties.get(difficulty_id)
        found = None if one is None else await answers.travel(one)
        if found is None or found.until is None:
            return ctx.t("Đã ghi câu trả lời, đang gửi về thôn. Nếu chưa tới được tôi báo lại bác.")
        waits = answers.told(self._mail, found)
        return Text.join(" ", [ctx.t("Đã ghi câu trả lời."), waits, ctx.t("Khi nào gửi được tôi báo bác.")])

    async def reopen(self, ctx: Context, action: ReopenDifficulty) -> None:
        one = await self._own(ctx, action.difficulty)
        if one is None:
            return
        async with ctx.changes():
            if one.version != action.version or not await difficulties.reopen(one, ctx.now):
                await self._conversation.newer(ctx, one.id)
                return
            ctx.reply(ctx.t("Tôi đã báo xã là chưa xong, xã sẽ xem lại."))
            await self._tell_owner(ctx, one.id)

    async def settle(self, ctx: Context, action: SettleDifficulty) -> None:
        one = await self._own(ctx, action.difficulty)
        if one is None:
            return
        async with ctx.changes():
            if one.version != action.version or not await difficulties.settle(one, ctx.now):
                await self._conversation.newer(ctx, one.id)
                return
            ctx.reply(ctx.t("Cảm ơn bác. Tôi ghi khó khăn số {id} là đã giải quyết.", id=one.id))
            await self._tell_owner(ctx, one.id, ctx.t("Thôn báo đã xong:"))

    async def _own(self, ctx: Context, difficulty_id: int) -> Difficulty | None:
        """Return the difficulty for somebody who reports for its village; refuse otherwise."""
        one = await difficulties.get(difficulty_id)
        found = await self._conversation.scope(ctx)
        if one is not None and found is not None and any(one.unit_id == own.id for own in found.own):
            return one
        ctx.reply(ctx.t("Chỉ Tổ công nghệ số của nơi này báo lại được."))
        return None

    async def _tell_owner(self, ctx: Context, difficulty_id: int, note: Text | None = None) -> None:
        fresh = await difficulties.get(difficulty_id)
        if fresh is not None:
            await self._conversation.tell_owner(ctx, fresh, note)

    async def _give_back(self, ctx: Context, difficulty_id: int) -> int:
        """Send the commune's answer to the reporter and to the village's group; return to how many chats."""
        one = await difficulties.get(difficulty_id)
        if one is None:
            return 0
        text = await answered(one, ctx.t, ctx.word)
        buttons = [Button.to(ctx.word("Chưa xong"), ReopenDifficulty(one.id, one.version))]
        if one.state == "answered":
            buttons.insert(0, Button.to(ctx.word("Đã xong"), SettleDifficulty(one.id, one.version)))
        return await self._conversation.tell_village(ctx, one, text, buttons)


def build(conversation: DifficultyAnswerConversation) -> Router:
    router = Router()
    router.action(AnswerDifficulty)(conversation.begin)
    router.action(ReopenDifficulty)(conversation.reopen)
    router.action(SettleDifficulty)(conversation.settle)
    router.step(FLOW, RESPONSE, TextSent, prose=True)(conversation.take_answer)
    return router
