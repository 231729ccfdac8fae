"""Each change of a row, held against what such a row may do: the product's own words for it are not asked.

SQLite calls this at the moment of the change, from triggers of the connection that are no part of the database. What is
rolled back afterwards was a move, too, and must have been a right one.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.storage.sql import moment

LEASE = 120.0
"""Seconds that a row is somebody's: two minutes, as docs/faults.md says."""
SINCE_ASKED = 60.0
"""Seconds at most between a statement's own time and its turn, behind others on a slow disk."""
MOVES: Mapping[str, frozenset[str]] = {
    "pending": frozenset({"pending", "leased", "held", "cancelled", "expired", "uncertain"}),
    "held": frozenset({"held", "pending", "cancelled", "expired", "uncertain"}),
    "leased": frozenset({"sending", "pending", "held", "cancelled", "expired", "uncertain"}),
    "sending": frozenset({"sent", "pending", "failed", "uncertain"}),
    "sent": frozenset({"sent"}),
    "failed": frozenset({"failed"}),
    "cancelled": frozenset(),
    "expired": frozenset(),
    "uncertain": frozenset({"uncertain", "sent", "failed"}),
}
UNFINISHED = frozenset({"pending", "held", "leased", "sending"})
OUTBOX = (
    "id", "klass", "announcement", "package", "part", "key", "platform", "chat_id", "chat_kind", "locale", "message",
    "choices", "any_hour", "state", "reason", "decision", "resend_of", "replacing", "not_before", "expires_at", "token",
    "lease_until", "attempts", "message_id", "gone", "created_at", "updated_at",
)  # fmt: skip
SESSIONS = ("platform", "chat_id", "version", "done_seq", "out_seq", "sent_seq", "state")
INBOX = ("seq", "platform", "event_id", "chat_id", "body is null", "attempts", "failed", "noted_at")
NEVER = (
    "id", "klass", "announcement", "package", "part", "key", "platform", "locale", "message", "choices", "any_hour",
    "resend_of", "replacing", "expires_at", "created_at",
)  # fmt: skip
"""What of a row of the outbox stays as it was written."""
Values = Mapping[str, object]


