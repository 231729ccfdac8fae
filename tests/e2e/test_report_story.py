"""An officer asks in the chat for the report of a month and gets it: files on one messenger, links on the other.

The database is filled before `serve` begins, with the demo's commune and half a year of its figures.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import ClientSession
from python_calamine import CalamineWorkbook
from tortoise.transactions import in_transaction

from bot.features.calendar.vietnam import VIETNAM
from bot.features.demo import figures as demo_figures
from bot.features.demo import village as demo
from bot.storage import database, schema
from tests.platforms.fake_telegram import FakeTelegram
from tests.platforms.fake_zalo import FakeZalo
from tests.ports import unused_port
from tests.processes import bot

from .phones import OnTelegram, OnZalo, Phone, settings

COMMUNE = 'code = "yen-mo"\nname = "Yên Mô"\nprovince = "Ninh Bình"\n[quiet]\nstart = 00:00:00\nend = 00:00:00\n'


async def _half_a_year(folder: Path, officers: dict[str, str]) -> None:
    """Twelve villages with figures; `officers` are accounts by messenger."""
    (folder / "commune.toml").write_text(COMMUNE, "utf-8")
    url, now = database.file_url(folder / "bot.sqlite3"), datetime.now(UTC)
    schema.create(folder / "bot.sqlite3")
    async with database.opened(url), in_transaction("default"):
        await demo.fill()
        await demo_figures.fill(demo.COMMUNE, now)
        for messenger, account in officers.items():
            await demo.settle(messenger, {"officer": (account, account)}, {}, now)


async def _asks(phone: Phone, month: str) -> None:
    await phone.says("/xuatbaocao", "Bác cần báo cáo của nơi nào?")
    await phone.picks("xã Yên Mô", "Báo cáo của xã Yên Mô, kỳ nào?")
    await phone.picks(month.capitalize(), f"Đang soạn báo cáo {month} của xã Yên Mô…")
    # The last message of the package, with what can be done next.
    await phone.sees("Biểu đồ tiến độ các chỉ tiêu.", "Ghi số, ngày ký")


def _open(files: Sequence[bytes], month: str) -> None:
    document, workbook, picture = files
    with zipfile.ZipFile(io.BytesIO(document)) as parts:
        assert parts.testzip() is None
        text = re.sub(r"<[^>]+>", "", parts.read("word/document.xml").decode())
    assert month in text
    assert "xã Yên Mô" in text
    assert "None" not in text
    book = CalamineWorkbook.from_filelike(io.BytesIO(workbook))
    sheets = [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]
    cells = {str(cell) for rows in sheets for row in rows for cell in row}
    assert {"Thôn Lạc Hiền", "Xóm Chùa (ví dụ)"} <= cells
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    assert picture.endswith(b"IEND\xaeB`\x82"), "a picture that was cut off"


async def test_a_report_comes_as_files_on_one_messenger_and_as_links_on_the_other(tmp_path: Path) -> None:
    today = datetime.now(UTC).astimezone(VIETNAM)
    month, name = f"tháng {today.month} năm {today.year}", f"BC-yen-mo-{today:%Y-%m}"
    async with FakeTelegram() as telegram, FakeZalo() as zalo, ClientSession() as browser:
        lan, hoa = OnTelegram(telegram, telegram.person("Lan")), OnZalo(zalo, "hoa")
        await _half_a_year(tmp_path, {"telegram": str(lan.person.id), "zalo": hoa.person})
        environ = settings(telegram, zalo, tmp_path, unused_port())
        async with bot("serve", environ=environ):
            await _asks(lan, month)
            await _asks(hoa, month)
            links = re.findall(r"^http.*$", hoa.heard, re.MULTILINE)
            (photo,) = [one.photo for one in zalo.accepted if one.method == "sendPhoto"]
            fetched = [await _fetched(browser, url) for url in (*links, photo)]
        sent = [one for one in lan.news if one.file_id]
        assert [one.kind for one in sent] == ["document", "document", "photo"]
        uploads = [*telegram.called("sendDocument"), *telegram.called("sendPhoto")]
        assert [one for call in uploads for one in call.names] == [f"{name}.docx", f"{name}.xlsx", f"{name}.png"]
        _open([telegram.files[one.file_id] for one in sent], month)

        folder = rf"{re.escape(environ['BOT_PUBLIC_URL'])}/media/[0-9a-f]{{32}}/"
        for url, ending in zip((*links, photo), ("docx", "xlsx", "png"), strict=True):
            assert re.fullmatch(rf"{folder}{name}\.{ending}", url)
        _open(fetched, month)


async def _fetched(browser: ClientSession, url: str) -> bytes:
    async with browser.get(url) as answer:
        assert answer.status == 200, url
        return await answer.read()
