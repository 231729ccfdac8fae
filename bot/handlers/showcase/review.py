"""An official lets a product through, or gives it back with a reason; also when it is public already."""

from __future__ import annotations

from bot.core.context import Context
from bot.core.events import TextSent
from bot.core.router import Router
from bot.features.people import people
from bot.features.people.people import Who
from bot.features.showcase import store
from bot.features.showcase.actions import PublishProduct, ReturnProduct
from bot.features.showcase.model import LONGEST_REASON, Product
from bot.handlers.kit.speaker import account_of, in_private, to_menu
from bot.handlers.kit.typed import too_long, typed
from bot.handlers.practices.common import may_review

from .common import FLOW, GONE, NOT_YOURS, ProductService

REASON = "reason"


class ProductReviewConversation:
    def __init__(self, service: ProductService) -> None:
        self._service = service

    async def publish(self, ctx: Context, action: PublishProduct) -> None:
        """Publish the product; its owner cannot."""
        found = await self.reviewed(ctx, action.product, action.version)
        if found is None:
            return
        one, by = found
        if one.owner_id == by:
            ctx.reply(ctx.t("Hàng do chính bác đăng, nên một người khác ở xã xem giúp."))
            return
        async with ctx.changes():
            new = await store.publish(one, by, ctx.now)
            fresh = await store.get(one.id)
            if not new or fresh is None:
                await self._service.again(ctx, one.id)
                return
            await self._service.audit.append(by, "product_published", f"product:{one.id}", ctx.now)
            await self._service.notices.published(fresh, ctx.now)
            ctx.replace(ctx.t("✅ Đã cho hiện “{name}”. Tôi báo cho người đăng rồi.", name=one.name), to_menu(ctx))

    async def begin_return(self, ctx: Context, action: ReturnProduct) -> None:
        if await self.reviewed(ctx, action.product, action.version) is not None:
            ctx.wait_for(FLOW, REASON, {"id": str(action.product), "version": str(action.version)})
            ctx.reply(ctx.t("Vì sao? Bác gõ một câu, tôi gửi cho người đăng để họ sửa."), expects="text")

    async def take_reason(self, ctx: Context) -> None:
        flow, words = ctx.flow, typed(ctx)
        if flow is None or not words or too_long(ctx, words, LONGEST_REASON):
            return
        ctx.leave_flow()
        found = await self.reviewed(ctx, int(flow.data["id"]), int(flow.data["version"]))
        if found is None:
            return
        one, by = found
        async with ctx.changes():
            new = await store.give_back(one, words, by, ctx.now)
            fresh = await store.get(one.id)
            if not new or fresh is None:
                await self._service.again(ctx, one.id)
                return
            await self._service.audit.append(by, "product_returned", f"product:{one.id}", ctx.now)
            await self._service.notices.returned(fresh, ctx.now)
            ctx.reply(ctx.t("Đã trả lại, và báo lý do cho người đăng."), to_menu(ctx))

    async def reviewed(self, ctx: Context, product_id: int, version: int) -> tuple[Product, int] | None:
        """Return a product in its shown version, with the person who may decide about it; else say why not."""
        if not in_private(ctx):
            return None
        one = await store.get(product_id)
        who: Who = await people.who(account_of(ctx), ctx.now)
        if one is None:
            ctx.reply(ctx.t(GONE), to_menu(ctx))
        elif who.person_id is None or not await may_review(who, one.unit_id, ctx.now):
            ctx.reply(ctx.t(NOT_YOURS), to_menu(ctx))
        elif one.version != version or one.state not in ("waiting", "published"):
            await self._service.again(ctx, one.id)
        else:
            return one, who.person_id
        return None


def build(conversation: ProductReviewConversation) -> Router:
    router = Router()
    router.action(PublishProduct)(conversation.publish)
    router.action(ReturnProduct)(conversation.begin_return)
    router.step(FLOW, REASON, TextSent, prose=True)(conversation.take_reason)
    return router
