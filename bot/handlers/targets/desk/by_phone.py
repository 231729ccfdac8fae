"""The words with which the phone asks about giving out targets."""

from __future__ import annotations

from bot.core.context import Context
from bot.core.text import Text
from bot.features.checkins.actions import DecideTargets
from bot.handlers.kit.by_phone import Asked, ByPhone, by_phone
from bot.handlers.targets.assigning import TargetAssigningConversation
from bot.handlers.targets.wording import preview
from bot.i18n import msg

_ACTS = {
    "approve": (msg("Giao chỉ tiêu này:"), msg("Giao chỉ tiêu")),
    "drop": (msg("Bỏ dự thảo chỉ tiêu này:"), msg("Bỏ dự thảo chỉ tiêu")),
}
_PROPOSES = (msg("Trình lãnh đạo duyệt chỉ tiêu này:"), msg("Trình duyệt chỉ tiêu"))


class TargetsByPhone:
    def __init__(self, conversation: TargetAssigningConversation) -> None:
        self._conversation = conversation

    async def decide(self, ctx: Context, action: DecideTargets) -> Asked | None:
        found = await self._conversation.plan_to_decide(ctx, action)
        if found is None:
            return None
        what, label = _ACTS.get(action.choice, _PROPOSES)
        shown = await preview(ctx, self._conversation.service, found[2].body)
        return Asked(Text.join("\n", [ctx.t(what), shown]), ctx.word(label))

    def kind(self) -> ByPhone:
        return by_phone(DecideTargets, self.decide)
