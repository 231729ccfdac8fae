"""Whom an office listed before they came: their code makes one person of the row and the account."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from bot.features.audit import Audit, Verified
from bot.features.invites import Created, InviteRefused, Invites, Redeemed, listed
from bot.features.invites.service import NO_GOOD, OTHER_COMMUNE
from bot.features.people import merging, people
from bot.features.people.accounts import Account
from bot.features.people.people import Who
from bot.storage.table import Table
from bot.storage.tables.audit import Actor
from bot.storage.tables.help import HelpDuty
from bot.storage.tables.people import Invite, Person, Role
from bot.storage.tables.tasks import Task

from .test_privacy import privacy
from .village import KEY, NOW, Places, places, somebody

HOA = Account("fake", "id-hoa")


@pytest.fixture
def invites() -> Invites:
    return Invites(KEY, Audit(KEY))


async def on_list(name: str, *roles: tuple[str, int], phone: str = "") -> int:
    """As the sheet of people leaves somebody."""
    person_id = await people.create(name, NOW, phone=phone, listed=True)
    for role, unit_id in roles:
        await people.grant(person_id, role, unit_id, NOW)
    return person_id


async def code_for(invites: Invites, person_id: int, by: Who | None = None) -> str:
    async with in_transaction("default"):
        made = await invites.create_listed(person_id, by=by, now=NOW)
    assert isinstance(made, Created)
    return made.code


async def use(invites: Invites, code: str, account: Account = HOA, days: int = 0) -> Redeemed | str:
    async with in_transaction("default"):
        taken = await invites.redeem(
            code,
            account,
            f"chat-{account.person}",
            NOW + timedelta(days=days),
            name="Hoa 🌸",
            private=True,
            messenger=True,
        )
    return taken.why if isinstance(taken, InviteRefused) else taken


async def held(account: Account) -> set[tuple[str, int | None]]:
    return {(grant.role, grant.unit_id) for grant in (await people.who(account, NOW)).grants}


async def test_who_is_listed_comes_as_the_person_in_the_list(db: BaseDBAsyncClient, invites: Invites) -> None:
    at = await places()
    await on_list("Nguyễn Thị Hoa", ("leader", at.village), ("volunteer", at.commune), phone="0912345678")
    [waiting] = await listed.find([at.village], NOW)
    code = await code_for(invites, waiting.person_id)
    assert isinstance(await use(invites, code), Redeemed)
    assert await held(HOA) == {("leader", at.village), ("volunteer", at.commune)}
    assert await Person.all().values_list("name", "phone") == [("Nguyễn Thị Hoa", "0912345678")]
    assert await listed.find([at.village, at.commune], NOW) == []
    assert await use(invites, code, Account("fake", "id-lan")) == NO_GOOD
    assert isinstance(await Audit(KEY).verify(), Verified)


async def test_a_new_code_ends_the_earlier_one_and_so_does_an_official(db: BaseDBAsyncClient, invites: Invites) -> None:
    at = await places()
    officer, hoa = await somebody("lan", "officer", at.commune), await on_list("Hoa", ("leader", at.village))
    first, second = await code_for(invites, hoa, officer), await code_for(invites, hoa, officer)
    assert first not in str(await Invite.all().values())
    assert await use(invites, first) == NO_GOOD
    async with in_transaction("default"):
        assert await invites.cancel_listed([hoa], by=officer, now=NOW) == 1
    assert await use(invites, second) == NO_GOOD
    assert await use(invites, await code_for(invites, hoa, officer), days=14) == NO_GOOD


async def test_a_code_dies_with_the_role_it_leads_to_and_with_its_makers(
    db: BaseDBAsyncClient, invites: Invites
) -> None:
    at = await places()
    officer, hoa = await somebody("lan", "officer", at.commune), await on_list("Hoa", ("leader", at.village))
    code = await code_for(invites, hoa, officer)
    await people.end_all(hoa, "leader", at.village, NOW)
    assert await use(invites, code) == NO_GOOD
    nam = await on_list("Nam", ("member", at.village))
    code = await code_for(invites, nam, officer)
    assert officer.person_id is not None
    await people.end_all(officer.person_id, "officer", at.commune, NOW)
    assert await use(invites, code) == NO_GOOD


async def test_nobody_makes_a_code_for_more_than_they_may_invite_to(db: BaseDBAsyncClient, invites: Invites) -> None:
    """A leader who could invite a member would get, with the code of one who is an officer, the officer's role."""
    at = await places()
    leader = await somebody("tu", "leader", at.village)
    both = await on_list("Hoa", ("member", at.village), ("officer", at.commune))
    chair, elsewhere = await on_list("Nam", ("chair", at.commune)), await on_list("Bình", ("member", at.other_village))
    mine = await on_list("Mai", ("member", at.village))
    officer = await somebody("lan", "officer", at.commune)
    everywhere = [at.commune, at.village, at.other_village]
    assert [one.person_id for one in await listed.find(everywhere, NOW, by=leader)] == [mine]
    assert {one.person_id for one in await listed.find(everywhere, NOW, by=officer)} == {both, elsewhere, mine}
    for by, person_id in ((leader, both), (leader, elsewhere), (officer, chair)):
        assert isinstance(await invites.create_listed(person_id, by=by, now=NOW), InviteRefused)
        await code_for(invites, person_id)
        async with in_transaction("default"):
            assert await invites.cancel_listed([person_id], by=by, now=NOW) == 0
    assert officer.person_id is not None
    assert isinstance(await invites.create_listed(officer.person_id, by=None, now=NOW), InviteRefused), "who has come"


