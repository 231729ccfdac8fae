"""Refuse words of the form of a code, with a wrong length or alphabet, like every code that opens nothing."""

from __future__ import annotations

from bot.core.context import Context
from bot.core.events import TextSent
from bot.features.invites import has_form_of_code, is_nearly_code
from bot.features.invites.kept import NO_GOOD
from bot.handlers.kit.speaker import to_menu


async def open_link(ctx: Context, code: str) -> bool:
    """Refuse after `/start` what no family opens and can only have been meant as a code.

    After a greeting in words it may be a word, so that it needs the form of a message.
    """
    greeted = isinstance(ctx.event, TextSent) and code in ctx.event.text
    return await understand(ctx, code) if greeted else _refuse(ctx, wrong=has_form_of_code(code))


async def understand(ctx: Context, words: str) -> bool:
    """Refuse a message of the form of a code that nothing else understands."""
    return _refuse(ctx, wrong=is_nearly_code(words))


def _refuse(ctx: Context, *, wrong: bool) -> bool:
    """Say so in private; nothing is counted, as no code that somebody could guess has that form."""
    if not ctx.private or not wrong:
        return False
    ctx.reply(ctx.t(NO_GOOD), to_menu(ctx))
    return True
