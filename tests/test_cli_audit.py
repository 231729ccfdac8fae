"""`audit --verify` on an installation as the commands make it: emptied, put back to an earlier state, written anew."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from bot.assembly.app import secret_key
from bot.cli import office as office_commands
from bot.features.audit import Audit, NotedSeal
from bot.features.workbook.don_vi import UnitsSheet
from bot.features.workbook.nguoi import PeopleSheet
from bot.features.workbook.write import workbook
from bot.settings import Settings, SettingsError
from bot.storage import database
from bot.storage.tables.audit import AuditHead, AuditRow

SINCE = date(2025, 7, 1)
UNITS = (
    ("ninh-binh", "tỉnh", "Ninh Bình", None),
    ("yen-mo", "xã", "Yên Mô", "ninh-binh"),
    ("lac-hien", "thôn", "Lạc Hiền", "yen-mo"),
)
LEADER = ("Trần Văn Tư", "leader", "lac-hien", "0912345678", None)


def _book(*people: tuple[str, str, str, str, None]) -> bytes:
    places = [(code, kind, name, above, "", None, None, SINCE, None) for code, kind, name, above in UNITS]
    return workbook([("don_vi", UnitsSheet().columns, places), ("nguoi", PeopleSheet().columns, people)])


async def _verified(settings: Settings, capsys: pytest.CaptureFixture[str], *expected: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = await office_commands.verify_audit(settings, expected, as_json=False)
    out, err = capsys.readouterr()
    return code, out.strip(), err.strip()


async def _noted(settings: Settings) -> str:
    async with office_commands.opened(settings) as office:
        return (await office.audit.head()).shown


def _sql(folder: Path, *statements: str) -> None:
    """As somebody with a shell and no key changes the file."""
    with closing(sqlite3.connect(folder / "bot.sqlite3")) as connection, connection:
        for statement in statements:
            connection.execute(statement)


@pytest.fixture
async def settings(tmp_path: Path) -> Settings:
    """An installation with its units."""
    made = Settings(data_dir=tmp_path)
    assert await office_commands.import_workbook(made, _book(), yes=True, as_json=False) == 0
    return made


async def test_a_log_that_was_emptied_beside_an_invitation_is_broken(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    await office_commands.invite(settings, "officer", "yen-mo", 1, 7, as_json=False)
    assert (await _verified(settings, capsys))[0] == 0
    _sql(settings.data_dir, "delete from audit_rows", "delete from audit_head")
    code, out, err = await _verified(settings, capsys)
    assert (code, out) == (1, "BROKEN id=0")
    assert err == "sổ không biết mã mời số 1: sổ bị bỏ hàng hoặc đưa về bản cũ"


async def test_a_log_that_was_emptied_beside_a_role_is_broken(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await office_commands.import_workbook(settings, _book(LEADER), yes=True, as_json=False) == 0
    assert (await _verified(settings, capsys))[0] == 0
    _sql(settings.data_dir, "delete from audit_rows", "delete from audit_head")
    code, out, err = await _verified(settings, capsys)
    assert (code, out) == (1, "BROKEN id=0")
    assert err == "sổ không biết vai trò số 1: sổ bị bỏ hàng hoặc đưa về bản cũ"


@pytest.mark.parametrize("what", ["role", "invitation"])
async def test_a_log_that_was_put_back_and_went_on_from_there_is_broken(
    settings: Settings, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    """Without the key: rows and head of an earlier copy fit each other, and the bot itself goes on with good seals."""
    earlier = settings.data_dir.with_name("earlier.sqlite3")
    with closing(sqlite3.connect(settings.data_dir / "bot.sqlite3")) as now, closing(sqlite3.connect(earlier)) as copy:
        now.backup(copy)
    if what == "role":
        await office_commands.import_workbook(settings, _book(LEADER), yes=True, as_json=False)
    else:
        await office_commands.invite(settings, "officer", "yen-mo", 1, 7, as_json=False)
    with closing(sqlite3.connect(settings.data_dir / "bot.sqlite3")) as connection:
        connection.execute("attach ? as earlier", [str(earlier)])
        for table in ("audit_rows", "audit_head"):
            connection.execute(f"delete from {table}")
            connection.execute(f"insert into {table} select * from earlier.{table}")
        connection.commit()
    await office_commands.invite(settings, "officer", "yen-mo", 1, 7, as_json=False)
    code, out, err = await _verified(settings, capsys)
    assert (code, out) == (1, "BROKEN id=0")
    assert "đưa về bản cũ" in err


async def test_who_has_the_key_cannot_write_yesterday_anew_once_its_head_has_left_the_machine(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    await office_commands.invite(settings, "officer", "yen-mo", 1, 7, as_json=False)
    noted = await _noted(settings)
    await office_commands.invite(settings, "leader", "lac-hien", 1, 7, as_json=False)
    assert (await _verified(settings, capsys, noted))[0] == 0, "what came later changes nothing"
    async with office_commands.opened(settings):
        kept = await AuditRow.all().order_by("id")
        await AuditRow.all().delete()
        await AuditHead.all().delete()
        forger = Audit(secret_key(settings))
        for row in kept:
            details = json.loads(row.details)
            if row.object == "invite:1":
                details["role"] = "observer"
            await forger.append(None, row.act, row.object, row.at, details)
    assert (await _verified(settings, capsys))[0] == 0, "the chain itself cannot show it"
    code, out, err = await _verified(settings, capsys, noted)
    assert code == 1
    assert out.startswith("BROKEN id=")
    assert err == "đến hàng thứ 2 sổ không còn như lúc mã được ghi lại: đã bị viết lại"


async def test_a_log_that_is_shorter_than_what_was_noted_is_broken_and_the_json_says_why(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    noted = await _noted(settings)
    _sql(settings.data_dir, "delete from audit_rows", "delete from audit_head")
    assert (await _verified(settings, capsys))[0] == 0, "no role and no invitation bears witness"
    capsys.readouterr()
    assert await office_commands.verify_audit(settings, [noted], as_json=True) == 1
    why = "sổ chỉ có 0 hàng, ít hơn lúc mã được ghi lại"
    assert json.loads(capsys.readouterr().out) == {"ok": False, "id": 0, "why": why}


@pytest.mark.parametrize("text", ["", "12", "12:", "12:xyz", "12:3f9c2a7be1d04c5", ":3f9c2a7be1d04c55", "a:b"])
async def test_what_is_no_head_is_said(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError, match="không phải SỐ:MÃ"):
        await office_commands.verify_audit(Settings(data_dir=tmp_path), [text], as_json=False)


async def test_a_head_is_read_as_it_is_shown_and_as_people_type_it(settings: Settings) -> None:
    noted = await _noted(settings)
    assert NotedSeal.read(noted) is not None
    assert NotedSeal.read(f" {noted.upper()} ") == NotedSeal.read(noted)
    async with database.opened(database.file_url(settings.data_dir / "bot.sqlite3")):
        assert noted.startswith(f"{await AuditRow.all().count()}:")
