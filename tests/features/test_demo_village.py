"""The demo shows one commune with twelve villages, and says which of them are invented."""

from __future__ import annotations

from datetime import date

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from bot.features import units
from bot.features.calendar.periods import period
from bot.features.demo import goods as demo_goods
from bot.features.demo import quality as demo_quality
from bot.features.demo import village as demo
from bot.features.quality import checks
from bot.features.quality.opinions import Opinions
from bot.features.quality.publishing import by_village
from bot.features.showcase import public
from tests.features.village import NOW

TODAY = date(2026, 11, 24)


async def test_the_demo_has_one_real_village_and_eleven_that_say_they_are_examples(db: BaseDBAsyncClient) -> None:
    assert await demo.fill()
    commune = await units.get(demo.COMMUNE)
    assert commune is not None
    villages = await units.villages(commune.id, TODAY)
    assert len(villages) == 12
    assert [one.code for one in villages if "(ví dụ)" not in one.full_name] == [demo.VILLAGE]
    assert all(one.households and one.adults and one.households < one.adults for one in villages)
    assert [one.code for one in await units.find("thôn 1", commune.id, TODAY)] == [
        "thon-1-khanh-duong",
        "thon-1-yen-hoa",
    ]
    assert "Yên Hòa" in commune.names


async def test_it_is_made_once(db: BaseDBAsyncClient) -> None:
    await demo.fill()
    before = await units.everything()
    assert not await demo.fill()
    assert await units.everything() == before


async def test_it_has_opinions_and_visits_to_ask_about_again_once(db: BaseDBAsyncClient) -> None:
    async with in_transaction("default"):
        await demo.fill()
        await demo.settle("demo", {"leader": ("tu", "c-tu"), "member": ("hung", "c-hung")}, {}, NOW)
        assert await demo_quality.fill(demo.VILLAGE, NOW)
        assert not await demo_quality.fill(demo.VILLAGE, NOW)
        village = await units.get(demo.VILLAGE)
        assert village is not None
        assert len(await checks.draw([village.id], 5, NOW)) == 5
    opinions = Opinions(db, "calendar")
    told_of = by_village(await opinions.of_commune(demo.COMMUNE, "help", period("2026-10")))
    assert {None} < set(told_of.values()), "some villages are told, some are kept back"


async def test_its_villages_show_what_they_sell_once(db: BaseDBAsyncClient) -> None:
    stored: list[bytes] = []

    async def store_media(data: bytes, mime: str) -> str:
        stored.append(data)
        return f"{len(stored):032x}.png"

    async with in_transaction("default"):
        await demo.fill()
        people = {key: (key, f"c-{key}") for key in ("leader", "leader-2", "leader-3", "officer")}
        await demo.settle("demo", people, {}, NOW)
    assert await demo_goods.fill(demo.COMMUNE, store_media, NOW)
    assert not await demo_goods.fill(demo.COMMUNE, store_media, NOW)
    commune = await units.get(demo.COMMUNE)
    assert commune is not None
    stalls = await public.stalls(commune.id, NOW)
    assert {stall.place.code: stall.count for stall in stalls} == {"lac-hien": 3, "dong-sen": 1, "ben-do": 2}
    shown = [one for stall in stalls for one in await public.products(stall.unit_ids, NOW, 9)]
    assert all("ví dụ" in one.name for one in shown)
    assert len(stored) == len([one for one in shown if one.photo]) == 5
