"""Backups that the bot makes by itself: when, where, checked by restoring, and who hears when none succeeds."""

from __future__ import annotations

import errno
import json
import os
import shutil
import stat
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.messages import message_from_json
from bot.features.backups import making
from bot.features.backups.making import make, make_planned
from bot.features.backups.schedule import (
    BackupPlan,
    BackupState,
    file_name,
    read_plan,
    read_state,
    write_plan,
    write_state,
)
from bot.features.backups.work import Backups
from bot.features.doctor import copies
from bot.features.notices.mail import Mail
from bot.features.outbox.box import Outbox
from bot.features.outbox.rows import Rows
from bot.storage import backup as low
from bot.storage import database, sealing
from bot.storage.backup import BackupError
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.platform_store import PlatformValues
from bot.testing import FakePlatform
from tests.features.village import NOW, Places, places, somebody
from tests.kit import catalogues

NIGHT = datetime(2026, 11, 24, 19, 15, tzinfo=UTC)
"""02:15 in Vietnam on the 25th."""


@pytest.fixture
async def data(tmp_path: Path) -> Path:
    """A data folder with a migrated database, a key and a file."""
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    await database.migrate(database.file_url(folder / "bot.sqlite3"))
    (folder / "secret_key").write_text("s" * 64)
    (folder / "media").mkdir()
    (folder / "media" / "a.mp3").write_bytes(b"sound")
    return folder


def test_a_backup_was_restored_for_a_trial_before_it_counts(data: Path, tmp_path: Path) -> None:
    made = make(data, tmp_path / "x.zip", NOW)
    assert (made.checked.people, made.checked.files) == (0, 2)
    assert zipfile.is_zipfile(made.file)
    assert stat.S_IMODE(made.file.stat().st_mode) == 0o600
    state = read_state(data)
    assert (state.good_at, state.file, state.bytes) == (NOW, str(tmp_path / "x.zip"), made.bytes)
    assert sorted(path.name for path in data.iterdir()) == ["backup-state.json", "bot.sqlite3", "media", "secret_key"]


