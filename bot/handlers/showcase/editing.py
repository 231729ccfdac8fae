"""A product that is written: its photo, other words, and its owner's yes to exactly what will be shown."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from bot.core.context import Context
from bot.core.events import FileSent, PhotoSent, TextSent
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text
from bot.features.announcements.writing.files import problem as wrong_file
from bot.features.jobs.queue import Jobs
from bot.features.showcase import photos, store
from bot.features.showcase.actions import AgreeToShow, EditPart, EditProduct, MyProducts, NoPhoto, OpenProduct
from bot.features.showcase.model import Price
from bot.features.showcase.reading import contact_of, price_of
from bot.handlers.kit.speaker import to_menu

from .common import FLOW, ProductService
from .questions import ASKED, CONTACT, PARTS, PHOTO, PRICE, ask_photo, taken

CHANGE = "change"


class ProductEditingConversation:
    """`jobs` fetch photos."""

    def __init__(self, service: ProductService, jobs: Jobs) -> None:
        self._service = service
        self._jobs = jobs

    # The photo

    async def photo(self, ctx: Context) -> None:
        """Queue the photo for the worker to fetch; then the product comes back to be read."""
        event, flow = ctx.event, ctx.flow
        if flow is None or not isinstance(event, PhotoSent | FileSent):
            return
        one = await self._service.own(ctx, int(flow.data["id"]))
        if one is None:
            ctx.leave_flow()
            return
        file = event.files[0] if isinstance(event, PhotoSent) else event.file
        refused = wrong_file(file)
        if refused is not None:
            ctx.reply(ctx.t(refused.why, **refused.values))
            return
        async with ctx.changes():
            message = hashlib.sha256(f"{ctx.chat.platform}:{event.id}".encode()).hexdigest()[:32]
            key = f"product{one.id}-photo:{message}"
            body = photos.body(one, file, ctx.chat, key, person=ctx.sender.id, locale=ctx.locale)
            await self._jobs.ask(photos.KIND, body, key=key, now=ctx.now)
            ctx.reply(ctx.t("Tôi đang nhận ảnh. Xong, tôi đưa bác đọc lại tất cả."))

    async def no_photo(self, ctx: Context, action: NoPhoto) -> None:
        one = await self._service.own(ctx, action.product, action.version)
        if one is None:
            return
        async with ctx.changes():
            ctx.leave_flow()
            await store.illustrate(one, "", ctx.now)
            await self._service.again(ctx, one.id)

    # Other words

    async def edit(self, ctx: Context, action: EditProduct) -> None:
        one = await self._service.own(ctx, action.product, action.version)
        if one is None:
            return
        replies = [ctx.t("Bác sửa chỗ nào của “{name}”?", name=one.name)]
        if one.state in ("waiting", "published"):
            replies.append(ctx.t("Sửa xong thì hàng tạm ẩn, đến khi bác đồng ý lại và xã xem lại."))
        buttons = [Button.to(ctx.word(label), EditPart(one.id, one.version, part)) for part, label in PARTS.items()]
        ctx.reply(Text.join(" ", replies), [*buttons, Button.to(ctx.word("Giữ nguyên"), OpenProduct(one.id))])

    async def edit_part(self, ctx: Context, action: EditPart) -> None:
        one = await self._service.own(ctx, action.product, action.version)
        if one is None:
            return
        if action.part == PHOTO:
            ask_photo(ctx, one)
        elif action.part in PARTS:
            ctx.wait_for(FLOW, CHANGE, {"id": str(one.id), "part": action.part})
            ctx.reply(ctx.t(ASKED[action.part]), expects="text")

    async def take_change(self, ctx: Context) -> None:
        flow = ctx.flow
        words = None if flow is None else taken(ctx, flow.data["part"])
        if flow is None or words is None:
            return
        ctx.leave_flow()
        one = await self._service.own(ctx, int(flow.data["id"]))
        if one is None:
            return
        async with ctx.changes():
            await store.rewrite(one, _columns(flow.data["part"], words), ctx.now)
            await self._service.again(ctx, one.id)

    async def agree(self, ctx: Context, action: AgreeToShow) -> None:
        one = await self._service.own(ctx, action.product, action.version)
        if one is None:
            return
        async with ctx.changes():
            if not await store.hand_in(one, ctx.now):
                await self._service.again(ctx, one.id)
                return
            if ctx.flow is not None and ctx.flow.name == FLOW:
                ctx.leave_flow()
            await self._service.notices.waits(one, ctx.now)
            mine = Button.to(ctx.word("Hàng tôi đăng"), MyProducts())
            reply = ctx.t("✅ Đã ghi là đồng ý, và gửi xã xem. Xã cho hiện hay trả lại, tôi đều báo bác.")
            ctx.replace(reply, [mine, *to_menu(ctx)])


def _columns(part: str, words: str) -> Mapping[str, store.Value]:
    """Return the columns of the table for the words of a part."""
    if part == PRICE:
        price = price_of(words) or Price()
        return {"price": price.amount, "per": price.per}
    return {part: contact_of(words) if part == CONTACT else words}


def build(conversation: ProductEditingConversation) -> Router:
    router = Router()
    router.action(NoPhoto)(conversation.no_photo)
    router.action(EditProduct)(conversation.edit)
    router.action(EditPart)(conversation.edit_part)
    router.action(AgreeToShow)(conversation.agree)
    router.step(FLOW, CHANGE, TextSent, prose=True)(conversation.take_change)
    router.step(FLOW, PHOTO, PhotoSent, FileSent)(conversation.photo)
    return router
