"""The broadcast plan of a village: for each of its loudspeakers days, hours and who presses play."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Literal

from msgspec import Struct

from bot.core.text import clean, fold
from bot.features import rights, units
from bot.features.loudspeaker.tables import LoudspeakerPlan as Row
from bot.features.people import people
from bot.features.rights import Act, roster
from bot.features.rights.table import DEPUTY, LEADER, VILLAGE_HEAD
from bot.features.units import Place
from bot.i18n import sort_key

from .plan_words import LONGEST_SPOT
from .timetable import Timetable, timetable

MOST_SPOTS = 8
Kept = Literal["new", "same", "newer", "full"]


class PlanDraft(Struct, frozen=True):
    """A plan as it is to be. `spot` "" is the village's only loudspeaker, `player_id` None nobody in particular."""

    spot: str
    when: Timetable
    player_id: int | None


class LoudspeakerPlan(Struct, frozen=True):
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
    def draft(self) -> PlanDraft:
        return PlanDraft(self.spot, self.when, self.player_id)


class Player(Struct, frozen=True):
    person_id: int
    name: str


async def of_village(unit_id: int, on: date) -> Sequence[LoudspeakerPlan]:
    """Return the plans of a village and of those merged into it: their loudspeakers still stand."""
    return (await of_each([unit_id], on))[unit_id]


async def of_each(unit_ids: Collection[int], on: date) -> dict[int, list[LoudspeakerPlan]]:
    """Return `of_village` of several villages, by their ids; none of them was merged into another one."""
    parts = await units.parts_of_each(unit_ids, on)
    owner = {part.id: unit_id for unit_id, gone in parts.items() for part in gone} | {one: one for one in unit_ids}
    found: dict[int, list[LoudspeakerPlan]] = {unit_id: [] for unit_id in unit_ids}
    for row in await Row.filter(unit_id__in=list(owner)).select_related("player"):
        if (one := _plan(row)) is not None:
            found[owner[one.unit_id]].append(one)
    for own in found.values():
        own.sort(key=lambda one: (sort_key(one.spot), one.id))
    return found


async def everywhere() -> Sequence[LoudspeakerPlan]:
    rows = await Row.all().order_by("id").select_related("player")
    return [one for row in rows if (one := _plan(row)) is not None]


async def get(plan_id: int) -> LoudspeakerPlan | None:
    row = await Row.filter(id=plan_id).select_related("player").first()
    return None if row is None else _plan(row)


async def at_spot(unit_id: int, spot: str) -> LoudspeakerPlan | None:
    """Return the plan of this loudspeaker, however its name is written."""
    rows = await Row.filter(unit_id=unit_id).select_related("player")
    row = next((one for one in rows if fold(one.spot) == fold(spot)), None)
    return None if row is None else _plan(row)


async def keep(unit_id: int, draft: PlanDraft, version: int, now: datetime) -> Kept:
    """Put it in the place of what this loudspeaker had in `version` (0: nothing), inside the caller's transaction.

    "same": it is so already. "newer": somebody else was first. "full": a village has no more loudspeakers than that.
    """
    old = await at_spot(unit_id, draft.spot)
    if old is not None and old.draft == PlanDraft(old.spot, draft.when, draft.player_id):
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
    """Delete a plan inside the caller's transaction; False if there is another version of it by now, or none."""
    return bool(await Row.filter(id=plan_id, version=version).delete())


async def decline(plan_id: int, version: int, person_id: int) -> bool:
    """Take the person named to press play out of the plan, at their wish, inside the caller's transaction."""
    own = Row.filter(id=plan_id, version=version, player_id=person_id)
    return bool(await own.update(player_id=None, version=version + 1))


async def players(unit_id: int, now: datetime) -> Sequence[Player]:
    """Return, by name, those who may say that a village played something: one of them may be named to press play."""
    found: dict[int, Player] = {}
    for entry in await roster.of_unit(unit_id, now):
        if rights.cell_of(entry.role, Act.ACKNOWLEDGE).scope != "none":
            found.setdefault(entry.person_id, Player(entry.person_id, entry.name))
    return sorted(found.values(), key=lambda one: sort_key(one.name))


def called(name: str, among: Sequence[Player]) -> Sequence[Player]:
    """Return those who are meant by a name: the whole, or its end, as in “Hòa” for Nguyễn Văn Hòa.

    Names written with the very same marks win over the others.
    """
    exact = [one for one in among if _ends(one.name.lower().split(), name.lower().split())]
    return exact or [one for one in among if _ends(fold(one.name).split(), fold(name).split())]


async def is_player(person_id: int, unit_id: int, now: datetime) -> bool:
    """Tell whether somebody still has to do with the village's loudspeaker."""
    who = await people.who_is(person_id, now)
    return (await rights.decide(who, Act.ACKNOWLEDGE, unit_id, on=now)).allowed


async def leaders(unit_id: int, now: datetime) -> Sequence[int]:
    """Return those to tell when no player is named: the leader, else the deputy, else the head.

    It is the first of these who can be reached, for a leader who is on the list alone would hear nothing.
    """
    held = [await people.holders(role, unit_id, now) for role in (LEADER, DEPUTY, VILLAGE_HEAD)]
    ids = [[one.person_id for one in found] for found in held if found]
    reached = [found for found in ids if any((await people.reachable_each(found)).values())]
    return next(iter([*reached, *ids]), [])


def spot_of(written: str) -> str | None:
    """Return a loudspeaker's name that may come from anybody; None if it is not one."""
    plain = " ".join(clean(written).split())
    return plain if plain == written and len(plain) <= LONGEST_SPOT else None


async def place_of(plan: LoudspeakerPlan, on: date) -> Place | None:
    """Return the village as it is today."""
    return await units.successor(plan.unit_id, on)


def _ends(whole: Sequence[str], end: Sequence[str]) -> bool:
    return bool(end) and list(whole[-len(end) :]) == list(end)


def _plan(row: Row) -> LoudspeakerPlan | None:
    """Read a row; None for one that a later version wrote, or a hand."""
    when = timetable(row.days, row.hours)
    if when is None:
        return None
    unit_id = row.key_of("unit")
    player_id = row.key_or_none("player")
    player = row.player if player_id is not None else None
    return LoudspeakerPlan(
        row.id, unit_id, row.spot, when, player_id, "" if player is None else player.name, row.version, row.since
    )
