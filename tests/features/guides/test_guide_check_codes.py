"""Every code of the checker has a folder of guides that breaks exactly this one rule."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pytest

from bot.features.guides.checking.check import Code, GuideFinding, Untranslated, check
from bot.features.guides.model import Guide

FIXTURES = Path(__file__).parent / "fixtures"
TODAY = date(2026, 11, 24)
MADE = {"too-large", "picture-large", "binary-file", "not-utf8"} | {one.ident for one in Code if "AUDIO" in one.name}
"""Codes whose files are too large to keep or no text, which other tools stumble on: the tests write them.

Those of recordings are in test_guide_recordings.
"""

EXPECTED = {
    "not-nfc": "huong-dan.md:16",
    "empty-file": "huong-dan.md:1",
    "bad-slug": "Huong_Dan.md:1",
    "duplicate-slug": "huong-dan.MD:1",
    "nested-file": "trong/khac.md:1",
    "no-front-matter": "huong-dan.md:1",
    "broken-front-matter": "huong-dan.md:2",
    "duplicate-key": "huong-dan.md:12",
    "unknown-key": "huong-dan.md:12",
    "missing-key": "huong-dan.md:1",
    "bad-value": "huong-dan.md:5",
    "bad-redirect": "huong-dan.md:12",
    "no-step": "huong-dan.md:1",
    "before-first-step": "huong-dan.md:14",
    "bad-heading": "huong-dan.md:18",
    "missing-id": "huong-dan.md:18",
    "bad-id": "huong-dan.md:14",
    "duplicate-id": "huong-dan.md:18",
    "long-id": "huong-dan.md:14",
    "raw-html": "huong-dan.md:18",
    "unsupported-block": "huong-dan.md:18",
    "unknown-callout": "huong-dan.md:18",
    "mixed-list": "huong-dan.md:19",
    "dead-link": "huong-dan.md:19",
    "outside-link": "huong-dan.md:19",
    "text-link": "huong-dan.md:18",
    "unreachable-step": "huong-dan.md:20",
    "no-end": "huong-dan.md:14",
    "endless-cycle": "huong-dan.md:19",
    "removed-id": "huong-dan.md:1",
    "removed-guide": ".index.json:1",
    "bad-index": ".index.json:1",
    "too-many-options": "huong-dan.md:30",
    "long-option": "huong-dan.md:18",
    "long-choice": "huong-dan.md:18",
    "empty-option": "huong-dan.md:19",
    "duplicate-option": "huong-dan.md:19",
    "long-text": "huong-dan.md:18",
    "long-step": "huong-dan.md:18",
    "picture-alt": "huong-dan.md:18",
    "picture-missing": "huong-dan.md:18",
    "picture-outside": "huong-dan.md:18",
    "picture-place": "huong-dan.md:18",
    "quiz-answer": "huong-dan.md:18",
    "quiz-choices": "huong-dan.md:18",
    "quiz-explanation": "huong-dan.md:14",
    "quiz-ways": "huong-dan.md:25",
    "long-explanation": "huong-dan.md:22",
    "unknown-host": "huong-dan.md:18",
    "unknown-phone": "huong-dan.md:18",
    "asks-secret": "huong-dan.md:18",
    "long-sentence": "huong-dan.md:18",
    "jargon": "huong-dan.md:18",
    "office-word": "huong-dan.md:18",
    "two-tasks": "huong-dan.md:18",
    "foreign-word": "huong-dan.md:18",
    "same-way": "huong-dan.md:19",
    "crowded-start": "huong-dan.md:14",
    "few-asks": "huong-dan.md:12",
    "asked-twice": "huong-dan.md:43",
    "drawn-line": "huong-dan.md:20",
    "drawn-long": "huong-dan.md:20",
    "drawn-press": "huong-dan.md:20",
    "bad-facts": "facts.toml:1",
    "unknown-fact": "huong-dan.md:18",
    "unused-fact": "facts.toml:1",
    "old-fact": "facts.toml:1",
    "typed-fact": "huong-dan.md:18",
    "scenario-list": "huong-dan.md:20",
    "bad-scenario": "huong-dan.md:20",
    "failing-scenario": "huong-dan.md:20",
    "unverified": "huong-dan.md:5",
    "review-overdue": "huong-dan.md:5",
    "verified-future": "huong-dan.md:5",
    "unknown-owner": "huong-dan.md:4",
    "untranslated": "huong-dan.md:16",
    "fuzzy-translation": "huong-dan.md:16",
}


def found(folder: Path, code: str = "") -> list[GuideFinding]:
    def translations(guide: Guide) -> Iterable[Untranslated]:
        line = next(iter(guide.steps.values())).blocks[0].line
        yield Untranslated(line, "en", fuzzy=code == "fuzzy-translation")

    wanted = translations if code in ("untranslated", "fuzzy-translation") else None
    return check(folder, today=TODAY, translations=wanted)


def test_every_code_has_its_fixture() -> None:
    assert {code.ident for code in Code} == EXPECTED.keys() | MADE
    assert {folder.name for folder in FIXTURES.iterdir()} == EXPECTED.keys()


def test_codes_are_unique_and_say_what_they_mean() -> None:
    assert len({code.ident for code in Code}) == len(list(Code))
    assert all(code.meaning for code in Code)


@pytest.mark.parametrize("code", EXPECTED)
def test_the_fixture_breaks_exactly_its_rule(code: str) -> None:
    folder = FIXTURES / code
    told = {(finding.code, finding.path, finding.line) for finding in found(folder, code)}
    file, line = EXPECTED[code].split(":")
    wanted = {(code, str(folder / file), int(line))}
    if code == "duplicate-slug":
        wanted.add((code, str(folder / "huong-dan.md"), 1))
    assert told == wanted


def test_a_guide_over_one_megabyte_is_refused(tmp_path: Path) -> None:
    (tmp_path / "huong-dan.md").write_text("a" * 1_000_001, encoding="utf-8")
    assert [(one.code, one.line) for one in found(tmp_path)] == [("too-large", 1)]


def test_a_picture_over_one_megabyte_is_refused(tmp_path: Path) -> None:
    shutil.copytree(FIXTURES / "picture-missing", tmp_path, dirs_exist_ok=True)
    (tmp_path / "img").mkdir()
    (tmp_path / "img" / "khong-co.png").write_bytes(b"0" * 1_000_001)
    assert [(one.code, one.line) for one in found(tmp_path)] == [("picture-large", 18)]


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0", ("binary-file", 1)),
        ("Một\nHai".encode("utf-16"), ("not-utf8", 1)),
        (b"---\ntitle: a\nowner: \xff\n", ("not-utf8", 3)),
    ],
)
def test_a_file_that_is_no_utf8_text_is_refused(tmp_path: Path, raw: bytes, wanted: tuple[str, int]) -> None:
    (tmp_path / "huong-dan.md").write_bytes(raw)
    assert [(one.code, one.line) for one in found(tmp_path)] == [wanted]


def test_a_finding_is_one_line_that_an_editor_can_open() -> None:
    [finding] = found(FIXTURES / "dead-link")
    assert str(finding).startswith(f"{FIXTURES}/dead-link/huong-dan.md:19: error: dead-link ")
    assert "\n" not in str(finding)
    assert finding.to_json() == {
        "path": str(FIXTURES / "dead-link" / "huong-dan.md"),
        "line": 19,
        "severity": "error",
        "code": "dead-link",
        "message": finding.message,
    }
