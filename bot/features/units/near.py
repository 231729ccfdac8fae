"""The part of the tree around some units, in memory: a conversation asks for it again and again.

Around a unit lies all that it is in, and everything that ever was in its communes: the villages, and former units that
became part of them. One statement reads it, in a country with thousands of communes too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import lru_cache

from bot.features.in_turns import in_turns
from bot.storage.event_reads import current_reads
from bot.storage.sql import Row, Sql, Value, asked, current, in_memory, whole
from bot.storage.tables.places import IS_COMMUNE

from .place import Place, level_of, number_of, place

# Plain SQL, because nearly every event asks for units. Each has its latest count beside it.
_LATEST = "(select s.{column} from unit_sizes s where s.unit_id = u.id order by s.counted_on desc limit 1) as {column}"
COLUMNS = (
    "select u.id, u.code, u.kind, u.name, u.aliases, u.former_names, u.parent_id, u.merged_into_id, u.valid_from,"
    f" u.valid_to, u.fictitious, {_LATEST.format(column='households')}, {_LATEST.format(column='adults')} from units u"
)
_AROUND = "select u.id, u.parent_id, u.merged_into_id, u.kind from units u where u.{column} in ({marks})"
_IDS = (
    "with recursive up(id, parent_id, merged_into_id, kind) as ("
    f"{_AROUND} union select a.id, a.parent_id, a.merged_into_id, a.kind from up"
    " join units a on a.id = up.parent_id or a.id = up.merged_into_id),"
    f" down(id) as (select id from up where {IS_COMMUNE}"
    " union select b.id from down join units b on b.parent_id = down.id or b.merged_into_id = down.id)"
    " select id from up union select id from down"
)
_BELOW = (
    "with recursive down(id) as (select u.id from units u where u.id = ?"
    " union select b.id from down join units b on b.parent_id = down.id or b.merged_into_id = down.id)"
    " select id from down"
)
_MOST = 500
"""Values in one statement."""
_TABLES = ("unit_sizes", "units")
_MOST_IN_MEMORY = 5_000
"""Units that are kept from one event to the next: those of a hundred communes, which take 5 MB."""
_MOST_WAYS = 1_000
"""Ways up that are kept: a day that is over needs none any more."""


def _statement(column: str, marks: str) -> str:
    """Return the query of what lies around units."""
    return _around_ids(column, marks, postgres=Sql(current()).postgres)


@lru_cache(maxsize=200)
def _around_ids(column: str, marks: str, *, postgres: bool) -> str:
    return _of_ids(_IDS.format(column=column, marks=marks), postgres=postgres)


def _of_ids(ids: str, *, postgres: bool) -> str:
    """Return the query of the units whose ids a query returns.

    PostgreSQL takes each step for ten times as many rows as the one before, and would read all units; an array it takes
    for ten elements, and looks each of them up.
    """
    among = f"= any(array({ids}))" if postgres else f"in ({ids})"
    return f"{COLUMNS} where u.id {among} order by u.id"


class Near:
    """Units that were read, by id and by code; of a commune and of a village also all that lie in them."""

    def __init__(self) -> None:
        self._rows: dict[int, Row] = {}
        self._places: dict[int, Place] = {}
        self._ids: dict[str, int] = {}
        self._absent: set[Value] = set()
        self._below: defaultdict[int, list[int]] = defaultdict(list)
        self._became: defaultdict[int, list[int]] = defaultdict(list)
        self._listed: dict[tuple[int, date], list[Place]] = {}
        self._ways: dict[tuple[int, date | None], Sequence[int]] = {}

    @property
    def size(self) -> int:
        """Return how much is kept: units, lists of them, and what somebody asked for and is not there."""
        return len(self._rows) + len(self._listed) + len(self._absent)

    def listed(self, unit_id: int, on: date) -> list[Place] | None:
        """Return what `list_as` was told since the last unit was added."""
        return self._listed.get((unit_id, on))

    def list_as(self, unit_id: int, on: date, found: list[Place]) -> None:
        """Keep the sorted list of what lies in a unit on a day: a conversation asks for its villages many times."""
        if self.holds(unit_id):
            self._listed[unit_id, on] = found

    def way_up(self, unit_id: int, on: date | None, go: Callable[[], Sequence[int]]) -> Sequence[int]:
        """Return the way up from a unit on a day: where `go` leads, or led since the last unit was added."""
        if (known := self._ways.get((unit_id, on))) is None:
            if len(self._ways) >= _MOST_WAYS:
                self._ways.clear()
            known = self._ways[unit_id, on] = go()
        return known

    def get(self, unit_id: int) -> Place | None:
        found = self._places.get(unit_id)
        if found is None and unit_id in self._rows:
            found = self._places[unit_id] = place(self._rows[unit_id])
        return found

    def called(self, code: str) -> Place | None:
        return self.get(self._ids[code]) if code in self._ids else None

    def holds(self, unit_id: int) -> bool:
        """Tell whether all that lies in this unit was read, too."""
        row = self._rows.get(unit_id)
        return row is not None and level_of(str(row["kind"])) != "province"

    def children(self, unit_ids: Iterable[int]) -> list[Place]:
        """Return the units that have one of these as their given parent, by id."""
        return self._all(self._below, unit_ids)

    def merged_into(self, unit_ids: Iterable[int]) -> list[Place]:
        """Return the units that directly became part of one of these, by id."""
        return self._all(self._became, unit_ids)

    def all(self) -> list[Place]:
        return [one for unit_id in sorted(self._rows) if (one := self.get(unit_id)) is not None]

    def has(self, column: str, values: Iterable[Value]) -> bool:
        """Tell whether all units with these values were read."""
        return (self._rows if column == "id" else self._ids).keys() >= set(values)

    def lacks(self, column: str, values: Iterable[Value]) -> list[Value]:
        known = self._rows if column == "id" else self._ids
        return [value for value in dict.fromkeys(values) if value not in known and value not in self._absent]

    def add(self, rows: Sequence[Row]) -> None:
        for row in rows:
            unit_id = int(str(row["id"]))
            if unit_id in self._rows:
                continue
            self._rows[unit_id] = row
            self._listed.clear()
            self._ways.clear()
            self._ids[str(row["code"])] = unit_id
            for edges, above in ((self._below, row["parent_id"]), (self._became, row["merged_into_id"])):
                if (upper := number_of(above)) is not None:
                    edges[upper].append(unit_id)

    def without(self, values: Iterable[Value]) -> None:
        self._absent.update(values)

    def _all(self, edges: defaultdict[int, list[int]], unit_ids: Iterable[int]) -> list[Place]:
        found = sorted({below for unit_id in unit_ids for below in edges.get(unit_id, ())})
        return [one for unit_id in found if (one := self.get(unit_id)) is not None]


async def below(unit_id: int) -> Near:
    """Return a unit and everything that ever was in it, of a province too: for who asks for all of that."""
    found = Near()
    async for rows in in_turns(await asked(_of_ids(_BELOW, postgres=Sql(current()).postgres), [unit_id])):
        found.add(rows)
        for row in rows:
            found.get(whole(row["id"]))
    return found


def _of_event() -> Near:
    """Return the units that this event has read, at first those in memory; without an event a new one."""
    reads = current_reads()
    return Near() if reads is None else reads.kept(Near, _in_memory)


def _in_memory() -> Near:
    """Return what earlier events have read, if nobody has changed a unit since."""
    there = in_memory(Near, _TABLES)
    return Near() if there is None or there.size > _MOST_IN_MEMORY else there


async def around(ids: str, values: Sequence[Value]) -> None:
    """Read ahead what lies around the units whose ids a query returns; nothing where no event remembers it."""
    reads = current_reads()
    if reads is not None and reads.keeps:
        rows = await asked(_statement("id", ids), values)
        _of_event().add(rows)


def knows_any() -> bool:
    """Tell whether earlier events have left units in memory: then nothing need be read ahead."""
    return _of_event().size > 0


def are_known(unit_ids: Iterable[int]) -> bool:
    """Tell whether the event has these units already."""
    return _of_event().has("id", unit_ids)


async def near(column: str, values: Sequence[Value]) -> Near:
    """Return what lies around the units with one of the values in `column` (`id` or `code`), and perhaps more.

    An event reads it once, until it writes something.
    """
    kept = _of_event()
    if kept.has(column, values):  # as nearly always, and a menu asks twenty times
        return kept
    lacking = kept.lacks(column, values)
    for at in range(0, len(lacking), _MOST):
        some = lacking[at : at + _MOST]
        marks = ", ".join("?" * len(some))
        kept.add(await asked(_statement(column, marks), some))
    kept.without(kept.lacks(column, lacking))
    return kept


def at_hand(code: str) -> Place | None:
    """Return a unit that the event has read already."""
    return _of_event().called(code)
