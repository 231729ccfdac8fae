"""Answers to a list: as people say them, and only when the whole message is one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.answers import Belongs, Chosen, NoSuch, Unclear, recognise
from bot.core.events import ChatKind
from bot.core.lean.values import replace
from bot.core.messages import Button, Expects
from bot.core.sessions import SHARED, Key, OpenList, Session
from bot.core.small_words import without_courtesy


def _list(
    count: int, *, first: int = 1, expects: Expects = "choice", owner: str = SHARED, name: str = "", seq: int = 1
) -> OpenList:
    buttons = tuple(Button(f"Việc thứ {n}", f"d{n}") for n in range(first, first + count))
    return OpenList(buttons, first, True, expects, owner, name, seq)


def _session(*lists: OpenList, kind: ChatKind = "group") -> Session:
    return Session(Key("fake", "1"), kind=kind, lists=list(lists))


@pytest.mark.parametrize(
    ("said", "number"),
    [("3", 3), ("3.", 3), ("3)", 3), ("số 3", 3), ("so 3", 3), ("chọn 3", 3), ("câu 3", 3), (" 03 ", 3), ("ba", 3),
     ("số ba", 3), ("một", 1), ("bốn", 4), ("tư", 4), ("mười", 10), ("mười lăm", 15), ("hai mươi mốt", 21),
     ("hai mươi tư", 24), ("hai mươi lăm", 25), ("ba mươi", 30), ("BA", 3)],
)  # fmt: skip
def test_a_number_may_be_said_in_many_ways(said: str, number: int) -> None:
    assert recognise(_session(_list(30)), "hoa", said) == Chosen(Button(f"Việc thứ {number}", f"d{number}"))


@given(number=st.integers(1, 30))
def test_every_number_up_to_thirty_leads_to_its_line(number: int) -> None:
    assert recognise(_session(_list(30)), "hoa", str(number)) == Chosen(Button(f"Việc thứ {number}", f"d{number}"))


@pytest.mark.parametrize(
    "said", ["3 con gà", "tôi chọn 3", "3 4", "ba con", "1/2", "3,5", "+3", "-3", "", "việc", "3" * 300]
)
def test_anything_more_than_the_choice_is_no_choice(said: str) -> None:
    assert recognise(_session(_list(9)), "hoa", said) is None


@pytest.mark.parametrize("said", ["Việc thứ 2", "viec thu 2", "VIỆC  THỨ 2", "việc thứ 2"])
def test_a_label_counts_without_case_and_marks(said: str) -> None:
    assert recognise(_session(_list(3)), "hoa", said) == Chosen(Button("Việc thứ 2", "d2"))


@pytest.mark.parametrize(("said", "chosen"), [("b", "d2"), ("B.", "d2"), ("câu b", "d2"), ("c)", "d3"), ("2", "d2")])
def test_a_question_of_a_quiz_is_answered_by_letter_too(said: str, chosen: str) -> None:
    found = recognise(_session(_list(3, expects="quiz")), "hoa", said)
    assert isinstance(found, Chosen)
    assert found.button.data == chosen


def test_a_letter_beyond_the_choices_or_without_a_quiz_is_no_answer() -> None:
    assert recognise(_session(_list(3, expects="quiz")), "hoa", "d") is None
    assert recognise(_session(_list(3)), "hoa", "b") is None


def test_a_number_on_no_list_shows_the_own_list_again() -> None:
    mine = _list(3, owner="hoa")
    assert recognise(_session(mine), "hoa", "7") == NoSuch(7, mine)
    assert recognise(_session(mine), "lan", "7") is None


def test_a_number_on_the_list_of_somebody_else_names_the_owner() -> None:
    session = _session(_list(2, owner="hoa", name="Hoa"), _list(2, first=3, owner="lan", name="Lan"))
    assert recognise(session, "hoa", "1") == Chosen(Button("Việc thứ 1", "d1"))
    assert recognise(session, "hoa", "4") == Belongs("Lan")
    assert recognise(session, "lan", "1") == Belongs("Hoa")


def test_the_label_on_the_list_of_somebody_else_is_nobodys_business() -> None:
    assert recognise(_session(_list(2, owner="hoa", name="Hoa")), "lan", "Việc thứ 1") is None


def test_where_a_figure_is_asked_for_a_number_is_an_answer_and_a_word_still_a_choice() -> None:
    session = _session(_list(2, expects="figure"))
    assert recognise(session, "hoa", "1") is None
    assert recognise(session, "hoa", "việc thứ 1") == Chosen(Button("Việc thứ 1", "d1"))


def test_where_words_are_asked_for_a_number_picks_the_line_that_has_it_and_is_no_word() -> None:
    asked = _list(2, expects="text")
    shown = _session(asked, kind="private")
    assert recognise(shown, SHARED, "1") == Chosen(asked.buttons[0])
    assert recognise(shown, SHARED, "7") == NoSuch(7, asked)
    as_buttons = replace(asked, numbered=False)
    pressed = _session(as_buttons, kind="private")
    assert recognise(pressed, SHARED, "1") == Unclear(as_buttons)
    assert recognise(pressed, SHARED, "việc thứ 1") == Chosen(asked.buttons[0])


@pytest.mark.parametrize("said", ["1 2", "1 và 2", "1,2", "số 1 số 2", "hai ba"])
def test_of_several_numbers_one_is_asked_for(said: str) -> None:
    asked = _list(3)
    assert recognise(_session(asked, kind="private"), SHARED, said) == Unclear(asked)
    own = _list(3, owner="hoa")
    assert recognise(_session(own), "lan", said) is None


def test_a_minus_is_no_dash_before_a_line() -> None:
    asked = _list(3)
    assert recognise(_session(asked, kind="private"), SHARED, "-1") == NoSuch(-1, asked)


def test_a_way_out_has_no_number_beside_the_answers_and_is_called_by_its_name() -> None:
    buttons = (Button("Đúng", "a"), Button("Sai", "b"), Button("Thoát", "x", apart=True))
    quiz = OpenList(buttons, 1, True, "quiz", SHARED, "", 1)
    session = _session(quiz, kind="private")
    assert [recognise(session, SHARED, said) for said in ("2", "b", "thoát")] == [
        Chosen(buttons[1]), Chosen(buttons[1]), Chosen(buttons[2]),
    ]  # fmt: skip
    assert recognise(session, SHARED, "3") == NoSuch(3, quiz)
    assert recognise(session, SHARED, "c") is None


def test_in_a_group_a_word_answers_the_last_question_and_not_one_that_is_long_over() -> None:
    """Seen in a village's group: “đúng” confirmed an old report again while the new one was still in question."""
    old = OpenList((Button("Đúng", "old"),), 1, True, "choice", "hoa", "Hoa")
    new = OpenList((Button("+4", "plus"), Button("=4", "total")), 2, True, "choice", "hoa", "Hoa")
    to_all = OpenList((Button("Đã nhận", "seen"),), 4, True, "choice", SHARED, "")
    session = _session(to_all, old, new)
    assert recognise(session, "hoa", "đúng") is None
    assert recognise(session, "hoa", "1") == Chosen(old.buttons[0])
    assert recognise(session, "hoa", "đã nhận") == Chosen(to_all.buttons[0])
    assert recognise(_session(new, to_all, old), "hoa", "đúng") == Chosen(old.buttons[0])


