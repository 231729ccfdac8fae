"""The steps of a sender, drilled: its look at the rows, what it makes of an answer, the numbers that a row takes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from bot.core.events import BotLeft, ChatMoved, Event
from bot.core.messages import Message
from bot.core.platform import (
    ChatGone,
    ChatReplaced,
    RateLimited,
    Rejected,
    Sent,
    TokenRefused,
    Unreachable,
    WindowShut,
)
from bot.core.probing import Probe
from bot.core.sessions import Key, Session, StoreUnavailable, VersionConflict, session_to_json
from bot.features.outbox.before import Before
from bot.features.outbox.bulkhead import Bulkhead
from bot.features.outbox.call import Call
from bot.features.outbox.choices import Leaving, open_choices, with_free_numbers
from bot.features.outbox.row import Leased, RowStop

from .drill_bench import Bench, at_once
from .drill_rows import PLATFORMS, a_list
from .outbox_plain import PlainOutbox, text_of
from .outbox_written import session_in

if TYPE_CHECKING:
    from .drill_box import DrawnVendor

APART = (0.5, 4.9, 5.0, 5.1, 30.0)
"""Seconds between two calls: two chats that are told to wait within five mean the whole token."""


class StillClock:
    """Sleeping takes no time, and is counted."""

    def __init__(self, now: datetime) -> None:
        self.at = now
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


class BenchStore:
    """Sessions, pauses and probes of the drill's database; now and then it is away, or somebody else was first."""

    def __init__(self, bench: Bench, chance: Random) -> None:
        self._bench = bench
        self._chance = chance
        self.kept: Probe | None = None
        self.away = 0.0
        self.crossed = 0.0

    def _may_be_away(self) -> None:
        if self._chance.random() < self.away:
            raise StoreUnavailable("away")

    async def load(self, key: Key, kind: str) -> Session:
        found = self._bench.ask("select state from sessions where platform = ? and chat_id = ?", (*key,))
        return session_in(key, "group" if kind == "group" else "private", str(found[0][0]) if found else "")

    async def save(self, session: Session) -> None:
        self._may_be_away()
        if self._chance.random() < self.crossed:
            self.crossed = 0.0
            raise VersionConflict
        self._bench.connection.execute(
            "insert into sessions (platform, chat_id, version, done_seq, out_seq, sent_seq, state, updated_at)"
            " values (?, ?, 1, 0, 0, 0, ?, '') on conflict do update set state = excluded.state",
            (*session.key, session_to_json(session)),
        )

    async def pause(self, platform: str, chat_id: str, until: datetime) -> None:
        self._bench.connection.execute(
            "insert into pauses (platform, chat_id, until) values (?, ?, ?) on conflict do update set"
            " until = max(until, excluded.until)",
            (platform, chat_id, text_of(until)),
        )

    async def pauses(self) -> list[tuple[str, str, datetime]]:
        found = self._bench.ask("select platform, chat_id, until from pauses")
        return [(str(one[0]), str(one[1]), datetime.fromisoformat(str(one[2]))) for one in found]

    async def probe(self, platform: str) -> Probe | None:
        return self.kept

    async def swap_probe(self, platform: str, old: Probe | None, new: Probe | None) -> bool:
        self.kept = new
        return True


class BenchPacer:
    """Writes down who was told to wait."""

    def __init__(self) -> None:
        self.paused: list[tuple[float, str]] = []
        self.probing = False

    def pause(self, seconds: float, chat_id: str = "") -> None:
        self.paused.append((seconds, chat_id))

    def probe(self, seconds: float) -> None:
        self.probing = True


