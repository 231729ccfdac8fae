"""What somebody typed as the answer to a question that waits for words."""

from __future__ import annotations

import re

from bot.core.context import Context
from bot.core.events import Said
from bot.core.spoken import without_courtesy
from bot.features.spelling import untangle
from bot.i18n import msg, number

NAMED = msg("Câu này hình như nêu tên hoặc số của một người: “{words}”. Bác gõ lại, không nêu tên, không nêu số.")
_LONGEST_SAYING = 80
MOST_WORDS = 16
"""Of one saying: a pattern that reads a word in two ways takes twice as long with each more, with 26 nine seconds."""
_TOO_LONG = msg("Tin dài quá, bác viết gọn trong {count} chữ cái giúp tôi.")


def typed(ctx: Context) -> str:
    """The words without the space around them; "" for a press or a command."""
    return ctx.event.text.strip() if isinstance(ctx.event, Said) else ""


def says(pattern: re.Pattern[str], words: str) -> bool:
    """Whether somebody says just this, in words without marks and courtesy; Telex keys left as they are count too.

    A story says more than that, and would keep a pattern busy.
    """
    if len(words) > _LONGEST_SAYING or len(words.split()) > MOST_WORDS:
        return False
    meant = " ".join(untangle(word) or word for word in words.lower().split())
    return any(pattern.fullmatch(without_courtesy(said)) is not None for said in (words, meant))


def too_long(ctx: Context, words: str, longest: int) -> bool:
    """Whether `words` have more than `longest` letters; then the person is asked again, and the question stays open."""
    if len(words) > longest:
        ask_shorter(ctx, longest)
    return len(words) > longest


def ask_shorter(ctx: Context, longest: int) -> None:
    """The question stays open."""
    ctx.reply(ctx.t(_TOO_LONG, count=number(longest, ctx.locale)), expects="text")
