"""“Hôm nay thành ảnh”: the sheet of the first page as one picture in the official's own chat."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.features.demo import village
from bot.features.jobs.queue import JobRefused
from bot.features.rights.table import LEADER, OFFICER
from bot.framework.process import CLOCK
from bot.handlers.desk.picture import KIND
from bot.storage.core_tables.jobs import JobRow
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.tables.people import Account

from .news_room import NewsRoom, news_room

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def room(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[NewsRoom]:
    async with news_room(tmp_path_factory.mktemp("desk")) as made:
        yield made


async def test_the_picture_comes_into_the_chat_of_who_asks_at_the_desk(room: NewsRoom) -> None:
    person = await room.office.person(OFFICER)
    account = await Account.filter(person_id=person).first()
    lan = await room.official(OFFICER)
    await lan.press("Gửi ảnh vào điện thoại")
    assert "xong thì gửi vào cuộc trò chuyện riêng của bác" in lan.words
    asked = await JobRow.filter(kind=KIND).first()
    assert asked is not None
    body = json.loads(asked.body)
    for _ in range(2):  # it may run twice, and what it sends is sent once
        await room.bot.joined.jobs[KIND](body, CLOCK.now())
    (row,) = await OutboxRow.filter(package=asked.key)
    assert account is not None
    assert row.chat_id == account.chat_id
    assert "Hôm nay ở xã Yên Mô" in row.message
    assert "hom-nay" in row.message or "photo" in row.message


async def test_whoever_has_no_role_at_a_desk_gets_no_picture(room: NewsRoom) -> None:
    """A role may end between the press and the drawing."""
    job = room.bot.joined.jobs[KIND]
    tu = await room.office.person(LEADER, village.VILLAGE)
    body = {"platform": "web", "chat_id": "x", "chat_kind": "private", "person": str(tu), "locale": "vi", "key": "k"}
    with pytest.raises(JobRefused):
        await job(body, CLOCK.now())
