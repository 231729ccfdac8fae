"""Which commune answers, and in which village somebody lives: from a link, a role, a group, or asked once."""

from __future__ import annotations

from datetime import date

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.actions import pack
from bot.core.sessions import Key, session_to_json
from bot.features import units
from bot.features.groups import channels
from bot.features.invites import Created
from bot.handlers.kit.base import Content
from bot.handlers.people.home import AskHome, LiveIn
from bot.storage.core_tables.conversation import SessionRow
from bot.storage.store import ConversationStore
from bot.storage.tables.learning import GuideRun
from bot.storage.tables.places import Unit
from bot.testing import FakePlatform, Participant

from .two_communes import Two, two


@pytest.fixture
def database_kind() -> str:
    """What is remembered stands in the session, whatever the database."""
    return "sqlite"


@pytest.fixture
async def here(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> Two:
    return await two(db, platform, shipped)


async def facts(talk: Participant) -> dict[str, str]:
    session = await ConversationStore(talk.world.db).load(Key(talk.chat.platform, talk.chat.id), talk.chat.kind)
    return {name: value for name, value in session.facts.items() if name in ("xa", "thon")}


async def test_a_newcomer_is_asked_once_and_then_gets_what_they_came_for(here: Two) -> None:
    hoa = here.world.talk("Hoa")
    await hoa.says("số điện thoại của xã")
    assert "Ủy ban nhân dân xã Khánh Thiện, xã Yên Mô" in hoa.heard
    assert hoa.choices == ["xã Khánh Thiện", "xã Yên Mô"]
    await hoa.restarts()
    await hoa.picks("xã Yên Mô")
    assert "Vâng, bác ở xã Yên Mô." in hoa.heard
    await hoa.says("danh bạ")
    assert "0229 111 111" in hoa.heard
    await hoa.says("/start")
    assert "Bác ở xã nào?" not in hoa.heard


async def test_the_words_of_a_newcomer_are_answered_after_the_question(here: Two) -> None:
    hoa = here.world.talk("Hoa")
    await hoa.says("dong goi hang")
    assert "Bác ở xã nào?" in hoa.heard
    await hoa.picks("xã Khánh Thiện")
    assert "Có phải bác cần" in hoa.heard or "Nhận đơn" in hoa.heard


@pytest.mark.parametrize("said", ["danh bạ", "Danh bạ:", "/danhba"])
async def test_the_first_command_of_a_newcomer_is_done_after_the_question_once(here: Two, said: str) -> None:
    """Seen: in place of the numbers came the menu, and by a slash the directory of no commune."""
    hoa = here.world.talk("Hoa")
    await hoa.says(said)
    assert "Bác ở xã nào?" in hoa.heard
    await hoa.restarts()
    await hoa.picks("xã Yên Mô")
    assert "Vâng, bác ở xã Yên Mô." in hoa.heard
    assert "0229 111 111" in hoa.heard
    await hoa.picks("xã Yên Mô")
    assert "0229 111 111" not in hoa.heard


async def test_what_was_asked_more_than_an_hour_ago_is_forgotten(here: Two) -> None:
    hoa = here.world.talk("Hoa")
    await hoa.says("danh bạ")
    here.world.clock.passes(hours=2)
    await hoa.says("ừ")
    assert hoa.heard.startswith("Bác ở xã nào?"), "nothing is promised"
    await hoa.picks("xã Yên Mô")
    assert "0229 111 111" not in hoa.heard
    assert hoa.choices == ["Về menu"]


@pytest.mark.parametrize("before", ["/start ", "", "/lienket "])
async def test_a_code_is_used_at_once_and_kept_nowhere(here: Two, before: str) -> None:
    """It names its unit by itself."""
    made = await here.invites.create("leader", here.at.far_village, by=None, now=here.world.clock.now())
    assert isinstance(made, Created)
    tu = here.world.talk("Tư")
    await tu.says(f"{before}{made.code}")
    assert "Bác ở xã nào?" not in tu.heard
    assert "xã Khánh Thiện" in tu.heard[tu.heard.index("Mã này mời bác") :], "who asks for consent"
    session = await ConversationStore(here.world.db).load(Key(tu.chat.platform, tu.chat.id), "private")
    assert made.code not in session_to_json(session)
    await tu.picks("Đồng ý")
    assert "Chào mừng bác!" in tu.heard


async def test_erasing_does_not_wait_for_the_commune(here: Two) -> None:
    hoa = here.world.talk("Hoa")
    await hoa.says("/xoadulieu")
    assert "Bác ở xã nào?" not in hoa.heard
    assert "Xóa hết" in hoa.choices


async def test_the_newest_words_of_a_newcomer_are_answered_and_who_repeats_is_told_so(here: Two) -> None:
    hoa = here.world.talk("Hoa")
    await hoa.says("dong goi hang")
    await hoa.says("quên mật khẩu vneid")
    assert "Bác chọn xã giúp tôi, rồi tôi trả lời câu bác hỏi." in hoa.heard
    assert hoa.choices == ["xã Khánh Thiện", "xã Yên Mô"]
    await hoa.says("7")
    assert "rồi tôi trả lời câu bác hỏi" in hoa.heard, "a wrong number is no question"
    await hoa.restarts()
    await hoa.says("yên mô")
    assert "Vâng, bác ở xã Yên Mô." in hoa.heard
    assert "quên mật khẩu" in hoa.heard
    assert "Đóng gói" not in hoa.heard


async def test_a_small_word_does_not_take_the_place_of_what_a_newcomer_asked(here: Two) -> None:
    """“Ừ” was kept as the question, and the answer was the menu."""
    hoa = here.world.talk("Hoa")
    await hoa.says("dong goi hang")
    for said in ("ừ", "ok", "vâng ạ"):
        await hoa.says(said)
        assert hoa.choices == ["xã Khánh Thiện", "xã Yên Mô"]
    await hoa.says("Khánh Thiện")
    assert "Vâng, bác ở xã Khánh Thiện." in hoa.heard
    assert "Có phải bác cần" in hoa.heard or "Nhận đơn" in hoa.heard


@pytest.mark.parametrize("said", ["Lạc Hiền", "bà ở thôn Lạc Hiền", "toi o lac hien", "Nhà tôi ở Lạc Hiền ạ"])
async def test_who_knows_only_the_village_is_at_home_all_the_same(here: Two, said: str) -> None:
    hoa = here.world.talk("Hoa")
    await hoa.says("/start")
    await hoa.says(said)
    assert "Vâng, bác ở thôn Lạc Hiền." in hoa.heard
    assert await facts(hoa) == {"xa": "yen-mo", "thon": "lac-hien"}


async def test_who_says_later_where_they_live_is_believed(here: Two) -> None:
    hoa = here.world.talk("Hoa")
    await hoa.says("/start xa_yen-mo")
    await hoa.says("tôi ở thôn Lạc Hiền nhé")
    assert "Vâng, bác ở thôn Lạc Hiền." in hoa.heard
    await hoa.says("em đang ở Lạc Hiền")
    assert "Vâng, bác ở thôn Lạc Hiền." in hoa.heard
    await Unit.filter(code="lac-hien").update(fictitious=True)
    await hoa.says("tôi ở Lạc Hiền")
    assert "Vâng, bác ở thôn Lạc Hiền (ví dụ)." in hoa.heard
    await hoa.says("tôi ở nhà cài vneid")
    assert "bác ở" not in hoa.heard


async def test_what_is_asked_after_a_bare_start_is_answered_too(here: Two) -> None:
    hoa = here.world.talk("Hoa")
    await hoa.says("/start")
    assert "Bác ở xã nào?" in hoa.heard
    await hoa.says("quên mật khẩu vneid")
    await hoa.picks("xã Khánh Thiện")
    assert "quên mật khẩu" in hoa.heard


async def test_a_link_to_a_guide_goes_on_after_the_question(here: Two) -> None:
    hoa = here.world.talk("Hoa")
    await hoa.says("/start g_vneid-cai-dat-muc-2")
    assert "Bác ở xã nào?" in hoa.heard
    await hoa.says("khanh thien")
    assert "Vâng, bác ở xã Khánh Thiện." in hoa.heard
    assert "VNeID" in hoa.heard


async def test_a_link_of_a_village_says_everything(here: Two) -> None:
    hoa = here.world.talk("Hoa")
    await hoa.says("/start xa_phu-long")
    assert "Ủy ban nhân dân xã Khánh Thiện." in hoa.heard
    assert "Bác ở" not in hoa.heard
    assert "Bác cần việc gì?" in hoa.heard
    assert await facts(hoa) == {"xa": "khanh-thien", "thon": "phu-long"}
    await hoa.says("thôn của tôi")
    assert "Bác ở thôn Phú Long." in hoa.heard


async def test_what_is_kept_names_places_guides_and_steps_as_people_do(here: Two) -> None:
    hoa = here.world.talk("Hoa")
    await hoa.says("/start xa_lac-hien")
    await hoa.says("/start g_vneid-cai-dat-muc-2_ra-cong-an")
    await hoa.says("/start g_dien-thoai-co-ban")
    await hoa.says("dữ liệu của tôi")
    assert "bác dùng Tiếng Việt" in hoa.heard
    assert "nơi ở: thôn Lạc Hiền, xã Yên Mô" in hoa.heard
    assert "Bài “Cài và kích hoạt VNeID mức 2”, bước “" in hoa.heard
    assert "bước “Máy bác là loại nào?”" in hoa.heard
    for code in ("lac-hien", "yen-mo", "vneid-cai-dat-muc-2", "ra-cong-an", "loai-may"):
        assert code not in hoa.heard
    await hoa.says("ngôn ngữ")
    await hoa.picks("English")
    await hoa.says("dữ liệu của tôi")
    assert "English" in hoa.heard
    assert "Máy bác là loại nào?" not in hoa.heard, "the titles are in the reader's language too"


async def test_what_is_kept_of_a_guide_that_is_gone_is_shown_in_words(here: Two) -> None:
    hoa = here.world.talk("Hoa")
    await hoa.says("/start xa_lac-hien")
    await hoa.says("/start g_dien-thoai-co-ban")
    await GuideRun.all().update(guide="bai-da-bo")
    await hoa.says("dữ liệu của tôi")
    assert "Bài “một bài không còn nữa”, bước “một bước không còn nữa”" in hoa.heard


@pytest.mark.parametrize(
    "code", ["xa_nowhere", "xa_", "xa_ninh-binh", "xa_../..", "xa_%00", "xa_" + "a" * 900, "xa_phu-long' or 1=1"]
)
async def test_a_link_of_no_commune_changes_nothing(here: Two, code: str) -> None:
    hoa = here.world.talk("Hoa")
    await hoa.says(f"/start {code}")
    assert await facts(hoa) == {}
    assert "Bác ở xã nào?" in hoa.heard


async def test_who_has_a_role_is_never_asked_again_and_emergencies_do_not_wait(here: Two) -> None:
    leader = await here.joins("Tư", "leader", here.at.far_village)
    # The role names the commune, whatever was said before.
    await SessionRow.filter(chat_id=leader.chat.id).delete()
    await leader.says("/start")
    assert "Bác ở xã nào?" not in leader.heard
    assert (await facts(leader))["xa"] == "khanh-thien"
    stranger = here.world.talk("Lạ")
    await stranger.says("cháy nhà")
    assert "114" in stranger.shown[0].message.text.plain


async def test_an_official_who_asks_for_help_is_not_asked_for_a_village(here: Two) -> None:
    officer = await here.joins("Lan", "officer", here.at.commune)
    await officer.says("trợ giúp")
    assert "0229 111 111" in officer.heard
    assert "Bác ở thôn nào?" not in officer.heard
    await officer.says("thôn của tôi")
    assert "Bác ở thôn nào?" in officer.heard


async def test_who_was_invited_as_a_resident_is_asked_for_the_village(here: Two) -> None:
    """What reaches a village goes by what people say of themselves, not by a role."""
    hoa = await here.joins("Hoa", "resident", here.at.commune)
    await hoa.says("trợ giúp")
    assert "Bác ở thôn nào?" in hoa.heard


async def test_the_village_is_asked_once_after_help_and_can_be_skipped_and_changed(here: Two) -> None:
    hoa = here.world.talk("Hoa")
    await hoa.says("/start xa_yen-mo")
    await hoa.says("trợ giúp")
    assert "0229 111 111" in hoa.heard
    assert hoa.choices == ["thôn Đông Cao", "thôn Lạc Hiền", "Bỏ qua"]
    await hoa.picks("Bỏ qua")
    await hoa.says("trợ giúp")
    assert "Bác ở thôn nào?" not in hoa.heard
    await hoa.says("thôn của tôi")
    await hoa.picks("thôn Lạc Hiền")
    assert await facts(hoa) == {"xa": "yen-mo", "thon": "lac-hien"}
    await hoa.says("thôn của tôi")
    await hoa.picks("Đổi xã")
    await hoa.picks("xã Khánh Thiện")
    assert await facts(hoa) == {"xa": "khanh-thien"}, "a village of another commune is not taken along"


async def test_a_village_that_was_merged_is_known_by_what_it_became(here: Two) -> None:
    hoa = here.world.talk("Hoa")
    await hoa.says("/start xa_dong-cao")
    await units.merge(["dong-cao"], "lac-hien", here.world.clock.now().date())
    await hoa.says("thôn của tôi")
    assert "Bác ở thôn Lạc Hiền." in hoa.heard


async def test_with_one_commune_nobody_is_asked(here: Two) -> None:
    await Unit.filter(code__in=["phu-long"]).delete()
    await Unit.filter(code="khanh-thien").delete()
    hoa = here.world.talk("Hoa")
    await hoa.says("/start")
    assert "Ủy ban nhân dân xã Yên Mô." in hoa.heard
    assert "Bác cần việc gì?" in hoa.heard


async def test_a_group_belongs_where_its_village_lies(here: Two) -> None:
    now = here.world.clock.now()
    await channels.register("fake", "g1", here.at.far_village, "village", "Nhóm", now)
    group = here.world.talk("Hoa", chat="g1", kind="group")
    await group.says("danh bạ")
    assert "xã Khánh Thiện" in group.heard
    assert "0229 111 111" not in group.heard


async def test_erasing_forgets_where_somebody_lives(here: Two) -> None:
    hoa = here.world.talk("Hoa")
    await hoa.says("/start xa_lac-hien")
    await hoa.says("dữ liệu của tôi")
    assert "thôn Lạc Hiền, xã Yên Mô" in hoa.heard
    await hoa.says("/xoadulieu")
    await hoa.picks("Xóa hết")
    assert await facts(hoa) == {}


async def test_a_forged_home_is_no_home(here: Two) -> None:
    hoa = here.world.talk("Hoa")
    await hoa.says("/start xa_yen-mo")
    for action in (LiveIn("nowhere"), LiveIn("ninh-binh"), LiveIn(""), AskHome("x")):
        await hoa.forges(pack(action))
        known = await facts(hoa)
        assert (known["xa"], known.get("thon", "")) == ("yen-mo", "")


async def test_of_hundreds_of_communes_the_name_is_typed_and_those_of_one_name_are_shown(here: Two) -> None:
    """In a country there were 3,321 buttons."""
    since = date(2025, 7, 1)
    await units.create("ha-nam", "tỉnh", "Hà Nam", valid_from=since)
    await units.create("yen-mo-2", "xã", "Yên Mô", parent="ha-nam", valid_from=since)
    for number in range(25):
        await units.create(f"xa-{number}", "xã", f"Tân Phú {number}", parent="ha-nam", valid_from=since)
    hoa = here.world.talk("Hoa")
    await hoa.says("danh bạ")
    assert "Bác gõ tên xã của bác giúp tôi" in hoa.heard
    assert hoa.choices == []
    await hoa.says("tôi ở xã Yên Mô")
    assert hoa.choices == ["xã Yên Mô, Hà Nam", "xã Yên Mô, Ninh Bình"] or hoa.choices == [
        "xã Yên Mô, Ninh Bình",
        "xã Yên Mô, Hà Nam",
    ]
    await hoa.picks("xã Yên Mô, Ninh Bình")
    assert "0229 111 111" in hoa.heard, "what they came for is answered"
