"""Of two who press at the same moment one is first, and the other one's press changes nothing."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from bot.features.calendar.periods import period
from bot.features.checkins import answers
from bot.features.checkins.answers import AnswerBody, line_of
from bot.features.checkins.indicators import defaults
from bot.features.checkins.model import FigureEntry
from bot.features.checkins.reading import values
from tests.features.village import NOW, places

NOVEMBER = period("2026-11")


async def test_the_same_answer_is_confirmed_changed_or_cancelled_once(db: BaseDBAsyncClient) -> None:
    at = await places()
    lines = (line_of(FigureEntry("CQ02", "=", Decimal(5)), at.village, NOVEMBER),)
    looked = await answers.review(lines, defaults(), "calendar")
    seen = await answers.begin(at.village, AnswerBody(lines=lines, bases=looked.bases), author=None, now=NOW)
    async with in_transaction("default"):
        changed = await answers.change(seen, seen.body)
    assert changed is not None
    # `seen` is the answer as an older button showed it.
    assert await answers.confirm(seen, looked, by=None, now=NOW) is None
    assert await answers.cancel(seen, NOW) is None
    assert await answers.propose(seen) is None
    assert await values.of_period(at.village, "2026-11") == {}
    done = await answers.confirm(changed, looked, by=None, now=NOW)
    assert done is not None
    assert done.state == "done"
    assert await answers.cancel(done, NOW) is None


async def test_a_total_that_somebody_else_wrote_meanwhile_is_not_overwritten(db: BaseDBAsyncClient) -> None:
    at = await places()
    lines = (line_of(FigureEntry("KT01", "+", Decimal(3)), at.village, NOVEMBER),)
    looked = await answers.review(lines, defaults(), "calendar")
    seen = await answers.begin(at.village, AnswerBody(lines=lines, bases=looked.bases), author=None, now=NOW)
    other = values.NewFigure(at.village, "KT01", NOVEMBER, Decimal(9), None, 0)
    await values.write([other], source="chat", by=None, now=NOW)
    with pytest.raises(values.Changed):
        async with in_transaction("default"):
            await answers.confirm(seen, looked, by=None, now=NOW)
    again = await answers.get(seen.id)
    assert again is not None
    assert again.state == "waiting"
    assert (await values.of_period(at.village, "2026-11"))["KT01"].value == 9
