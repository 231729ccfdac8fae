"""An announcement from the desk's page to a village's group and back, over real HTTP, while the page looks on."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import ClientResponse, ClientSession, CookieJar
from tortoise.transactions import in_transaction

from bot.features.announcements import store
from bot.features.announcements.moving import move
from bot.features.people import people
from bot.features.rights.table import LEADER
from bot.features.units import get
from bot.office.desk.forms import ID, TOKEN
from bot.storage.tables.people import Account

from .messenger_people import telegram
from .phones import Phone
from .towns import Town, at_work, prepare

_FIELD = re.compile(rf'<input type="hidden" name="({TOKEN}|{ID})" value="([^"]+)">')
TEXT = "Sáng mai bà con đi quét đường."
RELAYED = "xom-chua"
PASTED = "Người đưa tin đã dán"
_COUNT = re.compile(r"<dt>([^<]+)</dt><dd>.*?(\d+/\d+)", re.DOTALL)


async def test_written_on_the_page_approved_in_the_chat_and_confirmed_in_the_group_while_the_receipt_moves(
    tmp_path: Path,
) -> None:
    """One village has a group with the bot, in another one a relay pastes what the bot sends in private."""
    units = tmp_path / "units.sqlite3"
    await prepare(units)
    async with (
        at_work(units, tmp_path, telegram, None, groups=True, asks=False, besides=["workdesk"]) as town,
        ClientSession(town.url, cookie_jar=CookieJar(unsafe=True), headers={"Origin": town.url}) as browser,
    ):
        await _has_a_relay(town)
        lan, nam, hanh = [await town.official(who) for who in ("lan", "nam", "hanh")]
        await _sits_down(browser, lan)
        async with browser.get("/ban/thong-bao/soan") as page:
            fields = dict(_FIELD.findall(await page.text()))
        written = {**fields, "noi-dung": TEXT, "noi": "all", "lam": "duyet"}
        async with browser.post("/ban/thong-bao/soan", data=written) as page:
            words = await page.text()
            assert page.url.path == "/ban/thong-bao/TB-0001", words
            assert "Đã chốt 1 nhóm" in words
            assert "xin duyệt" in words
        await nam.sees("Có thông báo chờ duyệt.", TEXT)
        await nam.picks("Duyệt", "✅ Đã duyệt cho 1 nhóm")
        await _is_seen_to_arrive(town, browser, hanh)


async def _has_a_relay(town: Town) -> None:
    """Put a leader into a village without a group: whoever leads it is asked to paste."""
    place = await get(RELAYED)
    assert place is not None
    account, now = town.office.account("hanh"), datetime.now(UTC)
    async with in_transaction("default"):
        hanh = await people.create("Chị Hạnh", now, phone="", listed=True)
        await people.grant(hanh, LEADER, place.id, now)
        await Account.create(
            platform=town.office.name, native_id=account, chat_id=account, person_id=hanh, last_seen=now
        )


async def _sits_down(browser: ClientSession, lan: Phone) -> None:
    await lan.says("/banlam", "Mở bàn làm việc trên máy tính")
    link = re.search(r"/ban/vao\?ma=[\w-]+", lan.heard)
    assert link is not None
    async with browser.get(link[0]) as door:
        assert "Mở bàn làm việc" in await door.text()
    async with browser.post("/ban/vao", data={"ma": link[0].partition("=")[2]}) as first:
        assert first.url.path == "/ban"


async def _is_seen_to_arrive(town: Town, browser: ClientSession, hanh: Phone) -> None:
    """Watch the receipt. Before the relay pastes, all else about the announcement is over and has been seen, so that
    what moves the page then is that she did.
    """
    async with browser.get("/ban/thong-bao/TB-0001/song") as stream:
        asked = await _shows(stream, "Đã chuyển tới nhóm", "1/1", "chưa xác nhận", "đã nhờ Chị Hạnh lúc", "chưa dán")
        assert (PASTED, "0/1") in _figures(asked)
        await _is_closed()
        assert _figures(await _shows(stream)) == _figures(asked)
        await hanh.sees("TB-0001", TEXT)
        await hanh.picks("Đã dán vào nhóm")
        pasted = await _shows(stream, "qua Chị Hạnh, đã dán lúc")
        assert _figures(pasted) == [(label, "1/1" if label == PASTED else count) for label, count in _figures(asked)]
        tu = town.here.in_group("tu")
        await tu.sees("TB-0001", TEXT)
        await tu.picks("Đã nhận", "✅ Thôn Lạc Hiền đã nhận TB-0001 lúc")
        await _shows(stream, "đã nhận ", "Bác Tư", "đã dán lúc")


async def _is_closed() -> None:
    """Close the announcement, as the clock would within half a minute of its last message."""
    async with in_transaction("default"):
        one = await store.get(1)
        assert one is not None
        await move(one, "done", datetime.now(UTC))


def _figures(part: str) -> list[tuple[str, str]]:
    """Return what the receipt counts, each with its figure as people read it."""
    return _COUNT.findall(part)


async def _shows(stream: ClientResponse, *expected: str) -> str:
    """Read parts of the page as they come, until one of them shows all of this; return it."""
    async with asyncio.timeout(30):
        part = ""
        while not part or not all(words in part for words in expected):
            lines: list[str] = []
            while line := (await stream.content.readline()).decode().removesuffix("\n"):
                lines.append(line)
            part = "\n".join(lines)
    return part
