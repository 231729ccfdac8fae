"""A product as people read it, the question of consent, and the buttons of who owns or reviews it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.context import ReaderWords
from bot.core.messages import Attachment, Button, Message
from bot.core.text import Text
from bot.features.guides.contacts import Allowed
from bot.features.units import Place
from bot.i18n import msg, number, short_date

from .actions import AgreeToShow, EditProduct, OpenProduct, PublishProduct, ReturnProduct, Withdraw
from .model import STATES, Product
from .reading import is_address, phone_written

BEWARE = msg("Xã không bán, không giữ tiền thay ai. Bác hỏi kỹ, xem hàng rồi mới trả tiền.")
# A change of it needs new TERMS.
CONSENT = msg(
    "Bác đọc lại giúp: ai cũng sẽ thấy đúng những gì ở tin trên.\n"
    "• Để làm gì: để người trong và ngoài xã biết mà hỏi mua.\n"
    "• Hiện ở đâu: trang /san-pham trên web của xã, và khi ai đó gõ “sản phẩm” với tôi. Ai xem cũng chép lại được.\n"
    "• Bao lâu: cán bộ xã xem rồi mới hiện, nhiều nhất 6 tháng, trước khi hết tôi hỏi bác. Tên và tài khoản của bác "
    "tôi giữ đến lúc ấy, không hiện ra; giờ bác đồng ý tôi ghi lại.\n"
    "• Rút lại: bác gõ “sản phẩm”, chọn “Hàng tôi đăng”, rồi “Gỡ xuống”: gỡ ngay, không cần nói lý do."
)
_YOURS = msg("Bác có đồng ý cho hiện đúng như vậy không?")
_THEIRS = msg("Bác đọc cả hai tin cho chủ hàng nghe. Chủ hàng có đồng ý cho hiện đúng như vậy không?")


def price(one: Product, say: ReaderWords) -> str:
    """Write `60.000 đồng/túi 500 gam`, or “hỏi giá”, ask for the price."""
    if one.price.amount is None:
        return say.word("hỏi giá")
    amount = say.t("{amount} đồng", amount=number(one.price.amount, say.locale)).plain
    return f"{amount}/{one.price.per}" if one.price.per else amount


def contact(one: Product) -> str:
    return one.contact if is_address(one.contact) else phone_written(one.contact)


def card(one: Product, place: Place | None, say: ReaderWords) -> Text:
    """Return the card that everybody reads."""
    where = "" if place is None else place.full_name
    how = (
        say.t("Xem và đặt ở: {contact}", contact=contact(one))
        if is_address(one.contact)
        else say.t("Hỏi mua: {contact}", contact=contact(one))
    )
    lines = [
        say.t("**{name}**, {village}", name=one.name, village=where),
        Text.verbatim(one.text),
        say.t("Giá: {price}", price=price(one, say)),
        how,
    ]
    return Text.join("\n", lines)


def picture(one: Product) -> Attachment | None:
    return Attachment("photo", one.photo, one.name) if one.photo else None


def preview(one: Product, place: Place | None, say: ReaderWords) -> Sequence[Message]:
    """Return the public card, and below it the question whether it may be shown."""
    question = say.t(_THEIRS if one.behalf else _YOURS)
    yes = say.word("Chủ hàng đã nghe và đồng ý") if one.behalf else say.word("Đồng ý cho hiện")
    buttons = (
        Button.to(yes, AgreeToShow(one.id, one.version)),
        Button.to(say.word("Sửa lại"), EditProduct(one.id, one.version)),
        Button.to(say.word("Bỏ hàng này"), Withdraw(one.id)),
    )
    return [
        Message(card(one, place, say), attachment=picture(one)),
        Message(Text.join("\n\n", [say.t(CONSENT), question]), buttons),
    ]


def standing(one: Product, say: ReaderWords) -> Text:
    """Tell its owner where it stands."""
    lines = [say.t("Tình trạng: {state}", state=say.word(STATES[one.state]))]
    if one.state == "published" and one.ends_on is not None:
        lines.append(say.t("Hiện đến hết {day}.", day=short_date(one.ends_on, say.locale)))
    if one.reason:
        lines.append(say.t("Lý do: {reason}", reason=one.reason))
    return Text.join("\n", lines)


def owner_buttons(one: Product, say: ReaderWords) -> list[Button]:
    return [
        Button.to(say.word("Sửa"), EditProduct(one.id, one.version)),
        Button.to(say.word("Gỡ xuống") if one.state == "published" else say.word("Bỏ hàng này"), Withdraw(one.id)),
    ]


def reviewer_notes(one: Product, allowed: Allowed, say: ReaderWords) -> Text:
    """List the points that an official should look at before the commune shows it."""
    lines = [say.t("Ai mua hàng thì làm việc với người bán; xã chỉ xem có đúng, có hợp lệ không.")]
    if one.behalf:
        lines.append(say.t("Tổ công nghệ số viết giúp; ghi là chủ hàng đã nghe đọc và đồng ý."))
    if hosts := allowed.strange_hosts(Text.verbatim(contact(one))) if is_address(one.contact) else []:
        lines.append(say.t("⚠️ Đường dẫn ngoài danh sách của xã: {hosts}. Bác mở xem trước.", hosts=", ".join(hosts)))
    return Text.join("\n", lines)


def reviewer_buttons(one: Product, say: ReaderWords) -> list[Button]:
    if one.state == "published":
        return [Button.to(say.word("Gỡ khỏi trang"), ReturnProduct(one.id, one.version))]
    return [
        Button.to(say.word("Cho hiện"), PublishProduct(one.id, one.version)),
        Button.to(say.word("Trả lại"), ReturnProduct(one.id, one.version)),
    ]


def opening(label: str, one: Product) -> Button:
    """Return the button that opens it; `label` is a word of ours before the name, "" for none."""
    return Button.to(f"{label}: {one.name}"[:50] if label else one.name[:50], OpenProduct(one.id))
