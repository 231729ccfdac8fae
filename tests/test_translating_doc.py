"""The page about translating says what is so: its paths exist, its masks find the catalogues, a new language begins."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from bot.i18n import FOLDER, NAMES, SOURCE, update
from bot.po import read_catalogue

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "translating.md").read_text("utf-8")


def row(name: str) -> list[str]:
    """The cells of a setting, one for each component."""
    (line,) = re.findall(rf"^\| {re.escape(name)} \|(.*)\|$", PAGE, re.MULTILINE)
    return [cell.strip().strip("`") for cell in line.split(" | ")]


def test_every_path_that_it_names_exists() -> None:
    paths = re.findall(r"`((?:bot|docs|guides)/[^`*]+)`", PAGE)
    assert len(paths) >= 3
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_the_masks_find_every_catalogue_and_nothing_else() -> None:
    found = {path for mask in row("File mask") for path in ROOT.glob(mask)}
    assert found == set(FOLDER.rglob("*.po"))


def test_the_filter_takes_every_language_but_the_source() -> None:
    *of_ours, of_core = row("Language filter")
    for pattern in of_ours:
        assert [code for code in NAMES if not re.search(pattern, code)] == [SOURCE]
    assert [code for code in NAMES if not re.search(of_core, code)] == []


def test_what_it_says_of_the_contexts_is_so() -> None:
    messages = read_catalogue(FOLDER / "en" / "LC_MESSAGES" / "messages.po")
    guides = read_catalogue(FOLDER / "en" / "LC_MESSAGES" / "guides.po")
    assert {one.context for one in messages if one.id} == {None}
    slugs = {path.stem for path in (ROOT / "guides").glob("*.md")}
    assert {str(one.context).partition("/")[0] for one in guides if one.id} <= slugs


def test_no_template_is_kept() -> None:
    assert list(ROOT.glob("bot/**/*.pot")) == []
    assert set(row("Template for new translations")) == {"empty"}


def test_a_new_language_begins_as_it_says(tmp_path: Path) -> None:
    (script,) = re.findall(r"```\n(mkdir.*?)```", PAGE, re.DOTALL)
    lines = script.replace("python -m bot.i18n update", "true")
    subprocess.run(["bash", "-euc", lines], cwd=tmp_path, check=True)
    folder = tmp_path / "bot" / "locales"
    assert len(update(ROOT, folder)) == 3
    for name in ("messages", "guides", "core"):
        made = read_catalogue(folder / "km" / "LC_MESSAGES" / f"{name}.po")
        english = read_catalogue(FOLDER / "en" / "LC_MESSAGES" / f"{name}.po")
        assert {(one.context, one.id) for one in english} <= {(one.context, one.id) for one in made}
