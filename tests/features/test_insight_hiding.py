"""No figure under five is shown, and none can be found out from the others."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.features.insight import FEWEST, hidden, shown

PARTS = st.dictionaries(st.integers(0, 40), st.integers(0, 30), max_size=12)


def test_a_figure_that_stands_alone_is_kept_back_under_five() -> None:
    assert [shown(count) for count in (0, 4, 5, 12)] == [None, None, 5, 12]


def test_beside_the_sum_the_next_smallest_goes_too() -> None:
    """40 in all, 30 and 7 shown, would say that the last village has 3."""
    assert hidden({"a": 30, "b": 7, "c": 3}) == {"a": 30, "b": None, "c": None}


def test_two_small_ones_hide_each_other_when_they_have_five_in_common() -> None:
    assert hidden({"a": 30, "b": 4, "c": 2}) == {"a": 30, "b": None, "c": None}
    assert hidden({"a": 30, "b": 9, "c": 1, "d": 1}) == {"a": 30, "b": None, "c": None, "d": None}


def test_where_nothing_is_small_nothing_is_hidden() -> None:
    assert hidden({"a": 5, "b": 6}) == {"a": 5, "b": 6}
    assert hidden({}) == {}


@given(PARTS)
def test_what_is_missing_from_the_sum_never_tells_one_small_part(parts: dict[int, int]) -> None:
    figures = hidden(parts)
    missing = [key for key, count in figures.items() if count is None]
    assert all(count is None or count >= FEWEST for count in figures.values())
    if missing and sum(parts.values()) >= FEWEST and len(parts) > 1:
        assert len(missing) >= 2
        assert sum(parts[key] for key in missing) >= FEWEST
