"""What adapters keep: small values with compare-and-set, and numbered logs committed in groups."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.connection import get_connections

from bot.core.batches import Batches

from .sql import Sql, Value

REMEMBERED_CHATS = 10_000
FOLLOWED_BEHIND = 200
"""An entry may become visible after one with a higher id; so many are looked at again."""


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


@dataclass(frozen=True, slots=True)
class _Entry:
    chat_id: str
    body: str
    key: str | None


class PlatformLog:
    """Implements bot.core.platform.Log for one platform; `told` is called with each chat whose log has grown."""

    def __init__(
        self, db: BaseDBAsyncClient, platform: str, told: Callable[[str], None] = lambda chat_id: None
    ) -> None:
        self._sql = Sql(db)
        self._platform = platform
        self._told = told
        self._last: OrderedDict[str, int] = OrderedDict()
        self._batches: Batches[_Entry, int] = Batches(self._write)

    async def append(self, chat_id: str, body: str, *, key: str | None = None) -> int:
        return await self._batches.add(_Entry(chat_id, body, key))

    async def since(self, chat_id: str, number: int, limit: int = 500) -> list[tuple[int, str]]:
        rows = await self._sql.rows(
            "select number, body from log_entries where platform = ? and chat_id = ? and number > ?"
            " order by number desc limit ?",
            [self._platform, chat_id, number, limit],
        )
        return [(int(str(row["number"])), str(row["body"])) for row in reversed(rows)]

    def follow(self, grown: Callable[[str], None]) -> Callable[[], Awaitable[None]]:
        """What to do on a clock: calls `grown` with each chat whose log has grown since, by whatever process."""
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

    async def _write(self, entries: Sequence[_Entry]) -> Sequence[int]:
        numbers: list[int | None] = [None] * len(entries)
        # Another process may take a number first: then again, after what it wrote.
        while waiting := [at for at, number in enumerate(numbers) if number is None]:
            for at, number in zip(waiting, await self._place([entries[at] for at in waiting]), strict=True):
                numbers[at] = number
        for chat_id in {entry.chat_id for entry in entries}:
            self._told(chat_id)
        return [number for number in numbers if number is not None]

    async def _place(self, entries: Sequence[_Entry]) -> list[int | None]:
        """The number of each entry, None where another process was first."""
        known = await self._known(entries)
        numbers: list[int] = []
        values: list[Value] = []
        now = datetime.now(UTC)
        last: dict[str, int] = {}
        for entry in entries:
            found = known.get((entry.chat_id, entry.key)) if entry.key is not None else None
            if found is None:
                before = last.get(entry.chat_id)
                found = (await self._last_of(entry.chat_id) if before is None else before) + 1
                last[entry.chat_id] = found
                if entry.key is not None:
                    known[entry.chat_id, entry.key] = found
                values += [self._platform, entry.chat_id, found, entry.key, entry.body, now]
            numbers.append(found)
        if not values:
            return list(numbers)
        rows = ", ".join(["(?, ?, ?, ?, ?, ?)"] * (len(values) // 6))
        inserted = await self._sql.rows(
            f"insert into log_entries (platform, chat_id, number, key, body, at) values {rows}"
            " on conflict do nothing returning chat_id, number",
            values,
        )
        written = {(str(row["chat_id"]), int(str(row["number"]))) for row in inserted}
        lost = {(str(chat), int(str(n))) for chat, n in zip(values[1::6], values[2::6], strict=True)} - written
        for chat_id, number in last.items():
            self._remember(chat_id, number)
        for chat_id, _ in lost:
            self._last.pop(chat_id, None)
        return [None if (e.chat_id, n) in lost else n for e, n in zip(entries, numbers, strict=True)]

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
        if chat_id in self._last:
            return self._last[chat_id]
        rows = await self._sql.rows(
            "select coalesce(max(number), 0) as last from log_entries where platform = ? and chat_id = ?",
            [self._platform, chat_id],
        )
        return int(str(rows[0]["last"]))

    def _remember(self, chat_id: str, number: int) -> None:
        self._last[chat_id] = number
        self._last.move_to_end(chat_id)
        if len(self._last) > REMEMBERED_CHATS:
            self._last.popitem(last=False)
