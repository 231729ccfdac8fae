"""Tortoise's SQLite client with a door of its own: statements outside transactions share their commits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from tortoise.backends.sqlite.client import SqliteClient

from .group_commit import GroupCommit


class SharingClient(SqliteClient):
    """What each method gives is what Tortoise's own gives."""

    def __init__(self, file_path: str, **options: Any) -> None:
        super().__init__(file_path, **options)
        self.door = GroupCommit(self)

    async def execute_query(self, query: str, values: list[Any] | None = None) -> tuple[int, Sequence[dict[Any, Any]]]:
        answer = await self.door.one(query, values)
        return answer.changed or len(answer.rows), cast("Sequence[dict[Any, Any]]", answer.rows)

    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> list[dict[Any, Any]]:
        return [dict(row) for row in (await self.door.one(query, values)).rows]

    async def execute_insert(self, query: str, values: list[Any]) -> Any:
        return (await self.door.one(query, values)).inserted


client_class = SharingClient
"""Where Tortoise looks for it."""