def test_in_a_group_a_number_under_a_question_for_words_is_none_of_an_older_list() -> None:
    asked = OpenList((Button("Từng số một", "steps"),), 4, False, "text", "hoa", "Hoa")
    session = _session(_list(3, owner="hoa"), asked)
    assert recognise(session, "hoa", "2") == Unclear(asked)
    assert recognise(session, "hoa", "từng số một") == Chosen(asked.buttons[0])


def test_in_a_group_a_number_on_no_list_shows_the_question_for_words_or_else_what_was_asked_last() -> None:
    for_all = _list(2, first=4)
    own_words = _list(3, owner="hoa", expects="text")
    assert recognise(_session(own_words, for_all), "hoa", "9") == NoSuch(9, own_words)
    own_choice = _list(3, owner="hoa")
    assert recognise(_session(own_choice, for_all), "hoa", "9") == NoSuch(9, for_all)


def _asked(*labels: str, kind: ChatKind = "private") -> Session:
    buttons = tuple(Button(label, label) for label in labels)
    return _session(OpenList(buttons, 1, True, "choice", SHARED, ""), kind=kind)


@pytest.mark.parametrize(
    ("said", "chosen"),
    [("có", 0), ("vâng ạ", 0), ("ừ", 0), ("Đúng rồi", 0), ("đồng ý", 0), ("không", 1), ("ko", 1), ("không phải", 1),
     ("sai rồi", 1)],
)  # fmt: skip
def test_yes_and_no_answer_a_question_of_one_or_the_other(said: str, chosen: int) -> None:
    for labels in (("Cài VNeID", "Không phải"), ("Đồng ý", "Không, chỉ xem hướng dẫn")):
        assert recognise(_asked(*labels), SHARED, said) == Chosen(Button(labels[chosen], labels[chosen]))


@pytest.mark.parametrize("labels", [("Duyệt", "Không duyệt"), ("Một", "Hai"), ("Một", "Hai", "Không nhớ")])
def test_yes_and_no_mean_nothing_among_other_choices(labels: tuple[str, ...]) -> None:
    assert recognise(_asked(*labels), SHARED, "có") is None
    assert recognise(_asked(*labels), SHARED, "không") is None


