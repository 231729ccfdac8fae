"""The cost of an announcement, in one or two sentences, and the remedy when the month has too little left."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.context import ReaderNow
from bot.core.text import Text
from bot.features.announcements.model import Announcement
from bot.features.calendar.vietnam import VIETNAM
from bot.features.groups.naming import called
from bot.features.outbox.quota import Need, next_month
from bot.handlers.kit.pausing import pause_lines
from bot.i18n import msg, number

_COST = msg("{name}: tin này cần {calls} tin, tháng này còn {left} trong {limit} (giữ {kept} cho tin khẩn).")
_WAITING = msg("Trước đó còn {waiting} tin khác đang chờ gửi.")
_SHORT = msg(
    "⚠️ {name} thiếu {missing} tin, phần thiếu phải chờ sang tháng. "
    "Bác rút ngắn tin, bỏ bớt tệp, hoặc báo qua ứng dụng khác. Chỉ đổi thành tin khẩn khi việc thật sự khẩn."
)
_SHORT_URGENT = msg(
    "⚠️ {name} thiếu {missing} tin, đã tính cả phần giữ cho tin khẩn. Bác báo thêm bằng loa và điện thoại."
)
_PEOPLE_FIRST = msg("Tin nhờ người đưa tin đi trước; thiếu thì nhóm có bot chờ.")
_PACE = msg("Theo đà này, hết tháng {name} cần khoảng {expected} tin, quá {limit}. Bác nên gửi ít tin hơn.")
_LATER = msg("{name}: tin này cần {calls} tin, tính vào tháng {month}.")


async def cost_lines(
    ctx: ReaderNow, one: Announcement, needs: Sequence[Need], *, through_people: bool = False
) -> list[Text]:
    """Return the lines on cost, none for messengers without a quota; then those on messengers that take nothing now.

    `through_people`: some villages are told by a person, whose messages leave first where not all fit.
    """
    costs = [line for need in needs if need.left is not None for line in _lines(ctx, one, need)]
    if through_people and not one.urgent and any(need.missing() for need in needs):
        costs.append(ctx.t(_PEOPLE_FIRST))
    return costs + await pause_lines(ctx, {need.platform for need in needs})


def _lines(ctx: ReaderNow, one: Announcement, need: Need) -> list[Text]:
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
