"""Backup while the bot writes, restore on another machine, and what a tampered or foreign file does."""

from __future__ import annotations

import sqlite3
import stat
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.storage import database
from bot.storage.backup import BackupError, backup, restore
from bot.storage.learning import GuideCount
from bot.storage.outbox import OutboxRow

NOW = datetime(2026, 11, 24, tzinfo=UTC)


async def _bot(folder: Path) -> None:
    folder.mkdir()
    async with database.created(database.file_url(folder / "bot.sqlite3")):
        await GuideCount.create(guide="g", step="s", what="w", day=NOW.date(), count=7)
        for number, state in enumerate(("pending", "sending", "sent", "failed")):
            await OutboxRow.create(
                klass="routine", package="p", locale="vi", platform="fake", chat_id="c", chat_kind="group",
                key=f"k{number}", message="{}",
                state=state, not_before=NOW, created_at=NOW, updated_at=NOW,
            )  # fmt: skip
    (folder / "secret_key").write_text("s" * 64)
    (folder / "media").mkdir()
    (folder / "media" / "a.mp3").write_bytes(b"sound")
    (folder / "media" / "b.mp3.part").write_bytes(b"half")


@pytest.mark.fault(19, "restored from a backup")
async def test_a_folder_comes_back_whole_and_nothing_leaves_it_by_itself(tmp_path: Path) -> None:
    """Mechanism: unfinished rows are held as restored, or they would be sent a second time."""
    await _bot(tmp_path / "old")
    file = tmp_path / "bot.zip"
    assert backup(tmp_path / "old", file) > 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert restore(file, tmp_path / "new").held == 2
    assert (tmp_path / "new" / "secret_key").read_text() == "s" * 64
    assert [path.name for path in (tmp_path / "new" / "media").iterdir()] == ["a.mp3"]
    async with database.opened(database.file_url(tmp_path / "new" / "bot.sqlite3")):
        assert [row.count for row in await GuideCount.all()] == [7]
        states = {row.key: (row.state, row.reason) for row in await OutboxRow.all()}
    assert states == {
        "k0": ("held", "restored"), "k1": ("held", "restored"), "k2": ("sent", ""), "k3": ("failed", ""),
    }  # fmt: skip


async def test_a_backup_is_of_one_moment_while_the_bot_writes(tmp_path: Path) -> None:
    await _bot(tmp_path / "old")
    writer = sqlite3.connect(tmp_path / "old" / "bot.sqlite3", isolation_level=None)
    writer.execute("begin immediate")
    writer.execute("update guide_counts set count = 8")
    backup(tmp_path / "old", tmp_path / "bot.zip")
    writer.execute("commit")
    writer.close()
    restore(tmp_path / "bot.zip", tmp_path / "new")
    async with database.opened(database.file_url(tmp_path / "new" / "bot.sqlite3")):
        assert [row.count for row in await GuideCount.all()] == [7]


def test_a_folder_that_is_not_empty_is_refused(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    with pytest.raises(BackupError, match="not empty"):
        restore(tmp_path / "bot.zip", tmp_path / "full")


@pytest.mark.parametrize("name", ["../evil", "media/../../evil", "/etc/evil", "other.txt", "media/a/b"])
def test_a_tampered_file_writes_nothing(tmp_path: Path, name: str) -> None:
    file = tmp_path / "bot.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("bot.sqlite3", b"")
        archive.writestr("taken-at", NOW.isoformat())
        archive.writestr(name, b"x")
    with pytest.raises(BackupError, match="not a backup"):
        restore(file, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_what_is_no_backup_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"no zip")
    with pytest.raises(BackupError):
        restore(tmp_path / "x.zip", tmp_path / "new")
    with pytest.raises(BackupError, match=r"no bot\.sqlite3"):
        backup(tmp_path, tmp_path / "y.zip")


async def test_a_file_with_a_name_of_its_own_comes_back_in_its_folder(tmp_path: Path) -> None:
    await _bot(tmp_path / "old")
    inside = Path("media") / ("a" * 32) / "BC-yen-mo-2026-11.docx"
    (tmp_path / "old" / inside).parent.mkdir()
    (tmp_path / "old" / inside).write_bytes(b"report")
    backup(tmp_path / "old", tmp_path / "bot.zip")
    restore(tmp_path / "bot.zip", tmp_path / "new")
    assert (tmp_path / "new" / inside).read_bytes() == b"report"
