"""What everybody may read of a commune's announcements, asked for by anybody."""

from __future__ import annotations

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.features.announcements import public, store
from bot.storage.tables.announcements import Announcement as Row
from tests.features.village import NOW, places


@pytest.mark.parametrize("number", [-1, 0, 2**31, 2**63 - 1])
async def test_a_number_that_no_announcement_can_have_finds_none(db: BaseDBAsyncClient, number: int) -> None:
    assert await public.notice((await places()).commune, number, NOW) is None


async def test_a_damaged_row_that_corrects_itself_or_a_later_one_is_read_all_the_same(db: BaseDBAsyncClient) -> None:
    commune = (await places()).commune
    first = await Row.create(commune_id=commune, number=1, created_at=NOW, updated_at=NOW)
    second = await Row.create(commune_id=commune, number=2, corrects=first.id, created_at=NOW, updated_at=NOW)
    third = await Row.create(commune_id=commune, number=3, created_at=NOW, updated_at=NOW)
    await Row.filter(id=first.id).update(corrects=second.id)
    await Row.filter(id=third.id).update(corrects=third.id)

    for row, whole in ((first, [1, 2]), (second, [1, 2]), (third, [3])):
        one = await store.get(row.id)
        assert one is not None
        assert [each.number for each in await store.chain(one)] == whole
