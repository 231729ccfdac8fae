"""The page on the order of free words says what the code does, and no two readers share a number."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.assembly import families
from bot.handlers.kit.base import Content
from bot.handlers.kit.hooks import Hooks
from bot.handlers.kit.joints import Hook
from tests.conversations import base_of

PAGE = Path(__file__).parent.parent.parent / "docs" / "free-words.md"
_ROW = re.compile(r"^\| (\d+) \| (\w+) \| `([\w.]+)` \|", re.MULTILINE)


@pytest.fixture
def database_kind() -> str:
    return "sqlite"


def _added(hook: Hook[object]) -> list[tuple[int, str, str]]:
    """The readers of a hook: number, family and name."""
    ordered = sorted(hook._added, key=lambda one: one[0])
    return [(order, item.__module__.split(".")[2], str(getattr(item, "__qualname__", ""))) for order, item in ordered]


async def test_the_page_shows_every_reader_with_its_number(
    db: BaseDBAsyncClient, shipped: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks = Hooks()
    monkeypatch.setattr(families, "Hooks", lambda: hooks)
    families.join(families.discover(), base_of(shipped, db))
    asked = (hooks.understand, hooks.elsewhere, hooks.asking_for_help)
    found = [_added(hook) for hook in asked]  # type: ignore[arg-type]
    shown = [(int(order), family, reader) for order, family, reader in _ROW.findall(PAGE.read_text("utf-8"))]
    assert [one for hook in found for one in hook] == shown
    for hook in found:
        assert len({order for order, _, _ in hook}) == len(hook), "two readers with one number"
