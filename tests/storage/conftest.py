"""How often the driver's thread is asked for something."""

from __future__ import annotations

from collections.abc import Callable

import aiosqlite
import pytest


@pytest.fixture
def visits(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the functions that the driver's thread was asked for."""
    seen: list[str] = []
    execute = aiosqlite.Connection._execute

    async def counted(connection: aiosqlite.Connection, function: Callable[..., object], *args: object) -> object:
        seen.append(function.__name__)
        return await execute(connection, function, *args)  # type: ignore[no-untyped-call]

    monkeypatch.setattr(aiosqlite.Connection, "_execute", counted)
    return seen
