"""What announcements keep of a person is shown, and goes when the person asks for it; the announcement stays."""

from __future__ import annotations

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from bot.features.announcements import personal_data
from bot.features.announcements.model import AnnouncementRefused
from bot.features.people.people import Who
from bot.features.privacy import Subject
from bot.storage.tables.announcements import Announcement, AnnouncementTarget

from .office import Office, office


@pytest.fixture
async def desk(db: BaseDBAsyncClient) -> Office:
    return await office(db)


async def held(who: Who) -> list[int]:
    return [len(await one.read(Subject((), who.person_id))) for one in personal_data.personal_tables()[:2]]


async def erase(who: Who) -> None:
    async with in_transaction("default"):
        for one in personal_data.personal_tables():
            await one.erase(Subject((), who.person_id))


async def test_names_go_and_the_announcement_stays(desk: Office) -> None:
    done = await desk.approved(await desk.draft())
    draft = await desk.draft()
    await AnnouncementTarget.filter(announcement_id=done.id).update(
        ack_by_id=desk.hoa.person_id, played_by_id=desk.hoa.person_id, ack_at=desk.now
    )
    assert [await held(who) for who in (desk.lan, desk.nam, desk.hoa)] == [[2, 0], [1, 0], [0, 1]]
    for who in (desk.lan, desk.nam, desk.hoa):
        await erase(who)
        assert await held(who) == [0, 0]
    left = await Announcement.get()
    assert (left.id, left.text) == (done.id, done.text)
    assert draft.id != done.id
    target = await AnnouncementTarget.filter(announcement_id=done.id).first()
    assert target is not None
    assert target.ack_at == desk.now


async def test_what_nobody_wrote_any_more_nobody_approves(desk: Office) -> None:
    asked = await desk.ask(await desk.draft())
    await Announcement.filter(id=asked.id).update(author_id=None)
    assert isinstance(await desk.approve(asked), AnnouncementRefused)
    assert (await desk.fresh(asked)).state == "waiting"
