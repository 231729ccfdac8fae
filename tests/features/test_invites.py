"""Codes: what they give, to whom, how often, until when, and what a guesser gets."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from bot.core.guard import mask
from bot.features.audit import Audit
from bot.features.invites import (
    ChannelGrant,
    Created,
    InviteRefused,
    Invites,
    Redeemed,
    is_nearly_code,
    looks_like_code,
    new_code,
    normal,
    qr,
)
from bot.features.invites.service import (
    ALREADY,
    GROUP_ONLY,
    NO_GOOD,
    ON_MESSENGER_ONLY,
    OTHER_COMMUNE,
    PRIVATE_ONLY,
    TOO_MANY,
)
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.storage.tables.people import Invite, Role

from .village import KEY, NOW, places, somebody

HOA = Account("fake", "id-hoa")


@pytest.fixture
def invites() -> Invites:
    return Invites(KEY, Audit(KEY))


async def code_for(invites: Invites, role: str, unit: int, *, uses: int = 1, days: int = 7) -> str:
    made = await invites.create(role, unit, by=None, now=NOW, uses=uses, days=days)
    assert isinstance(made, Created)
    return made.code


async def use(
    invites: Invites,
    code: str,
    account: Account = HOA,
    *,
    after: timedelta = timedelta(),
    private: bool = True,
    messenger: bool = True,
) -> Redeemed | str:
    async with in_transaction("default"):
        taken = await invites.redeem(
            code, account, f"chat-{account.person}", NOW + after, name="Hoa", private=private, messenger=messenger
        )
    return taken.why if isinstance(taken, InviteRefused) else taken


def test_a_code_has_65_bits_of_plain_symbols() -> None:
    codes = {new_code() for _ in range(500)}
    assert len(codes) == 500
    for code in codes:
        assert [len(group) for group in code.split("-")] == [4, 4, 5]
        assert not set(code) & set("ILOU")
        for typed in (code, code.replace("-", " ").lower(), code.replace("-", "")):
            assert not mask(typed)[1]
            assert looks_like_code(typed)


@pytest.mark.parametrize(
    "unlucky",
    ["KQFZMABRTBXHN", "K0F1MABRTBXHN", "4929123456788", "0361234567890"],
    ids=["letters-only", "only-look-alike-digits", "a-card", "digits-only"],
)
def test_a_code_that_could_be_taken_for_something_else_is_drawn_again(
    unlucky: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In 1 of 130 draws a code had letters only: typed with spaces, it was answered as a question."""
    drawn = iter(unlucky + "K7QF9M2A4RTBX")
    monkeypatch.setattr("bot.features.invites.codes.chance.choice", lambda _: next(drawn))
    assert new_code() == "K7QF-9M2A-4RTBX"


@given(st.integers(min_value=0, max_value=2**64))
def test_a_code_may_be_typed_carelessly(seed: int) -> None:
    code = new_code()
    careless = code.replace("0", "o").replace("1", "l").lower().replace("-", " " if seed % 2 else "")
    assert normal(f" {careless} ") == code.replace("-", "")


@pytest.mark.parametrize(
    "text", ["", "xin chào bác", "K7QF-9M2A", "K7QF-9M2A-4RTBX-1", "cai dat vneid", "thongbaoxaabc"]
)
def test_words_are_no_codes(text: str) -> None:
    assert not looks_like_code(text)


@pytest.mark.parametrize(
    "text",
    [
        "4K7P-9QZX",
        "K7QF-9M2A-4RTB",
        "K7QF-9M2A-4RTBX-1",
        "k7qf – 9m2a – 4rtux",
        "ABCD-1234-EFG",
        "K7QF9M2A4RTB",
        "K7QF 9M2A 4RTB1X",
    ],
)
def test_a_code_with_a_slip_has_the_form_of_one(text: str) -> None:
    assert is_nearly_code(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0912345678",
        "0912-345-678",
        "O912-345-678",
        "TB-0001",
        "35N1-23456",
        "covid-19",
        "covid2019",
        "iphone15pro",
        "xin-chao-bac",
        "25-11-2026",
        "1000-2000",
        "thon-2024",
        "12/UBND-VHXH",
        "cài vneid mức 2",
        "samsung a54 5g",
        "hop luc 7h30 ngay 25",
        "K7QF-9M2A-4RTBX",
    ],
)
def test_words_numbers_and_whole_codes_have_no_slip(text: str) -> None:
    assert not is_nearly_code(text)


