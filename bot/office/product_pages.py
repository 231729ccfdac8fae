"""The products of the villages, as a page that anybody can read, without a script; of the sellers it has what they
show.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from urllib.parse import quote, urlencode

from aiohttp import web
from msgspec import Struct

from bot.core.text import Text, upper_first
from bot.features.commune.settings import Commune
from bot.features.showcase import public, shown
from bot.features.showcase.model import Product
from bot.features.showcase.public import Stall
from bot.features.showcase.reading import is_address

from . import styles
from .feed import media_path
from .shelf import PRODUCTS, Reading, Shelf
from .templates import render

_A_FEW, _PER_PAGE = 4, 24
_LONGEST_ID = 18


class Market(Struct, frozen=True):
    """`unit_of` is the id of a commune, None for one that does not exist now."""

    shelf: Shelf
    unit_of: Callable[[Commune], Awaitable[int | None]]
    now: Callable[[], datetime]


class _ShownProduct(Struct, frozen=True):
    """A product; `address` leads to its seller, `outside` of these pages or by telephone."""

    id: int
    name: str
    text: str
    photo: str
    price: Text
    label: str
    address: str
    contact: str
    outside: bool


class _Section(Struct, frozen=True):
    """A village with some of its products; `more` is the address of the others and its label."""

    name: str
    goods: Sequence[_ShownProduct]
    more: tuple[str, str] | None


async def page(market: Market, request: web.Request) -> web.Response:
    return await _Stand(market, request).list()


class _Stand(Reading):
    """The villages with a few products of each, or `?thon=` one of them with all of its own."""

    def __init__(self, market: Market, request: web.Request) -> None:
        super().__init__(market.shelf, request)
        self._market = market
        self._village = request.query.get("thon", "")[:64]
        asked = request.query.get("truoc", "")
        self._before = int(asked) if asked.isascii() and asked.isdigit() and len(asked) <= _LONGEST_ID else None

    async def list(self) -> web.Response:
        unit_id, now = await self._market.unit_of(self.commune), self._market.now()
        stalls = [] if unit_id is None else await public.stalls(unit_id, now)
        chosen = [one for one in stalls if one.place.code == self._village]
        title = self.t("Hàng của bà con {commune}", commune=self.commune.full_name).plain
        phone = self.commune.phone
        content = render(
            "products.html",
            title=title,
            word=self.word,
            locale=self.locale,
            villages=self._villages(stalls, chosen) if stalls else (),
            sections=[await self._section(one, now, whole=bool(chosen)) for one in chosen or stalls],
            wrong=self.t("Thấy hàng không đúng lời giới thiệu, gọi xã: **{phone}**", phone=phone) if phone else None,
        )
        return self.page(title, content, style=styles.PRODUCTS)

    def _villages(self, stalls: Sequence[Stall], chosen: Sequence[Stall]) -> Sequence[tuple[str, str, bool]]:
        """Return the choice of a village: label, address, and whether it is the one that is shown."""
        each = [
            (f"{upper_first(one.place.full_name)} ({one.count})", self._to(one.place.code), one in chosen)
            for one in stalls
        ]
        return [(self.word("Tất cả các thôn"), self._to(), not chosen), *each]

    async def _section(self, stall: Stall, now: datetime, *, whole: bool) -> _Section:
        most, code = _PER_PAGE if whole else _A_FEW, stall.place.code
        found = await public.products(stall.unit_ids, now, most + 1, self._before if whole else None)
        goods = found[:most]
        more: tuple[str, str] | None = None
        if len(found) > most:
            address = self._to(code, goods[-1].id) if whole else self._to(code)
            label = self.word("Xem tiếp") if whole else self.t("Xem cả {count} món", count=stall.count).plain
            more = address, label
        return _Section(upper_first(stall.place.full_name), [self._shown(one) for one in goods], more)

    def _shown(self, one: Product) -> _ShownProduct:
        outside = is_address(one.contact)
        return _ShownProduct(
            one.id,
            one.name,
            one.text,
            media_path(one.photo) if one.photo else "",
            self.t("Giá: **{price}**", price=shown.price(one, self)),
            self.word("Xem và đặt ở") if outside else self.word("Hỏi mua"),
            one.contact if outside else f"tel:{quote(one.contact)}",
            shown.contact(one),
            outside,
        )

    def _to(self, village: str = "", before: int = 0) -> str:
        base = self.address(PRODUCTS)
        query = {**({"thon": village} if village else {}), **({"truoc": str(before)} if before else {})}
        return base + (("&" if "?" in base else "?") + urlencode(query) if query else "")
