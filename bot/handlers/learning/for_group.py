"""A quiz for the group of a village that takes no bot: its questions, and later what was right."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.context import Context
from bot.core.messages import Button
from bot.core.text import Text
from bot.features import units
from bot.features.calendar.vietnam import today
from bot.features.forwarding.actions import words_button
from bot.features.learning import banks, daily, spacing
from bot.features.learning.banks import QuizQuestion
from bot.features.learning.quiz import LEAST
from bot.features.learning.shipped import Shipped
from bot.features.units import Place
from bot.handlers.kit.forwarding import ForwardKind, WordsForGroup, number_in, own_villages
from bot.i18n import msg

QUIZ, ANSWERS = "quiz", "answers"
TAKE_QUIZ, TAKE_ANSWERS = msg("Lấy đố vui để chuyển vào nhóm"), msg("Lấy đáp án để chuyển vào nhóm")
_OFFER = msg("Nhóm của {village} không có tôi, nên tôi soạn {count} câu để bác chuyển vào nhóm. Đáp án bác lấy sau.")
_NOTHING = msg("Xã chưa có bộ câu hỏi. Cán bộ xã gõ “ngân hàng câu hỏi” để thêm.")
_HEAD = "Đố vui cùng Tổ công nghệ số {village}: bà con trả lời ngay trong nhóm."
_RIGHT = "Đáp án đố vui của Tổ công nghệ số {village}:"
_LINE = "Câu {at}: đúng là {choice}. {why}"


class QuizToForward:
    """Three questions a day for each village, the same however often they are taken."""

    def __init__(self, shipped: Shipped) -> None:
        self._shipped = shipped

    @property
    def kinds(self) -> Sequence[ForwardKind]:
        return ForwardKind(QUIZ, self._questions), ForwardKind(ANSWERS, self._answers)

    async def offer(self, ctx: Context) -> bool:
        """Offer a quiz to who pastes into the group of a village; return whether the person does."""
        places = await own_villages(ctx) if ctx.private else []
        if places:
            async with ctx.changes():
                for place in places:
                    await self._offer(ctx, place)
        return bool(places)

    async def _offer(self, ctx: Context, place: Place) -> None:
        chosen = await self._chosen(ctx, place)
        if not chosen:
            ctx.reply(ctx.t(_NOTHING))
            return
        key = _key(place, chosen)
        buttons = [words_button(QUIZ, key, ctx.word, TAKE_QUIZ), words_button(ANSWERS, key, ctx.word, TAKE_ANSWERS)]
        ctx.reply(ctx.t(_OFFER, village=place.full_name, count=len(chosen)), buttons)

    async def _chosen(self, ctx: Context, place: Place) -> list[QuizQuestion]:
        commune = await units.commune_of(place.id, today(ctx.now))
        held = [] if commune is None else await self._shipped.to_ask(commune.id, ctx.now)
        left, day = [one for bank in held for one in bank.questions], daily.day_of(ctx.now)
        found: list[QuizQuestion] = []
        while left and len(found) < LEAST:
            one = spacing.choose(left, {}, day, f"village:{place.id}")
            if one is not None:
                found.append(one)
                left.remove(one)
        return found

    async def _questions(self, ctx: Context, key: str) -> WordsForGroup | None:
        place, found = await _named(key)
        if place is None or not found:
            return None
        parts = [Text.of(_HEAD, village=place.full_name)]
        parts += [Text.verbatim(_question(at, one, len(found))) for at, one in enumerate(found, start=1)]
        return WordsForGroup(place.id, Text.join("\n\n", parts), [words_button(ANSWERS, key, ctx.word, TAKE_ANSWERS)])

    async def _answers(self, ctx: Context, key: str) -> WordsForGroup | None:
        place, found = await _named(key)
        if place is None or not found:
            return None
        lines = [Text.of(_RIGHT, village=place.full_name)]
        lines += [
            Text.of(_LINE, at=at, choice=one.choices[one.right].rstrip("."), why=one.why)
            for at, one in enumerate(found, start=1)
        ]
        return WordsForGroup(place.id, Text.join("\n", lines))


async def offer_one(ctx: Context, question: QuizQuestion) -> list[Button]:
    """Return the buttons with which a question goes to the group of each village of the person's that takes no bot."""
    places = await own_villages(ctx) if ctx.private else []
    return [words_button(QUIZ, _key(place, [question]), ctx.word) for place in places[:1]]


def _key(place: Place, chosen: Sequence[QuizQuestion]) -> str:
    return ".".join(str(number) for number in (place.id, *(one.id for one in chosen)))


async def _named(key: str) -> tuple[Place | None, list[QuizQuestion]]:
    """Return the village and the questions that a key names, which may be forged: only those of its own commune."""
    unit, *asked = key.split(".")[: LEAST + 1]
    place = await units.by_id(number_in(unit))
    commune = None if place is None else await units.commune_of(place.id)
    ids = [number_in(one) for one in asked]
    known = await banks.questions_of(0 if commune is None else commune.id, ids)
    return place, [known[one] for one in ids if one in known]


def _question(at: int, one: QuizQuestion, of: int) -> str:
    head = one.text if of == 1 else f"{at}. {one.text}"
    return "\n".join([head, *(f"{letter}. {choice}" for letter, choice in zip("ABCD", one.choices, strict=False))])