def test_no_to_several_offers_is_understood_and_yes_says_nothing_about_which() -> None:
    """Seen: “không” under three guides and “Không phải” was looked up as a guide."""
    offers = ("Bài một", "Bài hai", "Không phải")
    assert recognise(_asked(*offers), SHARED, "không ạ") == Chosen(Button(offers[2], offers[2]))
    assert recognise(_asked(*offers), SHARED, "có") is None


@pytest.mark.parametrize("said", ["ok", "OK nhé", "được rồi cháu ạ", "dạ vâng ạ", "ừ đúng rồi cháu"])
def test_the_one_guide_that_is_offered_is_taken_with_an_easy_word(said: str) -> None:
    assert recognise(_asked("Cài VNeID", "Không phải"), SHARED, said) == Chosen(Button("Cài VNeID", "Cài VNeID"))


@pytest.mark.parametrize("said", ["ok", "Xong rồi.", "rồi", "vâng ạ", "tiếp đi cháu", "tôi làm xong rồi", "Tiếp!"])
def test_a_page_that_goes_on_goes_on_when_somebody_says_that_it_is_done(said: str) -> None:
    page = ("Tiếp", "Đọc lại", "Tôi bị kẹt", "Thoát")
    assert recognise(_asked(*page), SHARED, said) == Chosen(Button("Tiếp", "Tiếp"))
    assert recognise(_asked("Đã làm", "Chưa làm", "Thoát"), SHARED, "ok") is None
    assert recognise(_asked("Xong", "Có vướng"), SHARED, "xong rồi ạ") == Chosen(Button("Xong", "Xong"))
    assert recognise(_asked("Xong", "Có vướng"), SHARED, "vâng") is None  # a task is not done by hearing of it
    assert recognise(_asked(*page, kind="group"), "hoa", "xong rồi") is None


@pytest.mark.parametrize(
    ("said", "chosen"),
    [("Lạc Hiền", 0), ("lac hien a", 0), ("dạ thôn lạc hiền", 0), ("đông cao nhé", 1), ("làm rồi", 2),
     ("Làm rồi ạ.", 2), ("cái số 2", 1), ("cho tôi số 2 nhé", 1), ("bấm số hai", 1), ("cái thứ 3 ạ", 2), ("1 nhé", 0),
     ("cái đầu tiên", 0)],
)  # fmt: skip
def test_in_private_a_choice_may_be_named_in_short(said: str, chosen: int) -> None:
    """Seen: “Lạc Hiền” under “thôn Lạc Hiền” and “cái số 1” were looked up as guides."""
    labels = ("thôn Lạc Hiền", "thôn Đông Cao", "Làm rồi, chưa kích hoạt")
    assert recognise(_asked(*labels), SHARED, said) == Chosen(Button(labels[chosen], labels[chosen]))
    assert recognise(_asked(*labels, kind="group"), "hoa", said) is None


@pytest.mark.parametrize(
    ("said", "chosen"), [("tất cả", 0), ("tat ca cac thon", 0), ("chọn từng", 1), ("nhận tin", 3), ("nhan tin", 3)]
)
def test_two_words_that_begin_one_label_name_it(said: str, chosen: int) -> None:
    labels = ("Tất cả các thôn (2)", "Chọn từng thôn", "Không có điện thoại thông minh", "Nhận tin trở lại")
    assert recognise(_asked(*labels), SHARED, said) == Chosen(Button(labels[chosen], labels[chosen]))


@pytest.mark.parametrize("said", ["nhắn tin", "không có", "khong co", "tất", "nhận"])
def test_other_marks_a_denial_and_a_single_word_begin_no_label(said: str) -> None:
    labels = ("Tất cả các thôn (2)", "Chọn từng thôn", "Không có điện thoại thông minh", "Nhận tin trở lại")
    assert recognise(_asked(*labels), SHARED, said) is None


@pytest.mark.parametrize(
    ("said", "chosen"), [("samsung", 1), ("oppo ạ", 1), ("Android", 1), ("không biết", 2), ("2", 1), ("iphone", 0)]
)
def test_an_example_in_brackets_names_its_choice(said: str, chosen: int) -> None:
    """Seen: “samsung” to “Điện thoại của bác là loại nào?” was looked up, and the call for help was never sent."""
    labels = ("iPhone", "Android (Samsung, Oppo, Xiaomi …)", "Tôi không biết", "Bỏ qua")
    assert recognise(_asked(*labels), SHARED, said) == Chosen(Button(labels[chosen], labels[chosen]))


