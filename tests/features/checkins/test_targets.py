"""Targets are split without a rest, changed only with a reason, and acknowledged anew after a change."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.features.checkins import targets
from tests.features.village import NOW, places

SIZES = st.dictionaries(st.text("abc", min_size=1, max_size=3), st.integers(0, 500), min_size=1, max_size=25)


@given(st.integers(0, 10_000), SIZES)
def test_shares_sum_to_the_total_and_are_at_most_one_off(total: int, sizes: dict[str, int]) -> None:
    whole = sum(sizes.values())
    if not whole:
        with pytest.raises(ValueError, match="sizes"):
            targets.split(total, sizes)
        return
    shares = targets.split(total, sizes)
    assert sum(shares.values()) == total
    assert all(abs(shares[code] * whole - total * size) < whole for code, size in sizes.items())


def test_the_largest_remainders_get_the_rest() -> None:
    assert targets.split(10, {"a": 326, "b": 298, "c": 341}) == {"a": 3, "b": 3, "c": 4}


async def test_a_change_needs_a_reason_keeps_the_old_version_and_is_acknowledged_anew(db: BaseDBAsyncClient) -> None:
    at = await places()

    async def assign(value: int, reason: str = "") -> bool:
        return await targets.assign(at.village, "CQ01", "2026-11", Decimal(value), reason=reason, by=None, now=NOW)

    assert await assign(80)
    assert not await assign(80)
    first = await targets.find(at.village, "CQ01", "2026-11")
    assert first is not None
    assert await targets.acknowledge(at.village, "2026-11", first.id, by=None, now=NOW) == 1
    assert await targets.acknowledge(at.village, "2026-11", first.id, by=None, now=NOW) == 0
    with pytest.raises(ValueError, match="reason"):
        await assign(85)
    assert await assign(85, "tỉnh giao thêm")
    now = await targets.find(at.village, "CQ01", "2026-11")
    assert now is not None
    assert [now.value, now.version, now.acknowledged] == [85, 2, False]
    # The button under the old list of targets does not acknowledge the new one.
    assert await targets.acknowledge(at.village, "2026-11", first.id, by=None, now=NOW) == 0
    assert [one.value for one in await targets.versions(at.village, "CQ01", "2026-11")] == [80, 85]
    with pytest.raises(ValueError, match="negative"):
        await assign(-1, "nhầm")
