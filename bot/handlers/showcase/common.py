"""The common ground of the conversations about products: rights, and how a product is shown to whom."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from bot.core.context import Context
from bot.core.messages import Button
from bot.core.text import Text
from bot.features import units
from bot.features.audit import Audit
from bot.features.calendar.vietnam import today
from bot.features.people import people
from bot.features.people.people import Who
from bot.features.rights.table import DEPUTY, LEADER, MEMBER
from bot.features.showcase import shown, store
from bot.features.showcase.actions import ListProducts, MyProducts, StillSold
from bot.features.showcase.model import ASKED_BEFORE, Product
from bot.features.showcase.notices import ProductNotices
from bot.features.units import Place
from bot.handlers.kit.provisions import Home
from bot.handlers.kit.speaker import account_of, in_private, to_menu
from bot.handlers.practices.common import led, may_review
from bot.i18n import msg

FLOW = "product"
GONE = msg("Hàng này không còn trên trang của xã.")
NOT_YOURS = msg("Việc xem xét hàng của bà con là của cán bộ xã.")
NEWER = msg("Hàng này vừa thay đổi, bây giờ như sau:")
_TEAM = (MEMBER, DEPUTY, LEADER)


class ProductService(Struct, frozen=True):
    notices: ProductNotices
    audit: Audit
    home: Home

    async def commune(self, ctx: Context) -> Place | None:
        code = self.home.here(ctx).code
        return await units.get(code) if code else None

    async def show(self, ctx: Context, one: Product, note: str = "") -> None:
        """Show a product to its owner, its reviewer, or to anybody once it is public; `note` is said first."""
        who, place = await people.who(account_of(ctx), ctx.now), await units.by_id(one.unit_id)
        mine = ctx.private and one.owner_id == who.person_id
        reviews = ctx.private and one.state in ("waiting", "published") and await may_review(who, one.unit_id, ctx.now)
        public = one.state == "published" and one.ends_on is not None and one.ends_on >= today(ctx.now)
        lines = [ctx.t(note)] if note else []
        buttons: Sequence[Button] = []
        if mine and one.state == "draft":
            if note:
                ctx.reply(ctx.t(note))
            for message in shown.preview(one, place, ctx):
                ctx.reply(message.text, message.buttons, attachment=message.attachment)
            return
        if mine:
            more, buttons = shown.standing(one, ctx), self._own_buttons(ctx, one)
        elif reviews:
            more = shown.reviewer_notes(one, self.home.here(ctx).allowed, ctx)
            buttons = shown.reviewer_buttons(one, ctx)
        elif public:
            more = ctx.t(shown.BEWARE)
            buttons = [Button.to(ctx.word("Hàng khác"), ListProducts("" if place is None else place.code, 0))]
        else:
            ctx.reply(ctx.t(GONE), to_menu(ctx))
            return
        card = shown.card(one, place, ctx)
        ctx.reply(
            Text.join("\n", [*lines, card, more]),
            [*buttons, *to_menu(ctx)],
            attachment=shown.picture(one),
        )

    def _own_buttons(self, ctx: Context, one: Product) -> Sequence[Button]:
        near = one.state == "published" and one.ends_on is not None and one.ends_on <= today(ctx.now) + ASKED_BEFORE
        still = [Button.to(ctx.word("Còn bán"), StillSold(one.id))] if near else []
        mine = Button.to(ctx.word("Hàng tôi đăng"), MyProducts())
        return [*still, *shown.owner_buttons(one, ctx), mine]

    async def own(self, ctx: Context, product_id: int, version: int | None = None) -> Product | None:
        """Return a product of the presser in its shown version; else say why not, or show it as it is now."""
        if not in_private(ctx):
            return None
        one, who = await store.get(product_id), await people.who(account_of(ctx), ctx.now)
        if one is None or one.owner_id != who.person_id:
            ctx.reply(ctx.t(GONE), to_menu(ctx))
            return None
        if version is not None and one.version != version:
            await self.show(ctx, one, NEWER)
            return None
        return one

    async def again(self, ctx: Context, product_id: int) -> None:
        """Show the product as it is now: it has just changed, or is gone."""
        one = await store.get(product_id)
        if one is None:
            ctx.reply(ctx.t(GONE), to_menu(ctx))
        else:
            await self.show(ctx, one, NEWER)


async def team_villages(ctx: Context, who: Who) -> list[Place]:
    """Return the villages in which somebody may write for a household."""
    return await led(ctx, who, _TEAM)
