"""How far the commune is with the difficulties of a village: asked in many ways, told to who reports them."""

from __future__ import annotations

import re

from bot.core.context import Context
from bot.core.spoken import without_courtesy
from bot.core.text import Text
from bot.features.checkins import difficulties
from bot.features.checkins.scope import Scope
from bot.i18n import short_date

from .typed import says

_SHOWN = 8
_HOW_FAR = re.compile(
    r"(?:(?:cua|em|toi|minh|thon|to|hom truoc|bao|da|gui|cac|nhung|xa) )*(?:den dau|the nao|ra sao|giai quyet|"
    r"xu ly|tra loi|"
    r"xong|duoc)(?: (?:roi|chua|den dau|the nao|duoc|xong|khong))*"
)
_ANSWERED = re.compile(
    r"(?:(?:xa|can bo|uy ban|ai|da|co|khong biet) )+(?:tra loi|giai quyet|xu ly|xem)(?: (?:em|toi|cho|"
    r"thon|chua|gi|roi|khong))+"
)


def asks_how_far(words: str) -> bool:
    """“Khó khăn của thôn đến đâu rồi?”, without its first two words."""
    return _HOW_FAR.fullmatch(without_courtesy(words)) is not None


def asks_for_the_answer(words: str) -> bool:
    """“Xã trả lời chưa?”"""
    return says(_ANSWERED, words)


async def tell_how_far(ctx: Context, found: Scope) -> None:
    """What waits for the commune's answer."""
    waits = await waiting(ctx, found)
    ctx.reply(Text.join("\n", waits) if waits else ctx.t("Thôn không có khó khăn nào đang chờ xã trả lời."))


async def waiting(ctx: Context, found: Scope) -> list[Text]:
    """A line for each that the person's villages wait for; in private, for they may name somebody."""
    rows = await difficulties.ageing([one.id for one in found.own]) if ctx.private else []
    lines = [
        ctx.t("• Số {id}, hạn {due}: {text}", id=one.id, due=short_date(one.due_on, ctx.locale), text=one.text[:120])
        for one in rows[:_SHOWN]
    ]
    return [ctx.t("Đang chờ xã trả lời:"), *lines] if lines else []
