"""`/sanpham`: what the villages sell, for everybody; and to its owner their own, to be taken back with one tap."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.context import Context
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text, upper_first
from bot.features import units
from bot.features.at_once import at_once
from bot.features.calendar.vietnam import today
from bot.features.commune.commune_settings import UNKNOWN
from bot.features.people import people
from bot.features.showcase import public, shown, store
from bot.features.showcase.actions import ListProducts, MyProducts, NewProduct, OpenProduct, StillSold, Withdraw
from bot.features.showcase.model import STATES
from bot.features.units import Place
from bot.handlers.kit.speaker import account_of, in_private, to_menu
from bot.handlers.practices.common import may_review

from .common import FLOW, ProductService, team_villages

_PAGE, _MOST_WAITING = 8, 10


class ProductConversation:
    """`address` is that of the public page, None where there is none."""

    def __init__(self, service: ProductService, address: str | None = None) -> None:
        self._service = service
        self._address = address

    async def command(self, ctx: Context) -> None:
        await self.listed(ctx, ListProducts("", 0))

    async def listed(self, ctx: Context, action: ListProducts) -> None:
        commune = await self._service.commune(ctx)
        if commune is None:
            if self._service.home.here(ctx) is UNKNOWN and ctx.private:
                await self._service.home.mine(ctx)
            else:
                ctx.reply(ctx.t("Tôi chưa có danh sách thôn của xã."), to_menu(ctx))
            return
        stalls, own = await at_once(public.stalls(commune.id, ctx.now), self._of_presser(ctx, commune))
        stall = next((one for one in stalls if one.place.code == action.unit), None)
        if stall is None:
            self._overview(ctx, stalls, own)
            return
        found = await public.products(stall.unit_ids, ctx.now, _PAGE + 1, action.before or None)
        goods = found[:_PAGE]
        lines = [ctx.t("**Hàng của {village}**", village=stall.place.full_name)]
        lines += [ctx.t("• {name}: {price}", name=one.name, price=shown.price(one, ctx)) for one in goods]
        buttons = [shown.opening("", one) for one in goods]
        if len(found) > _PAGE:
            buttons.append(Button.to(ctx.word("Xem tiếp"), ListProducts(action.unit, goods[-1].id)))
        other = Button.to(ctx.word("Thôn khác"), ListProducts("", 0))
        ctx.reply(Text.join("\n", lines), [*buttons, other, *to_menu(ctx)])

    def _overview(self, ctx: Context, stalls: Sequence[public.Stall], own: Sequence[Button]) -> None:
        name = self._service.home.here(ctx).full_name
        lines = [ctx.t("**Hàng của bà con {commune}**", commune=name)]
        villages = [(upper_first(one.place.full_name), one.count) for one in stalls]
        lines += [ctx.t("• {village}: {count} món", village=village, count=count) for village, count in villages]
        if not stalls:
            lines = [ctx.t("Bà con {commune} chưa giới thiệu hàng nào ở đây.", commune=name)]
        elif self._address is not None:
            lines.append(ctx.t("Xem cả ảnh: {address}", address=self._address))
        buttons = [Button.to(f"{one.place.full_name} ({one.count})", ListProducts(one.place.code, 0)) for one in stalls]
        ctx.reply(Text.join("\n", lines), [*buttons, *own, *to_menu(ctx)])

    async def _of_presser(self, ctx: Context, commune: Place) -> Sequence[Button]:
        """Return the ways to one's own goods, and to those that wait for who reviews; none in a group."""
        if not ctx.private:
            return []
        who = await people.who(account_of(ctx), ctx.now)
        buttons = [Button.to(ctx.word("Đăng hàng nhà tôi"), NewProduct(behalf=False))]
        if await team_villages(ctx, who):
            buttons.append(Button.to(ctx.word("Đăng giúp bà con"), NewProduct(behalf=True)))
        reviewed: list[int] = []
        if await may_review(who, commune.id, ctx.now):
            reviewed = [commune.id, *(one.id for one in await units.descendants(commune.id, today(ctx.now)))]
        own, waits = await at_once(store.of_owner(who.person_id or 0), store.waiting(reviewed))
        if own:
            buttons.append(Button.to(ctx.word("Hàng tôi đăng"), MyProducts()))
        if reviewed:
            buttons += [shown.opening(ctx.word("Xem xét"), one) for one in waits[:_MOST_WAITING]]
        return buttons

    async def open(self, ctx: Context, action: OpenProduct) -> None:
        one = await store.get(action.product)
        if one is None:
            await self._service.again(ctx, action.product)
            return
        if ctx.flow is not None and ctx.flow.name == FLOW:
            ctx.leave_flow()  # “Không có ảnh”
        await self._service.show(ctx, one)

    # One's own

    async def mine(self, ctx: Context, action: MyProducts) -> None:
        if not in_private(ctx):
            return
        who = await people.who(account_of(ctx), ctx.now)
        goods = [] if who.person_id is None else await store.of_owner(who.person_id)
        new = Button.to(ctx.word("Đăng hàng nhà tôi"), NewProduct(behalf=False))
        if not goods:
            ctx.reply(ctx.t("Bác chưa đăng hàng nào."), [new, *to_menu(ctx)])
            return
        lines = [ctx.t("**Hàng bác đăng:**")]
        lines += [ctx.t("• {name}: {state}", name=one.name, state=ctx.word(STATES[one.state])) for one in goods]
        ctx.reply(Text.join("\n", lines), [*(shown.opening("", one) for one in goods), *to_menu(ctx)])

    async def withdraw(self, ctx: Context, action: Withdraw) -> None:
        """Delete the product at once, whatever anybody else does with it meanwhile."""
        one = await self._service.own(ctx, action.product)
        if one is None:
            return
        async with ctx.changes():
            if not await store.remove(one, ctx.now):
                await self._service.again(ctx, one.id)
                return
            if ctx.flow is not None and ctx.flow.name == FLOW:
                ctx.leave_flow()
            ctx.replace(ctx.t("Đã gỡ và xóa “{name}”. Ảnh cũng xóa khỏi máy của xã.", name=one.name), to_menu(ctx))

    async def still_sold(self, ctx: Context, action: StillSold) -> None:
        one = await self._service.own(ctx, action.product)
        if one is None:
            return
        async with ctx.changes():
            await store.renew(one, ctx.now)
            await self._service.again(ctx, one.id)


def build(conversation: ProductConversation) -> Router:
    router = Router()
    router.command(
        "sanpham", "sản phẩm", "sản phẩm của xã", "sản phẩm của thôn", "hàng của thôn", "hàng của bà con", "đăng hàng"
    )(conversation.command)
    router.action(ListProducts)(conversation.listed)
    router.action(OpenProduct)(conversation.open)
    router.action(MyProducts)(conversation.mine)
    router.action(Withdraw)(conversation.withdraw)
    router.action(StillSold)(conversation.still_sold)
    return router
