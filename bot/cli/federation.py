"""`python -m bot province-sums` and `country`: a province's month as a signed file, and all provinces in one table."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from bot.cli.office import opened
from bot.cli.texts import key_of
from bot.features import units
from bot.features.calendar.periods import period
from bot.features.calendar.vietnam import today
from bot.features.federation.country_files import CountryFiles
from bot.features.federation.signed import LARGEST, Refused, pack
from bot.features.federation.sums import ProvinceSums, gather
from bot.settings import Settings, SettingsError

_SHORTEST_KEY = 32


def schema() -> str:
    """Return the schema of what is signed, as it stands in docs/province-sums.json."""
    return json.dumps(ProvinceSums.model_json_schema(), ensure_ascii=False, indent=2, sort_keys=True) + "\n"


async def write(settings: Settings, unit: str, month: str, key: Path, out: Path, now: datetime) -> int:
    """Write the file of a province and a month. Raises SettingsError and OSError."""
    secret = _key(key)
    async with opened(settings):
        province = await units.get(unit)
        if province is None or province.level != "province":
            raise SettingsError(f"--unit: không có tỉnh mã {unit!r}")
        try:
            of = period(month)
        except ValueError:
            of = None
        if of is None or of.kind != "month":
            raise SettingsError("--month: ghi như 2026-10")
        if of.last >= today(now):
            raise SettingsError("--month: tháng chưa hết; số của một tháng chỉ gửi một lần")
        data = pack(await gather(province, of, now), secret)
    await asyncio.to_thread(out.write_bytes, data)
    print(out)
    return 0


def show(keys: Path, book: Path, files: Sequence[Path], *, as_json: bool) -> int:
    """Take new files, each called by its province's code, and print the last month of every province; 1 if one is
    refused. Raises SettingsError and OSError.
    """
    known = {file.stem: _key(file) for file in sorted(keys.glob("*.key"))}
    kept, refused = CountryFiles(book, known), False
    for file in files:
        try:
            with file.open("rb") as coming:
                kept.take(file.name.partition(".")[0], coming.read(LARGEST + 1))
        except Refused as error:
            refused = True
            print(f"{file}: {error}")
    try:
        latest = kept.latest()
    except Refused as error:
        raise SettingsError(f"{book}: {error}") from None
    if as_json:
        told = {code: None if one is None else one.model_dump(mode="json") for code, one in latest.items()}
        print(json.dumps(told, ensure_ascii=False))
    else:
        _print(latest)
    return int(refused)


def _print(latest: Mapping[str, ProvinceSums | None]) -> None:
    for code, one in latest.items():
        if one is None:
            print(f"{code}: chưa có số")
            continue
        print(f"{one.name}, tháng {one.month}, {len(one.communes)} xã")
        for sums in one.indicators.values():
            print(f"  {sums.label}: {'dưới 5' if sums.total is None else sums.total} {sums.unit}")


def _key(file: Path) -> bytes:
    secret = key_of(file)
    if len(secret) < _SHORTEST_KEY:
        raise SettingsError(f"{file}: khóa phải có từ {_SHORTEST_KEY} ký tự, ví dụ openssl rand -hex 32")
    return secret
