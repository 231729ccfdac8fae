"""Buttons carry actions: whatever goes out comes back the same, whatever else comes in is refused."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.actions import Action, Codec, UnknownAction, pack, token_of


class Nothing(Action, code="n"):
    pass


class Words(Action, code="w"):
    words: str


class Place(Action, code="p"):
    guide: str
    step: str


class Mixed(Action, code="mix123"):
    name: str
    version: int
    agreed: bool


class Numbers(Action, code="num"):
    first: int
    second: int


CODEC = Codec([Nothing, Words, Place, Mixed, Numbers])
words = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
numbers = st.integers(-(10**18), 10**18)
actions = st.one_of(
    st.just(Nothing()),
    st.builds(Words, words),
    st.builds(Place, words, words),
    st.builds(Mixed, words, numbers, st.booleans()),
    st.builds(Numbers, numbers, numbers),
)
_PARTS = ["n", "w", "p", "mix123", "num", "|", "%", "%c3%", "%61", "%c3%a9", "%7c", "0", "-0", "01", "1", "a", "é", "~"]
forged = st.text() | st.lists(st.sampled_from(_PARTS), max_size=9).map("".join)


@given(action=actions)
def test_a_pressed_button_means_what_the_shown_one_meant(action: Action) -> None:
    packed = pack(action)
    assert packed.isascii()
    assert packed.isprintable()
    assert CODEC.unpack(packed) == action


@given(one=actions, other=actions)
def test_different_actions_never_share_a_form(one: Action, other: Action) -> None:
    assert (pack(one) == pack(other)) == (one == other)


@given(data=forged)
def test_forged_data_is_refused_or_is_exactly_what_we_would_have_sent(data: str) -> None:
    try:
        action = CODEC.unpack(data)
    except UnknownAction:
        return
    assert pack(action) == data


@given(action=actions, at=st.integers(0, 200))
def test_a_form_that_was_cut_is_never_taken_for_another_object(action: Action, at: int) -> None:
    cut = pack(action)[:at]
    try:
        found = CODEC.unpack(cut)
    except UnknownAction:
        return
    assert pack(found) == cut


@pytest.mark.parametrize(
    "data",
    ["", "|", "n|", "n|1", "w", "w|a|b", "zzz", "N", "mix123|a|1|2", "mix123|a|x|1", "mix123|a|1|true", "num|1|", "w|é",
     "w|%", "w|%zz", "w|%ff", "w|%C3%A9", "w|%61", "num|-0|1", "num|01|1", "num|+1|1", "num|1|1\n", "num|٣|1",
     f"num|{10**30}|1", f"num|{2**63}|1", f"num|{-(2**63) - 1}|1", "w|~token", "x" * 5000, "w|a%00b"],
)  # fmt: skip
def test_what_no_button_of_ours_carries_is_unknown(data: str) -> None:
    with pytest.raises(UnknownAction):
        CODEC.unpack(data)


def test_ordinary_names_stay_readable() -> None:
    assert pack(Place("vneid-cai-dat-muc-2", "kiem-tra")) == "p|vneid-cai-dat-muc-2|kiem-tra"
    assert pack(Mixed("a|b", -7, agreed=True)) == "mix123|a%7cb|-7|1"


@given(packed=st.text())
def test_a_token_is_short_and_always_the_same(packed: str) -> None:
    token = token_of(packed)
    assert token == token_of(packed)
    assert len(token) == 17
    assert token[0] == "~"
    with pytest.raises(UnknownAction):
        CODEC.unpack(token)


def test_two_actions_with_one_code_are_found_at_the_start() -> None:
    @dataclass(frozen=True)
    class Rival(Action, code="w"):
        words: str

    with pytest.raises(TypeError, match="belongs to both Words and Rival"):
        Codec([Words, Rival])


def test_an_action_of_anything_but_plain_values_is_found_at_the_start() -> None:
    @dataclass(frozen=True)
    class Odd(Action, code="odd"):
        amount: float

    with pytest.raises(TypeError, match="str, int and bool only"):
        Codec([Odd])
    with pytest.raises(TypeError, match="str, int and bool only"):
        pack(Odd(0.5))


def test_an_action_is_frozen_and_equal_by_its_fields() -> None:
    one = Place("cai-vneid", step="kiem-tra")
    assert one == Place(guide="cai-vneid", step="kiem-tra")
    assert hash(one) == hash(Place("cai-vneid", "kiem-tra"))
    assert one != Place("cai-vneid", "khac")
    assert Nothing() != Words("")
    assert repr(one) == "Place(guide='cai-vneid', step='kiem-tra')"
    with pytest.raises(FrozenInstanceError):
        setattr(one, "step", "khac")  # noqa: B010 - a type checker knows that it is frozen
    with pytest.raises(FrozenInstanceError):
        delattr(one, "step")


@pytest.mark.parametrize(
    ("given", "named"),
    [((), {}), (("a",), {}), (("a", "b", "c"), {}), (("a",), {"guide": "b"}), (("a", "b"), {"x": "c"})],
)
def test_an_action_has_all_its_fields_and_no_other(given: tuple[str, ...], named: dict[str, str]) -> None:
    with pytest.raises(TypeError, match="has the fields"):
        Place(*given, **named)


@pytest.mark.parametrize("code", ["", "A", "toolong", "1a", "a-b", "đ"])
def test_a_code_is_short_lower_case_ascii(code: str) -> None:
    with pytest.raises(TypeError, match="action code"):
        type("Odd", (Action,), {}, code=code)


@pytest.mark.parametrize("before", ["num|1|", "mix123|a|1|", "w|"], ids=["number", "yes or no", "words"])
def test_of_what_is_unknown_the_log_has_the_beginning(before: str) -> None:
    """Whoever forges a press may send as much as a messenger carries."""
    with pytest.raises(UnknownAction) as refused:
        CODEC.unpack(f"{before}{'%' * 200}")
    assert str(refused.value) == "%" * 80
