"""The head of the audit log is on the chair's phone every evening on which the log has grown, once, and fits it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.features.audit import Audit, Broken, NotedSeal
from bot.features.notices.log_head import LogHead
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.platform_store import PlatformValues
from bot.storage.tables.audit import AuditHead, AuditRow
from bot.storage.tables.people import Account
from bot.testing import PLAIN, RICH

from .outbox_rig import MORNING, Rig, Scripted
from .village import KEY, Places, places, somebody

EVENING = MORNING.replace(hour=12)
"""Seven o'clock in Vietnam."""


class Office(Rig):
    """An outbox with the job that tells the head."""

    at: Places
    audit = Audit(KEY)

    async def happens(self, what: str = "thing:1") -> None:
        await self.audit.append(None, "test", what, self.clock.now())

    async def comes(self, when: datetime) -> list[tuple[str, str]]:
        """It is this hour: what everybody got since."""
        before = len(self.platform.accepted)
        self.clock.time = when
        await self.job.tick(when)
        await self.run_out()
        return self.platform.accepted[before:]

    @property
    def job(self) -> LogHead:
        """As after each start: all that it knows is in the database."""
        return LogHead(self.outbox, self.audit, PlatformValues(self.db, "audit"))


@pytest.fixture(params=[PLAIN, RICH], ids=["plain", "rich"])
async def office(db: BaseDBAsyncClient, request: pytest.FixtureRequest) -> Office:
    made = Office(db, Scripted(request.param))
    made.at = await places()
    return made


async def test_in_the_evening_the_chair_gets_a_head_that_still_fits_when_the_log_has_grown(office: Office) -> None:
    await somebody("nam", "chair", office.at.commune)
    await somebody("lan", "officer", office.at.commune)
    await office.happens()
    assert await office.job.tick(EVENING - timedelta(hours=2)) == 7200
    ((chat, text),) = await office.comes(EVENING)
    assert chat == "chat-nam"
    assert text.startswith("Mã sổ nhật ký tối 24/11: 1:")
    noted = NotedSeal.read(text.splitlines()[0].removeprefix("Mã sổ nhật ký tối 24/11: "))
    assert noted is not None
    await office.happens("thing:2")
    assert not isinstance(await office.audit.verify([noted]), Broken)
    await AuditRow.all().delete()
    await AuditHead.all().delete()
    await office.happens("thing:3")
    assert not isinstance(await office.audit.verify(), Broken)
    assert isinstance(await office.audit.verify([noted]), Broken)


async def test_it_comes_once_an_evening_and_not_when_nothing_was_done(office: Office) -> None:
    await somebody("nam", "chair", office.at.commune)
    await office.happens()
    assert len(await office.comes(EVENING)) == 1
    await office.happens()
    assert await office.comes(EVENING + timedelta(minutes=10)) == [], "what came later is in tomorrow's"
    assert len(await office.comes(EVENING + timedelta(days=1))) == 1
    assert await office.comes(EVENING + timedelta(days=2)) == [], "the log has not grown"
    await office.happens()
    assert len(await office.comes(EVENING + timedelta(days=4))) == 1


async def test_where_no_chair_can_be_reached_the_officers_get_it_and_each_commune_has_a_phone(office: Office) -> None:
    await somebody("nam", "chair", office.at.commune)
    await Account.all().update(reachable=False)
    await somebody("lan", "officer", office.at.commune)
    await somebody("tam", "chair", office.at.other_commune)
    await office.happens()
    assert sorted(chat for chat, _ in await office.comes(EVENING)) == ["chat-lan", "chat-tam"]


async def test_it_is_tried_again_as_long_as_nobody_can_be_written_to(office: Office) -> None:
    await office.happens()
    assert await office.comes(EVENING) == []
    await somebody("nam", "chair", office.at.commune)
    assert len(await office.comes(EVENING + timedelta(minutes=10))) == 1


async def test_one_that_did_not_get_through_within_a_day_comes_no_more(office: Office) -> None:
    await somebody("nam", "chair", office.at.commune)
    await office.happens()
    await office.job.tick(EVENING)
    assert [row.expires_at for row in await OutboxRow.all()] == [EVENING + timedelta(days=1)]
