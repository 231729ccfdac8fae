"""Each commit of a conversation, held against a reading of its bytes that asks nothing of the product.

SQLite calls this at the moment of the change, as it does the ledger: an event is handled after all that came before it
in its chat, its answer is committed with it, and what is remembered stays what it was but for what the event changed.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from bot.storage.sql import moment
from tests.world.ledger import SINCE_ASKED, Values

if TYPE_CHECKING:
    from tests.world.little_people import Said
    from tests.world.world import World

COLUMNS = ("platform", "chat_id", "version", "done_seq", "out_seq", "sent_seq", "state", "updated_at")
KEYS = frozenset("klgfcnoxj")
"""Kind, language, letters, flows, choices, next number, outgoing, facts, photos handled with their album."""
LAST_NUMBER = 30
LOCALES = ("vi", "en", "fr")
MOST_ATTEMPTS = 3
LONGEST_REASON = 500
_PICKED = ("Đã chọn ", "Cảm ơn vì ")
"""Answers to a choice; whether its list was still open is another truth's."""


class Choices(NamedTuple):
    """A list of choices as it is stored."""

    buttons: tuple[tuple[object, ...], ...]
    first: int
    numbered: int
    expects: str
    owner: str
    owner_name: str
    seq: int = 0
    """An older version does not say which reply showed it."""

    @property
    def numbers(self) -> range:
        return range(self.first, self.first + sum(len(button) < 3 for button in self.buttons))

    @property
    def is_notice(self) -> bool:
        return bool(self.numbered) and not self.seq

    def overlaps(self, other: Choices) -> bool:
        return self.numbers.start < other.numbers.stop and other.numbers.start < self.numbers.stop


@dataclass(frozen=True)
class Remembered:
    """The state of a conversation as its bytes have it. `out` are the words of replies on their way, by number."""

    kind: str = "private"
    locale: str | None = None
    large: int = 0
    flows: Mapping[str, Sequence[object]] = field(default_factory=dict)
    lists: tuple[Choices, ...] = ()
    next_number: int = 1
    out: Mapping[int, str] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    asks_for_words: frozenset[int] = frozenset()
    """The replies among them that ask a question to be answered in words."""

    @classmethod
    def of(cls, state: str) -> Remembered:
        stored = json.loads(state)
        if unknown := stored.keys() - KEYS:
            raise ValueError(f"nobody knows what {sorted(unknown)} are")
        lists = tuple(Choices(tuple(map(tuple, buttons)), *rest) for buttons, *rest in stored.get("c", []))
        out = {int(seq): "".join(span[0] for span in message["t"]) for seq, message, _ in stored.get("o", [])}
        if sorted(out) != list(out) or len(out) != len(stored.get("o", [])):
            raise ValueError(f"replies on their way are numbered {list(out)}")
        return cls(
            stored["k"], stored.get("l"), stored.get("g", 0), dict(stored.get("f", {})), lists, stored.get("n", 1), out,
            dict(stored.get("x", {})),
            frozenset(seq for seq, said, _ in stored.get("o", []) if said.get("e") == "text"),
        )  # fmt: skip


