"""The meetings of a village below the conversations: once only, as it was shown, and gone after a year."""

from __future__ import annotations

from datetime import timedelta

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.features.meetings import book
from bot.features.meetings.model import Meeting
from bot.features.meetings.personal_data import DAYS, personal_tables, rules
from bot.features.meetings.tables import Meeting as Row
from bot.features.meetings.tables import MeetingPoint
from bot.features.privacy import retention
from bot.features.privacy.personal_table import Subject

from .village import NOW, places, somebody

TOMORROW = NOW + timedelta(days=1)


async def called(unit: int, by: int | None = None, days: int = 1) -> Meeting:
    starts = NOW + timedelta(days=days)
    return await book.call(unit, "team", "bàn việc", starts, "nhà văn hóa", "một\nhai", by=by, now=NOW)


async def test_minutes_are_written_on_the_meeting_as_it_was_shown(db: BaseDBAsyncClient) -> None:
    one = await called((await places()).village)
    assert one.agenda == ("một", "hai")
    held = await book.hold(one, 25, ["dán áp phích"], ["bao giờ?", "bao giờ?"], NOW)
    assert held is not None
    assert (held.present, held.state) == (25, "held")
    assert await book.hold(one, 30, [], [], NOW) is None
    assert [each.text for each in await book.points(one.id, "question")] == ["bao giờ?"]
    assert not await book.cancel(held, NOW)
    (asked,) = await book.points(one.id, "question")
    assert await book.pass_on(asked)
    assert not await book.pass_on(asked)


async def test_those_without_minutes_stand_first(db: BaseDBAsyncClient) -> None:
    at = await places()
    old, new, off = await called(at.village), await called(at.village, days=5), await called(at.village)
    await book.hold(new, 5, [], [], NOW)
    await book.cancel(off, NOW)
    await called(at.other_village)
    assert [one.id for one in await book.of_units([at.village], 9)] == [old.id, new.id]


async def test_a_meeting_goes_after_a_year_and_its_caller_at_once(db: BaseDBAsyncClient) -> None:
    at = await places()
    tu = await somebody("tu", "leader", at.village)
    one = await called(at.village, by=tu.person_id)
    await book.hold(one, 5, ["việc"], [], NOW)
    (holding,) = personal_tables()
    subject = Subject((), tu.person_id)
    assert len(await holding.read(subject)) == 1
    await holding.erase(subject)
    assert await holding.read(subject) == []
    assert await retention.sweep(rules(), TOMORROW + timedelta(days=DAYS - 1)) == {"meetings": 0}
    assert await retention.sweep(rules(), TOMORROW + timedelta(days=DAYS, seconds=1)) == {"meetings": 1}
    assert not await Row.exists()
    assert not await MeetingPoint.exists()
