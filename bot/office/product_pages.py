"""The products of the villages, as a page that anybody can read, without a script; of the sellers it has what they
show.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlencode

from aiohttp import web

from bot.core.text import upper_first
from bot.features.commune.settings import Commune
from bot.features.showcase import public, shown
from bot.features.showcase.model import Product
from bot.features.showcase.public import Stall
from bot.features.showcase.reading import is_address
from bot.i18n import SOURCE

from .feed import media_path
from .html import Html, e, join, link, styled
from .shelf import PRODUCTS, Reading, Shelf

_STYLE = """
.goods { display: grid; gap: 1rem; margin: 0 0 1.4rem;
  grid-template-columns: repeat(auto-fill, minmax(min(17rem, 100%), 1fr)); }
.goods .box { margin: 0; }
.goods h3 { font-size: 1.15rem; line-height: 1.35; margin: 0 0 .4rem; overflow-wrap: anywhere; }
.goods img { width: 100%; height: 14rem; object-fit: cover; }
@media print { .goods { display: block; } .goods .box { break-inside: avoid; }
  .goods img { width: auto; height: 40mm; } }
"""
_A_FEW, _PER_PAGE = 4, 24
_LONGEST_ID = 18


@dataclass(frozen=True)
class Market:
    """`unit_of` is the id of a commune, None for one that does not exist now."""

    shelf: Shelf
    unit_of: Callable[[Commune], Awaitable[int | None]]
    now: Callable[[], datetime]


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
        sections = [await self._section(one, now, whole=bool(chosen)) for one in chosen or stalls]
        title = self.t("Hàng của bà con {commune}", commune=self.commune.full_name).plain
        if not stalls:
            none = self.word("Bà con chưa giới thiệu hàng nào.")
            sections = [Html(f"<p>{e(none)}</p>")]
        names = self._villages(stalls, chosen) if stalls else Html("")
        return self.page(
            title, join(f"<h1>{e(title)}</h1>", self._about(), names, *sections, self._ways()), style=_STYLE
        )

    def _about(self) -> Html:
        told = self.word(
            "Bà con tự giới thiệu. Xã xem qua rồi mới cho hiện, không bán, không giữ tiền thay ai. "
            "Hỏi kỹ, xem hàng rồi mới trả tiền."
        )
        return Html(f'<p class="note">{e(told)}</p>')

    def _villages(self, stalls: Sequence[Stall], chosen: Sequence[Stall]) -> Html:
        everywhere, label = self.word("Tất cả các thôn"), self.word("Các thôn")
        every = f'<li><a href="{e(self._to())}"{"" if chosen else _HERE}>{e(everywhere)}</a></li>'
        items = [
            f'<li><a href="{e(self._to(one.place.code))}"{_HERE if one in chosen else ""}>'
            f"{e(upper_first(one.place.full_name))} ({one.count})</a></li>"
            for one in stalls
        ]
        return join(
            f'<nav class="screen" aria-label="{e(label)}"><ul class="among">',
            every,
            *items,
            "</ul></nav>",
        )

    async def _section(self, stall: Stall, now: datetime, *, whole: bool) -> Html:
        most, code = _PER_PAGE if whole else _A_FEW, stall.place.code
        found = await public.products(stall.unit_ids, now, most + 1, self._before if whole else None)
        goods, more = found[:most], Html("")
        if len(found) > most:
            address = self._to(code, goods[-1].id) if whole else self._to(code)
            label = self.word("Xem tiếp") if whole else self.t("Xem cả {count} món", count=stall.count).plain
            more = Html(f'<p class="screen">{link(address, label)}</p>')
        return join(
            f"<section><h2{self._vietnamese()}>{e(upper_first(stall.place.full_name))}</h2>",
            '<div class="goods">',
            *(self._product(one) for one in goods),
            "</div>",
            more,
            "</section>",
        )

    def _product(self, one: Product) -> Html:
        image = f'<img src="{e(media_path(one.photo))}" alt="{e(one.name)}" loading="lazy">' if one.photo else ""
        price = styled(self.t("Giá: **{price}**", price=shown.price(one, self)))
        contact = shown.contact(one)
        if is_address(one.contact):
            label, address, rel = self.word("Xem và đặt ở"), one.contact, ' rel="nofollow noreferrer"'
        else:
            label, address, rel = self.word("Hỏi mua"), f"tel:{quote(one.contact)}", ""
        return join(
            f'<article class="box" id="hang-{one.id}">',
            image,
            f"<h3{self._vietnamese()}>{e(one.name)}</h3><p{self._vietnamese()}>{e(one.text)}</p><p>",
            price,
            f'</p><p>{e(label)}: <a href="{e(address)}"{rel}>{e(contact)}</a></p></article>',
        )

    def _ways(self) -> Html:
        """Say how to have one's own products shown, and whom to tell of errors."""
        own = self.word(
            "Muốn giới thiệu hàng nhà mình, bà con nhắn “sản phẩm” cho máy trả lời của xã trên ứng dụng nhắn tin. "
            "Tổ công nghệ số của thôn cũng làm giúp."
        )
        parts = [f"<p>{e(own)}</p>"]
        if self.commune.phone:
            wrong = self.t("Thấy hàng không đúng lời giới thiệu, gọi xã: **{phone}**", phone=self.commune.phone)
            parts.append(f"<p>{styled(wrong)}</p>")
        return join('<div class="screen">', *parts, "</div>")

    def _vietnamese(self) -> str:
        return f' lang="{SOURCE}"' if self.locale != SOURCE else ""

    def _to(self, village: str = "", before: int = 0) -> str:
        base = self.address(PRODUCTS)
        query = {**({"thon": village} if village else {}), **({"truoc": str(before)} if before else {})}
        return base + (("&" if "?" in base else "?") + urlencode(query) if query else "")


_HERE = ' aria-current="page"'