@dataclass
class Conversations:
    """`marked`: when replies up to a number were marked, of each chat; `handled`, `cleared`: when each event was."""

    world: World
    found: list[str] = field(default_factory=list)
    marked: dict[tuple[str, str], list[tuple[int, float]]] = field(default_factory=lambda: defaultdict(list))
    handled: dict[int, float] = field(default_factory=dict)
    cleared: dict[int, float] = field(default_factory=dict)
    handled_in: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    unreadable: set[int] = field(default_factory=set)
    """Events whose bytes the world has spoilt."""
    forgotten: set[tuple[str, str]] = field(default_factory=set)
    """Chats that were forgotten on purpose, and begin anew."""
    _anew: dict[tuple[str, str, str], Remembered] = field(default_factory=dict)
    _said: dict[tuple[str, str], Said] = field(default_factory=dict)
    _next: dict[tuple[str, str], int] = field(default_factory=dict)
    """The next number of each group, as a process that lives remembers it where the bytes have no list."""
    found_spoilt: bool = False
    """Whether a chat whose bytes were spoilt has begun anew."""
    _claimed: dict[tuple[str, str], int] = field(default_factory=dict)
    _known: int = 0

    def watch(self, connection: sqlite3.Connection) -> None:
        event = "(select event_id from inbox where seq = new.done_seq and platform = new.platform)"
        passed = (
            "(select group_concat(event_id, ' ') from inbox where platform = new.platform and chat_id = new.chat_id"
            " and seq > {since} and seq < new.done_seq and body is not null and failed is null)"
        )
        new = ", ".join(f"new.{column}" for column in COLUMNS)
        old = ", ".join(f"old.{column}" for column in COLUMNS)
        connection.create_function("world_conversed", -1, self._conversed)
        connection.create_function("world_cleared", 8, self._cleared)
        connection.execute(
            "create temp trigger world_conversed after update on main.sessions"
            f" begin select world_conversed({event}, {passed.format(since='old.done_seq')}, {new}, {old}); end"
        )
        connection.execute(
            "create temp trigger world_conversation after insert on main.sessions"
            f" begin select world_conversed({event}, {passed.format(since='0')}, {new}); end"
        )
        connection.create_function("world_ended", 3, self._ended)
        connection.execute(
            "create temp trigger world_ended after delete on main.sessions begin"
            " select world_ended(old.platform, old.chat_id, (select group_concat(chat_id, ' ') from sessions s"
            " where s.platform = old.platform)); end"
        )
        connection.execute(
            "create temp trigger world_cleared after update on main.inbox when new.body is null and old.body is not"
            " null or new.failed is not old.failed begin select world_cleared(new.platform, new.chat_id, new.seq,"
            " new.event_id, new.attempts, new.failed, new.body is null,"
            " (select done_seq from sessions s where s.platform = new.platform"
            " and s.chat_id = new.chat_id)); end"
        )

    def _say(self, truth: str, what: str) -> None:
        if len(self.found) < 20:
            self.found.append(f"{truth}: {what}")

    # A commit

    def _conversed(self, event: str | None, passed: str | None, *columns: object) -> None:
        half = len(COLUMNS)
        new = dict(zip(COLUMNS, columns[:half], strict=True))
        old = dict(zip(COLUMNS, columns[half:], strict=True)) if len(columns) > half else None
        chat = str(new["platform"]), str(new["chat_id"])
        if old is not None and old["chat_id"] != new["chat_id"]:
            return  # the ledger sees to it that it goes as a whole
        if old is None or new["sent_seq"] != old["sent_seq"]:
            self.marked[chat].append((int(str(new["sent_seq"])), self.world.timeline.now))
        if old is not None and (old["state"], old["done_seq"], old["out_seq"]) == (
            new["state"], new["done_seq"], new["out_seq"]
        ) and new["updated_at"] == old["updated_at"]:  # fmt: skip
            return
        late = (self.world.ledger.now() - moment(new["updated_at"])).total_seconds()
        if self.world.ledger.steady and not 0.0 <= late <= SINCE_ASKED:
            self._say("remembered", f"a commit of {chat} is said to be of {new['updated_at']}")
        if old is None and new["version"] != 1:
            self._say("remembered", f"a new session of {chat} has version {new['version']}")
        for name in str(passed or "").split():
            came = self._event(chat[0], name)
            if not getattr(came, "album", "") and getattr(came, "addressed", True):
                self._say("in order", f"{event} in {chat} was handled before {name}, which came earlier")
        try:
            state = Remembered.of(str(new["state"]))
            before = Remembered() if old is None else self._before(chat, str(old["state"]))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            self._say("remembered", f"what is kept of {chat} cannot be read: {error!r}")
            return
        if self.world.older.lives:
            before = _alike(before, state)
        said = self._said_as(chat[0], str(event)) if old is None or new["done_seq"] != old["done_seq"] else None
        aside = said is not None and getattr(said.update.event, "text", "").startswith("chọn bên ")
        had = before.next_number if before.lists else self._next.get(chat, 1)
        self._next[chat] = state.next_number if state.lists else had
        found = [*_whole(chat, new, state)]
        if self.world.town.name in ("little", "core"):  # of each of its handlers it is known what they remember
            found += [*_kept(old, new, before, state), *_lists(before, state, had, aside=aside)]
        for what in found:
            self._say("remembered", f"after {event} in {chat}: {what}")
        if int(str(new["done_seq"])) > (int(str(old["done_seq"])) if old is not None else 0):
            self.handled[int(str(new["done_seq"]))] = self.world.timeline.now
            self.handled_in[chat].append(self.world.timeline.now)
            if old is None and not state.out:  # a transaction that claims a new session writes it twice
                self._claimed[chat] = int(str(new["done_seq"]))
                return
            self._answered(chat, str(event), int(str(old["out_seq"])) if old is not None else 0, before, state)
        elif self._claimed.get(chat) == new["done_seq"] and new["version"] == 2:
            self._answered(chat, str(event), 0, Remembered(), state)
        self._claimed.pop(chat, None)

    def begins_anew(self, platform: str, chat: str, locale: str | None, large: int) -> None:
        """Note that a chat's bytes have been spoilt, and what can still be read of them."""
        ((state,),) = self.world.disk.ask(
            "select state from sessions where platform = ? and chat_id = ?", (platform, chat)
        )
        self._anew[platform, chat, str(state)] = Remembered(locale=locale, large=large)

    def forgets(self, platform: str, chat: str) -> None:
        """Note that a chat is forgotten on purpose."""
        self.forgotten.add((platform, chat))

    def is_spoilt(self, platform: str, chat: str, state: str) -> bool:
        return (platform, chat, state) in self._anew

    def has_begun_anew(self, chat: str) -> bool:
        return any(one == chat for _, one, *_ in (*self._anew, *self.forgotten))

    def _before(self, chat: tuple[str, str], state: str) -> Remembered:
        if (anew := self._anew.get((*chat, state))) is None:
            return Remembered.of(state)
        self.found_spoilt = True
        return anew

    def _answered(self, chat: tuple[str, str], event: str, known: int, before: Remembered, state: Remembered) -> None:
        """The commit of an event holds its answer."""
        said = self._said_as(chat[0], event)
        if said is None or said.answer.startswith(_PICKED) or said.update.event.kind == "photo":
            return
        wanted = "Sorry" if said.fails else said.answer
        if wanted.startswith("Nhớ "):
            visits = int(before.facts.get("nth", "0")) + 1
            wanted = f"{wanted} {visits} {before.locale or LOCALES[0]} {bool(before.large)}."
        elif wanted.startswith("Hỏi ") and known:  # a notice is no reply
            last = before.lists[-1] if before.lists else None
            label = last.buttons[0][0] if last is not None and last.seq == known else "không"
            if last is None or last.seq or not self.world.older.lives:  # its process knew more than it wrote
                wanted = f"{wanted} {label}."
        words = [text for seq, text in state.out.items() if seq > known]
        if wanted and not any(wanted in text for text in words):
            self._say("answered", f"the commit of {event} in {chat} says {words} instead of {wanted!r}")

    @property
    def _is_core(self) -> bool:
        return self.world.town.name == "core"

    def _ended(self, platform: str, chat: str, others: str | None) -> None:
        """A session ends only where its chat has moved into one that has a session already."""
        if (platform, chat) in self.forgotten:
            return
        if self.world.vendors[platform].moved.get(chat) not in str(others or "").split():
            self._say("remembered", f"what is remembered of {chat} on {platform} is gone")

    # The inbox

    def _cleared(
        self, platform: str, chat: str, seq: int, event: str, attempts: int, failed: str | None, clear: int,
        done: int | None,
    ) -> None:  # fmt: skip
        if clear:
            self.cleared.setdefault(seq, self.world.timeline.now)
        if failed is None:
            moved = self.world.vendors[platform].moved
            album = getattr(self._event(platform, event), "album", "")
            addressed = getattr(self._event(platform, event), "addressed", True)
            stays = chat.startswith("c-") or (chat.startswith("g-") and not moved and addressed and self._is_core)
            if stays and chat not in moved and not album and (done is None or done < seq):
                self._say("handled once", f"{event} in {chat} counts as done, and {done} is the last that was handled")
        elif len(failed) > LONGEST_REASON:
            self._say("failed rightly", f"the reason of {event} has {len(failed)} characters")
        elif clear and failed == "cannot be read":
            self._say("handled once", f"the words of {event}, which could not be read, are gone")
        elif failed.startswith("set aside") and attempts <= MOST_ATTEMPTS:
            self._say("handled once", f"{event} was set aside, and begun {attempts - 1} times")
        elif failed == "cannot be read" and seq not in self.unreadable:
            self._say("handled once", f"{event} is said to be unreadable")

    def acknowledged(self, gone: set[int], kept: set[int]) -> None:
        """What a process is done with at the broker is handled, or another message there still leads to its chat."""
        for number in gone - kept:
            rows = self.world.disk.ask(
                "select i.platform, i.chat_id, i.event_id from inbox i left join sessions s on s.platform = i.platform"
                " and s.chat_id = i.chat_id where i.seq = ? and body is not null and failed is null"
                " and i.seq > coalesce(s.done_seq, 0) and coalesce(s.out_seq = s.sent_seq, 1)",
                (number,),
            )
            for platform, chat, event in rows:
                if not self.world.split(self.world.timeline.now) and not self._leads_to(kept, platform, chat):
                    self._say("handled once", f"the broker lost {event} in {chat}, and nobody has handled it")

    def _leads_to(self, numbers: set[int], platform: str, chat: str) -> bool:
        rows = self.world.disk.ask(
            "select seq from inbox where platform = ? and chat_id = ? union select -id from sessions where platform = ?"
            " and chat_id = ?",
            (platform, chat, platform, chat),
        )
        return any(number in numbers for (number,) in rows)

    def _event(self, platform: str, name: str) -> object:
        said = self._said_as(platform, name)
        return None if said is None else said.update.event

    def _said_as(self, platform: str, name: str) -> Said | None:
        for said in self.world.said[self._known :]:
            self._said[said.chat.platform, said.update.event.id] = said
        self._known = len(self.world.said)
        return self._said.get((platform, name))


