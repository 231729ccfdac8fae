"""The page on which officials give other programs access: what is secret is shown once, and taken away with a press."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from bot.storage.tables.audit import AuditRow
from bot.storage.tables.programs import ProgramToken, Webhook
from tests.office.desk.news_room import NewsRoom, NewsSeat, news_room

from .programs import Program

pytestmark = pytest.mark.asyncio(loop_scope="module")
PAGE, TOKEN, WEBHOOK = "/ban/phan-mem", "/ban/phan-mem/khoa", "/ban/phan-mem/dia-chi"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def room(tmp_path_factory: pytest.TempPathFactory, kept_at: str) -> AsyncIterator[NewsRoom]:
    async with news_room(tmp_path_factory.mktemp("page"), database_url=kept_at) as found:
        yield found


def secret_of(seat: NewsSeat) -> str:
    found = re.search(r'readonly value="([^"]+)"', seat.page)
    return "" if found is None else found[1]


async def test_an_official_makes_a_token_a_program_reads_with_it_and_it_is_revoked(room: NewsRoom) -> None:
    seat = await room.official("officer")
    await seat.reads(PAGE)
    assert "Chưa có phần mềm nào" in seat.words
    form = seat.form(TOKEN)
    await seat.sends(TOKEN, {"ten": "Trang tin xã", "han": "90"}, form=form)
    token = secret_of(seat)
    assert token.startswith("langso_")
    await seat.sends(TOKEN, {"ten": "Trang tin xã", "han": "90"}, form=form)
    assert secret_of(seat) == "", "reloading makes no second one, and shows the first no more"
    assert "chỉ hiện một lần" in seat.words
    assert await ProgramToken.all().count() == 1
    assert token not in await seat.reads(PAGE)
    assert "chưa dùng" in seat.words
    async with ClientSession(room.office.origin) as http:
        reader = Program(http, token)
        assert await reader.get("/villages") == 200
        await seat.reads(PAGE)
        assert "chưa dùng" not in seat.words
        await seat.press("Thu hồi")
        assert "Đã thu hồi khóa" in seat.words
        assert await reader.get("/villages") == 401
    acts = [row.act for row in await AuditRow.filter(act__startswith="program_token").order_by("id")]
    assert acts == ["program_token_made", "program_token_revoked"]


async def test_an_official_registers_an_address_tries_it_and_takes_it_away(room: NewsRoom) -> None:
    seat = await room.official("chair")
    await seat.reads(PAGE)
    await seat.sends(WEBHOOK, {"dia-chi": "http://may.xa.vn/nhan", "loai": ["receipt.changed"]})
    assert seat.status == 400
    assert "phải bắt đầu bằng https://" in seat.words
    assert "http://may.xa.vn/nhan" in seat.page, "what was typed is still there"
    await seat.sends(WEBHOOK, {"dia-chi": "https://may.xa.vn/nhan", "loai": ["receipt.changed"]})
    assert secret_of(seat).startswith("whsec_")
    await seat.reads(PAGE)
    assert secret_of(seat) == ""
    assert "chưa gửi gì" in seat.words
    await seat.press("Gửi thử")
    assert "Đang gửi một tin thử" in seat.words
    assert "đang chờ gửi: 1" in seat.words
    await seat.press("Bỏ")
    assert "Chưa có địa chỉ nào" in seat.words
    assert await Webhook.filter(ended_at__isnull=True).count() == 0


async def test_another_commune_s_token_is_not_taken_away(room: NewsRoom) -> None:
    seat = await room.official("officer")
    await seat.reads(PAGE)
    await seat.send("/phan-mem/thu-hoi", {"khoa": "999999"})
    assert seat.status == 404
    await seat.reads(PAGE)
    await seat.send("/phan-mem/bo", {"so": "999999"})
    assert seat.status == 404
