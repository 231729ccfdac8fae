"""For whom somebody may report: their villages, the village of the group, and what the rights say about each figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.features import channels, people, rights, units
from bot.features.accounts import Account
from bot.features.people import Who
from bot.features.rights import Act
from bot.features.rights.table import IN_VILLAGES, OFFICIALS, POLICE, Condition
from bot.features.units import Place

from .lexicon import Lexicon, Village
from .model import Indicator
from .periods import today

_READ_ONLY = (Condition.VIEW, Condition.COMMENT)


@dataclass(frozen=True, slots=True)
class Scope:
    """`villages` are all of the commune, `own` those of the person's roles, `here` the group's."""

    who: Who
    commune: Place
    villages: tuple[Place, ...]
    own: tuple[Place, ...]
    here: Place | None

    @property
    def meant(self) -> Place | None:
        """The village that is meant when none is named."""
        return self.here or (self.own[0] if len(self.own) == 1 else None)

    def named(self, code: str) -> Place | None:
        return next((one for one in self.villages if one.code == code), None)

    def lexicon(self, indicators: Sequence[Indicator]) -> Lexicon:
        return Lexicon(indicators, [Village(one.code, one.names, one.kind) for one in self.villages])


@dataclass(frozen=True, slots=True)
class May:
    """`report`: at least propose. `sign`: the figure counts. `why` explains a refusal."""

    report: bool
    sign: bool
    why: str = ""


async def scope(account: Account, group: str | None, now: datetime) -> Scope | None:
    """None for somebody without a role in the commune. `group` is the chat's id where it is a group: then its
    commune counts, and roles in another one do not.
    """
    who = await people.who(account, now)
    day = today(now)
    channel = None if group is None else await channels.of_chat(account.platform, group)
    here = None if channel is None else await units.successor(channel.unit_id, day)
    held: list[Place] = []
    for grant in who.grants:
        if grant.unit_id is None or grant.role not in IN_VILLAGES | OFFICIALS | {POLICE}:
            continue
        unit = await units.successor(grant.unit_id, day)
        if unit is not None and unit not in held:
            held.append(unit)
    if not held:
        return None
    commune = await units.commune_of((here or held[0]).id, day)
    if commune is not None and here is not None:
        held = [one for one in held if await units.is_inside(one.id, commune.id, day)]
    if commune is None or not held:
        return None
    villages = await units.villages(commune.id, day)
    own = [unit for unit in held if unit.level == "village" and any(unit.id == one.id for one in villages)]
    inside = here if here is not None and here.level == "village" else None
    return Scope(who, commune, tuple(villages), tuple(own), inside)


async def may(who: Who, unit_id: int, indicator: str, now: datetime) -> May:
    """Whether `who` may report this indicator for a unit, and whether it then counts."""
    decision = await rights.decide(who, Act.UPDATE_FIGURES, unit_id, on=now)
    cells = [
        cell
        for cell in decision.cells
        if cell.condition not in _READ_ONLY and (cell.condition is not Condition.INDICATORS or cell.covers(indicator))
    ]
    if not cells:
        return May(False, False, decision.why)
    return May(True, any(cell.condition is not Condition.PROPOSE for cell in cells))
