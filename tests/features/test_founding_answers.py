"""What somebody types or pastes while an installation is set up, and the files that it becomes."""

from __future__ import annotations

import errno
import os
import tomllib
from pathlib import Path

import pytest

from bot.features.commune.settings import load
from bot.features.founding import questions as q
from bot.features.founding.files import KeptAnswers, env_with, quoted, toml_with, write_whole
from bot.features.founding.kept import KEPT
from bot.features.founding.people import read_people
from bot.features.founding.problem import AnswerProblem
from bot.features.founding.provinces import province_named, provinces
from bot.features.founding.villages import codes_of, read_households, read_villages

MESSENGERS = (
    q.MessengerChoice("one", "Một", "dễ", "Hỏi Một.", ("mã",)),
    q.MessengerChoice("two", "Hai", "khó", "Hỏi Hai.", ("mã", "khóa"), beside=True, needs_address=True),
)
ASKED = q.questions(MESSENGERS)


def _take(key: str, text: str, **before: str) -> str:
    return next(one for one in ASKED if one.key == key).take(text, before).value


def test_there_are_at_most_fifteen_questions() -> None:
    assert len(ASKED) <= 15
    assert len({one.key for one in ASKED}) == len(ASKED)


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("thôn Lạc Hiền; 120", "thôn Lạc Hiền; 120"),
        ("1. Lạc Hiền\t1.204 hộ", "thôn Lạc Hiền; 1204"),
        ("- Xóm Chùa - 80 hộ", "xóm Chùa; 80"),
        ("TDP 3", "tổ dân phố 3"),
        ("Thôn 10", "thôn 10"),
        ("Thon Dong Cao", "thôn Dong Cao"),
        ("Khu phố 2, 300", "khu phố 2; 300"),
    ],
)
def test_a_line_is_a_village(line: str, read: str) -> None:
    assert _take(q.VILLAGES, line, xa="xã Yên Mô") == read


def test_a_ward_s_lines_are_neighbourhoods() -> None:
    assert _take(q.VILLAGES, "Phúc Chỉnh", xa="phường Hoa Lư") == "tổ dân phố Phúc Chỉnh"


def test_three_hundred_lines_with_doubles_are_read_and_the_doubles_told() -> None:
    lines = [f"thôn Số {number}; {number + 10}" for number in range(1, 301)]
    found, note = read_villages("\n".join([*lines, "THÔN SỐ 7", "thôn Số 8; 18"]), "xã")
    assert len(found) == 300
    assert note == "Đã bỏ 2 dòng trùng: dòng 301 (thôn SỐ 7, đã có ở dòng 7), dòng 302 (thôn Số 8, đã có ở dòng 8)."
    assert len(codes_of(found, [], {})) == 300


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("thôn A; 10\nthôn A; 20", "Dòng 2 trùng tên với dòng 1 (thôn A) mà số hộ khác nhau"),
        ("thôn A\n???", "Dòng 2 “???” không phải tên thôn"),
        ("\n".join(f"thôn {number}" for number in range(600)), "Danh sách có 600 dòng, nhiều nhất 500"),
    ],
)
def test_a_list_that_cannot_be_meant_is_one_sentence(text: str, why: str) -> None:
    with pytest.raises(AnswerProblem) as told:
        _take(q.VILLAGES, text, xa="xã Yên Mô")
    assert str(told.value).startswith(why)
    assert "\n" not in str(told.value)


def test_villages_keep_their_codes_and_new_ones_take_none_in_use() -> None:
    found, _ = read_villages("thôn 1\nxóm 1\nthôn Lạc Hiền\nxóm Lạc Hiền\nthôn Yên Mô", "xã")
    coded = codes_of(found, ["yen-mo"], {"thon lac hien": "lh"})
    assert list(coded) == ["thon-1", "xom-1", "lh", "lac-hien", "thon-yen-mo"]


def test_households_come_by_name_or_in_order() -> None:
    found, _ = read_villages("thôn A\nthôn B; 5\nthôn C", "xã")
    assert [one.households for one in read_households("10\n20", found)] == [10, 5, 20]
    assert [one.households for one in read_households("C; 7", found)] == [None, 5, 7]
    with pytest.raises(AnswerProblem, match="Có 4 số mà 2 thôn"):
        read_households("1\n2\n3\n4", found)


def test_what_the_list_says_of_households_is_not_overruled_by_an_older_answer() -> None:
    answers = {q.COMMUNE: "xã Yên Mô", q.VILLAGES: "thôn A; 130\nthôn B"}
    assert _take(q.HOUSEHOLDS, "A; 1\nB; 2", **answers) == "thôn B; 2"


def test_provinces_are_34_and_former_ones_are_understood() -> None:
    assert len(provinces()) == 34
    assert province_named("nam định").name == "Ninh Bình"
    assert province_named("TP. Hồ Chí Minh").name == "Hồ Chí Minh"
    assert province_named("1").name == provinces()[0].name
    with pytest.raises(AnswerProblem, match="Không có tỉnh nào tên “Atlantis”"):
        province_named("Atlantis")


