"""A start takes the guides, their search and the translations as they were read the last time, if nothing changed."""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

import bot
from bot.assembly import kept_content
from bot.assembly.installation import read_content
from bot.features.guides import library
from bot.features.search.index import IndexEntry
from bot.handlers.kit.base import Content
from bot.settings import Settings
from tests.handlers.upkeep_world import FRESH, GUIDE

NAME = "cai-ung-dung.md"


@dataclass
class Start:
    """A bot with one guide of its own, which counts how often its guides are parsed."""

    guides: Path
    data: Path
    parsed: int = 0

    @property
    def file(self) -> Path:
        return self.data / kept_content.FILE

    def again(self) -> Content:
        return read_content(Settings(guides_dir=self.guides, data_dir=self.data), keep=True)

    def elsewhere(self, name: str) -> Content:
        """Start a demo with a new data folder."""
        folder = self.data / name
        folder.mkdir()
        return read_content(Settings(guides_dir=self.guides, data_dir=folder), keep=True, by_program=True)


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Start:
    made = Start(tmp_path / "guides", tmp_path / "data")
    for folder in (made.guides, made.data):
        folder.mkdir()
    (made.guides / NAME).write_text(GUIDE, "utf-8")
    load = library.load

    def counting(folder: Path, **named: object) -> library.Library:
        made.parsed += 1
        return load(folder, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(library, "load", counting)
    return made


def shown(content: Content) -> tuple[object, ...]:
    found = content.index.find("ứng dụng")
    words = content.catalogues.translate("en", "Về menu", "button")
    return list(content.guides), found, words, content.guides.files == content.guides.guides


def test_the_second_start_parses_nothing_and_says_the_same(start: Start) -> None:
    first, second = start.again(), start.again()
    assert start.parsed == 1
    assert shown(first) == shown(second)
    assert next(iter(second.guides)).title == "Cài ứng dụng"


def test_whatever_changed_is_read_anew(start: Start) -> None:
    start.again()
    (start.guides / NAME).write_text(FRESH, "utf-8")
    assert next(iter(start.again().guides)).title == "Chụp màn hình"
    (start.guides / "bai-moi.md").write_text(GUIDE, "utf-8")
    assert len(start.again().guides) == 2
    (start.guides / NAME).unlink()
    assert len(start.again().guides) == 1
    assert start.parsed == 4


def test_new_code_reads_anew(start: Start, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    start.again()
    code = tmp_path / "code.py"
    code.write_text("1")
    monkeypatch.setattr(kept_content, "_CODE", (str(code),))
    start.again()
    start.again()
    code.write_text("2")
    start.again()
    assert start.parsed == 3


@pytest.mark.parametrize("cut", [0, 10, 40, 100, -1])
def test_a_damaged_file_is_read_anew(start: Start, cut: int) -> None:
    expected = shown(start.again())
    start.file.write_bytes(start.file.read_bytes()[:cut])
    assert shown(start.again()) == expected
    assert start.parsed == 2


class _Runs:
    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (self.command,)


def test_what_somebody_put_there_is_not_run(start: Start, tmp_path: Path) -> None:
    """Mechanism: only plain values of named kinds are taken from the file."""
    expected, trace = shown(start.again()), tmp_path / "was-run"
    body = pickle.dumps(_Runs(f"touch {trace}"))
    start.file.write_bytes(start.file.read_bytes()[:32] + hashlib.sha256(body).digest() + body)
    assert shown(start.again()) == expected
    assert not trace.exists()


def test_a_folder_that_takes_no_file_stops_nobody(start: Start) -> None:
    start.file.mkdir()
    assert shown(start.again()) == shown(start.again())
    assert sorted(path.name for path in start.data.iterdir()) == [kept_content.FILE]


def test_a_start_opens_no_guide_and_no_other_language_until_somebody_reads(start: Start) -> None:
    start.again()
    second = start.again()
    guides, english = second.guides.files, second.catalogues.finished["en"]
    assert isinstance(guides, kept_content.PackedGuides)
    assert len(second.guides) == 1
    assert "_guides" not in vars(guides)
    assert "_known" not in vars(english)
    assert second.guides.get("cai-ung-dung") is not None
    assert "_guides" in vars(guides)


def test_a_start_reads_nothing_of_the_search_until_somebody_searches(start: Start) -> None:
    start.again()
    index = start.again().index
    assert "_words" not in vars(index)
    assert [hit.slug for hit in index.find("ứng dụng")] == ["cai-ung-dung"]
    assert "_packed" not in vars(index)


def test_an_index_in_which_somebody_has_searched_can_be_packed(start: Start) -> None:
    index = start.again().index
    found = index.find("ứng dụng")
    assert found
    assert kept_content.PackedIndex(index).find("ứng dụng") == found


def test_an_index_that_is_built_anew_before_anybody_searched_forgets_what_was_kept(start: Start) -> None:
    start.again()
    index = start.again().index
    index.build([IndexEntry("chup", "Chụp màn hình", (), (), "")])
    assert [hit.slug for hit in index.find("chụp màn hình")] == ["chup"]
    assert index.find("ứng dụng") == []
    assert "_packed" not in vars(index)


@pytest.fixture
def compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which Python keeps the program's compiled modules."""
    folder = tmp_path / "__pycache__"
    folder.mkdir()
    monkeypatch.setattr(bot.__spec__, "cached", str(folder / "__init__.pyc"))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    return folder


def test_a_demo_with_a_new_folder_finds_what_one_before_it_read(start: Start, compiled: Path) -> None:
    """Mechanism: of a new folder all guides would be parsed and checked, half of a demo's start."""
    first, second = start.elsewhere("one"), start.elsewhere("other")
    assert start.parsed == 1
    assert shown(first) == shown(second)
    (start.guides / NAME).write_text(FRESH, "utf-8")
    assert next(iter(start.elsewhere("third").guides)).title == "Chụp màn hình"
    (compiled / kept_content.FILE).write_bytes(b"cut off")
    assert next(iter(start.elsewhere("fourth").guides)).title == "Chụp màn hình"
    assert start.parsed == 3


def test_a_commune_keeps_it_in_its_data_folder_alone(start: Start, compiled: Path) -> None:
    start.again()
    assert list(compiled.iterdir()) == []
    start.elsewhere("demo")
    start.file.unlink()
    start.again()
    assert start.parsed == 3


def test_where_python_keeps_nothing_neither_does_a_demo(
    start: Start, compiled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    start.elsewhere("one")
    start.elsewhere("other")
    assert start.parsed == 2
    assert list(compiled.iterdir()) == []
