"""The world's database: whose transaction ended with its line hears of it, also when the line is there again."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from functools import partial

import pytest

from .disk import Disk
from .timeline import Timeline


def _there_and_back(disk: Disk, loop: object) -> None:
    disk.cuts(loop, off=True)
    disk.cuts(loop, off=False)


def _other_server(disk: Disk, loop: object) -> None:
    disk.fails_over()
    disk.broken = False
    disk.mends()


@pytest.mark.parametrize("strikes", [_there_and_back, _other_server])
async def test_a_statement_after_a_lost_transaction_fails_and_the_next_one_does_not(
    strikes: Callable[[Disk, object], None],
) -> None:
    """As in seed 6915 of the core: the second effect of an event stood there without the first one."""
    books = sqlite3.connect(":memory:")
    books.execute("create table effects (token)")
    disk, loop = Disk(Timeline("1"), "1", books.serialize()), asyncio.get_running_loop()
    disk.connect(lambda: disk.connection, 64)
    spindle = disk._spindles[loop]
    writes = partial(disk.connection.execute, "insert into effects values ('a')")
    disk.visit(spindle, partial(disk.connection.execute, "begin immediate"))
    disk.visit(spindle, writes)
    strikes(disk, loop)
    with pytest.raises(sqlite3.OperationalError):
        disk.visit(spindle, writes)
    assert disk.ask("select * from effects") == []
    disk.visit(spindle, writes)
    assert len(disk.ask("select * from effects")) == 1
    disk.close()
    books.close()
