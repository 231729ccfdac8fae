"""Somebody answers the questions of a self-assessment and hears at the end what is missing."""

from __future__ import annotations

import pytest

from bot.testing import Participant, World

# What differs between the databases is tested below the conversations.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

FAMILY = "Gia đình số: tự xem nhà mình còn thiếu gì"


async def answers(talk: Participant, *labels: str) -> None:
    for label in labels:
        await talk.picks(label)


async def begins(world: World) -> Participant:
    talk = world.talk()
    await talk.says("gia dinh so")
    await talk.picks(FAMILY)
    await talk.picks("Tiếp")
    assert "Mỗi tỉnh, mỗi xã đặt tiêu chí riêng" in talk.heard
    await talk.picks("Tiếp")
    return talk


async def test_what_is_missing_is_told_at_the_end_with_the_guides_that_help(world: World) -> None:
    talk = await begins(world)
    await answers(talk, "Có", "Chưa", "Sang câu 3", "Có", "Chưa", "Xem kết quả", "Xong")
    assert "Còn thiếu 2 điều:" in talk.heard
    assert "• Chưa có VNeID mức 2\n• Chưa tự nộp hồ sơ trên mạng" in talk.heard
    assert "Cổng Dịch vụ công" not in talk.heard
    assert talk.choices[:2] == ["Cài và kích hoạt VNeID mức 2", "Nộp hồ sơ dịch vụ công trực tuyến"]
    await talk.picks("Cài và kích hoạt VNeID mức 2")
    assert "Bác đã ra công an làm định danh mức 2 chưa?" in talk.heard


async def test_who_has_everything_hears_so_and_no_list(world: World) -> None:
    talk = await begins(world)
    await answers(talk, "Có", "Rồi", "Có", "Rồi", "Xong")
    assert "không thiếu gì" in talk.heard
    assert "Còn thiếu" not in talk.heard
    assert talk.choices == ["Hướng dẫn khác", "Về menu"]


async def test_an_answer_that_was_taken_back_does_not_count(world: World) -> None:
    talk = await begins(world)
    await answers(talk, "Không", "Quay lại", "Có", "Rồi", "Có", "Rồi", "Trả lời lại từ đầu")
    await answers(talk, "Có", "Chưa", "Quay lại", "Rồi", "Có", "Rồi", "Xong")
    assert "không thiếu gì" in talk.heard


async def test_the_same_button_pressed_twice_tells_the_same(world: World) -> None:
    talk = await begins(world)
    await answers(talk, "Có", "Chưa", "Sang câu 3", "Có", "Rồi")
    page = talk.shown[-1]
    await talk.picks("Xong")
    first = talk.heard
    assert "• Chưa có VNeID mức 2" in first
    if page.message.buttons:
        await talk.presses(page.message.buttons[0], page.id)
        assert talk.heard == first


async def test_who_opens_the_end_at_once_is_not_told_that_nothing_is_missing(world: World) -> None:
    talk = world.talk()
    await talk.says("/start g_gia-dinh-so_ket-qua")
    await talk.picks("Xong")
    assert "Bác mới trả lời 0/4 câu." in talk.heard
    assert "không thiếu gì" not in talk.heard


async def test_a_village_is_looked_at_in_the_same_way(world: World) -> None:
    talk = world.talk()
    await talk.says("thon minh da la thon thong minh chua")
    await talk.picks("Thôn thông minh: tự xem thôn mình còn thiếu gì")
    await talk.picks("Tiếp")
    assert "mẫu của Ninh Bình và Lào Cai" in talk.heard
    await answers(talk, "Tiếp", "Rồi", "Có", "Không", "Tiếp", "Rồi", "Có", "Không", "Xem kết quả", "Xong")
    assert "• Nhà văn hóa chưa có “wifi”\n• Chưa có nhóm mạng xã hội của thôn" in talk.heard
    assert talk.choices[0] == "Tham gia nhóm Zalo của thôn"


async def test_the_questions_are_answered_by_the_words_that_people_say(world: World) -> None:
    talk = await begins(world)
    for said in ("co", "chua", "sang cau 3", "không", "sang câu 4", "rồi", "xong"):
        await talk.says(said)
    assert "• Chưa có VNeID mức 2\n• Chưa biết vào Cổng Dịch vụ công" in talk.heard


async def test_a_guide_that_only_speaks_of_a_missing_paper_is_no_self_assessment(world: World) -> None:
    talk = world.talk()
    await talk.says("/start g_dvc-tra-cuu-ho-so_dang-xu-ly")
    await talk.picks("Xong")
    assert "Bác đã xem xong bài" in talk.heard
    assert "thiếu" not in talk.heard


async def test_a_group_does_not_hear_what_somebody_lacks(world: World) -> None:
    hoa = world.talk("Hoa", chat="g", kind="group")
    await hoa.says("/start g_gia-dinh-so_ket-qua")
    await hoa.picks("Xong")
    assert "không ghi câu trả lời của ai" in hoa.heard
    assert "Còn thiếu" not in hoa.heard
