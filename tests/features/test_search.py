"""A villager types a few words, however clumsily, and finds the guide."""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.lean.values import replace
from bot.core.text import fold
from bot.features.guides import library
from bot.features.search.emergency import number_for
from bot.features.search.index import SURE, Index, IndexEntry, entry_of
from bot.features.search.spelling import mark_key, sound, untangle
from bot.features.search.vocabulary import meanings

DATA = Path(__file__).parent.parent / "data"
GUIDES = Path(__file__).parent.parent.parent / "guides"
_TELEX = dict(zip("\u0301\u0300\u0309\u0303\u0323", "sfrxj", strict=True))
_VNI = dict(zip("\u0301\u0300\u0309\u0303\u0323", "12345", strict=True))


@cache
def entries() -> tuple[IndexEntry, ...]:
    return tuple(
        IndexEntry(row["slug"], row["title"], tuple(row["keywords"]), tuple(row["steps"]), row["area"])
        for row in json.loads((DATA / "guide_entries.json").read_text("utf-8"))
    )


@cache
def index() -> Index:
    return Index(entries())


@cache
def shelf() -> Index:
    """The guides that ship."""
    return Index(map(entry_of, library.load(GUIDES)))


def found(query: str) -> list[str]:
    return [hit.slug for hit in index().find(query)]


def queries(name: str) -> list[tuple[str, str]]:
    rows = (DATA / name).read_text("utf-8").splitlines()
    return [(query, slug) for query, _, slug in (row.partition("\t") for row in rows)]


def telex(text: str) -> str:
    """`text` as it looks when the keyboard's Telex was off."""
    return " ".join(_keys(word, _TELEX, {"\u0302": "", "\u0306": "w", "\u031b": "w"}) for word in text.lower().split())


def vni(text: str) -> str:
    return " ".join(_keys(word, _VNI, {"\u0302": "6", "\u0306": "8", "\u031b": "7"}) for word in text.lower().split())


def _keys(word: str, tones: dict[str, str], shapes: dict[str, str]) -> str:
    typed, tone = "", ""
    for char in unicodedata.normalize("NFD", word):
        if char in tones:
            tone = tones[char]
        elif char in shapes:
            typed += shapes[char] or typed[-1]
        elif char == "đ":
            typed += "d9" if tones is _VNI else "dd"
        else:
            typed += char
    return typed + tone


@pytest.mark.parametrize("name", ["queries_tuned.tsv", "queries_held_out.tsv"])
def test_what_villagers_type_finds_the_right_guide(name: str) -> None:
    """At least nine of ten times first, and 97 of 100 among three. The held-out file must never be tuned on."""
    rows = queries(name)
    assert len(rows) == 60
    not_first = [(query, slug, found(query)[:3]) for query, slug in rows if found(query)[:1] != [slug]]
    not_among_three = [(query, slug) for query, slug in rows if slug not in found(query)[:3]]
    assert len(not_first) <= 0.10 * len(rows), not_first
    assert len(not_among_three) <= 0.03 * len(rows), not_among_three


LIBRARY = ["queries_library_tuned.tsv", "queries_library_held_out.tsv"]
DANGEROUS = [*LIBRARY, "residents_first.tsv"]


@pytest.mark.parametrize("name", LIBRARY)
def test_what_villagers_type_finds_each_guide_that_ships(name: str) -> None:
    """The same goals over the guides that ship, in dialect, slips and whole sentences; never tune on the held-out."""
    hits = {(query, slug): shelf().find(query) for query, slug in queries(name) if slug[0] not in "-!"}
    not_first = [(asked, slug) for (asked, slug), best in hits.items() if [hit.slug for hit in best[:1]] != [slug]]
    not_three = [(asked, slug) for (asked, slug), best in hits.items() if slug not in [hit.slug for hit in best[:3]]]
    assert len(not_first) <= 0.10 * len(hits), not_first
    assert len(not_three) <= 0.03 * len(hits), not_three


def test_the_library_s_queries_ask_for_every_guide_twice_and_for_much_that_is_not_there() -> None:
    rows = [row for name in LIBRARY for row in queries(name)]
    assert len(rows) == 207
    asked = Counter(slug for _, slug in rows)
    assert all(asked[guide.slug] >= 2 for guide in library.load(GUIDES))
    assert asked["-"] >= 20