async def test_who_serves_another_commune_is_not_made_one_of_this(db: BaseDBAsyncClient, invites: Invites) -> None:
    at = await places()
    far = await somebody("lan", "leader", at.far_village)
    code = await code_for(invites, await on_list("Lan", ("member", at.village)))
    assert await use(invites, code, far.account) == OTHER_COMMUNE


async def test_who_came_before_keeps_what_they_did_and_gets_what_was_given_to_the_row(
    db: BaseDBAsyncClient, invites: Invites
) -> None:
    at: Places = await places()
    hoa = await somebody("hoa", "leader", at.village)
    listed_id = await on_list("Nguyễn Thị Hoa", ("leader", at.village), ("steering", at.other_village))
    ends = NOW + timedelta(days=300)
    await people.grant(listed_id, "volunteer", at.village, NOW, expires_at=ends)
    await Task.create(
        unit_id=at.village, title="Rà hộ", due_on=NOW.date(), state="given", giver_id=hoa.person_id, doer_id=listed_id,
        created_at=NOW, updated_at=NOW,
    )  # fmt: skip
    for person_id, weekday in ((hoa.person_id, 1), (listed_id, 1), (listed_id, 2)):
        await HelpDuty.create(unit_id=at.village, person_id=person_id, weekday=weekday)
    assert isinstance(await use(invites, await code_for(invites, listed_id), hoa.account), Redeemed)
    who = await people.who(hoa.account, NOW)
    assert (who.person_id, who.name) == (hoa.person_id, "Nguyễn Thị Hoa")
    assert sorted((grant.role, grant.unit_id) for grant in who.grants) == sorted(
        [("leader", at.village), ("steering", at.other_village), ("volunteer", at.village)]
    )
    assert await Person.all().count() == 1
    assert await Task.filter(doer_id=hoa.person_id, giver_id=hoa.person_id).count() == 1
    assert {row.weekday for row in await HelpDuty.filter(person_id=hoa.person_id)} == {1, 2}
    assert await HelpDuty.all().count() == 2


async def test_who_came_and_was_erased_is_not_listed_again_by_a_backup_from_before(
    db: BaseDBAsyncClient, invites: Invites
) -> None:
    """Mechanism: what is erased names the row of the list, too, which is all that the backup knows."""
    at = await places()
    hoa = await on_list("Nguyễn Thị Hoa", ("leader", at.village), phone="0912345678")
    kinds: list[type[Table]] = [Person, Actor, Role]
    backup = [(kind, [dict(row) for row in await kind.all().values()]) for kind in kinds]
    assert isinstance(await use(invites, await code_for(invites, hoa)), Redeemed)
    async with in_transaction("default"):
        await privacy().erase(await privacy().subject(HOA, "chat-id-hoa"), NOW + timedelta(hours=2))
    erased = await privacy().erased()
    for kind, rows in backup:
        await kind.bulk_create([kind(**row) for row in rows])
    async with in_transaction("default"):
        assert await privacy().replay_erased(erased, NOW, NOW + timedelta(days=1)) == 1
    assert await Person.all().count() == 0
    assert await listed.find([at.village], NOW) == []


def test_nothing_else_that_both_can_have_may_stand_only_once() -> None:
    """A table in which the row and the account could each have their line would stop them from becoming one.

    Only who has an account has a seat at a training, or brings questions in.
    """
    once = {
        model.__name__
        for model, column in merging._references()
        if any(column.removesuffix("_id") in columns for columns in model._meta.unique_together)
        or model._meta.fields_map[column.removesuffix("_id")].unique
    }
    assert once == {"HelpDuty", "TrainingSeat", "BankImport"}


@pytest.mark.parametrize("database_kind", [pytest.param("postgres", marks=pytest.mark.postgres)])
async def test_a_role_that_an_import_gives_while_the_code_is_used_is_not_lost(
    db: BaseDBAsyncClient, invites: Invites
) -> None:
    """Mechanism: the row of the list is locked first. Else what was not committed yet was neither seen nor kept."""
    at = await places()
    hoa = await on_list("Nguyễn Thị Hoa", ("member", at.village))
    code = await code_for(invites, hoa)
    given, read_on = asyncio.Event(), asyncio.Event()

    async def imports() -> None:
        async with in_transaction("default"):
            await people.grant(hoa, "deputy", at.village, NOW)
            given.set()
            await read_on.wait()

    async with asyncio.TaskGroup() as both:
        both.create_task(imports())
        await given.wait()
        using = both.create_task(use(invites, code))
        waits = "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        while not await db.execute_query_dict(waits):  # noqa: ASYNC110 - the database has no event for it
            await asyncio.sleep(0.001)
        read_on.set()
    assert isinstance(using.result(), Redeemed)
    assert await held(HOA) == {("member", at.village), ("deputy", at.village)}