@dataclass
class Ledger:
    """`steady`: the clock of the wall never jumps in this world, so times can be held against it."""

    now: Callable[[], datetime]
    steady: bool
    found: list[str] = field(default_factory=list)
    let_go: set[int] = field(default_factory=set)
    """Rows that were about to be sent by a person's word; of what is unclear then, the row forgets it."""
    windowed: dict[int, datetime] = field(default_factory=dict)
    """Since when rows have waited for somebody to write in their chat, and for nothing else."""

    rows: dict[int, dict[str, object]] = field(default_factory=dict)
    """All rows of the outbox as they are now, `unfinished` those that are not over."""
    unfinished: dict[int, dict[str, object]] = field(default_factory=dict)
    touched: list[int] = field(default_factory=list)
    """Which rows changed, one after the other."""

    @property
    def version(self) -> int:
        return len(self.touched)

    def is_kept(self, row: dict[str, object]) -> None:
        at = int(str(row["id"]))
        self.touched.append(at)
        self.rows[at] = row
        if row["state"] in UNFINISHED:
            self.unfinished[at] = row
        else:
            self.unfinished.pop(at, None)

    def read_anew(self, connection: sqlite3.Connection) -> None:
        """Take the rows as they are after something was rolled back."""
        self.rows.clear()
        self.unfinished.clear()
        for values in connection.execute(f"select {', '.join(OUTBOX)} from outbox").fetchall():
            self.is_kept(dict(zip(OUTBOX, values, strict=True)))
        self.touched.append(0)

    def watch(self, connection: sqlite3.Connection) -> None:
        for table, columns, changed, wrote in (
            ("outbox", OUTBOX, self._row_changed, self._row_written),
            ("sessions", SESSIONS, self._session_changed, None),
            ("inbox", INBOX, self._event_changed, None),
        ):
            _call(connection, f"world_{table}_changed", 2 * len(columns), _paired(columns, changed))
            values = ", ".join(f"{which}.{column}" for which in ("old", "new") for column in columns)
            connection.execute(
                f"create temp trigger world_{table}_changed after update on main.{table}"
                f" begin select world_{table}_changed({values}); end"
            )
            if wrote is not None:
                _call(connection, f"world_{table}_written", len(columns), _single(columns, wrote))
                values = ", ".join(f"new.{column}" for column in columns)
                connection.execute(
                    f"create temp trigger world_{table}_written after insert on main.{table}"
                    f" begin select world_{table}_written({values}); end"
                )

    def _say(self, what: str, row: Values) -> None:
        if len(self.found) < 20:
            self.found.append(f"rows move rightly: {row.get('key') or row.get('chat_id')}: {what}")

    def _is_now(self, value: object) -> bool:
        return not self.steady or 0.0 <= (self.now() - moment(value)).total_seconds() <= SINCE_ASKED

    # The outbox

    def _row_written(self, row: Values) -> None:
        self.is_kept(dict(row))
        key = f"{row['package']}/{row['part']}" + (f"/{row['resend_of']}" if row["resend_of"] else "")
        gathered = row["part"] == 0
        if row["key"] != key and not gathered:
            self._say(f"a new row of part {row['part']}, repeating {row['resend_of']}, has this key", row)
        if row["state"] not in ("pending", "held") or (row["state"] == "held") != bool(row["reason"]):
            self._say(f"a new row is {row['state']} for {row['reason']!r}", row)
        blank = (row["attempts"], row["token"], row["message_id"], row["decision"], row["gone"], row["lease_until"])
        if blank != (0, "", "", "", 0, None):
            self._say(f"a new row has been somewhere already: {blank}", row)
        if row["created_at"] != row["updated_at"] or not self._is_now(row["created_at"]):
            self._say(f"a new row was written at {row['created_at']}, {row['updated_at']}", row)
        if self.steady and moment(row["not_before"]) < moment(row["created_at"]) and not row["resend_of"]:
            self._say("a new row waits for a time before it was written", row)

    def _row_changed(self, old: Values, new: Values) -> None:
        self.is_kept(dict(new))
        was, now = str(old["state"]), str(new["state"])
        if _words_moved(old, new):  # after an upgrade, also of rows that are over
            return
        if other := [name for name in NEVER if old[name] != new[name]]:
            self._say(f"{', '.join(other)} changed in {was} -> {now}", old)
        if now not in MOVES[was]:
            self._say(f"{was} -> {now} ({new['reason']})", old)
        if self.steady and not self._is_now(new["updated_at"]) and new["updated_at"] != old["updated_at"]:
            self._say(f"{was} -> {now} is written down for {new['updated_at']} at {self.now()}", old)
        same = old["not_before"] == new["not_before"] and old["chat_id"] == new["chat_id"]
        if was == now == "pending" and same:
            self._say("a row that waits is told to wait as before", old)
        self._attempts(old, new, was, now)
        if (check := _CHECKS.get(now)) is not None:
            check(self, old, new)

    def _attempts(self, old: Values, new: Values, was: str, now: str) -> None:
        counted = int(str(new["attempts"])) - int(str(old["attempts"]))
        allowed = {("leased", "sending"): (1,), ("sending", "pending"): (0, -1)}.get((was, now), (0,))
        if counted not in allowed or int(str(new["attempts"])) < 0:
            self._say(f"{was} -> {now} counts {counted} attempts", old)

    def _leased(self, old: Values, new: Values) -> None:
        if not new["token"] or new["token"] == old["token"]:
            self._say("a lease has no token of its own", old)
        if self.steady and moment(old["not_before"]) > moment(new["updated_at"]):
            self._say(f"leased before its time, {old['not_before']}", old)
        self._lasts(new)

    def _sending(self, old: Values, new: Values) -> None:
        if new["token"] != old["token"]:
            self._say("another holder sends it than leased it", old)
        if new["decision"] == "send":
            self.let_go.add(int(str(new["id"])))
        self._lasts(new)

    def _lasts(self, row: Values) -> None:
        if abs((moment(row["lease_until"]) - moment(row["updated_at"])).total_seconds() - LEASE) > 0.01:
            self._say(f"a lease from {row['updated_at']} until {row['lease_until']}", row)

    def _sent(self, old: Values, new: Values) -> None:
        if new["reason"]:
            self._say(f"sent, for {new['reason']!r}", old)
        if old["state"] == "sending" and not new["message_id"]:
            self._say("sent without the messenger's number", old)

    def _pending(self, old: Values, new: Values) -> None:
        if old["state"] != "pending" and new["token"]:
            self._say("a row that waits is still somebody's", old)
        if old["state"] == "held" and new["reason"]:
            self._say(f"let go, and still waiting for {new['reason']!r}", old)

    def _held(self, old: Values, new: Values) -> None:
        if not new["reason"]:
            self._say("held for no reason", old)
        if new["reason"] == "window" and old["reason"] != "window":
            self.windowed[int(str(new["id"]))] = self.now()

    def _unclear(self, old: Values, new: Values) -> None:
        if old["state"] in ("pending", "held", "leased") and old["decision"] != "again":
            self._say("unclear, and no call of it was", old)
        if not new["reason"] or (old["state"] == "sending" and (new["token"] or new["decision"])):
            self._say(f"unclear for {new['reason']!r}, decided {new['decision']!r}", old)
        told = old["gone"] and [name for name in OUTBOX if old[name] != new[name]] == ["gone"]
        if old["state"] == "uncertain" and not told and (old["decision"] or not new["decision"]):
            self._say(f"decided {old['decision']!r}, and then {new['decision']!r}", old)

    def _over(self, old: Values, new: Values) -> None:
        if new["state"] == "cancelled" and not new["reason"]:
            self._say("cancelled for no reason", old)
        due = old["expires_at"] is not None and moment(old["expires_at"]) <= moment(new["updated_at"])
        if new["state"] == "expired" and not due:
            self._say(f"expired at {new['updated_at']}, before {old['expires_at']}", old)

    # Sessions and the inbox

    def _session_changed(self, old: Values, new: Values) -> None:
        if old["chat_id"] != new["chat_id"]:  # its group has another id from now on
            if new["done_seq"] != 0 or any(old[name] != new[name] for name in ("version", "out_seq", "state")):
                self._say("a session did not move as a whole", old)
            return
        saved = any(old[name] != new[name] for name in ("done_seq", "out_seq", "state"))
        if saved and int(str(new["version"])) != int(str(old["version"])) + 1:
            self._say(f"a session went from version {old['version']} to {new['version']}", old)
        for name in ("done_seq", "out_seq", "sent_seq", "version"):
            if int(str(new[name])) < int(str(old[name])):
                self._say(f"{name} went back from {old[name]} to {new[name]}", old)
        if int(str(new["sent_seq"])) > int(str(new["out_seq"])):
            self._say(f"replies up to {new['sent_seq']} of {new['out_seq']} were sent", old)

    def _event_changed(self, old: Values, new: Values) -> None:
        same = ("seq", "platform", "event_id", "noted_at")
        if any(old[name] != new[name] for name in same):
            self._say("an event that was noted became another", old)
        if old["body is null"] and not new["body is null"]:
            self._say("the words of a handled event came back", old)
        # An attempt that ended before its event, and no process with it, is taken back.
        if int(str(new["attempts"])) - int(str(old["attempts"])) not in (-1, 0, 1) or int(str(new["attempts"])) < 0:
            self._say(f"an event was begun {old['attempts']} times, and then {new['attempts']}", old)


