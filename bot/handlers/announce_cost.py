"""What an announcement costs, in one or two sentences, and what to do when the month has too little left."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.context import Context
from bot.core.text import Text
from bot.features.announcements.model import Announcement
from bot.features.outbox.hours import VIETNAM
from bot.features.outbox.quota import Need, next_month
from bot.i18n import msg, number

from .health import called

_COST = msg("{name}: tin này cần {calls} tin, tháng này còn {left} trong {limit} (giữ {kept} cho tin khẩn).")
_WAITING = msg("Trước đó còn {waiting} tin khác đang chờ gửi.")
_SHORT = msg(
    "⚠️ {name} thiếu {missing} tin, phần thiếu phải chờ sang tháng. "
    "Bác rút ngắn tin, bỏ bớt tệp, hoặc báo qua ứng dụng khác. Chỉ đổi thành tin khẩn khi việc thật sự khẩn."
)
_SHORT_URGENT = msg(
    "⚠️ {name} thiếu {missing} tin, đã tính cả phần giữ cho tin khẩn. Bác báo thêm bằng loa và điện thoại."
)
_PACE = msg("Theo đà này, hết tháng {name} cần khoảng {expected} tin, quá {limit}. Bác nên gửi ít tin hơn.")
_LATER = msg("{name}: tin này cần {calls} tin, tính vào tháng {month}.")


def cost_lines(ctx: Context, one: Announcement, needs: Sequence[Need]) -> list[Text]:
    """Nothing for messengers that count nothing."""
    return [line for need in needs if need.left is not None for line in _lines(ctx, one, need)]


def _lines(ctx: Context, one: Announcement, need: Need) -> list[Text]:
    def shown(value: int) -> str:
        return number(value, ctx.locale)

    name, missing = called(need.platform), need.missing(urgent=one.urgent)
    if one.not_before is not None and one.not_before >= next_month(ctx.now):
        month = f"{one.not_before.astimezone(VIETNAM):%m/%Y}"
        return [ctx.t(_LATER, name=name, calls=shown(need.counted), month=month)]
    lines = [
        ctx.t(
            _COST, name=name, calls=shown(need.counted), left=shown(need.left or 0), limit=shown(need.limit),
            kept=shown(need.reserve),
        )
    ]  # fmt: skip
    if need.waiting:
        lines.append(ctx.t(_WAITING, waiting=shown(need.waiting)))
    if missing:
        lines.append(ctx.t(_SHORT_URGENT if one.urgent else _SHORT, name=name, missing=shown(missing)))
    elif need.expected + need.counted > need.limit:
        expected = shown(need.expected + need.counted)
        lines.append(ctx.t(_PACE, name=name, expected=expected, limit=shown(need.limit)))
    return lines
