"""Rows of a table by a condition in SQL: for what is read again and again in conversations.

The library puts a query together anew each time, which takes longer than SQLite takes to answer it. Here a statement is
written once for each table and condition; the rows are the same objects that the library makes.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TypeVar

from .sql import Value, asked
from .table import Table

_Table = TypeVar("_Table", bound=Table)


async def rows_of(table: type[_Table], where: str, values: Sequence[Value], *, order: str = "id") -> list[_Table]:
    """Return the rows that a condition with `?` for each value selects, in an order; both are words of the code."""
    return [table.of_row(row) for row in await asked(_statement(table, where, order), values)]


async def row_of(table: type[_Table], where: str, values: Sequence[Value], *, order: str = "id") -> _Table | None:
    """Return the first of them, None without any."""
    rows = await asked(f"{_statement(table, where, order)} limit 1", values)
    return table.of_row(rows[0]) if rows else None


def marks(count: int) -> str:
    """Return the list of as many `?` for `in (…)`; of none, for which nothing need be asked, one that finds nothing."""
    return ", ".join("?" * count) or "null"


@lru_cache(maxsize=500)
def _statement(table: type[Table], where: str, order: str) -> str:
    return f"select {', '.join(table.column_names())} from {table.table_name()} where {where} order by {order}"
