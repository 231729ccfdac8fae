"""A province tells its month in a signed file, a viewer shows all provinces and refuses what is not as it should be."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.cli import federation, office
from bot.features import units
from bot.features.calendar.periods import period
from bot.features.checkins import indicators
from bot.features.federation.country_files import CountryFiles
from bot.features.federation.signed import LARGEST, Refused, pack, read
from bot.features.federation.sums import IndicatorSums, ProvinceSums, gather
from bot.settings import Settings
from bot.storage.tables.checkins import Figure

ROOT = Path(__file__).parents[2]
KEY = b"k" * 32
NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)


async def reported(*counts: int) -> ProvinceSums:
    """A province whose communes reported these numbers for October, each in one village."""
    since = date(2025, 7, 1)
    await indicators.write(
        indicators.IndicatorRow(ma="CH90", ten="Người được giúp", don_vi_tinh="người", loai="P", ky="thang"), NOW
    )
    province = await units.create("ninh-binh", "tỉnh", "Ninh Bình", valid_from=since)
    for number, count in enumerate(counts):
        await units.create(f"xa-{number}", "xã", f"Số {number}", parent="ninh-binh", valid_from=since)
        village = await units.create(f"thon-{number}", "thôn", "Một", parent=f"xa-{number}", valid_from=since)
        await Figure.create(indicator="CH90", unit_id=village.id, period="2026-10", ends_on=date(2026, 10, 31),
                            version=1, value=count * 1000, source="chat", reported_at=NOW)  # fmt: skip
    return await gather(province, period("2026-10"), NOW)


async def test_a_small_sum_is_kept_back_and_another_with_it(db: BaseDBAsyncClient) -> None:
    """The total less what is shown would be the one that is not."""
    found = (await reported(3, 40, 50)).indicators["CH90"]
    assert found.total == 93
    assert found.communes == {"xa-0": None, "xa-1": None, "xa-2": 50}


async def test_no_person_and_no_village_is_told(db: BaseDBAsyncClient) -> None:
    told = pack(await reported(30, 40), KEY).decode()
    assert "xa-0" in told
    assert "thon-" not in told


def sums(month: str = "2026-10", total: int = 93, province: str = "ninh-binh") -> ProvinceSums:
    one = IndicatorSums(label="Người được giúp", unit="người", total=total, communes={"xa-1": total})
    return ProvinceSums(province=province, name="tỉnh Ninh Bình", month=month, made_at=NOW,
                        communes={"xa-1": "xã Một"}, indicators={"CH90": one})  # fmt: skip


def test_a_viewer_shows_all_provinces(tmp_path: Path) -> None:
    keys = {f"tinh-{number}": f"key {number}".encode() * 8 for number in range(34)}
    book = CountryFiles(tmp_path, keys)
    for number in range(33):
        code = f"tinh-{number}"
        book.take(code, pack(sums(province=code, total=10 + number), keys[code]))
    shown = CountryFiles(tmp_path, keys).latest()
    assert len(shown) == 34
    assert shown["tinh-33"] is None
    assert sum(one.indicators["CH90"].total or 0 for one in shown.values() if one is not None) == sum(range(10, 43))


def _changed(change: Callable[[dict[str, object]], None]) -> bytes:
    """The file with something changed and signed by who has no key."""
    found = json.loads(pack(sums(), KEY))
    change(found["sums"])
    return json.dumps(found).encode()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (pack(sums(), b"x" * 32), "chữ ký sai"),
        (_changed(lambda told: told.update(month="2026-11")), "chữ ký sai"),
        (b" " * (LARGEST + 1), "quá lớn"),
        (b"[" * 100_000, "không phải tệp"),
        (b"\xff\xfe", "không phải tệp"),
        (b'{"sums": {}}', "không phải tệp"),
        (pack(sums().model_copy(update={"month": "2026-13"}), KEY), "sai mẫu"),
        (pack(sums().model_copy(update={"version": 9}), KEY), "sai mẫu"),
        (pack(sums().model_copy(update={"province": "../../etc"}), KEY), "sai mẫu"),
        (pack(sums(province="nam-dinh"), KEY), "không phải của ninh-binh"),
    ],
)
def test_a_file_that_is_not_the_province_s_is_refused(tmp_path: Path, data: bytes, why: str) -> None:
    book = CountryFiles(tmp_path, {"ninh-binh": KEY})
    with pytest.raises(Refused, match=why):
        book.take("ninh-binh", data)
    assert list(tmp_path.iterdir()) == []


def test_a_month_is_told_once_and_in_its_order(tmp_path: Path) -> None:
    book = CountryFiles(tmp_path, {"ninh-binh": KEY})
    first = pack(sums("2026-10"), KEY)
    book.take("ninh-binh", first)
    book.take("ninh-binh", first)
    with pytest.raises(Refused, match="với số khác"):
        book.take("ninh-binh", pack(sums("2026-10", total=94), KEY))
    book.take("ninh-binh", pack(sums("2026-11"), KEY))
    with pytest.raises(Refused, match="cũ hơn"):
        book.take("ninh-binh", pack(sums("2026-09"), KEY))
    assert [one.month for one in book.of("ninh-binh")] == ["2026-10", "2026-11"]


def test_a_small_sum_is_no_sum_of_the_schema() -> None:
    one = sums().indicators["CH90"].model_copy(update={"total": 3})
    with pytest.raises(Refused, match="under 5"):
        read(pack(sums().model_copy(update={"indicators": {"CH90": one}}), KEY), KEY)


def test_the_published_schema_is_that_of_the_file() -> None:
    assert (ROOT / "docs" / "province-sums.json").read_text("utf-8") == federation.schema()


async def test_the_commands_write_and_show_a_month(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From the province's database to the table of the country, with a file in between that somebody changed."""
    settings = Settings(data_dir=tmp_path / "data")
    async with office.opened(settings):
        await reported(30, 40)
    keys, out = tmp_path / "keys", tmp_path / "ninh-binh.2026-10.json"
    keys.mkdir()
    (keys / "ninh-binh.key").write_bytes(KEY)
    assert await federation.write(settings, "ninh-binh", "2026-10", keys / "ninh-binh.key", out, NOW) == 0
    assert federation.show(keys, tmp_path / "book", [out], as_json=False) == 0
    assert "Người được giúp: 70 người" in capsys.readouterr().out
    out.write_bytes(out.read_bytes().replace(b"70", b"71"))
    assert federation.show(keys, tmp_path / "book", [out], as_json=False) == 1
    told = capsys.readouterr().out
    assert "chữ ký sai" in told
    assert "Người được giúp: 70 người" in told, "what is known stays"


async def test_a_key_written_by_powershell_or_notepad_signs_like_the_plain_one(tmp_path: Path) -> None:
    """Mechanism: the marks and the encoding of the file are no part of the key."""
    settings = Settings(data_dir=tmp_path / "data")
    async with office.opened(settings):
        await reported(30, 40)
    made = set[bytes]()
    for number, written in enumerate((KEY, b"\xef\xbb\xbf" + KEY + b"\r\n", (KEY.decode() + "\r\n").encode("utf-16"))):
        file, out = tmp_path / f"{number}.key", tmp_path / f"{number}.json"
        file.write_bytes(written)
        assert await federation.write(settings, "ninh-binh", "2026-10", file, out, NOW) == 0
        made.add(out.read_bytes())
    assert len(made) == 1


async def test_a_key_of_random_bytes_signs_as_before(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    async with office.opened(settings):
        await reported(30, 40)
    secret, out = bytes(range(160, 200)), tmp_path / "ninh-binh.json"
    (tmp_path / "own.key").write_bytes(secret)
    assert await federation.write(settings, "ninh-binh", "2026-10", tmp_path / "own.key", out, NOW) == 0
    assert read(out.read_bytes(), secret).indicators["CH90"].total == 70
