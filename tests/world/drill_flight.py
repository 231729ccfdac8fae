"""A sender of its own for some seconds that are its own, too: when it calls, how many at once, and when it is back.

Its database takes no time and its messenger as long as the scene says, so each moment is known to the letter.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Coroutine, Sequence
from datetime import datetime, timedelta
from random import Random
from types import SimpleNamespace
from typing import Any, cast

from bot.core.events import Chat, Event
from bot.core.messages import Message
from bot.core.pacing import Pacer, PacingSlot
from bot.core.platform import PLAIN, RateLimited, Rejected, Sent, TokenRefused, Unreachable
from bot.core.sessions import StoreUnavailable
from bot.core.text import Text
from bot.features.outbox.bulkhead import Bulkhead
from bot.features.outbox.row import Hold, Leased, NewRow, Outcome, RowStop
from bot.features.outbox.send import OutboxSender
from bot.features.outbox.states import Klass

from .drill_bench import Bench, at_once
from .drill_sender import BenchStore
from .loop import SeededLoop
from .timeline import Timeline, WorldClock

AWAY, REFUSED, NOT_MINE, ENDS_IN, NEW_LOOK = 1.0, 5.0, 60.0, 10.0, 1.0
"""Seconds: between two tries to write, to a look at a token that is refused, and while somebody else has the turn; that
an end waits for calls, and between two looks at rows that leave one after the other."""
MOST_AT_ONCE = 4
SHARE = 0.8
PATIENT, GIVES_WAY, MOMENT = 30.0, 1.0, 0.05
"""Seconds that what is hasty waits for its place, that other things do, and until that is tried again."""
SOON = 0.03
"""Seconds within which something is at once; commits are 0.025 s apart."""
LONGEST, MOST_RUNS = 200.0, 500
NAME = "plain"


class Turn:
    """The turn to send, which somebody else may have."""

    def __init__(self) -> None:
        self.own = True
        self.fresh = True
        self.given_up = 0

    def came(self) -> bool:
        fresh, self.fresh = self.fresh, False
        return fresh

    async def mine(self, now: datetime) -> bool:
        return self.own

    async def give_up(self, now: datetime) -> None:
        self.given_up += 1

    def ask_anew(self) -> None:
        return


class Flight:
    """One sender with rows of its own; `lasts` is how long its messenger takes."""

    def __init__(self, bench: Bench, chance: Random, lasts: float, per_second: float = 30.0) -> None:
        self.timeline = Timeline("flight")
        self.clock = WorldClock(self.timeline)
        self.loop = SeededLoop(self.timeline, lambda: 0.01)
        self.timeline.loops.append(self.loop)
        self.bench, self.chance, self.lasts = bench, chance, lasts
        self.calls: list[tuple[float, str]] = []
        self.written: list[tuple[float, Outcome]] = []
        self.taken_up: list[int] = []
        self.patience: set[tuple[float, bool]] = set()
        self.open = self.most_open = 0
        self.answers: list[Exception] = []
        self.away = 0
        """So many tries to write what became of a row come to nothing."""
        self.blind = self.mute = self.no_place = 0
        """So many looks, words that a row is about to leave, and questions for a place, come to nothing."""
        self.turn = Turn()
        self.told: list[RowStop] = []
        self.pacer = Pacer(per_second, self.clock)
        rows = bench.rows
        platform = SimpleNamespace(
            name=NAME, capabilities=PLAIN, send=self._send, usage=self._usage,
            budget=SimpleNamespace(idempotent=False, per_second=per_second),
        )  # fmt: skip
        bulkhead = Bulkhead(rows, self.clock)
        record, due, lease, intend = rows.record, rows.due, rows.lease, rows.intend
        leave = self.pacer.leave

        async def records(outcomes: Sequence[Outcome], now: datetime) -> set[Hold]:
            if self.away:
                self.away -= 1
                raise StoreUnavailable("away")
            self.written += [(self.timeline.now, one) for one in outcomes]
            return await record(outcomes, now)

        async def looks(platforms: Sequence[str], now: datetime, ended: datetime) -> object:
            if self.blind:
                self.blind -= 1
                raise StoreUnavailable("away")
            return await due(platforms, now, ended)

        async def takes(platform: str, now: datetime, until: datetime, most: int) -> list[Leased]:
            found = await lease(platform, now, until, most)
            self.taken_up.append(len(found))
            return found

        async def intends(some: Sequence[Leased], now: datetime, until: datetime) -> set[Hold]:
            if self.mute:
                self.mute -= 1
                raise StoreUnavailable("away")
            return await intend(some, now, until)

        async def leaves(patience: float, *, urgent: bool = False) -> PacingSlot | None:
            self.patience.add((patience, urgent))
            if self.no_place:
                self.no_place -= 1
                return None
            return await leave(patience, urgent=urgent)

        rows.record, rows.due, rows.lease, rows.intend = records, looks, takes, intends  # type: ignore[method-assign, assignment]
        self.pacer.leave = leaves  # type: ignore[method-assign]
        self.sender = OutboxSender(
            platform=cast("Any", platform), pacer=self.pacer, rows=rows, store=cast("Any", BenchStore(bench, chance)),
            turn=self.turn, clock=self.clock, report=self._report, tell=self._tell, bulkhead=bulkhead,
            quiet=cast("Any", SimpleNamespace(until=lambda now: None, until_for=self._never)),
        )  # fmt: skip

    async def _never(self, chat: Chat, now: datetime) -> None:
        return

    async def _report(self, event: Event) -> None:
        return

    async def _tell(self, stop: RowStop) -> None:
        self.told.append(stop)

    async def _usage(self) -> None:
        return

    async def _send(self, chat: Chat, message: Message, *, replacing: str | None, key: str) -> Sent:
        self.calls.append((self.timeline.now, key))
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            await self.clock.sleep(self.lasts)
        finally:
            self.open -= 1
        if self.answers:
            raise self.answers.pop(0)
        return Sent(f"m{key}")

    def puts(self, count: int, klass: Klass = "notice", after: float = 0.0, chat: str = "", lasts: float = 0.0) -> None:
        """Put rows in, each for a chat of its own or all for one."""
        now = self.clock.now()
        at = len(self.bench.ask("select id from outbox"))
        rows = [
            NewRow(
                klass, int(klass == "urgent"), f"k{at + nth}", 1, f"k{at + nth}/1",
                Chat(NAME, chat or f"d-{at + nth}", "private"), "vi", Message(Text.verbatim(f"Tin {at + nth}")), "",
                True, "pending", "", now + timedelta(seconds=after), now + timedelta(seconds=lasts) if lasts else None,
            )
            for nth in range(count)
        ]  # fmt: skip
        at_once(self.bench.rows.insert(rows, now))

    def states(self) -> list[str]:
        return [str(state) for (state,) in self.bench.ask("select state from outbox order by id")]

    def runs(self, work: Coroutine[Any, Any, Any], until: float = LONGEST) -> Any:
        """Do it, and return what it returns, or an AssertionError where it is not over."""
        task = self.loop.create_task(work)
        self.timeline.run(self.timeline.now + until, task.done)
        return task.result() if task.done() else AssertionError("it is not over")

    def ends(self) -> None:
        for name in ("record", "due", "lease", "intend"):
            delattr(self.bench.rows, name)


def _about(one: object, other: float) -> bool:
    return isinstance(one, float | int) and abs(one - other) < 1e-4


def leaves(flight: Flight) -> list[str]:
    """All that is due leaves at the pace of the token, so many at once, and what comes later is told."""
    count = flight.chance.randrange(1, 14)
    flight.puts(count)
    flight.puts(1, after=100.0)
    rest = flight.runs(flight.sender.run())
    ended = flight.timeline.now
    rate = flight.pacer.per_second * SHARE
    most = max(MOST_AT_ONCE, int(rate))
    wrong = []
    if flight.states() != ["sent"] * count + ["pending"]:
        wrong.append(f"after {ended:.2f} s rows are {flight.states()}")
    if not _about(rest, 100.0 - ended):
        wrong.append(f"at {ended:.2f} s it rests for {rest} s")
    if flight.taken_up[0] != min(count, max(MOST_AT_ONCE, int(rate / 4))):
        wrong.append(f"it takes up {flight.taken_up[0]} of {count} rows")
    if flight.most_open > most:
        wrong.append(f"{flight.most_open} calls are open at once")
    slots = -(-count // MOST_AT_ONCE)
    soonest = max((count - 1) / flight.pacer.per_second, flight.lasts)
    latest = (count - 1) / rate + slots * (flight.lasts + 0.3) + 1.5
    if not soonest <= ended <= latest:
        wrong.append(f"{count} rows of {flight.lasts} s take {ended:.2f} s, and not {soonest:.2f} to {latest:.2f}")
    if flight.calls[0][0] > SOON:
        wrong.append(f"the first leaves after {flight.calls[0][0]:.3f} s")
    late = [at for (at, one), (began, _) in zip(flight.written, flight.calls, strict=False)
            if one.to == "sent" and at - began - flight.lasts > SOON * 2]  # fmt: skip
    if late:
        wrong.append(f"answers are written down at {late}")
    return wrong


def comes_later(flight: Flight) -> list[str]:
    """It rests until there is something, and None where nothing is."""
    nothing = flight.runs(flight.sender.run())
    flight.puts(1, after=7.0)
    flight.puts(1, after=9.0, lasts=3.0)
    first = flight.runs(flight.sender.run())
    second = [at for at in (3.0,) if not _about(first, at)]
    return [f"it rests for {nothing} s, and then {first} s"] if nothing is not None or second else []


def is_away(flight: Flight) -> list[str]:
    """What became of a row is written as soon as the database is back, and asked for each second."""
    flight.puts(1)
    flight.away = flight.chance.randrange(1, 4)
    wanted = flight.away * AWAY
    flight.runs(flight.sender.run())
    at = flight.written[0][0] - flight.calls[0][0] - flight.lasts if flight.written else -1.0
    if len(flight.calls) != 1 or not wanted - SOON <= at <= wanted + SOON or flight.states() != ["sent"]:
        return [f"after {wanted} s without a database it is written {at:.3f} s later: {flight.states()}"]
    return []


def is_refused(flight: Flight) -> list[str]:
    """A token that is refused holds all, somebody is told, and it looks again after a while."""
    flight.answers = [TokenRefused() for _ in range(9)]
    flight.puts(3)
    rest = flight.runs(flight.sender.run())
    wrong = [] if _about(rest, REFUSED) else [f"it rests for {rest} s where its token is refused"]
    if {*flight.states()} != {"held"} or [one.reason for one in flight.told] != ["token"]:
        wrong.append(f"rows are {flight.states()}, and told is {flight.told}")
    return wrong


def is_somebody_elses(flight: Flight) -> list[str]:
    flight.turn.own = False
    flight.puts(2)
    rest = flight.runs(flight.sender.run())
    wrong = [] if _about(rest, NOT_MINE) and not flight.calls else [f"it rests for {rest} s, and has {flight.calls}"]
    flight.turn.own = True
    flight.sender.turn_is_free()
    if not flight.sender.woken.is_set():
        wrong.append("a turn that is free wakes nobody")
    flight.runs(flight.sender.run())
    return wrong + ([] if flight.states() == ["sent"] * 2 else [f"rows are {flight.states()}"])


def is_limited(flight: Flight) -> list[str]:
    """A token that was told to wait rests so long, and no longer; then it goes on."""
    seconds = flight.chance.choice((3.0, 20.0))
    flight.answers = [RateLimited(seconds, "token")]
    flight.puts(1)
    rest = flight.runs(flight.sender.run())
    paused = flight.pacer.paused_for()
    if not _about(rest, paused) or not 0 < paused <= seconds:
        return [f"it rests for {rest} s, and its messenger said {seconds}, of which {paused} are left"]
    flight.timeline.run(flight.timeline.now + paused)
    flight.runs(flight.sender.run())
    return [] if flight.states() == ["sent"] and len(flight.calls) == 2 else [f"rows are {flight.states()}"]


def is_ended(flight: Flight) -> list[str]:
    """An end waits for the calls that are open, but not for ever; what is cut off stays as it was."""
    flight.lasts = flight.chance.choice((4.0, 9.9, 30.0))
    flight.puts(2)
    flight.loop.create_task(flight.sender.run())
    flight.timeline.run(0.5)
    if flight.sender.calls_open != 2:
        return [f"{flight.sender.calls_open} of two calls are open"]
    began = flight.timeline.now
    flight.runs(flight.sender.stop())
    took, over = flight.timeline.now - began, flight.lasts < ENDS_IN
    wanted = flight.lasts + flight.calls[-1][0] - began if over else ENDS_IN
    wrong = [] if wanted <= took + 0.001 <= wanted + 0.5 else [f"an end takes {took:.2f} s, not {wanted:.2f}"]
    if flight.states() != ["sent" if over else "sending"] * 2 or flight.turn.given_up != 1 or flight.sender.calls_open:
        wrong.append(f"it leaves {flight.states()}, and gave its turn up {flight.turn.given_up} times")
    if flight.runs(flight.sender.run()) is not None:
        wrong.append("it goes on after its end")
    return wrong


def is_full(flight: Flight) -> list[str]:
    """A chat gets so many in a while; what waits is told until when, and nothing of it leaves before."""
    flight.lasts = 0.1
    count, klass = flight.chance.choice((3, 8, 62)), flight.chance.choice(("notice", "urgent"))
    flight.puts(count, cast("Klass", klass), chat="d-0")
    times: list[float] = []
    wrong = []
    while "pending" in flight.states() and flight.timeline.now < LONGEST and len(times) < MOST_RUNS:
        rest = flight.runs(flight.sender.run())
        if rest is None and {*flight.states()} == {"sent"}:
            break
        if not isinstance(rest, float):
            return [f"it rests for {rest} s, and rows are {flight.states()}"]
        times.append(rest)
        flight.timeline.run(flight.timeline.now + rest)
    minute = [two - one for (one, _), (two, _) in zip(flight.calls, flight.calls[60:], strict=False)]
    if any(one < 60.0 - 1e-6 for one in minute):
        wrong.append(f"more than sixty in a minute: {minute}")
    if len(flight.calls) != count or flight.timeline.now > count * 1.35 + 40.0 or min(times, default=1.0) <= 0.0:
        wrong.append(f"{len(flight.calls)} of {count} left in {flight.timeline.now:.1f} s, with rests {times[:9]}")
    return wrong


def is_in_doubt(flight: Flight) -> list[str]:
    """After an unclear call no other begins; the third in a row is told, and its end as well."""
    flight.lasts = 0.1
    flight.answers = [Unreachable("the line broke", maybe_sent=True) for _ in range(3)]
    flight.puts(6)
    flight.puts(1, "urgent", after=50.0)
    for _ in range(MOST_RUNS):
        if flight.timeline.now >= LONGEST or not {"pending", "leased"} & {*flight.states()}:
            break
        rest = flight.runs(flight.sender.run())
        flight.timeline.run(flight.timeline.now + (rest if isinstance(rest, float) else 1.0))
    stops = flight.bench.ask("select reason, held, resumed_at from outbox_stops")
    unclear = flight.states().count("uncertain")
    wrong = [] if unclear == 3 and flight.states().count("sent") == 4 else [f"rows are {flight.states()}"]
    if len(stops) > 1 or any(stop[0] != "outage" or stop[2] is None for stop in stops):
        wrong.append(f"stops are {stops}")
    if [one.reason for one in flight.told] != ["outage"] * len(stops):
        wrong.append(f"told is {flight.told}")
    return wrong


def is_taken(flight: Flight) -> list[str]:
    """What is urgent goes first, what expires on its way does not leave, and a row that another took up is left."""
    flight.puts(3)
    flight.puts(1, "request")
    flight.puts(1, "urgent")
    flight.puts(1, lasts=0.01)
    flight.timeline.run(0.02)
    flight.runs(flight.sender.run())
    order = [key for _, key in flight.calls]
    first = flight.bench.ask("select min(id) from outbox where klass = 'urgent'")[0][0]
    wrong = [] if order[0] == f"row:{first}" else [f"rows leave as {order}"]
    if flight.states() != ["sent"] * 5 + ["expired"]:
        wrong.append(f"rows are {flight.states()}")
    return wrong


def finds_no_place(flight: Flight) -> list[str]:
    """What found no place on its token waits for a moment, and that was no attempt."""
    flight.no_place = 1
    klass: Klass = flight.chance.choice(("notice", "request", "urgent"))
    flight.puts(1, klass)
    rest = flight.runs(flight.sender.run())
    before = flight.bench.ask("select state, attempts from outbox")
    flight.timeline.run(flight.timeline.now + 1.0)
    flight.runs(flight.sender.run())
    wrong = [] if isinstance(rest, float) and 0 < rest <= MOMENT else [f"it rests for {rest} s"]
    if [*before] != [("pending", 0)] or flight.states() != ["sent"] or len(flight.calls) != 1:
        wrong.append(f"rows are {before}, and then {flight.states()}")
    hasty = klass != "notice"
    if flight.patience != {(PATIENT if hasty else GIVES_WAY, hasty)}:
        wrong.append(f"{klass} waits for its place as {flight.patience}")
    return wrong


def cannot_look(flight: Flight) -> list[str]:
    """Who cannot see what is there says so, and goes on when that is over; an intent that is not written is none."""
    flight.blind = 1
    flight.puts(2)
    wrong = []
    try:
        flight.runs(flight.sender.run())
    except StoreUnavailable:
        pass
    else:
        wrong.append("nobody hears that the database is away")
    flight.mute = flight.chance.randrange(3)
    for _ in range(4):
        flight.runs(flight.sender.run())
        flight.timeline.run(flight.timeline.now + 0.1)
    attempts = flight.bench.ask("select attempts from outbox")
    if flight.states() != ["sent"] * 2 or len(flight.calls) != 2 or {*attempts} != {(1,)}:
        wrong.append(f"rows are {flight.states()}, of {len(flight.calls)} calls, {attempts}")
    return wrong


def is_overtaken(flight: Flight) -> list[str]:
    """The answer of a row that was given up meanwhile resolves it, if it is clear."""
    answer = flight.chance.choice((None, Rejected("so"), Unreachable("the line broke", maybe_sent=True)))
    flight.answers = [] if answer is None else [answer]
    flight.lasts = 0.5
    flight.puts(1)
    flight.loop.create_task(flight.sender.run())
    flight.timeline.run(0.2)
    flight.bench.connection.execute(
        "update outbox set state = 'uncertain', token = '', reason = 'the sender stopped', decision = ''"
    )
    flight.timeline.run(5.0)
    wanted = "sent" if answer is None else "failed" if isinstance(answer, Rejected) else "uncertain"
    return [] if flight.states() == [wanted] else [f"after {answer!r} it is {flight.states()}"]


_SCENES: Sequence[Callable[[Flight], Collection[str]]] = (
    leaves, comes_later, is_away, is_refused, is_somebody_elses, is_limited, is_ended, is_full, is_in_doubt, is_taken,
    finds_no_place, cannot_look, is_overtaken,
)  # fmt: skip


class FlightDrill:
    def __init__(self, bench: Bench, chance: Random) -> None:
        self._bench = bench
        self._chance = chance

    def run(self, most: int) -> None:
        for scene in self._chance.sample(_SCENES, most):
            with self._bench.undone():
                chance = self._chance
                flight = Flight(self._bench, chance, chance.choice((0.1, 0.4, 2.0)), chance.choice((30.0, 30.0, 3.0)))
                try:
                    for wrong in scene(flight):
                        self._bench.lockstep.say("drill, flight", f"{scene.__name__}: {wrong}")
                except Exception as error:
                    self._bench.lockstep.say("drill, flight", f"{scene.__name__}: {type(error).__name__}: {error}")
                finally:
                    flight.ends()
                for failure in flight.loop.failures:
                    self._bench.lockstep.say("drill, flight", f"{scene.__name__}: {failure.get('exception')}")
