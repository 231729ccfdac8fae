"""What people say that is no request, and what they say in place of a button: each gets an answer that answers."""

from __future__ import annotations

import pytest

from bot.testing import Participant, World

GUIDE = "Cài và kích hoạt VNeID mức 2"
ASKED = "Bác đã ra công an làm định danh mức 2 chưa?"


@pytest.fixture
def database_kind() -> str:
    """What people see does not depend on the database."""
    return "sqlite"


async def met(world: World) -> Participant:
    talk = world.talk("Hoa")
    await talk.says("menu")
    return talk


async def in_guide(world: World) -> Participant:
    talk = await met(world)
    await talk.says("cài vneid")
    await talk.says("ok")
    assert ASKED in talk.heard
    return talk


@pytest.mark.parametrize(
    "said",
    ["mày là ai", "Bạn là ai?", "ai đấy", "cháu là ai vậy", "ai nhắn tin cho tôi thế", "máy hay người đấy", "tên gì",
     "có phải người thật không", "cháu tên là gì", "xã nào đây", "có phải lừa đảo không",
     "dùng cái này có mất tiền không",
     "bạn laf ai"],
)  # fmt: skip
async def test_who_asks_who_it_is_hears_that_it_is_a_machine_of_the_commune(world: World, said: str) -> None:
    talk = await met(world)
    await talk.says(said)
    for part in ("máy trả lời tự động", "xã Yên Mô", "không phải người", "không thu tiền", "mã OTP", "0229 000 0000"):
        assert part in talk.heard
    assert talk.choices == ["Hỏi người trong thôn", "Về menu"]


@pytest.mark.parametrize("said", ["menu!", "“menu”", "Menu :", "/menu!", "/menu.", "menu 🙏"])
async def test_a_command_is_one_with_whatever_stands_around_it(world: World, said: str) -> None:
    talk = await met(world)
    await talk.says(said)
    assert "Bác cần việc gì?" in talk.heard


@pytest.mark.parametrize("said", ["tìm: cài vneid", "Tìm, cài vneid", "/tim: cài vneid", "tìm – cài vneid"])
async def test_what_is_asked_of_a_command_may_stand_behind_a_colon(world: World, said: str) -> None:
    talk = await met(world)
    await talk.says(said)
    assert GUIDE in talk.choices
    assert "chưa hiểu" not in talk.heard


@pytest.mark.parametrize("said", ["toi khong hieu ", "ai giup ", "co gi ", "cam on chau ", "may la ai day "])
async def test_a_long_story_of_the_same_words_is_a_story(world: World, said: str) -> None:
    talk = await met(world)
    await talk.says(said * 60)
    assert "không phải người" not in talk.heard
    assert talk.choices


async def test_a_name_is_no_question_for_a_name(world: World) -> None:
    talk = await met(world)
    for said in ("ai giúp tôi cài vneid", "mất tiền điện", "là người dân cần gì để làm căn cước"):
        await talk.says(said)
        assert "không phải người" not in talk.heard, said


@pytest.mark.parametrize(
    "said", ["ok", "Vâng ạ.", "dạ", "ừ", "đúng rồi", "được rồi cháu", "hiểu rồi", "thế à", "chưa", "👍", "tạm biệt"]
)
async def test_yes_to_nothing_gets_one_line_and_no_list(world: World, said: str) -> None:
    """“Ok” after everything was done got “Tôi chưa hiểu ý bác” and the whole menu; “chưa” got four guides."""
    talk = await met(world)
    await talk.says("cảm ơn")
    await talk.says(said)
    assert [message.text.plain for message in talk.news] == ["Vâng. Khi cần, bác cứ gõ “menu”."]
    group = world.talk("Lan", chat="g", kind="group")
    await group.says(said)
    assert group.news == []


@pytest.mark.parametrize(
    "said", ["cảm ơn cháu nhiều nhé", "ok cảm ơn cháu", "rất cảm ơn xã", "Cám ơn các cháu đã giúp bà!", "vâng cảm ơn ạ"]
)
async def test_thanks_are_thanks_however_long(world: World, said: str) -> None:
    talk = await met(world)
    await talk.says(said)
    assert talk.heard == "Không có gì ạ. Khi cần, bác cứ gõ “menu”."


async def test_a_yes_that_says_not_which_is_asked_once_more(world: World) -> None:
    talk = await in_guide(world)
    choices = talk.choices
    for said in ("ok", "vâng", "có"):
        await talk.says(said)
        assert "Bác chọn một việc dưới đây giúp tôi nhé." in talk.heard
        assert talk.choices == choices
    await talk.says("làm rồi ạ")
    assert "Chuẩn bị" in talk.heard
    for said in ("xong rồi", "ok"):
        await talk.says(said)
        assert "Bác chọn" not in talk.heard
    assert "Tìm VNeID" in talk.heard