async def test_a_code_gives_its_role_once(db: BaseDBAsyncClient, invites: Invites) -> None:
    at = await places()
    code = await code_for(invites, "leader", at.village)
    taken = await use(invites, code)
    assert isinstance(taken, Redeemed)
    assert (taken.role, taken.unit_id) == ("leader", at.village)
    assert (await people.who(HOA, NOW)).has("leader")
    assert await use(invites, code, Account("fake", "id-lan")) == NO_GOOD
    assert code not in str(await Invite.all().values())


async def test_a_code_for_several_is_not_wasted_by_one(db: BaseDBAsyncClient, invites: Invites) -> None:
    at = await places()
    code = await code_for(invites, "member", at.village, uses=2)
    await use(invites, code)
    assert await use(invites, code) == ALREADY
    assert isinstance(await use(invites, code, Account("fake", "id-lan")), Redeemed)
    assert await use(invites, code, Account("fake", "id-nam")) == NO_GOOD


async def test_of_many_who_use_a_code_at_once_one_wins(db: BaseDBAsyncClient, invites: Invites) -> None:
    at = await places()
    code = await code_for(invites, "leader", at.village)
    taken = await asyncio.gather(*(use(invites, code, Account("fake", f"id-{n}")) for n in range(8)))
    assert sum(isinstance(one, Redeemed) for one in taken) == 1
    assert await Role.all().count() == 1


async def test_a_code_ends_with_its_time(db: BaseDBAsyncClient, invites: Invites) -> None:
    at = await places()
    code = await code_for(invites, "leader", at.village, days=7)
    assert await use(invites, code, after=timedelta(days=7)) == NO_GOOD


async def test_a_code_dies_with_the_right_of_who_made_it(db: BaseDBAsyncClient, invites: Invites) -> None:
    at = await places()
    leader = await somebody("lan", "leader", at.village)
    made = await invites.create("member", at.village, by=leader, now=NOW)
    assert isinstance(made, Created)
    assert leader.person_id is not None
    await people.end(leader.grants[0].id, leader.person_id, NOW)
    assert await use(invites, made.code) == NO_GOOD
    assert not (await people.who(HOA, NOW)).grants


async def test_nobody_invites_beyond_their_own_scope(db: BaseDBAsyncClient, invites: Invites) -> None:
    at = await places()
    leader = await somebody("lan", "leader", at.village)
    for role, unit in (("member", at.other_village), ("leader", at.village), ("member", at.far_village)):
        assert isinstance(await invites.create(role, unit, by=leader, now=NOW), InviteRefused)
    assert isinstance(await invites.create_channel("village", at.other_village, by=leader, now=NOW), InviteRefused)
    assert isinstance(await invites.create("leader", at.commune, by=None, now=NOW), InviteRefused)
    assert isinstance(await invites.create("leader", at.village, by=None, now=NOW, uses=0), InviteRefused)
    assert await Invite.all().count() == 0


async def test_after_five_wrong_codes_even_the_right_one_waits_an_hour(db: BaseDBAsyncClient, invites: Invites) -> None:
    at = await places()
    code = await code_for(invites, "leader", at.village)
    for minute in range(5):
        assert await use(invites, new_code(), after=timedelta(minutes=minute)) == NO_GOOD
    assert await use(invites, code, after=timedelta(minutes=5)) == TOO_MANY
    assert await use(invites, code, after=timedelta(minutes=63)) == TOO_MANY
    assert isinstance(await use(invites, code, after=timedelta(minutes=65)), Redeemed)


async def test_wrong_codes_over_a_day_do_not_lock_anybody_out(db: BaseDBAsyncClient, invites: Invites) -> None:
    for hour in range(8):
        assert await use(invites, new_code(), after=timedelta(hours=hour)) == NO_GOOD


async def test_a_chat_is_limited_whoever_tries_in_it(db: BaseDBAsyncClient, invites: Invites) -> None:
    for n in range(5):
        found = await invites.look(new_code(), Account("fake", f"id-{n}"), "one", NOW, private=True, messenger=True)
        assert found == InviteRefused(NO_GOOD)
    found = await invites.look(new_code(), Account("fake", "id-9"), "one", NOW, private=True, messenger=True)
    assert found == InviteRefused(TOO_MANY)


