"""Villages lie in communes, merge, split and change their names, and nothing of the past is lost."""

from __future__ import annotations

from datetime import date

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.features import units
from bot.features.units import Place, UnitError, tree
from bot.features.units import place as place_module
from bot.features.units.near import Near
from bot.storage.event_reads import remembered

FOUNDED = date(2025, 7, 1)
MAY, JULY, NOW = date(2026, 5, 15), date(2026, 7, 1), date(2026, 11, 24)


@pytest.fixture
async def commune(db: BaseDBAsyncClient) -> Place:
    await units.create("ninh-binh", "tỉnh", "Ninh Bình", valid_from=FOUNDED)
    made = await units.create("yen-mo", "xã", "Yên Mô", parent="ninh-binh", valid_from=FOUNDED)
    for code, name, households in (("thon-10", "10", 300), ("thon-2", "2", 200), ("lac-hien", "Lạc Hiền", 320)):
        village = await units.create(code, "thôn", name, parent="yen-mo", valid_from=FOUNDED)
        await units.count(village.id, FOUNDED, households=households, adults=households * 2)
    return made


async def _id(code: str) -> int:
    found = await units.get(code)
    assert found is not None
    return found.id


async def _names(parent: str, on: date) -> list[str]:
    return [below.code for below in await units.descendants(await _id(parent), on)]


async def test_villages_are_listed_as_people_count_them(commune: Place) -> None:
    assert await _names("yen-mo", NOW) == ["thon-2", "thon-10", "lac-hien"]
    assert [one.code for one in await units.communes(NOW)] == ["yen-mo"]
    village = await units.get("lac-hien")
    assert village is not None
    assert village.full_name == "thôn Lạc Hiền"
    assert (village.households, village.adults, village.level) == (320, 640, "village")
    assert [above.code for above in await units.ancestors(village.id)] == ["yen-mo", "ninh-binh"]
    found = await units.commune_of(village.id)
    assert found is not None
    assert found.code == "yen-mo"


async def test_a_new_count_does_not_rewrite_the_old_one(commune: Place) -> None:
    village = await _id("lac-hien")
    await units.count(village, JULY, households=330, adults=None)
    before, after = await units.size(village, MAY), await units.size(village, NOW)
    assert before == (320, 640, FOUNDED)
    assert after == (330, None, JULY)
    assert await units.size(village, date(2025, 1, 1)) is None
    await units.count(village, JULY, households=331, adults=700)
    assert await units.size(village, NOW) == (331, 700, JULY)


async def test_a_village_merged_in_mid_year_keeps_its_figures_and_has_its_new_parent(commune: Place) -> None:
    await units.create("dong-tay", "thôn", "Đông Tây", parent="yen-mo", valid_from=JULY)
    await units.merge(["thon-2", "thon-10"], "dong-tay", JULY)
    old, new = await _id("thon-2"), await _id("dong-tay")
    assert await units.size(old, MAY) == (200, 400, FOUNDED)
    assert await units.size(new, NOW) == (500, 1000, JULY)
    assert await _names("yen-mo", MAY) == ["thon-2", "thon-10", "lac-hien"]
    assert await _names("yen-mo", NOW) == ["dong-tay", "lac-hien"]
    before, after = await units.parent_of(old, MAY), await units.parent_of(old, NOW)
    assert before is not None
    assert after is not None
    assert (before.code, after.code) == ("yen-mo", "dong-tay")
    assert await units.is_inside(old, new)
    assert not await units.is_inside(old, new, MAY)
    assert not await units.is_inside(new, old)
    assert [part.code for part in await units.merged_parts(new, NOW)] == ["thon-2", "thon-10"]
    assert await units.merged_parts(new, MAY) == []
    assert [one.code for one in await units.find("thôn 10", commune.id, NOW)] == ["dong-tay"]


async def test_a_village_that_takes_in_another_counts_both(commune: Place) -> None:
    await units.merge(["thon-2"], "lac-hien", JULY)
    assert await units.size(await _id("lac-hien"), MAY) == (320, 640, FOUNDED)
    assert await units.size(await _id("lac-hien"), NOW) == (520, 1040, JULY)


