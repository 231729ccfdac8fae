"""The broadcast plan of a village: for each of its loudspeakers days, hours and who presses play."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from bot.core.text import clean, fold
from bot.features import people, rights, roster, units
from bot.features.rights import Act
from bot.features.rights.table import DEPUTY, LEADER, VILLAGE_HEAD
from bot.features.units import Place
from bot.i18n import sort_key
from bot.storage.loudspeaker import LoudspeakerPlan as Row

from .plan_words import LONGEST_SPOT
from .timetable import Timetable, timetable

MOST_SPOTS = 8
Kept = Literal["new", "same", "newer", "full"]


@dataclass(frozen=True, slots=True)
class Draft:
    """A plan as it is to be. `spot` "" is the village's only loudspeaker, `player_id` None nobody in particular."""

    spot: str
    when: Timetable
    player_id: int | None


@dataclass(frozen=True, slots=True)
class Plan:
    """`unit_id` is the village for which it was made, which may be part of another one by now.

    `player` is the name of who presses play, "" for nobody.
    """

    id: int
    unit_id: int
    spot: str
    when: Timetable
    player_id: int | None
    player: str
    version: int
    since: datetime

    @property
    def draft(self) -> Draft:
        return Draft(self.spot, self.when, self.player_id)


@dataclass(frozen=True, slots=True)
class Player:
    person_id: int
    name: str


async def of_village(unit_id: int, on: date) -> Sequence[Plan]:
    """The plans of a village and of what was merged into it: the loudspeakers still stand."""
    return (await of_each([unit_id], on))[unit_id]


async def of_each(unit_ids: Collection[int], on: date) -> dict[int, list[Plan]]:
    """The same of villages of which none was merged into another one, by their ids."""
    parts = await units.parts_of_each(unit_ids, on)
    owner = {part.id: unit_id for unit_id, gone in parts.items() for part in gone} | {one: one for one in unit_ids}
    found: dict[int, list[Plan]] = {unit_id: [] for unit_id in unit_ids}
    for row in await Row.filter(unit_id__in=list(owner)).select_related("player"):
        if (one := _plan(row)) is not None:
            found[owner[one.unit_id]].append(one)
    for own in found.values():
        own.sort(key=lambda one: (sort_key(one.spot), one.id))
    return found


async def everywhere() -> Sequence[Plan]:
    rows = await Row.all().order_by("id").select_related("player")
    return [one for row in rows if (one := _plan(row)) is not None]


async def get(plan_id: int) -> Plan | None:
    row = await Row.filter(id=plan_id).select_related("player").first()
    return None if row is None else _plan(row)


async def at_spot(unit_id: int, spot: str) -> Plan | None:
    """The plan of this loudspeaker, however its name is written."""
    rows = await Row.filter(unit_id=unit_id).select_related("player")
    row = next((one for one in rows if fold(one.spot) == fold(spot)), None)
    return None if row is None else _plan(row)


async def keep(unit_id: int, draft: Draft, version: int, now: datetime) -> Kept:
    """Put it in the place of what this loudspeaker had in `version` (0: nothing), inside the caller's transaction.

    "same": it is so already. "newer": somebody else was first. "full": a village has no more loudspeakers than that.
    """
    old = await at_spot(unit_id, draft.spot)
    if old is not None and old.draft == Draft(old.spot, draft.when, draft.player_id):
        return "same"
    if (0 if old is None else old.version) != version:
        return "newer"
    values = {"days": draft.when.days, "hours": draft.when.hours, "player_id": draft.player_id, "since": now}
    if old is not None:
        changed = await Row.filter(id=old.id, version=version).update(**values, version=version + 1)
        return "new" if changed else "newer"
    if await Row.filter(unit_id=unit_id).count() >= MOST_SPOTS:
        return "full"
    await Row.bulk_create([Row(unit_id=unit_id, spot=draft.spot, **values)], ignore_conflicts=True)
    made = await at_spot(unit_id, draft.spot)
    return "new" if made is not None and made.draft == draft else "newer"


async def drop(plan_id: int, version: int) -> bool:
    """Inside the caller's transaction; False when there is another version of it by now, or none."""
    return bool(await Row.filter(id=plan_id, version=version).delete())


async def decline(plan_id: int, version: int, person_id: int) -> bool:
    """Who was to press play says that they do not, inside the caller's transaction."""
    own = Row.filter(id=plan_id, version=version, player_id=person_id)
    return bool(await own.update(player_id=None, version=version + 1))


async def players(unit_id: int, now: datetime) -> Sequence[Player]:
    """Who may say that a village played something, by name: of these one may be named to press play."""
    found: dict[int, Player] = {}
    for entry in await roster.of_unit(unit_id, now):
        if rights.cell_of(entry.role, Act.ACKNOWLEDGE).scope != "none":
            found.setdefault(entry.person_id, Player(entry.person_id, entry.name))
    return sorted(found.values(), key=lambda one: sort_key(one.name))


def called(name: str, among: Sequence[Player]) -> Sequence[Player]:
    """Those who are meant by a name: the whole, or its end, as in “Hòa” for Nguyễn Văn Hòa.

    Who is written with the very same marks is meant rather than who is not.
    """
    exact = [one for one in among if _ends(one.name.lower().split(), name.lower().split())]
    return exact or [one for one in among if _ends(fold(one.name).split(), fold(name).split())]


async def is_player(person_id: int, unit_id: int, now: datetime) -> bool:
    """Whether somebody still has to do with the village's loudspeaker."""
    who = await people.who_is(person_id, now)
    return (await rights.decide(who, Act.ACKNOWLEDGE, unit_id, on=now)).allowed


async def leaders(unit_id: int, now: datetime) -> Sequence[int]:
    """Whom a village's loudspeaker concerns when nobody is named: the leader, else the deputy, else the head.

    The first of these whom a message reaches, for a leader who is on the list alone would hear nothing.
    """
    held = [await people.holders(role, unit_id, now) for role in (LEADER, DEPUTY, VILLAGE_HEAD)]
    ids = [[one.person_id for one in found] for found in held if found]
    reached = [found for found in ids if any((await people.reachable_each(found)).values())]
    return next(iter([*reached, *ids]), [])


def spot_of(written: str) -> str | None:
    """A loudspeaker's name that may come from anybody; None for what is none."""
    plain = " ".join(clean(written).split())
    return plain if plain == written and len(plain) <= LONGEST_SPOT else None


async def place_of(plan: Plan, on: date) -> Place | None:
    """The village as it is today."""
    return await units.successor(plan.unit_id, on)


def _ends(whole: Sequence[str], end: Sequence[str]) -> bool:
    return bool(end) and list(whole[-len(end) :]) == list(end)


def _plan(row: Row) -> Plan | None:
    """None for a row that a later version wrote, or a hand."""
    when = timetable(row.days, row.hours)
    if when is None:
        return None
    # Tortoise makes the columns of links at run time, where no type checker sees them.
    unit_id: int = row.__dict__["unit_id"]
    player_id: int | None = row.__dict__["player_id"]
    player = row.player if player_id is not None else None
    return Plan(
        row.id, unit_id, row.spot, when, player_id, "" if player is None else player.name, row.version, row.since
    )
