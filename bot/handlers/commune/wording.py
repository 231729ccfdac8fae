"""How the settings of a commune are named, asked for and shown in chat."""

from __future__ import annotations

import hashlib
import json

from pydantic import JsonValue

from bot.core.context import ReaderNow
from bot.core.text import Text
from bot.features.commune.changing import LISTS
from bot.features.commune.commune_settings import Field, WrongValue, check, value_of
from bot.features.commune.settings import STATUSES, Commune
from bot.i18n import msg, short_time

LABELS: dict[Field, str] = {
    "phone": msg("Điện thoại của xã"),
    "hours": msg("Giờ làm việc"),
    "centre": msg("Nơi tiếp bà con"),
    "contacts": msg("Người liên hệ theo việc"),
    "channels": msg("Danh bạ kênh của xã"),
    "quiet": msg("Giờ yên lặng"),
    "help": msg("Nhờ người giúp bà con"),
    "hosts": msg("Trang web được nêu"),
    "phones": msg("Số điện thoại được nêu"),
}
HOW: dict[Field, str] = {
    "phone": msg("Bác gõ số điện thoại, ví dụ: 0229 3 868 686."),
    "hours": msg("Bác gõ giờ làm việc, ví dụ: thứ Hai đến thứ Sáu, 7 giờ 30 đến 17 giờ."),
    "centre": msg("Bác gõ tên nơi tiếp bà con, ví dụ: Trung tâm Phục vụ hành chính công."),
    "contacts": msg("Bác gõ: việc; người; điện thoại; giờ. Ví dụ: VNeID; Công an xã; 0229 3 868 113; giờ hành chính"),
    "channels": msg("Bác gõ: tên kênh; dùng để làm gì; đường dẫn; ai trả lời; giờ. Thiếu phần nào thì để trống."),
    "quiet": msg("Bác gõ giờ bắt đầu và giờ kết thúc, ví dụ: 21:00 - 6:00. Không cần giờ yên lặng thì gõ: không."),
    "help": msg("Bác gõ số phút chờ mỗi người, rồi giờ bắt đầu và giờ kết thúc, ví dụ: 15 phút, 7:00 - 21:00."),
    "hosts": msg("Bác gõ địa chỉ trang, ví dụ: ninhbinh.gov.vn."),
    "phones": msg("Bác gõ số điện thoại, ví dụ: 1900 1234."),
}
UNCLEAR = msg("Tôi chưa hiểu. {how}")


def answer(ctx: ReaderNow, *, done: bool, to_file: bool) -> Text:
    """Say how a change of a setting ended; `to_file`: it was to be what the file says."""
    if not done:
        return ctx.t("Mục này vừa có người sửa trước, tôi chưa đổi gì. Đây là nội dung bây giờ:")
    return ctx.t("Đã dùng lại nội dung trong tệp.") if to_file else ctx.t("Đã đổi, có hiệu lực ngay.")


def items(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []


def mark(value: JsonValue) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:8]


def name(item: JsonValue) -> str:
    return str(item.get("name") or item.get("matter") or "") if isinstance(item, dict) else str(item)


def item_shown(ctx: ReaderNow, item: JsonValue) -> str:
    if not isinstance(item, dict):
        return str(item)
    names = ("matter", "name", "purpose", "phone", "link", "answered_by", "hours", "status")
    parts = [str(item[name]) for name in names if item.get(name)]
    return "; ".join(ctx.word(part) if part in STATUSES else part for part in parts)


def shown(ctx: ReaderNow, commune: Commune, field: Field) -> str:
    value = value_of(commune, field)
    if field == "quiet":
        start, end = commune.quiet.start, commune.quiet.end
        if start == end:
            return ctx.word("không có")
        return f"{short_time(start, ctx.locale)} – {short_time(end, ctx.locale)}"
    if field == "help":
        start, end = commune.help.start, commune.help.end
        hours = f"{short_time(start, ctx.locale)} – {short_time(end, ctx.locale)}"
        return ctx.t("{minutes} phút", minutes=commune.help.minutes).plain + f", {hours}"
    if isinstance(value, list):
        return ", ".join(name(item) for item in value) or "–"
    return str(value) or "–"


def whole(ctx: ReaderNow, commune: Commune, field: Field) -> str:
    """Put a setting in words as `shown` does, but each item of a list in full."""
    value = value_of(commune, field)
    return (
        " | ".join(item_shown(ctx, item) for item in items(value))
        if value and field in LISTS
        else shown(ctx, commune, field)
    )


def past_shown(ctx: ReaderNow, commune: Commune, field: Field, value: JsonValue) -> str | None:
    """Put an earlier value in words; None if this version of the program no longer accepts it."""
    if value is None:
        return ctx.word("như trong tệp")
    try:
        return whole(ctx, check(commune, field, value), field)
    except WrongValue:
        return None
