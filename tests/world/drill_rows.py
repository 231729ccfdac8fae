"""A table of the outbox drawn at random: few chats, packages and times, so that much meets."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import timedelta
from random import Random

from bot.core.messages import Button
from bot.core.sessions import Key, OpenList, Session, session_to_json
from bot.features.outbox.bodies import part as parted

from .outbox_plain import SAID_AGAIN, Row, text_of
from .timeline import BEGAN

PLATFORMS = ("rich", "plain")
CHATS = ("c-0", "c-1", "g-0")
PACKAGES = ("p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7")
AGO = (0.0, 0.0, 0.0, 5.0, 10.0, 59.0, 60.0, 60.0, 61.0, 120.0)
AHEAD = (5.0, 10.0, 60.0, 120.0)
STATES = ("pending", "held", "leased", "sending", "sent", "failed", "cancelled", "expired", "uncertain")
REASONS: Mapping[str, Sequence[str]] = {
    "pending": ("", "", "", "window", "moved", "no way"),
    "held": ("quiet hours", "decision", "canary", "canary", "poison", "breaker", "token", "quota", "quota", "window",
             "restored", "off"),
    "leased": ("", "window"),
    "sending": ("",),
    "sent": ("",),
    "failed": ("refused",),
    "cancelled": ("part 1", "by hand", "elsewhere"),
    "expired": ("",),
    "uncertain": ("the sender stopped", "the line broke"),
}  # fmt: skip
DECISIONS: Mapping[str, Sequence[str]] = {
    "pending": ("", "", "again", "send"),
    "held": ("", "", "again"),
    "leased": ("", "again", "send"),
    "sending": ("", "again"),
    "sent": ("", "received"),
    "uncertain": ("", "", "", "resend", "drop"),
}
MOODS: Sequence[Mapping[str, int]] = (
    {},
    {"sent": 8, "pending": 6, "failed": 4},
    {"failed": 12, "pending": 4, "held": 4, "sent": 2},
    {"held": 12, "pending": 3, "sent": 2},
    {"uncertain": 10, "held": 5, "pending": 5, "sent": 3},
    {"failed": 12, "sending": 8, "pending": 3, "sent": 3},
    {"failed": 12, "sending": 8, "pending": 3, "sent": 3},
    {"leased": 8, "sending": 8, "pending": 6},
    {"pending": 16, "leased": 2},
)
"""What most rows of a table are."""
STOPS = ("poison", "breaker", "token", "off", "outage")


class Drawn:
    """`rows` are of the table, the others stand beside it."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self.now = BEGAN + timedelta(seconds=chance.randrange(0, 3600))
        self.rows: list[Row] = []
        self._mood = chance.choice(MOODS)
        self._held_for = chance.choice(REASONS["held"])
        self._announcements = chance.choice(((0, 1, 1, 1, 2), (0, 1, 1, 1, 2), (1,), (1, 1, 1, 1, 2)))
        self._bodies: dict[str, tuple[int, str]] = {}
        for package in PACKAGES:
            self._package(package)
        for _ in range(chance.randrange(4)):
            self._gathered()
        chance.shuffle(self.rows)

    def _pick(self, *choices: object) -> object:
        return self._chance.choice(choices)

    def _ago(self) -> str:
        return text_of(self.now - timedelta(seconds=self._chance.choice(AGO)))

    def _time(self) -> str:
        if self._chance.random() < 0.7:
            return self._ago()
        return text_of(self.now + timedelta(seconds=self._chance.choice(AHEAD)))

    def _state(self) -> str:
        weights = [1 + self._mood.get(state, 0) for state in STATES]
        return self._chance.choices(STATES, weights)[0]

    def _package(self, package: str) -> None:
        chance = self._chance
        announcement = chance.choice(self._announcements)
        platform, chat = chance.choice(PLATFORMS), chance.choice(CHATS)
        klass = chance.choice(("routine", "routine", "urgent") if announcement else ("notice", "request", "urgent"))
        undecided = False
        for part in range(1, chance.choice((1, 1, 2, 3)) + 1):
            row = self._row(klass, announcement, package, part, platform, chat)
            if undecided and row["state"] in ("pending", "held") and chance.random() < 0.5:
                row |= {"state": "held", "reason": "decision"}
            undecided |= row["state"] == "uncertain" and klass not in SAID_AGAIN
            self.rows.append(row)
            if row["state"] in ("uncertain", "failed") and row["decision"] in ("", "resend") and chance.random() < 0.5:
                if row["state"] == "uncertain":
                    row["decision"] = "resend"
                again = self._row(klass, announcement, package, part, platform, chat)
                again["resend_of"] = row
                self.rows.append(again)

    def _row(self, klass: str, announcement: int, package: str, part: int, platform: str, chat: str) -> Row:
        chance, state = self._chance, self._state()
        sent = state == "sent" or (state == "uncertain" and chance.random() < 0.1)
        reason = str(self._pick(*REASONS[state]))
        if state == "held" and chance.random() < 0.5:
            reason = self._held_for
        created = self._ago()
        choices, listed = self._choices() if chance.random() < 0.25 else ("", "")
        words = f"{announcement or package} {part}{listed}"
        taken = state in ("leased", "sending")
        return {
            "klass": klass, "announcement": announcement, "package": package, "part": part, "platform": platform,
            "chat_id": chat, "chat_kind": "group" if chat.startswith("g") else "private",
            "locale": chance.choice(("vi", "vi", "en")), "words": words,
            "choices": choices,
            "any_hour": int(klass == "urgent" or chance.random() < 0.3), "state": state, "reason": reason,
            "decision": str(self._pick(*DECISIONS.get(state, ("",)))), "resend_of": 0,
            "replacing": "m3" if chance.random() < 0.15 else "",
            "not_before": self._time(), "expires_at": self._time() if chance.random() < 0.3 else None,
            "token": f"t{chance.randrange(3)}" if taken else "", "lease_until": self._time() if taken else None,
            "attempts": chance.randrange(1, 4) if state == "sending" else chance.randrange(3),
            "message_id": chance.choice(("m1", "m2", "m3")) if sent else "",
            "gone": int(state == "failed" and chance.random() < 0.4), "created_at": created,
            "updated_at": max(created, self._ago()),
        }  # fmt: skip

    def _choices(self) -> tuple[str, str]:
        """Return choices as they are stored, and how they stand in the words."""
        chance = self._chance
        first, numbered = chance.choice((1, 2, 3, 8, 9, 28)), chance.choice((0, 1, 1, 1))
        some: list[list[object]] = [["Một", "a"], ["Hai", "b"], ["Về", "c", 1]]
        pairs = some[: chance.choice((1, 2, 3))]
        lines = [f"\n{first + at}. {pair[0]}" for at, pair in enumerate(pairs) if len(pair) == 2]
        stored = json.dumps([pairs, first, numbered, chance.choice(("choice", "text"))], ensure_ascii=False)
        again = lines[:1] * (chance.random() < 0.2)  # somebody's own words look like a choice
        return stored, "".join([*lines, *again]) * numbered

    def _gathered(self) -> None:
        """What waits for the digest or for its minute, held, or taken into it."""
        chance = self._chance
        row = self._row("notice", 0, f"news:{chance.choice('ab')}:{len(self.rows)}", 0, *self._to())
        row["state"], row["reason"] = chance.choice(
            (("held", "digest"), ("held", "digest"), ("held", "together"), ("held", "together"), ("held", "restored"),
             ("cancelled", "in the digest"), ("pending", ""), ("sent", ""))
        )  # fmt: skip
        row |= {"decision": "", "choices": "", "token": "", "lease_until": None, "gone": 0, "expires_at": None}
        if row["state"] in ("pending", "sent"):
            row["part"] = 1
        self.rows.append(row)

    def _to(self) -> tuple[str, str]:
        return self._chance.choice(PLATFORMS), self._chance.choice(CHATS)

    # Into the database

    def put_into(self, connection: sqlite3.Connection) -> None:
        for number, row in enumerate(self.rows, start=1):
            row["id"] = number
        for row in self.rows:
            self._put(connection, row)
        self._beside(connection)

    def _put(self, connection: sqlite3.Connection, row: Row) -> None:
        first = row["resend_of"]
        of = first["id"] if isinstance(first, dict) else 0
        key = f"{row['package']}/{row['part'] or 1}" + (f"/{of}" if of else "")
        stored = {"t": [[str(row.pop("words")), "plain", None]]}
        body = 0
        message = json.dumps(stored, ensure_ascii=False, separators=(",", ":"))
        if row["announcement"]:
            own = parted(stored)
            message = own.own
            if own.digest not in self._bodies:
                self._bodies[own.digest] = len(self._bodies) + 1, own.words
                connection.execute("insert into outbox_bodies values (?, ?, ?)", (*self._bodies_row(own.digest),))
            body = self._bodies[own.digest][0]
        row |= {"resend_of": of, "key": key, "message": message, "body_id": body}
        marks = ", ".join("?" * len(row))
        connection.execute(f"insert into outbox ({', '.join(row)}) values ({marks})", [*row.values()])

    def _bodies_row(self, digest: str) -> tuple[object, ...]:
        number, words = self._bodies[digest]
        return number, digest, words

    def _beside(self, connection: sqlite3.Connection) -> None:
        chance = self._chance
        for platform in PLATFORMS:
            for chat in ("", *CHATS):
                if chance.random() < 0.2:
                    connection.execute(
                        "insert into pauses (platform, chat_id, until) values (?, ?, ?)", (platform, chat, self._time())
                    )
                if chat and chance.random() < 0.6:
                    connection.execute(
                        "insert into inbox (platform, event_id, chat_id, noted_at, attempts) values (?, ?, ?, ?, 0)",
                        (platform, f"e-{chat}", chat, self._ago()),
                    )
                if chat and chance.random() < 0.6:
                    self._session(connection, platform, chat)
        for _ in range(chance.randrange(4)):
            reason = chance.choice(STOPS)
            own = reason in ("poison", "breaker")
            connection.execute(
                "insert into outbox_stops (announcement, platform, reason, detail, held, told, stopped_at, resumed_at)"
                " values (?, ?, ?, 'so', 1, ?, ?, ?)",
                (chance.choice((1, 2)) if own else 0, "" if own and chance.random() < 0.5 else chance.choice(PLATFORMS),
                 reason, chance.randrange(2), self._ago(), self._ago() if chance.random() < 0.4 else None),
            )  # fmt: skip
        for at in range(chance.randrange(3)):
            connection.execute(
                "insert or ignore into detours (package, instead_of, made_at) values (?, ?, ?)",
                (chance.choice(PACKAGES), PACKAGES[at], text_of(self.now)),
            )

    def _session(self, connection: sqlite3.Connection, platform: str, chat: str) -> None:
        """Put the session of a chat there, with lists that are open, or bytes that cannot be read."""
        chance = self._chance
        session = Session(Key(platform, chat), "group" if chat.startswith("g") else "private")
        session.next_number = chance.choice((1, 1, 3, 7, 28, 30))
        session.lists += [a_list(chance, chance.choice((0, 0, 4, 5))) for _ in range(chance.randrange(4))]
        if chance.random() < 0.1:  # all its numbers are in use
            full = tuple(Button(f"Số {at}", "x") for at in range(1, 31))
            session.lists = [OpenList(full, 1, numbered=True, expects="choice", owner="*", owner_name="", seq=0)]
        state = session_to_json(session) if chance.random() < 0.9 else "{"
        connection.execute(
            "insert into sessions (platform, chat_id, version, done_seq, out_seq, sent_seq, state, updated_at)"
            " values (?, ?, 3, 7, 5, 4, ?, ?)",
            (platform, chat, state, text_of(self.now)),
        )


def a_list(chance: Random, seq: int) -> OpenList:
    """Return choices that are open in a chat."""
    first, count = chance.choice((1, 1, 2, 3, 4, 9, 27, 29)), chance.choice((1, 2, 3))
    buttons = tuple(Button(f"Nút {first + at}", "x") for at in range(count))
    return OpenList(buttons, first, chance.random() < 0.8, "choice", "*", "", seq)
