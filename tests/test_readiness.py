"""What a balancer or a watcher asks: can this bot do its work now?"""

from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.assembly.readiness import GOOD_FOR, Readiness, add_readiness
from bot.core.platform import TokenRefused
from bot.testing import TestClock
from tests.features.outbox_rig import NAME, Rig, private


async def test_a_bot_that_can_write_is_ready_and_leaves_nothing_behind(db: BaseDBAsyncClient, tmp_path: Path) -> None:
    assert await Readiness(db, tmp_path, TestClock()).fault() is None
    assert list(tmp_path.iterdir()) == []


async def test_a_table_that_takes_no_row_is_told_until_it_takes_one(
    db: BaseDBAsyncClient, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    readiness = Readiness(db, tmp_path, TestClock())
    await db.execute_script("alter table platform_values rename to away")
    assert [await readiness.fault(), await readiness.fault()] == ["cơ sở dữ liệu"] * 2
    assert caplog.text.count("not ready") == 1, "a line when it begins, not one for each question"
    await db.execute_script("alter table away rename to platform_values")
    assert await readiness.fault() is None
    assert caplog.messages[-1] == "ready again (cơ sở dữ liệu)"


async def test_a_data_folder_that_takes_no_file_is_told(db: BaseDBAsyncClient, tmp_path: Path) -> None:
    assert await Readiness(db, tmp_path / "gone", TestClock()).fault() == "thư mục dữ liệu"


async def test_who_asks_often_does_not_make_the_disk_work(db: BaseDBAsyncClient, tmp_path: Path) -> None:
    clock, folder = TestClock(), tmp_path / "data"
    folder.mkdir()
    readiness = Readiness(db, folder, clock)
    assert await readiness.fault() is None
    folder.rmdir()
    assert await readiness.fault() is None
    clock.passes(seconds=GOOD_FOR)
    assert await readiness.fault() == "thư mục dữ liệu"


async def _asks(db: BaseDBAsyncClient, folder: Path, off: dict[str, str]) -> tuple[int, str]:
    app = web.Application()
    add_readiness(app, Readiness(db, folder, TestClock()), off)
    async with TestClient(TestServer(app)) as client:
        answer = await client.get("/readyz")
        return answer.status, await answer.text()


async def test_a_messenger_that_ended_is_told_with_what_to_mend(db: BaseDBAsyncClient, tmp_path: Path) -> None:
    off: dict[str, str] = {}
    assert await _asks(db, tmp_path, off) == (200, "ok\n")
    off["fake"] = "BOT_FAKE_TOKEN: nobody knows it"
    assert await _asks(db, tmp_path, off) == (503, "fake không chạy: BOT_FAKE_TOKEN: nobody knows it\n")


async def test_a_token_that_was_refused_while_sending_is_told_too(db: BaseDBAsyncClient, tmp_path: Path) -> None:
    rig = Rig(db)
    rig.platform.script.append(TokenRefused())
    await rig.add(private("hoa"), "một")
    await rig.sender.run()
    status, said = await _asks(db, tmp_path, {})
    assert status == 503
    assert said.startswith(f"{NAME} không chạy: mã của bot")
    rig.sender = rig.new_sender()
    await rig.run_out()
    assert await _asks(db, tmp_path, {}) == (200, "ok\n"), "with the next token that is taken"