@pytest.mark.parametrize(
    "said", ["chưa được", "tôi không hiểu", "khó quá", "vẫn không được cháu ạ", "tôi không biết làm",
             "không vào được", "khoong dduwowcj"]
)  # fmt: skip
async def test_stuck_in_ones_own_words_is_stuck_at_the_page(world: World, said: str) -> None:
    """Each was looked up as a guide: “chưa được” offered how to get an allowance."""
    talk = await in_guide(world)
    await talk.says("làm rồi")
    await talk.says(said)
    assert "Không sao, bác làm từng việc nhỏ một" in talk.heard
    assert talk.choices[0] == "Nhờ người giúp"
    await talk.says(said)
    assert "Bác nhờ người giúp nhé." in talk.heard
    await talk.says("quay lại")
    assert "Chuẩn bị" in talk.heard


async def test_what_is_told_where_help_is_offered_is_the_matter(world: World) -> None:
    talk = await in_guide(world)
    await talk.says("làm rồi")
    await talk.says("máy không hiện gì cả")
    assert "Không sao, bác làm từng việc nhỏ một" in talk.heard
    await talk.says("máy không hiện gì cả")
    assert "Lời bác nhờ: “máy không hiện gì cả”" in talk.heard


async def test_stuck_at_nothing_is_asked_at_what(world: World) -> None:
    talk = await met(world)
    await talk.says("tôi bị kẹt")
    assert "Bác đang làm việc gì?" in talk.heard
    assert talk.choices == ["Hỏi người trong thôn", "Hướng dẫn"]


async def test_in_a_group_who_is_stuck_is_led_to_a_person_and_to_no_guide(world: World) -> None:
    group = world.talk("Lan", chat="g", kind="group")
    await group.says("tôi bị kẹt")
    assert group.heard.startswith("Bác cần người giúp thì nhờ riêng với tôi")
    assert group.choices == []


async def test_back_and_again_turn_the_page_also_after_other_talk(world: World) -> None:
    talk = await in_guide(world)
    await talk.says("1")
    await talk.says("danh bạ")
    await talk.says("đọc lại")
    assert "Chuẩn bị" in talk.heard
    await talk.says("danh bạ")
    await talk.says("trở lại")
    assert ASKED in talk.heard
    other = world.talk("Lan")
    await other.says("menu")
    await other.says("quay lại")
    assert "Bác không có bài nào đang xem dở." in other.heard
    assert other.choices == ["Hướng dẫn", "Về menu"]


@pytest.mark.parametrize(
    "said",
    [
        "có ai giúp tôi với",
        "nguwowif nao giup toi voi",
        "tôi cần người giúp",
        "gọi người giúp",
        "ai giúp bà với",
        "tôi muốn gặp người",
        "bác muốn gặp cán bộ xã",
        "cho gặp người thật",
    ],
)
async def test_a_call_for_a_person_leads_to_one(world: World, said: str) -> None:
    talk = await met(world)
    await talk.says(said)
    assert "Tôi chuyển việc này cho người trong Tổ công nghệ số" in talk.heard
    await talk.says("không ạ")
    assert "tôi không lưu gì thêm" in talk.heard


@pytest.mark.parametrize("said", ["thôi không cần nữa", "thôi khỏi", "Thoát ra.", "hủy đi", "thôi cháu ạ", "để sau"])
async def test_enough_is_enough(world: World, said: str) -> None:
    """“Thôi không cần nữa” opened a guide about an app that is no longer used."""
    talk = await met(world)
    await talk.says(said)
    assert "Được, tôi dừng ở đây." in talk.heard
    await talk.says("ok")
    assert talk.heard == "Vâng. Khi cần, bác cứ gõ “menu”."


@pytest.mark.parametrize("said", ["menu.", "MENU ạ", "Quay lại menu", "về menu", "trang chủ"])
async def test_a_command_may_be_asked_for_politely(world: World, said: str) -> None:
    talk = await met(world)
    await talk.says(said)
    assert talk.choices == ["Hướng dẫn", "Chữ lớn"]


async def test_letters_grow_and_shrink_as_somebody_says_and_not_by_turns(world: World) -> None:
    """“Chữ bé quá” opened a guide; and “chữ lớn” twice made them small again."""
    talk = await met(world)
    for said in ("chữ bé quá", "cho chữ to lên", "chữ to hơn"):
        await talk.says(said)
        assert "Từ nay tôi gửi mỗi câu một tin" in talk.heard
    await talk.says("chữ nhỏ lại")
    assert "Đã về cỡ chữ thường." in talk.heard


