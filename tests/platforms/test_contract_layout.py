"""Platforms stay where they belong: one file adds one, and no other code knows its name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
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
    sizes = {path.name: len(path.read_text("utf-8").splitlines()) for path in (BOT / "platforms").rglob("*.py")}
    assert {name: lines for name, lines in sizes.items() if lines > 310} == {}


def test_a_platform_that_does_not_exist_stops_the_start() -> None:
    with pytest.raises(SettingsError, match="BOT_PLATFORMS: no platform is called 'fax'"):
        bot.platforms.load("fax")


VENDORS = ("telegram", "zalo", "gapo", "mocha", "lotus")
"""Names that may not even be part of a text."""
MODULES = frozenset(path.stem for path in (BOT / "platforms").iterdir() if not path.name.startswith("_"))
"""Names of our adapters: as a whole text they would be a comparison with a platform's name."""


def literals(source: str) -> Iterator[tuple[int, str]]:
    """Line and text of every string in the code; what explains the code (docstrings) is not code."""
    tree = ast.parse(source)
    explanations = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in explanations:
            yield node.lineno, node.value


def names_a_platform(text: str) -> bool:
    return text in MODULES or any(vendor in text.lower() for vendor in VENDORS)


@pytest.mark.parametrize("folder", ["core", "features", "handlers"])
def test_no_platform_is_named_in_the_code_of(folder: str) -> None:
    files = sorted((BOT / folder).rglob("*.py"))
    assert files
    found = [
        f"{path.relative_to(BOT)}:{line}: {text[:60]!r}"
        for path in files
        for line, text in literals(path.read_text(encoding="utf-8"))
        if names_a_platform(text)
    ]
    assert found == []


def test_the_search_for_names_finds_them() -> None:
    source = '"""Zalo."""\nif chat.platform == "web": pass\nx = f"Mở Zalo {y}"\nz = "một website"\n'
    assert [line for line, text in literals(source) if names_a_platform(text)] == [2, 3]
    assert {"telegram", "zalo", "console", "web", "bridge"} <= MODULES
