"""The reads, the webhooks and their page are held on both databases: one of its own for each file and kind."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator

import pytest

from tests.postgres import run_on_postgres, url_of


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def kept_at(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of an empty database, "" for SQLite in the folder of the bot."""
    if request.param == "sqlite":
        yield ""
        return
    name = f"langso_{uuid.uuid4().hex[:12]}"
    asyncio.run(run_on_postgres(f'create database "{name}"'))
    yield url_of(name)
    asyncio.run(run_on_postgres(f'drop database "{name}" with (force)'))
