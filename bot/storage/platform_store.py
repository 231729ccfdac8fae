"""Storage of the adapters: small values with compare-and-set, and numbered logs committed in groups."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from msgspec import Struct
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.connection import get_connections

from bot.core.batches import Batches
from bot.core.delivery import seq_answered
from bot.core.lru import Latest
from bot.core.machine import clock
from bot.core.platform import Logged

from .sql import Sql, Value

FOLLOWED_BEHIND = 200
"""An entry may become visible after one with a higher id; so many are looked at again."""
_WAIT = -1


class PlatformValues:
    """Implements bot.core.platform.KeyValue for one platform."""

    def __init__(self, db: BaseDBAsyncClient, platform: str) -> None:
        self._sql = Sql(db)
        self._platform = platform

    async def get(self, key: str) -> str | None:
        # On the connection of the task's transaction: SQLite has one, and it would be waited for without an end.
        on = get_connections().get("default")
        rows = await self._sql.rows(
            "select value from platform_values where platform = ? and key = ?", [self._platform, key], on
        )
        return str(rows[0]["value"]) if rows else None

    async def swap(self, key: str, old: str | None, new: str) -> bool:
        if old is None:
            rows = await self._sql.rows(
                "insert into platform_values (platform, key, value) values (?, ?, ?)"
                " on conflict (platform, key) do nothing returning value",
                [self._platform, key, new],
            )
        else:
            rows = await self._sql.rows(
                "update platform_values set value = ? where platform = ? and key = ? and value = ? returning value",
                [new, self._platform, key, old],
            )
        return bool(rows)


class _Entry(Struct, frozen=True):
    chat_id: str
    body: str
    key: str | None


class PlatformLog:
    """Implements bot.core.platform.Log for one platform; `told` is called when a log has grown."""

    def __init__(self, db: BaseDBAsyncClient, platform: str, told: Callable[[], None] = lambda: None) -> None:
        self._sql = Sql(db)
        self._platform = platform
        self._told = told
        self._last: Latest[int] = Latest()
        self._batches: Batches[_Entry, Logged] = Batches(self._write)

    async def append(self, chat_id: str, body: str, *, key: str | None = None) -> Logged:
        return await self._batches.add(_Entry(chat_id, body, key))

    async def since(self, chat_id: str, number: int, limit: int = 500) -> list[tuple[int, str]]:
        rows = await self._sql.rows(
            "select number, body from log_entries where platform = ? and chat_id = ? and number > ?"
            " order by number desc limit ?",
            [self._platform, chat_id, number, limit],
        )
        return [(int(str(row["number"])), str(row["body"])) for row in reversed(rows)]

    async def answered(self, chat_id: str, number: int) -> str | None:
        """Return the id of the event to which an entry is the bot's reply, None for any other entry."""
        rows = await self._sql.rows(
            "select key from log_entries where platform = ? and chat_id = ? and number = ?",
            [self._platform, chat_id, number],
        )
        seq = seq_answered(str(rows[0]["key"])) if rows else None
        if seq is None:
            return None
        rows = await self._sql.rows("select event_id from inbox where seq = ?", [seq])
        return str(rows[0]["event_id"]) if rows else None

    def follow(self, grown: Callable[[str], None]) -> Callable[[], Awaitable[None]]:
        """Return a job to run on a clock: it calls `grown` with each chat whose log has grown since, in any process."""
        seen: set[int] | None = None
        newest = 0

        async def look() -> None:
            nonlocal newest, seen
            if seen is None:
                newest = await self._newest()
            rows = await self._sql.rows(
                "select id, chat_id from log_entries where platform = ? and id > ?",
                [self._platform, newest - FOLLOWED_BEHIND],
            )
            found = {int(str(row["id"])): str(row["chat_id"]) for row in rows}
            for chat_id in {found[number] for number in found.keys() - seen} if seen is not None else ():
                grown(chat_id)
            newest, seen = max(found, default=newest), set(found)

        return look

    async def _newest(self) -> int:
        rows = await self._sql.rows("select coalesce(max(id), 0) as newest from log_entries")
        return int(str(rows[0]["newest"]))

    async def _write(self, entries: Sequence[_Entry]) -> Sequence[Logged]:
        places: list[Logged | None] = [None] * len(entries)
        # Another process may take a number first: then again, after what it wrote.
        while waiting := [at for at, place in enumerate(places) if place is None]:
            for at, place in zip(waiting, await self._place([entries[at] for at in waiting]), strict=True):
                places[at] = place
        self._told()
        return [place for place in places if place is not None]

    async def _place(self, entries: Sequence[_Entry]) -> list[Logged | None]:
        """Return the place of each entry, None for one that has to be tried again.

        Entries are written as if their keys were new, because nearly all are. A duplicate leaves its number free, so no
        entry may be numbered after it in the same statement: the log would have a hole.
        """
        numbers = await self._numbered(entries)
        written = await self._insert(entries, numbers)
        lost = [entries[at] for at in numbers if at not in written]
        repeats = await self._known(lost) if lost else {}
        places: list[Logged | None] = [None] * len(entries)
        for at, number in numbers.items():
            entry = entries[at]
            if at in written:
                places[at] = Logged(number, new=True)
                self._last.put((entry.chat_id,), number)
            else:
                self._last.forget((entry.chat_id,))
                if (found := repeats.get((entry.chat_id, entry.key))) is not None:
                    places[at] = Logged(found, new=False)
        return places

    async def _numbered(self, entries: Sequence[_Entry]) -> dict[int, int]:
        """Return a number for each entry that may be written now, by its position."""
        numbers: dict[int, int] = {}
        last: dict[str, int] = {}
        for at, entry in enumerate(entries):
            before = last.get(entry.chat_id)
            if before is None:
                before = await self._last_of(entry.chat_id)
            if before == _WAIT:
                continue
            numbers[at] = before + 1
            last[entry.chat_id] = before + 1 if entry.key is None else _WAIT
        return numbers

    async def _insert(self, entries: Sequence[_Entry], numbers: Mapping[int, int]) -> set[int]:
        """Return the positions of the entries that could be written."""
        now = clock.now()
        values: list[Value] = []
        for at, number in numbers.items():
            entry = entries[at]
            values += [self._platform, entry.chat_id, number, entry.key, entry.body, now]
        rows = await self._sql.rows(
            "insert into log_entries (platform, chat_id, number, key, body, at)"
            f" values {', '.join(['(?, ?, ?, ?, ?, ?)'] * len(numbers))}"
            " on conflict do nothing returning chat_id, number",
            values,
        )
        positions = {(entries[at].chat_id, number): at for at, number in numbers.items()}
        return {positions[str(row["chat_id"]), int(str(row["number"]))] for row in rows}

    async def _known(self, entries: Sequence[_Entry]) -> dict[tuple[str, str | None], int]:
        keyed = [entry for entry in entries if entry.key is not None]
        if not keyed:
            return {}
        # Pairs, because the index begins with the chat: by the key alone the whole log would be read.
        pairs = ", ".join(["(?, ?)"] * len(keyed))
        rows = await self._sql.rows(
            f"select chat_id, key, number from log_entries where platform = ? and (chat_id, key) in (values {pairs})",
            [self._platform, *(value for entry in keyed for value in (entry.chat_id, entry.key))],
        )
        return {(str(row["chat_id"]), str(row["key"])): int(str(row["number"])) for row in rows}

    async def _last_of(self, chat_id: str) -> int:
        if (last := self._last.get((chat_id,))) is not None:
            return last
        rows = await self._sql.rows(
            "select coalesce(max(number), 0) as last from log_entries where platform = ? and chat_id = ?",
            [self._platform, chat_id],
        )
        return int(str(rows[0]["last"]))