class SenderDrill:
    def __init__(self, bench: Bench, chance: Random, now: datetime) -> None:
        self._bench = bench
        self._chance = chance
        self._now = now
        self._clock = StillClock(now)
        self._store = BenchStore(bench, chance)
        self._pacer = BenchPacer()
        self._heard: list[Event] = []
        self._told: list[RowStop] = []
        self._deaf = 0
        """So many events more that cannot be noted at once."""

    def run(self) -> None:
        for drill in (self._looks, self._looks, self._looks, self._takes, self._calls, self._numbers, self._numbers):
            with self._bench.undone():
                try:
                    drill()
                except Exception as error:
                    self._say(f"{drill.__name__}: {type(error).__name__}: {error}")

    def _say(self, what: str) -> None:
        self._bench.lockstep.say("drill, sender", what)

    async def _report(self, event: Event) -> None:
        if self._deaf:
            self._deaf -= 1
            raise StoreUnavailable("away")
        self._heard.append(event)

    async def _tell(self, stop: RowStop) -> None:
        self._told.append(stop)

    def _vendor(self, name: str) -> DrawnVendor:
        return cast("DrawnVendor", self._bench.vendors[name])

    # A look

    def _before(self, name: str, until: datetime | None) -> Before:
        vendor = self._vendor(name)
        platform = SimpleNamespace(
            name=name, capabilities=vendor.kinds, budget=SimpleNamespace(idempotent=vendor.idempotent),
            usage=vendor.usage,
        )  # fmt: skip
        before = Before(
            platform=cast("Any", platform), pacer=cast("Any", self._pacer), rows=self._bench.rows,
            bulkhead=Bulkhead(self._bench.rows, cast("Any", self._clock)), store=cast("Any", self._store),
            clock=cast("Any", self._clock), quiet=cast("Any", SimpleNamespace(until=lambda now: until)),
            report=self._report, tell=self._tell if self._chance.random() < 0.9 else None,
        )  # fmt: skip
        before._first = self._chance.random() < 0.5
        if self._chance.random() < 0.2:
            before.counts = False
        return before

    def _looks(self) -> None:
        """A look does to the rows what each of its steps would do, one after the other, whatever has come due."""
        chance, name = self._chance, self._chance.choice(PLATFORMS)
        self._heard.clear()
        self._told.clear()
        self._pacer.paused.clear()
        until = self._now + timedelta(seconds=30) if chance.random() < 0.3 else None
        before, vendor = self._before(name, until), self._vendor(name)
        taken = [row.id for row in self._bench.held("state in ('leased', 'sending')")]
        in_hand = chance.choice((None, [], taken[:2]))
        lockstep, since = self._bench.lockstep, self._bench.ledger.version
        plain = lockstep.plain()
        plain.read_stops()
        pauses = [one for one in at_once(self._store.pauses()) if one[0] == name and one[2] > self._now]
        news = [stop["id"] for stop in plain.stops if not stop["told"]]
        first, told = before._first, before._tell is not None
        may, gone = self._plain_look(plain, vendor, first=first, in_hand=in_hand, until=until)
        answer = at_once(Before.may_leave(before, in_hand))
        self._bench.reads()
        if [stop.id for stop in self._told] != (news if told else []):
            self._say(f"a look tells of the stops {[stop.id for stop in self._told]} instead of {news}")
        waits = sorted((round((one[2] - self._now).total_seconds(), 3), one[1]) for one in pauses)
        if sorted(self._pacer.paused) != waits:
            self._say(f"a look knows of the pauses {self._pacer.paused} instead of {waits}")
        if plain.new:  # what is urgent is said again, and all that comes after it in this look sees that
            return
        lockstep._compare("drill, look", plain, may, answer, since)
        lockstep._stops("drill, look", plain)
        heard = sorted(event.id for event in self._heard if isinstance(event, BotLeft))
        if heard != sorted(f"gone:{row['chat_id']}:row{row['id']}" for row in gone):
            self._say(f"a look at {name} tells of {heard}, and gone are {[row['id'] for row in gone]}")
        windows = vendor.window or vendor.closed
        counts = vendor.limit is not None or windows
        if (may and first and before.counts != counts) or before._first != (first and not may):
            self._say(f"a look at {name} counts: {before.counts}, of {vendor.limit}; its first: {before._first}")

    def _plain_look(
        self, plain: PlainOutbox, vendor: DrawnVendor, *, first: bool, in_hand: Sequence[int] | None,
        until: datetime | None,
    ) -> tuple[bool, Sequence[dict[str, object]]]:  # fmt: skip
        name, now = vendor.name, self._now
        if first:
            plain.try_token_again([name], now)
        ended = now if in_hand is None else now + timedelta(days=3650)
        plain.recover(name, now, ended, again=vendor.idempotent, but=in_hand or ())
        plain.expire(name, now)
        if until is not None:
            plain.keep_quiet(name, now, until)
        plain.end_quiet(name, now)
        refused = plain.news(name)[1]
        for stop in plain.stops:
            stop["told"] = 1
        if refused:
            plain.hold_platform(name, now)
            return False, ()
        plain.advance(name, now)
        kinds = vendor.kinds.items()
        windows = {str(kind): timedelta(hours=caps.window_hours) for kind, caps in kinds if caps.push == "window"}
        plain.keep_windows(name, windows, [kind for kind, caps in kinds if caps.push == "never"], now)
        if vendor.limit is not None:
            left = max(0, vendor.limit - vendor.used - -(-vendor.limit * 15 // 100))
            room = left - sum(count for kind, count in plain.on_their_way(name).items() if kind in vendor.counted)
            month = datetime.fromisoformat("2026-11-30T17:00:00+00:00")
            plain.keep_quota(name, room, now, month, [*vendor.counted])
        gone = plain.gone(name, now)
        for row in gone:
            plain.put(row, None, gone=0)
        return True, gone

    def _takes(self) -> None:
        """What was just taken up is held against the month and the windows once more."""
        name = self._chance.choice(PLATFORMS)
        before, vendor = self._before(name, None), self._vendor(name)
        rows = self._bench.held(f"state = 'leased' and platform = '{name}'")
        plain = self._bench.lockstep.plain()
        if not rows:
            return
        asked, vendor.asked = before.counts, 0
        over = at_once(self._bench.lockstep._calls._counting(Before.too_many)(before, rows)) if asked else []
        if over and not vendor.asked:
            self._say("rows are too many for a month that nobody asked about")
        windows = {str(kind): timedelta(minutes=1) for kind, caps in vendor.kinds.items() if caps.push == "window"}
        never = [kind for kind, caps in vendor.kinds.items() if caps.push == "never"]
        shut = plain.shut_out(rows, windows, never, self._now)
        found = at_once(before.shut_out(rows))
        if [row.id for row in found] != [row.id for row in rows if row.id in shut]:
            self._say(f"{[row.id for row in found]} are shut out instead of {shut}")

    # An answer

    def _answer(self) -> Sent | Exception:
        chance = self._chance
        return cast("Sent | Exception", chance.choice((
            Sent("m8"), RateLimited(chance.choice((1.0, 30.0)), chance.choice(("chat", "chat", "token"))),
            RateLimited(7.0, "chat"), RateLimited(None, "token"), ChatReplaced("c-9"), ChatGone("blocked"),
            Rejected("the content"), TokenRefused(), WindowShut("so long ago"), Unreachable("no way", maybe_sent=False),
            Unreachable("the line broke", maybe_sent=True), StoreUnavailable("away"), RuntimeError("a fault"),
        )))  # fmt: skip

    def _calls(self) -> None:
        """Make three calls of one process, one after the other."""
        name, chance = self._chance.choice(PLATFORMS), self._chance
        vendor, answers = self._vendor(name), [self._answer() for _ in range(3)]
        if chance.random() < 0.5:
            answers = [RateLimited(9.0, "chat") for _ in range(3)]

        async def send(chat: object, message: Message, *, replacing: str | None, key: str) -> Sent:
            answer = answers[0]
            booked = SimpleNamespace(key=key, ended=self._bench.timeline.now, answer=answer, life=id(answers))
            vendor.calls.append(booked)
            if (chat, message, replacing, key) != (row.chat, row.message, row.replacing or None, f"row:{row.id}"):
                self._say(f"row {row.id} is called as {chat}, {message}, {replacing}, {key}")
            if isinstance(answer, Exception):
                raise answer
            return answer

        platform = SimpleNamespace(send=send, budget=SimpleNamespace(idempotent=vendor.idempotent))
        call = Call(cast("Any", platform), cast("Any", self._pacer), cast("Any", self._store),
                    cast("Any", self._clock), self._report)  # fmt: skip
        self._bench.lockstep._calls._limited.clear()
        timeline = cast("Any", self._bench.timeline)
        own = self._bench.held(f"platform = '{name}'")
        for row in self._chance.choices(own, k=3) if own else ():
            self._pacer.paused.clear()
            self._heard.clear()
            self._deaf = chance.randrange(2)
            outcome = at_once(self._bench.lockstep._calls._sending(Call.send)(call, row))
            answer = answers.pop(0)
            moved = [event.new_chat_id for event in self._heard if isinstance(event, ChatMoved)]
            if moved != ["c-9"] * isinstance(answer, ChatReplaced):
                self._say(f"after {answer!r} {moved} were told to be new chats")
            if isinstance(answer, RateLimited) and answer.retry_after is not None:
                until = text_of(self._clock.at + timedelta(seconds=answer.retry_after))
                there = [(float(answer.retry_after), str(chat)) for chat, at in self._bench.ask(
                    "select chat_id, until from pauses where platform = ?", (name,)) if at >= until]  # fmt: skip
                if len(self._pacer.paused) != 1 or self._pacer.paused[0] not in there:
                    self._say(f"{self._pacer.paused} rest, and the others know of {there}")
            elif self._pacer.paused or outcome.row is not row:
                self._say(f"{self._pacer.paused} rest after {answer!r}")
            gap = timedelta(seconds=chance.choice(APART))
            self._clock.at += gap
            timeline.now += gap.total_seconds()
            timeline.wall += gap

    # Numbers

    def _numbers(self) -> None:
        rows = self._bench.held("choices <> ''")
        if not rows:
            return
        row = self._chance.choice(rows)
        self._store.away = self._store.crossed = 0.0
        calls, store = self._bench.lockstep._calls, cast("Any", self._store)
        longest = len(row.message.text.plain) + self._chance.choice((0, 0, 1, 2, 9, 50))
        leaving: Leaving = at_once(calls._numbering(with_free_numbers)(store, row, longest))
        if self._chance.random() < 0.5:
            self._asks_meanwhile(row)
        self._store.away, self._store.crossed = self._chance.choice((0.0, 0.3)), self._chance.choice((0.0, 0.5))
        before, slept = calls._session(row)[1], len(self._clock.slept)
        at_once(calls._opening(open_choices)(store, cast("Any", self._clock), leaving))
        _, first, numbered, expects = json.loads(leaving.row.choices)
        after = calls._session(row)[1]
        new = [one for one in after.lists if one not in before.lists]
        if any((one.first, one.numbered, one.expects, one.seq) != (first, bool(numbered), expects, 0) for one in new):
            self._say(f"row {row.id} opens {new} with {leaving.row.choices}")
        if self._store.away and not new and len(self._clock.slept) == slept and after.lists != before.lists:
            self._say(f"row {row.id} closes what was open")

    def _asks_meanwhile(self, row: Leased) -> None:
        """Have somebody be asked something in its chat while the row is on its way."""
        session = at_once(self._store.load(Key(row.chat.platform, row.chat.id), row.chat.kind))
        session.lists.append(a_list(self._chance, 6))
        at_once(self._store.save(session))
