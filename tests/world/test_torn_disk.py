"""A database whose write-ahead log was torn by a power cut: what a sync had covered is there, and it opens at once."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from bot.core.events import Chat, Sender, TextSent
from bot.storage import database
from bot.storage.store import ConversationStore

AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
CHAT = Chat("rich", "c-1", "private")
EVENTS = 12


async def _written(path: Path) -> list[int]:
    """Note events one after the other; return how long the log was after each commit."""
    await database.migrate(database.file_url(path))
    log, lengths = path.with_name(f"{path.name}-wal"), []
    async with database.opened(database.file_url(path)) as db:
        store = ConversationStore(db)
        for number in range(EVENTS):
            await store.record([TextSent(f"e{number}", CHAT, Sender("id-1", "An"), AT, text=f"tin {number}")])
            lengths.append(log.stat().st_size)
        for part in (path, log):  # as they lie on the disk when the power goes
            shutil.copyfile(part, part.with_name(part.name.replace(path.name, "dead.db")))
    return lengths


@pytest.mark.parametrize("seed", range(8))
async def test_a_log_that_was_torn_keeps_each_event_whose_commit_is_whole(tmp_path: Path, seed: int) -> None:
    """A real file: the worlds' databases are in memory, where there is no log to tear."""
    chance = Random(seed)
    lengths = await _written(tmp_path / "bot.db")
    assert lengths == sorted(set(lengths)), "each commit lengthens the log"
    dead = tmp_path / "dead.db"
    log = tmp_path / "dead.db-wal"
    whole = log.read_bytes()
    cut = chance.randrange(lengths[0] + 1, lengths[-1])
    # What was being written when the power went is half there, or something else is.
    log.write_bytes(whole[:cut] + chance.randbytes(chance.choice((0, 1, 24, 4096))))
    kept = sum(length <= cut for length in lengths)
    async with database.opened(database.file_url(dead)) as db:
        store = ConversationStore(db)
        left = [one.event.id for one in await store.unfinished()]
        assert left == [f"e{number}" for number in range(kept)]
        await store.record([TextSent("after", CHAT, Sender("id-1", "An"), AT, text="sau")])
    with closing(sqlite3.connect(dead)) as torn:
        assert torn.execute("pragma integrity_check").fetchone() == ("ok",)


async def test_the_bot_asks_sqlite_to_wait_for_the_disk_with_each_commit(tmp_path: Path) -> None:
    """Without it no event that was acknowledged would be sure to outlive the power."""
    path = tmp_path / "bot.db"
    await database.migrate(database.file_url(path))
    async with database.opened(database.file_url(path)) as db:
        assert (await db.execute_query_dict("pragma synchronous"))[0]["synchronous"] == 2
        assert (await db.execute_query_dict("pragma journal_mode"))[0]["journal_mode"] == "wal"
