"""The page of products: what waits for the commune's look, and what the public page shows."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.messages import Button
from bot.core.text import Text
from bot.features import units
from bot.features.calendar.vietnam import today
from bot.features.rights import Act
from bot.features.showcase import public, shown, store
from bot.features.showcase.actions import OpenProduct
from bot.features.showcase.model import STATES, Product
from bot.features.units import Place
from bot.handlers.kit.pages import DeskPage
from bot.handlers.practices.common import may_review
from bot.handlers.showcase.common import NOT_YOURS
from bot.i18n import msg
from bot.office.desk.addresses import PAGE, leaf_of, number_of
from bot.office.desk.cards import Card, Section, Top, sheet_of
from bot.office.desk.visit import HOME, Answer, Grade, No, TodayLine, Visit

ADDRESS = "/san-pham"


class ProductsPage:
    async def show(self, visit: Visit) -> Answer:
        if not await may_review(visit.who, visit.commune.id, visit.now):
            return No(visit.t(NOT_YOURS), 403)
        places = {one.id: one for one in (visit.commune, *await units.descendants(visit.commune.id, today(visit.now)))}
        waits = await store.waiting(list(places))
        before = number_of(visit.query.get("truoc", "")) or None
        found = await public.products(list(places), visit.now, PAGE + 1, before)
        page = leaf_of(visit, found)
        word = visit.word
        sections = [
            Section(word("Đang hiện"), self._cards(visit, page.rows, places), word("Trang sản phẩm chưa có hàng nào.")),
        ]
        if waits and before is None:
            sections.insert(0, Section(word("Chờ xã xem"), self._cards(visit, waits, places)))
        older = [(word("Xem hàng cũ hơn"), f"truoc={page.rows[-1].id}", False)] if page.more else []
        top = Top(commands=[("sanpham", word("Sản phẩm của thôn"))], links=older)
        return sheet_of(visit, visit.t("Sản phẩm của bà con"), sections, top)

    def _cards(self, visit: Visit, found: Sequence[Product], places: dict[int, Place]) -> Sequence[Card]:
        return [self._card(visit, one, places.get(one.unit_id)) for one in found]

    def _card(self, visit: Visit, one: Product, place: Place | None) -> Card:
        lines: list[Text | str] = [
            "" if place is None else place.full_name,
            one.text,
            visit.t("Giá: {price}", price=shown.price(one, visit)),
            visit.t("Hỏi mua: {contact}", contact=shown.contact(one)),
        ]
        opening = Button.to(visit.word("Xem ảnh, xem kỹ"), OpenProduct(one.id))
        badge: Grade = "waits" if one.state == "waiting" else "fine"
        buttons = [*shown.reviewer_buttons(one, visit), opening]
        return Card(one.name, lines, visit.word(STATES[one.state]), badge, buttons)

    async def today_lines(self, visit: Visit) -> Sequence[TodayLine]:
        """Say how many products wait for a look."""
        if not await may_review(visit.who, visit.commune.id, visit.now):
            return []
        below = await units.descendants(visit.commune.id, today(visit.now))
        waits = await store.waiting([visit.commune.id, *(one.id for one in below)])
        text = visit.t("{count} sản phẩm chờ xem", count=len(waits))
        return [TodayLine("waits", text, HOME + ADDRESS)] if waits else []

    def page(self) -> DeskPage:
        about = msg("Hàng bà con nhờ xã cho hiện; xã chỉ xem có đúng, có hợp lệ không.")
        return DeskPage(ADDRESS, self.show, act=Act.GOOD_PRACTICE, label=msg("Sản phẩm"), order=70, about=about)
