"""The questions about a product, and what of the answers can stand in public."""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.context import Context
from bot.core.messages import Button
from bot.core.text import upper_first
from bot.features.showcase.actions import NoPhoto, OpenProduct
from bot.features.showcase.model import LONGEST_CONTACT, LONGEST_NAME, LONGEST_TEXT, Product
from bot.features.showcase.reading import contact_of, price_of, problem
from bot.handlers.kit.typed import too_long, typed
from bot.i18n import msg

from .common import FLOW

NAME, TEXT, PRICE, CONTACT, PHOTO = "name", "text", "price", "contact", "photo"
_LONGEST: Mapping[str, int] = {NAME: LONGEST_NAME, TEXT: LONGEST_TEXT, PRICE: LONGEST_NAME, CONTACT: LONGEST_CONTACT}

ASKED: Mapping[str, str] = {
    NAME: msg("Hàng tên gì? Bác gõ ngắn, ví dụ: Chuối sấy dẻo."),
    TEXT: msg("Bác giới thiệu một, hai câu: làm từ gì, nặng bao nhiêu, dùng đến bao giờ. Chỉ viết điều có thật."),
    PRICE: msg("Giá bao nhiêu? Ví dụ: 60.000 đồng một túi. Chưa định giá thì bác gõ: hỏi giá."),
    CONTACT: msg("Mua thế nào? Bác gõ một số điện thoại, hoặc đường dẫn gian hàng. Ai cũng sẽ thấy số này."),
    PHOTO: msg("Bác gửi một ảnh hàng thật, đừng để người hay giấy tờ trong ảnh."),
}
PARTS: Mapping[str, str] = {
    NAME: msg("Tên hàng"),
    TEXT: msg("Lời giới thiệu"),
    PRICE: msg("Giá"),
    CONTACT: msg("Cách mua"),
    PHOTO: msg("Ảnh"),
}
_UNCLEAR: Mapping[str, str] = {
    PRICE: msg("Tôi chưa rõ giá. Bác gõ một giá bằng đồng, ví dụ: 60.000 đồng một túi, hoặc gõ: hỏi giá."),
    CONTACT: msg("Tôi chưa thấy số điện thoại hay đường dẫn. Bác gõ lại, ví dụ: 0912 345 678."),
}


def taken(ctx: Context, part: str) -> str | None:
    """Return the words typed for a part, if they are valid there; otherwise ask again."""
    words = " ".join(typed(ctx).split())
    if not words or too_long(ctx, words, _LONGEST[part]):
        return None
    wrong = None
    if part in (NAME, TEXT):
        words = upper_first(words)  # it stands at the head of a card
        wrong = problem(words)
    elif (price_of(words) if part == PRICE else contact_of(words)) is None:
        wrong = _UNCLEAR[part]
    if wrong is not None:
        ctx.reply(ctx.t(wrong), expects="text")
    return words if wrong is None else None


def ask_photo(ctx: Context, one: Product) -> None:
    ctx.wait_for(FLOW, PHOTO, {"id": str(one.id)})
    if one.photo:
        without = [
            Button.to(ctx.word("Bỏ ảnh"), NoPhoto(one.id, one.version)),
            Button.to(ctx.word("Giữ ảnh cũ"), OpenProduct(one.id)),
        ]
    else:
        without = [Button.to(ctx.word("Không có ảnh"), OpenProduct(one.id))]
    ctx.reply(ctx.t(ASKED[PHOTO]), without)
