"""Looking things up in the tree of units. A listing always names the commune, so that none shows another's villages.

A merged unit lies in what it became: `merged_into` is an edge of the tree like `parent`. So the children of a merged
commune are in the new one from that day on, and in the old one on every day before, without being rewritten.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date

from bot.i18n import sort_key
from bot.storage.places import UnitSize
from bot.storage.sql import Value, asked

from .place import Place, Size, day_of, number_of, place, rank, search_key, search_words

# Plain SQL, because an official's conversation asks for units again and again. Each has its latest count beside it.
_UNITS = (
    "select u.id, u.code, u.kind, u.name, u.aliases, u.former_names, u.parent_id, u.merged_into_id, u.valid_from,"
    " u.valid_to, u.fictitious, s.households, s.adults from units u left join unit_sizes s on s.unit_id = u.id"
    " and s.counted_on = (select max(c.counted_on) from unit_sizes c where c.unit_id = u.id)"
)
_EDGES = "select parent_id, merged_into_id, valid_to from units where id = ?"

_DEEPEST = 20
"""More steps than any tree has: what takes longer is a cycle, and that is a broken database."""


async def get(code: str) -> Place | None:
    found = await _places("code", [code])
    return found[0] if found else None


async def by_id(unit_id: int) -> Place | None:
    found = await _places("id", [unit_id])
    return found[0] if found else None


async def size(unit_id: int, on: date) -> Size | None:
    """The last count of that day or before."""
    row = await UnitSize.filter(unit_id=unit_id, counted_on__lte=on).order_by("-counted_on").first()
    return None if row is None else Size(row.households, row.adults, row.counted_on)


async def successor(unit_id: int, on: date | None = None) -> Place | None:
    """What the unit has become by that day (at the end of all merges without one); itself when it was not merged."""
    found = await by_id(unit_id)
    for _ in range(_DEEPEST):
        if found is None or found.merged_into_id is None or not found.merged(on):
            return found
        found = await by_id(found.merged_into_id)
    raise ValueError(f"unit {unit_id} was merged in a circle")


async def parent_of(unit_id: int, on: date | None = None) -> Place | None:
    """What the unit lies in on that day; for a merged one what it became."""
    above = await ancestors(unit_id, on)
    return above[0] if above else None


async def ancestors(unit_id: int, on: date | None = None) -> list[Place]:
    """Everything that the unit lies in, the nearest first, without itself."""
    ids = await _way_up(unit_id, on)
    found = {place.id: place for place in await _places("id", ids)}
    return [found[one] for one in ids]


async def is_inside(unit_id: int, ancestor_id: int, on: date | None = None) -> bool:
    """Whether a unit is another one or lies in it. Without a day every merge on record counts."""
    return unit_id == ancestor_id or ancestor_id in await _way_up(unit_id, on)


async def commune_of(unit_id: int, on: date | None = None) -> Place | None:
    """The commune that the unit is or lies in; None for a province."""
    own = await by_id(unit_id)
    if own is not None and own.level == "commune" and not own.merged(on):
        return own
    return next((above for above in await ancestors(unit_id, on) if above.level == "commune"), None)


async def merged_parts(unit_id: int, on: date) -> list[Place]:
    """What had gone into the unit by that day, directly or in several steps."""
    return (await parts_of_each([unit_id], on))[unit_id]


async def parts_of_each(unit_ids: Collection[int], on: date) -> dict[int, list[Place]]:
    """The same of units of which none had gone into another one, by their ids."""
    return {unit_id: _sorted(parts) for unit_id, parts in (await _parts(unit_ids, on)).items()}


async def descendants(unit_id: int, on: date) -> list[Place]:
    """Everything that lies in the unit on that day, in natural order, without itself."""
    top = await by_id(unit_id)
    if top is None or not top.exists(on):
        return []
    found: dict[int, Place] = {}
    wave = [unit_id]
    while wave:
        gone = [part.id for parts in (await _parts(wave, on)).values() for part in parts]
        rows = await _places("parent_id", [*wave, *gone])
        new = [below for below in rows if below.exists(on) and below.id not in found]
        found.update((below.id, below) for below in new)
        wave = [below.id for below in new]
    return _sorted(found.values())


async def villages(commune_id: int, on: date) -> list[Place]:
    """The villages of a commune on that day, in natural order."""
    return [below for below in await descendants(commune_id, on) if below.level == "village"]


async def everything(within: int | None = None) -> list[Place]:
    """Every unit that ever was in `within` (None: in the installation) and that itself, the large ones first."""
    rows = {row.id: row for row in await _all()}

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
    """Every commune of the installation on that day: for the maintainer, and to ask a newcomer once."""
    return _sorted(found for found in await _all() if found.level == "commune" and found.exists(on))


async def find(words: str, commune_id: int, on: date) -> list[Place]:
    """Units of a commune by any of their names, with or without marks and kind; several when several may be meant.

    The same words beat the same name under another kind, and that beats a part of a name. A former village is found as
    what it became.
    """
    wanted, bare = search_words(words), search_key(words)
    if not bare:
        return []
    hits: list[dict[int, Place]] = [{}, {}, {}]
    below = await descendants(commune_id, on)
    parts = await _parts([one.id for one in below], on)
    for one in below:
        names = [(known.kind, name) for known in (one, *parts[one.id]) for name in known.names]
        keys = [search_key(name) for _, name in names]
        if any(wanted in (search_words(name), search_words(f"{kind} {name}")) for kind, name in names):
            hits[0][one.id] = one
        elif bare in keys:
            hits[1][one.id] = one
        elif any(set(bare) <= set(key) for key in keys):
            hits[2][one.id] = one
    return _sorted(next((found for found in hits if found), {}).values())


async def _way_up(unit_id: int, on: date | None) -> list[int]:
    """Ids of what the unit lies in: a merge leads to what it became, and a parent that was merged is passed over."""
    found: list[int] = []
    at, by_merge = unit_id, False
    for _ in range(_DEEPEST):
        edges = await asked(_EDGES, [at])
        if not edges:
            return found
        parent_id, merged_into_id = number_of(edges[0]["parent_id"]), number_of(edges[0]["merged_into_id"])
        valid_to = edges[0]["valid_to"]
        merged = merged_into_id is not None and (on is None or (valid_to is not None and day_of(valid_to) < on))
        if at != unit_id and (by_merge or not merged):
            found.append(at)
        above = merged_into_id if merged else parent_id
        if above is None:
            return found
        at, by_merge = above, merged
    raise ValueError(f"unit {unit_id} lies in itself")


async def _parts(unit_ids: Collection[int], on: date) -> dict[int, list[Place]]:
    """Unit id → what had gone into it by that day."""
    found: dict[int, list[Place]] = {one: [] for one in unit_ids}
    root = {one: one for one in unit_ids}
    wave = list(unit_ids)
    while wave:
        rows = await _places("merged_into_id", wave)
        wave = []
        for part in rows:
            if part.merged_into_id is not None and part.merged(on) and part.id not in root:
                root[part.id] = root[part.merged_into_id]
                found[root[part.id]].append(part)
                wave.append(part.id)
    return found


async def _places(column: str, values: Sequence[Value]) -> list[Place]:
    """The units that have one of the values in this column."""
    if not values:
        return []
    marks = ", ".join("?" * len(values))
    return [place(row) for row in await asked(f"{_UNITS} where u.{column} in ({marks}) order by u.id", values)]


async def _all() -> list[Place]:
    return [place(row) for row in await asked(f"{_UNITS} order by u.id")]


def _sorted(places: Iterable[Place]) -> list[Place]:
    return sorted(places, key=lambda one: (rank(one.level), sort_key(one.name), one.id))
