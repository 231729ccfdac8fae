"""Looking things up in the audit log: by person, act and day, the newest first."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from bot.core.text import fold
from bot.features.audit import Detail
from bot.features.rights.table import RESIDENT
from bot.i18n import msg
from bot.storage.sql import Row, Value, asked, moment

_COLUMNS = (
    "select r.id, r.at, r.actor, r.act, r.object, r.details, a.person_id, p.name from audit_rows r"
    " left join actors a on a.number = r.actor left join people p on p.id = a.person_id"
)
_NAMED = (
    "select distinct p.id, p.name from people p join roles o on o.person_id = p.id"
    f" where o.role <> '{RESIDENT}' and o.unit_id in ({{marks}}) order by p.name, p.id"
)
_OF_UNITS = (
    "(r.actor in (select n.number from actors n join roles o on o.person_id = n.person_id"
    " where o.unit_id in ({marks})) or r.object in ({marks}))"
)


class AuditEntry(Struct, frozen=True):
    """A row of the log for people. `actor` None is the machine or the console.

    `person_id` None beside an actor is somebody whose data was erased: the log keeps a number of them.
    """

    id: int
    at: datetime
    actor: int | None
    person_id: int | None
    name: str
    act: str
    kind: str
    subject: str
    details: Mapping[str, Detail]


class AuditSearch(Struct, frozen=True):
    """The question to the log. `units`: only what was done by people with a role there, or to these units themselves.
    `subjects` are as the log writes them: `grant:12`.

    None and "" ask for everything; `since` is the first moment, `until` the first one after the last.
    """

    units: Collection[int] | None = None
    people: Collection[int] | None = None
    subjects: Collection[str] | None = None
    act: str = ""
    since: datetime | None = None
    until: datetime | None = None


async def find(search: AuditSearch, *, limit: int, skip: int = 0) -> Sequence[AuditEntry]:
    """Return the rows that fit, the newest first."""
    clauses, values = _clauses(search)
    where = f" where {' and '.join(clauses)}" if clauses else ""
    rows = await asked(f"{_COLUMNS}{where} order by r.id desc limit ? offset ?", [*values, limit, skip])
    return [_entry(row) for row in rows]


async def people_called(words: str, unit_ids: Collection[int]) -> Sequence[int]:
    """Return who has or had a role in these units and a name with these words, marks or not."""
    wanted = fold(words).split()
    rows = await asked(_NAMED.format(marks=_marks(unit_ids)), [*unit_ids])
    return [int(str(row["id"])) for row in rows if all(word in fold(str(row["name"])) for word in wanted)]


def actor_name(one: AuditEntry, word: Callable[[str], str]) -> str:
    """Say who did it."""
    if one.actor is None:
        return word(msg("máy"))
    if one.person_id is None:
        return word(msg("người đã xóa dữ liệu"))
    return one.name or word(msg("một người"))


def _clauses(search: AuditSearch) -> tuple[list[str], list[Value]]:
    clauses: list[str] = []
    values: list[Value] = []
    if search.units is not None:
        clauses.append(_OF_UNITS.format(marks=_marks(search.units)))
        values += [*search.units, *(f"unit:{unit_id}" for unit_id in search.units)]
    if search.people is not None:
        clauses.append(f"a.person_id in ({_marks(search.people)})")
        values += search.people
    if search.subjects is not None:
        clauses.append(f"r.object in ({_marks(search.subjects)})")
        values += search.subjects
    if search.act:
        clauses.append("r.act = ?")
        values.append(search.act)
    if search.since is not None:
        clauses.append("r.at >= ?")
        values.append(search.since)
    if search.until is not None:
        clauses.append("r.at < ?")
        values.append(search.until)
    return clauses, values


def _marks(values: Collection[int] | Collection[str]) -> str:
    return ", ".join("?" * len(values)) or "null"


def _entry(row: Row) -> AuditEntry:
    kind, _, subject = str(row["object"]).partition(":")
    details: Mapping[str, Detail] = json.loads(str(row["details"]))
    return AuditEntry(
        int(str(row["id"])),
        moment(row["at"]),
        None if row["actor"] is None else int(str(row["actor"])),
        None if row["person_id"] is None else int(str(row["person_id"])),
        str(row["name"] or ""),
        str(row["act"]),
        kind,
        subject,
        details,
    )