def _alike(before: Remembered, state: Remembered) -> Remembered:
    """Return what was remembered with its lists as they are now, where only the number of their reply differs.

    The version before notes none, of all of a chat's lists or, where there are some that it did not know, of none.
    """
    now = {one._replace(seq=0): one for one in state.lists}
    return replace(before, lists=tuple(now.get(one._replace(seq=0), one) for one in before.lists))


def _whole(chat: tuple[str, str], row: Values, state: Remembered) -> Iterator[str]:
    """What must be true of any state by itself."""
    if chat[1].startswith(("c-", "g-")) and (state.kind == "group") != chat[1].startswith("g-"):
        yield f"it is a {state.kind} chat"
    last, sent = int(str(row["out_seq"])), int(str(row["sent_seq"]))
    if [*state.out] and [*state.out] != list(range(min(state.out), last + 1)):
        yield f"replies {list(state.out)} of {last} are on their way"
    if min(state.out, default=last + 1) > sent + 1:
        yield f"of the replies up to {last} {sent} were sent, and {list(state.out)} are on their way"
    if sent > last:
        yield f"of {last} replies {sent} were sent"
    numbered = [one for one in state.lists if one.numbered]
    for at, one in enumerate(numbered):
        if one.first < 1 or (one.numbers.stop - 1 > LAST_NUMBER and len(one.numbers) <= LAST_NUMBER):
            yield f"choices have the numbers {one.numbers}"
        apart = numbered[at + 1 :] if state.kind == "group" or one.is_notice else []
        if any(one.overlaps(other) for other in apart if state.kind == "group" or other.is_notice):
            yield f"choices have the numbers of others, {one.numbers}"
    if len([one for one in state.lists if not one.is_notice]) > 2 and state.kind == "private":
        yield "three questions are open"
    for one in state.lists:
        shown = state.out.get(one.seq, "")
        labels = [str(button[0]) for button in one.buttons if len(button) < 3]
        if one.numbered and shown and "\n" in shown and f"{one.first}. {labels[0]}" not in shown:
            yield f"the choices {labels} from {one.first} on are shown as {shown!r}"
    if (visits := state.facts.get("nth")) is not None:
        nth = int(visits)
        if (state.locale, state.large) != (LOCALES[nth % 3], nth % 2):
            yield f"after {nth} visits it speaks {state.locale}, in letters {state.large}"


