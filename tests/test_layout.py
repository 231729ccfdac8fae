"""Who may import whom, and what no file may say."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
TEXTS = {
    ".py",
    ".md",
    ".toml",
    ".txt",
    ".cfg",
    ".yml",
    ".yaml",
    ".json",
    ".js",
    ".css",
    ".html",
    ".po",
    ".tsv",
    ".svg",
    ".sh",
    "",
}
LEFT_OUT = {".git", ".venv", "node_modules", "__pycache__", ".hypothesis", ".bench", "data", "build", "dist"}


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name in LEFT_OUT or path.name.endswith("_cache"):
            continue
        if path.is_dir():
            yield from _files(path)
        elif path.suffix in TEXTS and b"\0" not in path.read_bytes():
            yield path


@cache
def _imports(path: Path) -> frozenset[str]:
    """Every module that a file names in an import, the names of `from package import name` included."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset(found)


def test_the_contracts_of_the_layout_are_kept() -> None:
    # In a process of its own: the linter sets up logging and would silence every logger of this one.
    code = (
        'import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports("pyproject.toml", no_cache=True))'
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_application_is_known_to_its_commands_alone() -> None:
    knows_app = {
        path.relative_to(ROOT).as_posix()
        for path in _files(ROOT / "bot")
        if path.suffix == ".py" and {"bot.app", "bot.cli"} & _imports(path)
    }
    assert knows_app <= {
        "bot/cli.py",
        "bot/commands.py",
        "bot/office_commands.py",
        "bot/guide_commands.py",
        "bot/__main__.py",
    }


def test_the_core_needs_nothing_but_python() -> None:
    foreign = {
        name
        for path in (ROOT / "bot" / "core").glob("*.py")
        for name in _imports(path)
        if name.partition(".")[0] in {"aiogram", "aiohttp", "tortoise", "pydantic", "babel", "yaml", "asyncpg", "bot"}
        and not name.startswith("bot.core")
    }
    assert foreign <= {"bot"}


def test_telegram_s_library_is_imported_by_its_adapter_alone() -> None:
    importers = {
        path.relative_to(ROOT / "bot").as_posix()
        for path in _files(ROOT / "bot")
        if path.suffix == ".py" and any(name.partition(".")[0] == "aiogram" for name in _imports(path))
    }
    assert all(name.startswith(("platforms/telegram", "platforms/_telegram")) for name in importers)


def test_no_messenger_s_name_is_a_word_of_the_code_outside_its_adapter() -> None:
    """Labels for people may name a messenger, code may not decide by one."""
    names = {"telegram", "zalo", "zalo_oa", "gapo", "web", "console"}
    allowed = {"platforms", "locales", "_guides"}
    named = {
        f"{path.relative_to(ROOT)}: {node.value}"
        for path in _files(ROOT / "bot")
        if path.suffix == ".py" and path.relative_to(ROOT / "bot").parts[0] not in allowed
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.lower() in names
    }
    # What runs when nothing is set is the web chat, and the demo is made of it.
    assert named <= {"bot/settings.py: web", "bot/parts.py: web", "bot/commands.py: web"}


def test_no_day_is_that_of_greenwich() -> None:
    """Until seven in the morning it is still yesterday there: a commune that begins today would not exist yet."""
    taken = re.compile(r"\b(now|\w+_at)\.date\(\)")
    assert [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in _files(ROOT / "bot")
        if path.suffix == ".py"
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if taken.search(line)
    ] == []


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    machine = re.compile(r"(?<!\w)/(?:work|home|Users|root)/|\.\./" + "shared" + r"|[A-Z]:\\Users")
    assert [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
        for path in _files(ROOT)
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if machine.search(line)
    ] == []


def test_no_two_test_files_share_a_name() -> None:
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert sorted(name for name in set(names) if names.count(name) > 1) == []


def test_every_folder_of_tests_is_a_package() -> None:
    folders = {path.parent for path in (ROOT / "tests").rglob("test_*.py")}
    assert [folder for folder in folders if not (folder / "__init__.py").exists()] == []
