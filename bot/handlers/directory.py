"""Whom to call about what, and which channels of the commune are the real ones."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.messages import Attachment, Button
from bot.core.router import Router
from bot.core.text import Text, fold
from bot.features.commune import Commune, Contact, Listed, Status
from bot.features.help.actions import AskPerson
from bot.features.invites import qr

from .inviting import KeepUntil, StoreMedia, to_menu
from .typed import MOST_WORDS

_KEPT, _HANDED_OUT = timedelta(days=7), timedelta(days=1)
"""So long a picture stays, and so long it is given to all who ask: anybody may, and each would be a file of its own."""
_GONE: Status = "đã thay thế"
_LONGEST_LINK = 1000
"""Letters; a QR code of more is too fine for a phone's camera."""

# Without marks. Any other word means another matter: "đổi số điện thoại trong vneid" asks for a guide.
_ASIDE = re.compile(
    r"\b(?:bac(?! si)|bao nhieu|cac|can(?! bo)|cai|chau|chi|cho biet|"
    r"cho (?:toi|tui|bac|ba|ong|em|chau) (?:biet|hoi|xin)|"
    r"cho (?:hoi|toi|tui|xin)|cho(?= (?:so|gap|noi) )|(?<!mo )(?<!dong )cua(?! (?:toi|tui|bac)\b)|duoc|giup|"
    r"hoi|la gi|muon|nhe|"
    r"nho|o dau|oi|phai|thi|toi|tui|voi|xin)\b"
)
_WHO = (
    r"(?:uy ban(?: nhan dan)?|ubnd|cong an|y te|trung tam(?: phuc vu)?(?: hanh chinh cong)?|mot cua|can bo|"
    r"chu tich|truong thon|to cong nghe(?: so)?(?: cong dong)?|tru so|bac si|tram|xa|phuong|thon)"
)
_NUMBER = r"(?:so )?(?:dien thoai|dt)|sdt|so may"
_HOURS = (
    r"gio (?:lam viec|mo cua|truc|tiep dan)|(?:lam viec|mo cua|dong cua) (?:luc )?(?:may gio|gio nao)|"
    r"may gio (?:lam viec|mo cua|dong cua|nghi)"
)
_DAY = (
    r"(?:hom nay|sang nay|chieu nay|(?:sang |chieu |ngay )?(?:mai|kia)|thu (?:hai|ba|tu|nam|sau|bay|[2-7])|chu nhat|cn|"
    r"cuoi tuan|ngay le|tet|(?:ngay )?mung \d{1,2}|ngay \d{1,2}(?: thang \d{1,2}| \d{1,2})?)"
    r"(?: (?:nay|toi|sau|tuan nay|tuan sau|tuan toi|thang nay|am))?"
)
_WHEN = r"(?:hom nao|ngay nao|bao gio|may ngay|khi nao)"
_OPEN = r"(?:co )?(?:lam viec|lam|mo cua|truc|nghi)"
_CALL = r"(?:goi|lien he)(?: cho)? (?:ai|so nao|so may)"
_MEET = r"(?:gap|noi chuyen)(?: truc tiep)? (?:nguoi(?: that)?|can bo)"
_ASKS = re.compile(
    rf"may gio(?: {_WHO})+ (?:lam viec|mo cua|dong cua|nghi)"
    rf"|so dien thoai|sdt|gio (?:lam viec|mo cua)|{_CALL}|{_MEET}"
    rf"|(?:danh ba|lien he|goi(?: cho)?|gap|so|{_NUMBER}|{_HOURS}|{_CALL}|{_MEET})(?: {_WHO})+"
    rf"|{_WHO}(?: {_WHO})* (?:so (?:may|nao)|{_NUMBER}|{_HOURS}|{_CALL})"
    rf"|(?:{_DAY} )+(?:{_WHO} )+{_OPEN}(?: (?:tu )?{_WHEN})?(?: (?:khong|ko|k|chua))?"
    rf"|(?:{_WHO} )+(?:{_OPEN} {_DAY}|{_DAY}(?: {_DAY})* {_OPEN})(?: {_DAY})*"
    rf"(?: (?:tu )?{_WHEN})?(?: (?:khong|ko|k|chua))?"
    rf"|(?:{_WHO} )+(?:la (?:ai|ong nao|ba nao)|ten (?:la )?gi)|ai (?:la|lam) {_WHO}(?: {_WHO})*"
)
_ILL = re.compile(
    r"\b(?:(?<!bo )(?<!thieu )sot(?! (?:gia|dat|ve))|dau (?:bung|dau|rang|lung|hong|khop)|tieu chay|chong mat|buon non|"
    r"non mua|di ung|ong dot|bi om|om nang)\b"
)
_WIDOWED = re.compile(r"\bchồng mất\b", re.IGNORECASE)
"""Without its marks it looks like `chóng mặt`."""
_ANIMAL = re.compile(r"\b(?:lon|heo|ga|vit|trau|meo|con (?:bo|cho))\b")


