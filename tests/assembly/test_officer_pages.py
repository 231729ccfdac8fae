"""The pages for officers say words and commands that the bot knows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.assembly import families
from bot.handlers.kit.base import Content
from tests.conversations import base_of

DOCS = Path(__file__).parent.parent.parent / "docs"
PAGES = ("officer.md", "first-village.md", "zalo.md", "daily-work.md")
SET_UP = {"bat-dau"}  # the page of `init`, no command


@pytest.fixture
def database_kind() -> str:
    return "sqlite"


async def test_what_a_page_says_to_type_the_bot_knows(db: BaseDBAsyncClient, shipped: Content) -> None:
    router = families.join(families.discover(), base_of(shipped, db)).router
    texts = {page: (DOCS / page).read_text("utf-8") for page in PAGES}
    rows = re.findall(r"^\| .+ \| (.*“.*) \|$", texts["officer.md"] + texts["first-village.md"], re.MULTILINE)
    words = {word for row in rows for word in re.findall(r"“([^”]+)”", row)}
    assert len(words) > 40
    assert {word for word in words if router.command_in(word) is None} == {"Mã của mọi thôn, một tệp"}, (
        "that is a button"
    )
    commands = {name for text in texts.values() for name in re.findall(r"`/([a-z][a-z-]*)[ `]", text)}
    pages = {"san-pham", *SET_UP}
    assert commands - set(router.commands) - pages == set()
