"""Texts that tell officials that rows wait for their decision."""

from __future__ import annotations

from bot.core.context import Translate
from bot.core.platform import with_account
from bot.core.text import Text
from bot.features.calendar.vietnam import VIETNAM
from bot.i18n import msg, time_in_words

from .row import RowStop
from .states import BREAKER, OFF, OUTAGE, POISON

_BREAKER = msg(
    "{label} đang tạm dừng: nhiều nhóm không nhận được ({share}), có thể do ứng dụng nhắn tin. Còn {held} tin chưa "
    "gửi. Bác mở {label} để xem và quyết định."
)
_POISON = msg(
    "{label} đang tạm dừng: ứng dụng nhắn tin không nhận nội dung này ({why}). Chưa nhóm nào khác bị gửi, {held} "
    "tin đang giữ lại. Bác mở {label} để quyết định."
)
_TOKEN = msg(
    "Tôi không gửi được tin qua {platform} nữa: mã của bot ở đó không còn dùng được. {held} tin đang giữ lại, sẽ tự đi "
    "khi có mã mới. Bác chuyển dòng này cho người phụ trách máy."
)
_OFF = msg(
    "Tài khoản {platform} của bot đã được tắt. {held} tin đang giữ lại, không mất; bật lại thì tin tự đi. Cần báo ngay "
    "thì bác chuyển tin sang kênh khác."
)
_OUTAGE = msg(
    "Tôi gửi liền mấy tin qua {platform} mà không thấy trả lời, từ lúc {time}, nên tạm ngừng gửi {label}. Còn {held} "
    "tin chờ, mạng thông lại là tôi tự gửi tiếp. Tin nào chưa rõ đã tới chưa, bác mở biên nhận là quyết định một lần."
)


def words(stop: RowStop, label: str, translate: Translate, locale: str) -> Text:
    """Tell of a stop; `label` names the announcement (TB-0123), or those an outage holds; a refused token has none."""
    if stop.reason == BREAKER:
        return Text.of(translate(locale, _BREAKER), label=label, share=stop.detail, held=stop.held)
    if stop.reason == POISON:
        return Text.of(translate(locale, _POISON), label=label, why=stop.detail, held=stop.held)
    if stop.reason == OUTAGE:
        time = time_in_words(stop.stopped_at.astimezone(VIETNAM).time(), locale)
        platform = with_account(stop.platform, str.title)
        return Text.of(translate(locale, _OUTAGE), platform=platform, time=time, label=label, held=stop.held)
    if stop.reason == OFF:
        return Text.of(translate(locale, _OFF), platform=with_account(stop.platform, str.title), held=stop.held)
    return Text.of(translate(locale, _TOKEN), platform=with_account(stop.platform, str.title), held=stop.held)
