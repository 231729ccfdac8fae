"""The monthly sums of a province: of each indicator that adds up, the sum of each commune, and of all.

There is no person in it and no village; a sum under five is kept back, and with it enough others that no difference
tells it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from bot.core.lean import patterns
from bot.features import units
from bot.features.calendar.periods import Period
from bot.features.checkins.indicators import active
from bot.features.insight.hiding import FEWEST, hidden, shown
from bot.features.units import Place
from bot.storage.sql import asked

_SUMS = (
    "select f.unit_id, f.indicator, sum(f.value) as value from figures f where f.period = ? and f.current"
    " and f.unit_id in ({villages}) and f.indicator in ({codes}) group by f.unit_id, f.indicator"
)
_MONTH = patterns.compile(r"20\d{2}-(0[1-9]|1[0-2])")


def _kept_back(value: int | None) -> int | None:
    if value is not None and value < FEWEST:
        raise ValueError(f"a sum under {FEWEST}")
    return value


def _month(text: str) -> str:
    if not _MONTH.fullmatch(text):
        raise ValueError("no month")
    return text


Code = Annotated[str, Field(pattern=r"^[a-zA-Z0-9-]{1,64}$")]
Name = Annotated[str, Field(min_length=1, max_length=120)]
Sum = Annotated[int | None, Field(le=10**12), AfterValidator(_kept_back)]
"""None for one that is kept back."""


class _Part(BaseModel, defer_build=True):
    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True)


class IndicatorSums(_Part):
    """The sums of one indicator, by the code of the commune; communes that reported nothing are missing."""

    label: Name
    unit: Annotated[str, Field(max_length=24)]
    total: Sum
    communes: Annotated[dict[Code, Sum], Field(max_length=1_000)]


class ProvinceSums(_Part):
    """All that a province tells of a month. `communes` are their names by code."""

    version: Literal[1] = 1
    province: Code
    name: Name
    month: Annotated[str, AfterValidator(_month)]
    made_at: AwareDatetime
    communes: Annotated[dict[Code, Name], Field(max_length=1_000)]
    indicators: Annotated[dict[Code, IndicatorSums], Field(max_length=200)]


async def gather(province: Place, of: Period, now: datetime) -> ProvinceSums:
    """Add up what the villages of a province reported for a month."""
    below = await units.descendants(province.id, of.last)
    communes = {one.id: one for one in below if one.level == "commune"}
    commune_of = {one.id: communes[one.parent_id] for one in below if one.parent_id in communes}
    counted = {one.code: one for one in await active() if one.sums and one.cadence == "month"}
    found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    if commune_of and counted:
        text = _SUMS.format(villages=", ".join("?" * len(commune_of)), codes=", ".join("?" * len(counted)))
        for row in await asked(text, [of.name, *commune_of, *counted]):
            commune = commune_of[int(str(row["unit_id"]))]
            found[str(row["indicator"])][commune.code] += int(Decimal(str(row["value"])))
    return ProvinceSums(
        province=province.code,
        name=province.full_name,
        month=of.name,
        made_at=now,
        communes={one.code: one.full_name for one in communes.values()},
        indicators={
            code: _sums_of(counted[code].label, counted[code].unit, parts) for code, parts in sorted(found.items())
        },
    )


def _sums_of(label: str, unit: str, thousandths: Mapping[str, int]) -> IndicatorSums:
    whole = {code: value // 1000 for code, value in thousandths.items()}
    return IndicatorSums(label=label, unit=unit, total=shown(sum(whole.values())), communes=dict(hidden(whole)))
