"""The first day of a leader whose group takes no bot: from the code to a welcome in the group, in a few words."""

from __future__ import annotations

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.actions import pack
from bot.features.announcements.actions import OpenReceipt
from bot.features.people import people
from bot.handlers.announcements.first_day import (
    NotVillageGroup,
    OpenVillageGroup,
    RenameVillageGroup,
    SkipVillageGroup,
    WelcomePasted,
)
from bot.handlers.kit.base import Content
from bot.storage.tables.announcements import VillageGroup
from bot.storage.tables.people import Person
from bot.storage.tables.places import Channel
from bot.testing import RICH, FakePlatform, Participant

from .announcing_world import LAC_HIEN, Yard, yard
from .test_people_talk import code_in
from .test_relays import asked

# What differs between the databases is tested below the conversations.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

NAME = "Thôn 3 đoàn kết"
ASKED = "Nhóm Zalo của thôn Lạc Hiền tên gì?"
LEFT = "Nhóm Zalo của thôn"


@pytest.fixture
async def here(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> Yard:
    """Lạc Hiền has a group that takes no bot and nobody who leads it; Đông Cao has a group with the bot."""
    made = await yard(db, platform, shipped)
    await Channel.filter(native_id=LAC_HIEN).delete()
    tu = await Person.get(name="tu")
    await people.end_all(tu.id, "leader", made.at.village, made.world.clock.now())
    return made


LEADER, DEPUTY, MEMBER = (f"{role} Tổ công nghệ số" for role in ("Tổ trưởng", "Tổ phó", "Thành viên"))


async def comes(here: Yard, name: str, role: str = LEADER, place: str = "thôn Lạc Hiền") -> Participant:
    """Somebody whom the officer has invited agrees."""
    lan = here.world.talk("lan")
    await lan.says("/moi")
    await lan.picks(role)
    await lan.picks(place)
    code = code_in(lan)
    one = here.world.talk(name)
    await one.says(code)
    await one.picks("Đồng ý")
    return one


async def stage() -> tuple[str, str]:
    row = await VillageGroup.get()
    return row.stage, row.name


async def test_from_the_code_to_a_welcome_in_the_group_within_five_minutes(here: Yard) -> None:
    """Five things are done by the leader: the code, a yes, the name, the paste, “Đã dán”."""
    hoa = await comes(here, "hoa")
    assert "Chào mừng bác!" in hoa.heard
    assert ASKED in hoa.heard
    await hoa.restarts()
    await hoa.says(NAME)
    welcome, question = hoa.news
    assert welcome.text.plain.startswith("Ủy ban nhân dân xã Yên Mô\nKính gửi bà con thôn Lạc Hiền.")
    assert not welcome.buttons
    for talk in ("bác ", "tôi", "chọn", "bot"):
        assert talk not in welcome.text.plain
    assert f"nhóm Zalo “{NAME}”" in question.text.plain
    await hoa.picks("Đã dán vào nhóm")
    assert f"chuyển vào nhóm “{NAME}”" in hoa.heard
    assert await stage() == ("done", NAME)
    await hoa.says("menu")
    assert LEFT not in hoa.choices


async def test_the_duties_below_the_welcome_can_still_be_chosen_and_the_name_be_told_later(here: Yard) -> None:
    hoa = await comes(here, "hoa")
    await hoa.picks("Nhiệm vụ của tôi")
    assert "(1/" in hoa.heard
    # The duties were the last thing said: these words answer them, not the question before.
    await hoa.says("làm những việc đó thế nào")
    assert await stage() == ("name", "")
    await hoa.says("menu")
    assert LEFT in hoa.choices
    # What is said now is no name.
    await hoa.says("chào")
    assert await stage() == ("name", "")
    await hoa.says("menu")
    await hoa.picks(LEFT)
    assert ASKED in hoa.heard
    await hoa.says(NAME)
    await hoa.says("menu")
    await hoa.picks(LEFT)
    assert "Kính gửi bà con thôn Lạc Hiền" in hoa.heard
    await hoa.says("em đã dán rồi ạ")
    assert await stage() == ("done", NAME)


@pytest.mark.parametrize(
    "words", ["Cài VNeID thì làm sao hả cháu?", "Hôm nay tôi đến nhà ông Ba giúp cài VNeID rồi ông ấy bảo máy treo mãi"]
)
async def test_a_question_or_a_story_is_no_name(here: Yard, words: str) -> None:
    hoa = await comes(here, "hoa")
    await hoa.says(words)
    assert "nhóm Zalo “" not in hoa.heard
    assert await stage() == ("name", "")


async def test_what_was_no_name_is_taken_back(here: Yard) -> None:
    hoa = await comes(here, "hoa")
    await hoa.says("cài vneid")
    await hoa.picks("Không phải tên nhóm")
    assert ASKED in hoa.heard
    assert await stage() == ("name", "")
    await hoa.says(NAME)
    assert await stage() == ("paste", NAME)


async def test_it_is_skipped_for_good_and_nobody_of_the_village_is_asked_again(here: Yard) -> None:
    hoa = await comes(here, "hoa")
    await hoa.picks("Bỏ qua")
    assert "gõ “nhóm của thôn”" in hoa.heard
    await hoa.says("menu")
    assert LEFT not in hoa.choices
    mai = await comes(here, "mai", DEPUTY)
    assert "Chào mừng bác!" in mai.heard
    assert "tên gì" not in mai.heard
    # Whoever wants it all the same says so.
    await mai.says("nhóm của thôn")
    assert ASKED in mai.heard
    await mai.says(NAME)
    await mai.picks("Bỏ qua")
    assert await stage() == ("skipped", NAME)
    await mai.says("nhóm của thôn")
    assert f"“{NAME}”" in mai.heard
    await mai.picks("Sửa tên nhóm")
    await mai.says("Xóm Lạc Hiền vui vẻ")
    assert (await stage())[1] == "Xóm Lạc Hiền vui vẻ"


async def test_where_the_group_has_the_bot_nothing_is_asked(here: Yard) -> None:
    bay = await comes(here, "bay", place="thôn Đông Cao")
    assert "tên gì" not in bay.heard
    hung = await comes(here, "hung", MEMBER)
    assert "tên gì" not in hung.heard
    assert await VillageGroup.all().count() == 0


async def test_a_press_for_another_village_changes_nothing(here: Yard) -> None:
    await comes(here, "hoa")
    bay, village = await comes(here, "bay", place="thôn Đông Cao"), here.at.village
    for action in (
        OpenVillageGroup(village),
        OpenVillageGroup(0),
        SkipVillageGroup(village),
        WelcomePasted(village),
        NotVillageGroup(village),
        RenameVillageGroup(village),
    ):
        for stranger in (bay, here.world.talk("dan")):
            await stranger.forges(pack(action))
            assert "Việc này của người dán tin" in stranger.heard
    assert await stage() == ("name", "")


async def test_officials_see_the_name_of_the_group_on_the_receipt(here: Yard) -> None:
    hoa = await comes(here, "hoa")
    await hoa.says(NAME)
    await hoa.picks("Đã dán vào nhóm")
    lan, nam = await asked(here)
    await nam.picks("Duyệt")
    await here.sends()
    await lan.forges(pack(OpenReceipt(1)))
    assert f"• thôn Lạc Hiền, nhóm Zalo “{NAME}”: đã nhờ hoa lúc" in lan.heard
    await hoa.picks("Đã dán vào nhóm")
    await lan.forges(pack(OpenReceipt(1)))
    assert f"• thôn Lạc Hiền, nhóm Zalo “{NAME}”: qua hoa, đã dán" in lan.heard


async def test_the_welcome_leads_to_the_chat_on_the_page_in_the_village_s_name(
    db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content
) -> None:
    """Where the installation has a page on which nobody needs an account."""
    here = await yard(db, platform, shipped, page=FakePlatform(RICH, name="page"))
    await Channel.filter(native_id=LAC_HIEN).delete()
    hoa = await comes(here, "hoa", DEPUTY)
    await hoa.says(NAME)
    assert hoa.news[0].text.plain.endswith("Hỏi máy của xã: https://chat.example/page?start=xa_lac-hien")
