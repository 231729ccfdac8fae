"""The session: what the bot remembers of one chat between two events, and the store that keeps it.

One row per chat: whose answers are awaited (`flows`, by person), which choices are open (`lists`), and the replies that
were committed but perhaps not sent yet (`out`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

from .events import Event, UnreadableEvent
from .messages import (
    Button,
    Expects,
    Message,
    answers_of,
    button_from_json,
    button_to_json,
    message_from_json,
    message_to_json,
)
from .probing import Probes

SHARED = ""
"""The person of a private chat's flow, and the owner of a list that is for everybody."""
LAST_NUMBER = 30
"""Numbers of the lists open in one chat go up to here, then start again at 1."""
to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Key(NamedTuple):
    platform: str
    chat_id: str


@dataclass(frozen=True, slots=True)
class Flow:
    """A conversation that waits for a person's next words. `data` is the flow's own, strings only."""

    name: str
    step: str
    data: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OpenList:
    """Choices that may be answered by words, and by `first`, `first`+1 … when they were shown as numbers.

    `seq` is the number of the reply that showed them; 0 for a message that was no reply.
    """

    buttons: tuple[Button, ...]
    first: int
    numbered: bool
    expects: Expects
    owner: str
    owner_name: str
    seq: int = 0

    @property
    def answers(self) -> tuple[Button, ...]:
        """Return the buttons that numbers and letters mean."""
        return answers_of(self.buttons)

    @property
    def last(self) -> int:
        return self.first + len(self.answers) - 1

    @property
    def numbers(self) -> range:
        return range(self.first, self.last + 1)

    @property
    def is_notice(self) -> bool:
        """Tell whether it was sent without being asked for, with numbers of its own."""
        return self.numbered and not self.seq


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A reply that fits its chat; `seq` counts the replies of a chat, `replacing` is the platform's message id."""

    seq: int
    message: Message
    replacing: str | None = None


@dataclass(slots=True)
class Session:
    """`done_seq` is the last event handled, `sent_seq` the last reply accepted, `version` counts the commits."""

    key: Key
    kind: str = "private"
    version: int = 0
    done_seq: int = 0
    out_seq: int = 0
    sent_seq: int = 0
    locale: str | None = None
    large: bool = False
    flows: dict[str, Flow] = field(default_factory=dict)
    lists: list[OpenList] = field(default_factory=list)
    next_number: int = 1
    out: list[Outgoing] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)
    """Small things that features remember of a chat, by name."""
    joined: tuple[int, ...] = ()
    """Events behind `done_seq` that its next commit marks as handled; no part of what is stored."""

    def open_list(self, new: OpenList, *, aside: bool = False) -> None:
        """Open a list of choices.

        In a group lists live until their numbers are used again, in a private chat only those of notices do: of the
        questions there only the last stays. `aside`: the labels of the one before stay answers to it.
        """
        others = [old for old in self.lists if old.last < new.first or old.first > new.last]
        if self.kind == "private" and not new.is_notice:
            before = [old for old in self.lists if not old.is_notice][:1] if aside else []
            others = [*before, *(old for old in others if old.is_notice)]
        self.lists = [*others, new]
        if self.kind != "private":
            self.next_number = new.last + 1

    @property
    def asks(self) -> OpenList | None:
        """Return the choices under the last reply, None if anything was said since."""
        last = self.lists[-1] if self.lists else None
        return last if last is not None and last.seq == self.out_seq else None

    def close_lists(self, owner: str) -> None:
        """Close every list that this person was asked."""
        self.lists = [item for item in self.lists if item.owner != owner]

    def number_for(self, count: int, taken: Sequence[range] = ()) -> int:
        """Return the first number of a list of `count` choices, if possible one whose list overlaps none of `taken`."""
        begin = 1 if self.kind == "private" else self.next_number
        for first in (begin, *(numbers.stop for numbers in taken), 1):
            apart = all(first + count <= numbers.start or numbers.stop <= first for numbers in taken)
            if apart and first + count - 1 <= LAST_NUMBER:
                return first
        return 1

    def copy(self) -> Session:
        """Copy the session for a handler to change: if it fails, the original still stands. The items are immutable."""
        return Session(
            self.key,
            self.kind,
            self.version,
            self.done_seq,
            self.out_seq,
            self.sent_seq,
            self.locale,
            self.large,
            dict(self.flows),
            list(self.lists),
            self.next_number,
            list(self.out),
            dict(self.facts),
        )

    def sent(self, seq: int) -> None:
        self.sent_seq = max(self.sent_seq, seq)
        self.out = [reply for reply in self.out if reply.seq > self.sent_seq]


def session_to_json(session: Session) -> str:
    """Return the state column: everything but the numbers that have columns of their own."""
    return to_json(session_state(session))


def session_state(session: Session) -> dict[str, object]:
    """Return what the state column holds, before it becomes JSON."""
    state: dict[str, object] = {"k": session.kind}
    if session.locale is not None:
        state["l"] = session.locale
    if session.large:
        state["g"] = 1
    if session.flows:
        state["f"] = {person: [flow.name, flow.step, flow.data] for person, flow in session.flows.items()}
    if session.lists:
        state["c"] = [_list_to_json(item) for item in session.lists]
        state["n"] = session.next_number
    if session.out:
        state["o"] = [[reply.seq, message_to_json(reply.message), reply.replacing] for reply in session.out]
    if session.facts:
        state["x"] = session.facts
    return state


