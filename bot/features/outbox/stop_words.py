"""What the officials are told when rows wait for them."""

from __future__ import annotations

from bot.core.context import Translate
from bot.core.text import Text
from bot.i18n import msg

from .row import Stop
from .states import BREAKER, POISON

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


def words(stop: Stop, label: str, translate: Translate, locale: str) -> Text:
    """`label` names the announcement (TB-0123); a refused token has none."""
    if stop.reason == BREAKER:
        return Text.of(translate(locale, _BREAKER), label=label, share=stop.detail, held=stop.held)
    if stop.reason == POISON:
        return Text.of(translate(locale, _POISON), label=label, why=stop.detail, held=stop.held)
    return Text.of(translate(locale, _TOKEN), platform=stop.platform.title(), held=stop.held)
