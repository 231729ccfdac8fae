"""Earlier values of the commune's settings, and going back to one with one press."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text
from bot.features.commune.commune_settings import CommuneSettings, field_of
from bot.features.commune.settings import Commune
from bot.features.units import Place
from bot.handlers.kit.speaker import to_menu
from bot.i18n import short_date, short_time

from .wording import LABELS, past_shown

_SHOWN = 5

Entrance = Callable[[Context, str], Awaitable[tuple[Place, Commune] | None]]
"""The commune of this code, if the presser may change its settings; else says why not."""
Change = Callable[[Context, str, str, JsonValue, int], Awaitable[None]]


class OpenPast(Action, code="sp"):
    unit: str
    field: str


class UsePast(Action, code="sr"):
    """Take back what version `past` was; `version` is the one that held when it was shown."""

    unit: str
    field: str
    past: int
    version: int


class SettingsHistoryConversation:
    def __init__(self, commune_settings: CommuneSettings, entrance: Entrance, change: Change, zone: ZoneInfo) -> None:
        self._commune_settings = commune_settings
        self._entrance = entrance
        self._change = change
        self._zone = zone

    async def open(self, ctx: Context, action: OpenPast) -> None:
        found, field = await self._entrance(ctx, action.unit), field_of(action.field)
        if found is None or field is None:
            return
        place, commune = found
        version = (await self._commune_settings.settings(place.id))[field].version
        lines = [ctx.t("**{label}** đã từng là:", label=ctx.word(LABELS[field]))]
        buttons: list[Button] = []
        for one in (await self._commune_settings.past(place.id, field))[:_SHOWN]:
            value = past_shown(ctx, commune, field, one.value)
            if value is None:
                continue
            at = "" if one.since is None else self._at(ctx, one.since)
            lines.append(Text.verbatim(f"• {at}{': ' if at else ''}{value}"))
            label = ctx.word("Dùng lại") + (f" {at}" if at else f": {ctx.word('như trong tệp')}")
            buttons.append(Button.to(label, UsePast(place.code, field, one.version, version)))
        if not buttons:
            lines = [ctx.t("Mục này chưa có bản nào trước.")]
        ctx.reply(Text.join("\n", lines), [*buttons, *to_menu(ctx)])

    async def use(self, ctx: Context, action: UsePast) -> None:
        found, field = await self._entrance(ctx, action.unit), field_of(action.field)
        if found is None or field is None:
            return
        past = await self._commune_settings.past(found[0].id, field)
        wanted = next((one for one in past if one.version == action.past), None)
        if wanted is None or past_shown(ctx, found[1], field, wanted.value) is None:
            await self.open(ctx, OpenPast(action.unit, action.field))
            return
        await self._change(ctx, action.unit, action.field, wanted.value, action.version)

    def _at(self, ctx: Context, since: datetime) -> str:
        local = since.astimezone(self._zone)
        return f"{short_time(local.time(), ctx.locale)}, {short_date(local.date(), ctx.locale)}"


def build(conversation: SettingsHistoryConversation) -> Router:
    router = Router()
    router.action(OpenPast)(conversation.open)
    router.action(UsePast)(conversation.use)
    return router