def asks_whom_to_call(words: str, commune: str) -> bool:
    """Whether `words` ask for nothing but a number, the hours or a person of the commune, which may be named."""
    named = fold(words).replace(fold(commune), "xa")
    plain = " ".join(_ASIDE.sub(" ", re.sub(r"[^\w\s]", " ", named)).split())
    return len(plain.split()) <= MOST_WORDS and _ASKS.fullmatch(plain) is not None


class ShowQr(Action, code="dbq"):
    """`channel` tells a channel by its name and link: a place in the list would shift when an official changes it."""

    channel: str


class DirectoryTalk:
    def __init__(self, commune: Callable[[Context], Commune], store_media: StoreMedia, keep_until: KeepUntil) -> None:
        self._commune = commune
        self._store_media = store_media
        self._keep_until = keep_until
        self._drawn: dict[str, tuple[str, datetime]] = {}

    async def understand(self, ctx: Context, words: str) -> bool:
        """Before the guides, some of which also speak of phones and of the police."""
        if not asks_whom_to_call(words, self._commune(ctx).full_name):
            return False
        await self.show(ctx)
        return True

    async def advise_the_ill(self, ctx: Context, words: str) -> bool:
        """After the guides: no guide heals, but there is somebody to call."""
        plain = fold(_WIDOWED.sub("", words))
        if _ILL.search(plain) is None or _ANIMAL.search(plain) is not None:
            return False
        await self._show(
            ctx,
            ctx.t("Tôi không biết chữa bệnh. Bác gọi hoặc đưa người ốm đến trạm y tế; thấy nặng thì gọi ngay **115**."),
        )
        return True

    async def show(self, ctx: Context) -> None:
        await self._show(ctx)

    async def _show(self, ctx: Context, *before: Text) -> None:
        commune = self._commune(ctx)
        parts = [*before, ctx.t("**Danh bạ của {commune}**", commune=commune.full_name)]
        if commune.phone:
            hours = commune.hours or ctx.word("giờ hành chính")
            parts.append(ctx.t("{centre}: {phone}, {hours}.", centre=commune.centre, phone=commune.phone, hours=hours))
        if commune.contacts:
            parts.append(Text.join("\n", [self._contact(one) for one in commune.contacts]))
        if commune.channels:
            lines = [ctx.t("**Các kênh của xã:**"), *(self._channel(ctx, one) for one in commune.channels)]
            parts.append(Text.join("\n", lines))
        if len(parts) == len(before) + 1:
            parts.append(ctx.t("Xã chưa ghi số nào ở đây. Bác ra {centre} nhé.", centre=commune.centre))
        codes = [
            Button.to(ctx.t("Mã QR: {name}", name=one.name).plain, ShowQr(_mark(one))) for one in _leading(commune)
        ]
        # The number that somebody wants may not be on the list: a neighbour knows it.
        person = [Button.to(ctx.word("Hỏi người trong thôn"), AskPerson("", ""))] if ctx.private else []
        ctx.reply(Text.join("\n\n", parts), [*codes, *person, *to_menu(ctx)])

    async def show_qr(self, ctx: Context, action: ShowQr) -> None:
        """A picture to print, or to show to a neighbour's phone."""
        channel = next((one for one in _leading(self._commune(ctx)) if _mark(one) == action.channel), None)
        if channel is None:
            await self.show(ctx)
            return
        name, drawn_at = self._drawn.get(action.channel, ("", ctx.now))
        if not name or ctx.now - drawn_at >= _HANDED_OUT:
            name, drawn_at = await self._store_media(qr.png(channel.link), "image/png"), ctx.now
        said = Text.of("**{name}**", name=channel.name)
        if channel.purpose:
            said += Text.verbatim(f"\n{channel.purpose}")
        said += ctx.t("\nMở máy ảnh soi vào mã này, hoặc mở: {link}", link=channel.link)
        async with ctx.changes():
            await self._keep_until(name, drawn_at + _KEPT)
            ctx.reply(
                said,
                to_menu(ctx),
                attachment=Attachment("photo", name, ctx.t("Mã QR: {name}", name=channel.name).plain),
            )
        self._drawn[action.channel] = name, drawn_at

    def _contact(self, one: Contact) -> Text:
        return Text.verbatim(f"• {one.matter}: " + ", ".join(part for part in (one.name, one.phone, one.hours) if part))

    def _channel(self, ctx: Context, one: Listed) -> Text:
        parts = [part for part in (one.purpose, one.link, one.answered_by, one.hours) if part]
        line = Text.verbatim(f"• {one.name} ({ctx.word(one.status)})" + (": " if parts else "") + ", ".join(parts))
        if one.replaced_by:
            line += ctx.t(". Nay dùng: {name}", name=one.replaced_by)
        return line


def _leading(commune: Commune) -> list[Listed]:
    """The channels that have an address and are not replaced by another."""
    return [one for one in commune.channels if one.link and one.status != _GONE and len(one.link) <= _LONGEST_LINK]


def _mark(channel: Listed) -> str:
    return hashlib.sha256(f"{channel.name}\n{channel.link}".encode()).hexdigest()[:12]


def build(talk: DirectoryTalk) -> Router:
    router = Router()
    router.command("danhba", "danh bạ", "liên hệ", "kênh của xã", "số điện thoại của xã")(talk.show)
    router.action(ShowQr)(talk.show_qr)
    return router
