"""Looking things up in the tree of units. A listing always names the commune, so that none shows another's villages.

A merged unit lies in what it became: `merged_into` is an edge of the tree like `parent`. So the children of a merged
commune are in the new one from that day on, and in the old one on every day before, without being rewritten.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from functools import partial

from bot.features.in_turns import in_turns
from bot.i18n import SortKey, sort_key
from bot.storage.prepared import row_of
from bot.storage.sql import asked, day_value
from bot.storage.tables.places import IS_COMMUNE, UnitSize

from .near import COLUMNS, Near, at_hand, below, near
from .place import Place, Size, number_of, place, rank, search_key, search_words

_MANY = 500
"""More units than any commune has."""
_DEEPEST = 20
"""More steps than any tree has: what takes longer is a cycle, and that is a broken database."""


async def get(code: str) -> Place | None:
    return (await near("code", [code])).called(code) if code else None


async def id_of(code: str) -> int | None:
    """Return the id of a unit; what lies around it is not read for that."""
    return (await _id_and_successor(code))[0]


async def present_id(code: str, on: date) -> int | None:
    """Return the id of `successor`; around a unit that became no other one nothing is read for that."""
    unit_id, merged_into = await _id_and_successor(code)
    if unit_id is None or merged_into is None:
        return unit_id
    found = await successor(unit_id, on)
    return None if found is None else found.id


async def _id_and_successor(code: str) -> tuple[int | None, int | None]:
    if (known := at_hand(code)) is not None:
        return known.id, known.merged_into_id
    rows = await asked("select id, merged_into_id from units where code = ?", [code]) if code else []
    return (number_of(rows[0]["id"]), number_of(rows[0]["merged_into_id"])) if rows else (None, None)


async def by_id(unit_id: int) -> Place | None:
    return (await near("id", [unit_id])).get(unit_id)


async def by_ids(unit_ids: Collection[int]) -> dict[int, Place]:
    """Return these units by their ids, those that there are."""
    if len(unit_ids) > _MANY:
        return await _alone(list(unit_ids))
    around = await near("id", list(unit_ids))
    return {unit_id: found for unit_id in unit_ids if (found := around.get(unit_id)) is not None}


async def _alone(unit_ids: Sequence[int]) -> dict[int, Place]:
    """Return the units of a whole country, without what lies around each; others have their turn in between."""
    found: dict[int, Place] = {}
    for at in range(0, len(unit_ids), _MANY):
        some = unit_ids[at : at + _MANY]
        rows = await asked(f"{COLUMNS} where u.id in ({', '.join('?' * len(some))})", some)
        found |= {one.id: one for one in map(place, rows)}
    return found


async def size(unit_id: int, on: date) -> Size | None:
    """Return the last count of that day or before."""
    row = await row_of(UnitSize, "unit_id = ? and counted_on <= ?", [unit_id, day_value(on)], order="counted_on desc")
    return None if row is None else Size(row.households, row.adults, row.counted_on)


async def successor(unit_id: int, on: date | None = None) -> Place | None:
    """Return the unit it has become by that day (without one: after all merges); itself if it was not merged."""
    found = await by_id(unit_id)
    for _ in range(_DEEPEST):
        if found is None or found.merged_into_id is None or not found.merged(on):
            return found
        found = await by_id(found.merged_into_id)
    raise ValueError(f"unit {unit_id} was merged in a circle")


async def parent_of(unit_id: int, on: date | None = None) -> Place | None:
    """Return the unit's parent on that day; of a merged unit, the one it became."""
    above = await ancestors(unit_id, on)
    return above[0] if above else None


async def ancestors(unit_id: int, on: date | None = None) -> list[Place]:
    """Return all units that it lies in, the nearest first, without itself."""
    around = await near("id", [unit_id])
    return [found for one in _way_up(around, unit_id, on) if (found := around.get(one)) is not None]


async def is_inside(unit_id: int, ancestor_id: int, on: date | None = None) -> bool:
    """Tell whether a unit is another one or lies in it. Without a day every merge on record counts."""
    return unit_id == ancestor_id or ancestor_id in _way_up(await near("id", [unit_id]), unit_id, on)


async def commune_of(unit_id: int, on: date | None = None) -> Place | None:
    """Return the commune that the unit is or lies in; None for a province."""
    around = await near("id", [unit_id])
    own = around.get(unit_id)
    if own is not None and own.level == "commune" and not own.merged(on):
        return own
    for one in _way_up(around, unit_id, on):
        above = around.get(one)
        if above is not None and above.level == "commune":
            return above
    return None


async def lying_in(unit_ids: Collection[int], on: date | None = None) -> dict[int, frozenset[int]]:
    """Return, for each of these units, its id with those of all units that it lies in: one query for all of them."""
    around = await near("id", list(unit_ids))
    return {unit_id: frozenset((unit_id, *_way_up(around, unit_id, on))) for unit_id in unit_ids}


async def merged_parts(unit_id: int, on: date) -> list[Place]:
    """Return the units merged into it by that day, directly or in several steps."""
    return (await parts_of_each([unit_id], on))[unit_id]


async def parts_of_each(unit_ids: Collection[int], on: date) -> dict[int, list[Place]]:
    """Return `merged_parts` of several units, by their ids; none of them was merged into another one."""
    around = await near("id", list(unit_ids))
    # Nearly no village has taken in another, and a table asks for all of a commune.
    return {unit_id: parts and _sorted(parts) for unit_id, parts in _parts(around, unit_ids, on).items()}


