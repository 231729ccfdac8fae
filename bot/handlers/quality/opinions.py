"""“Bác thấy thế nào?”: one question with three taps, after somebody was helped or has read a guide. Only counted."""

from __future__ import annotations

import re
from collections.abc import Callable

from bot.core.actions import Action, pack
from bot.core.context import Context
from bot.core.events import TextSent
from bot.core.lean import patterns
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.small_words import words_only
from bot.core.text import Text, fold
from bot.features.help.actions import AskPerson
from bot.features.people import people
from bot.features.quality import asking
from bot.features.quality.opinions import MOODS, About, Mood, Opinions
from bot.handlers.kit.provisions import Question
from bot.handlers.kit.speaker import account_of, to_menu
from bot.i18n import msg

NOTHING: Question = (Text(), ())
_ASKED: dict[About, str] = {
    "help": msg("Bác thấy lần giúp này thế nào? Tôi chỉ đếm, không ghi tên bác."),
    "guide": msg("Bác thấy bài này thế nào? Tôi chỉ đếm, không ghi tên bác."),
}
_BEFORE = r"(?:(?:da|vang|toi|bac|thay|noi chung|rat|qua|kha|cung) )*"
_AFTER = r"(?: (?:lam|qua|roi|a|nhe|thoi|cam on|bac))*"
_MOOD_WORDS: dict[Mood, re.Pattern[str]] = {
    "poor": patterns.compile(
        rf"{_BEFORE}(?:(?:chua|khong|ko|k) (?:tot|duoc|hai long|on|hieu)|kem|te|chan|do|kho hieu|buc minh){_AFTER}"
    ),
    "fair": patterns.compile(rf"{_BEFORE}(?:tam|tam duoc|tam tam|tam on|binh thuong|(?<=cung )(?:duoc|on)){_AFTER}"),
    "good": patterns.compile(rf"{_BEFORE}(?:tot|hai long|on|hay|ung y|tuyet|tuyet voi|de hieu){_AFTER}"),
}


class Opine(Action, code="yk"):
    """How I found it; `day` names the question: the day on which it was asked."""

    mood: str
    day: str


class OpinionConversation:
    """`unit_of` knows where somebody lives. On the platforms `anonymous` anybody could answer a thousand times."""

    def __init__(self, opinions: Opinions, unit_of: Callable[[Context], str], anonymous: frozenset[str]) -> None:
        self._opinions = opinions
        self._unit_of = unit_of
        self._anonymous = anonymous

    async def after_help(self, ctx: Context, unit: str) -> Question:
        return await self._ask(ctx, "help", unit)

    async def after_guide(self, ctx: Context) -> Question:
        return await self._ask(ctx, "guide", self._unit_of(ctx))

    async def _ask(self, ctx: Context, about: About, unit: str) -> Question:
        """Add a question to the answer to a press, before its commit; people with a role would judge themselves."""
        here = ctx.session.key
        if not ctx.private or not unit or here.platform in self._anonymous or asking.too_soon(ctx.session, ctx.now):
            return NOTHING
        who = await people.who(account_of(ctx), ctx.now)
        if who.grants:
            return NOTHING
        if who.person_id is not None and await asking.too_soon_elsewhere(who.person_id, here, ctx.now):
            return NOTHING
        question = asking.put(ctx.session, about, unit, ctx.now)
        buttons = [Button.to(ctx.word(label), Opine(mood, str(question.day))) for mood, label in MOODS.items()]
        return ctx.t(_ASKED[about]), buttons

    async def take_answer(self, ctx: Context) -> bool:
        """Take an answer in one's own words, “tốt lắm”, while the question is the last thing that was asked."""
        question = asking.waiting(ctx.session) if ctx.private and isinstance(ctx.event, TextSent) else None
        if question is None or not isinstance(ctx.event, TextSent):
            return False
        offered = {button.data for item in ctx.session.lists for button in item.buttons}
        mood = understood(ctx.event.text)
        if mood is None or ctx.flow is not None or pack(Opine(mood, str(question.day))) not in offered:
            return False
        await self.opine(ctx, Opine(mood, str(question.day)))
        return True

    async def opine(self, ctx: Context, action: Opine) -> None:
        """Count the answer, once for each question, for the unit that it was asked for."""
        mood: Mood | None = next((one for one in MOODS if one == action.mood), None)
        question = asking.waiting(ctx.session)
        if mood is None or not ctx.private:
            return
        if question is None or str(question.day) != action.day:
            ctx.reply(ctx.t("Câu này tôi đã ghi rồi, hoặc đã qua rồi. Cảm ơn bác."), to_menu(ctx))
            return
        async with ctx.changes():
            asking.answered(ctx.session, question)
            await self._opinions.add(mood, question.about, question.unit, ctx.now)
            if mood == "poor":
                person = Button.to(ctx.word("Hỏi người trong thôn"), AskPerson("", ""))
                ctx.reply(
                    ctx.t("Cảm ơn bác đã nói thật. Còn vướng chỗ nào, bác nhờ người giúp nhé."), [person, *to_menu(ctx)]
                )
            else:
                ctx.reply(ctx.t("Cảm ơn bác. Tôi đã ghi: {mood}.", mood=ctx.word(MOODS[mood])), to_menu(ctx))


def understood(text: str) -> Mood | None:
    """Return the mood that the whole sentence says; “tốt nhưng …” is more than an answer."""
    answer = fold(words_only(text))
    return next((mood for mood, pattern in _MOOD_WORDS.items() if pattern.fullmatch(answer)), None)


def build(conversation: OpinionConversation) -> Router:
    router = Router()
    router.intercept(order=70)(conversation.take_answer)
    router.action(Opine)(conversation.opine)
    return router
