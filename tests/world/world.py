"""One world from its plan to its end."""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
import warnings
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import TypeVar
from unittest.mock import patch

import aiosqlite.core
import tortoise.context

from bot.core.engine import HandlerTooSlow
from bot.core.events import Chat
from bot.core.machine import chance as machine_chance
from bot.core.machine import clock as machine_clock
from tests.models import work_out_once

from . import drill, truths
from .broker import Broker
from .core import faults as core_faults
from .core import pace
from .core.conversations import Conversations
from .core.older import Older
from .core.pace import End
from .core.scenes import OUR_BUG
from .disk import Disk
from .ledger import Ledger
from .life import Life
from .little_people import Said
from .lockstep import Lockstep
from .plan import MONTHS, NODE_KINDS, Fault, Plan
from .timeline import Stuck, Timeline, WorldClock
from .town import Person, Town
from .vendor import Weather

SETTLES = 3 * 3600.0
"""Seconds that the bot has at the end, without faults, to do what is left: pauses are as long as an hour."""
LOOKS_EVERY = 5.0
BOOTS_AGAIN = 5.0
SPLIT_FOR = 25.0
"""Seconds for which two processes may still believe that a chat is theirs, after the line to the broker is mended."""
T = TypeVar("T")


@dataclass
class Outcome:
    plan: Plan
    violations: list[str]
    told: list[tuple[float, str]]
    events: int
    calls: int
    steps: int
    seconds: float
    faults: Mapping[str, int] = field(default_factory=dict)

    @property
    def lines(self) -> list[str]:
        """The log; written only where somebody reads it."""
        return [f"{at:11.3f} {line}" for at, line in self.told]


