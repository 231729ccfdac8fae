"""A relay whose window the official account's vendor has shut, over HTTP: asked on another messenger, once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.features import units
from bot.features.announcements.receipts.receipt import receipt
from bot.features.announcements.receipts.relayed import over_words
from bot.features.calendar.vietnam import today
from bot.storage.tables.announcements import RelayAsk
from bot.storage.tables.people import Account
from tests.e2e.messenger_people import ZaloOa
from tests.features.outbox_rig import PatientClock
from tests.platforms.fake_zalo_oa import WEEK, FakeZaloOa

from .relay_town import MESSENGERS, Line, RelayTown, start, town
from .relays import ASKS, PASTED, Setting, approved

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


async def _minutes(here: RelayTown, count: int) -> None:
    for _ in range(count * 4):
        await here.works(here.clock.now())
        await here.engine.idle()
        here.clock.passes(seconds=15)


async def test_the_account_refuses_and_the_bot_asks_over_the_other_messenger_at_once(db: BaseDBAsyncClient) -> None:
    """She wrote lately, as we see it; the vendor counts otherwise and says so only when something is sent."""
    servers: list[FakeZaloOa] = []

    @asynccontextmanager
    async def account(clock: PatientClock) -> AsyncIterator[Line]:
        async with FakeZaloOa(lambda: clock.now().timestamp()) as server:
            servers.append(server)
            yield Line(ZaloOa(server, buttons=False), lambda: bool(server.access), writes_first=True)

    async with town(db, start(), {"zalo_oa": account, "gapo": MESSENGERS["gapo"]}) as here:
        since = date(2025, 7, 1)
        await units.create("ninh-binh", "tỉnh", "Ninh Bình", parent=None, valid_from=since)
        commune = await units.create("yen-mo", "xã", "Yên Mô", parent="ninh-binh", valid_from=since)
        village = await units.create("dong", "thôn", "Đông", parent="yen-mo", valid_from=since)
        await here.settles("gapo", "lan", "officer", commune.id)
        await here.settles("gapo", "nam", "chair", commune.id)
        await here.settles("gapo", "tu", "leader", village.id)
        await here.settles("zalo_oa", "tu", "leader", village.id)
        # One person on both, who was seen last on the account.
        person = (await Account.get(platform="gapo", chat_id=here.lines["gapo"].messenger.account("tu"))).key_of(
            "person"
        )
        here.clock.passes(seconds=3600)
        used = Account.filter(platform="zalo_oa", chat_id=here.lines["zalo_oa"].messenger.account("tu"))
        await used.update(person_id=person, last_seen=here.clock.now())
        await Account.filter(platform="gapo", person_id=person).update(last_seen=here.clock.now().replace(year=2025))
        (server,) = servers
        server.last_word[here.lines["zalo_oa"].messenger.account("tu")] -= WEEK
        one = await approved(here, Setting(("gapo",), groups=0, office="gapo"))
        await _minutes(here, 1)
        other = here.phone("gapo", "tu")
        assert sum(ASKS in text for text in other.texts()) == 1
        assert not any(ASKS in text for text in here.phone("zalo_oa", "tu").texts())
        await here.does(other.chooses(PASTED))
        found = await receipt(one.id, today(here.clock.now()))
        assert found is not None
        assert found.reached == 1
        assert found.total == one.rows
        assert over_words(found.relayed[0].lines[0], str) == " (gửi qua Gapo, vì Zalo oa không tới được)"
        assert await RelayAsk.all().count() == 1
