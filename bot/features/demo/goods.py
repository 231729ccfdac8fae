"""The goods of the demo's villages: invented, with drawn pictures, shown as a team and an official show them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from importlib.resources import files
from typing import NamedTuple

from tortoise.transactions import in_transaction

from bot.features import units
from bot.features.jobs import temporary_files
from bot.features.people import people
from bot.features.rights.table import LEADER, OFFICER
from bot.features.showcase import store
from bot.features.showcase.model import Price
from bot.features.showcase.tables import Product as Row

_PHONE = "02290000000"
"""The number that is an example everywhere in the demo."""


class _Good(NamedTuple):
    village: str
    name: str
    text: str
    price: Price
    picture: str = ""


_GOODS = (
    _Good("lac-hien", "Chuối tiêu hồng vườn nhà (ví dụ)", "Chín cây, cắt buổi sáng, giao trong thôn.",
          Price(25_000, "nải"), "chuoi.png"),
    _Good("lac-hien", "Trứng gà thả vườn (ví dụ)", "Gà ăn thóc, trứng nhặt trong ngày.",
          Price(35_000, "chục"), "trung.png"),
    _Good("lac-hien", "Gạo tám mới (ví dụ)", "Gạo vụ này, xay khi có người đặt, không tẩy trắng.",
          Price(22_000, "kg"), "gao.png"),
    _Good("dong-sen", "Mật ong hoa nhãn (ví dụ)", "Quay tháng 4, đóng chai nửa lít, có ghi ngày.",
          Price(150_000, "chai nửa lít"), "mat-ong.png"),
    _Good("ben-do", "Giỏ cói đan tay (ví dụ)", "Đan theo cỡ khách đặt, ba ngày có hàng.",
          Price(60_000, "chiếc"), "gio-coi.png"),
    _Good("ben-do", "Nhận may vá, sửa quần áo (ví dụ)", "Nhận tại nhà các buổi tối.", Price()),
)  # fmt: skip


async def fill(commune_code: str, store_media: Callable[[bytes, str], Awaitable[str]], now: datetime) -> bool:
    """Add the goods, after the people have their roles; False if goods exist already or there are no people."""
    commune = await units.get(commune_code)
    officers = [] if commune is None else await people.holders(OFFICER, commune.id, now)
    if not officers or await Row.exists():
        return False
    for good in _GOODS:
        photo = ""
        if good.picture:
            photo = await store_media(files(__package__).joinpath(good.picture).read_bytes(), "image/png")
            await temporary_files.keep(photo, now + temporary_files.ORPHAN)
        async with in_transaction():
            await _show(good, photo, officers[0].person_id, now)
    return True


async def _show(good: _Good, photo: str, officer: int, now: datetime) -> None:
    """Write a good as the village's leader for a household that agrees, and approve it as the officer."""
    place = await units.get(good.village)
    leaders = [] if place is None else await people.holders(LEADER, place.id, now)
    if place is None or not leaders:
        return
    one = await store.write(
        place.id, leaders[0].person_id, good.name, good.text, good.price, _PHONE, behalf=True, now=now
    )
    if photo:
        one = await store.illustrate(one, photo, now) or one
    await store.hand_in(one, now)
    waiting = await store.get(one.id)
    if waiting is not None:
        await store.publish(waiting, officer, now)
