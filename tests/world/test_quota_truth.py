"""The truth of the month's share: a person's word is known also when the row, unclear by now, has forgotten it."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from . import little_model
from .ledger import INBOX, OUTBOX, SESSIONS, Ledger

MOMENT = "2026-11-23 01:02:42+00:00"
UNTIL = "2026-11-23 01:04:42+00:00"


@pytest.mark.parametrize("decision", ["", "send"])
def test_what_a_person_let_go_may_leave_although_the_row_forgot_it(decision: str) -> None:
    """As in seed 244: let go, on its way when its process was killed, and unclear, with nothing decided about that."""
    database = sqlite3.connect(":memory:")
    for table, columns in (("outbox", OUTBOX), ("sessions", SESSIONS), ("inbox", INBOX)):
        names = [column.removesuffix(" is null") for column in columns]
        database.execute(f"create table {table} ({', '.join(names)})")
    ledger = Ledger(lambda: datetime.fromisoformat(MOMENT).astimezone(UTC), steady=True)
    ledger.watch(database)
    database.execute(
        "insert into outbox (id, klass, package, part, key, platform, chat_kind, state, reason, decision, not_before,"
        " token, attempts, message_id, gone, resend_of, created_at, updated_at) values"
        " (15, 'routine', 'loan:f3:An', 1, 'loan:f3:An/1', 'rich', 'private', 'pending', '', '', ?,"
        " '', 0, '', 0, 0, ?, ?)",
        (MOMENT, MOMENT, MOMENT),
    )
    database.execute(
        "update outbox set state = 'leased', decision = ?, token = 'a', lease_until = ?", (decision, UNTIL)
    )
    database.execute("update outbox set state = 'sending', attempts = 1")
    database.execute("update outbox set state = 'uncertain', decision = '', token = '', reason = 'the sender stopped'")
    call = SimpleNamespace(key="row:15", taken=1.0, used=56)
    vendor = SimpleNamespace(name="rich", limit=40, calls=[call], used=60, counted=frozenset({"private"}))
    disk = SimpleNamespace(ask=lambda text, values: database.execute(text, values).fetchall())
    world = SimpleNamespace(vendors={"rich": vendor}, disk=disk, ledger=ledger)
    left = [] if decision else ["quota: loan:f3:An left as number 56 of 40"]
    assert list(little_model._quota(world)) == left  # type: ignore[arg-type]
    assert ledger.found == []
