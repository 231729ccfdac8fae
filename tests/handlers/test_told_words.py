"""What a text tells people to type is understood when they type it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.handlers.kit.base import Content
from tests.conversations import build_router

MESSAGES = Path(__file__).parents[2] / "bot" / "locales" / "en" / "LC_MESSAGES" / "messages.po"
ANSWERS = {"bỏ qua", "không", "ngay", "xong"}
"""Said to a question that is open, where nothing else is understood."""
_QUOTED = r"“[^”{}]+”"
_TOLD = re.compile(rf"[Gg]õ (?:như |thêm |lại )?({_QUOTED}(?:(?:, | hoặc |, hoặc ){_QUOTED})*)|[Gg]õ (/\w+)")


def told(text: str) -> list[str]:
    """The words that `text` says to type; figures and times are examples of what a question takes."""
    found = [words for match in _TOLD.finditer(text) for words in re.findall(r"“([^”]+)”|/(\w+)", match[0])]
    return [said for pair in found if (said := pair[0] or pair[1]) and not re.search(r"\d", said)]


def test_words_to_type_are_found_in_a_text() -> None:
    assert told("Khi nào cần, bác gõ “thôi hỏi”, hoặc “menu”. Bác gõ “17:00” hoặc “{word}”.") == ["thôi hỏi", "menu"]
    assert told("Bác gõ /menu để làm việc khác.") == ["menu"]


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_a_text_tells_nobody_to_type_what_the_bot_does_not_understand(
    db: BaseDBAsyncClient, shipped: Content
) -> None:
    """After the log of visits told everybody to type “ghi”, which began too many sentences to be a command."""
    router = build_router(shipped)
    with MESSAGES.open("rb") as file:
        texts = [text for one in read_po(file) for text in ([one.id] if isinstance(one.id, str) else one.id)]
    words = {words for text in texts for words in told(text)} - ANSWERS
    assert len(words) > 20
    assert [said for said in sorted(words) if router.command_in(said) is None] == []
