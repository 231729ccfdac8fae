"""The words with which the phone asks about a new text of a guide."""

from __future__ import annotations

import asyncio

from bot.core.context import Context
from bot.features.upkeep.actions import ApproveText
from bot.handlers.guides.new_texts import GuideTextConversation
from bot.handlers.kit.by_phone import Asked, ByPhone, by_phone, one_line
from bot.i18n import number


class GuidesByPhone:
    def __init__(self, conversation: GuideTextConversation) -> None:
        self._conversation = conversation

    async def approve(self, ctx: Context, action: ApproveText) -> Asked | None:
        found = await self._conversation.waiting(ctx, action.text, action.version)
        if found is None:
            return None
        changed = await asyncio.to_thread(self._conversation.changes_of, found[1], found[2])
        act = ctx.t(
            "Duyệt bản sửa số {number} của bài **{title}**, đổi {count} chỗ; bà con thấy bản mới ngay",
            number=found[1].id,
            title=one_line(found[2].title),
            count=number(len(changed), ctx.locale),
        )
        return Asked(act, f"{ctx.word('Duyệt bài')} {found[2].title}")

    def kind(self) -> ByPhone:
        return by_phone(ApproveText, self.approve)
