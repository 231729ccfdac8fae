"""What is told of opinions never says of one neighbour how they answered."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from bot.features.insight import FEWEST, TallyPlace
from bot.features.quality.opinions import Given, together
from bot.features.quality.publishing import MANY, PublishedOpinions, Share, by_village, told


def of(good: int = 0, fair: int = 0, poor: int = 0) -> Given:
    made: Given = Counter()
    made.update({"good": good, "fair": fair, "poor": poor})
    return made


def village(name: str) -> TallyPlace:
    return TallyPlace(name, f"thôn {name}")


A, B, C, D = (village(name) for name in "abcd")
COUNTS = st.builds(of, st.integers(0, 12), st.integers(0, 7), st.integers(0, 7))
VILLAGES = st.dictionaries(st.sampled_from([A, B, C, D]), COUNTS, min_size=1)


def test_fewer_than_five_answers_are_not_told() -> None:
    assert told(of(good=4)) == PublishedOpinions()


def test_each_answer_is_told_where_none_is_rare() -> None:
    assert told(of(9, 6, 5)).moods == {"good": 9, "fair": 6, "poor": 5}


def test_a_rare_answer_takes_another_along() -> None:
    assert told(of(9, 7, 2)).moods == {"good": 9, "fair": None, "poor": None}
    assert told(of(9, 1, 1)).moods == {"good": None, "fair": None, "poor": None}


def test_of_many_answers_it_is_said_what_nearly_all_were() -> None:
    """A praised team must not look like one of which nothing is known; a criticised one neither."""
    assert told(of(18, 1, 1)).nearly_all == "good"
    assert told(of(2, 1, 30)).nearly_all == "poor"
    assert told(of(MANY - 2, 0, 1)).nearly_all is None
    assert told(of(20, 3, 2)).nearly_all is None


def test_a_village_with_few_complaints_is_kept_back_and_another_with_it() -> None:
    found = by_village({A: of(20, 3, 3), B: of(9, 4, 2), C: of(6, 0, 1)})
    assert found == {A: Share(20, 26), B: None, C: None}, "35 of 48 less 29 of 41 would tell of village C"


def test_villages_are_told_where_both_sides_are_many() -> None:
    assert by_village({A: of(9, 6, 0), B: of(5, 0, 5)}) == {A: Share(9, 15), B: Share(5, 10)}


def test_nothing_is_told_of_villages_where_the_commune_is_kept_back() -> None:
    """6 of 16 good would tell that 2 of those kept back were “fair”."""
    assert by_village({A: of(6, 2, 8)}) == {A: None}


@given(VILLAGES)
def test_what_is_missing_never_tells_of_few(parts: dict[TallyPlace, Given]) -> None:
    """The mechanism is that those kept back have five and more on both sides in common."""
    found = by_village(parts)
    whole = together(parts)
    for share in found.values():
        assert share is None or (share.good >= FEWEST and share.answers - share.good >= FEWEST)
    kept_back = together({place: parts[place] for place, share in found.items() if share is None})
    if told(whole).good is not None and kept_back.total():
        assert kept_back["good"] >= FEWEST
        assert kept_back.total() - kept_back["good"] >= FEWEST
