"""The default indicators, and how a row of the sheet `chi_tieu` becomes one."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict, Field

from bot.features.calendar.periods import Cadence
from bot.storage.prepared import rows_of
from bot.storage.tables.checkins import IndicatorPast
from bot.storage.tables.checkins import IndicatorRow as Row

from .model import Direction, Indicator, Kind

KINDS: Mapping[str, tuple[Kind, bool]] = {
    "L": ("stock", False),
    "P": ("flow", True),
    "T": ("ratio", False),
    "L,T": ("ratio", False),
    "P,T": ("ratio", True),
}
"""`loai` of the sheet → kind, and whether values add up over time."""
CADENCES: Mapping[str, Cadence] = {
    "tuan": "week",
    "thang": "month",
    "quy": "quarter",
    "nua_nam": "half",
    "nam": "year",
}
DIRECTIONS: Mapping[str, Direction] = {"tang": "up", "giam": "down", "khong": "none"}


class IndicatorRow(BaseModel, defer_build=True):
    """A row as it stands in the file and, without `giai_thich`, in the workbook."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ma: str = Field(pattern=r"^[A-Z]{2}\d{2}$")
    ten: str = Field(min_length=1, max_length=120)
    don_vi_tinh: str = Field(min_length=1, max_length=24)
    loai: str = Field(pattern=r"^(L|P|T|L,T|P,T)$")
    mau_so: str = Field(default="", pattern=r"^(|ho|nguoi_lon|kem|[A-Z]{2}\d{2})$")
    ky: str = Field(pattern=r"^(tuan|thang|quy|nua_nam|nam)$")
    chieu: str = Field(default="tang", pattern=r"^(tang|giam|khong)$")
    ten_khac: tuple[str, ...] = ()
    giai_thich: str = Field(default="", max_length=300)
    dung: bool = True

    def indicator(self) -> Indicator:
        kind, sums = KINDS[self.loai]
        return Indicator(
            code=self.ma,
            label=self.ten,
            unit=self.don_vi_tinh,
            kind=kind,
            sums=sums,
            denominator=self.mau_so,
            cadence=CADENCES[self.ky],
            direction=DIRECTIONS[self.chieu],
            help=self.giai_thich,
            aliases=self.ten_khac,
            active=self.dung,
        )


class _File(BaseModel, defer_build=True):
    chi_tieu: tuple[IndicatorRow, ...]


@cache
def _file() -> _File:
    text = files(__package__).joinpath("indicators.toml").read_text("utf-8")
    return _File.model_validate(tomllib.loads(text))


@cache
def defaults() -> tuple[Indicator, ...]:
    """Return the indicators that ship, in their order; raises pydantic's ValidationError."""
    return tuple(_at_hand().values())


@cache
def _at_hand() -> Mapping[int, Indicator]:
    """Return the indicators that ship by the identity of their rows, which are there as long as the program runs."""
    return {id(row): row.indicator() for row in _file().chi_tieu}


def indicators_of(rows: Iterable[IndicatorRow]) -> list[Indicator]:
    """Return what rows say; of one that ships always the same indicator, which is equal to itself at a glance."""
    at_hand = _at_hand()
    return [at_hand.get(id(row)) or row.indicator() for row in rows]


def ships(one: Indicator) -> bool:
    """Tell whether it is still named and counted as in the program."""
    return (one.code, one.label, one.unit, one.kind) in _shipped()


@cache
def _shipped() -> frozenset[tuple[str, str, str, Kind]]:
    return frozenset((one.code, one.label, one.unit, one.kind) for one in defaults())


async def write(row: IndicatorRow, now: datetime) -> None:
    """Add an indicator, or change the one with its code, inside the caller's transaction. Its previous form is kept."""
    before = next((one for one in await rows() if one.ma == row.ma), None)
    body = "" if before is None else before.model_dump_json()
    await IndicatorPast.create(code=row.ma, body=body, until=now)
    held = await Row.get_or_none(code=row.ma) or Row(code=row.ma, position=await Row.all().count() + 1)
    held.update_from_dict(
        {
            "label": row.ten,
            "unit": row.don_vi_tinh,
            "loai": row.loai,
            "mau_so": row.mau_so,
            "ky": row.ky,
            "chieu": row.chieu,
            "aliases": json.dumps(row.ten_khac, ensure_ascii=False),
            "help": row.giai_thich,
            "active": row.dung,
        }
    )
    await held.save()


async def rows() -> list[IndicatorRow]:
    """Return every indicator as the workbook shows it: those that ship, as changed here, then the commune's own."""
    return [*({row.ma: row for row in _file().chi_tieu} | await _held()).values()]


async def active() -> list[Indicator]:
    """Return the indicators that are counted now."""
    # Each as it is at hand where nothing was changed here: nearly every report asks for all of them.
    known = {one.code: one for one in defaults()} | {code: row.indicator() for code, row in (await _held()).items()}
    return [one for one in known.values() if one.active]


async def _held() -> dict[str, IndicatorRow]:
    """Return what was changed or added here, by its code."""
    return {
        row.code: IndicatorRow(
            ma=row.code,
            ten=row.label,
            don_vi_tinh=row.unit,
            loai=row.loai,
            mau_so=row.mau_so,
            ky=row.ky,
            chieu=row.chieu,
            ten_khac=tuple(json.loads(row.aliases)),
            giai_thich=row.help,
            dung=row.active,
        )
        for row in await rows_of(Row, "true", [], order="position, code")
    }
