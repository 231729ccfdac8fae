"""The truth of receipts where nothing goes wrong: what waits behind news that its chat takes later may wait, too."""

from __future__ import annotations

import sqlite3
from types import SimpleNamespace

import pytest

from . import little_model

COLUMNS = "id, platform, chat_id, key, package, part, state, reason, attempts"


@pytest.mark.parametrize(
    ("first", "reason", "wrong"),
    [
        ("held", "window", 0),  # as in seed 50592: nobody wrote to the bot again until the world's end
        ("held", "quota", 0),
        ("held", "together", 2),  # nothing that its chat waits for
        ("sent", "", 1),
    ],
)
def test_news_waits_behind_the_first_of_its_kind_as_long_as_that_waits(first: str, reason: str, wrong: int) -> None:
    database = sqlite3.connect(":memory:")
    database.row_factory = sqlite3.Row
    database.execute(f"create table outbox ({COLUMNS})")
    rows = [
        (105, "plain", "c-1", "news:retired:a/1", "news:retired:a", 1, first, reason, 1 if first == "sent" else 0),
        (106, "plain", "c-1", "news:retired:b/1", "news:retired:b", 0, "held", "together", 0),
    ]
    database.executemany(f"insert into outbox ({COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    disk = SimpleNamespace(ask=lambda text, values=(): database.execute(text, values).fetchall())
    world = SimpleNamespace(vendors={}, warned=[], disk=disk)
    assert len(list(little_model._once(world))) == wrong  # type: ignore[arg-type]
