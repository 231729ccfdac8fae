"""In which order a village is told, and who answers for each way: changed by an official in the chat."""

from __future__ import annotations

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.actions import pack
from bot.features.announcements.relays import ways
from bot.features.announcements.relays.actions import ChooseAnswerer, ListVillageWays, NameAnswerer, PutFirst
from bot.features.people import people
from bot.handlers.kit.base import Content
from bot.storage.tables.announcements import VillageWay
from bot.storage.tables.audit import AuditRow
from bot.storage.tables.people import Person
from bot.testing import FakePlatform, Participant
from tests.features.village import somebody

from .announcing_world import LAC_HIEN, Yard, yard
from .test_relays import PASTED, asked, minutes, states

# What differs between the databases is tested below the conversations.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
async def here(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> Yard:
    """Both villages have a group with the bot; Tu leads Lạc Hiền, Mai is the deputy, Bay a member."""
    made = await yard(db, platform, shipped)
    await somebody("mai", "deputy", made.at.village, made.world.clock.now())
    await somebody("bay", "member", made.at.village, made.world.clock.now())
    await Person.filter(name="bay").update(phone="0912345678")
    return made


async def opened(here: Yard) -> Participant:
    lan = here.world.talk("lan")
    await lan.says("cách đưa tin")
    await lan.picks("Thôn Lạc Hiền")
    return lan


async def order(here: Yard) -> list[str]:
    return list((await ways.of_each([here.at.village]))[here.at.village])


async def test_a_person_put_before_the_group_gets_the_next_announcement(here: Yard) -> None:
    lan = await opened(here)
    assert f"1. Nhóm có bot: “Nhóm {LAC_HIEN}”\n2. Người đưa tin: tu, mai" in lan.heard
    await lan.picks("Người đưa tin trước")
    assert "1. Người đưa tin: tu, mai\n2. Nhóm có bot" in lan.heard
    await asked(here)
    assert "Qua người đưa tin: 1 thôn (thôn Lạc Hiền)" in "\n".join(here.texts("chat-nam"))
    await here.world.talk("nam").picks("Duyệt")
    await here.sends()
    assert await states(here) == {"tu": "asked"}
    await lan.says("cách đưa tin")
    assert "cách trước không được mới sang cách sau: nhóm có bot, người đưa tin, loa truyền thanh, tờ rơi." in lan.heard
    assert "• thôn Lạc Hiền: người đưa tin, nhóm có bot" in lan.heard
    assert "• thôn Đông Cao:" not in lan.heard
    await lan.picks("Thôn Lạc Hiền")
    await lan.picks("Nhóm có bot trước")
    assert await order(here) == ["group", "relay", "speaker", "leaflet"]
    assert await VillageWay.all().count() == 0


async def test_who_was_named_is_asked_first_and_whoever_leads_stands_in(here: Yard) -> None:
    lan = await opened(here)
    await lan.picks("Ai lo: người đưa tin")
    await lan.picks("bay")
    assert "Người đưa tin: bay, tu, mai" in lan.heard
    await lan.picks("Người đưa tin trước")
    await asked(here)
    await here.world.talk("nam").picks("Duyệt")
    await here.sends()
    assert await states(here) == {"bay": "asked"}
    await minutes(here, 16)
    assert await states(here) == {"bay": "silent", "tu": "asked"}
    lan = await opened(here)
    await lan.picks("Ai lo: người đưa tin")
    await lan.picks("Theo lệ: tổ trưởng, tổ phó, trưởng thôn")
    assert "1. Người đưa tin: tu, mai" in lan.heard


async def test_who_was_named_and_has_left_is_not_asked(here: Yard) -> None:
    bay = await Person.get(name="bay")
    await ways.set_order(here.at.village, ["relay", "group", "speaker", "leaflet"], {"relay": bay.id})
    assert await people.end_all(bay.id, "member", here.at.village, here.world.clock.now())
    await asked(here)
    await here.world.talk("nam").picks("Duyệt")
    await here.sends()
    assert await states(here) == {"tu": "asked"}


async def test_the_list_of_whom_to_telephone_names_who_answers_for_what_comes_next(here: Yard) -> None:
    lan = await opened(here)
    await lan.picks("Người đưa tin trước")
    await lan.picks("Tờ rơi trước")
    await lan.picks("Ai lo: loa truyền thanh")
    await lan.picks("bay")
    assert "3. Tờ rơi: chưa ghi ai lo\n4. Loa truyền thanh: bay lo" in lan.heard
    await asked(here)
    await here.world.talk("nam").picks("Duyệt")
    await here.sends()
    await minutes(here, 31)
    assert "• thôn Lạc Hiền: tu, mai; loa truyền thanh: bay 0912345678" in here.texts("chat-lan")[-1]
    await here.world.talk("tu").picks(PASTED)


async def test_the_same_tap_twice_is_one_and_a_forged_one_nothing(here: Yard) -> None:
    lan, village = here.world.talk("lan"), here.at.village
    for _ in range(2):
        await lan.forges(pack(PutFirst(village, "relay")))
    assert await order(here) == ["relay", "group", "speaker", "leaflet"]
    await lan.forges(pack(PutFirst(village, "x")))
    await lan.forges(pack(PutFirst(999_999, "relay")))
    await lan.forges(pack(PutFirst(here.at.commune, "relay")))
    outsider = await Person.get(name="nam")
    await lan.forges(pack(NameAnswerer(village, "relay", outsider.id)))
    assert "không còn vai trò ở thôn Lạc Hiền" in lan.heard
    assert await ways.named([village]) == {village: {}}
    assert await AuditRow.filter(act="village.ways").count() == 2


async def test_leaders_residents_and_groups_change_nothing(here: Yard) -> None:
    village, bay = here.at.village, await Person.get(name="bay")
    for talk in (here.world.talk("tu"), here.world.talk("dan"), here.world.talk("lan", chat="g9", kind="group")):
        for action in (
            ListVillageWays(here.at.commune, 0),
            PutFirst(village, "relay"),
            ChooseAnswerer(village, "relay"),
            NameAnswerer(village, "relay", bay.id),
        ):
            await talk.forges(pack(action))
            assert "Lạc Hiền" not in talk.heard
        await talk.says("/cachduatin")
        assert "Lạc Hiền" not in talk.heard
    assert await VillageWay.all().count() == 0
