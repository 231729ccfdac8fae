"""The decisions: each stands once in the index with a state, and what replaced it is there."""

from __future__ import annotations

import pytest

from tools.decisions import IN_FORCE, INDEX, DecisionError, entries, index, read

ALL = [one for subject, text in read().items() for one in entries(subject, text)]


def test_the_index_shows_each_entry_with_its_state() -> None:
    assert INDEX.read_text("utf-8") == index(read()), "run `python -m tools.decisions`"
    rows = [line for line in INDEX.read_text("utf-8").splitlines() if line.startswith("| 2")]
    assert len(rows) == len(ALL) > 200


def test_no_two_entries_have_one_address_and_what_replaced_another_is_there() -> None:
    addresses = [one.address for one in ALL]
    assert len(set(addresses)) == len(addresses)
    assert [one.title for one in ALL if one.to and one.to not in addresses] == []
    assert all(one.state == IN_FORCE or one.to or one.state.startswith("withdrawn: ") for one in ALL)


def test_the_newest_stand_on_top_and_what_replaced_another_is_not_older() -> None:
    for subject in read():
        dates = [one.date for one in ALL if one.subject == subject]
        assert dates == sorted(dates, reverse=True), subject
    when = {one.address: one.date for one in ALL}
    assert [one.title for one in ALL if one.to and when[one.to] < one.date] == []


@pytest.mark.parametrize("state", ["*Replaced by something.*", "*Old.*", "*Withdrawn: why*"])
def test_a_state_that_is_none_is_named(state: str) -> None:
    with pytest.raises(DecisionError, match="core: Buttons"):
        list(entries("core", f"# Core\n\nAbout.\n\n## 2026-11-24: Buttons\n\n{state}\n\nWhy.\n"))
