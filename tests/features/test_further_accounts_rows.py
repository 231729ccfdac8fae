"""Further accounts as rows: what is secret is sealed for one row and one key, and each commune has its own way out."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from bot.core.platform import START_LINK, account_of, vendor_of, with_account
from bot.features.announcements import relay_people
from bot.features.announcements.audience import Audience
from bot.features.announcements.service import Announcements
from bot.features.audit import Audit
from bot.features.bots import accounts
from bot.features.bots.joining import refusing
from bot.features.bots.rekeying import rekeyed
from bot.features.bots.values import SealedValues
from bot.features.outbox.box import Outbox
from bot.features.outbox.homes import BotHome
from bot.features.outbox.rows import Rows
from bot.storage.platform_store import PlatformValues
from bot.storage.sealed_text import SealBroken, is_current, seal, unseal
from bot.storage.tables.people import Account as AccountRow
from bot.testing import RICH
from tests.framework.test_framework_imports import modules_after

from .announcements.office import office
from .outbox_rig import NAME, same
from .village import KEY, NOW, group, places, somebody

OLD, NEW = b"o" * 32, b"n" * 32
KT = f"{NAME}@kt"
OF_THE_FIRST_FORM = "s1.kTwfVwAt3Ey5iE6Spb2efZIiaZakUcSjNnqZK5lV_8aiPMB8-i06M0eRogbv_tUpUqcnAbvGq1snrT-PLgCQBg=="
"""`token=123456:ABC` for the row "row" under OLD, as versions before the library sealed it."""
FIRST_OPTIONS = "s1.h6bCFiqtl2AmqxTk-wf1k-_eV8ZhLs7bR9Z-pd59UVww4xD9LRkkCzR5u1bmQ_qGWFO1M5TPK9YoDaX9by8zISycbyzQ4pg="
"""`{"token": "123456:ABC"}` for the row "telegram@kt" under OLD, likewise."""
FIRST_VALUE = "s1.s1qIDiwcBfnjc8W4fOXHzi7q65MQeXPP1GaqgAF0QbX-Y4O4DyYCGgniBkFderMgk68jI355"
"""`access` for the row "telegram@kt tokens" under OLD, likewise."""


@settings(deadline=None)  # the first text imports the library
@given(st.text(max_size=300), st.text(max_size=40))
def test_what_is_sealed_opens_with_its_key_for_its_row_alone(text: str, row: str) -> None:
    sealed = seal(OLD, row, text)
    assert unseal(OLD, row, sealed) == text
    assert sealed != seal(OLD, row, text)
    for key, name in ((NEW, row), (OLD, f"{row}x")):
        with pytest.raises(SealBroken):
            unseal(key, name, sealed)


@settings(deadline=None)  # likewise, when it runs alone
@given(st.integers(0, 400), st.integers(1, 255))
def test_one_changed_byte_breaks_the_seal(at: int, by: int) -> None:
    sealed = bytearray(seal(OLD, "row", "token=123456:ABC").encode())
    at %= len(sealed)
    sealed[at] = (sealed[at] + by) % 128
    changed = sealed.decode("ascii", "replace")
    with contextlib.suppress(SealBroken):  # or it is another way to write the same bytes
        assert unseal(OLD, "row", changed) == "token=123456:ABC"


def test_texts_that_an_older_version_sealed_are_still_opened_and_no_more_are_made() -> None:
    assert unseal(OLD, "row", OF_THE_FIRST_FORM) == "token=123456:ABC"
    assert not is_current(OF_THE_FIRST_FORM)
    assert is_current(seal(OLD, "row", "token=123456:ABC"))
    changed = OF_THE_FIRST_FORM.replace("k", "l", 1)
    for key, row, text in ((NEW, "row", OF_THE_FIRST_FORM), (OLD, "rows", OF_THE_FIRST_FORM), (OLD, "row", changed)):
        with pytest.raises(SealBroken):
            unseal(key, row, text)
    with pytest.raises(SealBroken):
        unseal(OLD, "row", OF_THE_FIRST_FORM.replace("s1.", "s2."))


def test_a_process_that_seals_nothing_does_not_load_the_cipher() -> None:
    code = "import bot.assembly.parts, bot.assembly.bots.first, bot.features.bots.accounts, bot.storage.sealed_text"
    assert not {name for name in modules_after(code) if name.startswith(("cryptography", "_cffi"))}


async def test_what_an_older_version_sealed_is_sealed_anew_by_the_next_write_or_by_rekeying(
    db: BaseDBAsyncClient,
) -> None:
    name = "telegram@kt"
    plain, values = PlatformValues(db, name), SealedValues(PlatformValues(db, name), OLD, name)
    async with in_transaction("default"):
        await accounts.add(name, None, FIRST_OPTIONS, NOW)
    one = await accounts.find(name)
    assert one is not None
    assert one.options(OLD) == {"token": "123456:ABC"}
    async with in_transaction("default"):
        assert await rekeyed(OLD, OLD) == (1, [])
    async with in_transaction("default"):
        assert await rekeyed(OLD, OLD) == (0, [])
    again = await accounts.find(name)
    assert again is not None
    assert is_current(again.sealed)
    assert again.options(OLD) == {"token": "123456:ABC"}
    await plain.swap("tokens", None, FIRST_VALUE)
    assert await values.swap("tokens", "access", "newer")
    assert is_current(await plain.get("tokens") or "")
    assert await values.get("tokens") == "newer"


def test_a_platform_names_its_messenger_and_its_account() -> None:
    assert (vendor_of(KT), account_of(KT)) == (NAME, "kt")
    assert (vendor_of(NAME), account_of(NAME)) == (NAME, "")
    assert with_account("zalo_oa@kt", lambda vendor: vendor.upper()) == "ZALO_OA (kt)"


async def test_values_of_an_account_are_sealed_and_still_compared(db: BaseDBAsyncClient) -> None:
    plain = PlatformValues(db, KT)
    values = SealedValues(plain, OLD, KT)
    assert await values.swap("tokens", None, "first")
    assert not await values.swap("tokens", None, "second")
    assert not await values.swap("tokens", "another", "second")
    assert await values.swap("tokens", "first", "second")
    assert await values.get("tokens") == "second"
    assert "second" not in (await plain.get("tokens") or "")
    assert await values.swap(START_LINK, None, "https://t.me/kt?start={code}")
    assert await plain.get(START_LINK) == "https://t.me/kt?start={code}"


async def test_a_new_key_opens_everything_after_rekeying_and_the_old_one_nothing(db: BaseDBAsyncClient) -> None:
    options: Mapping[str, str] = {"token": "123456:ABC"}
    at = await places()
    async with in_transaction("default"):
        assert await accounts.add(KT, at.commune, accounts.sealed(OLD, KT, options), NOW)
        assert not await accounts.add(KT, at.commune, accounts.sealed(OLD, KT, options), NOW)
        assert await accounts.add(f"{NAME}@hong", None, accounts.sealed(b"x" * 32, f"{NAME}@hong", options), NOW)
    await SealedValues(PlatformValues(db, KT), OLD, KT).swap("tokens", None, "access")
    async with in_transaction("default"):
        assert await rekeyed(OLD, NEW) == (2, [f"{NAME}@hong"])
    async with in_transaction("default"):
        assert await rekeyed(OLD, NEW) == (0, [f"{NAME}@hong"])
    one = await accounts.find(KT)
    assert one is not None
    assert one.options(NEW) == options
    assert (one.version, one.at_work) == (1, True), "nothing begins anew for it"
    with pytest.raises(SealBroken):
        one.options(OLD)
    assert await SealedValues(PlatformValues(db, KT), NEW, KT).get("tokens") == "access"
    assert "123456" not in json.dumps(await db.execute_query_dict("select * from bot_accounts"), default=str)


async def test_who_changes_an_account_last_must_have_seen_it(db: BaseDBAsyncClient) -> None:
    at = await places()
    async with in_transaction("default"):
        await accounts.add(KT, at.commune, "s", NOW)
    seen = await accounts.find(KT)
    assert seen is not None
    assert await accounts.switch(seen, NOW, at_work=False)
    assert not await accounts.switch(seen, NOW, at_work=True)
    assert await accounts.versions() == {KT: (2, False)}
    assert [one.name for one in await accounts.every(at.commune)] == [KT]
    assert not await accounts.every(at.other_village)


async def test_an_announcement_goes_out_through_bots_of_its_commune_alone(db: BaseDBAsyncClient) -> None:
    """A group of the village on a bot that was given to another commune since, and a leader who talks to it."""
    desk = await office(db)
    foreign = await group(KT, "g-kt", desk.at.village, "Nhóm ở bot khác", desk.now)
    leader = await somebody("tu", "leader", desk.at.village)
    assert leader.person_id is not None
    await AccountRow.filter(person_id=leader.person_id).update(platform=KT)
    theirs, ours = {KT: BotHome(desk.at.other_commune, "khac")}, {KT: BotHome(desk.at.commune, "yen-mo")}
    for homes, goes_out in (({}, True), (theirs, False), (ours, True)):
        box = Outbox(Rows(db, same), {NAME: RICH, KT: RICH}, same, lambda name: None, homes=homes)
        desk.features = Announcements(box, Audit(KEY))
        found = await desk.features.approval.resolve(await desk.draft(audience=Audience(every=True)), desk.now)
        meant = {one.id for members in found.members for one in members}
        assert (foreign.id in meant) is goes_out
        known = await relay_people.of_each([desk.at.village], box, desk.now)
        assert len(known[desk.at.village]) == goes_out


async def test_nobody_joins_another_commune_through_a_commune_s_bot(db: BaseDBAsyncClient) -> None:
    at = await places()
    homes = {KT: BotHome(at.commune, "yen-mo")}
    assert await refusing(homes, KT, at.commune) is None
    assert await refusing(homes, KT, at.village) is None
    assert await refusing({}, KT, at.province) is None
    assert await refusing(homes, NAME, at.province) is None
    assert await refusing(homes, KT, at.province) == "xã Yên Mô"
