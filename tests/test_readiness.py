"""What a balancer or a watcher asks: can this bot do its work now?"""

from __future__ import annotations

from pathlib import Path

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.readiness import GOOD_FOR, Readiness
from bot.testing import TestClock


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
