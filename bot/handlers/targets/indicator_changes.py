"""Former names and ways of counting of indicators, for everybody who reports or reads them."""

from __future__ import annotations

from bot.core.context import Context, ReaderWords
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text
from bot.features.calendar import periods
from bot.features.checkins.actions import ShowIndicatorChanges
from bot.features.checkins.indicator_history import IndicatorChange, differences, history
from bot.handlers.checkins.common import NO_ROLE, CheckinService
from bot.handlers.kit.speaker import in_private, to_menu
from bot.i18n import short_date

_SHOWN = 20


class IndicatorChangeConversation:
    def __init__(self, service: CheckinService) -> None:
        self._service = service

    async def command(self, ctx: Context) -> None:
        await self.show(ctx, ShowIndicatorChanges(""))

    async def show(self, ctx: Context, action: ShowIndicatorChanges) -> None:
        if not in_private(ctx):
            return
        if await self._service.scope(ctx) is None:
            ctx.reply(ctx.t(NO_ROLE), to_menu(ctx))
            return
        past = await history()
        changes = past.of(action.indicator) if action.indicator else past.changes
        if not changes:
            ctx.reply(ctx.t("Từ khi cài, chưa chỉ tiêu nào đổi."), to_menu(ctx))
            return
        lines = [ctx.t("**Chỉ tiêu đã đổi**, mới nhất trước. Người quản trị đổi bằng tệp Excel:")]
        lines += [change_line(ctx, one) for one in reversed(changes[-_SHOWN:])]
        all_of_them = [Button.to(ctx.word("Mọi chỉ tiêu đã đổi"), ShowIndicatorChanges(""))] if action.indicator else []
        ctx.reply(Text.join("\n", lines), [*all_of_them, *to_menu(ctx)])


def change_line(ctx: ReaderWords, change: IndicatorChange) -> Text:
    """Put a change in words: `• 15/11/2026, CQ01: tên “A” → “B”; đơn vị tính hộ → người`."""
    day = short_date(periods.today(change.at), ctx.locale)
    return ctx.t("• {day}, {code}: {what}", day=day, code=change.after.ma, what=_what(ctx, change))


def _what(ctx: ReaderWords, change: IndicatorChange) -> Text:
    if change.before is None:
        return ctx.t("thêm mới, tên “{label}”", label=change.after.ten)
    found = [
        ctx.t(
            one.template,
            old=ctx.word(one.old) if one.words else one.old,
            new=ctx.word(one.new) if one.words else one.new,
        )
        for one in differences(change.before, change.after)
    ]
    return Text.join("; ", found or [ctx.t("đổi cách gọi khác, hoặc tăng hay giảm là tốt")])


def build(conversation: IndicatorChangeConversation) -> Router:
    router = Router()
    router.command("lichsuchitieu", "lịch sử chỉ tiêu", "chỉ tiêu đã đổi")(conversation.command)
    router.action(ShowIndicatorChanges)(conversation.show)
    return router