class World:
    """`said` is all that people did, `deaths` when each life that was cut off ended."""

    def __init__(self, plan: Plan, town: Town) -> None:
        self.plan = plan
        self.town = town
        self.timeline = Timeline(plan.seed, plan.disorder)
        self.disk = Disk(self.timeline, plan.seed, town.tables())
        self.ledger = Ledger(WorldClock(self.timeline).now, all(fault.kind != "jump" for fault in plan.faults))
        self.ledger.watch(self.disk.connection)
        self.conversations = Conversations(self)
        self.conversations.watch(self.disk.connection)
        self.lockstep = Lockstep(self)
        self.disk.connection.back = self.lockstep.goes_back
        self.vendors = town.vendors(self, Random(f"{plan.seed}:vendors"))
        self.said: list[Said] = []
        self.deaths: dict[int, float] = {}
        self.failures: list[str] = []
        self.errors: list[str] = []
        self.lives: list[Life] = []
        self.broker = Broker(self.timeline, plan.seed)
        self.broker.acked = self.conversations.acknowledged
        self.happened: dict[str, int] = {}
        self.people: list[Person] = []
        self.announced = 0
        self.loans: dict[str, int] = {}
        self.warned: list[str] = []
        self.warned_in: list[tuple[float, int, str]] = []
        """The same with its moment and the number of its life; nought where none was at work."""
        self.mended: list[float] = []
        """When the disk was well again."""
        self.twice_before = pace.perhaps_twice()
        self.unheard: list[str] = []
        """What a town of the core found meanwhile."""
        self.tasks: list[asyncio.Task[object]] = []
        self.older = Older.of(plan)
        self.begun: dict[int, float] = {}
        """When each life began."""
        self.refusals: Counter[int] = Counter()
        """How often the disk was asked in vain, in each second."""
        self.stalled: list[tuple[float, float]] = []
        """From when until when the disk gave no answer, and was not broken."""
        self.asked_at_work: list[tuple[float, Chat]] = []
        """When it was asked whether somebody is at work, and in which chat."""
        self.bugs = 0
        """So many errors of our own are still to come."""
        self.deadly: dict[str, int] = {}
        """How many processes died of each event that none outlives."""
        self.ends: list[End] = []
        self._busy: list[Person] = []
        self._chance = Random(f"{plan.seed}:world")
        self._lives = 0
        self._graves: list[Life] = []
        self._kill: tuple[Fault, int, Life] | None = None
        self._splits: list[tuple[float, float]] = []
        self._armed: Fault | None = None
        self._disk_away: list[tuple[float, float]] = []
        self._over = False
        self._looked = 0.0

    # What others ask

    @property
    def life(self) -> Life | None:
        """Return a process that lives, one that is ready if there is one."""
        return next((one for one in self.lives if one.engine is not None), self.lives[0] if self.lives else None)

    @property
    def is_over(self) -> bool:
        """Tell whether all faults are over, for good."""
        return self._over

    def split(self, at: float) -> bool:
        """Tell whether two processes may have been at work on one chat around this moment."""
        return any(begin <= at <= end for begin, end in self._splits)

    def parts(self, begin: float, end: float) -> None:
        """Note that two processes may be at work on one chat in this time, and until each has learned of it."""
        self._splits.append((begin, end + SPLIT_FOR))

    def parted_at(self) -> list[float]:
        """Return when chats went to another process while theirs lived."""
        return [begin for begin, _ in self._splits]

    def chats(self) -> Mapping[str, Chat]:
        return {one.name: one.private for one in self.people or self.town.people(self)}

    def failing(self) -> set[str]:
        return {said.update.event.id for said in self.said if said.fails or said.spoilt}

    def noticed(self) -> set[tuple[str, str]]:
        return {(str(platform), str(chat)) for platform, chat in self.disk.ask("select platform, chat_id from outbox")}

    def failed_before(self, row: int) -> bool:
        """Tell whether the row surely did not arrive: its repeat is no repeat to whoever reads it."""
        return bool(self.disk.ask("select 1 from outbox where id = ? and state in ('failed', 'cancelled')", (row,)))

    def held(self, state: str, reason: str) -> bool:
        return state == "held" and reason in ("poison", "breaker", "quota", "window", "together")

    def disk_away(self, since: float, until: float) -> float:
        return sum(end - begin for begin, end in self._disk_away if begin < until and end > since - 60.0)

    def asks(self, what: Callable[[], Awaitable[T]]) -> T | None:
        """Have the living process answer a question about its database; None where none lives."""
        life = self.life
        if life is None:
            return None

        async def answered() -> T:
            return await what()

        task = life.loop.create_task(answered(), context=life.context.copy())
        self.timeline.run(self.timeline.now + 600.0, task.done)
        return task.result() if task.done() else None

    # The story

    def run(self) -> Outcome:
        work_out_once()
        found: list[str] = []
        with self._put_on():
            try:
                self.people = [*self.town.people(self)]
                self._busy = [*self.people]
                for fault in self.plan.faults:
                    self.timeline.after(fault.at, partial(self._begin_fault, fault))
                for place in range(self.plan.nodes):
                    self._boot(place)
                for person in self.people:
                    person.begin()
                self.timeline.run(self.plan.seconds, self._people_done)
                self._end_faults()
                self.timeline.run(self.timeline.now + SETTLES, self._rests)
                found += [
                    *self.ledger.found,
                    *self.conversations.found,
                    *self.lockstep.found,
                    *truths.violations(self),
                    *pace.violations(self),
                    *self.town.violations(self),
                ]
                found += [f"goal: {one.name}: {lacks}" for one in self.people if (lacks := one.goal())]
            except (Stuck, AssertionError) as error:
                found.append(f"{type(error).__name__}: {error}")
            finally:
                self._leave()
        if self.town.in_step and not found:
            found += drill.violations(self)
        for line in found:
            self.timeline.say(f"!! {line}")
        events = sum(len(vendor.updates) for vendor in self.vendors.values())
        calls = sum(len(vendor.calls) for vendor in self.vendors.values())
        return Outcome(
            self.plan, found, self.timeline.told, events, calls, self.timeline.steps, self.timeline.now, self.happened
        )

    @contextmanager
    def _put_on(self) -> Iterator[None]:
        clock = WorldClock(self.timeline)
        ear = _Ear(self)
        root = logging.getLogger()
        with ExitStack() as stack:
            stack.enter_context(patch.object(aiosqlite.core, "Connection", self.disk.connect))
            # Each life has its database in its own context: several live at a time.
            stack.enter_context(patch.object(tortoise.context, "set_global_context", lambda context: None))
            if self.plan.nodes > 1:
                stack.enter_context(patch("bot.framework.rabbit.Wire", self.broker.wire))
            if self.town.in_step:
                stack.enter_context(self.lockstep.put_on())
            stack.enter_context(machine_clock.using(clock))
            stack.enter_context(machine_chance.using(self.timeline.draw))
            stack.enter_context(warnings.catch_warnings())
            warnings.simplefilter("ignore")
            before, root.handlers = root.handlers, [ear]
            level = root.level
            root.setLevel(logging.INFO)
            stack.callback(root.setLevel, level)
            stack.callback(setattr, root, "handlers", before)
            yield

    def _boot(self, place: int = 0) -> None:
        if self.older.keeps_waiting(self.lives):
            self.timeline.after(1.0, partial(self._boot, place))
            return
        self._lives += 1
        self.begun[self._lives] = self.timeline.now
        self.timeline.say(f"-- life {self._lives} begins{f' on node {place}' * (self.plan.nodes > 1)}")
        bot = partial(self.town.bot, world=self)
        life = Life(self._lives, self.timeline, bot, self._chance, self._ended, place)
        self.lives.append(life)
        life.passed = partial(self.passes, life)
        self.passes(life, "start")

    def _ended(self, life: Life, error: BaseException | None) -> None:
        """The process ended by itself, or came to no start."""
        self.timeline.say(f"-- life {life.number} ended{'' if error is None else f': {error}'}")
        pace.ended(self, life.number)
        if error is not None and not self._disk_away:
            self.errors.append(f"a life ended with {type(error).__name__}: {error}")
        self._gone(life)
        self.timeline.after(BOOTS_AGAIN, partial(self._boot, life.place))

    def _gone(self, life: Life) -> None:
        life.alive = False
        self.timeline.loops.remove(life.loop)
        self._graves.append(life)
        self.deaths[life.number] = self.timeline.now
        for vendor in self.vendors.values():
            vendor.left(life)
        self.disk.dies(life.loop)
        self.broker.dies(life.loop)
        self.lives.remove(life)
        if self._kill is not None and self._kill[2] is life:
            self._kill = self.timeline.step_hook = None

    # Faults

    def passes(self, life: Life, what: str) -> None:
        """The bot came by a place after which a kill may be due."""
        if self._armed is not None and self._armed.after == what and self._kill is None:
            self._kill, self._armed = (self._armed, self._armed.steps, life), None
            self.timeline.step_hook = self._counts

    def _counts(self) -> None:
        assert self._kill is not None
        fault, left, life = self._kill
        if left > 0:
            self._kill = fault, left - 1, life
            return
        self._kill = self.timeline.step_hook = None
        self._note(fault, fault.kind)
        if fault.kind == "end":
            self._stops(life)
            return
        # A power cut takes all that stands in the room, and bytes are spoilt while nobody lives.
        for one in [life] if fault.kind == "kill" else [*self.lives]:
            self.kills(one, fault.lasts, " by a power cut" * (fault.kind == "power"))
        if fault.kind == "power":
            self.disk.loses_power()
        elif fault.kind in core_faults.SPOILS:
            self._spoils(fault)

    def _spoils(self, fault: Fault) -> None:
        """Change bytes from outside: that is no move of the bot's."""
        books = self.ledger.found, self.conversations.found
        before = [[*book] for book in books]
        core_faults.SPOILS[fault.kind](self, fault)
        for book, found in zip(books, before, strict=True):
            book[:] = found

    def _stops(self, life: Life) -> None:
        if life.number not in {one.life for one in self.ends}:
            self.ends.append(End(life.number, self.timeline.now))
        life.stop()

    def kills(self, life: Life, away: float, how: str = "") -> None:
        """Kill a process; the next one begins in so many seconds."""
        self.timeline.say(f"-- life {life.number} is killed{how}")
        self._gone(life)
        self.timeline.after(away, partial(self._boot, life.place))

    def dies_of(self, life: Life, what: str) -> None:
        """A process dies of an event, if it still lives."""
        if life not in self.lives:
            return
        self.deadly[what] = self.deadly.get(what, 0) + 1
        self.timeline.say(f"-- life {life.number} dies of {what}")
        self._gone(life)
        self.timeline.after(BOOTS_AGAIN / 2, partial(self._boot, life.place))

    def strikes(self, fault: Fault) -> None:
        """Count a fault that came, and strikes only now."""
        self._note(fault, fault.kind)

    def _note(self, fault: Fault, what: str = "") -> None:
        self.happened[fault.kind] = self.happened.get(fault.kind, 0) + 1
        if not what:
            self.timeline.say(f"-- {fault}")

    def _begin_fault(self, fault: Fault) -> None:
        if self._over:
            return
        if fault.kind in ("kill", "power", *core_faults.ARMED):
            self._armed = fault
            self.timeline.say(f"-- armed: {fault}")
            return
        if fault.kind == "restart":
            if self.lives:
                self._note(fault)
                self._stops(self.lives[fault.steps % len(self.lives)])
            return
        if fault.kind in MONTHS:
            self.timeline.say(f"-- {fault}: {fault.steps} messages more")
        else:
            self._note(fault)
        (_BEGINS.get(fault.kind) or core_faults.BEGINS[fault.kind])(self, fault)
        if fault.lasts:
            self.timeline.after(fault.lasts, partial(self._end_fault, fault))

    def _end_fault(self, fault: Fault) -> None:
        if self._over:
            return
        self.timeline.say(f"-- over: {fault}")
        if fault.kind in NODE_KINDS:
            self.broker.is_fine()
            self._disk_fine()
        elif fault.kind in core_faults.BEGINS:
            self.vendors["rich"].weather = Weather()
        elif "disk" in fault.kind or fault.kind == "failover":
            self._disk_fine()
        else:
            self.vendors[fault.on].weather = Weather()

    def _disk_fine(self) -> None:
        self.mended.append(self.timeline.now)
        self.disk.broken = self.disk.slow = False
        self.disk.mends()
        self.disk.give_room()

    def _end_faults(self) -> None:
        self.timeline.say("-- from here on all is well")
        self._over = True
        self._armed = self._kill = self.timeline.step_hook = None
        self._disk_fine()
        self.broker.is_fine()
        for vendor in self.vendors.values():
            vendor.weather = Weather()
        self.bugs = 0
        if (self.happened.get("token") or self.happened.get("own bug")) and self.lives:
            self.timeline.say("-- the operator looks after the token and starts the bot again")
            for life in [*self.lives]:
                self._stops(life)
            self._looked = self.timeline.now + BOOTS_AGAIN + 60.0

    # The end

    def _people_done(self) -> bool:
        while self._busy and self._busy[-1].finished:
            self._busy.pop()
        return not self._busy

    def _rests(self) -> bool:
        """Whether nothing is left to do; looked at now and then."""
        if self.timeline.now < self._looked + LOOKS_EVERY:
            return False
        self._looked = self.timeline.now
        if not self._people_done() or len(self.lives) < self.plan.nodes:
            return False
        if any(life.engine is None or life.engine._queues or life.engine._delivery.has_marks for life in self.lives):
            return False
        if any(
            vendor.waiting or any(not _over(call) for call in vendor.calls[-50:]) for vendor in self.vendors.values()
        ):
            return False
        open_rows = self.disk.ask(
            "select (select count(*) from inbox where body is not null and failed is null),"
            " (select count(*) from outbox where state in ('pending', 'leased', 'sending')"
            " or (state = 'held' and reason in ('canary', 'quiet hours', 'digest'))"
            " or (state = 'held' and reason = 'together' and not exists"
            " (select 1 from outbox f where f.chat_id = outbox.chat_id and f.package like 'news:%'"
            " and f.part > 0 and f.state in ('pending', 'held', 'leased', 'sending')))),"
            " (select count(*) from jobs where state in ('waiting', 'leased')),"
            " (select count(*) from sessions where out_seq > sent_seq)"
        )
        return not any(open_rows[0])

    def _leave(self) -> None:
        """The end of the world: whatever still lives is never resumed."""
        for life in (*self._graves, *self.lives):
            life.alive = False
            self.failures += [str(each.get("message")) for each in life.loop.failures]
            life.loop.set_exception_handler(lambda loop, context: None)
        self.disk.dies()
        self.disk.close()


