"""A resident follows a guide: finds it, turns pages, gets stuck, goes on another day, answers its questions."""

from __future__ import annotations

from bot.testing import World

VNEID = "Cài và kích hoạt VNeID mức 2"


async def test_a_newcomer_is_told_who_speaks_and_gets_a_menu(world: World) -> None:
    talk = world.talk()
    await talk.says("/start")
    assert "máy trả lời tự động" in talk.heard
    assert "xã Yên Mô" in talk.heard
    assert talk.choices == ["Hướng dẫn", "Chữ lớn"]
    await talk.says("menu")
    assert "máy trả lời" not in talk.heard


async def test_a_resident_walks_through_a_branch_and_back(world: World) -> None:
    talk = world.talk()
    await talk.says("cai vneid")
    await talk.picks(VNEID)
    assert "Bác đã ra công an làm định danh mức 2 chưa?" in talk.heard
    assert talk.choices[-3:] == ["Đọc lại", "Tôi bị kẹt", "Thoát"]
    await talk.picks("Chưa làm, hoặc mới có mức 1")
    assert "Ra Công an xã" in talk.heard
    assert talk.choices == ["Tiếp", "Quay lại", "Đọc lại", "Tôi bị kẹt", "Thoát"]
    await talk.picks("Tiếp")
    assert "Làm theo cán bộ" in talk.heard
    await talk.picks("Quay lại")
    assert "Mang thẻ căn cước ra Công an xã" in talk.heard
    await talk.picks("Quay lại")
    assert "Bác đã ra công an làm định danh mức 2 chưa?" in talk.heard


async def test_a_guide_is_taken_up_another_day(world: World) -> None:
    talk = world.talk()
    await talk.says("cai vneid")
    await talk.picks(VNEID)
    await talk.picks("Làm rồi, chưa kích hoạt")
    await talk.picks("Tiếp")
    world.clock.passes(days=20)
    await talk.restarts()
    await talk.says("hủy")
    await talk.says("tiep tuc")
    assert "Mở kho ứng dụng" in talk.heard
    await talk.says("cai vneid")
    await talk.picks(VNEID)
    assert talk.choices == ["Làm tiếp", "Làm lại từ đầu"]
    await talk.picks("Làm lại từ đầu")
    assert "Bác đã ra công an" in talk.heard


async def test_being_stuck_shows_smaller_pieces_and_whom_to_call(world: World) -> None:
    talk = world.talk()
    await talk.says("cai vneid")
    await talk.picks(VNEID)
    await talk.picks("Tôi bị kẹt")
    assert "làm từng việc nhỏ" in talk.heard
    assert "0229 000 0000" in talk.heard
    await talk.picks("Quay lại bước này")
    assert "Bác đã ra công an" in talk.heard


async def test_the_first_answer_to_a_question_counts_and_the_result_is_told(world: World) -> None:
    talk = world.talk()
    await talk.says("/start g_vneid-cai-dat-muc-2_cau-1")
    assert "Muốn có VNeID mức 2" in talk.heard
    await talk.picks("Đến công an làm trực tiếp")
    assert "Đúng rồi" in talk.heard
    await talk.picks("Tiếp")
    question = talk.shown[-1]
    await talk.picks("Tệp cài đặt bạn bè gửi qua Zalo")
    assert "Chưa đúng" in talk.heard
    if question.message.buttons:
        await talk.presses(question.message.buttons[0], question.id)
        assert "câu trả lời đầu tiên được tính" in talk.heard
    await talk.picks("Tiếp")
    await talk.says("c")
    assert "Đúng rồi" in talk.heard
    await talk.picks("Xem kết quả")
    assert "2/3" in talk.heard
    await talk.picks("Làm lại câu đố")
    assert "Muốn có VNeID mức 2" in talk.heard


async def test_a_title_that_begins_the_text_is_not_said_twice(world: World) -> None:
    talk = world.talk()
    await talk.says("/start g_vneid-cai-dat-muc-2_mat-khau")
    assert "Đặt mật khẩu để đăng nhập." in talk.heard
    assert talk.heard.count("Đặt mật khẩu") == 1
    if world.platform.capabilities["private"].styles:
        bold = [span.text for span in talk.news[-1].text.spans if span.style == "bold"]
        assert bold[0] == "Đặt mật khẩu"


async def test_in_a_group_a_question_is_answered_in_private_where_a_link_can_lead_there(world: World) -> None:
    lan = world.talk("Lan", chat="g", kind="group")
    await lan.says("/start g_vneid-cai-dat-muc-2_cau-1")
    link = world.platform.link("g_vneid-cai-dat-muc-2_cau-1")
    if link is None:
        await lan.picks("Đến công an làm trực tiếp")
        assert "Đúng rồi" in lan.heard
    else:
        assert "Đến công an làm trực tiếp" not in lan.choices
        assert [span.link for span in lan.news[-1].text.spans if span.link] == [link]


async def test_of_two_wishes_in_one_message_both_are_offered(world: World) -> None:
    """What was said first took all places of the list."""
    talk = world.talk()
    for said, second in (
        ("bà muốn xem cái thẻ bảo hiểm y tế với lại làm cái vneid", VNEID),
        ("đăng ký tạm trú rồi xem điểm của cháu", "Sổ liên lạc điện tử với nhà trường"),
    ):
        await talk.says(said)
        assert second in talk.choices[:2]


async def test_a_page_says_how_far_it_is(world: World) -> None:
    """In private the way that was really taken counts, questions by themselves."""
    hoa = world.talk()
    await hoa.says("/start g_phong-lua-dao-gia-danh")
    assert "Bước 1/" in hoa.heard
    await hoa.picks(hoa.choices[0])
    assert "Bước 2/" in hoa.heard
    await hoa.picks("Quay lại")
    assert "Bước 1/" in hoa.heard
    await hoa.says("/start g_phong-lua-dao-gia-danh_cau-2")
    assert "Câu 2/3" in hoa.heard
    assert "Bước" not in hoa.heard.split("\n\n")[0]