def test_a_number_is_a_line_and_no_part_of_a_name() -> None:
    labels = ("Tất cả các thôn (2)", "thôn 3 (ví dụ)", "thôn 10")
    assert recognise(_asked(*labels), SHARED, "2") == Chosen(Button(labels[1], labels[1]))
    assert recognise(_asked(*labels), SHARED, "3") == Chosen(Button(labels[2], labels[2]))
    assert recognise(_asked(*labels), SHARED, "thôn 3") == Chosen(Button(labels[1], labels[1]))


def test_courtesy_goes_and_what_was_done_stays() -> None:
    assert without_courtesy("Dạ, đúng rồi cháu ạ!") == "dung roi"
    assert without_courtesy("dạ") == "da"
    assert without_courtesy("dạ đã nhận ạ") == "da nhan"
    assert without_courtesy("vâng ạ") == "vang"


def test_in_english_yes_no_and_next_are_understood_too() -> None:
    for said, chosen in (("yes", 0), ("ok", 0), ("no", 1), ("không phải", 1)):
        labels = ("Install VNeID", "None of these")
        assert recognise(_asked(*labels), SHARED, said) == Chosen(Button(labels[chosen], labels[chosen]))
    assert recognise(_asked("Next", "Back"), SHARED, "ok") == Chosen(Button("Next", "Next"))


def test_a_short_name_of_two_choices_names_neither() -> None:
    assert recognise(_asked("thôn Đông", "xóm Đông"), SHARED, "Đông") is None
    assert recognise(_asked("Bán hàng trên mạng", "Khác"), SHARED, "hàng trên mạng") is None
    assert recognise(_asked("VNeID: đổi máy, quên mật khẩu", "Khác"), SHARED, "vneid") is None


@pytest.mark.parametrize("said", ["có", "không", "vâng ạ"])
def test_in_a_group_yes_and_no_are_what_people_say_to_each_other(said: str) -> None:
    assert recognise(_asked("Cài VNeID", "Không phải", kind="group"), "hoa", said) is None
    assert recognise(_asked("Cài VNeID", "Không phải"), SHARED, said) is not None


@pytest.mark.parametrize("said", ["dạ", "đã", "da", "ok", "được"])
def test_a_word_that_may_begin_any_answer_agrees_to_nothing(said: str) -> None:
    assert recognise(_asked("Đồng ý", "Không đồng ý"), SHARED, said) is None


def test_what_was_said_aside_leaves_the_words_of_the_question_open_but_not_its_numbers() -> None:
    session = Session(Key("fake", "1"))
    page, hint = _list(5), OpenList((Button("Về menu", "menu"),), 1, True, "choice", SHARED, "", 2)
    session.open_list(page)
    session.open_list(hint, aside=True)
    session.open_list(hint, aside=True)
    assert recognise(session, SHARED, "việc thứ 4") == Chosen(page.buttons[3])
    assert recognise(session, SHARED, "1") == Chosen(hint.buttons[0])
    assert recognise(session, SHARED, "4") == NoSuch(4, hint)
    session.open_list(hint)
    assert recognise(session, SHARED, "việc thứ 4") is None


@pytest.mark.parametrize("said", ["thôn ấp Bắc", "ấp Bắc", "ap bac"])
def test_of_a_name_with_two_kinds_of_places_only_the_first_may_be_left_out(said: str) -> None:
    labels = ("thôn ấp Bắc", "thôn Đông Cao")
    assert recognise(_asked(*labels), SHARED, said) == Chosen(Button(labels[0], labels[0]))


def test_in_private_notices_that_come_together_are_each_answered_by_their_own_numbers() -> None:
    session = Session(Key("fake", "1"))
    session.open_list(_list(2, seq=0))
    session.open_list(_list(2, first=3, seq=0))
    assert [recognise(session, SHARED, said) for said in ("1", "4")] == [
        Chosen(Button("Việc thứ 1", "d1")),
        Chosen(Button("Việc thứ 4", "d4")),
    ]
    # The answer to one asks on from 1: its numbers are its own now, those of the other notice stay.
    asked = OpenList((Button("Xong", "done"),), 1, True, "choice", SHARED, "", 1)
    session.open_list(asked)
    assert recognise(session, SHARED, "1") == Chosen(asked.buttons[0])
    assert recognise(session, SHARED, "2") == NoSuch(2, asked)
    assert recognise(session, SHARED, "4") == Chosen(Button("Việc thứ 4", "d4"))
    # What is asked after that is the last question: a list as long as theirs leaves nothing of the notices.
    session.open_list(_list(4, seq=2))
    assert len(session.lists) == 1


@given(said=st.text(max_size=250))
def test_any_words_at_all_are_read_without_failing(said: str) -> None:
    recognise(_session(_list(5, expects="quiz"), _list(3, first=6, owner="lan", name="Lan")), "hoa", said)