def _kept(old: Values | None, new: Values, before: Remembered, state: Remembered) -> Iterator[str]:
    """What an event may change of what was remembered, and what stays."""
    known = int(str(old["out_seq"])) if old is not None else 0
    last = int(str(new["out_seq"]))
    if last > known and not {*range(known + 1, last + 1)} <= state.out.keys():
        yield f"replies {known + 1} to {last} were said, and {list(state.out)} are on their way"
    for seq, words in state.out.items():
        if seq <= known and before.out.get(seq) != words:
            yield f"reply {seq} was {before.out.get(seq)!r}, and is {words!r}"
    visits, had = int(state.facts.get("nth", "0")), int(before.facts.get("nth", "0"))
    if visits not in (had, had + 1) or {*before.facts} - {*state.facts}:
        yield f"{before.facts} became {state.facts}"
    if visits == had and (state.locale, state.large) != (before.locale, before.large):
        yield f"{before.locale}, {before.large} became {state.locale}, {state.large}"
    changed = {who for who in {*before.flows, *state.flows} if before.flows.get(who) != state.flows.get(who)}
    if len(changed) > 1:
        yield f"questions to {sorted(changed)} changed at once"


def _lists(before: Remembered, state: Remembered, had: int, *, aside: bool) -> Iterator[str]:
    """Which choices are open after an event, and with which numbers. `had` is the next number that is remembered."""
    opened = [one for one in state.lists if one not in before.lists]
    gone = [one for one in before.lists if one not in state.lists]
    asked = {who for who, flow in state.flows.items() if before.flows.get(who) != flow}
    if state.asks_for_words - before.out.keys() and asked:
        if [*state.lists] != (left := [one for one in before.lists if one.owner not in asked]):
            yield f"a question was asked of {asked}, and {[*state.lists]} are open instead of {left}"
        return
    if len(opened) > 1:
        yield f"{len(opened)} lists were opened at once"
    questions = [one for one in state.lists if not one.is_notice]
    if state.kind == "private" and any(not one.is_notice for one in opened):
        left = [one for one in before.lists if not one.is_notice][:1] if aside else []
        if questions != (wanted := [*left, *(one for one in opened if not one.is_notice)]):
            yield f"the questions {[one.seq for one in questions]} are open instead of {[one.seq for one in wanted]}"
    for one in gone:
        displaced = any(other.overlaps(one) for other in opened)
        if not displaced and not (opened and state.kind == "private" and not one.is_notice):
            yield f"the choices {one.numbers}, reply {one.seq}, are closed, and {len(opened)} were opened"
    for one in opened:
        if one is not state.lists[-1]:
            yield f"the choices {one.numbers} were opened, and are not the last"
        if state.kind == "private" and one.numbered and one.seq and one.first != 1:
            yield f"a question begins with {one.first}"
        if state.kind == "group":
            wanted_first = {first if first + len(one.numbers) - 1 <= LAST_NUMBER else 1 for first in {1, had}}
            if before.lists:
                wanted_first = {had if had + len(one.numbers) - 1 <= LAST_NUMBER else 1}
            if one.numbered and one.first not in wanted_first:
                yield f"choices begin with {one.first} instead of {wanted_first}"
            if state.next_number != one.numbers.stop:
                yield f"the next number after {one.numbers} is {state.next_number}"
