"""The packages of this folder, as if they were installed beside the bot."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.assembly import families
from bot.core.lean.values import replace
from bot.storage import apps, database
from bot.testing import FakePlatform, World
from tests.conversations import build_router, content

HERE = Path(__file__).parent


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(HERE)
    monkeypatch.setattr(apps, "_families", {})


@pytest.fixture
async def migrated(installed: None, tmp_path: Path) -> AsyncIterator[BaseDBAsyncClient]:
    """A database that was migrated with the tables of the packages; what they bring is known by then."""
    families.discover()
    url = database.file_url(tmp_path / "bot.sqlite3")
    await database.migrate(url)
    async with database.opened(url) as db:
        yield db


@pytest.fixture
def world(migrated: BaseDBAsyncClient, platform: FakePlatform) -> World:
    folders = [family.locales for family in families.discover() if family.locales is not None]
    shipped = content()
    catalogues = shipped.catalogues.with_folders(folders)
    shipped = replace(shipped, catalogues=catalogues)
    return World(migrated, lambda: build_router(shipped, platform), catalogues.translate, platform)
