"""Nobody else writes to the database while an approval does, so it goes there as often for many groups as for few."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

import aiosqlite
import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.features import units
from bot.features.announcements.model import Announcement
from bot.storage.core_tables.outbox import OutboxRow

from .office import office


@pytest.fixture
def database_kind() -> str:
    return "sqlite"


@pytest.fixture
def visits(monkeypatch: pytest.MonkeyPatch) -> Sequence[object]:
    found: list[object] = []
    execute = aiosqlite.Connection._execute

    async def counting(connection: aiosqlite.Connection, function: Callable[..., object], *rest: object) -> object:
        found.append(rest)
        return await execute(connection, function, *rest)  # type: ignore[no-untyped-call]

    monkeypatch.setattr(aiosqlite.Connection, "_execute", counting)
    return found


async def test_many_groups_take_no_more_visits_than_few(db: BaseDBAsyncClient, visits: Sequence[object]) -> None:
    """Mechanism: targets, questions and rows of all groups go to the database together."""
    desk = await office(db)
    took: list[int] = []
    for groups in (3, 30):
        for nth in range(len(desk.ids), groups):
            made = await units.create(f"thon-{nth}", "thôn", f"Số {nth}", parent="yen-mo", valid_from=date(2025, 7, 1))
            await desk.group(f"g-{nth}", made.id)
        asked = await desk.ask(await desk.draft())
        before = len(visits)
        done = await desk.approve(asked)
        took.append(len(visits) - before)
        assert isinstance(done, Announcement)
        assert await OutboxRow.filter(announcement=done.id).count() == groups
    few, many = took
    assert many <= few