def run(plan: Plan, town: Town) -> Outcome:
    """Run one world, and let go of all its lives before anything else begins.

    What was never resumed is collected here, where nobody hears or sees its `finally`.
    """
    try:
        return World(plan, town).run()
    finally:
        _collect()


def _collect() -> None:
    hook, sys.unraisablehook = sys.unraisablehook, lambda _: None
    root = logging.getLogger()
    handlers, root.handlers = root.handlers, [logging.NullHandler()]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for _ in range(3):  # a `finally` that runs now leaves what is to be collected next
                if not gc.collect():
                    break
    finally:
        sys.unraisablehook, root.handlers = hook, handlers


def _over(call: object) -> bool:
    return call.heard is not None or call.cut  # type: ignore[attr-defined]


class _Ear(logging.Handler):
    """Writes the bot's warnings into the world's log."""

    def __init__(self, world: World) -> None:
        super().__init__(logging.INFO)
        self._world = world

    def emit(self, record: logging.LogRecord) -> None:
        if not record.name.startswith("bot"):
            return
        words = record.getMessage().split("\n")[0]
        self._world.timeline.say(f"   {record.levelname.lower()}: {words}")
        if record.levelno >= logging.WARNING and " failed in tests.world" not in words:
            self._world.warned.append(words)
            loop = asyncio._get_running_loop()
            life = next((one.number for one in self._world.lives if one.loop is loop), 0)
            self._world.warned_in.append((self._world.timeline.now, life, words))
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            self._world.timeline.say(f"   {type(error).__name__}: {error}")
            if record.levelno >= logging.ERROR and not _expected(error):
                self._world.errors.append(f"{words}: {type(error).__name__}: {error}")


