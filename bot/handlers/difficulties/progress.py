"""How far the commune is with the difficulties of a village: asked in many ways, told to who reports them."""

from __future__ import annotations

from bot.core.context import Context
from bot.core.lean import patterns
from bot.core.small_words import without_courtesy
from bot.core.text import Text
from bot.features.checkins.scope import FigureScope
from bot.features.difficulties import difficulties
from bot.i18n import short_date

_SHOWN = 8
_HOW_FAR = patterns.compile(
    r"(?:(?:cua|em|toi|minh|thon|to|hom truoc|bao|da|gui|cac|nhung|xa) )*(?:den dau|the nao|ra sao|giai quyet|"
    r"xu ly|tra loi|"
    r"xong|duoc)(?: (?:roi|chua|den dau|the nao|duoc|xong|khong))*"
)


def asks_how_far(words: str) -> bool:
    """Return whether the words ask “Khó khăn của thôn đến đâu rồi?”; its first two words are left out here."""
    return _HOW_FAR.fullmatch(without_courtesy(words)) is not None


async def tell_how_far(ctx: Context, found: FigureScope) -> None:
    """List the difficulties of the person's villages that wait for the commune's answer."""
    waits = await waiting(ctx, found)
    ctx.reply(Text.join("\n", waits) if waits else ctx.t("Thôn không có khó khăn nào đang chờ xã trả lời."))


async def waiting(ctx: Context, found: FigureScope) -> list[Text]:
    """Return a line for each unfinished difficulty of the person's villages; in private, for they may name somebody."""
    rows = await difficulties.ageing([one.id for one in found.own]) if ctx.private else []
    lines = [
        ctx.t("• Số {id}, hạn {due}: {text}", id=one.id, due=short_date(one.due_on, ctx.locale), text=one.text[:120])
        for one in [one for one in rows if one.waits][:_SHOWN]
    ]
    answered = [
        ctx.t("• Số {id}: {text}", id=one.id, text=one.response[:120])
        for one in [one for one in rows if not one.waits][:_SHOWN]
    ]
    return [
        *([ctx.t("Đang chờ xã trả lời:"), *lines] if lines else []),
        *([ctx.t("Xã đã trả lời, chưa báo xong:"), *answered] if answered else []),
    ]
