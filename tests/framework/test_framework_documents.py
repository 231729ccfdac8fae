"""What the documents of the framework show is run: each piece of Python, each talk, each command of the quickstart."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest

from bot.framework import App, Unreachable
from bot.framework.testing import PLAIN, RICH, told
from bot.settings import SettingsError
from tests.framework import documents
from tests.framework.documents import Block, Turn

ROOT = Path(__file__).parent.parent.parent
PAGES = ["concepts.md", "guides.md"]
"""Pages of pieces; the quickstart is one program."""
SECTIONS = [
    pytest.param(page, section, id=f"{page.removesuffix('.md')}: {section}")
    for page in PAGES
    for section in dict.fromkeys(block.section for block in documents.blocks(page))
    if section
]
GIVEN = {"told": told, "RICH": RICH, "PLAIN": PLAIN, "pytest": pytest, "Unreachable": Unreachable} | {
    "SettingsError": SettingsError
}
"""What the tests on a page need, beside what the page itself imports."""


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BOT_", "PYTEST_"))}
    return {**kept, "PYTHONPATH": str(ROOT), **more}


@pytest.mark.parametrize(("page", "section"), SECTIONS)
async def test_a_section_s_code_runs_and_its_talks_are_held(page: str, section: str, tmp_path: Path) -> None:
    begins = [block for block in documents.blocks(page) if not block.section]
    names: dict[str, object] = {**GIVEN}
    talks: list[Block] = []
    for block in [*begins, *(one for one in documents.blocks(page) if one.section == section)]:
        if block.kind == "talk":
            talks.append(block)
        elif block.kind == "python" and not block.file:
            exec(compile(block.text, f"{page}: {section}", "exec"), names)  # noqa: S102 - it is ours
    app = names.get("app")
    for block in talks:
        assert isinstance(app, App)
        await _held(app, documents.talk(block.text))
    for name, test in names.items():
        if name.startswith("test_") and inspect.iscoroutinefunction(test):
            await _tested(test, tmp_path)


async def _held(app: App, turns: Sequence[Turn]) -> None:
    async with told(app, PLAIN) as world:
        ann = world.talk("Ann")
        for turn in turns:
            await ann.says(turn.said)
            assert [line for line in ann.heard.splitlines() if line] == turn.answers


async def _tested(test: Callable[..., Awaitable[None]], folder: Path) -> None:
    given = {"environ": {"BOT_PLATFORMS": "web", "BOT_PORT": "0", "BOT_DATA_DIR": str(folder)}}
    await test(**{name: given[name] for name in inspect.signature(test).parameters})


class Project:
    """A folder to which the files of a page are written one by one, and the bot in it as its user starts it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def has(self, block: Block) -> None:
        path = self.folder / block.file
        path.parent.mkdir(exist_ok=True)
        path.write_text(block.text, "utf-8")

    def runs(self, *command: str, words: str = "") -> str:
        done = subprocess.run(
            [sys.executable, *command], cwd=self.folder, env=environment(), input=words, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def holds(self, turns: Sequence[Turn]) -> None:
        """Hold a talk in a terminal, with a kill wherever the page has one."""
        rest, last = list(turns), ""
        while rest:
            end = next((at for at, turn in enumerate(rest) if turn.killed and at), len(rest))
            self._lives(rest[:end], last, killed=end < len(rest))
            rest, last = rest[end:], rest[end - 1].answers[-1]

    def _lives(self, turns: Sequence[Turn], last: str, *, killed: bool) -> None:
        """Start the bot. What it said `last` may come twice: it was killed before it could mark that as sent."""
        with subprocess.Popen(
            [sys.executable, "main.py"], cwd=self.folder, env=environment(), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        ) as bot:  # fmt: skip
            assert bot.stdin is not None
            assert bot.stdout is not None
            for turn in turns:
                bot.stdin.write(f"{turn.said}\n")
                bot.stdin.flush()
                heard: list[str] = []
                while len(heard) < len(turn.answers):
                    line = bot.stdout.readline()
                    assert line, f"the bot ended after {heard}"
                    heard += [line.rstrip("\n")] if line.strip() not in ("", last) else []
                assert heard == turn.answers
            if killed:
                bot.kill()


def test_the_quickstart_is_typed_talked_killed_and_tested(tmp_path: Path) -> None:
    project = Project(tmp_path)
    done = []
    for block in documents.blocks("quickstart.md"):
        if block.kind == "python":
            project.has(block)
        elif block.kind == "talk":
            project.holds(documents.talk(block.text))
            done.append("talk")
        elif block.text == "$ pytest\n":
            assert "2 passed" in project.runs("-m", "pytest", "-q", "-p", "no:cacheprovider")
            done.append("test")
    assert done == ["talk", "talk", "talk", "test"]


def test_the_quickstart_s_bot_is_the_library_that_is_counted() -> None:
    shown = [block.text for block in documents.blocks("quickstart.md") if block.file == "main.py"][-1]
    library = (ROOT / "examples" / "library.py").read_text("utf-8")
    assert shown.partition("\n")[2].strip() == library.partition("\n\n")[2].strip()


def test_tables_of_one_s_own_are_made_as_the_guide_says(tmp_path: Path) -> None:
    project = Project(tmp_path)
    for block in documents.blocks("guides.md"):
        if block.file:
            project.has(block)
    commands = [block.text for block in documents.blocks("guides.md") if "framework.migration" in block.text]
    migration, run = [line.removeprefix("$ python ").split() for line in commands[0].splitlines()]
    assert "0001_initial.py" in project.runs(*migration)
    assert "1 books are lent." in project.runs(*run, words="Dune\n")


def test_each_piece_of_python_is_in_a_test() -> None:
    """A page that is neither the quickstart nor listed here has none."""
    run = {"quickstart.md", *PAGES}
    for page in documents.FOLDER.glob("*.md"):
        kinds = {block.kind for block in documents.blocks(page.name)}
        assert page.name in run or not kinds & {"python", "talk"}, page.name
