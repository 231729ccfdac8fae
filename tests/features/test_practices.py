"""Good practice and difficulties below the conversations: of those who decide at the same time one does."""

from __future__ import annotations

import asyncio

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.features.difficulties import difficulties
from bot.features.practices import practices
from bot.features.practices.tables import GoodPractice, PracticeUse

from .village import NOW, places, somebody


async def test_of_two_officers_who_decide_at_once_one_decides(db: BaseDBAsyncClient) -> None:
    at = await places()
    lan, nam = await somebody("lan", "officer", at.commune), await somebody("nam", "chair", at.commune)
    assert lan.person_id is not None
    assert nam.person_id is not None
    draft = await practices.write(at.village, "Lớp tối", "Mở lớp", "40 người", author=None, now=NOW)
    assert await practices.hand_in(draft, named=False)
    shown = await practices.get(draft.id)
    assert shown is not None
    decided = await asyncio.gather(
        practices.publish(shown, lan.person_id, NOW), practices.refuse(shown, "trùng", nam.person_id)
    )
    assert sorted(decided) == [False, True]
    row = await GoodPractice.get(id=draft.id)
    assert row.state == ("published" if decided[0] else "refused")
    assert not await practices.edit(shown, "khác")


async def test_a_village_that_takes_it_up_twice_counts_once(db: BaseDBAsyncClient) -> None:
    at = await places()
    one = await practices.write(at.village, "Lớp tối", "Mở lớp", "40 người", author=None, now=NOW)
    for _ in range(2):
        await asyncio.gather(*(practices.use(one.id, at.other_village, by=None, now=NOW) for _ in range(2)))
    assert await PracticeUse.all().count() == 1


async def test_two_that_are_merged_into_each_other_at_once_do_not_both_vanish(db: BaseDBAsyncClient) -> None:
    at = await places()
    first = await difficulties.raise_one(at.village, "mất sóng", reporter=None, owner=None, now=NOW)
    second = await difficulties.raise_one(at.other_village, "mất sóng", reporter=None, owner=None, now=NOW)
    await asyncio.gather(difficulties.merge(first, second, NOW), difficulties.merge(second, first, NOW))
    left = [one for one in await difficulties.ageing([at.village, at.other_village]) if not one.same_as]
    assert left
