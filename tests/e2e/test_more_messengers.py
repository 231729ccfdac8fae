"""The bot as a process on the messengers that came later, against their fakes: a guide by numbers, over real HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from tests.platforms.fake_gapo import GROUP, PERSON, FakeGapo
from tests.platforms.fake_zalo_oa import FakeZaloOa
from tests.ports import unused_port
from tests.processes import bot

PATIENCE = 30


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - another process makes it true, there is no event to wait for
            await asyncio.sleep(0.02)


async def test_on_an_official_account_a_guide_goes_by_numbers_through_a_power_cut(tmp_path: Path) -> None:
    """The refresh token of the setting is spent before the cut; after it the bot goes on with the stored one."""
    async with FakeZaloOa() as oa:
        port = unused_port()
        environ = {
            "BOT_PLATFORMS": "zalo_oa",
            "BOT_PACE_ZALO_OA_PER_SECOND": "1000",
            "BOT_PACE_ZALO_OA_CHAT_PER_SECOND": "1000",
            "BOT_DATA_DIR": str(tmp_path),
            "BOT_PORT": str(port),
            "BOT_PUBLIC_URL": f"http://127.0.0.1:{port}",
            **{f"BOT_ZALO_OA_{name.upper()}": value for name, value in oa.options().items()},
        }
        oa.hook = f"http://127.0.0.1:{port}/hooks/zalo_oa"

        def hears(words: str, chat: str = "u1") -> Callable[[], bool]:
            return lambda: any(words in text for text in oa.heard(chat))

        async with bot("serve", environ=environ) as first:
            assert await oa.happens("follow", who="u1") == 200
            await _until(hears("máy trả lời tự động"))
            await oa.says("dong goi hang")
            assert await oa.again() == 200
            await _until(hears("Có phải bác cần"))
            await oa.says("1")
            await _until(hears("Ký bản cam kết"))
            await oa.says("số 1")
            await _until(hears("Mở ứng dụng bán hàng mỗi sáng"))
            await first.kill()
        async with bot("serve", environ=environ):
            await oa.says("tiep")
            await _until(hears("Đọc đơn: tên hàng"))
            await oa.says("dong goi hang", group="g1", mention=True, who="u2")
            await _until(hears("Có phải bác cần", "g1"))
            await oa.says("1", group="g1", who="u2")
            await _until(hears("Ký bản cam kết", "g1"))
            await oa.says("hôm nay trời đẹp", group="g1", who="u2")
        assert sum("Có phải bác cần" in text for text in oa.heard("u1")) == 1
        assert oa.renewals == 1


async def test_on_gapowork_the_same_by_numbers(tmp_path: Path) -> None:
    async with FakeGapo() as gapo:
        port, secret = unused_port(), "gapo-hook-of-a-test-with-32-letters"
        environ = {
            "BOT_PLATFORMS": "gapo",
            "BOT_PACE_GAPO_PER_SECOND": "1000",
            "BOT_PACE_GAPO_CHAT_PER_SECOND": "1000",
            "BOT_DATA_DIR": str(tmp_path),
            "BOT_PORT": str(port),
            "BOT_PUBLIC_URL": f"http://127.0.0.1:{port}",
            **{f"BOT_GAPO_{name.upper()}": value for name, value in gapo.options(secret).items()},
        }
        gapo.hook = f"http://127.0.0.1:{port}/hooks/gapo/{secret}"

        def hears(words: str, chat: int = PERSON) -> Callable[[], bool]:
            return lambda: any(words in text for text in gapo.heard(chat))

        async with bot("serve", environ=environ):
            assert await gapo.says("xin chào") == 200
            await _until(hears("máy trả lời tự động"))
            await gapo.says("đóng gói hàng")
            assert await gapo.again() == 200
            await _until(hears("Có phải bác cần"))
            await gapo.says("1")
            await _until(hears("Ký bản cam kết"))
            await gapo.says("số 1")
            await _until(hears("Mở ứng dụng bán hàng mỗi sáng"))
            await gapo.says("dong goi hang", group=True, mention=True)
            await _until(hears("Có phải bác cần", GROUP))
            await gapo.says("1", group=True, mention=True)
            await _until(hears("Ký bản cam kết", GROUP))
        assert sum("Có phải bác cần" in text for text in gapo.heard(PERSON)) == 1
