"""What tests begin with is there as if it had just been made."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date

import pytest

from bot.features import units
from bot.features.people import people
from bot.storage import database
from bot.storage.tables.people import Account, Person
from tests import ground
from tests.features.village import NOW, group, places, somebody
from tests.ground import Rows
from tests.memory import memory
from tests.postgres import KeptDatabase


@asynccontextmanager
async def empty(kept: KeptDatabase | None) -> AsyncIterator[None]:
    async with memory() if kept is None else kept.opened():
        yield


async def village() -> tuple[object, ...]:
    at = await places()
    hoa = await somebody("hoa", "leader", at.village)
    return at, hoa, await group("fake", "g1", at.village, "Nhóm", NOW)


async def rows() -> Rows:
    return await ground._ground[-1].tables.rows()


async def test_the_next_test_has_the_same_rows_and_goes_on_from_them(
    kept_database: KeptDatabase | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The random number by which the audit log names a person shows that the rows are those of before."""
    monkeypatch.setattr(ground, "_layers", {})
    seen: list[tuple[object, ...]] = []
    for _ in range(2):
        async with empty(kept_database):
            made = await village()
            stands = await rows()
            later = await units.create("moi", "thôn", "Mới", parent="yen-mo", valid_from=date(2026, 1, 1))
            person = await people.create("Tư", NOW)
            seen.append((made, stands, later, person))
    assert seen[0] == seen[1]
    assert {"units", "people", "roles", "channels"} <= seen[0][1].keys()  # type: ignore[attr-defined]


async def test_what_a_test_did_meanwhile_is_not_overlooked(kept_database: KeptDatabase | None) -> None:
    """Mechanism: whatever is asked of the database counts."""
    async with empty(kept_database):
        await village()
    async with empty(kept_database):
        at = await places()
        await people.create("Tư", NOW)
        hoa = await somebody("hoa", "leader", at.village)
        assert [row.name for row in await Person.all().order_by("id")] == ["Tư", "hoa"]
        assert hoa == await people.who(hoa.account, NOW)


async def test_a_database_that_a_test_opens_itself_is_filled_by_the_bot(kept_database: KeptDatabase | None) -> None:
    """Mechanism: only the client that the fixture opened stands on known ground."""
    async with empty(kept_database):
        await village()
    async with empty(kept_database), database.created(database.MEMORY):
        await village()
        assert await Account.all().count() == 1
