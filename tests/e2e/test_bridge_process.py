"""The bot as a process behind a gateway: a guide by numbers, and a power cut between acceptance and our mark."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

from bot.assembly.app import CLOCK
from tests.platforms.fake_bridge import FakeGateway, Fault
from tests.platforms.test_bridge_document import DOCS
from tests.ports import unused_port
from tests.processes import bot

MOCHA = json.loads((DOCS / "gateway-mocha.json").read_text("utf-8"))


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not true():  # noqa: ASYNC110 - it looks from outside at another process
            await asyncio.sleep(0.02)


async def test_behind_a_gateway_a_reply_comes_once_although_the_power_goes_before_its_answer(tmp_path: Path) -> None:
    port = unused_port()
    async with FakeGateway(MOCHA, clock=CLOCK, db=str(tmp_path / "gateway.sqlite3")) as gateway:
        gateway.bot = f"http://127.0.0.1:{port}"
        environ = {
            "BOT_PLATFORMS": "bridge",
            "BOT_BRIDGE_URL": gateway.base,
            "BOT_BRIDGE_SECRET": gateway.secret,
            "BOT_BRIDGE_NAME": "xa-yen-mo",
            "BOT_DATA_DIR": str(tmp_path),
            "BOT_PORT": str(port),
            "BOT_PUBLIC_URL": gateway.bot,
        }

        def hears(words: str, times: int = 1) -> Callable[[], bool]:
            return lambda: sum(words in text for text in gateway.texts()) >= times

        async def says(words: str) -> None:
            event = gateway.said(words)
            async with asyncio.timeout(30):
                while await gateway.tell(event) != 200:  # noqa: ASYNC110 - as a gateway does
                    await asyncio.sleep(0.05)

        async with bot("serve", environ=environ) as first:
            await says("xin chào")
            await _until(hears("máy trả lời tự động"))
            await says("dong goi hang")
            await _until(hears("Có phải bác cần"))
            await says("1")
            await _until(hears("Ký bản cam kết"))
            gateway.faults.append(Fault(taken=True, hangs=True))
            await says("số 1")
            await gateway.hung.wait()
            await first.kill()
        gateway.restarts()
        asked = len(gateway.keys)
        async with bot("serve", environ=environ):
            await _until(lambda: len(gateway.keys) > asked)
            assert gateway.keys[asked] == gateway.keys[asked - 1]
            await says("tiep")
            await _until(hears("Đọc đơn: tên hàng"))
        assert len(gateway.delivered) == len(set(gateway.keys))
        texts = gateway.texts()
        assert sum("Mở ứng dụng bán hàng mỗi sáng" in text for text in texts) == 1
        assert sum("Đọc đơn: tên hàng" in text for text in texts) == 1
