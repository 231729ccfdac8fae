"""The fault matrix: the faults by number, and the tests that carry their mark, read from the source without running it.

A test says `@pytest.mark.fault(4, "one chat is told to wait")`; its docstring, else its name, tells what holds.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).parents[1]

FAULTS: Mapping[int, str] = {
    1: "killed at every point",
    2: "dies after the messenger took it, before the commit",
    3: "the answer is lost, hangs, or is half an answer",
    4: "told to wait: one chat, all chats, for a second or an hour",
    5: "restarted while told to wait",
    6: "two workers, clocks apart by minutes, a lease taken over, late writes",
    7: "a group becomes a supergroup in mid-run",
    8: "the bot is removed, may not write, or comes back in mid-run",
    9: "the database is locked, full, read-only or away",
    10: "cancelled while it is sent; changed after the approval; approved by its author",
    11: "the audience changes in mid-run",
    12: "quiet hours, ends of months, Tết, another time zone, three hours of standstill",
    13: "a message that the messenger refuses; what is too large or too long",
    14: "the same update, press or decision twice; two officials at once",
    15: "ten thousand groups; a large announcement beside a small one",
    16: "the token is revoked in mid-run",
    17: "the month's messages run out",
    18: "the text arrives, the audio does not",
    19: "an upgrade with rows in every state",
    20: "the messenger gives the wrong reason for a third of the groups",
}


@dataclass(frozen=True, slots=True)
class Case:
    """A test. `variants` are the names of its parameters, `promise` is what it holds us to."""

    fault: int
    what: str
    path: str
    name: str
    variants: tuple[str, ...]
    promise: str

    @property
    def id(self) -> str:
        return f"{self.path}::{self.name}"


def cases() -> list[Case]:
    """By fault, then in the order of files and lines."""
    found = [case for path in sorted(TESTS.rglob("test_*.py")) for case in _in(path)]
    return sorted(found, key=lambda case: case.fault)


def _in(path: Path) -> Iterator[Case]:
    text = path.read_text("utf-8")
    if "mark.fault(" not in text:
        return
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            words = ast.get_docstring(node) or node.name.removeprefix("test_").replace("_", " ") + "."
            promise = " ".join(words.split("\n\n")[0].split())
            variants = tuple(name for mark in node.decorator_list for name in _variants(mark))
            for mark in node.decorator_list:
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.fault":
                    number, what = (ast.literal_eval(value) for value in mark.args)
                    yield Case(number, what, str(path.relative_to(TESTS.parent)), node.name, variants, promise)


def _variants(mark: ast.expr) -> Iterator[str]:
    """The names that a parametrize gives to its cases."""
    for node in ast.walk(mark):
        if isinstance(node, ast.keyword) and node.arg in ("id", "ids"):
            named = node.value.elts if isinstance(node.value, ast.List | ast.Tuple) else [node.value]
            for value in named:
                if isinstance(value, ast.Constant) and isinstance(value.value, str):
                    yield value.value


def document() -> str:
    """docs/faults.md."""
    found = cases()
    lines = [
        "# What can go wrong while an announcement is sent, and the test of each case",
        "",
        "Written by `UPDATE_FAULTS=1 pytest tests/faults/test_matrix.py` from the marks on the tests. The messenger of",
        "these tests keeps what it accepted apart from what it answered; time is virtual; what the database decides",
        "runs on SQLite and on PostgreSQL. At each call the rows of an announcement sum to what was frozen, and nobody",
        "has a message twice.",
    ]
    for fault, words in FAULTS.items():
        lines += ["", f"## {fault}. {words[0].upper()}{words[1:]}", ""]
        for case in (case for case in found if case.fault == fault):
            variants = f" ({', '.join(case.variants)})" if case.variants else ""
            promise = case.promise[0].upper() + case.promise[1:]
            lines += [f"- **{case.what}**{variants}: {promise}", f"  `{case.id}`"]
    return "\n".join(lines) + "\n"