def test_what_no_guide_tells_is_not_answered_with_one() -> None:
    """At most one in five gets a guide as the answer; what is not sure stands beside a person to ask."""
    asked = [query for name in LIBRARY for query, slug in queries(name) if slug == "-"]
    answered = [
        (query, hit.slug, hit.score) for query in asked for hit in shelf().find(query, limit=1) if hit.score >= SURE
    ]
    assert len(answered) <= 0.2 * len(asked), answered


@pytest.mark.parametrize(("name", "goal"), [("residents_first.tsv", 0.9), ("residents_second.tsv", 0.8)])
def test_residents_find_the_guide_first_or_are_not_sent_to_a_wrong_one(name: str, goal: float) -> None:
    """Slips, dialect, dictation and long stories; a row may name several that are right, `-` stands for none.

    Words were worked on with both files; before that 68 and 61 of 100 were right.
    """
    asked = [(query, what.split("|")) for query, what in queries(name) if what[0] not in "!@$"]
    best = {query: shelf().find(query, limit=1) for query, _ in asked}
    sure = {query: hits[0].slug for query, hits in best.items() if hits and hits[0].score >= SURE}
    right = [query for query, what in asked if sure.get(query, "-") in what]
    wrong = [(query, sure[query]) for query, what in asked if query in sure and sure[query] not in what]
    assert len(right) >= goal * len(asked), [query for query, _ in asked if query not in right]
    assert len(wrong) <= 0.06 * len(asked), wrong


@pytest.mark.parametrize(
    "query",
    [
        "gia vang hom nay bao nhieu",
        "gia dau bao nhieu mot lit",
        "kết quả xổ số",
        "ly hon",
        "cháu tên gì",
        "tôi bị sốt",
        "chào xã",
        "cả nhà",
    ],
)
def test_a_common_word_beside_a_matter_that_no_guide_tells_is_no_answer(query: str) -> None:
    assert [hit for hit in shelf().find(query) if hit.score >= SURE] == []


def test_a_matter_is_told_as_soon_as_a_guide_names_it() -> None:
    more = IndexEntry("lam-so-do", "Làm sổ đỏ lần đầu", ("sổ đỏ",), (), "chính quyền số")
    assert Index([*map(entry_of, library.load(GUIDES)), more]).find("lam so do het bao nhieu")[0].slug == "lam-so-do"


def test_the_question_is_heard_at_the_end_of_a_long_story() -> None:
    story = (
        "cháu ơi bà ở thôn lạc hiền năm nay bà bảy mươi tám tuổi con cái đi làm ăn xa hết nhà chỉ có hai ông bà thôi "
        "sáng nay có người gọi cho bà xưng công an bảo bà liên quan đến rửa tiền"
    )
    hit = shelf().find(story)[0]
    assert hit.slug == "phong-lua-dao-gia-danh"
    assert hit.score >= SURE


def test_a_filler_that_needs_its_marks_is_a_word_without_them() -> None:
    assert meanings(["đâu"]) == meanings(["bảo"]) == ("",)
    assert meanings(["dau"]) == meanings(["dầu"]) == meanings(["bao"]) == meanings(["quả"]) == ()


@pytest.mark.parametrize(
    ("query", "number"), [(query, what[1:]) for name in DANGEROUS for query, what in queries(name) if what[0] == "!"]
)
def test_danger_comes_before_any_guide(query: str, number: str) -> None:
    danger = number_for(query)
    assert danger is not None
    assert number in danger.numbers


@pytest.mark.parametrize("query", [query for name in DANGEROUS for query, what in queries(name) if "!" not in what])
def test_a_question_is_no_alarm(query: str) -> None:
    assert number_for(query) is None


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.slug)
def test_a_title_finds_its_guide_with_marks_without_and_in_raw_keys(entry: IndexEntry) -> None:
    for typed in (entry.title, entry.title.upper(), fold(entry.title), telex(entry.title), vni(entry.title)):
        assert found(typed)[:1] == [entry.slug], typed


