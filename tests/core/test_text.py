"""Text: markup lives in templates only, nothing gets lost when texts are cut and joined."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.text import Span, Style, Text, clean, fold, utf16_len

STYLES: tuple[Style, ...] = ("plain", "bold", "italic", "code")
spans = st.builds(
    Span,
    text=st.text(max_size=12),
    style=st.sampled_from(STYLES),
    link=st.sampled_from([None, None, "https://xa.example/a"]),
)
texts = st.lists(spans, max_size=6).map(lambda items: Text.join("", [Text((span,)) for span in items]))
hostile = st.text() | st.sampled_from(
    ["**x**", "_x_", "`x`", "[x](https://xấu.example)", "{name}", "{other}", "<b>", "**", "x**y", "{{", "}", "\\"]
)


def _characters(text: Text) -> list[tuple[str, Style, str | None]]:
    return [(char, span.style, span.link) for span in text.spans for char in span.text]


@given(name=hostile, other=hostile)
def test_a_value_never_becomes_markup_and_takes_the_style_of_its_place(name: str, other: str) -> None:
    text = Text.of("Bác **{name}** gõ _{other}_, `{name}`: [{other}](https://xa.example/b)", name=name, other=other)
    assert text.plain == f"Bác {name} gõ {other}, {name}: {other}"
    assert _characters(text) == [
        *[(char, "plain", None) for char in "Bác "],
        *[(char, "bold", None) for char in name],
        *[(char, "plain", None) for char in " gõ "],
        *[(char, "italic", None) for char in other],
        *[(char, "plain", None) for char in ", "],
        *[(char, "code", None) for char in name],
        *[(char, "plain", None) for char in ": "],
        *[(char, "plain", "https://xa.example/b") for char in other],
    ]


@given(value=texts)
def test_a_text_as_a_value_keeps_its_own_styles(value: Text) -> None:
    assert _characters(Text.of("**{value}**!", value=value)) == [*_characters(value), ("!", "plain", None)]


@given(text=texts, at=st.integers(0, 80))
def test_a_text_cut_in_two_and_joined_again_is_the_same(text: Text, at: int) -> None:
    end = len(text.plain)
    assert text.slice(0, at) + text.slice(at, end) == text
    assert text.slice(0, at).plain == text.plain[:at]


@given(text=texts, start=st.integers(0, 40), stop=st.integers(0, 40))
def test_a_slice_holds_the_same_characters_in_the_same_styles(text: Text, start: int, stop: int) -> None:
    assert _characters(text.slice(start, stop)) == _characters(text)[start:stop]


@given(first=texts, second=texts, third=texts)
def test_joining_does_not_depend_on_the_order_of_joining(first: Text, second: Text, third: Text) -> None:
    assert (first + second) + third == first + (second + third)
    assert Text() + first == first == first + Text()


@given(items=st.lists(texts.filter(bool), max_size=5), separator=st.sampled_from(["", " ", "\n\n"]))
def test_a_join_reads_as_the_join_of_its_parts(items: list[Text], separator: str) -> None:
    assert Text.join(separator, items).plain == separator.join(item.plain for item in items)


@given(text=texts)
def test_strip_takes_white_space_off_both_ends_and_nothing_else(text: Text) -> None:
    assert text.strip().plain == text.plain.strip()


@given(text=st.text())
def test_verbatim_keeps_every_character(text: str) -> None:
    assert Text.verbatim(text).plain == text
    assert bool(Text.verbatim(text)) == bool(text)


def test_a_field_without_a_value_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        Text.of("Chào {name}")


@pytest.mark.parametrize(
    ("template", "plain"),
    [
        ("snake_case_name", "snake_case_name"),
        ("2 * 3 ** 4", "2 * 3 ** 4"),
        ("[không phải link](javascript:x)", "[không phải link](javascript:x)"),
        ("**đậm\nhai dòng**", "đậm\nhai dòng"),
        ("_", "_"),
    ],
)
def test_what_only_looks_like_markup_stays(template: str, plain: str) -> None:
    assert Text.of(template).plain == plain


@given(text=st.text())
def test_length_is_counted_as_the_messengers_count(text: str) -> None:
    assert utf16_len(text) == len(text.encode("utf-16-le")) // 2


@given(text=st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


vietnamese = st.text(alphabet="aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạắằẳẵặấầẩẫậÉÈẺẼẸƠỚỜỞỠỢĐ ", max_size=30)


@given(text=vietnamese)
def test_words_are_equal_with_marks_without_marks_and_however_they_are_encoded(text: str) -> None:
    bare = fold(text)
    assert bare.isascii()
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text)) == bare
    assert fold(text.upper()) == bare
    assert fold(f"  {text}\n") == bare


def test_both_ways_to_set_a_tone_are_one_word() -> None:
    assert fold("Hoà bình") == fold("Hòa bình") == fold("HOA  BINH") == "hoa binh"


@given(text=st.text(alphabet=st.characters()))
def test_what_a_person_typed_is_harmless_after_cleaning(text: str) -> None:
    """Surrogates, null bytes, RTL marks: none is left, and cleaning again changes nothing."""
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    cleaned.encode("utf-8")
    assert not any(unicodedata.category(char) == "Cc" and char not in "\t\n" for char in cleaned)
    assert not set(cleaned) & set("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c\ufeff")


def test_ordinary_words_and_emoji_are_not_touched_by_cleaning() -> None:
    said = "Bác Hoà 👩‍🌾\tở thôn 3,\r\nsđt 0912 345 678"
    assert clean(said) == said.replace("\r\n", "\n")


@pytest.mark.parametrize("between", ["", "\u200e"], ids=["together", "apart"])
@pytest.mark.parametrize("mark", ["\u0315", "\u0344", "\u0f73"], ids=ascii)
def test_a_pile_of_accents_holds_nobody_up_and_is_cut(mark: str, between: str) -> None:
    pile = "a" + f"{mark * 25}{between}" * 400 + "\u0316" * 10_000 + "b"
    began = time.thread_time()
    cleaned = clean(pile)
    assert time.thread_time() - began < 0.1
    assert clean(cleaned) == cleaned
    assert cleaned.endswith("b")
    assert len(cleaned) < 100


def test_the_marks_that_languages_put_on_a_letter_stay() -> None:
    said = "Bác nộp hồ sơ ở xã, ส้ม, שָׁלוֹם, e\u0302\u0323\u0301. " * 20
    assert clean(said) == unicodedata.normalize("NFC", said)


@given(st.text(st.sampled_from("aeư\u0302\u0301\u0323\u0328\u0344\u0f73\u200e\u1100\u1161"), max_size=400))
def test_whatever_marks_are_piled_up_cleaning_twice_changes_nothing(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert unicodedata.is_normalized("NFC", cleaned)


def test_marks_are_all_that_normalization_puts_in_order() -> None:
    first = [unicodedata.normalize("NFD", chr(code))[0] for code in range(0xD800)]
    marks = {chr(code) for code, one in enumerate(first) if unicodedata.combining(one)}
    assert {one for one in marks if not unicodedata.combining(one)} == set("\u0f73\u0f75\u0f81")