async def test_an_uncounted_part_makes_the_sum_unknown_and_not_too_small(commune: Place) -> None:
    await units.create("moi", "xóm", "Mới", parent="yen-mo", valid_from=FOUNDED)
    await units.merge(["moi"], "lac-hien", JULY)
    assert await units.size(await _id("lac-hien"), NOW) == (None, None, JULY)


async def test_the_villages_of_a_merged_commune_are_in_the_new_one_from_that_day(commune: Place) -> None:
    await units.create("yen-hoa", "xã", "Yên Hòa", parent="ninh-binh", valid_from=date(2000, 1, 1))
    await units.create("dong", "thôn", "Đông", parent="yen-hoa", valid_from=date(2000, 1, 1))
    await units.merge(["yen-hoa"], "yen-mo", JULY)
    assert await _names("yen-hoa", MAY) == ["dong"]
    assert await _names("yen-hoa", NOW) == []
    assert "dong" not in await _names("yen-mo", MAY)
    assert "dong" in await _names("yen-mo", NOW)
    village = await _id("dong")
    before, after = await units.commune_of(village, MAY), await units.commune_of(village, NOW)
    assert before is not None
    assert after is not None
    assert (before.code, after.code) == ("yen-hoa", "yen-mo")
    assert await units.is_inside(village, commune.id)
    assert not await units.is_inside(village, commune.id, MAY)


async def test_merges_in_a_row_lead_to_the_last_unit(commune: Place) -> None:
    await units.merge(["thon-2"], "thon-10", JULY)
    await units.merge(["thon-10"], "lac-hien", date(2026, 9, 1))
    last, then = (
        await units.successor(await _id("thon-2")),
        await units.successor(await _id("thon-2"), date(2026, 8, 1)),
    )
    assert last is not None
    assert then is not None
    assert (last.code, then.code) == ("lac-hien", "thon-10")
    assert [above.code for above in await units.ancestors(await _id("thon-2"))] == [
        "thon-10",
        "lac-hien",
        "yen-mo",
        "ninh-binh",
    ]


async def test_a_renamed_village_is_found_by_both_names_and_old_reports_keep_the_old(commune: Place) -> None:
    village = await units.rename("thon-2", "Sông Vạc", JULY)
    assert (village.name_on(MAY), village.name_on(NOW), village.name) == ("2", "Sông Vạc", "Sông Vạc")
    assert (village.name_on(date(2026, 6, 30)), village.name_on(JULY)) == ("2", "Sông Vạc")
    for words in ("song vac", "thôn 02", "THÔN SÔNG VẠC"):
        assert [one.code for one in await units.find(words, commune.id, NOW)] == ["thon-2"]
    twice = await units.rename("thon-2", "Vạc", NOW)
    assert [twice.name_on(day) for day in (MAY, date(2026, 8, 1), NOW)] == ["2", "Sông Vạc", "Vạc"]
    assert await units.rename("thon-2", "Vạc", NOW) == twice


async def test_a_split_closes_the_old_village_and_the_new_ones_know_its_name(commune: Place) -> None:
    made = await units.split("lac-hien", [("lac-hien-1", "Lạc Hiền 1"), ("lac-hien-2", "Lạc Hiền 2")], JULY)
    assert [one.code for one in made] == ["lac-hien-1", "lac-hien-2"]
    assert "lac-hien" in await _names("yen-mo", MAY)
    assert "lac-hien" not in await _names("yen-mo", NOW)
    assert len(await units.find("lạc hiền", commune.id, NOW)) == 2
    assert await units.size(await _id("lac-hien"), MAY) == (320, 640, FOUNDED)


async def test_names_are_found_without_marks_and_several_hits_are_all_given(commune: Place) -> None:
    await units.create("1-yen-hoa", "thôn", "1 Yên Hòa", parent="yen-mo", valid_from=FOUNDED)
    await units.create("1-yen-thinh", "thôn", "1 Yên Thịnh", parent="yen-mo", valid_from=FOUNDED, aliases=["Trung Yên"])
    assert [one.code for one in await units.find("thon 1", commune.id, NOW)] == ["1-yen-hoa", "1-yen-thinh"]
    assert [one.code for one in await units.find("1 yen hoa", commune.id, NOW)] == ["1-yen-hoa"]
    assert [one.code for one in await units.find("tổ dân phố trung yên", commune.id, NOW)] == ["1-yen-thinh"]
    assert await units.find("không có", commune.id, NOW) == []
    assert await units.find("!!", commune.id, NOW) == []


