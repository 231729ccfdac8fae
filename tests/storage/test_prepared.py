"""Rows that are read by a statement of the code are those that the library's queries make."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from bot.storage import prepared
from bot.storage.prepared import marks, row_of, rows_of
from bot.storage.tables.checkins import Round, RoundPlan
from tests.features.village import NOW, places


async def _rounds(count: int) -> list[Round]:
    at = await places()
    plan = await RoundPlan.create(unit_id=at.commune, cadence="week", next_period="2026-W50")
    return [
        await Round.create(
            plan_id=plan.id, period=f"2026-W4{number}", state="open" if number % 2 else "closed", opened_at=NOW,
            due_at=NOW + timedelta(days=count - number), next_at=None if number else NOW,
        )
        for number in range(count)
    ]  # fmt: skip


def _columns(one: Round) -> dict[str, object]:
    return {name: getattr(one, name) for name in one._meta.fields_db_projection}


async def test_a_row_is_the_one_that_the_library_reads(db: BaseDBAsyncClient) -> None:
    await _rounds(3)
    ours = await rows_of(Round, "true", [])
    theirs = await Round.all().order_by("id")
    assert [_columns(one) for one in ours] == [_columns(one) for one in theirs]
    assert ours[0].next_at == NOW
    assert ours[0].due_at.tzinfo is UTC
    ours[0].state = "open"
    await ours[0].save()
    assert (await Round.get(id=ours[0].id)).state == "open"


async def test_conditions_orders_and_lists(db: BaseDBAsyncClient) -> None:
    made = await _rounds(4)
    found = await rows_of(Round, "state = ? and due_at > ?", ["open", datetime(2026, 1, 1, tzinfo=UTC)], order="due_at")
    assert [one.period for one in found] == ["2026-W43", "2026-W41"]
    ids = [made[0].id, made[2].id]
    assert [one.id for one in await rows_of(Round, f"id in ({marks(2)})", ids)] == ids
    assert await rows_of(Round, f"id in ({marks(0)})", []) == []
    first = await row_of(Round, "state = ?", ["open"], order="due_at")
    assert first is not None
    assert first.period == "2026-W43"
    assert await row_of(Round, "state = ?", ["gone"]) is None


async def test_a_transaction_reads_what_it_wrote(db: BaseDBAsyncClient) -> None:
    made = await _rounds(1)
    async with in_transaction("default"):
        await Round.filter(id=made[0].id).update(state="late")
        row = await row_of(Round, "id = ?", [made[0].id])
        assert row is not None
        assert row.state == "late"


async def test_the_statement_is_written_once(db: BaseDBAsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mechanism: what the library makes anew for each query is kept for each condition."""
    await _rounds(1)
    await rows_of(Round, "period = ?", ["2026-W40"])
    before = prepared._statement.cache_info().misses
    await rows_of(Round, "period = ?", ["2026-W41"])
    assert prepared._statement.cache_info().misses == before
