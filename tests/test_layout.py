"""Who may import whom, and what no file may say."""

from __future__ import annotations

import ast
import gc
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

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
TOOLS = {".venv", ".learn", ".venv-next", ".tools", ".docs", ".sbom", ".compare", ".s3", ".mutants", "node_modules"}
TOP = {
    ".ci",
    ".dockerignore",
    ".editorconfig",
    ".gitignore",
    ".pre-commit-config.yaml",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "SECURITY.md",
    "babel.cfg",
    "benchmarks",
    "bot",
    "bot.lock",
    "constraints.txt",
    "docs",
    "examples",
    "guides",
    "mkdocs.yml",
    "packaging",
    "pyproject.toml",
    "requirements",
    "supply",
    "tests",
    "tools",
}
LEFT_OUT = {".git", *TOOLS, "__pycache__", ".hypothesis", ".bench", "data", "build", "dist", "site"}


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name in LEFT_OUT or path.name.endswith("_cache"):
            continue
        if path.is_dir():
            yield from _files(path)
        elif path.suffix in TEXTS and b"\0" not in path.read_bytes():
            yield path


@pytest.fixture(scope="module", autouse=True)
def trees_are_no_garbage() -> Iterator[None]:
    """Files are parsed once for all tests here; to look for garbage among a million nodes takes longer than that."""
    gc.disable()
    yield
    for known in (_tree, _nodes, _imports):
        known.cache_clear()
    gc.enable()


@cache
def _tree(path: Path) -> ast.Module:
    """Parse a file; nobody changes what comes of it."""
    return ast.parse(path.read_text("utf-8"))


@cache
def _nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(_tree(path)))


@cache
def _imports(path: Path) -> frozenset[str]:
    """Every module that a file names in an import, the names of `from package import name` included."""
    found: set[str] = set()
    for node in _nodes(path):
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
        if path.suffix == ".py" and {"bot.assembly.app", "bot.cli.parser"} & _imports(path)
    }
    assert knows_app <= {
        "bot/cli/parser.py",
        "bot/cli/commands.py",
        "bot/cli/office.py",
        "bot/cli/guides.py",
        "bot/cli/programs.py",
        "bot/cli/voice.py",
        "bot/__main__.py",
    }


