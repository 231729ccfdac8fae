"""The page of one person: roles, messengers, what they told and do, and who gave and ended their roles."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date

import pytest
import pytest_asyncio
from tortoise.transactions import in_transaction

from bot.features import units
from bot.features.audit_words import READ
from bot.features.calendar.vietnam import today
from bot.features.demo import village
from bot.features.difficulties import difficulties
from bot.features.people import people
from bot.features.rights.table import LEADER, MEMBER, OFFICER, POLICE
from bot.features.tasks import board
from bot.framework.process import CLOCK
from bot.storage.tables.audit import AuditRow
from bot.storage.tables.checkins import Figure
from bot.storage.tables.people import Account

from .seats import Office, office

pytestmark = pytest.mark.asyncio(loop_scope="module")
DONE = "Ai cho vai trò, ai cho thôi"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    async with office(tmp_path_factory.mktemp("desk")) as found:
        yield found


async def _unit(code: str) -> int:
    found = await units.get(code)
    assert found is not None
    return found.id


async def test_a_name_in_the_list_leads_to_all_that_is_known_of_the_person(desk: Office) -> None:
    now, place = CLOCK.now(), await _unit(village.VILLAGE)
    lan = await desk.person(OFFICER)
    async with in_transaction():
        binh = await people.create("Chị Bình <b>", now, phone="0912000111", listed=True)
        for role in (LEADER, MEMBER):
            await people.grant(binh, role, place, now)
        await people.end_all(binh, MEMBER, place, now)
        await Account.create(
            platform="web", native_id="binh", chat_id="", person_id=binh, reachable=False, last_seen=now
        )
        await difficulties.raise_one(place, "Cầu hỏng", reporter=binh, owner=None, now=now)
        task = await board.draft(place, "Phát tờ rơi", "", today(now), giver=lan, now=now)
        assert await board.give(task, binh, now, giver=lan)
        for code in ("CQ01", "CQ02"):
            await Figure.create(
                unit_id=place, indicator=code, period="2026-10", ends_on=date(2026, 10, 31), version=77, value=1000,
                source="chat", reported_by_id=binh, reported_at=now,
            )  # fmt: skip
    async with desk.sat() as seat:
        await seat.get("/nguoi", q="Bình")
        assert f'href="/ban/nguoi/{binh}"' in seat.page
        words = await seat.get(f"/nguoi/{binh}")
        assert seat.status == 200
        told = ("Chị Bình <b>", "0912000111", "Cầu hỏng", "Phát tờ rơi", "2 chỉ tiêu")
        for expected in (*told, "Web không nhắn được", "Vai trò đã thôi"):
            assert expected in words, expected
        assert "Bình <b>" not in seat.page


async def test_whoever_may_read_the_log_sees_who_ended_a_role_and_that_is_noted(desk: Office) -> None:
    now, place = CLOCK.now(), await _unit(village.VILLAGE)
    services, lan = desk.bot.services, await desk.person(OFFICER)
    async with in_transaction():
        tam = await people.create("Ông Tám", now, listed=True)
        await people.grant(tam, LEADER, place, now)
        grant = (await people.grants_of(tam, now))[0]
        assert await people.end(grant.id, tam, now)
        await services.audit.append(lan, "role_ended", f"grant:{grant.id}", now, {"role": LEADER, "unit": place})
    async with desk.sat() as seat:
        words = await seat.get(f"/nguoi/{tam}")
        assert DONE in words
        assert "Thôi vai trò: Tổ trưởng" in words
        assert await people.name_of(lan) in words.partition(DONE)[2]
    assert await AuditRow.filter(act=READ, object=f"unit:{await _unit(village.COMMUNE)}").exists()


async def test_whoever_has_no_right_to_a_part_does_not_see_it(desk: Office) -> None:
    now, commune = CLOCK.now(), await _unit(village.COMMUNE)
    async with in_transaction():
        await people.grant(await people.create("Anh Công an", now, listed=True), POLICE, commune, now)
    tu = await desk.person(LEADER, village.VILLAGE)
    async with desk.sat(POLICE) as seat:
        await seat.get(f"/nguoi/{tu}")
        assert seat.status == 403


async def test_a_person_of_another_commune_and_one_that_is_none_are_alike(desk: Office) -> None:
    now = CLOCK.now()
    async with in_transaction():
        await units.create("xa-la", "xã", "Lạ", parent=village.PROVINCE, valid_from=date(2025, 7, 1))
        la = await people.create("Người Lạ", now, listed=True)
        await people.grant(la, OFFICER, await _unit("xa-la"), now)
    async with desk.sat() as seat:
        told = set()
        for number in (str(la), "999999", "x", "1" * 30, "٣"):
            told.add(await seat.get(f"/nguoi/{number}"))
            assert seat.status == 404, number
            assert "Người Lạ" not in seat.page
        assert len(told) == 1
