"""The words with which the phone asks about publishing a practice."""

from __future__ import annotations

from bot.core.context import Context
from bot.features import units
from bot.handlers.kit.by_phone import Asked, ByPhone, by_phone, one_line
from bot.handlers.practices.common import PublishPractice, full
from bot.handlers.practices.review import PracticeReviewConversation


class PracticesByPhone:
    def __init__(self, conversation: PracticeReviewConversation) -> None:
        self._conversation = conversation

    async def publish(self, ctx: Context, action: PublishPractice) -> Asked | None:
        found = await self._conversation.waiting(ctx, action.practice, action.version)
        if found is None:
            return None
        village = full(await units.by_id(found[0].unit_id))
        name = one_line(found[0].title)
        act = ctx.t("Đăng cách làm hay “**{name}**” của {village} cho cả xã", name=name, village=village)
        return Asked(act, f"{ctx.word('Đăng')} {name}")

    def kind(self) -> ByPhone:
        return by_phone(PublishPractice, self.publish)