async def test_a_role_is_not_redeemed_in_a_group_or_on_the_web(db: BaseDBAsyncClient, invites: Invites) -> None:
    at = await places()
    code = await code_for(invites, "leader", at.village)
    assert await use(invites, code, private=False) == PRIVATE_ONLY
    assert await use(invites, code, messenger=False) == ON_MESSENGER_ONLY
    resident = await code_for(invites, "resident", at.village)
    assert isinstance(await use(invites, resident, messenger=False), Redeemed)


async def test_a_code_of_another_commune_is_refused(db: BaseDBAsyncClient, invites: Invites) -> None:
    at = await places()
    hoa = await somebody("hoa", "leader", at.village)
    assert await use(invites, await code_for(invites, "leader", at.far_village), hoa.account) == OTHER_COMMUNE
    observer = await use(invites, await code_for(invites, "observer", at.other_commune), hoa.account)
    assert isinstance(observer, Redeemed)


async def test_a_proof_belongs_to_one_account(db: BaseDBAsyncClient, invites: Invites) -> None:
    at = await places()
    code = await code_for(invites, "leader", at.village)
    found = await invites.look(code, HOA, "chat", NOW, private=True, messenger=True)
    assert not isinstance(found, InviteRefused)
    thief = Account("fake", "id-thief")
    stolen = await invites.accept(found.invite_id, found.proof, thief, "chat", "x", NOW, messenger=True)
    assert stolen == InviteRefused(NO_GOOD)
    assert isinstance(await use(invites, code), Redeemed)


async def test_a_role_passes_to_a_successor(db: BaseDBAsyncClient, invites: Invites) -> None:
    at = await places()
    old = await somebody("lan", "leader", at.village)
    made = await invites.create("leader", at.village, by=None, now=NOW, replacing=old.person_id)
    assert isinstance(made, Created)
    assert (await people.who(old.account, NOW)).has("leader")
    await use(invites, made.code)
    assert not (await people.who(old.account, NOW)).grants
    assert [one.name for one in await people.holders("leader", at.village, NOW)] == ["Hoa"]


async def test_a_second_phone_is_linked_for_an_hour(db: BaseDBAsyncClient, invites: Invites) -> None:
    at = await places()
    hoa = await somebody("hoa", "leader", at.village)
    made = await invites.create_link(hoa, NOW)
    phone = Account("other", "id-9")
    assert await use(invites, made.code, phone, after=timedelta(minutes=61)) == NO_GOOD
    assert isinstance(await use(invites, made.code, phone), Redeemed)
    assert (await people.who(phone, NOW)).has("leader")


async def test_a_link_code_is_not_lost_on_somebody_elses_phone(db: BaseDBAsyncClient, invites: Invites) -> None:
    at = await places()
    hoa, lan = await somebody("hoa", "leader", at.village), await somebody("lan", "officer", at.commune)
    made = await invites.create_link(hoa, NOW)
    assert await use(invites, made.code, lan.account) == people.HAS_ANOTHER_PERSON
    assert isinstance(await use(invites, made.code, Account("other", "id-9")), Redeemed)


async def test_a_group_code_registers_one_group(db: BaseDBAsyncClient, invites: Invites) -> None:
    at = await places()
    leader = await somebody("lan", "leader", at.village)
    made = await invites.create_channel("village", at.village, by=leader, now=NOW)
    assert isinstance(made, Created)
    assert await use(invites, made.code) == GROUP_ONLY
    grant = ChannelGrant(at.village, "village", made.invite_id, leader.person_id)
    assert await invites.redeem_channel(made.code.lower(), "fake|g1|id-lan", NOW) == grant
    assert await invites.redeem_channel(made.code, "fake|g1|id-lan", NOW) == InviteRefused(NO_GOOD)
    role = await code_for(invites, "leader", at.village)
    assert await invites.redeem_channel(role, "fake|g1|id-lan", NOW) == InviteRefused(PRIVATE_ONLY)


async def test_every_code_made_and_used_stands_in_the_log(db: BaseDBAsyncClient, invites: Invites) -> None:
    at = await places()
    await use(invites, await code_for(invites, "leader", at.village))
    verified = await Audit(KEY).verify()
    assert verified == await Audit(KEY).head()
    assert (await Audit(KEY).head()).n == 2


def test_a_link_is_drawn_for_chats_and_for_print() -> None:
    assert qr.png("https://chat.example/?start=K7QF-9M2A-4RTBX").startswith(b"\x89PNG")
    assert b"<svg" in qr.svg("https://chat.example/?start=K7QF-9M2A-4RTBX")
