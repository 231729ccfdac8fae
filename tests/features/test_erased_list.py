"""Erased after the backup, restored from the backup, erased again: nothing of the person comes back."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tortoise.transactions import in_transaction

from bot.cli.office import settle_restored
from bot.features.privacy import Erased
from bot.features.privacy.erased_list import UnreadableList, dump, parse
from bot.settings import Settings
from bot.storage import database, schema
from bot.storage.backup import RESTORED, UNFINISHED, backup
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.tables.audit import Actor
from tests.processes import ROOT

from .test_privacy import HOA, HOA_CHAT, LAN, LAN_CHAT, NAME, PHONE, fill, privacy
from .village import KEY, places


@pytest.mark.parametrize("saved_as", ["utf-8", "utf-8-sig", "utf-16"])
async def test_who_was_erased_after_the_backup_is_not_restored(tmp_path: Path, saved_as: str) -> None:
    """Mechanism: `restore --erased` replays the list that the bot keeps beside its data, also as Notepad saves it."""
    old, new, file, erased = tmp_path / "old", tmp_path / "new", tmp_path / "bot.zip", tmp_path / "erased.log"
    old.mkdir()
    (old / "secret_key").write_bytes(KEY)
    url = database.file_url(old / "bot.sqlite3")
    schema.create(old / "bot.sqlite3")
    async with database.opened(url):
        at = await places()
        await fill(HOA, HOA_CHAT, NAME, PHONE, at)
        await fill(LAN, LAN_CHAT, "Trần Thị Lan", "0987654321", at)
        backup(old, file)
        async with in_transaction("default"):
            await privacy().erase(await privacy().subject(HOA, HOA_CHAT), datetime.now(UTC))
        listed = dump(await privacy().erased())
    erased.write_bytes(listed.replace("\n", "\r\n" if saved_as != "utf-8" else "\n").encode(saved_as))
    marks = (HOA.person, NAME, PHONE)
    assert not [mark for mark in marks if mark in listed]

    broken = tmp_path / "broken.log"
    broken.write_text("person Hoa yesterday", "utf-8")
    refused = _restore(file, new, broken)
    assert (refused.returncode, new.exists()) == (1, False)
    assert "dòng 1" in refused.stderr

    done = _restore(file, new, erased)
    assert done.returncode == 0, done.stderr
    assert "đã xóa lại 1" in done.stderr
    text = _everything(new / "bot.sqlite3")
    assert not [mark for mark in marks if mark in text]
    assert "Trần Thị Lan" in text


async def test_a_database_that_pg_restore_filled_is_settled_as_restore_does(tmp_path: Path) -> None:
    """What was on its way is held, who was erased since is erased again. The file stands for PostgreSQL."""
    (tmp_path / "secret_key").write_bytes(KEY)
    url = database.file_url(tmp_path / "bot.sqlite3")
    schema.create(tmp_path / "bot.sqlite3")
    before = datetime.now(UTC)
    async with database.opened(url):
        at = await places()
        await fill(HOA, HOA_CHAT, NAME, PHONE, at)
        await fill(LAN, LAN_CHAT, "Trần Thị Lan", "0987654321", at)
        assert await OutboxRow.filter(state__in=UNFINISHED).exclude(state="held").exists()
        (number,) = await Actor.filter(person__name=NAME).values_list("number", flat=True)
    erased = Erased({int(str(number)): before + timedelta(seconds=1)}, {})
    held, count = await settle_restored(Settings(data_dir=tmp_path), erased, before)
    assert (held > 0, count) == (True, 1)
    async with database.opened(url):
        assert await OutboxRow.filter(state__in=UNFINISHED).exclude(state="held", reason=RESTORED).count() == 0
    assert PHONE not in _everything(tmp_path / "bot.sqlite3")


def _restore(file: Path, folder: Path, erased: Path) -> subprocess.CompletedProcess[str]:
    environ = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "BOT_DATA_DIR": str(folder)}
    command = [sys.executable, "-m", "bot", "restore", str(file), "--erased", str(erased)]
    return subprocess.run(
        command, cwd=file.parent, env=environ, capture_output=True, text=True, timeout=60, check=False
    )


def _everything(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return "\n".join(connection.iterdump())


def test_the_list_is_read_as_it_was_written() -> None:
    at = datetime(2026, 11, 24, 8, tzinfo=UTC)
    erased = Erased({7: at}, {"a" * 64: at})
    assert parse(dump(erased)) == erased
    assert parse("\n# note\n") == Erased({}, {})


@pytest.mark.parametrize(
    "line", ["person x 2026-11-24T08:00:00+00:00", "person 7 gestern", "account ab 2026-11-24", "7"]
)
def test_a_line_that_is_none_is_named(line: str) -> None:
    with pytest.raises(UnreadableList, match="dòng 2"):
        parse(f"# head\n{line}\n")
