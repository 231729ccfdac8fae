"""Things are made anew for other answers, and for other things beside them."""

from __future__ import annotations

from bot.storage.lite.made_of import MadeOf


def test_the_same_answers_make_the_same_and_equal_ones_do_not() -> None:
    made: MadeOf[object] = MadeOf()
    rows, others = [[1]], [[1]]
    first = made.of((rows,), object, "a")
    assert made.of((rows,), object, "a") is first
    assert made.of((others,), object, "a") is not first
    assert made.of((rows,), object, "b") is not first


def test_the_last_few_are_kept() -> None:
    made: MadeOf[object] = MadeOf()
    answers: list[list[int]] = [[] for _ in range(5)]
    first = [made.of((one,), object) for one in answers]
    again = [made.of((one,), object) for one in reversed(answers)]
    assert [one is other for one, other in zip(first, reversed(again), strict=True)] == [False, True, True, True, True]
