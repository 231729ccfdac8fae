"""Backup while the bot writes, restore on another machine, and what a tampered or foreign file does."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import stat
import tracemalloc
import zipfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.storage import database
from bot.storage.backup import BackupError, backup, restore
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.tables.learning import GuideCount

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


async def test_a_restore_never_has_the_database_whole_in_memory(tmp_path: Path) -> None:
    """Mechanism: it is unpacked in pieces. A commune's machine has 1 GB, its database some hundred MB."""
    await _bot(tmp_path / "old")
    with closing(sqlite3.connect(tmp_path / "old" / "bot.sqlite3")) as connection, connection:
        connection.execute("create table heavy (body blob)")
        connection.execute("insert into heavy values (zeroblob(20000000))")
    backup(tmp_path / "old", tmp_path / "bot.zip")
    tracemalloc.start()
    try:
        restore(tmp_path / "bot.zip", tmp_path / "new")
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 5_000_000


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
    with pytest.raises(BackupError, match="không trống"):
        restore(tmp_path / "bot.zip", tmp_path / "full")


async def test_what_a_killed_restore_unpacked_is_in_nobodys_way(tmp_path: Path) -> None:
    """A folder whose only content does not show in a list of its files was "not empty" for ever."""
    file, left = await _backed_up(tmp_path), tmp_path / "new" / ".restoring-x1y2z3"
    left.mkdir(parents=True)
    (left / "secret_key").write_text("half")
    restore(file, tmp_path / "new")
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["bot.sqlite3", "media", "secret_key"]
    left.mkdir()
    with pytest.raises(BackupError, match=r"không trống \(có bot\.sqlite3\)"):
        restore(file, tmp_path / "new")
    assert left.exists()


async def test_what_has_to_be_done_first_is_done_before_a_bot_may_find_the_data(tmp_path: Path) -> None:
    """Who was erased since would have a name again if the process were killed, or the disk full, in between."""
    file, seen = await _backed_up(tmp_path), list[str]()

    def settle(unpacked: Path, taken_at: datetime) -> None:
        assert taken_at <= datetime.now(UTC)
        assert (unpacked / "bot.sqlite3").exists()
        seen.extend(path.name for path in (tmp_path / "new").iterdir() if path != unpacked)
        raise database.DatabaseError("đĩa đầy")

    with pytest.raises(database.DatabaseError):
        restore(file, tmp_path / "new", settle)
    assert seen == []
    assert not (tmp_path / "new").exists()


async def _backed_up(folder: Path) -> Path:
    await _bot(folder / "old")
    backup(folder / "old", folder / "bot.zip")
    return folder / "bot.zip"


def _with(file: Path, name: str, content: bytes) -> Path:
    """The same backup with another content under one name."""
    changed = file.with_name("changed.zip")
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(changed, "w") as new:
        for each in old.namelist():
            new.writestr(each, content if each == name else old.read(each))
    return changed


@pytest.mark.parametrize("name", ["xã #1", "ở đâu?", "100%41", "a[b]:c@d"])
async def test_a_folder_may_have_any_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    folder = Path(name)
    await _bot(folder)
    backup(folder, Path("bot.zip"))
    restore(Path("bot.zip"), tmp_path / "again" / name)
    async with database.opened(database.file_url(tmp_path / "again" / name / "bot.sqlite3")):
        assert [row.count for row in await GuideCount.all()] == [7]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["again", "bot.zip", name])


@pytest.mark.parametrize("there", [False, True])
@pytest.mark.parametrize("damaged", [b"sound", b"s" * 64])
async def test_a_damaged_file_leaves_the_folder_as_it_was(tmp_path: Path, there: bool, damaged: bytes) -> None:
    """A database left behind would send again what was sent since the backup."""
    file, new = await _backed_up(tmp_path), tmp_path / "new"
    file = _with(file, "media/a.mp3", b"sound")
    file.write_bytes(file.read_bytes().replace(damaged, b"?" * len(damaged), 1))
    if there:
        new.mkdir()
    with pytest.raises(BackupError, match="không khôi phục được: "):
        restore(file, new)
    assert (new.exists(), [*tmp_path.rglob("new/*")]) == (there, [])


async def test_packed_data_that_cannot_be_unpacked_are_one_sentence(tmp_path: Path) -> None:
    file = await _backed_up(tmp_path)
    with zipfile.ZipFile(file) as archive:
        start = archive.getinfo("bot.sqlite3").header_offset + 30 + len("bot.sqlite3")
    content = bytearray(file.read_bytes())
    content[start : start + 8] = b"\xff" * 8
    file.write_bytes(content)
    with pytest.raises(BackupError, match="không khôi phục được: "):
        restore(file, tmp_path / "new")
    assert not (tmp_path / "new").exists()


