"""Accounts, the person behind them, and roles that begin, end, expire and pass on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.features import units
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.features.units.near import around, at_hand
from bot.storage.database import created, opened
from bot.storage.event_reads import remembered
from bot.storage.lite import table_versions
from bot.storage.sql import Value
from bot.storage.tables.people import Account as AccountRow
from bot.storage.tables.people import Person

from .village import KEY, NOW, places, somebody


async def test_a_stranger_is_nobody_and_leaves_nothing_behind(db: BaseDBAsyncClient) -> None:
    who = await people.who(Account("fake", "id-x"), NOW)
    assert (who.person_id, who.grants) == (None, ())
    await people.Contacts().touch(Account("fake", "id-x"), "chat-x", NOW)
    assert await AccountRow.all().count() == 0


async def test_the_same_id_on_two_messengers_is_two_people(db: BaseDBAsyncClient) -> None:
    at = await places()
    await somebody("hoa", "leader", at.village)
    assert (await people.who(Account("other", "id-hoa"), NOW)).person_id is None


async def test_a_role_holds_until_it_is_ended(db: BaseDBAsyncClient) -> None:
    at = await places()
    who = await somebody("hoa", "leader", at.village)
    assert who.person_id is not None
    assert [(grant.role, grant.unit_id) for grant in who.grants] == [("leader", at.village)]
    assert not await people.grant(who.person_id, "leader", at.village, NOW)
    assert not await people.end(who.grants[0].id, who.person_id + 1, NOW)
    assert await people.end(who.grants[0].id, who.person_id, NOW)
    assert not await people.end(who.grants[0].id, who.person_id, NOW)
    assert (await people.who(who.account, NOW)).grants == ()


async def test_a_volunteer_ends_without_anybody_doing_anything(db: BaseDBAsyncClient) -> None:
    at = await places()
    who = await somebody("nam", "volunteer", at.village)
    assert (await people.who(who.account, NOW + timedelta(days=179))).has("volunteer")
    assert not (await people.who(who.account, NOW + timedelta(days=181))).grants


async def test_holders_of_one_village_are_not_those_of_another(db: BaseDBAsyncClient) -> None:
    at = await places()
    await somebody("hoa", "leader", at.village)
    await somebody("lan", "leader", at.far_village)
    assert [one.name for one in await people.holders("leader", at.village, NOW)] == ["hoa"]


async def test_units_of_roles_are_read_ahead_only_where_no_event_has_left_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mechanism: the units that earlier events have read, and the ids in the rows of who somebody is."""
    monkeypatch.setattr(table_versions, "FRESH", 60)  # on a busy machine an event may begin late
    ahead: list[Sequence[Value]] = []

    async def noted(ids: str, values: Sequence[Value]) -> None:
        ahead.append(values)
        await around(ids, values)

    monkeypatch.setattr("bot.features.people.people.around", noted)
    address = f"sqlite://{tmp_path}/bot.sqlite3"
    async with created(address):
        pass
    async with opened(address):
        at = await places()
        near, far = await somebody("hoa", "leader", at.village), await somebody("lan", "leader", at.far_village)

        async def reads_ahead(who: people.Who, code: str) -> bool:
            ahead.clear()
            with remembered():
                assert await people.who(who.account, NOW) == who
                known = at_hand(code)
            assert known is not None
            assert known.id == who.grants[0].unit_id
            return bool(ahead)

        assert [await reads_ahead(near, "lac-hien") for _ in range(2)] == [True, False]
        assert [await reads_ahead(far, "phu-long") for _ in range(2)] == [True, False]
        assert not await reads_ahead(near, "lac-hien")
        await units.create("moi", "thôn", "Mới", parent="yen-mo", valid_from=date(2025, 7, 1))
        assert await reads_ahead(near, "lac-hien")


async def test_a_linked_phone_has_the_same_roles(db: BaseDBAsyncClient) -> None:
    at = await places()
    who = await somebody("hoa", "leader", at.village)
    assert who.person_id is not None
    phone = Account("other", "id-9")
    assert await people.link(phone, "chat-9", who.person_id, NOW)
    assert (await people.who(phone, NOW)).has("leader")
    assert set(await people.accounts_of(who.person_id)) == {("fake", "chat-hoa"), ("other", "chat-9")}


async def test_a_phone_of_somebody_with_a_role_cannot_be_taken_over(db: BaseDBAsyncClient) -> None:
    at = await places()
    hoa, lan = await somebody("hoa", "leader", at.village), await somebody("lan", "officer", at.commune)
    assert hoa.person_id is not None
    assert not await people.link(lan.account, "chat-lan", hoa.person_id, NOW)
    assert (await people.who(lan.account, NOW)).has("officer")


async def test_a_person_without_role_and_account_does_not_stay(db: BaseDBAsyncClient) -> None:
    at = await places()
    hoa = await somebody("hoa", "leader", at.village)
    phone = Account("other", "id-9")
    await people.remember(phone, "chat-9", "Hoa", NOW)
    assert hoa.person_id is not None
    assert await people.link(phone, "chat-9", hoa.person_id, NOW)
    assert await Person.all().count() == 1


async def test_contact_is_noted_once_a_day_and_on_a_new_chat(db: BaseDBAsyncClient) -> None:
    at = await places()
    who = await somebody("hoa", "leader", at.village)
    contacts = people.Contacts()

    async def row() -> AccountRow:
        return await AccountRow.get(native_id="id-hoa")

    await contacts.touch(who.account, "chat-hoa", NOW + timedelta(hours=2))
    assert (await row()).last_seen == NOW
    later = NOW + timedelta(days=2)
    await contacts.touch(who.account, "chat-new", later)
    assert ((await row()).last_seen, (await row()).chat_id) == (later, "chat-new")


async def test_silence_holds_on_every_phone_of_a_person(db: BaseDBAsyncClient) -> None:
    at = await places()
    who = await somebody("hoa", "leader", at.village)
    assert who.person_id is not None
    await people.link(Account("other", "id-9"), "chat-9", who.person_id, NOW)
    await people.mute(Account("other", "id-9"), muted=True)
    assert await people.accounts_of(who.person_id) == []
    await people.mute(who.account, muted=False)
    assert len(await people.accounts_of(who.person_id)) == 2


def test_logs_know_people_by_a_keyed_prefix() -> None:
    account = Account("fake", "id-hoa")
    name = people.pseudonym(KEY, account)
    assert len(name) == 12
    assert name == people.pseudonym(KEY, account)
    assert name != people.pseudonym(b"x", account)
    assert name != people.pseudonym(KEY, Account("other", "id-hoa"))
    assert people.keyed_hash(KEY, "a|b", "c") != people.keyed_hash(KEY, "a", "b|c")