async def test_what_is_not_understood_fits_on_a_small_screen(world: World) -> None:
    """Below the answer stood the whole menu: fifteen lines for an official."""
    talk = await in_guide(world)
    await talk.says("nhà tôi trồng hoa nhài")
    assert "Tôi chưa hiểu" in talk.heard
    assert talk.choices[-3:] == ["Làm tiếp", "Hỏi người trong thôn", "Về menu"]
    assert len(talk.choices) <= 6


@pytest.mark.parametrize("said", ["tôi có mã mời", "nhập mã mời ở đâu", "mã mời là gì"])
async def test_who_has_a_code_is_told_to_type_it(world: World, said: str) -> None:
    talk = await met(world)
    await talk.says(said)
    assert "Bác gõ mã mời vào đây giúp tôi" in talk.heard


@pytest.mark.parametrize("said", ["đừng nhắn nữa", "đừng gửi tin nữa", "không nhận tin nữa"])
async def test_who_wants_no_more_messages_is_left_alone(world: World, said: str) -> None:
    talk = await met(world)
    await talk.says(said)
    assert "Tôi đã dừng." in talk.heard


@pytest.mark.parametrize(("said", "done"), [("vâng", True), ("có ạ", True), ("không", False), ("ok", None)])
async def test_erasing_is_answered_by_yes_and_no_and_not_by_ok(world: World, said: str, done: bool | None) -> None:
    """“Bác có chắc không?” understood neither “có” nor “không”."""
    talk = await met(world)
    await talk.says("xóa hết đi")
    assert talk.choices == ["Xóa hết", "Không, giữ lại"]
    await talk.says(said)
    assert ("Tôi đã xóa hết dữ liệu" in talk.heard) is (done is True)
    assert ("Vâng, tôi giữ nguyên." in talk.heard) is (done is False)
    assert ("Bác chọn một việc dưới đây giúp tôi nhé." in talk.heard) is (done is None)


@pytest.mark.parametrize("said", ["tiếng việt", "Nói tiếng Việt nhé", "tieng viet", "Vietnamese"])
async def test_there_is_a_way_back_from_a_language_that_one_cannot_read(world: World, said: str) -> None:
    """After “English” “tiếng việt” was looked up as a guide, in English."""
    talk = await met(world)
    await talk.says("tiếng anh")
    assert "What do you need?" in talk.heard
    await talk.says(said)
    assert "Từ nay tôi nói tiếng Việt với bác." in talk.heard


@pytest.mark.parametrize("said", ["mấy giờ xã làm việc", "mấy giờ thì công an xã nghỉ"])
async def test_the_hours_are_told_however_they_are_asked_for(world: World, said: str) -> None:
    talk = await met(world)
    await talk.says(said)
    assert "7 giờ 30" in talk.heard


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("thui ko cần", "Vâng. Khi cần, bác cứ gõ “menu”."),
        ("dc r", "Vâng. Khi cần, bác cứ gõ “menu”."),
        ("bị kẹt r", "Bác đang làm việc gì?"),
        ("sao no ko chay", "Bác đang làm việc gì?"),
        ("giờ làm sao", "Bác đang làm việc gì?"),
        ("thôi bà tự làm", "Được, tôi dừng ở đây."),
        ("để tối chị làm nhé", "Được, tôi dừng ở đây."),
        ("bot ơi", "Tôi nghe đây."),
        ("???", "Tôi nghe đây."),
        ("uk", "Vâng. Khi cần, bác cứ gõ “menu”."),
        ("tks em", "Không có gì ạ."),
        ("bạn giúp được gì cho tôi", "Tôi bảo bác từng bước"),
        ("em làm được những gì", "Tôi bảo bác từng bước"),
        ("hdsd", "Bác cần hướng dẫn về việc gì?"),
        ("cho em hỏi chút ạ", "Tôi nghe đây."),
        ("bà sợ quá", "Bác bình tĩnh"),
        ("cảm ơn cháu nhiều lắm, phiền cháu quá", "Không có gì ạ."),
    ],
)
async def test_what_is_said_beside_the_matter_is_no_query_for_a_guide(world: World, said: str, heard: str) -> None:
    """Each got “Tôi chưa hiểu” or a guide with a word in common. Mechanism of the first four: `_SHORT` in spoken."""
    talk = await met(world)
    await talk.says("cảm ơn")
    await talk.says(said)
    assert heard in talk.heard
    assert "chưa hiểu" not in talk.heard


@pytest.mark.parametrize("said", ["mày ngu thế", "máy gì mà vô dụng", "chán quá", "bực mình quá", "dm", "😡"])
async def test_who_is_angry_hears_that_we_are_sorry_and_finds_a_person(world: World, said: str) -> None:
    """“Mày ngu thế” was answered with the guide on guests who stay overnight (`ngủ`)."""
    talk = await in_guide(world)
    await talk.says(said)
    assert "Tôi xin lỗi" in talk.heard
    assert talk.choices == ["Làm tiếp", "Hướng dẫn", "Hỏi người trong thôn", "Về menu"]
    group = world.talk("Lan", chat="g", kind="group")
    await group.says(said)
    assert "chỉ trả lời khi có người gọi" in group.heard


