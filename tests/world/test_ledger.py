"""What the ledger lets pass: words that move by themselves, and since when a row waits for its window."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from .disk import _Kept
from .ledger import INBOX, OUTBOX, SESSIONS, Ledger

MOMENT = datetime(2026, 11, 23, 1, 2, tzinfo=UTC)
LATER = MOMENT + timedelta(seconds=90)


@pytest.fixture
def database() -> sqlite3.Connection:
    made = sqlite3.connect(":memory:")
    for table, columns in (("outbox", OUTBOX), ("sessions", SESSIONS), ("inbox", INBOX)):
        made.execute(f"create table {table} ({', '.join(name.removesuffix(' is null') for name in columns)})")
    made.execute(
        "insert into outbox (id, package, part, key, state, reason, decision, token, attempts, message, expires_at,"
        " not_before, updated_at) values (15, 'loan:f3:An', 1, 'loan:f3:An/1', 'pending', '', '', '', 0, ?, ?, ?, ?)",
        ('{"t": [["Loan"]], "b": 1}', str(MOMENT), str(MOMENT), str(MOMENT)),
    )
    return made


@pytest.mark.parametrize("state", ["pending", "cancelled", "expired", "sent"])
@pytest.mark.parametrize(
    ("change", "right"),
    [
        ("message = '{\"b\": 1}'", True),
        ("message = '{\"b\": 2}'", False),
        ("message = '{\"b\": 1}', decision = 'send', klass = 'urgent'", False),
    ],
)
def test_words_go_to_their_place_in_any_state_and_nothing_else_does(
    database: sqlite3.Connection, state: str, change: str, right: bool
) -> None:
    """As in seed 148, where a row had been cancelled before the upgrade."""
    database.execute("update outbox set state = ?", (state,))
    ledger = Ledger(lambda: MOMENT, steady=True)
    ledger.watch(database)
    database.execute(f"update outbox set {change}")
    assert (ledger.found == []) is right


def test_a_row_waits_for_its_window_only_since_it_was_held_for_it(database: sqlite3.Connection) -> None:
    """As in seed 63: held for a month with room until an official let it go, when the window had long been shut."""
    now = [MOMENT]
    ledger = Ledger(lambda: now[0], steady=True)
    ledger.watch(database)
    database.execute("update outbox set state = 'held', reason = 'quota'")
    assert ledger.windowed == {}
    now[0] = LATER
    database.execute("update outbox set reason = 'window', updated_at = ?", (str(LATER),))
    now[0] += timedelta(seconds=60)
    database.execute("update outbox set not_before = '', updated_at = ?", (str(now[0]),))
    assert ledger.windowed == {15: LATER}


@pytest.mark.parametrize(
    ("change", "right"),
    [
        ("gone = 0", True),  # as in seed 30201: the rest of the program has heard that the chat is gone
        ("gone = 0, decision = 'drop'", False),
        ("gone = 0, decision = ''", False),
        ("reason = 'the line broke'", False),
    ],
)
def test_that_its_chat_is_gone_is_told_of_also_where_a_row_is_unclear(
    database: sqlite3.Connection, change: str, right: bool
) -> None:
    database.execute("update outbox set state = 'uncertain', reason = 'blocked', decision = 'resend', gone = 1")
    ledger = Ledger(lambda: MOMENT, steady=True)
    ledger.watch(database)
    database.execute(f"update outbox set {change}")
    assert (ledger.found == []) is right


def test_what_a_statement_that_fails_had_changed_is_forgotten() -> None:
    """As in seed 20297: of rows that were to be taken up there was no room for the last one."""
    with closing(sqlite3.connect(":memory:", isolation_level=None, factory=_Kept)) as made:
        for table, columns in (("outbox", OUTBOX), ("sessions", SESSIONS), ("inbox", INBOX)):
            made.execute(f"create table {table} ({', '.join(name.removesuffix(' is null') for name in columns)})")
        made.execute("create unique index only_one on outbox (token) where token <> ''")
        for row in (1, 2):
            made.execute(
                "insert into outbox (id, key, part, state, reason, decision, token, attempts, message, not_before,"
                " updated_at) values (?, 'k', 1, 'pending', '', '', '', 0, '{}', ?, ?)",
                (row, str(MOMENT), str(MOMENT)),
            )
        ledger = Ledger(lambda: MOMENT, steady=True)
        ledger.watch(made)
        made.back = lambda: ledger.read_anew(made)
        with pytest.raises(sqlite3.IntegrityError):
            made.execute("update outbox set state = 'leased', token = 'a', lease_until = ?", (str(LATER),))
        assert [row["state"] for row in ledger.rows.values()] == ["pending", "pending"]
        made.close_for_good()
