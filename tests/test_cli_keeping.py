"""`backup --every`, encrypted backups, `upgrade` and the way back, as somebody at the machine types them."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from bot.assembly import app
from bot.cli import keeping
from bot.features.backups.schedule import BackupPlan, BackupState, read_plan, read_state, write_plan, write_state
from bot.settings import Settings
from bot.storage import backup as low
from bot.storage import sealing
from bot.storage.backup import BackupError
from tests.e2e.phones import until
from tests.processes import Ran, ran

ROOT = Path(__file__).parent.parent
RELEASED = Path(__file__).parent / "storage" / "released" / "0.1.0.zip"


def _environ(folder: Path, **own: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BOT_")}
    return {**kept, "PYTHONPATH": str(ROOT), "BOT_DATA_DIR": str(folder / "data"), "BOT_PORT": "0", **own}


def _run(folder: Path, *arguments: str, **own: str) -> Ran:
    return ran(*arguments, environ=_environ(folder, **own), cwd=folder)


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder with an installation whose data are of the first version."""
    low.restore(RELEASED, tmp_path / "data")
    return tmp_path


def _marked(folder: Path) -> list[str]:
    with closing(sqlite3.connect(folder / "data" / "bot.sqlite3")) as connection:
        return [str(name) for (name,) in connection.execute("select name from people order by id")]


def _of_tomorrow(folder: Path) -> None:
    """As a newer version leaves it, with something that was done since."""
    with closing(sqlite3.connect(folder / "data" / "bot.sqlite3")) as connection, connection:
        connection.execute("insert into tortoise_migrations (app, name, applied_at) values ('bot', '9999_new', '2099')")
        connection.execute("update people set name = 'Người mới' where id = (select min(id) from people)")


def test_one_command_has_the_bot_back_itself_up_from_now_on(installed: Path) -> None:
    done = _run(installed, "backup", "--every", "--into", "usb", "--keep", "10")
    assert done.returncode == 0, done.stderr
    (file,) = (installed / "usb").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "đã khôi phục thử: 7 người, 2 tệp" in done.stderr
    assert "Từ nay bot đang chạy tự sao lưu mỗi đêm" in done.stderr
    assert f"ReadWritePaths={installed / 'usb'}" in done.stderr
    assert read_plan(installed / "data") == BackupPlan(folder=installed / "usb", hours=24, keep_days=10)
    assert _run(installed, "backup", "--stop").returncode == 0
    assert read_plan(installed / "data") is None


async def test_a_running_bot_takes_up_the_plan_and_makes_what_is_due(installed: Path) -> None:
    data = installed / "data"
    write_plan(data, BackupPlan(folder=installed / "usb"))
    async with app.serving(Settings(data_dir=data, port=0), {}):
        await until(lambda: read_state(data).good_at is not None)
    (found,) = (installed / "usb").iterdir()
    assert read_state(data).file == str(found)


@pytest.mark.parametrize(
    ("arguments", "code", "line"),
    [
        ([], 2, "backup: ghi TỆP, hoặc --every, hoặc --stop, hoặc --new-key TỆP"),
        (["x.zip", "--every"], 2, "backup: ghi TỆP, hoặc --every, hoặc --stop, hoặc --new-key TỆP"),
        (["x.zip", "--keep", "3"], 2, "--into, --keep: chỉ dùng với --every"),
        (["--every", "0"], 2, "--every: số giờ từ 1 đến 168"),
        (["--every", "--keep", "0"], 2, "--keep: số ngày từ 1 đến 3650"),
        (["--every", "--into", "data/secret_key"], 1, "data/secret_key: đã có, mà không phải thư mục"),
        (["x" * 300], 1, f"{'x' * 300}: tên tệp dài quá; đặt tên ngắn hơn"),
    ],
)
def test_what_is_asked_wrongly_is_one_line_and_no_plan(
    installed: Path, arguments: list[str], code: int, line: str
) -> None:
    done = _run(installed, "backup", *arguments)
    assert (done.stdout, done.returncode) == ("", code)
    assert done.stderr.strip().endswith(line)
    assert "\n" not in done.stderr.strip()
    assert read_plan(installed / "data") is None