async def descendants(unit_id: int, on: date) -> list[Place]:
    """Return all units that lie in it on that day, in natural order, without itself."""
    around = await near("id", [unit_id])
    top = around.get(unit_id)
    if top is None or not top.exists(on):
        return []
    if (known := around.listed(unit_id, on)) is not None:
        return list(known)
    if not around.holds(unit_id):
        around = await below(unit_id)
    found: dict[int, Place] = {}
    wave = [unit_id]
    while wave:
        gone = [part.id for parts in _parts(around, wave, on).values() for part in parts]
        rows = around.children([*wave, *gone])
        new = [one for one in rows if one.exists(on) and one.id not in found]
        found.update((one.id, one) for one in new)
        wave = [one.id for one in new]
    listed = await _sorted_in_turns(list(found.values()))
    around.list_as(unit_id, on, listed)
    return list(listed)


async def villages(commune_id: int, on: date) -> list[Place]:
    """Return the villages of a commune on that day, in natural order."""
    return [one for one in await descendants(commune_id, on) if one.level == "village"]


async def everything(within: int | None = None) -> list[Place]:
    """Return `within` and all units that ever were in it (None: in the installation), the large ones first."""
    around = None if within is None else await near("id", [within])
    whole = around is not None and within is not None and around.holds(within)
    rows = {row.id: row for row in (around.all() if around is not None and whole else await _all())}

    def inside(one: Place) -> bool:
        for _ in range(_DEEPEST):
            if one.id == within:
                return True
            above = one.merged_into_id or one.parent_id
            if above is None:
                return False
            one = rows[above]
        raise ValueError(f"unit {one.code} lies in itself")

    return sorted(
        (one for one in rows.values() if within is None or inside(one)),
        key=lambda one: (rank(one.level), sort_key(one.name), one.id),
    )


async def communes(on: date) -> list[Place]:
    """Return every commune of the installation on that day: for the maintainer, and to ask a newcomer once."""
    rows = await asked(f"{COLUMNS} where {IS_COMMUNE} order by u.id")
    return _sorted(found for found in map(place, rows) if found.exists(on))


async def only_commune(on: date) -> Place | None:
    """Return the commune of an installation that has one alone; None where there are several, however many."""
    found = await some_communes(on, 2)
    return found[0] if len(found) == 1 else None


async def some_communes(on: date, most: int) -> list[Place]:
    """Return at most so many communes of the installation, the oldest rows first: who gets fewer has all of them."""
    rows = await asked(
        f"{COLUMNS} where {IS_COMMUNE} and u.valid_from <= ? and (u.valid_to is null or u.valid_to >= ?)"
        " order by u.id limit ?",
        [day_value(on), day_value(on), most],
    )
    return [place(row) for row in rows]


async def find(words: str, commune_id: int, on: date) -> list[Place]:
    """Find units of a commune by any of their names, with or without marks and kind.

    Returns several when several may be meant. The same words beat the same name under another kind, and that beats a
    part of a name. A former village is found as the unit it became.
    """
    wanted, bare = search_words(words), search_key(words)
    if not bare:
        return []
    hits: list[dict[int, Place]] = [{}, {}, {}]
    inside = await descendants(commune_id, on)
    parts = await parts_of_each([one.id for one in inside], on)
    for one in inside:
        names = [(known.kind, name) for known in (one, *parts[one.id]) for name in known.names]
        keys = [search_key(name) for _, name in names]
        if any(wanted in (search_words(name), search_words(f"{kind} {name}")) for kind, name in names):
            hits[0][one.id] = one
        elif bare in keys:
            hits[1][one.id] = one
        elif any(set(bare) <= set(key) for key in keys):
            hits[2][one.id] = one
    return _sorted(next((found for found in hits if found), {}).values())


def _way_up(around: Near, unit_id: int, on: date | None) -> Sequence[int]:
    """Return `_go_up`; a conversation goes that way for each of its units many times."""
    return around.way_up(unit_id, on, partial(_go_up, around, unit_id, on))


def _go_up(around: Near, unit_id: int, on: date | None) -> list[int]:
    """Return the ids of units it lies in: a merge leads to the new unit, and a merged parent is passed over."""
    found: list[int] = []
    at, by_merge = unit_id, False
    for _ in range(_DEEPEST):
        unit = around.get(at)
        if unit is None:
            return found
        merged = unit.merged(on)
        if at != unit_id and (by_merge or not merged):
            found.append(at)
        above = unit.merged_into_id if merged else unit.parent_id
        if above is None:
            return found
        at, by_merge = above, merged
    raise ValueError(f"unit {unit_id} lies in itself")


def _parts(around: Near, unit_ids: Collection[int], on: date) -> dict[int, list[Place]]:
    """Return, by unit id, the units merged into it by that day."""
    found: dict[int, list[Place]] = {one: [] for one in unit_ids}
    root = {one: one for one in unit_ids}
    wave = list(unit_ids)
    while wave:
        rows = around.merged_into(wave)
        wave = []
        for part in rows:
            if part.merged_into_id is not None and part.merged(on) and part.id not in root:
                root[part.id] = root[part.merged_into_id]
                found[root[part.id]].append(part)
                wave.append(part.id)
    return found


async def _all() -> list[Place]:
    return [place(row) for row in await asked(f"{COLUMNS} order by u.id")]


def _sorted(places: Iterable[Place]) -> list[Place]:
    return sorted(places, key=_order)


async def _sorted_in_turns(places: Sequence[Place]) -> list[Place]:
    """Return `_sorted` of a whole province, of which the keys alone would keep others waiting."""
    keys = {one.id: _order(one) async for some in in_turns(places) for one in some}
    return sorted(places, key=lambda one: keys[one.id])


def _order(one: Place) -> tuple[int, SortKey, int]:
    return rank(one.level), sort_key(one.name), one.id