@pytest.mark.parametrize("said", ["k phải cái này", "ý tôi không phải thế", "nhầm bài rồi"])
async def test_a_guide_that_was_not_meant_is_followed_by_no_other_guess(world: World, said: str) -> None:
    talk = await in_guide(world)
    await talk.says(said)
    assert "Bác gõ lại việc bác cần" in talk.heard
    assert talk.choices == ["Làm tiếp", "Hướng dẫn", "Hỏi người trong thôn", "Về menu"]


@pytest.mark.parametrize("said", ["hết bao nhiêu tiền vậy em", "có mất phí ko", "bao nhiêu tiền"])
async def test_what_it_costs_is_asked_of_a_person(world: World, said: str) -> None:
    talk = await in_guide(world)
    await talk.says(said)
    assert "Hỏi tôi và xem hướng dẫn thì không mất tiền." in talk.heard
    assert "0229 000 0000" in talk.heard


async def test_on_goes_on_after_other_talk(world: World) -> None:
    talk = await in_guide(world)
    await talk.says("nhà tôi trồng hoa nhài")
    await talk.says("tiếp")
    assert ASKED in talk.heard


async def test_a_story_that_ends_with_a_call_for_a_person_leads_to_one(world: World) -> None:
    talk = await met(world)
    await talk.says("bà già rồi ko bit xài máy ai giúp bà với")
    assert "Tôi chuyển việc này cho người trong Tổ công nghệ số của thôn" in talk.heard


@pytest.mark.parametrize("said", ["nó đánh con tôi", "con bà bị tai nạn", "nhà bà Tám cháy to"])
async def test_under_the_number_to_call_stands_no_guide(world: World, said: str) -> None:
    """“Nó đánh con tôi” was followed by “Gia đình số”, an accident by “Tôi chưa hiểu ý bác”."""
    talk = await met(world)
    await talk.says(said)
    assert talk.heard.startswith("Gọi ngay")
    assert "Bác làm việc trên trước đã." in talk.heard
    assert talk.choices == ["Hỏi người trong thôn", "Về menu"]


@pytest.mark.parametrize("said", ["họp thôn hôm nào", "tối nay có họp ko", "loa vừa nói gì"])
async def test_when_there_is_a_meeting_stands_in_the_news(world: World, said: str) -> None:
    talk = await met(world)
    await talk.says(said)
    assert talk.heard.startswith("Chưa có thông báo nào của xã.")
    assert "Hỏi người trong thôn" in talk.choices


async def test_a_number_in_a_group_is_no_query_for_a_guide(world: World) -> None:
    """“1” under a list of buttons got the guide for who has no smartphone, as if it were the answer."""
    talk = world.talk("Hoa", chat="g", kind="group")
    await talk.says("cài vneid")
    await talk.says("1")
    if world.platform.capabilities["group"].buttons:
        assert talk.heard == "Tôi chưa rõ bác chọn gì. Bác bấm nút, hoặc gõ điều cần hỏi bằng vài chữ."
    else:
        assert ASKED in talk.heard


@pytest.mark.parametrize(
    "said", ["chỉ bác với", "chỉ tui với", "dạy bà với", "cháu chỉ cho bà với", "ờ", "trời ơi", "con ơi chỉ má với"]
)
async def test_who_calls_for_attention_is_asked_what_for(world: World, said: str) -> None:
    talk = await met(world)
    await talk.says(said)
    assert "Tôi nghe đây. Bác cần việc gì?" in talk.heard


@pytest.mark.parametrize("said", ["buồn quá", "co don qua", "bà thấy cô đơn lắm", "không ai nói chuyện với bà"])
async def test_who_is_sad_hears_a_kind_word_and_is_offered_a_person(world: World, said: str) -> None:
    talk = await met(world)
    await talk.says(said)
    assert "Tôi nghe bác." in talk.heard
    assert "Hỏi người trong thôn" in talk.choices


@pytest.mark.parametrize("said", ["tui hổng hiểu", "ko hỉu", "k bit lm", "hông làm được"])
async def test_a_dialect_and_short_words_say_that_somebody_is_stuck(world: World, said: str) -> None:
    talk = await in_guide(world)
    await talk.says(said)
    assert talk.choices[:2] == ["Nhờ người giúp", "Màn hình của tôi khác"]


async def test_bees_are_no_insult(world: World) -> None:
    talk = await met(world)
    await talk.says("ong đốt")
    assert "115" in talk.heard
    assert "xin lỗi" not in talk.heard
