"""Whom to call about what, and which channels of the commune are the real ones."""

from __future__ import annotations

from collections.abc import Callable

from bot.core.context import Context
from bot.core.router import Router
from bot.core.text import Text
from bot.features.commune import Commune, Contact, Listed

from .inviting import to_menu


class DirectoryTalk:
    def __init__(self, commune: Callable[[Context], Commune]) -> None:
        self._commune = commune

    async def show(self, ctx: Context) -> None:
        commune = self._commune(ctx)
        parts = [ctx.t("**Danh bạ của {commune}**", commune=commune.full_name)]
        if commune.phone:
            hours = commune.hours or ctx.word("giờ hành chính")
            parts.append(ctx.t("{centre}: {phone}, {hours}.", centre=commune.centre, phone=commune.phone, hours=hours))
        if commune.contacts:
            parts.append(Text.join("\n", [self._contact(one) for one in commune.contacts]))
        if commune.channels:
            lines = [ctx.t("**Các kênh của xã:**"), *(self._channel(ctx, one) for one in commune.channels)]
            parts.append(Text.join("\n", lines))
        if len(parts) == 1:
            parts.append(ctx.t("Xã chưa ghi số nào ở đây. Bác ra {centre} nhé.", centre=commune.centre))
        ctx.reply(Text.join("\n\n", parts), to_menu(ctx))

    def _contact(self, one: Contact) -> Text:
        return Text.verbatim(f"• {one.matter}: " + ", ".join(part for part in (one.name, one.phone, one.hours) if part))

    def _channel(self, ctx: Context, one: Listed) -> Text:
        parts = [part for part in (one.purpose, one.link, one.answered_by, one.hours) if part]
        line = Text.verbatim(f"• {one.name} ({ctx.word(one.status)})" + (": " if parts else "") + ", ".join(parts))
        if one.replaced_by:
            line += ctx.t(". Nay dùng: {name}", name=one.replaced_by)
        return line


def build(talk: DirectoryTalk) -> Router:
    router = Router()
    router.command("danhba", "danh bạ", "liên hệ", "kênh của xã", "số điện thoại của xã")(talk.show)
    return router
