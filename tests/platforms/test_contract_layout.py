"""Platforms stay where they belong: its own files add one or take it away, and no other code knows its name."""

from __future__ import annotations

import ast
import tokenize
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest

import bot.platforms
from bot.settings import SettingsError, load, options
from tests.kit import make_kit

BOT = Path(bot.platforms.__file__).parent.parent


def test_a_new_adapter_is_found_by_its_name_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One file and BOT_PLATFORMS: no list, no enum and no edit anywhere else."""
    (tmp_path / "bo_dam.py").write_text(
        "from bot.core.platform import Budget, Capabilities\n"
        "class BoDam:\n"
        "    name = 'bo_dam'\n"
        "    capabilities = {'private': Capabilities(text_limit=160)}\n"
        "    budget = Budget(per_second=1)\n"
        "    def __init__(self, kit): self.channel = kit.options['channel']\n"
        "def create(kit): return BoDam(kit)\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(bot.platforms, "__path__", [*bot.platforms.__path__, str(tmp_path)])
    environ = {"BOT_PLATFORMS": "bo_dam", "BOT_BO_DAM_CHANNEL": "7"}
    settings = load(environ, ("bo_dam",))
    [platform] = [
        bot.platforms.load(name).create(make_kit(options(environ, name), settings=settings))
        for name in settings.platforms
    ]
    assert platform.name == "bo_dam"
    assert platform.capabilities["private"].text_limit == 160


def test_every_file_of_an_adapter_can_be_read_in_one_go() -> None:
    files = sorted((BOT / "platforms").rglob("*.py"))
    sizes = {path.relative_to(BOT).as_posix(): len(path.read_text("utf-8").splitlines()) for path in files}
    assert {name: lines for name, lines in sizes.items() if lines > 310} == {}


def test_a_platform_that_does_not_exist_stops_the_start() -> None:
    with pytest.raises(SettingsError, match="BOT_PLATFORMS: there is no messenger called 'fax'"):
        bot.platforms.load("fax")


SMALL = ("line_oa", "whatsapp", "matrix")
"""Adapters that were built to see what the kit is worth."""
MOST_LINES = 320


@pytest.mark.parametrize("adapter", SMALL)
def test_the_kit_leaves_little_for_an_adapter_to_say(adapter: str) -> None:
    """Lines of code in its folder: neither empty, nor comment, nor docstring."""
    files = sorted((BOT / "platforms" / adapter).glob("*.py"))
    assert 0 < sum(lines_of_code(path) for path in files) <= MOST_LINES


def lines_of_code(path: Path) -> int:
    tree = ast.parse(path.read_text("utf-8"))
    said: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            said |= {*range(node.lineno, (node.end_lineno or node.lineno) + 1)}
    counted: set[int] = set()
    with path.open("rb") as file:
        for token in tokenize.tokenize(file.readline):
            if token.type not in _NO_CODE:
                counted |= {*range(token.start[0], token.end[0] + 1)}
    return len(counted - said)


_NO_CODE = frozenset((
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING,
    tokenize.ENDMARKER,
))  # fmt: skip


def test_lines_of_code_are_counted_without_what_explains_them(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text('"""Two\nlines."""\n\nx = (\n    1,\n)  # one\n# none\ndef f():\n    """No."""\n    return x\n')
    assert lines_of_code(path) == 5


VENDORS = ("telegram", "zalo", "gapo", "mocha", "lotus", "whatsapp")
"""Names that may not even be part of a text."""
MODULES = frozenset(path.name for path in (BOT / "platforms").iterdir() if not path.name.startswith("_"))
"""Names of our adapters: as a whole text they would be a comparison with a platform's name."""


