"""The table of the same bot in other frameworks: what can be counted without running them is what it says."""

from __future__ import annotations

import doctest

import pytest

from benchmarks.compare import __main__ as compare
from benchmarks.compare import sources
from benchmarks.compare.kills import Outcome, Toll
from benchmarks.compare.sources import SOURCES, Source

EACH = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)


@EACH
def test_the_table_in_the_documents_has_its_present_length(source: Source) -> None:
    compile(source.text, source.file.name, "exec")
    counted = " | ".join(compare.row(source, None).split(" | ")[:4])
    assert counted in compare.DOCUMENT.read_text("utf-8")


def test_ours_is_as_short_as_it_says() -> None:
    ours = sources.length(SOURCES[0].text)
    assert ours.lines <= 30
    assert ours.imports <= 3
    assert all(ours.lines < sources.length(other.text).lines for other in SOURCES[1:])


def test_a_row_says_what_was_lost_and_what_came_twice() -> None:
    outcome = Outcome("You said: 1234", Toll(5, 0), Toll(0, 0), Toll(1, 4))
    assert compare.row(SOURCES[0], outcome).endswith(
        "| gone: “You said: 1234” | 5 of 5 lost | each once | 1 of 5 lost, 4 of 5 twice |"
    )


def test_the_count_is_what_its_example_says() -> None:
    assert doctest.testmod(sources).failed == 0