def test_people_are_read_with_their_parts_in_any_order() -> None:
    villages, _ = read_villages("thôn Lạc Hiền\nthôn Đông Cao", "xã")
    text = "Nam, Chủ tịch\n0912 345 678; Hạnh; Tổ trưởng; lac hien\nLan\tTổ phó thôn Đông Cao"
    assert [
        (one.name, one.role, one.village and one.village.name, one.phone) for one in read_people(text, villages)
    ] == [
        ("Nam", "chair", None, ""),
        ("Hạnh", "leader", "Lạc Hiền", "0912 345 678"),
        ("Lan", "deputy", "Đông Cao", ""),
    ]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("Hạnh; Tổ trưởng", "Dòng 1 “Hạnh; Tổ trưởng”: Tổ trưởng Tổ công nghệ số của thôn nào?"),
        ("Hạnh; 0912345678", "Dòng 1 “Hạnh; 0912345678” thiếu vai trò"),
        ("Hạnh; Chủ tịch; Thôn Lạ", "Dòng 1 “Hạnh; Chủ tịch; Thôn Lạ”: không rõ “Thôn Lạ” là gì"),
    ],
)
def test_a_person_who_cannot_be_placed_is_one_sentence(line: str, why: str) -> None:
    villages, _ = read_villages("thôn Lạc Hiền", "xã")
    with pytest.raises(AnswerProblem) as told:
        read_people(line, villages)
    assert str(told.value).startswith(why)


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        (q.COMMUNE, "yên mô", "xã yên mô"),
        (q.COMMUNE, "Phường Hoa Lư", "phường Hoa Lư"),
        (q.COMMUNE, "Đặc khu Phú Quốc", "đặc khu Phú Quốc"),
        (q.QUIET, "21 giờ đến 6 giờ", "21:00-06:00"),
        (q.QUIET, "không", "00:00-00:00"),
        (q.QUIET, "", "21:00-06:00"),
        (q.ADDRESS, "bot.xa.gov.vn/", "https://bot.xa.gov.vn"),
        (q.ADDRESS, "", ""),
        (q.CONTACT, "0229 3861 234; 7 giờ", "0229 3861 234; 7 giờ"),
        (q.LETTERHEAD, "chủ tịch : A\ntrang web: xa.vn", "Chủ tịch: A\nTrang web: https://xa.vn"),
        (q.MESSENGER, "2", q.NONE),
        (q.MESSENGER, "một", "one"),
    ],
)
def test_answers_have_one_form(key: str, text: str, value: str) -> None:
    assert _take(key, text) == value


@pytest.mark.parametrize(
    ("key", "text", "before"),
    [
        (q.COMMUNE, "huyện Yên Mô", {}),
        (q.COMMUNE, "", {}),
        (q.QUIET, "25:00-06:00", {}),
        (q.ADDRESS, "https://xa.vn/bot/", {}),
        (q.ADDRESS, "", {q.SECOND: "two"}),
        (q.SECOND, q.RELAY, {q.MESSENGER: q.NONE}),
        (q.SECOND_TOKEN, "chỉ một dòng", {q.SECOND: "two"}),
        (q.MESSENGER, "9", {}),
        (q.CONTACT, "gọi ủy ban", {}),
        (q.LETTERHEAD, "Chủ tịch Nguyễn Văn A", {}),
    ],
)
def test_an_answer_that_will_not_do_is_one_sentence_about_its_question(
    key: str, text: str, before: dict[str, str]
) -> None:
    with pytest.raises(AnswerProblem) as told:
        _take(key, text, **before)
    assert told.value.key == key
    assert str(told.value)
    assert "\n" not in str(told.value)


def test_what_is_kept_comes_back_as_it_was_and_goes_when_it_was_used(tmp_path: Path) -> None:
    answers = {q.COMMUNE: "xã Yên Mô", q.TOKEN: "1:x", q.PEOPLE: 'Nam "Tư"; Chủ tịch\nHạnh \\ ; Tổ trưởng'}
    kept = KeptAnswers(tmp_path, dict(answers))
    kept.save()
    assert KeptAnswers.of(tmp_path) == KeptAnswers(tmp_path, answers)
    if os.name == "posix":
        assert (tmp_path / KEPT).stat().st_mode & 0o077 == 0
    kept.finish({one.key: one for one in ASKED if one.is_private})
    assert KeptAnswers.of(tmp_path) == KeptAnswers(tmp_path, {q.COMMUNE: "xã Yên Mô"}, done=True)


def test_on_a_full_disk_what_was_there_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_whole(tmp_path / "a", b"before")

    def full(number: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=str(tmp_path / "a")):
        write_whole(tmp_path / "a", b"after")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a", b"before")]


def test_settings_change_where_they_stand_and_leave_the_rest() -> None:
    before = "# của tôi\nBOT_PORT=8080\nexport BOT_HOST=0.0.0.0\nBOT_PUBLIC_URL=https://a.vn\n"
    after = env_with(before, {"BOT_PORT": "81", "BOT_PUBLIC_URL": None, "BOT_X": "a 'b'"}, {"BOT_X": "vì sao"})
    assert after == "# của tôi\nBOT_PORT=81\nexport BOT_HOST=0.0.0.0\n# vì sao\nBOT_X='a \\'b\\''\n"


def test_a_commune_s_file_written_by_hand_keeps_its_words(tmp_path: Path) -> None:
    before = '# của tôi\nname = "Cũ"   # tên\nprovince = "Ninh Bình"\n\n[[contacts]]\nmatter = "VNeID"\n'
    path = tmp_path / "commune.toml"
    after = toml_with(before, {"name": quoted("Yên Mô"), "code": '"yen-mo"'}, {"quiet": {"start": "20:00:00"}}, path)
    assert '# của tôi\nname = "Yên Mô"   # tên\n' in after
    path.write_text(after, "utf-8")
    own = load(tmp_path)
    assert (own.name, own.code, own.quiet.start.hour, own.contacts[0].matter) == ("Yên Mô", "yen-mo", 20, "VNeID")


def test_a_file_that_cannot_be_changed_by_line_is_left_to_a_person(tmp_path: Path) -> None:
    before = 'quiet = { start = 20:00:00 }\nname = """\nYên Mô"""\n'
    assert tomllib.loads(before)
    with pytest.raises(AnswerProblem, match="sửa tay"):
        toml_with(before, {"name": '"B"'}, {"quiet": {"start": "21:00:00"}}, tmp_path / "commune.toml")
