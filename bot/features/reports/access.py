"""Access to a unit's report: which indicators, only sums, files or only a look."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from bot.features import rights, units
from bot.features.calendar.vietnam import today
from bot.features.people.people import Who
from bot.features.rights import Act, Decision
from bot.features.rights.table import Condition, Scope
from bot.features.units import Place


class Access(Struct, frozen=True):
    """`sums_only`: nothing about single villages; `files`: to take home, not only to look at."""

    decision: Decision
    sums_only: bool = False

    @property
    def allowed(self) -> bool:
        return self.decision.allowed

    @property
    def why(self) -> str:
        return self.decision.why

    @property
    def files(self) -> bool:
        return self.decision.cell.condition is not Condition.VIEW

    def covers(self, indicator: str) -> bool:
        return self.decision.for_indicator(indicator)


async def access(who: Who, unit: Place, now: datetime) -> Access:
    full = await rights.decide(who, Act.EXPORT_REPORTS, unit.id, on=now)
    if full.allowed or unit.level == "village":
        return Access(full)
    return Access(await rights.decide(who, Act.EXPORT_REPORTS, unit.id, on=now, sums=True), sums_only=True)


async def reach(who: Who, now: datetime) -> Sequence[Place]:
    """Return the units of which somebody may have a report, the communes first."""
    day, found = today(now), dict[int, Place]()
    for grant in who.grants:
        cell = rights.cell_of(grant.role, Act.EXPORT_REPORTS)
        held = None if grant.unit_id is None else await units.successor(grant.unit_id, day)
        if held is None or cell.scope is Scope.NONE:
            continue
        top = await units.commune_of(held.id, day) if cell.scope is Scope.COMMUNE else held
        if top is None:
            continue
        below = [top, *await units.descendants(top.id, day)]
        wanted = ("commune",) if cell.scope is Scope.AGGREGATE else ("commune", "village")
        found.update({one.id: one for one in below if one.level in wanted})
    communes = [one for one in found.values() if one.level == "commune"]
    return [*communes, *[one for one in found.values() if one.level != "commune"]]
