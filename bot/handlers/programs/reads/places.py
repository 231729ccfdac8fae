"""The villages of a commune, and what is counted there: the codes by which all else is named."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from bot.features import units
from bot.features.calendar.periods import Cadence
from bot.features.calendar.vietnam import today
from bot.features.checkins import indicators
from bot.features.rights import Act
from bot.office.api.reading import ApiRead, Asked, Listed, Shown


class ShownVillage(Shown):
    """A village of the commune as it is today."""

    code: str = Field(description="Names it everywhere else.", examples=["thon-lac-hien"])
    name: str = Field(description="With its kind, as `thôn Lạc Hiền`.")
    households: int | None = Field(description="At the last count; null if nobody has said.")
    adults: int | None = Field(description="At the last count; null if nobody has said.")


class ShownIndicator(Shown):
    """An indicator that is counted now."""

    code: str = Field(examples=["CQ01"])
    label: str
    unit: str = Field(description="The unit of measure.")
    kind: Literal["stock", "flow", "ratio"] = Field(
        description="A stock is the last value, a flow adds up over time, a ratio is a share of a whole."
    )
    cadence: Cadence = Field(description="How often villages are asked for it.")
    direction: Literal["up", "down", "none"] = Field(description="Where it should go.")


async def _villages(asked: Asked) -> Listed:
    found = await units.villages(asked.commune.id, today(asked.now))
    start = int(asked.cursor or 0)
    some = found[start : start + asked.limit]
    shown = [
        ShownVillage(code=one.code, name=one.full_name, households=one.households, adults=one.adults) for one in some
    ]
    return Listed(shown, str(start + len(some)) if start + len(some) < len(found) else "")


async def _indicators(asked: Asked) -> Listed:
    found = [one for one in await indicators.active() if asked.decision.for_indicator(one.code)]
    start = int(asked.cursor or 0)
    some = found[start : start + asked.limit]
    shown = [
        ShownIndicator(
            code=one.code, label=one.label, unit=one.unit, kind=one.kind, cadence=one.cadence, direction=one.direction
        )
        for one in some
    ]
    return Listed(shown, str(start + len(some)) if start + len(some) < len(found) else "")


def reads() -> list[ApiRead]:
    return [
        ApiRead("/villages", "villages", "The villages of the commune.", "places", Act.EXPORT_REPORTS, ShownVillage,
                _villages),
        ApiRead("/indicators", "indicators", "What is counted.", "places", Act.EXPORT_REPORTS, ShownIndicator,
                _indicators),
    ]  # fmt: skip
