"""The default indicators, and how a row of the sheet `chi_tieu` becomes one."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict, Field

from bot.storage.checkins import IndicatorRow as Row

from .model import Cadence, Direction, Indicator, Kind

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


class IndicatorRow(BaseModel):
    """A row as it stands in the file and, without `giai_thich` and `dung`, in the workbook."""

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


class _File(BaseModel):
    chi_tieu: tuple[IndicatorRow, ...]


@cache
def _file() -> _File:
    text = files("bot.features").joinpath("indicators.toml").read_text("utf-8")
    return _File.model_validate(tomllib.loads(text))


@cache
def defaults() -> tuple[Indicator, ...]:
    """The indicators that a new installation starts with, in their order; raises pydantic's ValidationError."""
    return tuple(row.indicator() for row in _file().chi_tieu)


async def install() -> None:
    """Write the default indicators into an installation that has none, inside the caller's transaction."""
    if await Row.exists():
        return
    await Row.bulk_create(_new(row, position) for position, row in enumerate(_file().chi_tieu, start=1))


async def write(row: IndicatorRow) -> None:
    """Add an indicator, or change the one with its code; what the workbook does not hold stays as it was."""
    held = await Row.get_or_none(code=row.ma)
    if held is None:
        await _new(row, await Row.all().count() + 1).save()
    else:
        await _filled(held, row).save()


def _new(row: IndicatorRow, position: int) -> Row:
    return _filled(Row(code=row.ma, position=position, help=row.giai_thich, active=row.dung), row)


def _filled(made: Row, row: IndicatorRow) -> Row:
    return made.update_from_dict(
        {
            "label": row.ten,
            "unit": row.don_vi_tinh,
            "loai": row.loai,
            "mau_so": row.mau_so,
            "ky": row.ky,
            "chieu": row.chieu,
            "aliases": json.dumps(row.ten_khac, ensure_ascii=False),
        }
    )


async def rows() -> list[IndicatorRow]:
    """Every indicator as the workbook shows it, in order."""
    return [
        IndicatorRow(
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
        for row in await Row.all().order_by("position", "code")
    ]


async def active() -> list[Indicator]:
    """What is counted now; the defaults until an installation has its own."""
    own = [row.indicator() for row in await rows()]
    return [one for one in own or defaults() if one.active]
