"""Writing a product for the showcase, step by step: its village, name, a sentence, the price, how to order, a photo."""

from __future__ import annotations

from bot.core.context import Context
from bot.core.events import TextSent
from bot.core.messages import Button
from bot.core.router import Router
from bot.features import units
from bot.features.calendar.vietnam import today
from bot.features.people import people
from bot.features.people.people import Who
from bot.features.showcase import store
from bot.features.showcase.actions import MyProducts, NewProduct, ProductIn
from bot.features.showcase.model import OWN, TEAM
from bot.features.showcase.reading import contact_of, price_of
from bot.features.units import Place
from bot.handlers.kit.provisions import Consent
from bot.handlers.kit.speaker import account_of, in_private, to_menu
from bot.i18n import msg

from .common import FLOW, ProductService, team_villages
from .questions import ASKED, CONTACT, NAME, PRICE, TEXT, ask_photo, taken

_TOPIC = "hang"
_ABOUT = msg(
    "Tôi giúp bác giới thiệu hàng lên trang của xã. Trước khi hiện, bác đọc lại từng chữ và đồng ý; "
    "gỡ lúc nào cũng được."
)
_ANYBODY = msg(
    "Trang này ai cũng mở được nên tôi không biết hàng là của ai. Bác nhắn cho tôi trên ứng dụng nhắn tin, hoặc nhờ Tổ "
    "công nghệ số của thôn đăng giúp."
)


class ProductWritingConversation:
    """`anonymous` are the platforms on which nobody knows who is who."""

    def __init__(self, service: ProductService, consent: Consent, anonymous: frozenset[str]) -> None:
        self._service = service
        self._consent = consent
        self._anonymous = anonymous
        consent.on_consent(_TOPIC, self._agreed)

    # Beginning

    async def begin(self, ctx: Context, action: NewProduct) -> None:
        if await self._may(ctx, behalf=action.behalf):
            await self._where(ctx, behalf=action.behalf)

    async def _may(self, ctx: Context, *, behalf: bool) -> bool:
        if not in_private(ctx):
            return False
        if ctx.chat.platform in self._anonymous:
            ctx.reply(ctx.t(_ANYBODY), to_menu(ctx))
            return False
        if not await self._consent.has_consent(ctx, _TOPIC):
            self._consent.ask_consent(ctx, _TOPIC, "1" if behalf else "", about=ctx.t(_ABOUT))
            return False
        return True

    async def _agreed(self, ctx: Context, arg: str) -> None:
        if ctx.chat.platform not in self._anonymous:
            await self._where(ctx, behalf=bool(arg))

    async def _where(self, ctx: Context, *, behalf: bool) -> None:
        """Find the village of the product; ask for it if it does not follow from the writer."""
        who = await people.who(account_of(ctx), ctx.now)
        if not await self._has_room(ctx, who):
            return
        places = await self._places(ctx, who, behalf=behalf)
        known = None if behalf else await self._service.home.village(ctx)
        at_home = [one for one in places if known is not None and one.id == known.id]
        chosen = next(iter(at_home), places[0] if len(places) == 1 else None)
        if chosen is not None:
            self._ask_name(ctx, chosen, behalf=behalf)
        elif places:
            buttons = [Button.to(one.full_name, ProductIn(behalf, one.code)) for one in places]
            ctx.reply(ctx.t("Hàng của thôn nào?"), [*buttons, *to_menu(ctx)])
        elif behalf:
            ctx.reply(ctx.t("Đăng giúp bà con là việc của Tổ công nghệ số của thôn."), to_menu(ctx))
        else:
            ctx.reply(ctx.t("Tôi chưa có danh sách thôn của xã."), to_menu(ctx))

    async def _has_room(self, ctx: Context, who: Who) -> bool:
        most = TEAM if await team_villages(ctx, who) else OWN
        goods = [] if who.person_id is None else await store.of_owner(who.person_id)
        unpublished = sum(one.state in store.UNPUBLISHED for one in goods)
        mine = [Button.to(ctx.word("Hàng tôi đăng"), MyProducts()), *to_menu(ctx)]
        if unpublished >= most.unpublished:
            reply = ctx.t(
                "Bác đang có {count} món chưa hiện. Bác chờ xã xem, hoặc bỏ bớt, rồi đăng tiếp.", count=unpublished
            )
            ctx.reply(reply, mine)
        elif len(goods) >= most.all:
            ctx.reply(ctx.t("Mỗi người đăng nhiều nhất {count} món. Bác gỡ bớt rồi đăng tiếp.", count=most.all), mine)
        else:
            return True
        return False

    async def _places(self, ctx: Context, who: Who, *, behalf: bool) -> list[Place]:
        if behalf:
            return await team_villages(ctx, who)
        commune = await self._service.commune(ctx)
        return [] if commune is None else await units.villages(commune.id, today(ctx.now))

    async def chosen(self, ctx: Context, action: ProductIn) -> None:
        if not await self._may(ctx, behalf=action.behalf):
            return
        who = await people.who(account_of(ctx), ctx.now)
        places = await self._places(ctx, who, behalf=action.behalf)
        place = next((one for one in places if one.code == action.unit), None)
        if place is None:
            await self._where(ctx, behalf=action.behalf)
        elif await self._has_room(ctx, who):
            self._ask_name(ctx, place, behalf=action.behalf)

    def _ask_name(self, ctx: Context, place: Place, *, behalf: bool) -> None:
        ctx.wait_for(FLOW, NAME, {"behalf": "1" if behalf else "", "unit": place.code})
        ctx.reply(ctx.t(ASKED[NAME]), expects="text")

    # The steps

    async def take_name(self, ctx: Context) -> None:
        self._next(ctx, NAME, TEXT)

    async def take_text(self, ctx: Context) -> None:
        self._next(ctx, TEXT, PRICE)

    async def take_price(self, ctx: Context) -> None:
        self._next(ctx, PRICE, CONTACT)

    def _next(self, ctx: Context, part: str, step: str) -> None:
        flow, words = ctx.flow, taken(ctx, part)
        if flow is not None and words is not None:
            ctx.wait_for(FLOW, step, {**flow.data, part: words})
            ctx.reply(ctx.t(ASKED[step]), expects="text")

    async def take_contact(self, ctx: Context) -> None:
        flow, words = ctx.flow, taken(ctx, CONTACT)
        if flow is None or words is None:
            return
        data, who, behalf = flow.data, await people.who(account_of(ctx), ctx.now), bool(flow.data["behalf"])
        places = await self._places(ctx, who, behalf=behalf)
        place = next((one for one in places if one.code == data["unit"]), None)
        price, contact = price_of(data[PRICE]), contact_of(words)
        ctx.leave_flow()
        if who.person_id is None or place is None or price is None or contact is None:
            await self.begin(ctx, NewProduct(behalf))  # a role or the consent ended meanwhile
            return
        if not await self._has_room(ctx, who):
            return
        async with ctx.changes():
            one = await store.write(
                place.id, who.person_id, data[NAME], data[TEXT], price, contact, behalf=behalf, now=ctx.now
            )
            ask_photo(ctx, one)


def build(conversation: ProductWritingConversation) -> Router:
    router = Router()
    router.action(NewProduct)(conversation.begin)
    router.action(ProductIn)(conversation.chosen)
    router.step(FLOW, NAME, TextSent, prose=True)(conversation.take_name)
    router.step(FLOW, TEXT, TextSent, prose=True)(conversation.take_text)
    router.step(FLOW, PRICE, TextSent, prose=True)(conversation.take_price)
    router.step(FLOW, CONTACT, TextSent, prose=True)(conversation.take_contact)
    return router
