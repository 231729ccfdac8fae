"""`docs/requirements.md` names every requirement once, and nothing that is not there: tests, guides, commands."""

from __future__ import annotations

import ast
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
DOCUMENT = ROOT / "docs" / "requirements.md"
IDS = [*(f"S{number}" for number in range(1, 66)), *(f"N{number}" for number in range(1, 8))]
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
_GUIDE = re.compile(r"`guides/([\w-]+\.md)`")
_COMMAND = re.compile(r"`/([a-z]+)`")
_REGISTERED = re.compile(r"""\.command\(\s*"([a-z]+)\"""")


@dataclass(frozen=True, slots=True)
class Requirement:
    """A row: what is asked, `state` done, partly or not yet, where it is and what is missing, what shows it."""

    id: str
    asked: str
    state: str
    where: str
    shown: str

    @property
    def tests(self) -> list[tuple[str, str]]:
        return _TEST.findall(self.shown)


@cache
def rows() -> tuple[Requirement, ...]:
    lines = DOCUMENT.read_text("utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines if line.startswith("| ")]
    return tuple(Requirement(*row) for row in cells if re.fullmatch(r"[SN]\d+", row[0]))


@cache
def functions(path: str) -> frozenset[str]:
    """The tests that a file defines; none when there is no such file."""
    file = ROOT / path
    if not file.is_file():
        return frozenset()
    tree = ast.parse(file.read_text("utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def test_every_requirement_stands_once_and_in_order() -> None:
    assert [row.id for row in rows()] == IDS
    assert all(row.asked and row.where for row in rows())


def test_every_test_that_is_named_exists() -> None:
    named = {test for row in rows() for test in row.tests}
    assert sorted(f"{path}::{name}" for path, name in named if name not in functions(path)) == []
    leftovers = {row.id: _TEST.sub("", row.shown).strip(" ,") for row in rows()}
    allowed = {"", "–", "walked in the demo story"}
    assert {key: rest for key, rest in leftovers.items() if rest not in allowed} == {}


def test_what_is_done_is_shown_and_what_is_not_says_what_is_missing() -> None:
    for row in rows():
        assert row.state in ("done", "partly", "not yet"), row.id
        assert row.tests or row.state != "done", f"{row.id}: nothing shows it"
        assert ("Missing:" in row.where) == (row.state != "done"), row.id


def test_the_sums_above_the_tables_are_right() -> None:
    states = [row.state for row in rows()]
    done, partly, not_yet = (states.count(state) for state in ("done", "partly", "not yet"))
    assert f"**{done} done, {partly} partly, {not_yet} not yet.**" in DOCUMENT.read_text("utf-8")


def test_guides_and_commands_that_are_named_exist() -> None:
    text = DOCUMENT.read_text("utf-8")
    guides = {path.name for path in (ROOT / "guides").glob("*.md")}
    assert set(_GUIDE.findall(text)) <= guides
    handlers = (ROOT / "bot" / "handlers").rglob("*.py")
    commands = {name for path in handlers for name in _REGISTERED.findall(path.read_text("utf-8"))}
    assert set(_COMMAND.findall(text)) <= commands


def test_what_the_decree_names_is_counted_from_the_start() -> None:
    """Stall, health record, reports from the scene, citizens' app, public service, Zalo page, visits; not PC-COVID."""
    file = ROOT / "bot" / "features" / "checkins" / "indicators.toml"
    found = {row["ma"]: row.get("dung", True) for row in tomllib.loads(file.read_text("utf-8"))["chi_tieu"]}
    assert all(found[code] for code in ("KT01", "XH01", "CQ07", "CQ06", "CQ02", "CQ05", "CQ08"))
    assert found["XH07"] is False
