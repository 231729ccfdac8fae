"""A compact table finds every text it was given, and no other."""

from __future__ import annotations

import pickle

import pytest

from bot.features.search.text_table import TextTable


@pytest.mark.parametrize("count", [0, 1, 2, 3, 1000])
def test_each_text_is_found_by_its_number_and_no_other_text_is(count: int) -> None:
    texts = [f"{'=' if number % 2 else ''}hồ sơ {number}" for number in range(count)]
    table = pickle.loads(pickle.dumps(TextTable(texts)))  # noqa: S301 - our own
    assert list(table) == texts
    assert [table.number(text) for text in texts] == list(range(count))
    assert all(text in table for text in texts)
    assert not any(text in table for text in ("", "hồ sơ", *(f"{text} " for text in texts)))