@pytest.mark.parametrize(
    ("query", "slug"),
    [
        ("dichj vuj coong", "dvc-dang-nhap-vneid"),
        ("dich5 vu5 cong6", "dvc-dang-nhap-vneid"),
        ("dichvucong", "dvc-dang-nhap-vneid"),
        ("lam sao de cai vneid vay chau", "vneid-cai-dat-muc-2"),
        ("vn id", "vneid-cai-dat-muc-2"),
        ("cai vneit", "vneid-cai-dat-muc-2"),
        ("khaong co dien thoai thong minh", "quay-ho-tro-khong-smartphone"),
        ("nua dao", "phong-lua-dao-gia-danh"),
        ("xổ xức khoẻ", "so-suc-khoe-dien-tu-vneid"),
        ("hoá đơn điện tử", "thue-ho-kinh-doanh-etax"),
        ("blue zone", "pc-covid-luu-tru"),
        ("dangkytamtru", "dang-ky-tam-tru"),
        ("website xã yên hoà", "trang-thong-tin-dien-tu-xa"),
    ],
)
def test_slips_abbreviations_and_old_names_are_understood(query: str, slug: str) -> None:
    assert found(query)[0] == slug


def test_marks_decide_where_they_are_typed() -> None:
    assert found("thuê")[0] == "dang-ky-tam-tru"
    assert found("thuế")[0] == "thue-ho-kinh-doanh-etax"
    assert found("giá lúa")[0] == "san-xuat-nong-nghiep-so"


@pytest.mark.parametrize("query", ["sâu cuốn lá hại lúa", "lúa đạo ôn", "hại lúa"])
def test_rice_that_is_typed_with_its_marks_is_no_scam(query: str) -> None:
    """`lúa` and `lừa` are one word without marks, `lúa đạo` and the keyword `lừa đảo` are too."""
    slugs = [hit.slug for hit in shelf().find(query)]
    assert slugs[0] == "san-xuat-nong-nghiep-so"
    assert "phong-lua-dao-gia-danh" not in slugs


def test_without_marks_rice_comes_first_and_the_scam_may_stand_below() -> None:
    assert shelf().find("sau cuon la hai lua")[0].slug == "san-xuat-nong-nghiep-so"


@pytest.mark.parametrize("query", ["sau cuon la hai lua", "lua chet", "chuot pha lua", "mua lua", "phan bon lua"])
def test_without_marks_rice_is_not_surely_a_scam(query: str) -> None:
    assert "phong-lua-dao-gia-danh" not in [hit.slug for hit in shelf().find(query) if hit.score >= SURE]


@pytest.mark.parametrize("query", ["lua", "bi lua", "no lua toi", "co lua khong", "lua tien"])
def test_without_marks_a_scam_is_still_surely_one(query: str) -> None:
    assert "phong-lua-dao-gia-danh" in [hit.slug for hit in shelf().find(query) if hit.score >= SURE]


@pytest.mark.parametrize("query", ["mất điện", "mat dien", "sao mất điện hoài vậy", "cúp điện", "mất nước"])
def test_no_light_and_no_water_are_no_lost_phone(query: str) -> None:
    """`mất điện` stands in the keyword `mất điện thoại`, and names something else there."""
    assert [hit for hit in shelf().find(query) if hit.score >= SURE] == []


@pytest.mark.parametrize("query", ["mất điện thoại", "mat dien thoai", "bị mất đt"])
def test_a_lost_phone_is_one(query: str) -> None:
    assert shelf().find(query)[0].slug == "vneid-doi-may-quen-mat-khau"


@pytest.mark.parametrize("query", ["bán trà trên mạng", "cái đèn ở ngõ nhà tôi nó không sáng nữa", "trời ơi"])
def test_a_word_with_another_tone_is_no_slip(query: str) -> None:
    """`trà` was read as `trú`, `ngõ` as `ngụ`."""
    assert [hit for hit in shelf().find(query) if hit.score >= SURE] == []


def test_a_vowel_that_is_cried_is_one() -> None:
    assert shelf().find("mất điện thoạiiii") == shelf().find("mất điện thoại")


