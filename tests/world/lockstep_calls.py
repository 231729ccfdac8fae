"""What the one who sends makes of what it finds: of each answer of a messenger, of a look, of numbers in use.

It is told from the messenger's books, the plain outbox and the sessions, and compared as in `lockstep.py`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from functools import wraps
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from bot.core.platform import (
    ChatGone,
    ChatReplaced,
    Clock,
    RateLimited,
    Rejected,
    Sent,
    TokenRefused,
    Unreachable,
    WindowShut,
)
from bot.core.sessions import Key, OpenList, Session, Store, StoreUnavailable
from bot.core.text import utf16_len
from bot.features.outbox import send
from bot.features.outbox.before import Before
from bot.features.outbox.call import Call
from bot.features.outbox.choices import Leaving
from bot.features.outbox.row import Leased, Outcome
from bot.features.outbox.rows import Rows
from bot.features.outbox.send import OutboxSender

from .outbox_plain import PlainOutbox, numbers_of, text_of
from .outbox_written import LAST_NUMBER, session_in

if TYPE_CHECKING:
    from .lockstep import Lockstep
    from .vendor import Call as Booked
    from .world import World

WAITS_MOST, TWO_CHATS_WITHIN, KEPT = 300.0, 5.0, 0.15
OWN_CHANGES = 2
"""What the row that found its chat full does itself: it is given back, and the others are told to wait."""
ABOUT = 0.2
"""Seconds between an answer and the word of it, at most."""
Method = Callable[..., Awaitable[Any]]
looks: ContextVar[bool] = ContextVar("looks", default=False)


class CallsInStep:
    """Wraps the sender's own steps for a `lockstep`."""

    def __init__(self, world: World, lockstep: Lockstep) -> None:
        self._world = world
        self._lockstep = lockstep
        self._limited: dict[tuple[int, str], tuple[str, float]] = {}

    @contextmanager
    def put_on(self) -> Iterator[None]:
        with ExitStack() as stack:
            steps: Sequence[tuple[object, str, Callable[[Method], Method]]] = (
                (Call, "send", self._sending),
                (Before, "may_leave", self._looking),
                (Before, "too_many", self._counting),
                (OutboxSender, "_rest_chat", self._resting),
                (Rows, "told_gone", self._telling_gone),
                (send, "with_free_numbers", self._numbering),
                (send, "open_choices", self._opening),
            )
            for owner, name, wrapped in steps:
                stack.enter_context(patch.object(owner, name, wrapped(getattr(owner, name))))
            yield

    def _say(self, what: str) -> None:
        self._lockstep.say("sender", what)

    # What a messenger answered

    def _sending(self, method: Method) -> Method:
        @wraps(method)
        async def called(call: Call, row: Leased) -> Outcome:
            outcome: Outcome = await method(call, row)
            vendor = self._world.vendors[row.chat.platform]
            own = [one for one in vendor.calls[-200:] if one.key == f"row:{row.id}" and one.ended is not None]
            if own:
                wanted = self._follows(row, own[-1])
                has = {name: getattr(outcome, name) for name in wanted if name != "waits"}
                waits = None if outcome.not_before is None else self._seconds_until(outcome, own[-1])
                if has != {name: value for name, value in wanted.items() if name != "waits"}:
                    self._say(f"row {row.id}, {own[-1].answer!r}, becomes {has} instead of {wanted}")
                expected = wanted["waits"]
                expected = None if expected is None else float(str(expected))
                if (waits is None) != (expected is None) or abs((waits or 0.0) - (expected or 0.0)) > ABOUT:
                    self._say(f"row {row.id}, {own[-1].answer!r}, waits {waits} s instead of {expected}")
            return outcome

        return called

    def _seconds_until(self, outcome: Outcome, booked: Booked) -> float:
        timeline, at = self._world.timeline, outcome.not_before
        assert at is not None
        passed = timedelta(seconds=timeline.now - (booked.ended or 0.0))
        return (at - timeline.wall - timeline.skew + passed).total_seconds()

    def _follows(self, row: Leased, booked: Booked) -> dict[str, object]:
        vendor = self._world.vendors[row.chat.platform]
        answer, later = booked.answer, min(WAITS_MOST, 2.0 ** min(row.attempts, 10))
        plain: dict[str, object] = {
            "to": "pending", "reason": row.reason, "message_id": "", "waits": None, "counted": True, "chat_id": "",
            "stop": "", "gone": False, "perhaps": False,
        }  # fmt: skip
        match answer:
            case Sent():
                return {**plain, "to": "sent", "reason": "", "message_id": answer.message_id}
            case RateLimited():
                if answer.retry_after is not None:
                    self._pauses(row, booked, answer)
                return {**plain, "counted": False, "waits": answer.retry_after}
            case ChatReplaced() if row.reason == "moved":
                return {**plain, "to": "failed", "reason": "the chat moved twice", "chat_id": answer.new_chat_id}
            case ChatReplaced():
                return {**plain, "reason": "moved", "counted": False, "chat_id": answer.new_chat_id}
            case ChatGone():
                return {**plain, "to": "failed", "reason": answer.reason, "gone": True}
            case Rejected():
                return {**plain, "to": "failed", "reason": answer.reason, "stop": "poison"}
            case TokenRefused():
                return {**plain, "counted": False, "stop": "token"}
            case StoreUnavailable():
                return {**plain, "counted": False, "waits": 1.0}
            case WindowShut():
                return {**plain, "reason": "window", "waits": later}
            case Unreachable() if not answer.maybe_sent or vendor.idempotent:
                return {**plain, "reason": answer.reason, "waits": later, "perhaps": answer.maybe_sent}
            case Unreachable():
                return {**plain, "to": "uncertain", "reason": answer.reason}
        return {**plain, "to": "uncertain", "reason": f"{type(answer).__name__}: {answer}"}

    def _pauses(self, row: Leased, booked: Booked, answer: RateLimited) -> None:
        """Two chats that are told to wait within some seconds mean the whole token; the pause is kept for others."""
        of, ended, seconds = (booked.life, row.chat.platform), booked.ended or 0.0, answer.retry_after or 0.0
        last, self._limited[of] = self._limited.get(of), (row.chat.id, ended)
        flood = last is not None and last[0] != row.chat.id and round(ended - last[1], 6) <= TWO_CHATS_WITHIN
        chat = "" if flood or answer.scope == "token" else row.chat.id
        timeline = self._world.timeline
        until = timeline.wall + timeline.skew + timedelta(seconds=seconds - (timeline.now - ended) - ABOUT)
        kept = self._world.disk.ask(
            "select until from pauses where platform = ? and chat_id = ?", (row.chat.platform, chat)
        )
        if (not kept or str(kept[0][0]) < text_of(until)) and not self._world.disk_away(ended, timeline.now):
            self._say(f"no pause of {seconds} s is kept for {chat or row.chat.platform}")

    # A look at the rows

    def _looking(self, method: Method) -> Method:
        @wraps(method)
        async def called(before: Before, in_hand: Collection[int] | None = None) -> bool:
            timeline, lockstep = self._world.timeline, self._lockstep
            now, others = timeline.wall + timeline.skew, lockstep.begun_by_others
            busy, token = lockstep.is_busy, looks.set(True)
            ((noted,),) = self._world.disk.ask("select coalesce(max(seq), 0) from inbox")
            try:
                may: bool = await method(before, in_hand)
            finally:
                looks.reset(token)
            if not busy and others == lockstep.begun_by_others:
                self._is_done(lockstep.plain(), before, now, may, int(noted))
            return may

        return called

    def _is_done(self, plain: PlainOutbox, before: Before, now: datetime, may: bool, noted: int) -> None:
        """See that a second look of the same moment would find nothing to do.

        Where somebody wrote since, after event `noted`, a window has opened that it did not know.
        """
        name = before._name
        plain.read_stops()
        refused = any(s["platform"] == name and s["reason"] == "token" and not s["resumed_at"] for s in plain.stops)
        if refused == may or (refused and plain.those("pending", "leased", platform=name)):
            self._say(f"{name} takes {may}, and its token is refused: {refused}")
        if any(not stop["told"] for stop in plain.stops):
            self._say("officials were not told of a stop")
        kinds = self._world.vendors[name].kinds.items()
        windows: dict[str, timedelta] = {
            kind: timedelta(hours=caps.window_hours) for kind, caps in kinds if caps.push == "window"
        }
        if may and windows:
            plain.keep_windows(name, windows, [kind for kind, caps in kinds if caps.push == "never"], now)
        plain.expire(name, now)
        plain.recover(name, now, now)
        held = [row for row in plain.those("held", platform=name, reason="quiet hours")
                if str(row["not_before"]) <= text_of(now)]  # fmt: skip
        opened = self._world.disk.ask(
            "select id from outbox o where state = 'held' and reason = 'window' and exists (select 1 from inbox i"
            " where i.platform = o.platform and i.chat_id = o.chat_id and i.seq > ?)", (noted,)
        )  # fmt: skip
        left = sorted((plain.touched | {int(str(row["id"])) for row in held}) - {int(number) for (number,) in opened})
        if left:
            self._say(f"a look at {name} leaves {[plain.rows[at]['key'] for at in left]}")
        if may and (gone := plain.gone(name, now)):
            self._say(f"a look at {name} tells nobody of {[row['key'] for row in gone]}")

    def _telling_gone(self, method: Method) -> Method:
        """Each chat that is gone is an event of its own before its row forgets it."""

        @wraps(method)
        async def called(rows: Rows, gone: Sequence[Leased]) -> None:
            await method(rows, gone)
            for row in gone:
                event = f"gone:{row.chat.id}:row{row.id}"
                if not self._world.disk.ask("select 1 from inbox where event_id = ?", (event,)):
                    self._say(f"nobody heard that {row.chat.id} is gone, as row {row.id} found")

        return called

    def _counting(self, method: Method) -> Method:
        @wraps(method)
        async def called(before: Before, rows: Sequence[Leased]) -> list[Leased]:
            vendor, lockstep = self._world.vendors[before._name], self._lockstep
            used, version, plain = vendor.used, self._world.ledger.version, lockstep.plain()
            over: list[Leased] = await method(before, rows)
            if version == self._world.ledger.version and used == vendor.used:
                wanted: set[int] = set()
                if vendor.limit is not None and any(row.klass == "routine" for row in rows):
                    left = max(0, vendor.limit - used - math.ceil(vendor.limit * KEPT))
                    under_way = plain.on_their_way(vendor.name)
                    excess = sum(under_way[kind] for kind in vendor.counted) - left
                    wanted = plain.last_counted(rows, excess, vendor.counted) if excess > 0 else set()
                if [row.id for row in over] != [row.id for row in rows if row.id in wanted]:
                    self._say(f"{[row.id for row in over]} are too many for the month instead of {wanted}")
            return over

        return called

    def _resting(self, method: Method) -> Method:
        """A chat that has had its share waits with all that may not leave now, and not row by row."""

        @wraps(method)
        async def called(sender: OutboxSender, row: Leased, delay: float) -> None:
            timeline, version = self._world.timeline, self._world.ledger.version
            until = text_of(timeline.wall + timeline.skew + timedelta(seconds=delay))
            busy, others = self._lockstep.is_busy, self._lockstep.begun_by_others
            await method(sender, row, delay)
            plain = self._lockstep.plain()
            if busy or self._lockstep.begun_by_others > others + OWN_CHANGES or version == self._world.ledger.version:
                return
            hasty = row.klass in ("urgent", "request")
            early = [
                one["key"] for one in plain.those("pending", platform=row.chat.platform, chat_id=row.chat.id)
                if (hasty or one["klass"] in ("notice", "routine")) and str(one["not_before"]) < until
            ]  # fmt: skip
            if early:
                self._say(f"{row.chat.id} rests for {delay:.1f} s, and {early} do not")

        return called

    # Numbers

    def _session(self, row: Leased) -> tuple[str, Session]:
        key = Key(row.chat.platform, row.chat.id)
        found = self._world.disk.ask("select state from sessions where platform = ? and chat_id = ?", (*key,))
        state = str(found[0][0]) if found else ""
        return state, session_in(key, row.chat.kind, state)

    def _numbering(self, method: Method) -> Method:
        @wraps(method)
        async def called(store: Store, row: Leased, text_limit: int) -> Leaving:
            state, session = self._session(row)
            leaving: Leaving = await method(store, row, text_limit)
            away = self._world.disk_away(self._world.timeline.now - 5.0, self._world.timeline.now)
            if state == self._session(row)[0] and not away:
                self._numbers_right(row, leaving, session, text_limit)
            return leaving

        return called

    def _numbers_right(self, row: Leased, leaving: Leaving, session: Session, text_limit: int) -> None:
        asked = frozenset(one.seq for one in session.lists if one.seq or not one.numbered)
        if leaving.asked != (asked if row.choices else frozenset()):
            self._say(f"row {row.id} leaves while {leaving.asked} are asked instead of {asked}")
        if not row.choices:
            return
        pairs, first, numbered, expects = json.loads(row.choices)
        taken = [one.numbers for one in session.lists if one.numbered]
        wanted, own = first, numbers_of(pairs, first)
        if numbered and any({*own} & {*one} for one in taken):
            wanted = _free(session, len(own), taken) or first
        said = _renumbered(row, pairs, first, wanted)
        if utf16_len(said) > text_limit:
            wanted, said = first, row.message.text.plain
        now = json.loads(leaving.row.choices)
        if now != [pairs, wanted, numbered, expects]:
            self._say(f"row {row.id} leaves with {now} instead of {wanted}")
        if leaving.row.message.text.plain != said:
            self._say(f"row {row.id} leaves as {leaving.row.message.text.plain!r} instead of {said!r}")

    def _opening(self, method: Method) -> Method:
        @wraps(method)
        async def called(store: Store, clock: Clock, leaving: Leaving) -> None:
            before = self._session(leaving.row)[0]
            await method(store, clock, leaving)
            state, session = self._session(leaving.row)
            row = leaving.row
            if not row.choices or (state == before and not before):
                return
            pairs, first, numbered, _ = json.loads(row.choices)
            own = [one for one in session.lists if not one.seq and one.first == first and _labels(one) == _names(pairs)]
            later = [one for one in session.lists if one.numbered and one.seq and one.seq not in leaving.asked]
            hidden = numbered and any({*numbers_of(pairs, first)} & {*one.numbers} for one in later)
            if not own and not hidden and len(session.lists) == len(self._session_lists(before, row)):
                self._say(f"row {row.id} has arrived, and its choices are not open")
            if own and hidden and len(session.lists) > len(self._session_lists(before, row)):
                self._say(f"row {row.id} takes the numbers of what was asked after it")

        return called

    def _session_lists(self, state: str, row: Leased) -> list[OpenList]:
        return session_in(Key(row.chat.platform, row.chat.id), row.chat.kind, state).lists


def _renumbered(row: Leased, pairs: Sequence[Sequence[str]], first: int, wanted: int) -> str:
    said = row.message.text.plain
    labels = [pair[0] for pair in pairs if len(pair) == 2]
    for at, label in enumerate(labels) if wanted != first else ():
        said = said.replace(f"{first + at}. {label}", f"{wanted + at}. {label}", 1)
    return said


def _labels(one: OpenList) -> list[str]:
    return [button.label for button in one.buttons]


def _names(pairs: Sequence[Sequence[str]]) -> list[str]:
    return [pair[0] for pair in pairs]


def _free(session: Session, count: int, taken: Sequence[range]) -> int:
    """Return where a list may begin beside these, 0 where there is no room."""
    begin = 1 if session.kind == "private" else session.next_number
    for first in (begin, *(one.stop for one in taken), 1):
        own = {*range(first, first + count)}
        if not any(own & {*one} for one in taken) and max(own) <= LAST_NUMBER:
            return first
    return 0