def test_the_core_needs_nothing_but_python() -> None:
    foreign = {
        name
        for path in (ROOT / "bot" / "core").rglob("*.py")
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
    assert all(name.startswith("platforms/telegram/") for name in importers)


def test_no_messenger_s_name_is_a_word_of_the_code_outside_its_adapter() -> None:
    """Labels for people may name a messenger, code may not decide by one."""
    names = {"telegram", "zalo", "zalo_oa", "gapo", "web", "console", "line_oa", "whatsapp"}
    allowed = {"platforms", "locales", "_guides"}
    named = {
        f"{path.relative_to(ROOT)}: {node.value}"
        for path in _files(ROOT / "bot")
        if path.suffix == ".py" and path.relative_to(ROOT / "bot").parts[0] not in allowed
        for node in _nodes(path)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.lower() in names
    }
    # What runs when nothing is set is the web chat, and the demo is made of it.
    assert named <= {
        "bot/settings.py: web", "bot/cli/commands.py: web", "bot/framework/app.py: web"
    }  # fmt: skip


def test_a_folder_is_small_enough_to_be_taken_in_at_a_glance() -> None:
    modules = Counter(path.parent for path in (ROOT / "bot").rglob("*.py") if path.name != "__init__.py")
    assert {str(folder.relative_to(ROOT)): count for folder, count in modules.items() if count > 25} == {}


_RIDDLE = re.compile(r"(What|Who|Whom|Whoever|Where|Nobody|Somebody|That)\b")


def _definitions() -> Iterator[tuple[str, ast.AST]]:
    for path in sorted((ROOT / "bot").rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        for node in _nodes(path):
            yield name, node


def test_no_sentence_of_a_docstring_must_be_read_twice() -> None:
    """A sentence that begins with a question word, and asks nothing, hides its subject until its end."""
    found = [
        f"{name}: {sentence}"
        for name, node in _definitions()
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        for sentence in re.split(r"(?<=[.:;])\s+", ast.get_docstring(node) or "")
        if _RIDDLE.match(sentence)
    ]
    assert found == []


_ROOMS = ("core", "features", "handlers")
_OLD_WORDS = {"talk", "holding", "holdings", "lane", "lanes", "said", "spoken", "strays"}
"""Words of our own that have a usual one: service, conversation, personal table, queue, answer, reply."""
_OLD_ENDINGS = ("Desk", "Talk", "Letters", "Post", "Book")
_USUAL = {"small_talk", "SmallTalkConversation"}
"""A small talk is what everybody calls it."""


def _public_classes() -> Iterator[tuple[str, str]]:
    for room in _ROOMS:
        for path in sorted((ROOT / "bot" / room).rglob("*.py")):
            if path.name != "tables.py" and path.parent.name != "migrations":
                for node in _tree(path).body:
                    if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                        yield node.name, path.relative_to(ROOT).as_posix()


def test_one_class_name_means_one_thing() -> None:
    """Tables and migrations are left out: a row may be called what it is a row of, and Tortoise wants `Migration`."""
    homes: dict[str, list[str]] = {}
    for name, home in _public_classes():
        homes.setdefault(name, []).append(home)
    assert {name: found for name, found in homes.items() if len(found) > 1} == {}


def _names(node: ast.AST) -> Iterator[str]:
    """Yield the names that a node of the syntax tree gives to things."""
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        yield node.name
    elif isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
        yield node.attr
    elif isinstance(node, ast.alias):
        yield node.asname or node.name.rpartition(".")[2]


def _words(name: str) -> set[str]:
    return set(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().split("_"))


def test_no_word_of_our_own_stands_where_the_field_has_one() -> None:
    found = {
        f"{path.relative_to(ROOT).as_posix()}: {name}"
        for room in _ROOMS
        for path in sorted((ROOT / "bot" / room).rglob("*.py"))
        for node in _nodes(path)
        for name in (path.stem, *_names(node))
        if name not in _USUAL and _words(name) & _OLD_WORDS
    }
    assert found | {f"{home}: {name}" for name, home in _public_classes() if name.endswith(_OLD_ENDINGS)} == set()


def test_a_function_is_seen_at_once() -> None:
    tall = {
        f"{name}: {node.name}": lines
        for name, node in _definitions()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > 60
    }
    assert tall == {}


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


def test_features_take_their_zone_and_their_days_from_the_calendar() -> None:
    """Told in two places, a day begins at two moments."""
    by_hand = re.compile(r"ZoneInfo\(|astimezone\(VIETNAM\)\.date\(\)|combine\(.*, VIETNAM\)\.astimezone\(UTC\)")
    assert [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in _files(ROOT / "bot" / "features")
        if path.suffix == ".py" and path.parts[-2:] != ("calendar", "vietnam.py")
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if by_hand.search(line)
    ] == []


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    machine = re.compile(r"(?<!\w)/(?:work|home|Users|root)/|\.\./" + "shared" + r"|[A-Z]:\\Users")
    assert [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
        for path in _files(ROOT)
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if machine.search(line)
    ] == []


def test_nothing_that_a_run_leaves_behind_is_kept_at_the_top() -> None:
    """Keep what a program wrote into the checkout (a database, a key, a log) out of it."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout")
    kept = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True)
    assert {name.split("/")[0] for name in kept.stdout.split("\0") if name} <= TOP


def test_no_two_test_files_share_a_name() -> None:
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert sorted(name for name in set(names) if names.count(name) > 1) == []


def test_every_folder_of_tests_is_a_package() -> None:
    folders = {path.parent for path in (ROOT / "tests").rglob("test_*.py")}
    assert [folder for folder in folders if not (folder / "__init__.py").exists()] == []
