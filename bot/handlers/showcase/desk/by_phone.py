"""The words with which the phone asks about showing a product."""

from __future__ import annotations

from bot.core.context import Context
from bot.features import units
from bot.features.showcase.actions import PublishProduct
from bot.handlers.kit.by_phone import Asked, ByPhone, by_phone, one_line
from bot.handlers.practices.common import full
from bot.handlers.showcase.review import ProductReviewConversation


class ProductsByPhone:
    def __init__(self, conversation: ProductReviewConversation) -> None:
        self._conversation = conversation

    async def publish(self, ctx: Context, action: PublishProduct) -> Asked | None:
        found = await self._conversation.reviewed(ctx, action.product, action.version)
        if found is None:
            return None
        village = full(await units.by_id(found[0].unit_id))
        name = one_line(found[0].name)
        act = ctx.t("Cho hiện sản phẩm “**{name}**” của {village}", name=name, village=village)
        return Asked(act, f"{ctx.word('Cho hiện')} {name}")

    def kind(self) -> ByPhone:
        return by_phone(PublishProduct, self.publish)
