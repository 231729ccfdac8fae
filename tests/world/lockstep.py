"""The real outbox and a plain one (`outbox_plain.py`) do the same, call by call; what differs is a violation.

A call is held against the plain one when no other changed the rows meanwhile, in any process: then what was there
before it is known, and all that has changed is its own.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial, wraps
from typing import TYPE_CHECKING
from unittest.mock import patch

from bot.core.events import Chat
from bot.core.lean.values import replace
from bot.core.messages import Message, message_to_json
from bot.features.outbox import detours
from bot.features.outbox.box import Outbox, Parcel
from bot.features.outbox.row import Delivered, FrozenRows, Leased, RowStop
from bot.features.outbox.rows import Rows
from bot.storage.core_tables.outbox import OutboxRow

from .lockstep_calls import CallsInStep, looks
from .outbox_plain import ANY, MARK, PlainOutbox, Row
from .outbox_written import Asked, Written, WrittenEach

if TYPE_CHECKING:
    from .world import World

CHANGING = (
    "lease", "intend", "record", "late", "rest_chat", "recover", "expire", "keep_quiet", "end_quiet", "quiet_changed",
    "keep_windows", "keep_quota", "told_gone", "advance", "hold_platform", "switched_off", "switched_on",
    "outage_over", "tell_of", "try_token_again", "take_gathered", "take_together", "cancel", "decide", "decide_all",
    "arrived", "vouched", "resume", "retry", "insert", "insert_each",
)  # fmt: skip
READING = (
    "on_their_way", "last_counted", "gone", "next_time", "window_is_open", "news", "digests_due", "together", "begun",
    "is_whole", "has_others", "counts", "waiting", "planned", "running", "numbers_waiting",
    "due", "restless", "shut_out", "present",
)  # fmt: skip
WITH_STOPS = frozenset({
    "record", "late", "switched_off", "switched_on", "outage_over", "tell_of", "try_token_again", "resume", "gone",
    "news", "due", "restless",
})  # fmt: skip
ANY_ORDER = frozenset({"gone"})
_PAUSES = "select platform, chat_id, until from pauses"
_STOPS = "select * from outbox_stops order by id"
_BOTH = (
    "select announcement, platform, reason, resumed_at, told from outbox_stops"
    " union all select 0, platform, chat_id, until, 0 from pauses"
)
BESIDE = {
    **dict.fromkeys(("lease", "next_time", "advance", "resume"), _PAUSES),
    **dict.fromkeys(("gone", "news"), _STOPS),
    **dict.fromkeys(("due", "restless"), _BOTH),
    **dict.fromkeys(("keep_windows", "window_is_open", "shut_out"), "select max(seq) from inbox"),
}  # fmt: skip
"""What else a call looks at; where that changed meanwhile, nobody knows which of both it has seen."""
WAKES = ("resume", "retry", "decide", "decide_all", "quiet_changed", "arrived", "vouched")
TOLD_ON = (*WAKES, "cancel")
_inside: ContextVar[bool] = ContextVar("inside", default=False)
_answers: ContextVar[list[object] | None] = ContextVar("answers", default=None)
Method = Callable[..., Awaitable[object]]


@dataclass(eq=False)
class _Visit:
    loop: asyncio.AbstractEventLoop
    version: int
    alone: bool = True


@dataclass
class Edit:
    """Whether what was sent can be changed, and the numbers of its parts."""

    may: bool
    old: list[str]


class Lockstep:
    """`found` are the differences; `held` counts the calls that were compared, `passed` those that others crossed."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._visits: list[_Visit] = []
        self.found: list[str] = []
        self.held = self.passed = 0
        self.begun_by_others = 0
        """Changes that were begun outside of a look."""
        self._calls = CallsInStep(world, self)

    @contextmanager
    def put_on(self) -> Iterator[None]:
        with ExitStack() as stack:
            for name in (*CHANGING, *READING):
                wrapped = self._wrapped(name, getattr(Rows, name), reads=name in READING)
                stack.enter_context(patch.object(Rows, name, wrapped))
            stack.enter_context(patch.object(detours, "take_off", self._on_its_own("take_off", detours.take_off)))
            stack.enter_context(patch.object(detours, "stuck", self._on_its_own("stuck", detours.stuck, reads=True)))
            stack.enter_context(patch.object(Outbox, "add", self._adding(Outbox.add)))
            stack.enter_context(patch.object(Outbox, "add_each", self._adding_each(Outbox.add_each)))
            stack.enter_context(patch.object(Outbox, "edit", self._editing(Outbox.edit)))
            for name in TOLD_ON:
                stack.enter_context(patch.object(Outbox, name, self._telling(name, getattr(Outbox, name))))
            stack.enter_context(self._calls.put_on())
            yield

    def _on_its_own(self, name: str, function: Method, *, reads: bool = False) -> Method:
        """Wrap a function that is no method of the rows."""

        async def of_nothing(_: object, *args: object, **named: object) -> object:
            return await function(*args, **named)

        wrapped = self._wrapped(name, of_nothing, reads=reads)

        @wraps(function)
        async def called(*args: object, **named: object) -> object:
            return await wrapped(None, *args, **named)

        return called

    def _telling(self, name: str, method: Method) -> Method:
        """What people decide is answered with what became of it, and the senders are awake then."""

        @wraps(method)
        async def called(outbox: Outbox, *args: object, **named: object) -> object:
            woken: list[str] = []
            inner: list[object] = []

            def wake(platform: str = "", /) -> None:
                woken.append(name)
                outbox.wake(platform)

            token = _answers.set(inner)
            try:
                answer = await method(replace(outbox, wake=wake), *args, **named)
            finally:
                _answers.reset(token)
            if len(inner) == 1 and _simple(answer) != _simple(inner[0]):
                self.say(f"the outbox, {name}", f"answers {answer} instead of {inner[0]}")
            if name in WAKES and not woken:
                self.say(f"the outbox, {name}", "wakes nobody")
            return answer

        return called

    def _adding(self, method: Method) -> Method:
        @wraps(method)
        async def called(outbox: Outbox, chat: Chat, message: Message | list[Message], **named: object) -> object:
            messages = [message] if isinstance(message, Message) else message
            return await self._written(partial(method, outbox, chat, message, **named), chat, messages, named)

        return called

    def _adding_each(self, method: Method) -> Method:
        @wraps(method)
        async def called(outbox: Outbox, parcels: Sequence[Parcel], **named: object) -> object:
            plain = self.plain("add")
            asked = [
                Asked(one.chat, one.messages, one.key, locale=one.locale, **named)  # type: ignore[arg-type]
                for one in parcels
            ]
            books = WrittenEach(self._world, plain, asked)
            answer, rows = await self._put_in(partial(method, outbox, parcels, **named), plain)
            for line in await books.wrong(rows, answer) if rows is not None else ():
                self.say("add", line)
            return answer

        return called

    def _editing(self, method: Method) -> Method:
        @wraps(method)
        async def called(outbox: Outbox, package: str, message: Message, **named: object) -> object:
            plain = self.plain("edit")
            sent = sorted(plain.all_of(package=package, state="sent"), key=lambda row: (row["part"], row["id"]))
            old = {row["part"]: str(row["message_id"]) for row in sent}
            row = sent[0] if sent else None
            chat = Chat("rich", "", "private") if row is None else _chat_of(row)
            may = bool(sent) and all(old.values()) and plain.is_whole(package)
            may = may and self._world.vendors[chat.platform].kinds[chat.kind].edit
            changes = Edit(may, [*old.values()])
            return await self._written(
                partial(method, outbox, package, message, **named), chat, [message], named, changes
            )

        return called

    async def _written(
        self, call: Callable[[], Awaitable[object]], chat: Chat, messages: list[Message], named: Mapping[str, object],
        edit: Edit | None = None,
    ) -> object:  # fmt: skip
        """Have something put into the outbox, and see what stands there then."""
        plain = self.plain("add")
        of = Asked(chat, messages, **named)  # type: ignore[arg-type]
        books = Written(self._world, plain, of)
        answer, rows = await self._put_in(call, plain)
        if rows is None:
            return answer
        there = any(row["key"] == f"{of.key}/1" for row in plain.rows.values())
        if edit is not None:
            of.replacing, of.silent = edit.old, len(rows) == len(edit.old)
            there |= not edit.may
            if bool(answer) != edit.may and rows == []:
                self.say("edit", f"{of.key} answers {answer}")
        elif bool(answer) == there:
            self.say("add", f"{of.key} answers {answer}, and was there: {there}")
        if there == bool(rows):
            self.say("add", f"{of.key} writes {len(rows)} rows")
        for line in await books.wrong(rows) if rows else ():
            self.say("add", line)
        return answer

    async def _put_in(
        self, call: Callable[[], Awaitable[object]], plain: PlainOutbox
    ) -> tuple[object, list[Row] | None]:
        """Return the answer of a call that writes, and the rows that are new; None for them if others crossed it."""
        visit = self._begins(reads=False)
        token = _inside.set(True)
        try:
            answer = await call()
        finally:
            _inside.reset(token)
            if visit in self._visits:
                self._visits.remove(visit)
        ledger = self._world.ledger
        if not visit.alone or visit.version > ledger.version:
            self.passed += 1
            return answer, None
        self.held += 1
        fresh = sorted({*ledger.touched[visit.version :]} - plain.rows.keys() - {0})
        return answer, [ledger.rows[at] for at in fresh]

    def _wrapped(self, name: str, method: Method, *, reads: bool) -> Method:
        @wraps(method)
        async def called(rows: Rows, *args: object, **named: object) -> object:
            if _inside.get():
                return await method(rows, *args, **named)
            visit, plain = self._begins(reads=reads), self.plain(name)
            told = _answers.get()
            beside = self._asks(BESIDE[name]) if name in BESIDE else []
            token = _inside.set(True)
            try:
                answer = await method(rows, *args, **named)
            finally:
                _inside.reset(token)
                if visit in self._visits:
                    self._visits.remove(visit)
            if told is not None:
                told.append(answer)
            crossed = reads and visit.version != self._world.ledger.version
            if visit.alone and not crossed and (name not in BESIDE or beside == self._asks(BESIDE[name])):
                self._compare(name, plain, getattr(plain, name)(*args, **named), answer, visit.version)
            else:
                self.passed += 1
            return answer

        return called

    def _begins(self, *, reads: bool) -> _Visit:
        visit = _Visit(asyncio.get_running_loop(), self._world.ledger.version)
        if not reads:
            loops = self._world.timeline.loops
            self._visits = [one for one in self._visits if one.loop in loops]
            for one in self._visits:
                one.alone = visit.alone = False
            self._visits.append(visit)
            self.begun_by_others += not looks.get()
        return visit

    @property
    def is_busy(self) -> bool:
        return any(one.loop in self._world.timeline.loops for one in self._visits)

    def goes_back(self) -> None:
        """Something was rolled back: whoever is at it has seen what is not there any more."""
        self._world.ledger.read_anew(self._world.disk.connection)
        for one in self._visits:
            one.alone = False

    def _asks(self, text: str) -> list[Row]:
        found = self._world.disk.connection.execute(text)
        names = [one[0] for one in found.description]
        return [dict(zip(names, values, strict=True)) for values in found.fetchall()]

    def plain(self, name: str = "") -> PlainOutbox:
        ledger = self._world.ledger
        plain = PlainOutbox(ledger.rows, ledger.unfinished, self._asks)
        if name in WITH_STOPS:
            plain.read_stops()
        return plain

    def say(self, name: str, what: str) -> None:
        if len(self.found) < 20:
            self.found.append(f"in step: {name}: {what}")

    def _compare(self, name: str, plain: PlainOutbox, wanted: object, answer: object, since: int) -> None:
        self.held += 1
        says, should = _simple(answer), _simple(wanted)
        if name in ANY_ORDER and isinstance(says, list) and isinstance(should, list):
            says, should = sorted(says), sorted(should)
        if wanted is not ANY and says != should:
            self.say(name, f"answers {says!r} instead of {should!r}")
        now, touched = self._world.ledger.rows, {*self._world.ledger.touched[since:]} - {0}
        for at in plain.touched | (touched & plain.rows.keys()):
            self._same(name, plain.rows[at], now.get(at, {}))
        fresh = sorted(touched - plain.rows.keys())
        if len(fresh) != len(plain.new):
            self.say(name, f"writes {[now[at]['key'] for at in fresh]} instead of {[row['key'] for row in plain.new]}")
        for at, row in zip(fresh, plain.new, strict=False):
            self._same(name, row, now[at])
            self._words(name, row, now[at])
        if isinstance(answer, list):
            for leased in answer:
                if isinstance(leased, Leased):
                    self._as_it_is(name, leased)
        if name in WITH_STOPS - {*READING}:
            self._stops(name, plain)

    def _same(self, name: str, wanted: Row, there: Row) -> None:
        other = {
            column: (there.get(column), value)
            for column, value in wanted.items()
            if value is not ANY and column in there and there[column] != value
        }
        if other or not there:
            self.say(name, f"{wanted.get('key')} is, and should be: {other}")

    def _words(self, name: str, wanted: Row, there: Row) -> None:
        stored = self._stored(there)
        if isinstance(written := wanted.get("written"), Message) and stored != message_to_json(written):
            self.say(name, f"{there['key']} says {stored}")
        if isinstance(first := wanted.get("repeats"), Mapping):
            said, before = _plain_text(stored), _plain_text(self._stored(first))
            if said != (f"{MARK} {before}".strip() if wanted["marked"] else before):
                self.say(name, f"{there['key']} says {said!r}, and before {before!r}")

    def _stored(self, row: Mapping[str, object]) -> dict[str, object]:
        """Return the message of a row, with its words from where they stand."""
        own: dict[str, object] = json.loads(str(row["message"]))
        if "t" not in own:
            ((words,),) = self._world.disk.ask(
                "select words from outbox_bodies b where b.id = (select body_id from outbox where id = ?)", (row["id"],)
            )
            own["t"] = json.loads(words)
        return own

    def _as_it_is(self, name: str, leased: Leased) -> None:
        """See that the holder has the row as it stands there."""
        row = self._world.ledger.rows[leased.id]
        for column in ("klass", "announcement", "package", "part", "locale", "choices", "reason", "attempts",
                       "resend_of", "replacing"):  # fmt: skip
            if getattr(leased, column) != row[column]:
                self.say(name, f"{row['key']} has {column} {getattr(leased, column)!r}, and {row[column]!r} is there")
        expires = None if leased.expires_at is None else leased.expires_at.isoformat(" ")
        has = (leased.any_hour, expires, leased.chat.platform, leased.chat.kind)
        if has != (bool(row["any_hour"]), row["expires_at"], row["platform"], row["chat_kind"]):
            self.say(name, f"{row['key']} is had as {has}")
        if row["token"] and leased.token != row["token"]:
            self.say(name, f"{row['key']} has another holder")
        if message_to_json(leased.message) != self._stored(row):
            self.say(name, f"{row['key']} is had with the words {leased.message.text.plain!r}")

    def _stops(self, name: str, plain: PlainOutbox) -> None:
        there = self._asks("select * from outbox_stops order by id")
        wanted = [{**row, "id": one["id"]} for row, one in zip(plain.stops, there, strict=False)]
        if len(there) != len(plain.stops) or there != wanted:
            self.say(name, f"stops are {there} instead of {plain.stops}")


def _chat_of(row: Row) -> Chat:
    return Chat(str(row["platform"]), str(row["chat_id"]), "group" if row["chat_kind"] == "group" else "private")


def _plain_text(stored: Mapping[str, object]) -> str:
    spans = stored["t"]
    assert isinstance(spans, Sequence)
    return "".join(span[0] for span in spans)


def _simple(value: object) -> object:
    """Return what an answer says, as the other one says it."""
    match value:
        case Leased() | OutboxRow():
            return value.id
        case RowStop():
            return value.announcement, value.platform, value.reason, value.detail, value.held
        case FrozenRows():
            return value.state, value.reason, value.rows, value.not_before
        case Delivered():
            return value.part, (value.chat.platform, value.chat.id), value.locale, value.message_id
        case Chat():
            return value.platform, value.id
        case dict():
            return value.get("id", value)
        case tuple():
            found: list[object] = []
            for one in value:
                simple = _simple(one)
                found += simple if isinstance(simple, tuple) and isinstance(one, Chat) else [simple]
            return tuple(found)
        case list():
            return [_simple(one) for one in value]
    return value