@pytest.mark.parametrize("broken", ["key", "file", "database"])
def test_what_does_not_come_back_replaces_no_good_one(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    good = make(data, tmp_path / "x.zip", NOW).file.read_bytes()
    real = low.backup

    def spoilt(folder: Path, target: Path) -> int:
        size = real(folder, target)
        with zipfile.ZipFile(target) as archive:
            held = {name: archive.read(name) for name in archive.namelist()}
        if broken == "key":
            held["secret_key"] = b"t" * 64
        if broken == "database":
            held["bot.sqlite3"] = b""
        with zipfile.ZipFile(target, "w") as archive:
            for name, content in held.items():
                archive.writestr(name, content)
        if broken == "file":
            target.write_bytes(target.read_bytes().replace(b"sound", b"SOUND", 1))
        return size

    monkeypatch.setattr(making, "backup", spoilt)
    with pytest.raises(BackupError, match="khôi phục"):
        make(data, tmp_path / "x.zip", NOW + timedelta(days=1))
    assert (tmp_path / "x.zip").read_bytes() == good
    assert read_state(data).good_at == NOW


@pytest.mark.parametrize("left", [0, 10, 31])
def test_a_backup_whose_key_opens_nothing_does_not_count(data: Path, tmp_path: Path, left: int) -> None:
    good = make(data, tmp_path / "x.zip", NOW).file.read_bytes()
    (data / "secret_key").write_text("s" * left)
    with pytest.raises(BackupError, match="secret_key: khóa bí mật trống hoặc bị cắt cụt"):
        make(data, tmp_path / "x.zip", NOW + timedelta(days=1))
    assert (tmp_path / "x.zip").read_bytes() == good
    assert read_state(data).good_at == NOW


def _synced(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """Return the numbers of the files that are on their disk from now on."""
    real, synced = os.fsync, set[int]()

    def noted(number: int) -> None:
        synced.add(os.fstat(number).st_ino)
        real(number)

    monkeypatch.setattr(os, "fsync", noted)
    return synced


def test_a_backup_lies_on_its_disk_before_it_counts(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = _synced(monkeypatch)
    assert make(data, tmp_path / "x.zip", NOW).file.stat().st_ino in synced


def test_a_sealed_backup_lies_on_its_disk_before_it_counts(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pyrage")
    _, public = sealing.new_key()
    synced = _synced(monkeypatch)
    assert make(data, tmp_path / "x.zip.age", NOW, public).file.stat().st_ino in synced


def test_nights_are_counted_in_vietnam_and_hours_from_the_last_one() -> None:
    daily, often = BackupPlan(folder=Path("/b")), BackupPlan(folder=Path("/b"), hours=6)
    assert daily.due(None) is None
    assert daily.due(NOW) == NIGHT
    assert daily.due(NIGHT) == NIGHT + timedelta(days=1)
    assert often.due(NOW) == NOW + timedelta(hours=6)


def test_only_old_files_of_the_plan_s_own_go(data: Path, tmp_path: Path) -> None:
    place = tmp_path / "usb"
    place.mkdir()
    old = NOW - timedelta(days=31)
    ours = file_name(old, sealed=False), file_name(old, sealed=True)
    broken_off = file_name(old, sealed=False) + ".part"
    for name in (*ours, broken_off, "anh-cuoi.zip", "langso-cu.zip"):
        (place / name).write_bytes(b"x")
        os.utime(place / name, (old.timestamp(), old.timestamp()))
    made = make_planned(data, BackupPlan(folder=place), NOW)
    assert sorted(path.name for path in place.iterdir()) == [
        "anh-cuoi.zip",
        "langso-2026-11-24-1500.zip",
        "langso-cu.zip",
    ]
    assert made.file.name == "langso-2026-11-24-1500.zip"


@pytest.mark.parametrize("left", ["an empty mount point", "nothing"])
def test_a_disk_that_was_pulled_out_gets_no_backup_on_the_disk_of_the_data(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: str
) -> None:
    """It counted, and would have burned with the machine."""
    place = tmp_path / "usb"
    plan = BackupPlan(folder=place)
    with monkeypatch.context() as plugged_in:
        plugged_in.setattr(making, "disk_of", lambda path: 2 if path == place else 1)
        make_planned(data, plan, NOW)
        make(data, tmp_path / "by hand.zip", NOW)
        make_planned(data, plan, NOW + timedelta(days=1))
    shutil.rmtree(place)
    if left == "an empty mount point":
        place.mkdir()
    later = NOW + timedelta(days=2)
    with pytest.raises(BackupError, match="không thấy ổ đĩa sao lưu"):
        make_planned(data, plan, later)
    assert not place.exists() or not [*place.iterdir()]
    assert read_state(data).failed_at == later
    assert read_state(data).good_at == NOW + timedelta(days=1)
    assert make_planned(data, plan, later, first=True).file.parent == place, "a person says that it is to be there"
    assert make_planned(data, plan, later + timedelta(days=1)).file.parent == place


def test_a_scratch_folder_of_a_killed_process_goes(data: Path, tmp_path: Path) -> None:
    left = data / "backup-scratch-12345678"
    left.mkdir()
    (left / "bot.sqlite3").write_bytes(b"names")
    an_hour, seven = ((NOW - timedelta(hours=hours)).timestamp() for hours in (1, 7))
    os.utime(left, (an_hour, an_hour))
    make(data, tmp_path / "x.zip", NOW)
    assert left.exists(), "it may be at work"
    os.utime(left, (seven, seven))
    make(data, tmp_path / "x.zip", NOW)
    assert not left.exists()


# Encryption


@dataclass
class _Key:
    """A stand-in for a key of age: what is locked for it begins with its number."""

    number: int

    def to_public(self) -> _Key:
        return self

    def __str__(self) -> str:
        return f"AGE-SECRET-KEY-{self.number}"


class _RecipientError(Exception):
    pass


class _IdentityError(Exception):
    pass


class _DecryptError(Exception):
    pass


def _stand_in() -> ModuleType:
    """A module with the names and the behaviour of pyrage that are used, and a cipher that anybody can read."""
    age, made = ModuleType("pyrage"), iter(range(100, 200))

    def secret(text: str) -> _Key:
        if not text.startswith("AGE-SECRET-KEY-"):
            raise _IdentityError(text)
        return _Key(int(text.rpartition("-")[2]))

    def public(text: str) -> _Key:
        if not text.startswith("age1"):
            raise _RecipientError(text)
        return _Key(int(text.removeprefix("age1")))

    def encrypt(infile: str, outfile: str, recipients: Sequence[_Key]) -> None:
        head = " ".join(str(one.number) for one in recipients)
        body = bytes(byte ^ 255 for byte in Path(infile).read_bytes())
        Path(outfile).write_bytes(f"age-encryption.org/v1 {head}\n".encode() + body)

    def decrypt(infile: str, outfile: str, identities: Sequence[_Key]) -> None:
        head, _, body = Path(infile).read_bytes().partition(b"\n")
        if not {str(one.number) for one in identities} & set(head.decode().split()):
            raise _DecryptError("No matching keys found")
        Path(outfile).write_bytes(bytes(byte ^ 255 for byte in body))

    identity = SimpleNamespace(generate=lambda: _Key(next(made)), from_str=secret)
    vars(age).update(
        x25519=SimpleNamespace(Identity=identity, Recipient=SimpleNamespace(from_str=public)),
        RecipientError=_RecipientError, IdentityError=_IdentityError,
        EncryptError=ValueError, DecryptError=_DecryptError,
        encrypt_file=encrypt, decrypt_file=decrypt,
    )  # fmt: skip
    return age


@pytest.fixture
def age(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyrage", _stand_in())


@pytest.mark.usefixtures("age")
def test_a_sealed_backup_opens_with_its_key_alone_and_no_key_stays_here(data: Path, tmp_path: Path) -> None:
    sealed = make(data, tmp_path / "x.zip.age", NOW, "age17").file
    assert sealing.is_sealed(sealed)
    assert stat.S_IMODE(sealed.stat().st_mode) == 0o600
    plain = tmp_path / "plain.zip"
    sealing.unseal(sealed, plain, "# khóa\nAGE-SECRET-KEY-7\n")
    assert low.restore(plain, tmp_path / "again").held == 0
    with pytest.raises(BackupError, match="không mở được bằng khóa này"):
        sealing.unseal(sealed, plain, "AGE-SECRET-KEY-8")
    everything = b"".join(path.read_bytes() for path in data.rglob("*") if path.is_file())
    assert b"AGE-SECRET-KEY" not in everything
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again", "data", "plain.zip", "x.zip.age"]


@pytest.mark.usefixtures("age")
def test_a_sealed_backup_that_opens_otherwise_is_none(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mechanism: it is locked for a passing key as well, opened with that, and compared."""
    module = sys.modules["pyrage"]
    real = vars(module)["decrypt_file"]

    def damaged(infile: str, outfile: str, identities: Sequence[_Key]) -> None:
        real(infile, outfile, identities)
        Path(outfile).write_bytes(Path(outfile).read_bytes()[:-1])

    monkeypatch.setattr(module, "decrypt_file", damaged)
    with pytest.raises(BackupError, match="khác bản gốc"):
        make(data, tmp_path / "x.zip.age", NOW, "age17")
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_without_the_library_encryption_says_what_to_install(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyrage", None)
    with pytest.raises(BackupError, match=r"pip install --require-hashes -r requirements/encryption.txt"):
        make(data, tmp_path / "x.zip.age", NOW, "age17")
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_the_library_itself_locks_and_opens(data: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyrage")
    secret, public = sealing.new_key()
    sealed = make(data, tmp_path / "x.zip.age", NOW, sealing.check_public(public)).file
    assert sealing.is_sealed(sealed)
    sealing.unseal(sealed, tmp_path / "plain.zip", secret)
    low.restore(tmp_path / "plain.zip", tmp_path / "again")
    with pytest.raises(BackupError):
        sealing.unseal(sealed, tmp_path / "other.zip", sealing.new_key()[0])
    with pytest.raises(BackupError):
        sealing.check_public(secret)


# The job


@dataclass
class Machine:
    """The bot at work on its data folder, its chair, and an officer of a commune without one."""

    data: Path
    job: Backups
    at: Places

    async def told(self) -> list[tuple[str, str]]:
        rows = await OutboxRow.all().order_by("id")
        return [(row.chat_id, message_from_json(json.loads(row.message)).text.plain) for row in rows]


@pytest.fixture
async def machine(db: BaseDBAsyncClient, data: Path, platform: FakePlatform) -> Machine:
    at = await places()
    await somebody("binh", "chair", at.commune)
    await somebody("lan", "officer", at.commune)
    await somebody("nam", "officer", at.other_commune)
    translate = catalogues().translate
    mail = Mail(Outbox(Rows(db, translate), {platform.name: platform.capabilities}, translate, lambda name: None))
    return Machine(data, Backups(data, PlatformValues(db, "backup"), mail), at)


async def test_the_first_is_made_at_once_and_then_one_each_night(machine: Machine, tmp_path: Path) -> None:
    place = tmp_path / "usb"
    write_plan(machine.data, BackupPlan(folder=place))
    for now in (NOW, NOW + timedelta(hours=6), NIGHT - timedelta(minutes=1), NIGHT, NIGHT + timedelta(minutes=10)):
        await machine.job.tick(now)
    assert [path.name for path in sorted(place.iterdir())] == [
        "langso-2026-11-24-1500.zip",
        "langso-2026-11-25-0215.zip",
    ]
    assert await machine.told() == []


async def test_a_failure_is_told_to_the_chair_once_a_day_and_tried_every_hour(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_plan(machine.data, BackupPlan(folder=tmp_path / "usb"))
    tries: list[Path] = []

    def full(source: Path, target: Path) -> None:
        tries.append(target)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(shutil, "copyfile", full)
    for minutes in range(0, 180, 10):
        await machine.job.tick(NOW + timedelta(minutes=minutes))
    assert len(tries) == 3
    told = await machine.told()
    assert {chat for chat, _ in told} == {"chat-binh", "chat-nam"}, "where there is no chair, the officer"
    assert "không sao lưu được dữ liệu của xã" in told[0][1]
    assert "No space left on device" in told[0][1]
    assert "Chưa có bản nào." in told[0][1]
    monkeypatch.undo()
    await machine.job.tick(NOW + timedelta(hours=4))
    assert read_state(machine.data).failed_at is None
    await machine.job.tick(NOW + timedelta(days=1))
    assert len(await machine.told()) == 2


async def test_a_backup_that_is_a_week_old_is_told_once_a_week(machine: Machine) -> None:
    write_state(machine.data, BackupState(good_at=NOW - timedelta(days=2), file="x.zip"))
    await machine.job.tick(NOW)
    assert await machine.told() == []
    for days in (8, 8.5, 9):
        await machine.job.tick(NOW + timedelta(days=days))
    told = await machine.told()
    assert sorted(chat for chat, _ in told) == ["chat-binh", "chat-nam"]
    assert "Bản gần nhất là của ngày 22/11/2026." in told[0][1]
    await machine.job.tick(NOW + timedelta(days=16))
    assert len(await machine.told()) == 4


async def test_a_clock_that_was_ahead_stops_no_backups_when_it_is_right_again(machine: Machine, tmp_path: Path) -> None:
    """Else nothing was backed up for as many years, and nobody heard of it."""
    ahead = NOW + timedelta(days=3650)
    write_plan(machine.data, BackupPlan(folder=tmp_path / "usb"))
    await machine.job.tick(ahead)
    assert read_state(machine.data).good_at == ahead
    await machine.job.tick(NOW)
    assert read_state(machine.data).good_at == NOW
    write_state(machine.data, BackupState(failed_at=ahead, why="đĩa đầy"))
    await machine.job.tick(NOW)
    assert read_state(machine.data).good_at == NOW


async def test_nobody_knows_the_age_of_a_backup_that_is_of_a_time_to_come(machine: Machine) -> None:
    """Made by hand while the clock was wrong: without a plan it is told like an old one."""
    state = BackupState(good_at=NOW + timedelta(days=3650), file="x.zip")
    write_state(machine.data, state)
    await machine.job.tick(NOW)
    assert len(await machine.told()) == 2
    assert state.is_old(NOW)
    (found, *_) = copies.look(machine.data, NOW)
    assert found.grade == "bad"
    assert "đồng hồ của máy chưa tới giờ ấy" in found.described(str).plain


async def test_a_new_installation_has_a_week_before_it_is_told_that_there_is_no_backup(machine: Machine) -> None:
    await machine.job.tick(NOW)
    await machine.job.tick(NOW + timedelta(days=6))
    assert await machine.told() == []
    await machine.job.tick(NOW + timedelta(days=7))
    assert "Chưa có bản nào." in (await machine.told())[0][1]


async def test_a_plan_that_cannot_be_read_stops_nothing_else(machine: Machine) -> None:
    (machine.data / "backup-plan.json").write_text("{")
    await machine.job.tick(NOW)
    with pytest.raises(BackupError, match="gõ lại lệnh backup --every"):
        read_plan(machine.data)
