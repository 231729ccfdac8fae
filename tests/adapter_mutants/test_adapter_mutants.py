"""The list of broken adapters: each mutant is still one, and says what a person would see."""

from __future__ import annotations

import ast
from collections import Counter

from .listed import ROOT, equivalents, mutants

LEAST = 100


def test_each_mutant_of_the_list_still_changes_its_file_into_a_program() -> None:
    sources: dict[str, str] = {}
    for mutant in mutants():
        source = sources.setdefault(mutant.file, (ROOT / mutant.file).read_text("utf-8"))
        ast.parse(mutant.applied(source), mutant.name)
        assert mutant.adapters, mutant.name
        assert len(mutant.sees) > 10, mutant.name


def test_the_list_is_long_enough_and_says_nothing_twice() -> None:
    changes = Counter((mutant.file, mutant.was, mutant.becomes) for mutant in mutants())
    assert len(changes) >= LEAST
    assert [change for change, times in changes.items() if times > 1] == []


def test_what_is_equivalent_is_in_the_list_and_has_a_reason() -> None:
    names = {mutant.name for mutant in mutants()}
    for name, reason in equivalents().items():
        assert name in names
        assert len(reason) > 20, name
