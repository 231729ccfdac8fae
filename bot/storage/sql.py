"""Plain SQL on either database: placeholders, times and errors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import DBConnectionError, OperationalError

from bot.core.sessions import StoreUnavailable

Value = str | int | float | bool | datetime | None
Row = dict[str, object]
_PASSING = ("locked", "busy", "disk is full", "database or disk", "readonly", "read-only", "disk i/o", "unable to open")


class Sql:
    """Runs statements written with `?`; `greatest` is the name of the two-argument maximum."""

    def __init__(self, db: BaseDBAsyncClient) -> None:
        self.db = db
        self.postgres = db.capabilities.dialect == "postgres"
        self.greatest = "greatest" if self.postgres else "max"
        self._texts: dict[str, str] = {}

    async def rows(self, text: str, values: Sequence[Value] = (), on: BaseDBAsyncClient | None = None) -> list[Row]:
        """Run one statement; raises StoreUnavailable when the database cannot answer now."""
        with available():
            return await (on or self.db).execute_query_dict(self._dialect(text), [self._value(v) for v in values])

    async def many(self, text: str, values: Sequence[Sequence[Value]], on: BaseDBAsyncClient | None = None) -> None:
        """Run one statement once for each row of values."""
        with available():
            rows = [[self._value(v) for v in row] for row in values]
            await (on or self.db).execute_many(self._dialect(text), rows)

    def _dialect(self, text: str) -> str:
        if not self.postgres:
            return text
        known = self._texts.get(text)
        if known is None:
            first, *rest = text.split("?")
            known = first + "".join(f"${n}{piece}" for n, piece in enumerate(rest, start=1))
            if len(self._texts) < 500:
                self._texts[text] = known
        return known

    def _value(self, value: Value) -> Value:
        if isinstance(value, datetime) and not self.postgres:
            return value.astimezone(UTC).isoformat(" ")
        return value


def moment(value: object) -> datetime:
    """A time as it came out of the database, UTC."""
    found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return found.astimezone(UTC)


@contextmanager
def available() -> Iterator[None]:
    """Turns what passes by itself (full disk, lock, lost connection) into StoreUnavailable; bugs stay bugs."""
    try:
        yield
    except OperationalError as error:
        if any(word in str(error).lower() for word in _PASSING):
            raise StoreUnavailable(str(error)) from error
        raise
    except (DBConnectionError, OSError) as error:
        raise StoreUnavailable(str(error)) from error
    except Exception as error:
        # asyncpg is imported only where PostgreSQL is used, so its errors are known by their class's home.
        if type(error).__module__.startswith("asyncpg") and _passes_by_itself(error):
            raise StoreUnavailable(str(error)) from error
        raise


_PASSING_ERRORS = {
    "PostgresConnectionError",
    "InterfaceError",
    "OperatorInterventionError",
    "DiskFullError",
    "TransactionRollbackError",  # a deadlock: one of the two was rolled back and may try again
}


def _passes_by_itself(error: Exception) -> bool:
    return not _PASSING_ERRORS.isdisjoint(kind.__name__ for kind in type(error).__mro__)
