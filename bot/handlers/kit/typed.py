"""The words that a person types in answer to a question that waits for words."""

from __future__ import annotations

import re

from bot.core.context import Context
from bot.core.events import TextSent
from bot.core.small_words import without_courtesy
from bot.features.search.spelling import untangle
from bot.i18n import msg, number

NAMED = msg("Câu này hình như nêu tên hoặc số của một người: “{words}”. Bác gõ lại, không nêu tên, không nêu số.")
_LONGEST_SAYING = 80
MOST_WORDS = 16
"""Of one saying: a pattern that reads a word in two ways takes twice as long with each more, with 26 nine seconds."""
TOO_LONG = msg("Tin dài quá, bác viết gọn trong {count} chữ cái giúp tôi.")


def typed(ctx: Context) -> str:
    """Return the words without the space around them; "" for a press or a command."""
    return ctx.event.text.strip() if isinstance(ctx.event, TextSent) else ""


def says(pattern: re.Pattern[str], words: str) -> bool:
    """Return whether the words are just this saying; marks, courtesy and unconverted Telex keys are ignored.

    A story says more than that, and would keep a pattern busy.
    """
    if len(words) > _LONGEST_SAYING or len(words.split()) > MOST_WORDS:
        return False
    meant = " ".join(untangle(word) or word for word in words.lower().split())
    return any(pattern.fullmatch(without_courtesy(phrase)) is not None for phrase in (words, meant))


def too_long(ctx: Context, words: str, longest: int) -> bool:
    """Return whether `words` have more than `longest` letters; if so, ask again and keep the question open."""
    if len(words) > longest:
        ask_shorter(ctx, longest)
    return len(words) > longest


def ask_shorter(ctx: Context, longest: int) -> None:
    """Ask for fewer words and keep the question open."""
    ctx.reply(ctx.t(TOO_LONG, count=number(longest, ctx.locale)), expects="text")


def answer(ctx: Context) -> tuple[dict[str, str], str]:
    """Return the data of the flow, and the words just said."""
    return (dict(ctx.flow.data) if ctx.flow is not None else {}), typed(ctx)
