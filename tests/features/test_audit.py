"""The log shows every tampering: a changed, removed, inserted or cut row, and a chain made without the key."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from bot.features.audit import Audit, Broken, Verified
from bot.features.people import people
from bot.storage import database
from bot.storage.tables.audit import Actor, AuditHead, AuditRow

from .village import KEY, NOW


async def filled(count: int = 4) -> Audit:
    audit = Audit(KEY)
    person = await people.create("Hoa", NOW)
    for number in range(count):
        await audit.append(person, "test", f"thing:{number}", NOW, {"n": number})
    return audit


async def ids() -> list[int]:
    return [row.id for row in await AuditRow.all().order_by("id")]


async def test_a_whole_chain_is_verified_with_its_count_and_head(db: BaseDBAsyncClient) -> None:
    audit = await filled()
    verified = await audit.verify()
    assert verified == await audit.head()
    assert isinstance(verified, Verified)
    assert verified.n == 4
    assert len(verified.head) == 64
    assert await Audit(b"another key").verify() == Broken((await ids())[0])


async def test_an_empty_log_is_whole(db: BaseDBAsyncClient) -> None:
    assert await Audit(KEY).verify() == await Audit(KEY).head()


async def test_the_log_names_people_by_a_random_number_only(db: BaseDBAsyncClient) -> None:
    await filled(1)
    row, actor = await AuditRow.first(), await Actor.first()
    assert row is not None
    assert actor is not None
    assert row.actor == actor.number
    assert 0 <= actor.number < 2**53


@pytest.mark.parametrize("field", ["at", "actor", "act", "object", "details", "mac"])
async def test_a_changed_row_is_found(db: BaseDBAsyncClient, field: str) -> None:
    audit = await filled()
    second = (await ids())[1]
    changed = {"at": NOW.replace(hour=9), "actor": 7, "mac": "0" * 64}.get(field, "other:1")
    await AuditRow.filter(id=second).update(**{field: changed})
    assert await audit.verify() == Broken(second)


async def test_a_removed_row_is_found(db: BaseDBAsyncClient) -> None:
    audit = await filled()
    rows = await ids()
    await AuditRow.filter(id=rows[1]).delete()
    assert await audit.verify() == Broken(rows[2])


async def test_an_inserted_row_is_found(db: BaseDBAsyncClient) -> None:
    audit = await filled()
    last = await AuditRow.get(id=(await ids())[-1])
    await AuditRow.create(at=NOW, actor=None, act="test", object="thing:9", details="{}", mac=last.mac)
    assert await audit.verify() == Broken((await ids())[-1])


async def test_a_cut_tail_is_found_even_if_the_head_was_set_back(db: BaseDBAsyncClient) -> None:
    audit = await filled()
    rows = await ids()
    await AuditRow.filter(id=rows[-1]).delete()
    assert await audit.verify() == Broken(0)
    before = await AuditRow.get(id=rows[-2])
    await AuditHead.filter(id=1).update(count=3, head=before.mac)
    assert await audit.verify() == Broken(0)
    await audit.append(None, "test", "thing:5", NOW)
    assert await audit.verify() == Broken((await ids())[-1])


async def test_a_removed_head_is_found(db: BaseDBAsyncClient) -> None:
    audit = await filled()
    await AuditHead.all().delete()
    assert await audit.verify() == Broken(0)


async def test_a_chain_rebuilt_without_the_key_is_found(db: BaseDBAsyncClient) -> None:
    audit = await filled()
    await AuditRow.all().delete()
    await AuditHead.all().delete()
    forger = Audit(b"guessed")
    for number in range(4):
        await forger.append(None, "test", f"thing:{number}", NOW)
    assert isinstance(await forger.verify(), Verified)
    assert isinstance(await audit.verify(), Broken)


async def test_rows_roll_back_with_what_they_tell_of(db: BaseDBAsyncClient) -> None:
    audit = await filled(1)

    async def fails() -> None:
        async with in_transaction("default"):
            await audit.append(None, "test", "thing:2", NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fails()
    await audit.append(None, "test", "thing:3", NOW)
    assert await audit.verify() == await audit.head()
    assert len(await ids()) == 2


async def test_many_write_at_once(db: BaseDBAsyncClient) -> None:
    audit = await filled(1)
    await asyncio.gather(*(audit.append(None, "test", f"thing:{number}", NOW) for number in range(20)))
    verified = await audit.verify()
    assert isinstance(verified, Verified)
    assert verified.n == 21


APPENDER = """
import asyncio, sys
from datetime import UTC, datetime
from bot.features.audit import Audit
from bot.storage import database

async def main() -> None:
    async with database.opened(sys.argv[1]):
        for number in range(15):
            await Audit(b"k" * 32).append(None, "test", f"thing:{number}", datetime.now(UTC))

asyncio.run(main())
"""


async def test_several_processes_write_one_chain_on_sqlite(tmp_path: Path) -> None:
    import sys

    url = database.file_url(tmp_path / "bot.sqlite3")
    async with database.created(url):
        writers = [await asyncio.create_subprocess_exec(sys.executable, "-c", APPENDER, url) for _ in range(2)]
        assert [await writer.wait() for writer in writers] == [0, 0]
        verified = await Audit(KEY).verify()
        assert isinstance(verified, Verified)
        assert verified.n == 30


@pytest.mark.parametrize(
    "details",
    [{"phone": "0912345678"}, {"name": "Hoa"}, {"note": "con đường"}, {"id": "123"}, {"Bad": 1}, {"two words": 1}],
)
async def test_names_phones_and_free_text_are_refused(db: BaseDBAsyncClient, details: dict[str, str | int]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        await Audit(KEY).append(None, "test", "thing:1", NOW, details)


@pytest.mark.parametrize(("act", "subject"), [("Việc", "thing:1"), ("test", "Hoa"), ("test", "thing:Hoa Nguyễn")])
async def test_acts_and_objects_are_codes(db: BaseDBAsyncClient, act: str, subject: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        await Audit(KEY).append(None, act, subject, NOW)


async def test_what_somebody_may_cause_at_will_is_one_row_an_hour_for_each_thing(db: BaseDBAsyncClient) -> None:
    audit = await filled(1)
    hoa, lan = await people.create("Hoa", NOW), await people.create("Lan", NOW)
    for minute in range(90):
        for person in (hoa, lan, None):
            await audit.append_seldom(person, "right_refused", "right:broadcast", NOW + timedelta(minutes=minute))
    await audit.append_seldom(hoa, "right_refused", "right:invite", NOW)
    rows = await AuditRow.filter(act="right_refused").order_by("id")
    assert [(row.actor is None, row.at, row.object) for row in rows] == [
        (one is None, NOW + timedelta(hours=hour), "right:broadcast") for hour in (0, 1) for one in (hoa, lan, None)
    ] + [(False, NOW, "right:invite")]
    assert isinstance(await audit.verify(), Verified)
