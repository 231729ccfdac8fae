"""Officials hear, also at night, that rows wait for them and what to do."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from bot.assembly.services import make_services
from bot.core.events import Chat
from bot.core.messages import Message
from bot.core.text import Text
from bot.features.outbox.row import RowStop
from bot.features.outbox.states import BREAKER, OUTAGE, POISON, TOKEN
from bot.handlers.kit.base import Content
from bot.storage.core_tables.outbox import OutboxRow
from bot.testing import RICH
from tests.conversations import KEY
from tests.features.announcements.office import Office
from tests.features.village import places, somebody

NIGHT = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("reason", "says"),
    [
        (BREAKER, "nhiều nhóm không nhận được (5/9)"),
        (POISON, "không nhận nội dung này (5/9)"),
        (TOKEN, "mã của bot ở đó không còn dùng được"),
    ],
)
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_officials_hear_that_an_announcement_has_stopped(
    db: BaseDBAsyncClient, shipped: Content, reason: str, says: str
) -> None:
    at = await places()
    lan, nam = [await somebody(name, role, at.commune, NIGHT) for name, role in (("lan", "officer"), ("nam", "chair"))]
    services = make_services(
        KEY,
        db,
        shipped,
        {"fake": RICH},
        link_to=lambda name: None,
        locale="vi",
        now=lambda: NIGHT,
        wake=lambda *_: None,
    )
    one = await Office(at, services.announcements, lan, nam, nam, NIGHT).draft()
    stop = RowStop(1, one.id if reason != TOKEN else 0, "fake", reason, "5/9", 40, NIGHT)
    async with in_transaction("default"):
        await services.tell_stop(stop)
    rows = await OutboxRow.all()
    assert len({row.chat_id for row in rows}) == 2
    assert all(row.state == "pending" and says in row.message and "40 tin" in row.message for row in rows)
    assert all((one.label in row.message) == (reason != TOKEN) for row in rows)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_of_an_outage_hear_those_whose_announcements_it_holds_up(db: BaseDBAsyncClient, shipped: Content) -> None:
    """The other commune has nothing on its way."""
    at = await places()
    lan, nam = [await somebody(name, role, at.commune, NIGHT) for name, role in (("lan", "officer"), ("nam", "chair"))]
    await somebody("xa", "officer", at.other_commune, NIGHT)
    services = make_services(
        KEY,
        db,
        shipped,
        {"fake": RICH},
        link_to=lambda name: None,
        locale="vi",
        now=lambda: NIGHT,
        wake=lambda *_: None,
    )
    one = await Office(at, services.announcements, lan, nam, nam, NIGHT).draft()
    async with in_transaction("default"):
        message = Message(Text.verbatim("tin"))
        await services.outbox.add(Chat("fake", "g", "group"), message, key="k", now=NIGHT, announcement=one.id)
        await services.tell_stop(RowStop(1, 0, "fake", OUTAGE, "no answer", 75, NIGHT))
    rows = await OutboxRow.filter(announcement=0)
    assert {row.chat_id for row in rows} == {"chat-lan", "chat-nam"}
    for row in rows:
        assert f"từ lúc 23 giờ, nên tạm ngừng gửi {one.label}. Còn 75 tin chờ" in row.message
