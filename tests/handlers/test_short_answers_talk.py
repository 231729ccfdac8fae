"""An old person at a page of a guide answers in two or three words of their own, and the page goes on."""

from __future__ import annotations

import pytest

from bot.testing import Participant, World

ALARMS = ("Gọi ngay", "Nếu đang nguy hiểm", "Khoan chuyển tiền")


@pytest.fixture
def database_kind() -> str:
    """What people see does not depend on the database."""
    return "sqlite"


async def at(world: World, page: str) -> Participant:
    talk = world.talk("Hoa")
    await talk.says(f"/start g_{page}")
    return talk


@pytest.mark.parametrize(
    ("page", "said", "heard"),
    [("khai-tu-mai-tang", "ở nhà", "Báo trưởng thôn"), ("dang-ky-xe-may", "xe cũ", "Người bán giữ lại biển"),
     ("sang-ten-dat", "cho con", "Ai đứng tên thì người ấy ký"), ("chung-thuc-ban-sao", "ra xã", "Xem lại giấy gốc"),
     ("dang-ky-ket-hon", "người việt", "Làm ở xã nào?"),
     ("xac-nhan-cu-tru-ct07", "cần giấy", "Xin giấy bằng cách nào?"),
     ("xac-nhan-cu-tru-ct07_xin-dau", "ra công an", "Công an xã nào cũng cấp"),
     ("ly-lich-tu-phap-vneid", "cho con", "Làm cho người thân"), ("bhyt-ho-gia-dinh", "lần đầu", "Xem có được cấp")],
)  # fmt: skip
async def test_two_words_choose_and_are_no_new_question_and_no_alarm(
    world: World, page: str, said: str, heard: str
) -> None:
    """“Xe cũ” got 115 and “ra công an” the guide about cheats."""
    talk = await at(world, page)
    await talk.says(said)
    assert heard in talk.heard
    assert not any(alarm in talk.heard for alarm in ALARMS)


async def test_fire_is_fire_although_a_choice_says_so_too(world: World) -> None:
    talk = await at(world, "zalo-oa-xa_co-gap")
    await talk.says("có cháy")
    assert "Gọi ngay 114" in talk.heard
    assert "Nói rõ cháy ở đâu" in talk.heard


async def test_yes_no_and_what_next_lead_through_to_the_note_for_the_counter(world: World) -> None:
    talk = await at(world, "bhyt-ho-gia-dinh")
    for said, heard in (
        ("lần đầu", "Xem có được cấp"), ("không", "Mức đóng một năm"), ("làm sao nữa", "Đếm người trong hộ"),
        ("dạ rồi", "Giấy tờ cần có"), ("rồi sao nữa", "Bác muốn mua ở đâu?"), ("ở xã", "Gặp nhân viên thu"),
        ("ừ", "Trả tiền, lấy biên lai"), ("có rồi", "Chờ thẻ"), ("tờ ghi nhớ", "Tờ ghi nhớ mang ra quầy"),
    ):  # fmt: skip
        await talk.says(said)
        assert heard in talk.heard, said


async def test_yes_takes_the_only_way_on_and_what_next_too(world: World) -> None:
    for said in ("dạ rồi", "làm sao nữa"):
        talk = await at(world, "khai-tu-mai-tang_o-nha")
        await talk.says(said)
        assert "Làm ở quầy hay trên mạng?" in talk.heard


async def test_what_next_between_two_ways_shows_them_again_and_after_other_talk_the_page(world: World) -> None:
    talk = await at(world, "khai-tu-mai-tang_cach-lam")
    choices = talk.choices
    await talk.says("làm sao nữa")
    assert talk.choices == choices
    await talk.says("hôm nay trời nắng quá")
    await talk.says("rồi làm sao nữa")
    assert "Làm ở quầy hay trên mạng?" in talk.heard


@pytest.mark.parametrize("said", ["hổng biết", "tôi chả biết", "không rõ"])
async def test_who_does_not_know_gets_the_step_in_pieces_and_a_person(world: World, said: str) -> None:
    """“Hổng biết” was answered with “Vâng. Khi cần, bác cứ gõ menu”."""
    talk = await at(world, "khai-tu-mai-tang_cach-lam")
    await talk.says(said)
    assert "Không sao, bác làm từng việc nhỏ một" in talk.heard
    assert "Nhờ người giúp" in talk.choices


async def test_who_does_not_know_what_to_do_is_not_sent_to_the_police(world: World) -> None:
    """Where one of the choices is “Mất vì tai nạn, hoặc chưa rõ vì sao”."""
    talk = await at(world, "khai-tu-mai-tang")
    await talk.says("hổng biết")
    assert "113" not in talk.heard


async def test_who_does_not_know_takes_the_choice_for_who_does_not(world: World) -> None:
    talk = await at(world, "vneid-cai-dat-muc-2")
    await talk.says("không nhớ")
    assert "Hỏi lại cho chắc" in talk.heard


async def test_a_story_at_a_page_is_still_a_new_question(world: World) -> None:
    talk = await at(world, "khai-tu-mai-tang")
    await talk.says("tôi muốn đăng ký kết hôn cho cháu")
    assert "Có phải bác cần" in talk.heard


async def test_yes_to_nothing_leads_back_to_the_guide_that_was_begun(world: World) -> None:
    talk = await at(world, "khai-tu-mai-tang")
    await talk.says("hôm nay trời nắng quá")
    await talk.says("dạ")
    assert talk.choices == ["Làm tiếp"]


async def test_below_a_paper_nobody_is_told_of_a_screen(world: World) -> None:
    talk = await at(world, "dang-ky-ket-hon_to-khai")
    assert "Tờ giấy này máy vẽ" in talk.heard
    assert "Màn hình" not in talk.heard