async def test_a_database_that_is_none_leaves_the_folder_as_it_was(tmp_path: Path) -> None:
    file = _with(await _backed_up(tmp_path), "bot.sqlite3", b"Danh s\xc3\xa1ch" * 100)
    with pytest.raises(BackupError, match=r"không khôi phục được: .*file is not a database"):
        restore(file, tmp_path / "new")
    assert not (tmp_path / "new").exists()


async def test_a_full_disk_leaves_the_folder_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mechanism: the database comes to its place last, when its rows are held."""
    file = await _backed_up(tmp_path)
    seen: list[bool] = []

    def full(path: Path, target: Path) -> Path:
        seen.append(target.with_name("bot.sqlite3").exists())
        if path.name == "bot.sqlite3":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return Path(shutil.move(path, target))

    monkeypatch.setattr(Path, "rename", full)
    with pytest.raises(OSError, match="No space left on device"):
        restore(file, tmp_path / "new")
    assert seen == [False] * 3
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("name", ["../evil", "media/../../evil", "/etc/evil", "other.txt", "media/a/b"])
def test_a_tampered_file_writes_nothing(tmp_path: Path, name: str) -> None:
    file = tmp_path / "bot.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("bot.sqlite3", b"")
        archive.writestr("taken-at", NOW.isoformat())
        archive.writestr(name, b"x")
    with pytest.raises(BackupError, match="không phải bản sao lưu"):
        restore(file, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_what_is_no_backup_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"no zip")
    with pytest.raises(BackupError):
        restore(tmp_path / "x.zip", tmp_path / "new")
    with pytest.raises(BackupError, match=r"không có bot\.sqlite3"):
        backup(tmp_path, tmp_path / "y.zip")


@pytest.mark.parametrize("of_the_file", [0, 1 / 2])
async def test_a_damaged_database_does_not_take_the_place_of_a_good_backup(tmp_path: Path, of_the_file: float) -> None:
    file = await _backed_up(tmp_path)
    good, path = file.read_bytes(), tmp_path / "old" / "bot.sqlite3"
    content = bytearray(path.read_bytes())
    start = int(len(content) * of_the_file)
    content[start : start + 8192] = b"\xff" * 8192
    path.write_bytes(content)
    with pytest.raises(BackupError, match="không sao lưu được: ") as caught:
        backup(tmp_path / "old", file)
    assert "\n" not in str(caught.value)
    assert file.read_bytes() == good
    assert sorted(each.name for each in tmp_path.iterdir()) == ["bot.zip", "old"]


async def test_a_full_disk_is_one_sentence_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await _bot(tmp_path / "old")
    used: list[Path] = []

    def full(_: Path, copy: Path) -> None:
        used.append(copy.parent.parent)
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("bot.storage.backup._copy_database", full)
    with pytest.raises(BackupError, match="không sao lưu được: đĩa đầy hoặc hỏng; dọn chỗ rồi chạy lại"):
        backup(tmp_path / "old", tmp_path / "there.zip")
    assert [each.name for each in tmp_path.iterdir()] == ["old"]
    assert used == [tmp_path], "the copy is made where the backup has room"


@pytest.mark.parametrize(
    ("target", "line"),
    [(".", ".: là thư mục"), ("old", "old: là thư mục"), ("old/secret_key/x.zip", "Not a directory")],
)
async def test_a_place_for_no_file_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str, line: str
) -> None:
    await _bot(tmp_path / "old")
    monkeypatch.chdir(tmp_path)
    with pytest.raises((BackupError, NotADirectoryError), match=line):
        backup(tmp_path / "old", Path(target))


async def test_a_file_with_a_name_of_its_own_comes_back_in_its_folder(tmp_path: Path) -> None:
    await _bot(tmp_path / "old")
    inside = Path("media") / ("a" * 32) / "BC-yen-mo-2026-11.docx"
    (tmp_path / "old" / inside).parent.mkdir()
    (tmp_path / "old" / inside).write_bytes(b"report")
    backup(tmp_path / "old", tmp_path / "bot.zip")
    restore(tmp_path / "bot.zip", tmp_path / "new")
    assert (tmp_path / "new" / inside).read_bytes() == b"report"