def test_a_new_key_takes_the_place_of_no_other_and_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mechanism: half a key in its file would open no backup, and refuse the next try."""
    monkeypatch.setattr(sealing, "new_key", lambda: ("AGE-SECRET-KEY-1", "age1x"))
    path = tmp_path / "khoa.txt"
    with monkeypatch.context() as full:
        full.setattr(Path, "write_text", _no_room)
        with pytest.raises(OSError, match=r"No space left on device: '.*khoa\.txt'"):
            keeping.new_key(path)
    assert not path.exists()
    assert keeping.new_key(path) == 0
    with pytest.raises(BackupError, match=r"khoa\.txt: đã có tệp này"):
        keeping.new_key(path)
    assert "AGE-SECRET-KEY-1" in path.read_text("utf-8")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def _no_room(*_: object, **__: object) -> int:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_sealed_file_without_its_key_is_one_line(installed: Path) -> None:
    (installed / "x.age").write_bytes(b"age-encryption.org/v1\n-> X25519 x\n")
    shutil.rmtree(installed / "data")
    done = _run(installed, "restore", "x.age")
    assert (done.returncode, done.stderr.strip()) == (1, "x.age: đã mã hóa; thêm --key TỆP có khóa mở")
    assert not (installed / "data").exists()


def test_a_list_that_is_no_text_is_one_line_and_restores_nothing(installed: Path) -> None:
    (installed / "erased.log").write_bytes("người đã xóa".encode("cp1258", "replace"))
    assert _run(installed, "backup", "x.zip").returncode == 0
    shutil.rmtree(installed / "data")
    done = _run(installed, "restore", "x.zip", "--erased", "erased.log")
    assert (done.returncode, done.stderr.strip()) == (2, "erased.log: không phải tệp chữ (UTF-8)")
    assert not (installed / "data").exists()


def test_an_upgrade_is_one_command_that_backs_up_first(installed: Path) -> None:
    done = _run(installed, "upgrade")
    assert done.returncode == 0, done.stderr
    assert "đã khôi phục thử: 7 người" in done.stderr
    assert "Đã nâng cấp dữ liệu lên bản" in done.stderr
    assert "upgrade --back" in done.stderr
    (file,) = (installed / "data" / "backups").iterdir()
    low.restore(file, installed / "again")
    again = _run(installed, "upgrade")
    assert again.returncode == 0
    assert "không phải nâng cấp" in again.stderr


def _asked(folder: Path, statement: str, *, name: str = "bot.sqlite3") -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / "data" / name)) as connection, connection:
        return connection.execute(statement).fetchall()


def test_the_way_back_leads_to_the_data_from_before(installed: Path) -> None:
    """A message that was on its way is held, and who was erased since is erased again."""
    assert _run(installed, "upgrade").returncode == 0
    (made,) = (installed / "data").glob("bot.sqlite3.before-*")
    made.unlink()
    names = _marked(installed)
    _asked(installed, "update outbox set state = 'sending' where id = 1")
    shutil.copy(installed / "data" / "bot.sqlite3", installed / "data" / "bot.sqlite3.before-20261127-190000")
    _asked(installed, "update outbox set state = 'sent' where id = 1")
    ((number, erased),) = _asked(installed, "select number, person_id from actors order by person_id limit 1 offset 2")
    (installed / "data" / "erased.log").write_text(f"person {number} 2026-11-28T03:00:00+00:00\n")
    _of_tomorrow(installed)
    refused = _run(installed, "migrate")
    assert (refused.returncode, "nâng cấp chương trình" in refused.stderr) == (1, True)
    done = _run(installed, "upgrade", "--back")
    assert done.returncode == 0, done.stderr
    assert "Dữ liệu đã về lúc 02:00 28/11/2026; 1 tin chờ cán bộ quyết định." in done.stderr
    assert "đã xóa lại 1" in done.stderr
    assert _asked(installed, "select state, reason from outbox where id = 1") == [("held", "restored")]
    assert _marked(installed) == names[:2] + names[3:], f"person {erased} asked to be erased after the copy was made"
    (aside,) = (installed / "data").glob("bot.sqlite3.after-*")
    assert _asked(installed, "select name from people where id = 1", name=aside.name) == [("Người mới",)]
    assert stat.S_IMODE(aside.stat().st_mode) & 0o077 == 0
    assert "không phải nâng cấp" in _run(installed, "upgrade").stderr


def test_there_is_no_way_back_where_none_is_needed_or_none_was_kept(installed: Path) -> None:
    assert _run(installed, "upgrade").returncode == 0
    for copy in (installed / "data").glob("bot.sqlite3.before-*"):
        copy.unlink()
    now = _run(installed, "upgrade", "--back")
    assert (now.returncode, now.stderr.strip()) == (
        1,
        "dữ liệu đang đúng bản chương trình này; muốn lùi thì cài bản chương trình cũ trước",
    )
    _of_tomorrow(installed)
    gone = _run(installed, "upgrade", "--back")
    assert gone.returncode == 1
    assert "không có bản chép nào mà bản chương trình này mở được; dùng restore" in gone.stderr
    assert _marked(installed)[0] == "Người mới"


def test_the_doctor_says_what_to_do_and_ends_with_1_until_it_is_done(installed: Path) -> None:
    found = _run(installed, "doctor")
    assert found.returncode == 1
    assert "LỖI  Cơ sở dữ liệu còn thiếu" in found.stdout
    assert "LỖI  Chưa có bản sao lưu nào" in found.stdout
    assert _run(installed, "upgrade").returncode == 0
    mended = _run(installed, "doctor")
    assert (mended.returncode, "LỖI" in mended.stdout) == (0, False), mended.stdout
    wrong = _run(installed, "doctor", BOT_X="1")
    assert wrong.returncode == 1
    assert "LỖI  Cấu hình sai: BOT_X: không có cấu hình tên này." in wrong.stdout
    write_state(installed / "data", BackupState())
    assert _run(installed, "doctor").returncode == 1


def _cut_short(folder: Path) -> None:
    """As a full disk or a killed process left the copy of an upgrade, one of them with SQLite's file beside it."""
    (folder / "data" / "bot.sqlite3.before-20991231-190000").touch()
    (folder / "data" / "bot.sqlite3.before-20991231-190000-journal").touch()