def session_from_json(
    key: Key,
    version: int,
    done_seq: int,
    out_seq: int,
    sent_seq: int,
    state: str,
    decode: Callable[[str], object] = json.loads,
) -> Session:
    """Return the session that `session_to_json` stored; raise UnreadableEvent for anything else.

    `decode` reads JSON and raises ValueError, as `json.loads` does.
    """
    try:
        return _session(key, version, done_seq, out_seq, sent_seq, decode(state))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnreadableEvent("not a stored session") from error


def chosen_in(state: str) -> tuple[str | None, bool]:
    """Return the language and whether letters are large, of a stored session whose other parts cannot be read."""
    try:
        stored = json.loads(state)
    except ValueError:
        return None, False
    if not isinstance(stored, dict):
        return None, False
    locale = stored.get("l")
    return (locale if isinstance(locale, str) else None), stored.get("g") == 1


def _session(key: Key, version: int, done_seq: int, out_seq: int, sent_seq: int, stored: object) -> Session:
    if not isinstance(stored, dict):
        raise TypeError("not a stored session")
    return Session(
        key=key,
        kind=stored["k"],
        version=version,
        done_seq=done_seq,
        out_seq=out_seq,
        sent_seq=sent_seq,
        locale=stored.get("l"),
        large=bool(stored.get("g")),
        flows={person: Flow(*flow) for person, flow in stored.get("f", {}).items()},
        lists=[_list_from_json(item) for item in stored.get("c", [])],
        next_number=stored.get("n", 1),
        out=[Outgoing(n, message_from_json(m), r) for n, m, r in stored.get("o", []) if n > sent_seq],
        facts=stored.get("x", {}),
    )


def _list_to_json(item: OpenList) -> list[object]:
    buttons = [button_to_json(button) for button in item.buttons]
    return [buttons, item.first, int(item.numbered), item.expects, item.owner, item.owner_name, item.seq]


def _list_from_json(stored: tuple[list[list[object]], int, int, Expects, str, str, *tuple[int, ...]]) -> OpenList:
    # An older session says nothing of the reply.
    buttons, first, numbered, expects, owner, owner_name, *seq = stored
    return OpenList(tuple(map(button_from_json, buttons)), first, bool(numbered), expects, owner, owner_name, *seq)


class StoreUnavailable(Exception):
    """The database cannot write now (disk full, locked, gone): nothing was stored, try again later."""


class StoreTooSlow(StoreUnavailable):
    """An event was stopped for its time was up, and it was waiting for the database then."""


class VersionConflict(Exception):
    """Another process committed to this session first: read it again and handle the event anew."""


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """An event in the inbox with its number, the session as it was then, and how often handling it has begun.

    `again`: a process may have died of it, so the next attempt is counted. `joined`: events after it that are part of
    it, as photos of its album.
    """

    seq: int
    event: Event
    session: Session
    attempts: int = 0
    again: bool = False
    joined: tuple[int, ...] = ()


class Store(Probes, Protocol):
    """The database as the engine needs it. Every method may raise StoreUnavailable."""

    def reading(self) -> AbstractContextManager[None]:
        """Begin to handle one event: what it asks twice may be answered as before, until it writes something.

        Whatever inside meets a database that is away raises StoreUnavailable; StoreTooSlow when its time was up while
        it waited for an answer.
        """
        ...

    async def record(self, events: Sequence[Event]) -> list[RecordedEvent]:
        """Write events in one statement and one commit; returns the new ones in order, repeats left out."""
        ...

    async def load(self, key: Key, kind: str) -> Session: ...

    async def save(self, session: Session, stored: Sequence[str] = (), moves_to: Key | None = None) -> None:
        """Commit `session` (its version goes up by one), with `joined`, and the long actions `stored`.

        Raises VersionConflict.

        `moves_to`: its chat continues under this key, and `session` with it, in the same commit. If that chat has a
        session already, this one ends, with its unsent replies.
        """
        ...

    def changes(self, session: Session) -> AbstractAsyncContextManager[None]:
        """Open a transaction that first claims the session's version; raise VersionConflict. `save` belongs inside."""
        ...

    async def save_failed(self, session: Session, seq: int, error: str) -> None:
        """Commit `session` and mark event `seq` as failed, in one commit."""
        ...

    async def begin_attempt(self, seq: int, known: int | None = None) -> int:
        """Count one more attempt of an unfinished event, in its own commit; returns the new count.

        `known`: nobody heard whether an earlier call has counted it; it has if there are more attempts than these.
        """
        ...

    async def take_back_attempts(self, seqs: Sequence[int]) -> None:
        """Count one attempt less of each of these events: it ended before the event did, and no process died of it."""
        ...

    async def clear_handled(self, seqs: Sequence[int] | None = None) -> None:
        """Clear the bodies of handled events whose marks were lost, as with an earlier process; of these, or of all.

        They would never be deleted, and be taken for unhandled when their chat's session is.
        """
        ...

    async def unfinished(self) -> list[RecordedEvent]:
        """Return the events that were noted and not handled, oldest first."""
        ...

    async def left(self, key: Key) -> list[RecordedEvent]:
        """Return the unfinished events of one chat, oldest first."""
        ...

    async def unsent(self) -> list[Session]:
        """Return the sessions with replies that were committed and not marked as sent."""
        ...

    async def mark(self, sent: Sequence[tuple[Key, int]], done: Sequence[int]) -> None:
        """Record accepted replies and clear the bodies of handled events, in one commit."""
        ...

    async def action(self, token: str) -> str | None:
        """Return the packed action behind a token."""
        ...

    async def pause(self, platform: str, chat_id: str, until: datetime) -> None:
        """Remember that a platform asked us to wait; `chat_id` "" is the whole token."""
        ...

    async def pauses(self) -> list[tuple[str, str, datetime]]: ...
