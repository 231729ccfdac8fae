"""Words and names of a person in messages to others: notices to others, and what others' chats have open.

Such a row belongs to who reads it, and its key keeps it from being told twice. So it stays, and what it quotes goes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from tortoise.expressions import F

from bot.core.machine import clock
from bot.core.sessions import Key, VersionConflict
from bot.storage.core_tables.conversation import SessionRow
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.sql import Value, asked, holds

GONE = "…"
_SHORTEST = 3
_WHOLE = 40
"""So many characters of a long quotation are enough to know it by: where it was cut short, it still goes."""
_SKEW = timedelta(minutes=1)
"""A session may be saved with a time of its own a little before it is there for others."""
_AT_ONCE = 50
"""So many are looked for by one statement."""


class PassedOn(Struct, frozen=True):
    """The rows that held `words`: of the outbox up to the number `newest`, of sessions at the moment `at`."""

    words: frozenset[str] = frozenset()
    outbox: frozenset[int] = frozenset()
    sessions: frozenset[int] = frozenset()
    newest: int = 0
    at: datetime | None = None


NOTHING = PassedOn()


async def look_up(words: Iterable[str]) -> PassedOn:
    """Find the rows that hold these, before the transaction that takes them out: all would wait for the search."""
    kept = _sought(words)
    if not kept:
        return NOTHING
    at = clock.now() - _SKEW
    (newest,) = await asked("select max(id) as n from outbox")
    quoted = [_Quoted(phrase) for phrase in kept]
    return PassedOn(
        frozenset(kept),
        frozenset(await _with(quoted, "outbox where announcement = 0", [], "message", "choices")),
        frozenset(await _with(quoted, "sessions where true", [], "state")),
        int(str(newest["n"] or 0)),
        at,
    )


async def forget(words: Iterable[str], present: Key | None = None, found: PassedOn = NOTHING) -> None:
    """Take these out of all that waits for others or was sent to them; inside the caller's transaction.

    Of `found`, which was looked up before, only what has changed since is looked at again.

    Announcements stay: they are the commune's own. `present` is the chat in which this happens: its session is written
    at the end in any case. Raises VersionConflict where a chat is at work meanwhile.
    """
    kept = _sought(words)
    quoted = [_Quoted(phrase) for phrase in kept]
    if quoted:
        known = found if found.words >= set(kept) else NOTHING
        await _in_outbox(quoted, known)
        await _in_sessions(quoted, present, known)


def _sought(words: Iterable[str]) -> list[str]:
    """Return the words that are long enough to be looked for, the longest first."""
    return sorted({word for word in map(str.strip, words) if len(word) >= _SHORTEST}, key=len, reverse=True)


async def _in_outbox(quoted: Sequence[_Quoted], known: PassedOn) -> None:
    # By the number, not by the index of announcements: behind the newest there are few.
    since = "outbox where +announcement = 0 and id > ?" if known.newest else "outbox where announcement = 0"
    new = await _with(quoted, since, [known.newest] if known.newest else [], "message", "choices")
    ids = sorted({*known.outbox, *new})
    for row in await OutboxRow.filter(id__in=ids) if ids else ():
        now = {"message": _without(row.message, quoted), "choices": _without(row.choices, quoted)}
        if now != {"message": row.message, "choices": row.choices}:
            await OutboxRow.filter(id=row.id).update(**now)


async def _in_sessions(quoted: Sequence[_Quoted], present: Key | None, known: PassedOn) -> None:
    since = "sessions where true" if known.at is None else "sessions where updated_at >= ?"
    new = await _with(quoted, since, [] if known.at is None else [known.at], "state")
    ids = sorted({*known.sessions, *new})
    for row in await SessionRow.filter(id__in=ids) if ids else ():
        now = _without(row.state, quoted)
        if now != row.state and Key(row.platform, row.chat_id) != present:
            same = SessionRow.filter(id=row.id, version=row.version)
            if not await same.update(state=now, version=F("version") + 1):
                raise VersionConflict


async def _with(quoted: Sequence[_Quoted], rows: str, given: Sequence[Value], *columns: str) -> list[int]:
    """Return the ids of the rows in which one of these stands, perhaps inside another word: the database looks."""
    found: set[int] = set()
    for at in range(0, len(quoted), _AT_ONCE):
        some = quoted[at : at + _AT_ONCE]
        one = " or ".join(holds(column) for column in columns for _ in some)
        values = [*given, *(each.begin for _ in columns for each in some)]
        found.update(int(str(row["id"])) for row in await asked(f"select id from {rows} and ({one})", values))
    return sorted(found)


def _without(stored: str, quoted: Sequence[_Quoted]) -> str:
    for one in quoted:
        stored = one.out_of(stored)
    return stored


class _Quoted:
    """Words as they stand inside a string of JSON: each character by itself, so that none is cut in two."""

    def __init__(self, phrase: str) -> None:
        self._characters = [json.dumps(character, ensure_ascii=False)[1:-1] for character in phrase.strip()]
        self.begin = "".join(self._characters[:_WHOLE])

    def out_of(self, stored: str) -> str:
        at, parts, taken = stored.find(self.begin), [], 0
        while at >= 0:
            end = self._end(stored, at + len(self.begin))
            if _is_word(stored, at, end):
                parts += [stored[taken:at], GONE]
                taken = end
            at = stored.find(self.begin, end)
        return "".join([*parts, stored[taken:]])

    def _end(self, stored: str, at: int) -> int:
        for character in self._characters[_WHOLE:]:
            if not stored.startswith(character, at):
                break
            at += len(character)
        return at


def _is_word(stored: str, begin: int, end: int) -> bool:
    """“Hoa” is not in “Thanh Hoà” nor in “Hoan”; a new line before it, as JSON writes it, is no letter."""
    before, after = stored[begin - 1 : begin], stored[end : end + 1]
    escaped = stored[max(0, begin - 2) : begin] in ("\\n", "\\t", "\\r")
    return not after.isalnum() and (escaped or not before.isalnum())