def test_the_way_back_never_leads_to_a_copy_that_was_cut_short(installed: Path) -> None:
    assert _run(installed, "upgrade").returncode == 0
    names = _marked(installed)
    _cut_short(installed)
    _of_tomorrow(installed)
    done = _run(installed, "upgrade", "--back")
    assert done.returncode == 0, done.stderr
    assert _marked(installed) == names


@pytest.mark.parametrize("at", ["_cut_log", "Path.hardlink_to", "Path.replace"])
def test_a_way_back_that_breaks_off_leaves_the_present_data_and_is_gone_again(
    installed: Path, at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the power goes: a bot without a database would begin with an empty one, and the next try found none to mend.

    Who asked to be erased must be erased before the data are back: the second try would see nothing to do any more.
    """
    data = installed / "data"
    copy, aside = data / "bot.sqlite3.before-20261127-190000", data / "bot.sqlite3.after-20261128-190000"
    shutil.copy(data / "bot.sqlite3", copy)
    _of_tomorrow(installed)
    settled: list[list[str]] = []

    def gone(*_: object) -> None:
        raise KeyboardInterrupt

    def settle(incoming: Path) -> None:
        settled.append(_marked(installed))
        monkeypatch.setattr(Path if at.startswith("Path") else low, at.removeprefix("Path."), gone)

    with pytest.raises(KeyboardInterrupt):
        low.put_back(copy, data, aside, settle)
    assert settled == [_marked(installed)]
    assert _marked(installed)[0] == "Người mới"
    monkeypatch.undo()
    aside.unlink(missing_ok=True)
    low.put_back(copy, data, aside, lambda _: None)
    assert _marked(installed)[0] != "Người mới"
    assert not [*data.glob("bot.sqlite3.incoming*")]


def test_data_go_back_also_on_a_disk_where_a_file_has_one_name_only(
    installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = installed / "data"
    copy, aside = data / "bot.sqlite3.before-20261127-190000", data / "bot.sqlite3.after-20261128-190000"
    shutil.copy(data / "bot.sqlite3", copy)
    _of_tomorrow(installed)

    def refused(*_: object) -> None:
        raise PermissionError("as on exFAT")

    monkeypatch.setattr(Path, "hardlink_to", refused)
    low.put_back(copy, data, aside, lambda _: None)
    assert _marked(installed)[0] != "Người mới"
    assert aside.exists()


@pytest.mark.parametrize(
    ("old", "environ"),
    [(None, {"BOT_SECRET_KEY": "k" * 32}), ("o" * 64, {"BOT_SECRET_KEY": "k" * 32}), (None, {})],
    ids=["set", "set, with the file of an older key", "set for the service alone"],
)
def test_a_backup_without_the_key_says_that_the_key_must_be_kept_too(
    installed: Path, old: str | None, environ: dict[str, str]
) -> None:
    """Mechanism: it looks which key is used; else it would promise the key that BOT_SECRET_KEY alone holds."""
    file = installed / "data" / "secret_key"
    file.unlink(missing_ok=True)
    if old is not None:
        file.write_text(old)
    done = _run(installed, "backup", "copy.zip", **environ)
    assert done.returncode == 0, done.stderr
    assert "khóa bí mật đặt ở BOT_SECRET_KEY thì không có trong đó" in done.stderr
    assert "trong đó có khóa bí mật" not in done.stderr


def test_a_backup_with_the_key_in_use_says_so_also_where_it_is_set(installed: Path) -> None:
    file = installed / "data" / "secret_key"
    file.write_text("k" * 32)
    for environ in ({}, {"BOT_SECRET_KEY": "k" * 32}):
        done = _run(installed, "backup", "copy.zip", **environ)
        assert "trong đó có khóa bí mật, phải cất kỹ" in done.stderr
        assert "không có trong đó" not in done.stderr
