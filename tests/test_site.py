"""The site of documents: every page stands in the menu or says why not, and no link leads nowhere. No network.

`make docs` builds it; here is what can be seen without mkdocs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from tools import documents
from tools.decisions import slug

ROOT = Path(__file__).parent.parent
PAGES = sorted((ROOT / "docs").rglob("*.md"))


class Extra(BaseModel):
    left_out: dict[str, str]


class Theme(BaseModel):
    font: bool


class Book(BaseModel):
    """What is read here of `mkdocs.yml`."""

    strict: bool
    theme: Theme
    extra: Extra
    nav: list[object]


class _Loader(yaml.SafeLoader):
    """Reads the file without the library that one of its tags names."""


_Loader.add_multi_constructor("tag:yaml.org,2002:python/", lambda loader, suffix, node: None)


@pytest.fixture(scope="module")
def book() -> Book:
    return Book.model_validate(yaml.load((ROOT / "mkdocs.yml").read_text("utf-8"), _Loader))  # noqa: S506


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("site") / "pages"
    documents.lay_out(made)
    return made


def _in_menu(entries: object) -> Iterator[str]:
    if isinstance(entries, str):
        yield entries
    for entry in entries.values() if isinstance(entries, dict) else entries if isinstance(entries, list) else ():
        yield from _in_menu(entry)


def _anchors(text: str) -> set[str]:
    headings = re.findall(
        r"^#{1,6} (.+)$", re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL), re.MULTILINE
    )
    return {slug(re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", one)) for one in headings}


def test_every_page_of_the_menu_is_there_and_every_document_is_in_the_menu(book: Book, folder: Path) -> None:
    menu = list(_in_menu(book.nav))
    assert len(menu) == len(set(menu)), "a page stands in the menu twice"
    assert [page for page in menu if not (folder / page).is_file()] == []
    left_out = book.extra.left_out
    assert all(left_out.values()), "a page that is left out has a reason"
    assert set(left_out) & set(menu) == set()
    written = {page.relative_to(ROOT / "docs").as_posix() for page in PAGES}
    assert written - set(menu) == set(left_out)


def test_broken_links_fail_and_nothing_is_asked_of_a_host(book: Book) -> None:
    assert book.strict
    assert not book.theme.font
    assert "analytics" not in (ROOT / "mkdocs.yml").read_text("utf-8")
    assert (ROOT / "docs" / "assets" / "iframe-worker.js").is_file(), "else the search is fetched from a host"


def test_every_link_of_every_document_leads_somewhere(folder: Path) -> None:
    """Its heading, too: messages of the bot and people's bookmarks name headings."""
    wrong = []
    for page in sorted(folder.rglob("*.md")):
        text = documents.prose(page.read_text("utf-8"))
        for file, anchor in re.findall(r"\]\(([^)#\s]*)(#[^)\s]*)?\)", text):
            if "://" in file or file.startswith("mailto:"):
                continue
            target = (page.parent / file) if file else page
            if not target.is_file() or (anchor and anchor[1:] not in _anchors(target.read_text("utf-8"))):
                wrong.append(f"{page.relative_to(folder)}: {file}{anchor}")
    assert wrong == []


def test_links_of_the_page_that_github_shows_first_lead_somewhere() -> None:
    for file, anchor in re.findall(r"\]\(([^)#\s]*)(#[^)\s]*)?\)", (ROOT / "README.md").read_text("utf-8")):
        assert (ROOT / file).exists(), file
        assert not anchor or anchor[1:] in _anchors((ROOT / file).read_text("utf-8")), anchor


def test_what_the_bot_s_messages_name_of_the_operations_page_is_there() -> None:
    headings = "\n".join(re.findall(r"^## .+$", (ROOT / "docs" / "operations.md").read_text("utf-8"), re.MULTILINE))
    named = {
        section
        for path in (ROOT / "bot" / "locales" / "vi").rglob("*.po")
        for section in re.findall(r"(?:mục|bảng) (\S+(?: \S+)?) trong docs/operations\.md", path.read_text("utf-8"))
    }
    assert named
    assert [section for section in named if f"## {section}" not in headings] == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[a](../guides/README.md#x)", "[a](guides/README.md#x)"),
        (
            "````\n```x\n[c](gone)\n```\n````\n```` ```b ```` [a](../x.md)",
            "````\n```x\n[c](gone)\n```\n````\n```` ```b ```` [a](x.md)",
        ),
        ("[a](../examples/echo.py)", "[a](examples/echo.py.md)"),
        (
            "[a](https://example.org/x.md) [b](#here) `[c](gone.md)`",
            "[a](https://example.org/x.md) [b](#here) `[c](gone.md)`",
        ),
    ],
)
def test_links_out_of_the_folder_lead_to_pages_of_the_site(before: str, after: str) -> None:
    def changed(link: str) -> str:
        return documents.place(link.removeprefix("../"))

    assert documents.links(before, changed) == after


def test_a_link_to_a_file_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("[b](../gone.md)", "utf-8")
    monkeypatch.setattr(documents, "ROOT", tmp_path)
    with pytest.raises(documents.SiteError, match=r"docs/a\.md links to \.\./gone\.md"):
        documents.lay_out(tmp_path / "pages")
