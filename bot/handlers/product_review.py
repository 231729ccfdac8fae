"""An official lets a product through, or gives it back with a reason; also when it is public already."""

from __future__ import annotations

from bot.core.context import Context
from bot.core.events import Said
from bot.core.router import Router
from bot.features import people
from bot.features.people import Who
from bot.features.showcase import store
from bot.features.showcase.actions import PublishProduct, ReturnProduct
from bot.features.showcase.model import LONGEST_REASON, Product

from .inviting import account_of, in_private, to_menu
from .practice_desk import may_review
from .product_desk import FLOW, GONE, ProductDesk
from .typed import too_long, typed

REASON = "reason"


class ReviewTalk:
    def __init__(self, desk: ProductDesk) -> None:
        self._desk = desk

    async def publish(self, ctx: Context, action: PublishProduct) -> None:
        """Not by who wrote it."""
        found = await self._reviewed(ctx, action.product, action.version)
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
                await self._desk.again(ctx, one.id)
                return
            await self._desk.audit.append(by, "product_published", f"product:{one.id}", ctx.now)
            await self._desk.letters.published(fresh, ctx.now)
            ctx.replace(ctx.t("✅ Đã cho hiện “{name}”. Tôi báo cho người đăng rồi.", name=one.name), to_menu(ctx))

    async def begin_return(self, ctx: Context, action: ReturnProduct) -> None:
        if await self._reviewed(ctx, action.product, action.version) is not None:
            ctx.wait_for(FLOW, REASON, {"id": str(action.product), "version": str(action.version)})
            ctx.reply(ctx.t("Vì sao? Bác gõ một câu, tôi gửi cho người đăng để họ sửa."), expects="text")

    async def said_reason(self, ctx: Context) -> None:
        flow, words = ctx.flow, typed(ctx)
        if flow is None or not words or too_long(ctx, words, LONGEST_REASON):
            return
        ctx.leave_flow()
        found = await self._reviewed(ctx, int(flow.data["id"]), int(flow.data["version"]))
        if found is None:
            return
        one, by = found
        async with ctx.changes():
            new = await store.give_back(one, words, by, ctx.now)
            fresh = await store.get(one.id)
            if not new or fresh is None:
                await self._desk.again(ctx, one.id)
                return
            await self._desk.audit.append(by, "product_returned", f"product:{one.id}", ctx.now)
            await self._desk.letters.returned(fresh, ctx.now)
            ctx.reply(ctx.t("Đã trả lại, và báo lý do cho người đăng."), to_menu(ctx))

    async def _reviewed(self, ctx: Context, product_id: int, version: int) -> tuple[Product, int] | None:
        """A product as it was shown, with the person who may decide about it."""
        if not in_private(ctx):
            return None
        one = await store.get(product_id)
        who: Who = await people.who(account_of(ctx), ctx.now)
        if one is None:
            ctx.reply(ctx.t(GONE), to_menu(ctx))
        elif who.person_id is None or not await may_review(ctx, who, one.unit_id):
            ctx.reply(ctx.t("Việc xem xét hàng của bà con là của cán bộ xã."), to_menu(ctx))
        elif one.version != version or one.state not in ("waiting", "published"):
            await self._desk.again(ctx, one.id)
        else:
            return one, who.person_id
        return None


def build(talk: ReviewTalk) -> Router:
    router = Router()
    router.action(PublishProduct)(talk.publish)
    router.action(ReturnProduct)(talk.begin_return)
    router.step(FLOW, REASON, Said, prose=True)(talk.said_reason)
    return router
