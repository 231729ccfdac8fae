"""The place of a person in each guide, kept until 90 days after the last contact.

A person who has linked several messengers continues in any of them: the place is the newest of them all.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from functools import partial

from msgspec import Struct

from bot.features.people.accounts import Account
from bot.storage.event_reads import once_in_event
from bot.storage.sql import Row, Sql, Value, asked, current

# Plain SQL, because each page that anybody turns needs it. Runs of all accounts of the person who writes on this one;
# CROSS keeps SQLite from looking through everybody's runs first.
_RUNS = (
    "select r.guide, r.step, r.fingerprint, r.trail, r.attempt, r.finished from (select ? as platform, ? as person"
    " union select b.platform, b.native_id from accounts a join accounts b on b.person_id = a.person_id"
    " where a.platform = ? and a.native_id = ?) k"
    " cross join guide_runs r where r.platform = k.platform and r.person = k.person"
)
IN_ONE = f"{_RUNS} and r.guide = ? order by r.updated_at desc limit 1"
IN_ALL = f"{_RUNS} order by r.updated_at desc"
_REACHED = (
    "insert into guide_runs (platform, person, guide, step, fingerprint, trail, attempt, finished, updated_at)"
    " values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (platform, person, guide) do update set step = excluded.step,"
    " fingerprint = excluded.fingerprint, trail = excluded.trail, attempt = excluded.attempt,"
    " finished = excluded.finished, updated_at = excluded.updated_at"
)


class ReadingPosition(Struct, frozen=True):
    """`trail` are the steps up to and with `step`; `fingerprint` is that of the page when it was shown."""

    guide: str
    step: str
    fingerprint: str
    trail: tuple[str, ...]
    attempt: int
    finished: bool


async def place(account: Account, guide: str) -> ReadingPosition | None:
    rows = await _runs(IN_ONE, account, guide)
    return _place(rows[0]) if rows else None


async def latest(account: Account) -> ReadingPosition | None:
    """Return the unfinished guide that the person was in last; several readers of one message ask."""
    return await once_in_event("guide", (account,), partial(_latest, account))


async def _latest(account: Account) -> ReadingPosition | None:
    finished: set[object] = set()
    for row in await _runs(IN_ALL, account):  # of one guide, read on several messengers, the newest counts
        if not row["finished"] and row["guide"] not in finished:
            return _place(row)
        finished.add(row["guide"])
    return None


async def reached(
    account: Account,
    guide: str,
    step: str,
    fingerprint: str,
    trail: Sequence[str],
    now: datetime,
    *,
    attempt: int = 1,
    finished: bool = False,
) -> None:
    """Store the page that is being shown."""
    values: list[Value] = [
        account.platform, account.person, guide, step, fingerprint, json.dumps(list(trail)), attempt, finished, now,
    ]  # fmt: skip
    await Sql(current()).write(_REACHED, values)


async def _runs(text: str, account: Account, *more: Value) -> list[Row]:
    mine = [account.platform, account.person]
    return await asked(text, [*mine, *mine, *more])


def _place(row: Row) -> ReadingPosition:
    trail = tuple(json.loads(str(row["trail"])))
    return ReadingPosition(
        str(row["guide"]),
        str(row["step"]),
        str(row["fingerprint"]),
        trail,
        int(str(row["attempt"])),
        bool(row["finished"]),
    )