async def test_another_commune_never_shows_in_a_listing(commune: Place) -> None:
    other = await units.create("yen-tu", "xã", "Yên Từ", parent="ninh-binh", valid_from=FOUNDED)
    await units.create("phuc-lai", "thôn", "Lạc Hiền", parent="yen-tu", valid_from=FOUNDED)
    assert [one.code for one in await units.find("lac hien", other.id, NOW)] == ["phuc-lai"]
    assert [one.code for one in await units.find("lac hien", commune.id, NOW)] == ["lac-hien"]
    assert await _names("yen-tu", NOW) == ["phuc-lai"]
    assert "phuc-lai" not in await _names("yen-mo", NOW)
    assert not await units.is_inside(await _id("phuc-lai"), commune.id)
    assert [one.code for one in await units.villages(await _id("ninh-binh"), NOW)].count("phuc-lai") == 1


async def test_changes_that_make_no_sense_are_refused(commune: Place) -> None:
    with pytest.raises(UnitError, match="đã có"):
        await units.create("lac-hien", "thôn", "Khác", parent="yen-mo", valid_from=NOW)
    with pytest.raises(UnitError, match="chữ thường"):
        await units.create("Lạc Hiền", "thôn", "Khác", parent="yen-mo", valid_from=NOW)
    with pytest.raises(UnitError, match="cấp trên"):
        await units.create("mo-coi", "thôn", "Mồ Côi", valid_from=NOW)
    with pytest.raises(UnitError, match="không thể thuộc"):
        await units.create("xa-moi", "xã", "Mới", parent="lac-hien", valid_from=NOW)
    with pytest.raises(UnitError, match="không có đơn vị"):
        await units.merge(["khong-co"], "lac-hien", JULY)
    with pytest.raises(UnitError, match="không cùng cấp"):
        await units.merge(["lac-hien"], "yen-mo", JULY)
    with pytest.raises(UnitError, match="ít nhất một"):
        await units.merge(["lac-hien"], "lac-hien", JULY)
    await units.merge(["thon-2"], "lac-hien", JULY)
    with pytest.raises(UnitError, match="đã được nhập"):
        await units.merge(["thon-2"], "thon-10", NOW)
    with pytest.raises(UnitError, match="không hoạt động"):
        await units.merge(["thon-10"], "thon-2", NOW)
    await units.create("ngo", "khu dân cư", "Ngõ 1", parent="lac-hien", valid_from=FOUNDED)
    with pytest.raises(UnitError, match="nằm trong"):
        await units.move("lac-hien", "ngo")


async def test_an_event_goes_the_way_up_once_until_units_are_added(
    commune: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    went: list[int] = []
    go_up = tree._go_up

    def counted(around: Near, unit_id: int, on: date | None) -> list[int]:
        went.append(unit_id)
        return go_up(around, unit_id, on)

    monkeypatch.setattr(tree, "_go_up", counted)
    village = await _id("lac-hien")
    await units.create("yen-khanh", "xã", "Yên Khánh", valid_from=FOUNDED)
    with remembered():
        for _ in range(3):
            found = await units.commune_of(village, NOW)
            assert found is not None
            assert found.code == "yen-mo"
        assert await units.is_inside(village, commune.id, NOW)
        assert went == [village]
        await units.get("yen-khanh")  # read for the first time: what is above a village may be another thing now
        assert await units.is_inside(village, commune.id, NOW)
        assert went == [village, village]


async def test_the_level_and_the_name_of_a_village_are_put_together_once(
    commune: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    village = await units.get("lac-hien")
    assert village is not None
    assert village.level == "village"
    monkeypatch.setattr(place_module, "level_of", pytest.fail)
    assert village.level == "village"
    assert village.full_name is village.full_name
