"""The scope of a reporter: their villages, the village of the group, and their rights to each figure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import lru_cache, partial

from msgspec import Struct

from bot.features import rights, units
from bot.features.calendar.vietnam import today
from bot.features.groups import channels
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.features.people.people import Who
from bot.features.rights import Act, Decision
from bot.features.rights.table import IN_VILLAGES, OFFICIALS, POLICE, Condition
from bot.features.units import Place
from bot.storage.event_reads import once_in_event
from bot.storage.lite.made_of import MadeOf

from .model import Indicator
from .reading.lexicon import Lexicon, Village

_READ_ONLY = (Condition.VIEW, Condition.COMMENT)


class FigureScope(Struct, frozen=True):
    """`villages` are all of the commune, `own` those of the person's roles, `here` the group's."""

    who: Who
    commune: Place
    villages: tuple[Place, ...]
    own: tuple[Place, ...]
    here: Place | None

    @property
    def meant(self) -> Place | None:
        """The village that is meant if none is named."""
        return self.here or (self.own[0] if len(self.own) == 1 else None)

    def named(self, code: str) -> Place | None:
        return next((one for one in self.villages if one.code == code), None)

    def lexicon(self, indicators: Sequence[Indicator]) -> Lexicon:
        # The same things, as nearly always, are known without a look at all their names.
        return _LEXICONS.of((*indicators, *self.villages), partial(self._built, indicators))

    def _built(self, indicators: Sequence[Indicator]) -> Lexicon:
        return _lexicon(tuple(indicators), tuple(Village(one.code, one.names, one.kind) for one in self.villages))


_LEXICONS: MadeOf[Lexicon] = MadeOf()


@lru_cache(maxsize=8)
def _lexicon(indicators: tuple[Indicator, ...], villages: tuple[Village, ...]) -> Lexicon:
    """Build it once for equal names: that takes longer than reading a report, and what differs is another one."""
    return Lexicon(indicators, villages)


class May(Struct, frozen=True):
    """`report`: at least propose. `sign`: the figure counts. `why` explains a refusal."""

    report: bool
    sign: bool
    why: str = ""


async def scope(account: Account, group: str | None, now: datetime) -> FigureScope | None:
    """Return the scope of a person; None for one without a role in the commune.

    `group` is the chat's id if it is a group: then its commune counts, and roles in another one do not.
    """
    return await once_in_event("figures", (account, group, now), partial(_scope, account, group, now))


async def _scope(account: Account, group: str | None, now: datetime) -> FigureScope | None:
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
    return FigureScope(who, commune, tuple(villages), tuple(own), inside)


async def may(who: Who, unit_id: int, indicator: str, now: datetime) -> May:
    """Tell whether `who` may report this indicator for a unit, and whether the report then counts."""
    return (await may_each(who, [(unit_id, indicator)], now))[unit_id, indicator]


async def may_each(who: Who, figures: Collection[tuple[int, str]], now: datetime) -> Mapping[tuple[int, str], May]:
    """Tell it of many figures, each a unit and an indicator: a table has a thousand, in a few units."""
    unit_ids = {unit_id for unit_id, _ in figures}
    decisions = {one: await rights.decide(who, Act.UPDATE_FIGURES, one, on=now) for one in unit_ids}
    return {(unit_id, code): _may(decisions[unit_id], code) for unit_id, code in figures}


def _may(decision: Decision, indicator: str) -> May:
    cells = [
        cell
        for cell in decision.cells
        if cell.condition not in _READ_ONLY and (cell.condition is not Condition.INDICATORS or cell.covers(indicator))
    ]
    if not cells:
        return May(False, False, decision.why)
    return May(True, any(cell.condition is not Condition.PROPOSE for cell in cells))
