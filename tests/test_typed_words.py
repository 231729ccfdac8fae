"""What a person types is understood by what was learned: no list of words comes back unnoticed.

Readers of form (numbers, dates, codes, phones, periods, an answer to the question just asked) stay code. Whatever else
holds typed words against an expression or a set stands in `tests/data/typed_words.tsv` with its reason.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
TABLE = ROOT / "tests" / "data" / "typed_words.tsv"
MOST_OF_MEANING = 25
_FOLDS = frozenset({"fold", "without_courtesy", "words_only", "bare"})


def _calls(node: ast.AST, names: frozenset[str]) -> bool:
    return any(
        isinstance(one, ast.Call)
        and (one.func.id if isinstance(one.func, ast.Name) else getattr(one.func, "attr", "")) in names
        for one in ast.walk(node)
    )


def places(source: str, file: str) -> Iterator[str]:
    """Name each expression of a module, and each thing that folded words are compared with."""
    tree = ast.parse(source)
    folded = set[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [one.id for one in targets if isinstance(one, ast.Name)]
            if _calls(node.value, frozenset({"compile"})):
                yield from (f"{file} {name}" for name in names)
            elif _calls(node.value, _FOLDS):
                folded.update(names)
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and not _calls(node.left, frozenset({"len"})):
            sides = [node.left, *node.comparators]
            typed = any(_calls(one, _FOLDS) or (isinstance(one, ast.Name) and one.id in folded) for one in sides)
            for other in node.comparators if typed else []:
                no_words = isinstance(other, ast.Constant) and not isinstance(other.value, str)
                if not (no_words or isinstance(other, ast.Call) or ast.unparse(other) in folded):
                    yield f"{file} {ast.unparse(other)}"


def table() -> dict[str, tuple[str, str]]:
    """Return kind and reason of each place; `file *` stands for all of a module."""
    rows = [line.split("\t") for line in TABLE.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    return {place: (kind, reason) for place, kind, reason in rows}


@cache
def found() -> set[str]:
    files = [*(ROOT / "bot" / "handlers").rglob("*.py"), *(ROOT / "bot" / "features").rglob("*.py")]
    return {place for path in files for place in places(path.read_text("utf-8"), path.relative_to(ROOT).as_posix())}


def test_each_list_of_typed_words_has_a_reason() -> None:
    known = table()
    new = {one for one in found() if one not in known and f"{one.partition(' ')[0]} *" not in known}
    assert sorted(new) == []


def test_no_reason_is_left_over() -> None:
    there = found()
    files = {one.partition(" ")[0] for one in there}
    left = {one for one in table() if one not in there and not (one.endswith(" *") and one[:-2] in files)}
    assert sorted(left) == []


def test_few_of_them_are_about_what_words_mean() -> None:
    kinds = [kind for kind, _ in table().values()]
    assert set(kinds) <= {"form", "answer", "own", "meaning"}
    assert kinds.count("meaning") <= MOST_OF_MEANING


def test_a_new_list_is_seen() -> None:
    source = """
_ASKS = re.compile("ai chua nop")
_WORDS = frozenset({"ma nhom"})

def reads(words: str) -> bool:
    plain = without_courtesy(words)
    return plain in _WORDS or _ASKS.search(plain) is not None or fold(words) == "dang ky nhom nay"
"""
    assert list(places(source, "x.py")) == ["x.py _ASKS", "x.py _WORDS", "x.py 'dang ky nhom nay'"]
