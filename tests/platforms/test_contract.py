"""The contract of adapters itself: what it demands of a rig, and that a foreign repository runs it with one line."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.core.lean.values import replace
from bot.testing.checking import Item, Scene
from bot.testing.rig import Case
from bot.testing.suite import all_checks, items
from bot.testing.suite.failing import the_rig_breaks_and_does_all_that_there_is
from examples import letters_rig
from tests.platforms.rigs import shipped

ROOT = Path(__file__).parents[2]
SHIPPED: Sequence[Case] = shipped()
[LETTERS] = letters_rig.CASES
LOST_ANSWERS = ("half an answer", "dropped after acceptance")


def test_each_adapter_has_a_contract_and_each_check_an_adapter() -> None:
    folders = {path.name for path in (ROOT / "bot" / "platforms").iterdir() if not path.name.startswith("_")}
    # The officials' desk is the web chat's adapter below other pages, which tests/office/desk holds.
    assert {case.adapter for case in SHIPPED} == folders - {"workdesk"}
    held = {item.check.name for case in SHIPPED for item in items(case)}
    assert {check.name for check in all_checks()} - held == set()


@pytest.mark.parametrize(
    "item",
    [
        pytest.param(item, id=item.name)
        for case in SHIPPED
        for item in items(case)
        if item.fault in LOST_ANSWERS and not case.parts
    ],
)
@pytest.mark.fault(3, "an answer of each messenger that is lost or half, over real HTTP")
async def test_every_lost_answer_of_a_vendor_is_a_decision_after_one_call(item: Item) -> None:
    await item.run()


async def test_a_control_that_is_missing_and_not_excused_fails_the_contract() -> None:
    """Else a rig that does nothing would be an adapter that keeps everything."""
    lacks = {name: why for name, why in LETTERS.lacks.items() if name != "edits"}
    case = replace(LETTERS, lacks=lacks)
    async with case.open() as rig:
        with pytest.raises(AssertionError, match="edits"):
            await the_rig_breaks_and_does_all_that_there_is(Scene(case, rig, "private"))


CONFTEST = 'pytest_plugins = ["bot.testing.contract"]\n'
RIG = "from examples.letters_rig import CASES\n"
BROKEN = """\
from contextlib import asynccontextmanager
from bot.core.lean.values import replace

from examples import adapter, letters_rig

class Forgetful(letters_rig.Watched):
    async def send(self, chat, message, **more):
        return await super().send(replace(chat, id="everybody"), message, **more)

@asynccontextmanager
async def letters():
    letters_rig.Watched, kept = Forgetful, letters_rig.Watched
    try:
        async with letters_rig.letters() as rig:
            yield rig
    finally:
        letters_rig.Watched = kept

CASES = (replace(letters_rig.CASES[0], name="forgetful", platform="letters", open=letters),)
"""


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {"PYTHONPATH": f"{folder}:{ROOT}", "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run([sys.executable, *arguments], cwd=folder, env=environ, capture_output=True, text=True)


def test_a_foreign_repository_runs_it_with_one_line(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "letters_rig.py").write_text(RIG)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    ran = _run(tmp_path, "-m", "pytest", "-q", "-p", "no:cacheprovider", ".")
    assert ran.returncode == 0, ran.stdout
    assert f"{len(items(LETTERS))} passed" in ran.stdout


def test_the_command_tells_what_an_adapter_keeps_and_what_not(tmp_path: Path) -> None:
    """The first is the example, the second one that is broken on purpose: it writes to everybody."""
    kept = _run(ROOT, "-m", "bot", "adapter-check", "examples.letters_rig")
    assert kept.returncode == 0, kept.stdout + kept.stderr
    assert "✓ giữ đủ" in kept.stdout
    assert "| `letters` | riêng | 10000 | số | – | – | – | đường dẫn | đường dẫn | mọi tin |" in kept.stdout
    assert "| `letters` | ✓ | ✓ | – | – | – | ✓ | ✓ |" in kept.stdout
    (tmp_path / "broken_rig.py").write_text(BROKEN)
    broken = _run(tmp_path, "-m", "bot", "adapter-check", "broken_rig")
    assert broken.returncode == 1, broken.stdout + broken.stderr
    assert "✗ messages stand in their order in their chat alone" in broken.stdout
    assert "✗ restart in mid-form (private)" in broken.stdout
    assert "| `forgetful` | ✓ | ✓ | – | – | – | ✗ |" in broken.stdout
    nothing = _run(tmp_path, "-m", "bot", "adapter-check", "nowhere")
    assert nothing.returncode == 1
    assert nothing.stderr.count("\n") == 1