@pytest.mark.parametrize("query", ["lừa đảo", "lua dao", "lưa đao", "lùa đão"])
def test_a_mark_that_was_left_out_and_hoi_for_nga_contradict_nothing(query: str) -> None:
    assert shelf().find(query)[0].slug == "phong-lua-dao-gia-danh"


def test_the_place_of_the_tone_does_not_matter() -> None:
    assert index().find("khoá vneid") == index().find("khóa vneid")


def test_decomposed_letters_are_the_same_letters() -> None:
    assert index().find(unicodedata.normalize("NFD", "tạm trú")) == index().find("tạm trú")


@pytest.mark.parametrize(
    "query", ["", "   ", "😀👍", "?!…", "xin chào", "cảm ơn", "làm thế nào", "asdf qwer", "\x00\u202e", "a" * 10_000]
)
def test_words_that_ask_for_nothing_find_nothing(query: str) -> None:
    assert index().find(query) == []


def test_only_the_beginning_of_a_very_long_message_is_read() -> None:
    question = "cách cài vneid " * 40
    assert index().find(question + "tạm trú " * 1_000) == index().find(question)
    assert index().find("-" * 400 + " vneid") == []


def test_hits_come_best_first_and_no_more_than_asked_for() -> None:
    hits = index().find("vneid", limit=3)
    assert len(hits) == 3
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert hits[0].title == next(entry.title for entry in entries() if entry.slug == hits[0].slug)


@given(st.text() | st.lists(st.sampled_from(["vneid", "dịch", "vụ", "cong", "tamj", "ko", "dt", "2"])).map(" ".join))
def test_whatever_is_typed_scores_stay_between_0_and_100(query: str) -> None:
    for hit in index().find(query):
        assert 0 < hit.score <= 100


def test_an_index_of_no_guides_finds_nothing() -> None:
    assert Index(()).find("vneid") == []


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("dichj", "dịch"),
        ("coong", "công"),
        ("dduwowcj", "được"),
        ("dduowcj", "được"),
        ("dangwd", "đăng"),
        ("nguwowif", "người"),
        ("d9ang8", "đăng"),
        ("d9ie6n5", "điện"),
        ("hos", "hó"),
    ],
)
def test_raw_keys_become_letters(typed: str, meant: str) -> None:
    made = untangle(typed)
    assert made is not None
    assert mark_key(made) == mark_key(meant)


@pytest.mark.parametrize(
    ("one", "other"), [("nua", "lua"), ("chu", "tru"), ("xo", "so"), ("ki", "ky"), ("gia", "da"), ("rung", "dung")]
)
def test_letters_that_sound_alike_somewhere_are_one(one: str, other: str) -> None:
    assert sound(one) == sound(other)


@pytest.mark.parametrize(("one", "other"), [("nha", "la"), ("nghe", "lghe"), ("chu", "cu"), ("tim", "chim")])
def test_letters_that_sound_different_stay_different(one: str, other: str) -> None:
    assert sound(one) != sound(other)


@pytest.mark.parametrize("word", ["cong", "123", "tử", "trng", "x"])
def test_words_without_raw_keys_are_left_alone(word: str) -> None:
    assert untangle(word) is None


def test_a_small_word_is_no_other_word_that_has_its_letters() -> None:
    """`cái` stood for `cài`, so that “làm cái vneid” was not sure. Mechanism: `_fitting` of pairs and phrases."""
    assert shelf().find("làm cái vneid")[0].score >= SURE


def test_a_question_that_was_asked_before_finds_its_guide_and_moves_no_other() -> None:
    ask = "bác Tư mất rồi giờ làm sao"
    asked = IndexEntry("khai-tu", "Đăng ký khai tử", ("khai tử",), ("Ra xã.",), "chính quyền số", (ask,))
    without, shelf_now = Index([*entries(), replace(asked, asks=())]), Index([*entries(), asked])
    assert shelf_now.find(ask)[0].slug == "khai-tu"
    for query, _ in queries("queries_tuned.tsv")[:40]:
        assert [hit.slug for hit in shelf_now.find(query)] == [hit.slug for hit in without.find(query)]