def _expected(error: BaseException) -> bool:
    return isinstance(error, ZeroDivisionError | HandlerTooSlow) or str(error) in ("a fault of the adapter", OUR_BUG)


def _fates(fates: Mapping[str, float], world: World, fault: Fault) -> None:
    world.vendors[fault.on].weather = Weather(fates={fate: share * fault.much for fate, share in fates.items()})


def _broken(world: World, fault: Fault) -> None:
    world.disk.broken = True
    world._disk_away.append((fault.at, fault.at + fault.lasts))


def _full(world: World, fault: Fault) -> None:
    world.disk.fill()
    world._disk_away.append((fault.at, fault.at + fault.lasts))


def _slow_disk(world: World, fault: Fault) -> None:
    world.disk.slow = True
    world._disk_away.append((fault.at, fault.at + fault.lasts))


def _jump(world: World, fault: Fault) -> None:
    from datetime import timedelta

    world.timeline.skew += timedelta(seconds=fault.much)


def _node_of(world: World, fault: Fault) -> Life | None:
    return next((one for one in world.lives if one.place == fault.steps % world.plan.nodes), None)


def _cut_broker(world: World, fault: Fault) -> None:
    world.parts(fault.at, fault.at + fault.lasts)
    if (life := _node_of(world, fault)) is not None:
        world.broker.cuts(life.loop)


