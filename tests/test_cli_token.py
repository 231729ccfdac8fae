"""`python -m bot token`: made for an official, listed, revoked."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from tortoise.transactions import in_transaction

from bot.assembly import app
from bot.cli import office, programs
from bot.features import units
from bot.features.people import people
from bot.features.rights.table import CHAIR, MEMBER, OFFICER
from bot.settings import Settings, SettingsError
from bot.storage.tables.audit import AuditRow


async def _commune(settings: Settings, *officials: tuple[str, str]) -> None:
    async with office.opened(settings), in_transaction():
        await units.create("ninh-binh", "tỉnh", "Ninh Bình", parent=None, valid_from=date(2025, 7, 1))
        await units.create("yen-mo", "xã", "Yên Mô", parent="ninh-binh", valid_from=date(2025, 7, 1))
        place = await units.get("yen-mo")
        assert place is not None
        for name, role in officials:
            await people.grant(await people.create(name, app.CLOCK.now()), role, place.id, app.CLOCK.now())


async def test_a_token_is_printed_once_listed_without_it_and_revoked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(data_dir=tmp_path)
    await _commune(settings, ("Cô Lan", OFFICER))
    assert await programs.make(settings, "yen-mo", "Trang tin", "", 30, as_json=False) == 0
    token, err = capsys.readouterr()
    assert token.startswith("langso_")
    assert "Cô Lan" in err
    assert await programs.listed(settings, "yen-mo", as_json=True) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["name"], row["person"], row["used"]) == ("Trang tin", "Cô Lan", None)
    assert token.strip() not in json.dumps(row)
    assert await programs.revoke(settings, "yen-mo", row["id"]) == 0
    capsys.readouterr()
    await programs.listed(settings, "yen-mo", as_json=True)
    assert json.loads(capsys.readouterr().out) == []
    with pytest.raises(SettingsError, match="--revoke"):
        await programs.revoke(settings, "yen-mo", row["id"])
    async with office.opened(settings):
        acts = [one.act for one in await AuditRow.all().order_by("id")]
    assert acts[-2:] == ["program_token_made", "program_token_revoked"]


async def test_of_several_officials_one_is_named_and_of_others_none(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    await _commune(settings, ("Cô Lan", OFFICER), ("Ông Nam", CHAIR), ("Chị Mai", MEMBER))
    with pytest.raises(SettingsError, match="Cô Lan, Ông Nam"):
        await programs.make(settings, "yen-mo", "Trang tin", "", 30, as_json=False)
    with pytest.raises(SettingsError, match="--person"):
        await programs.make(settings, "yen-mo", "Trang tin", "Chị Mai", 30, as_json=False)
    assert await programs.make(settings, "yen-mo", "Trang tin", "ông nam", 30, as_json=True) == 0
    with pytest.raises(SettingsError, match="--unit"):
        await programs.listed(settings, "khong-co", as_json=False)


@pytest.mark.parametrize("number", [0, -(10**30), 10**30])
async def test_a_number_that_no_token_can_have_is_one_sentence(tmp_path: Path, number: int) -> None:
    settings = Settings(data_dir=tmp_path)
    await _commune(settings)
    with pytest.raises(SettingsError, match=f"--revoke: xã không có khóa số {number}"):
        await programs.revoke(settings, "yen-mo", number)


@pytest.mark.parametrize("days", [-1, 0, 1096])
async def test_a_token_for_no_day_or_for_ever_is_refused(tmp_path: Path, days: int) -> None:
    settings = Settings(data_dir=tmp_path)
    await _commune(settings, ("Cô Lan", OFFICER))
    with pytest.raises(SettingsError, match="--days: từ 1 đến 1095"):
        await programs.make(settings, "yen-mo", "Trang tin", "", days, as_json=False)
    assert await programs.listed(settings, "yen-mo", as_json=True) == 0
