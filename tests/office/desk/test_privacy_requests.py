"""Requests about personal data that came by word of mouth: noted on the page, due, late on the first page, closed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.features import units
from bot.features.calendar.vietnam import today
from bot.features.privacy_requests.personal_data import DAYS, rules
from bot.features.privacy_requests.tables import PrivacyRequest
from bot.framework.process import CLOCK
from bot.i18n import short_date
from bot.storage.tables.audit import AuditRow

from .seats import Office, Seat, office

ADDRESS = "/rieng-tu"
HER = {"loai": "correct", "ai": "Bà Hoa, thôn Lạc Hiền", "loi": "Sai năm sinh"}


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Office]:
    async with office(tmp_path) as opened:
        yield opened


def ago(days: int) -> date:
    return today(CLOCK.now()) - timedelta(days=days)


async def note(seat: Seat, came_on: date, **other: str) -> str:
    await seat.get(ADDRESS)
    return await seat.send(ADDRESS, {**HER, "ngay": came_on.isoformat(), **other})


async def test_a_request_is_noted_with_its_deadline_and_waits_on_the_first_page(desk: Office) -> None:
    async with desk.sat() as seat:
        assert "yêu cầu về dữ liệu cá nhân" not in await seat.get("")
        words = await note(seat, ago(0))
        assert "Đã ghi vào sổ." in words
        assert "Bà Hoa, thôn Lạc Hiền Xin sửa dữ liệu Sai năm sinh" in words
        assert "quá hạn" not in words
        first = await seat.get("")
        assert f"1 yêu cầu về dữ liệu cá nhân đang làm. Hạn gần nhất {short_date(ago(-10), 'vi')}." in first
    row = await PrivacyRequest.get()
    assert row.due_on == ago(-10)
    assert await AuditRow.filter(act="privacy_request_noted", object=f"privacy_request:{row.id}").exists()


@pytest.mark.parametrize(("kind", "days"), [("see", 10), ("correct", 10), ("erase", 20)])
async def test_each_kind_is_late_the_day_after_its_last_one(desk: Office, kind: str, days: int) -> None:
    async with desk.sat() as seat:
        assert "quá hạn" not in await note(seat, ago(days), loai=kind)
        assert "cá nhân quá hạn" not in await seat.get("")
        assert "quá hạn" in await note(seat, ago(days + 1), loai=kind)
        assert "1 yêu cầu về dữ liệu cá nhân quá hạn." in await seat.get("")
        assert f'<li class="bad"><a href="/ban{ADDRESS}">' in seat.page


async def test_what_was_erased_leaves_no_name_in_the_register(desk: Office) -> None:
    async with desk.sat() as seat:
        await note(seat, ago(3), loai="erase", ai="Ông Trương Văn Bí Mật")
        row = await PrivacyRequest.get()
        words = await seat.send(ADDRESS, {"so": str(row.id), "viec": "done", "tra-loi": "Đã xóa của ông Bí Mật"})
        assert "Đã ghi là xong." in words
        assert "Bí Mật" not in words
        assert "yêu cầu về dữ liệu cá nhân" not in await seat.get("")
    row = await PrivacyRequest.get()
    assert (row.asker, row.words, row.answer, row.state) == ("", "", "", "done")


async def test_a_refusal_says_why_and_what_was_typed_stays(desk: Office) -> None:
    async with desk.sat() as seat:
        await note(seat, ago(1))
        row = await PrivacyRequest.get()
        assert "ghi vì sao" in await seat.send(ADDRESS, {"so": str(row.id), "viec": "refused", "tra-loi": ""})
        assert seat.status == 400
        words = await seat.send(ADDRESS, {"so": str(row.id), "viec": "refused", "tra-loi": "Sổ hộ tịch ghi đúng"})
        assert "không làm được Sổ hộ tịch ghi đúng" in words
        await seat.send(ADDRESS, {"so": str(row.id), "viec": "done", "tra-loi": ""})
        assert seat.status == 409, "closed once"
        for wrong in (
            {"ngay": ago(-1).isoformat()},
            {"ngay": "hôm qua"},
            {"ai": ""},
            {"loai": "x"},
            {"loi": "x" * 501},
        ):
            await note(seat, ago(0), **{"loi": "Sai tên", **wrong})
            assert seat.status == 400, wrong
        assert await PrivacyRequest.all().count() == 1


async def test_one_form_notes_once_and_another_commune_s_stays_its_own(desk: Office) -> None:
    elsewhere = await units.create("xa-khac", "xã", "Khác", parent=None, valid_from=date(2025, 7, 1))
    theirs = await PrivacyRequest.create(
        commune_id=elsewhere.id,
        kind="see",
        asker="Người xã khác",
        came_on=ago(30),
        due_on=ago(20),
        noted_at=CLOCK.now(),
    )
    async with desk.sat() as seat:
        await seat.get(ADDRESS)
        for _ in range(2):
            await seat.send(ADDRESS, {**HER, "ngay": ago(0).isoformat()}, form="f" * 32)
        assert await PrivacyRequest.all().count() == 2, "theirs, and one of ours"
        assert "Người xã khác" not in await seat.get(ADDRESS)
        assert "cá nhân quá hạn" not in await seat.get("")
        await seat.send(ADDRESS, {"so": str(theirs.id), "viec": "done", "tra-loi": ""})
        assert seat.status == 409
    assert (await PrivacyRequest.get(id=theirs.id)).state == "open"


async def test_a_year_after_it_was_closed_a_request_goes(desk: Office) -> None:
    async with desk.sat() as seat:
        await note(seat, ago(1))
        await note(seat, ago(1))
    now, (rule,) = CLOCK.now(), rules()
    done = await PrivacyRequest.all().order_by("id").first()
    assert done is not None
    await PrivacyRequest.filter(id=done.id).update(state="done", closed_at=now - timedelta(days=DAYS + 1))
    assert await rule.sweep(now - timedelta(days=rule.days), now) == 1
    assert await PrivacyRequest.filter(state="open").count() == 1, "what is open stays"
