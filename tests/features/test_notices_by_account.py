"""Two communes of one installation have each a bot on Telegram, and somebody is known to both: each speaks for its own.

The installation has a bot for all communes besides.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from bot.core.text import Text
from bot.features import units
from bot.features.groups import channels
from bot.features.notices import delivery_channels
from bot.features.notices.mail import Mail
from bot.features.outbox.box import Outbox
from bot.features.outbox.homes import BotHome, Homes
from bot.features.outbox.rows import Rows
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.tables.people import Account as AccountRow
from bot.testing import RICH
from tests.kit import catalogues

from .village import NOW, Places, places, somebody

ALL, YEN_MO, KHANH_THIEN = "telegram", "telegram@ym", "telegram@kt"


def box(db: BaseDBAsyncClient, at: Places, *, without: str = "") -> Outbox:
    homes: Homes = {YEN_MO: BotHome(at.commune, "yen-mo"), KHANH_THIEN: BotHome(at.other_commune, "khanh-thien")}
    runs = {name: RICH for name in (ALL, YEN_MO, KHANH_THIEN) if name != without}
    return Outbox(Rows(db, catalogues().translate), runs, catalogues().translate, lambda name: None, homes=homes)


async def known_on(seen: Mapping[str, datetime], role: str, unit_id: int) -> int:
    """Somebody with a role who talks to these bots, last at these times; the chat has one id on all of them."""
    first, *more = seen
    who = await somebody("hoa", role, unit_id, seen[first], platform=first)
    assert who.person_id is not None
    for name in more:
        assert await people.link(Account(name, "id-hoa"), "chat-hoa", who.person_id, seen[name])
    return who.person_id


async def told_through(outbox: Outbox, person_id: int) -> list[str]:
    """The accounts by which a notice left."""
    async with in_transaction("default"):
        await Mail(outbox).tell(person_id, Text.of("Việc mới"), key="news", now=NOW)
    return [row.platform for row in await OutboxRow.all()]


@pytest.mark.parametrize("newer", [YEN_MO, KHANH_THIEN, ALL])
async def test_a_notice_leaves_through_the_bot_of_the_person_s_commune(db: BaseDBAsyncClient, newer: str) -> None:
    """Whichever of the bots they wrote to last."""
    at = await places()
    seen = {name: NOW - timedelta(hours=name != newer) for name in (YEN_MO, KHANH_THIEN, ALL)}
    hoa = await known_on(seen, "leader", at.village)
    assert await told_through(box(db, at), hoa) == [YEN_MO]


async def test_a_role_elsewhere_makes_the_other_bot_theirs_and_what_it_is_about_decides(db: BaseDBAsyncClient) -> None:
    at = await places()
    hoa = await known_on({YEN_MO: NOW, KHANH_THIEN: NOW - timedelta(hours=1)}, "leader", at.village)
    await people.grant(hoa, "officer", at.other_commune, NOW)
    outbox = box(db, at)

    async def best(commune_id: int | None) -> list[str]:
        chats = await delivery_channels.to_person(outbox, hoa, NOW, commune_id=commune_id)
        return [chat.platform for chat in chats]

    assert await best(None) == [YEN_MO, KHANH_THIEN]
    assert await best(at.commune) == [YEN_MO]
    assert await best(at.other_commune) == [KHANH_THIEN]


async def test_the_bot_of_all_communes_comes_before_another_commune_s(db: BaseDBAsyncClient) -> None:
    at = await places()
    hoa = await known_on({KHANH_THIEN: NOW, ALL: NOW - timedelta(days=200)}, "leader", at.village)
    assert await told_through(box(db, at), hoa) == [ALL]
    everywhere = await delivery_channels.to_person(box(db, at), hoa, NOW, everywhere=True)
    assert [chat.platform for chat in everywhere] == [ALL, KHANH_THIEN]


async def test_who_talks_to_another_commune_s_bot_alone_is_told_there(db: BaseDBAsyncClient) -> None:
    at = await places()
    hoa = await known_on({KHANH_THIEN: NOW}, "leader", at.village)
    assert await told_through(box(db, at), hoa) == [KHANH_THIEN]


async def test_when_their_own_bot_does_not_run_the_one_of_all_is_taken(db: BaseDBAsyncClient) -> None:
    at = await places()
    hoa = await known_on({KHANH_THIEN: NOW, YEN_MO: NOW, ALL: NOW - timedelta(days=1)}, "leader", at.village)
    assert await told_through(box(db, at, without=YEN_MO), hoa) == [ALL]
    await AccountRow.filter(platform=ALL).update(reachable=False)
    chats = await delivery_channels.to_person(box(db, at), hoa, NOW)
    assert [chat.platform for chat in chats] == [YEN_MO]


async def test_a_group_with_a_bot_that_went_to_another_commune_is_left_out(db: BaseDBAsyncClient) -> None:
    at = await places()
    async with in_transaction("default"):
        for name in (YEN_MO, KHANH_THIEN):
            await channels.register(name, f"g-{name}", at.village, "village", "Nhóm", NOW)
    found = await channels.of_unit(at.village, NOW.date(), purpose="village")
    assert [one.platform for one in await delivery_channels.to_groups(box(db, at), found, NOW)] == [YEN_MO]
    foreign = [one for one in found if one.platform == KHANH_THIEN]
    assert await delivery_channels.to_groups(box(db, at), foreign, NOW) == []


async def test_the_bot_of_a_merged_commune_still_speaks_in_its_groups(db: BaseDBAsyncClient) -> None:
    """Until somebody gives it to the new commune: else its villages would hear nothing from that day on."""
    at = await places()
    async with in_transaction("default"):
        await channels.register(YEN_MO, "g-own", at.village, "village", "Nhóm", NOW)
        await units.merge(["yen-mo"], "khanh-thien", NOW.date() - timedelta(days=1))
    found = await channels.of_unit(at.village, NOW.date(), purpose="village")
    assert [one.platform for one in await delivery_channels.to_groups(box(db, at), found, NOW)] == [YEN_MO]