_CHECKS: Mapping[str, Callable[[Ledger, Values, Values], None]] = {
    "leased": Ledger._leased,
    "sending": Ledger._sending,
    "sent": Ledger._sent,
    "pending": Ledger._pending,
    "held": Ledger._held,
    "uncertain": Ledger._unclear,
    "cancelled": Ledger._over,
    "expired": Ledger._over,
}


def _words_moved(old: Values, new: Values) -> bool:
    """Tell whether the row's words went to a place of their own, and nothing else of it changed."""
    if [name for name in OUTBOX if old[name] != new[name]] != ["message"]:
        return False
    kept = {name: value for name, value in json.loads(str(old["message"])).items() if name != "t"}
    return bool(json.loads(str(new["message"])) == kept)


def _call(connection: sqlite3.Connection, name: str, count: int, what: Callable[..., None]) -> None:
    connection.create_function(name, count, what)


def _paired(columns: Sequence[str], what: Callable[[Values, Values], None]) -> Callable[..., None]:
    half = len(columns)

    def called(*values: object) -> None:
        what(dict(zip(columns, values[:half], strict=True)), dict(zip(columns, values[half:], strict=True)))

    return called


def _single(columns: Sequence[str], what: Callable[[Values], None]) -> Callable[..., None]:
    def called(*values: object) -> None:
        what(dict(zip(columns, values, strict=True)))

    return called
