"""Sentences of reporters about figures: a report, a question about them, taking one back, having none."""

from __future__ import annotations

from bot.core.context import Context
from bot.core.lean import patterns
from bot.core.small_words import without_courtesy
from bot.core.text import fold
from bot.features.calendar import periods
from bot.features.calendar.periods import Cadence, Period
from bot.features.checkins.actions import AmendReported, ShowReported
from bot.features.checkins.reading.figures import period_of, read
from bot.features.checkins.scope import FigureScope
from bot.i18n import msg

from .common import CheckinService, is_addressed_here
from .history import CheckinHistoryConversation
from .report import CheckinConversation

_LONGEST = 120
_ASKS = patterns.compile(
    r"\bthieu (?:gi|so|chi tieu|muc|nhung|cai)\b|\bbao (?:cao )?(?:duoc |dc )?(?:bao nhieu|may)\b"
    r"|\b(?:thon|to|xom|minh|duoc|da) (?:\w+ ){0,2}dat (?:duoc )?(?:bao nhieu|may|the nao|chua)\b"
    r"|\b(?:han|bao gio|khi nao|hom nao|luc nao|ngay nao) (?:\w+ ){0,3}(?:bao cao|nop so|bao so)\b|"
    r"\bbao cao (?:hom nao|bao gio|khi nao)\b"
    r"|\bbao (?:cao|so(?: lieu)?) (?:\w+ )?(?:xong|du|het) (?:chua|khong)\b"
    r"|\bxem (?:lai )?(?:so|bao cao)\b.*\b(?:truoc|\d+)\b|\bso (?:lieu )?(?:thang|tuan|quy|ky) (?:truoc|roi|qua|\d+)\b"
)
_OTHER_VILLAGES = patterns.compile(r"\b(?:cac thon|thon (?:khac|nao|kia|ban|ben))\b")
_NOT_FIGURES = patterns.compile(r"\b(?:giay to|thu tuc|dien thoai|mat khau|tai khoan|du lieu|sim)\b")
_TAKES_BACK = patterns.compile(
    r"(?:(?:em|toi|minh|chi|anh|chau|da|xin|cho|nho|muon|nham|bao|bao cao|roi|vua|luc nay|giup|thi|la) )*"
    r"(?:(?:bo|xoa|rut|huy|go|thu hoi)(?: (?:giup|ho|di|lai|bot))*(?: (?:em|toi|minh))?"
    r" (?:so|chi tieu|bao cao|dong|muc)(?: .+)?|rut lai(?: .+)?|(?:bao|bao cao|ghi|go) nham(?: (?:roi|so|"
    r"mat roi))*|nham roi)"
)
_HAS_NONE = patterns.compile(
    r"(?:(?:em|toi|minh|thon|to|bao|bc|xa|nay|tuan|thang|ky|hom|quy|ben) )*(?:khong|chua) (?:co|phat sinh)"
    r"(?: (?:gi|so lieu|so|so nao|them))* ?(?P<said>de bao|de bao cao|bao|bao cao|moi|phat sinh)?(?: (?:ca|het|"
    r"them|roi))*"
)
_OF_A_PERIOD = patterns.compile(r"\b(?:tuan|thang|ky|quy|hom) nay\b")
_REPORTS = patterns.compile(
    r"(?:(?:da|thua|em|toi|chau|kinh|gui|xa|bot|oi|xin|a|cho) )*bao (?!hiem|gio|nhieu|ve|loi|mat|an|ho|mang|"
    r"dong|tri|lau)"
)
_CADENCES: dict[str, Cadence] = {"tuan": "week", "thang": "month", "quy": "quarter"}
_STAYS = msg("Số đã ghi thì tôi không xóa; bác gõ số đúng, tôi ghi thay.")
_ONLY_OWN = msg("Số của thôn khác thì cán bộ xã xem. Bác xem được số của {village}.")


class CheckinQuestionConversation:
    def __init__(self, service: CheckinService, own: CheckinHistoryConversation, checkins: CheckinConversation) -> None:
        self._service = service
        self._own = own
        self._checkins = checkins

    async def understand(self, ctx: Context, text: str) -> bool:
        """Answer sentences about figures, before the guides, which have VNeID and Zalo too.

        Only words that are said to the bot are answered.
        """
        if not is_addressed_here(ctx) or (found := await self._service.scope(ctx)) is None:
            return False
        plain = without_courtesy(text)
        if len(plain) <= _LONGEST and _NOT_FIGURES.search(plain) is None:
            if _ASKS.search(plain) or (_OTHER_VILLAGES.search(plain) and " bao" in plain):
                await self._show(ctx, found, text, plain)
                return True
            if _TAKES_BACK.fullmatch(plain):
                if not await self._checkins.pending(ctx):
                    ctx.reply(ctx.t(_STAYS))
                await self._own.amend(ctx, AmendReported(""))
                return True
            none = _HAS_NONE.fullmatch(plain)
            if none is not None and (none["said"] or _OF_A_PERIOD.search(plain)):
                return await self._checkins.take(ctx, "không có gì", asked=True)
        return await self._reported(ctx, found, text)

    async def _show(self, ctx: Context, found: FigureScope, text: str, plain: str) -> None:
        """Show the own village's figures; to a question about another village first say whose figures they are."""
        # With what it is called by: xóm Chùa is no “chưa”.
        others = [fold(f"{one.kind} {one.name}") for one in found.villages if one not in found.own]
        named = any(other in plain for other in others)
        if (named or _OTHER_VILLAGES.search(plain)) and found.meant is not None:
            ctx.reply(ctx.t(_ONLY_OWN, village=found.meant.full_name))
        await self._own.show(ctx, ShowReported(""), self._period(ctx, text, plain))

    def _period(self, ctx: Context, text: str, plain: str) -> Period | None:
        """Return the period of `tháng trước`, `tuần 46`; None for the present ones."""
        hint = period_of(text)
        cadence = next((one for word, one in _CADENCES.items() if word in plain.split()), None)
        if cadence is None or hint in ("", "this", "yesterday"):
            return None
        return periods.period_meant(hint, cadence, periods.today(ctx.now), self._service.cut_off)

    async def _reported(self, ctx: Context, found: FigureScope, text: str) -> bool:
        """Take “Báo thôn em tuần này …” as a report with words around the figures; unread parts are named."""
        if _REPORTS.match(fold(text)) is None:
            return False
        lexicon = found.lexicon(await self._service.indicators())
        return bool(read(text, lexicon, asked=True).entries) and await self._checkins.take(ctx, text, asked=True)