def _cut_database(world: World, fault: Fault) -> None:
    world._disk_away.append((fault.at, fault.at + fault.lasts))
    if (life := _node_of(world, fault)) is not None:
        world.disk.cuts(life.loop, off=True)


def _fail_over(world: World, fault: Fault) -> None:
    world._disk_away.append((fault.at, fault.at + fault.lasts))
    world.disk.fails_over()


def _broker_down(world: World, fault: Fault, *, with_queues: bool) -> None:
    world.parts(fault.at, fault.at + fault.lasts)
    world.broker.goes_down(with_queues=with_queues)


def _weather(world: World, fault: Fault, **weather: float) -> None:
    world.vendors[fault.on].weather = Weather(**weather)  # type: ignore[arg-type]


_BEGINS: Mapping[str, Callable[[World, Fault], None]] = {
    "lost": lambda world, fault: _weather(world, fault, lost=0.6 * fault.much),
    "doubled": lambda world, fault: _weather(world, fault, doubled=fault.much),
    "slow": lambda world, fault: _weather(world, fault, slow=20.0 * fault.much),
    "deaf": lambda world, fault: _weather(world, fault, lost=1.0),
    "mute": partial(_fates, {"taken": 1.0}),
    "outage": partial(_fates, {"before": 1.0}),
    "unclear": partial(_fates, {"unclear": 0.5, "taken": 0.5}),
    "limits": partial(_fates, {"chat429": 0.5, "token429": 0.3}),
    "silence": partial(_fates, {"silent429": 0.5}),
    "refused": partial(_fates, {"refused": 0.3}),
    "late": partial(_fates, {"late": 0.7}),
    "token": partial(_fates, {"token": 0.6}),
    "bug": partial(_fates, {"bug": 0.2}),
    "broken disk": _broken,
    "full disk": _full,
    "slow disk": _slow_disk,
    "jump": _jump,
    "cut broker": _cut_broker,
    "cut database": _cut_database,
    "failover": _fail_over,
    "broker away": partial(_broker_down, with_queues=False),
    "broker lost": partial(_broker_down, with_queues=True),
}
