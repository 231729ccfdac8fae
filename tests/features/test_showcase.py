"""What a seller types is read with one meaning or not at all; a village that was merged shows its products on."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.features import units
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.features.showcase import public, store
from bot.features.showcase.model import Price, Product
from bot.features.showcase.reading import contact_of, phone_written, price_of, problem

from .village import NOW, Places, places, somebody


@pytest.mark.parametrize(
    ("words", "price"),
    [
        ("60.000 đồng một túi", Price(60_000, "túi")),
        ("60.000đ/túi 500g", Price(60_000, "túi 500g")),
        ("60k/kg", Price(60_000, "kg")),
        ("Giá 60 nghìn mỗi cân", Price(60_000, "cân")),
        ("1,2 triệu", Price(1_200_000)),
        ("1.2tr 1 thùng", Price(1_200_000, "thùng")),
        ("2 triệu rưỡi một con", Price(2_500_000, "con")),
        ("12.500.000 đ", Price(12_500_000)),
        ("sáu mươi nghìn một túi", Price(60_000, "túi")),
        ("hai triệu rưỡi đồng", Price(2_500_000)),
        ("60000/1kg", Price(60_000, "kg")),
        ("hỏi giá nhé", Price()),
        ("thỏa thuận", Price()),
        ("60", None),
        ("50k-70k", None),
        ("50k đến 70k", None),
        ("1tr2", None),
        ("1.2", None),
        ("rẻ lắm", None),
        ("60k gọi 0912345678", None),
        ("9999999999", None),
    ],
)
def test_a_price_has_one_meaning_or_is_asked_again(words: str, price: Price | None) -> None:
    assert price_of(words) == price


@pytest.mark.parametrize(
    ("words", "contact"),
    [
        ("0912345678", "0912345678"),
        ("gọi bà Hoa 0912.345.678", "0912345678"),
        ("+84 912 345 678", "0912345678"),
        ("1900 0368 nhánh hai", "19000368"),
        ("buudien.vn/gian-hang/hoa.", "https://buudien.vn/gian-hang/hoa"),
        ("http://shop.example.com/a?b=1", "http://shop.example.com/a?b=1"),
        ("hoa@gmail.com", None),
        ("javascript:alert(1)", None),
        ("https://ai@shop.example.com", None),
        ("http://10.0.0.1/", None),
        ("ở chợ", None),
        ("0912", None),
        ("https://dichvucong.gov.vn@evil.vn", None),
        ("https://a.vn:80@evil.vn/x", None),
        ("Bán ở shopee.vn.", "https://shopee.vn"),
        ("shop.example.vn:443/a?b=1", "https://shop.example.vn:443/a?b=1"),
    ],
)
def test_how_to_order_is_a_number_or_an_address(words: str, contact: str | None) -> None:
    assert contact_of(words) == contact


def test_a_number_is_written_as_it_is_read_aloud_and_stands_nowhere_else() -> None:
    assert phone_written("0912345678") == "0912 345 678"
    assert phone_written("19000368") == "19000368"
    assert problem("Chuối tây, túi 500 gam, 60.000 đồng, dùng trong 3 tháng") is None
    assert problem("nhắn 0912345678") is not None


@pytest.fixture
async def at(db: BaseDBAsyncClient) -> Places:
    return await places()


async def shown(unit_id: int, owner: int, name: str = "Chuối") -> Product:
    one = await store.write(unit_id, owner, name, "Ngon.", Price(), "0912345678", behalf=False, now=NOW)
    assert await store.hand_in(one, NOW)
    waits = await store.get(one.id)
    assert waits is not None
    assert await store.publish(waits, owner, NOW)
    fresh = await store.get(one.id)
    assert fresh is not None
    return fresh


async def test_products_are_shown_by_village_also_after_a_merger_and_no_day_longer(at: Places) -> None:
    who = await somebody("hoa", "leader", at.village)
    assert who.person_id is not None
    one = await shown(at.village, who.person_id)
    await shown(at.far_village, who.person_id)
    (stall,) = await public.stalls(at.commune, NOW)
    assert (stall.place.code, stall.count) == ("lac-hien", 1)
    await units.merge(["lac-hien"], "dong-cao", date(2026, 11, 30))
    (stall,) = await public.stalls(at.commune, NOW + timedelta(days=10))
    assert (stall.place.code, stall.count) == ("dong-cao", 1)
    (found,) = await public.products(stall.unit_ids, NOW, 10)
    assert found == one
    assert await public.products(stall.unit_ids, NOW, 10, before=one.id) == []
    assert await public.stalls(at.commune, NOW + timedelta(days=181)) == []


async def test_each_change_wants_the_product_as_it_was_seen(at: Places) -> None:
    """Mechanism: the version in each update."""
    who = await somebody("hoa", "leader", at.village)
    assert who.person_id is not None
    one = await shown(at.village, who.person_id)
    changed = await store.rewrite(one, {"name": "Chuối khô"}, NOW)
    assert changed is not None
    assert (changed.state, changed.agreed_at) == ("draft", None)
    assert await store.rewrite(one, {"name": "Khác"}, NOW) is None
    assert not await store.renew(one, NOW)
    assert not await store.give_back(one, "Sai", who.person_id, NOW)
    assert not await store.remove(one, NOW)
    assert not await store.publish(changed, who.person_id, NOW), "nobody agreed to the new words"


async def test_who_joins_two_accounts_keeps_what_they_show(at: Places) -> None:
    old, new = Account("fake", "id-old"), Account("other", "id-new")
    before = await people.remember(old, "chat-old", "Hoa", NOW)
    after = await people.remember(new, "chat-new", "Hoa", NOW)
    one = await shown(at.village, before)
    assert await people.link(old, "chat-old", after, NOW)
    assert [kept.id for kept in await store.of_owner(after)] == [one.id]
