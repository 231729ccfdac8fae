"""Read leaders' words about figures without the command: figures in a story, plans, and talk that brings none."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.context import Context
from bot.core.messages import Button
from bot.features.checkins.actions import OpenReport
from bot.handlers.kit.meanings import Meaning
from bot.handlers.kit.speaker import to_menu
from bot.i18n import msg

from .common import CheckinService
from .report import CheckinConversation


class LeaderWordsConversation:
    """`figures` reads a report; whatever looks like one is read back or asked about, never answered with a guide."""

    def __init__(self, service: CheckinService, figures: CheckinConversation) -> None:
        self._service = service
        self._figures = figures

    @property
    def meanings(self) -> Sequence[Meaning]:
        report = msg("Báo số liệu")
        return (
            Meaning("leader:report", report, does=self.report, of_report=True),
            Meaning("leader:amend", msg("Sửa số đã báo"), does=self.report, of_report=True),
            Meaning("leader:no-figures", does=self.nothing_new, of_report=True),
            Meaning("leader:plan", does=self.not_yet, of_report=True),
            Meaning("leader:chat", does=self.not_yet, of_report=True),
            Meaning("leader:round-when", report, does=self.report_by_form, of_report=True),
            Meaning("leader:question", msg("Hỏi cách đếm, cách báo"), does=self.how_to_count, of_report=True),
        )

    async def report(self, ctx: Context, words: str) -> bool:
        """Read the figures back; ask for them where none can be read for sure."""
        if await self._service.scope(ctx) is None:
            return False
        if not words:
            return await self.report_by_form(ctx, words)
        return await self._figures.take_story(ctx, words)

    async def report_by_form(self, ctx: Context, words: str) -> bool:
        if await self._service.scope(ctx) is None:
            return False
        await self._figures.open_form(ctx, OpenReport(""))
        return True

    async def not_yet(self, ctx: Context, words: str) -> bool:
        """Say that nothing was recorded; talk with numbers in it must not be taken for a report."""
        return await self._say(ctx, msg("Vâng. Tin này tôi chưa ghi số nào. Có số liệu thì bác báo luôn ở đây."))

    async def nothing_new(self, ctx: Context, words: str) -> bool:
        return await self._say(
            ctx, msg("Vâng, lần này chưa có số mới. Nếu cần báo số 0, bác ghi rõ, ví dụ “loa 0, họp 0”.")
        )

    async def how_to_count(self, ctx: Context, words: str) -> bool:
        return await self._say(
            ctx, msg("Mỗi chỉ tiêu đếm thế nào, bác bấm “Báo số liệu” rồi “Từng số một”, tôi nói rõ ở từng số.")
        )

    async def _say(self, ctx: Context, words: str) -> bool:
        if await self._service.scope(ctx) is None:
            return False
        ctx.reply(ctx.t(words), [Button.to(ctx.word("Báo số liệu"), OpenReport("")), *to_menu(ctx)], aside=True)
        return True
