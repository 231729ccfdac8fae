"""The telephone numbers of the commune by matter, and its genuine channels."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.messages import Attachment, Button
from bot.core.router import Router
from bot.core.text import Text
from bot.features.commune.settings import Commune, Contact, DirectoryEntry, Status
from bot.features.help.actions import AskPerson
from bot.features.invites import qr
from bot.handlers.kit.media import KeepUntil, StoreMedia
from bot.handlers.kit.speaker import to_menu
from bot.understanding.ranking import Ranking

_KEPT, _HANDED_OUT = timedelta(days=7), timedelta(days=1)
"""So long a picture stays, and so long it is given to all who ask: anybody may, and each would be a file of its own."""
_GONE: Status = "đã thay thế"
_LONGEST_LINK = 1000
"""Letters; a QR code of more is too fine for a phone's camera."""


class ShowQr(Action, code="dbq"):
    """`channel` tells a channel by its name and link: a place in the list would shift when an official changes it."""

    channel: str


class DirectoryConversation:
    def __init__(
        self,
        commune: Callable[[Context], Commune],
        store_media: StoreMedia,
        keep_until: KeepUntil,
        search: Ranking,
    ) -> None:
        self._search = search
        self._commune = commune
        self._store_media = store_media
        self._keep_until = keep_until
        self._drawn: dict[str, tuple[str, datetime]] = {}

    async def understand(self, ctx: Context, words: str) -> bool:
        """Show the directory, before the guides, some of which also speak of phones and of the police."""
        if not self._search.means(words, "wish:phone", "wish:hours"):
            return False
        await self.show(ctx)
        return True

    async def advise_the_ill(self, ctx: Context) -> None:
        """Advise an ill person to call: no guide heals."""
        await self._show(
            ctx,
            ctx.t("Tôi không biết chữa bệnh. Bác gọi hoặc đưa người ốm đến trạm y tế; thấy nặng thì gọi ngay **115**."),
        )

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
        """Send a QR code to print, or to show to a neighbour's phone."""
        channel = next((one for one in _leading(self._commune(ctx)) if _mark(one) == action.channel), None)
        if channel is None:
            await self.show(ctx)
            return
        name, drawn_at = self._drawn.get(action.channel, ("", ctx.now))
        if not name or ctx.now - drawn_at >= _HANDED_OUT:
            name, drawn_at = await self._store_media(qr.png(channel.link), "image/png"), ctx.now
        reply = Text.of("**{name}**", name=channel.name)
        if channel.purpose:
            reply += Text.verbatim(f"\n{channel.purpose}")
        reply += ctx.t("\nMở máy ảnh soi vào mã này, hoặc mở: {link}", link=channel.link)
        async with ctx.changes():
            await self._keep_until(name, drawn_at + _KEPT)
            ctx.reply(
                reply,
                to_menu(ctx),
                attachment=Attachment("photo", name, ctx.t("Mã QR: {name}", name=channel.name).plain),
            )
        self._drawn[action.channel] = name, drawn_at

    def _contact(self, one: Contact) -> Text:
        return Text.verbatim(f"• {one.matter}: " + ", ".join(part for part in (one.name, one.phone, one.hours) if part))

    def _channel(self, ctx: Context, one: DirectoryEntry) -> Text:
        parts = [part for part in (one.purpose, one.link, one.answered_by, one.hours) if part]
        line = Text.verbatim(f"• {one.name} ({ctx.word(one.status)})" + (": " if parts else "") + ", ".join(parts))
        if one.replaced_by:
            line += ctx.t(". Nay dùng: {name}", name=one.replaced_by)
        return line


def _leading(commune: Commune) -> list[DirectoryEntry]:
    """Return the channels that have an address and are not replaced by another."""
    return [one for one in commune.channels if one.link and one.status != _GONE and len(one.link) <= _LONGEST_LINK]


def _mark(channel: DirectoryEntry) -> str:
    return hashlib.sha256(f"{channel.name}\n{channel.link}".encode()).hexdigest()[:12]


def build(conversation: DirectoryConversation) -> Router:
    router = Router()
    router.command("danhba", "danh bạ", "liên hệ", "kênh của xã", "số điện thoại của xã")(conversation.show)
    router.action(ShowQr)(conversation.show_qr)
    return router
