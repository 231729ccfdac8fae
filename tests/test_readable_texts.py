"""All that the bot says can be followed by an old person who hears it read aloud."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from bot.features.guides.checking.readability import faults

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / "bot").glob("**/en/LC_MESSAGES/messages.po"))
MOST = 25
"""Syllables of a sentence: those of officials may be longer than those of guides."""
EXCEPTIONS = {
    "Để làm việc này, Ủy ban nhân dân {commune} cần lưu": "people agreed to these very words",
    "Để {purpose}, Ủy ban nhân dân {commune} cần lưu": "people agreed to these very words",
    "Để lần sau hiểu bác và bà con hơn": "consent to what is kept names all of it",
    "phát sinh trong kỳ": "the term of the statistical forms that officials fill in",
    "Hoàn thành": "one word, the term of the province's reports",
}
"""Beginnings of texts that stay as they are, and why."""


def texts_of(file: Path) -> list[str]:
    with file.open("rb") as stream:
        return [str(message.id) for message in read_po(stream) if message.id]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_the_texts_of_the_program_are_plain(file: Path) -> None:
    texts = texts_of(file)
    assert texts
    kept = tuple(EXCEPTIONS)
    hard = {text: list(faults(text, MOST)) for text in texts if not text.startswith(kept)}
    assert {text: found for text, found in hard.items() if found} == {}


def test_every_exception_is_needed() -> None:
    hard = [text for file in FILES for text in texts_of(file) if list(faults(text, MOST))]
    for opening in EXCEPTIONS:
        assert any(text.startswith(opening) for text in hard), opening


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Bác bấm “Hoàn tất”.", []),
        ("Bác bấm nút, rồi chờ.", []),
        ("Bác bấm nút, rồi chờ, rồi tắt máy.", ["tasks"]),
        ("Bác bấm nút. Rồi bác chờ. Sau đó bác tắt máy.", []),
        ("Bác xuất trình thẻ.", ["office"]),
        ("Bác xuất trình (đưa ra) thẻ.", []),
        ("Gọi nhà cung cấp điện.", []),
        ("một " * 20, []),
        ("một " * 21, ["long"]),
        ("một " * 20 + ". " + "hai " * 20, []),
    ],
)
def test_what_makes_a_text_hard(text: str, kinds: list[str]) -> None:
    assert [fault.kind for fault in faults(text)] == kinds