@cache
def strings_and_imports(source: str) -> tuple[Sequence[tuple[int, str]], Sequence[ast.Import | ast.ImportFrom]]:
    """Line and text of every string in the code, without what explains the code (docstrings), and all its imports.

    Kept, for several tests ask it of every file.
    """
    nodes = list(ast.walk(ast.parse(source)))
    explanations = {
        id(node.value) for node in nodes if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    strings = [
        (node.lineno, node.value)
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in explanations
    ]
    return strings, [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]


def literals(source: str) -> Sequence[tuple[int, str]]:
    return strings_and_imports(source)[0]


def names_a_platform(text: str) -> bool:
    return text in MODULES or any(vendor in text.lower() for vendor in VENDORS)


NAMED_TO_PEOPLE = {
    "handlers/announcements/first_day.py": "what villages call the group that they have",
    "handlers/announcements/relay_wording.py": "the same",
    "handlers/announcements/oa_articles.py": "posted by hand, in that vendor's own manager",
    "features/founding/questions.py": "the set-up asks whether villages have groups there, and for the token",
}
"""Texts that must name a vendor; the code beside them asks for none."""
KEYS_OF_ANSWERS = {"features/founding/questions.py": {"cach_zalo", "ma_zalo"}}
"""Names of answers in a file that a person writes for the set-up."""


OWN = {"features/desk/sessions.py": "workdesk"}
"""No messenger but our own pages: accounts of officials on them, which their feature makes."""


@pytest.mark.parametrize("folder", ["core", "features", "handlers", "testing"])
def test_no_platform_is_named_in_the_code_of(folder: str) -> None:
    files = sorted((BOT / folder).rglob("*.py"))
    assert files
    found = [
        f"{path.relative_to(BOT)}:{line}: {text[:60]!r}"
        for path in files
        for line, text in literals(path.read_text(encoding="utf-8"))
        if names_a_platform(text)
        and not (path.relative_to(BOT).as_posix() in NAMED_TO_PEOPLE and text not in MODULES and " " in text)
        and OWN.get(path.relative_to(BOT).as_posix()) != text
        and text not in KEYS_OF_ANSWERS.get(path.relative_to(BOT).as_posix(), ())
    ]
    assert found == []


def test_the_search_for_names_finds_them() -> None:
    source = '"""Zalo."""\nif chat.platform == "web": pass\nx = f"Mở Zalo {y}"\nz = "một website"\n'
    assert [line for line, text in literals(source) if names_a_platform(text)] == [2, 3]
    assert {"telegram", "zalo", "console", "web", "bridge"} <= MODULES


SHARED = "_shared"
"""What is not one adapter's alone. Every other folder belongs to the adapter whose name it has."""
NAMED_OUTSIDE = {
    "web": {
        "bot/assembly/demo.py": "the demo's stage is made of it",
        "bot/assembly/parts.py": "the demo's visitors can be anybody",
        "bot/cli/commands.py": "the demo runs on it",
        "bot/settings.py": "it runs when no messenger is set",
        "bot/framework/app.py": "it runs when an app names no messenger",
        "bot/assembly/desk.py": "who may open a socket or a session from a page is asked in one place",
        "bot/platforms/workdesk/adapter.py": "it is a web chat that stands on other pages",
    },
    "matrix": {"bot/features/rights/__init__.py": "the table of rights is called so, and no messenger"},
    "workdesk": {
        "bot/features/desk/sessions.py": "the accounts of who signs in",
        "bot/assembly/desk.py": "joins the pages with their conversation",
    },
}
"""All code outside of platforms/, tests/ and docs/ that names an adapter, and why it must."""


@pytest.mark.parametrize("adapter", sorted(MODULES))
def test_an_adapter_is_made_of_its_own_files_and_named_nowhere_else(adapter: str) -> None:
    """So that adding it touched platforms/, tests and docs, and taking it away breaks nothing."""
    own = f"bot/platforms/{adapter}/"
    named = {
        name
        for path in sorted(BOT.rglob("*.py"))
        if not (name := path.relative_to(BOT.parent).as_posix()).startswith(own)
        and names_adapter(path.read_text("utf-8"), path, adapter)
    }
    assert named == set(NAMED_OUTSIDE.get(adapter, {}))


def test_every_messenger_has_a_folder_of_its_own() -> None:
    found = {path.name for path in (BOT / "platforms").iterdir() if path.name != "__pycache__"}
    assert found - MODULES == {"__init__.py", SHARED}
    assert {name for name in MODULES if not (BOT / "platforms" / name / "__init__.py").exists()} == set()


def names_adapter(source: str, path: Path, adapter: str) -> bool:
    """Whether the code says an adapter's name as a whole text, or imports one of its modules."""
    return adapter in names_in(source, path)


@cache
def names_in(source: str, path: Path) -> frozenset[str]:
    """Texts of the code, and adapters whose modules it imports; kept, for every adapter asks it of every file."""
    strings, imports = strings_and_imports(source)
    texts = {text.lower() for _, text in strings}
    return frozenset(texts | set(imported_platforms(imports, path)))


def imported_platforms(imports: Iterable[ast.Import | ast.ImportFrom], path: Path) -> Iterator[str]:
    """The modules of platforms/ that a file imports, by their names there."""
    package = ["bot", *path.relative_to(BOT).parts[:-1]]
    for node in imports:
        if isinstance(node, ast.Import):
            dotted = [alias.name.split(".") for alias in node.names]
        else:
            base = package[: len(package) - node.level + 1] if node.level else []
            module = base + (node.module or "").split(".") if node.module else base
            dotted = [[*module, alias.name] for alias in node.names]
        yield from (parts[2] for parts in dotted if parts[:2] == ["bot", "platforms"] and len(parts) > 2)


def test_the_search_for_an_adapter_finds_each_way_to_name_it() -> None:
    here = BOT / "platforms" / "gapo" / "adapter.py"
    for source in (
        "import bot.platforms.zalo",
        "from bot.platforms import zalo",
        "from bot.platforms.zalo.wire import parse",
        "from ..zalo.wire import parse",
        "from .. import zalo",
        "x = chat.platform == 'Zalo'",
    ):
        assert names_adapter(source, here, "zalo"), source
    web = BOT / "platforms" / "web" / "line.py"
    for source, path in (
        ("from bot.platforms.zalo_oa.wire import x", here),
        ("from bot.platforms._shared.http import read", here),
        ("from .zalo import parse", web),
    ):
        assert not names_adapter(source, path, "zalo")
