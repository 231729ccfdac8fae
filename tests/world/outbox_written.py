"""What must stand in the outbox after something was put into it: which rows, held for which reason, with which numbers.

It is told from what was asked, from the plain outbox before it and from the town, not from the outbox's own code.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.core.events import Chat, ChatKind, UnreadableEvent
from bot.core.messages import Message, answers_of, button_to_json
from bot.core.sessions import Key, Session, session_from_json

from .little_place import Minutes, place_of
from .outbox_plain import PlainOutbox, Row, text_of

if TYPE_CHECKING:
    from .world import World

LAST_NUMBER = 30


@dataclass
class Asked:
    """What somebody asked the outbox to say."""

    chat: Chat
    messages: Sequence[Message]
    key: str
    now: datetime
    klass: str = "notice"
    not_before: datetime | None = None
    expires_at: datetime | None = None
    announcement: int = 0
    answering: bool = False
    low: bool = False
    locale: str = "vi"
    replacing: Sequence[str] = ()
    silent: bool = False
    """An edit that rings no phone."""


def session_in(key: Key, kind: ChatKind, state: str) -> Session:
    """Return the session of these bytes; a new one where there are none, or none that can be read."""
    try:
        session = session_from_json(key, 0, 0, 0, 0, state)
    except UnreadableEvent:
        return Session(key, kind)
    session.kind = kind
    return session


class Written:
    """Says what is wrong with `rows`, the new ones after it."""

    def __init__(self, world: World, plain: PlainOutbox, asked: Asked) -> None:
        self._world = world
        self._plain = plain
        self._asked = asked
        self._vendor = world.vendors[asked.chat.platform]
        self._session = self._session_before()

    def _session_before(self) -> Session:
        chat = self._asked.chat
        key = Key(chat.platform, chat.id)
        found = self._world.disk.ask("select state from sessions where platform = ? and chat_id = ?", (*key,))
        return session_in(key, chat.kind, str(found[0][0]) if found else "")

    @property
    def gathers(self) -> bool:
        counted = self._vendor.limit is not None and self._asked.chat.kind in self._vendor.counted
        return self._asked.low and len(self._asked.messages) == 1 and counted

    def waits_for(self) -> tuple[str, datetime]:
        """Return for what the rows wait ("": for nothing), and until when."""
        asked, caps = self._asked, self._vendor.kinds[self._asked.chat.kind]
        start = max(asked.now, asked.not_before or asked.now)
        since = asked.now - timedelta(hours=caps.window_hours)
        shut = caps.push == "window" and not self._plain.window_is_open(asked.chat, since)
        if caps.push == "never" or shut:
            return "window", start
        if asked.announcement and self._plain.has_others(asked.announcement, asked.key):
            return "canary", start
        any_hour = asked.answering or asked.klass == "urgent" or asked.silent
        until = None if any_hour or start > asked.now else place_of(self._world.plan.seed).quiet.until(start)
        return ("", start) if until is None else ("quiet hours", until)

    async def wrong(self, rows: Sequence[Row]) -> list[str]:
        asked = self._asked
        common: Row = {
            "klass": asked.klass, "announcement": asked.announcement, "package": asked.key,
            "platform": asked.chat.platform, "chat_id": asked.chat.id, "chat_kind": asked.chat.kind,
            "locale": asked.locale,
            "decision": "", "resend_of": 0, "attempts": 0, "gone": 0, "token": "", "created_at": text_of(asked.now),
            "updated_at": text_of(asked.now),
            "expires_at": None if asked.expires_at is None else text_of(asked.expires_at),
        }  # fmt: skip
        if self.gathers:
            at = await Minutes().next_for(asked.chat, asked.now)
            common |= {"part": 0, "key": f"{asked.key}/1", "state": "held", "reason": "digest", "any_hour": 0,
                       "not_before": text_of(at), "choices": "", "replacing": ""}  # fmt: skip
            return [] if len(rows) == 1 and not _other(common, rows[0]) else [f"{[*map(dict, rows)]} are not {common}"]
        reason, at = self.waits_for()
        common |= {"reason": reason, "state": "held" if reason else "pending", "not_before": text_of(at),
                   "any_hour": int(asked.answering or asked.klass == "urgent" or asked.silent)}  # fmt: skip
        found = []
        for part, row in enumerate(rows, start=1):
            replacing = asked.replacing[part - 1] if part <= len(asked.replacing) else ""
            own = {**common, "part": part, "key": f"{asked.key}/{part}", "replacing": replacing}
            if other := _other(own, row):
                found.append(f"{row['key']} is, and should be: {other}")
        return found + (self._numbers_wrong(rows) if len(asked.messages) == 1 else [])

    def _numbers_wrong(self, rows: Sequence[Row]) -> list[str]:
        (message,) = self._asked.messages
        pairs = [button_to_json(button) for button in message.buttons]
        count, private = len(answers_of(message.buttons)), self._asked.chat.kind == "private"
        if any(row["choices"] for row in rows[:-1]) or not (pairs or not rows[-1]["choices"]):
            return [f"{self._asked.key} has choices in other parts than its last"]
        if not pairs or not (private or rows[-1]["choices"]):
            return []
        stored, first, numbered, expects = json.loads(str(rows[-1]["choices"]) or "[0, 0, 0, 0]")
        if (stored, expects) != (pairs, message.expects) or bool(numbered) != (self._vendor.name == "plain"):
            return [f"{self._asked.key} has the choices {rows[-1]['choices']}"]
        wanted = self._free(count, self.taken() if numbered else ())
        said = json.dumps(self._world.lockstep._stored(rows[-1]), ensure_ascii=False)
        lines = [f"{wanted + at}. {button.label}" for at, button in enumerate(answers_of(message.buttons))]
        if first != wanted or (numbered and not all(line in said for line in lines)):
            return [f"{self._asked.key} begins with {first} instead of {wanted}: {said}"]
        return []

    def taken(self) -> list[range]:
        """Return the numbers that notices have in the chat, and those on their way there."""
        private = self._asked.chat.kind == "private"
        taken = [one.numbers for one in self._session.lists if one.is_notice] if private else []
        return taken + self._plain.waiting_in(self._asked.chat)

    def _free(self, count: int, taken: Sequence[range]) -> int:
        """Return the number where a list begins, the lowest from where the chat's lists begin, then behind one each."""
        begin = 1 if self._asked.chat.kind == "private" else self._session.next_number
        for first in (begin, *(one.stop for one in taken), 1):
            own = {*range(first, first + count)}
            if not any(own & {*one} for one in taken) and max(own) <= LAST_NUMBER:
                return first
        return 1


class WrittenEach:
    """The same for several packages: they must stand there as if put in one after the other."""

    def __init__(self, world: World, plain: PlainOutbox, asked: Sequence[Asked]) -> None:
        self._plain = plain
        self._each = [(one, Written(world, plain, one)) for one in asked]

    async def wrong(self, rows: Sequence[Row], answer: object) -> list[str]:
        found: list[str] = []
        left, new = list(rows), 0
        for one, books in self._each:
            if any(row["key"] == f"{one.key}/1" for row in self._plain.rows.values()):
                continue
            own = [row for row in left if row["package"] == one.key]
            if not own or left[: len(own)] != own:
                found.append(f"{one.key} has {len(own)} rows behind {[row['key'] for row in left[:1]]}")
            left = [row for row in left if row["package"] != one.key]
            found += await books.wrong(own) if own else []
            self._plain.takes(own)
            new += 1
        if left or answer != new:
            found.append(f"{answer} packages instead of {new}, and besides {[row['key'] for row in left]}")
        return found


def _other(wanted: Row, row: Row) -> dict[str, object]:
    return {name: (row[name], value) for name, value in wanted.items() if row[name] != value}
