"""From an event to its answer, with nothing lost in between.

Note, queue, handle, commit, send, mark: in this order. Every stored effect happens exactly once; an answer is sent
twice only if the process dies between the platform's acceptance and the mark. If several processes share the work,
each takes the chats that its queues bring (see bot.core.carrier).
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import logging
from collections.abc import Awaitable, Callable, Container, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.core import probing
from bot.core.carrier import Carried, Carrier, WaitingChat
from bot.core.chat_queue import RETRY_AFTER, ChatQueue
from bot.core.metrics import latencies
from bot.core.own_fault import OwnFault

from .batches import Batches
from .context import Context, StaleEvent, Translate
from .delivery import Delivery
from .dispatch import Dispatcher
from .events import BotLeft, Chat, Commanded, Event, Sender
from .fit import LinkTo
from .flood import Flood, Spent, measured
from .guard import Guard
from .messages import Message
from .pacing import Pacer
from .platform import Clock, Platform
from .router import Router
from .sessions import (
    Key,
    Outgoing,
    RecordedEvent,
    Session,
    Store,
    StoreTooSlow,
    StoreUnavailable,
    VersionConflict,
)
from .text import Text, msg

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EngineLimits:
    """Limits of the engine; times in seconds.

    In a private chat `per_minute` events are handled at once, the rest queue. A group has many people: a whole village
    may press one button, and its leader must not wait a quarter of an hour. An official at work (`per_minute_at_work`)
    presses through forty rows without a stop. An event of which processes die is begun `attempts` times; marks are
    written `mark_after` the first of them. A handler that takes `handler_seconds` is stopped and fails; one that keeps
    the loop for `blocks_after` in one piece, or waits for `waits_after` in all, is named in the log.
    """

    stale_after: float = 6 * 3600
    per_minute: int = 20
    per_minute_at_work: int = 120
    per_minute_in_group: int = 300
    attempts: int = 3
    mark_after: float = 0.05
    handler_seconds: float | None = None
    blocks_after: float = 2.0
    waits_after: float = 10.0


MANY_DEATHS = 2
"""After so many ends of a process with a message its events are begun one by one, and counted."""
DROPPED_WITHIN = 5.0
"""Seconds that an event at work has to come to its end when its chat goes to another process."""


class HandlerTooSlow(Exception):
    """A handler did not come to an end in its time."""


_FAILED = msg(
    "Sorry, something went wrong here. I have noted it so that it gets fixed. Type “menu” to do something else."
)
AtWork = Callable[[Chat, Sender, datetime], Awaitable[bool]]


class Engine:
    """Owns the way of an event. `receive` is the sink that platforms listen with.

    `carrier`: several processes share the work, and it decides which one handles a chat. `platforms` and `pacers`, by
    name, are read anew each time: a messenger may join (`take_up`) and leave. `at_work` tells of somebody, by chat and
    sender, who has more to do here than people who ask; it is asked only of who is fast. `joining`: messengers join
    after `start`, and nothing that is carried is taken before `joined`, for their chats would have to wait here.
    """

    def __init__(
        self,
        *,
        router: Router,
        store: Store,
        platforms: Mapping[str, Platform],
        pacers: Mapping[str, Pacer],
        translate: Translate,
        link_to: LinkTo,
        clock: Clock,
        locale: str = "vi",
        limits: EngineLimits | None = None,
        carrier: Carrier | None = None,
        at_work: AtWork | None = None,
        joining: bool = False,
    ) -> None:
        self._dispatcher = Dispatcher(router)
        self._at_end = tuple(router.endings)
        self._answered = router.answered
        self._store = store
        self._platforms = platforms
        self._translate = translate
        self._link_to = link_to
        self._clock = clock
        self._locale = locale
        self._limits = limits or EngineLimits()
        self._pacers = pacers
        self._delivery = Delivery(platforms, pacers, store, clock, self._report, self._mark_soon, self._translated)
        self._at_work = at_work
        self._flood = Flood(self._limits.per_minute, clock)
        self._flood_in_groups = Flood(self._limits.per_minute_in_group, clock)
        self._records: Batches[Event, Awaitable[None] | None] = Batches(self._record)
        self._sanitize = Guard()
        self._one_long = asyncio.Lock()
        self._queues: dict[Key, ChatQueue] = {}
        self._broken: set[Key] = set()
        self._in_doubt: set[Key] = set()
        self._carrier = carrier
        self._joining = joining
        self._arrivals: Batches[Carried, None] = Batches(self._take_up, limit=50)
        self._rested: dict[Key, ChatQueue] = {}
        self._outlived: list[ChatQueue] = []
        self._left: list[Key] = []
        self._one_again = asyncio.Lock()
        self._begun: dict[int, int] = {}
        self._uncounted: set[int] = set()
        self._let_in: set[int] = set()
        self._marking: asyncio.Task[None] | None = None
        self._ended = False
        self._context = contextvars.copy_context()

    # Life

    async def start(self) -> None:
        """Take up what an earlier process left: replies that were not sent, events that were not handled."""
        self._context = contextvars.copy_context()
        await self._store.shorten_pauses(self._clock.now())
        for platform, chat_id, until in await self._store.pauses():
            if platform in self._pacers:
                self._pacers[platform].pause((until - self._clock.now()).total_seconds(), chat_id)
        await probing.follow(self._pacers, self._store, self._clock)
        await self._store.clear_handled()
        if self._carrier is not None:
            if not self._joining:
                self._carrier.begin(self._arrivals.add, self._let_wait, self._drop)
            return
        for session in await self._store.unsent():
            self._queue_of(session)
        await self._begin_again(self._platforms)

    def joined(self) -> None:
        """Take what is carried from now on, also for the messengers that have joined since the start."""
        if self._joining and self._carrier is not None:
            self._carrier.begin(self._arrivals.add, self._let_wait, self._drop)
        self._joining = False

    async def take_up(self, platform: str) -> None:
        """Take up what waits for a messenger that joins now. It must not listen yet: what comes must not pass by."""
        if self._carrier is not None:
            for recorded in await self._store.unfinished():
                if recorded.event.chat.platform == platform:
                    self._carrier.carry(recorded.session.key, recorded.seq)
            return
        for session in await self._store.unsent():
            if session.key.platform == platform:
                self._queue_of(session)
        await self._begin_again({platform})

    async def _begin_again(self, platforms: Container[str]) -> None:
        """Begin again with the events of these messengers that nobody has handled."""
        left: dict[Key, list[RecordedEvent]] = {}
        for recorded in await self._store.unfinished():
            if recorded.event.chat.platform in platforms:
                left.setdefault(recorded.session.key, []).append(recorded)
        for waiting in left.values():
            # Those of a chat together, so that the photos of an album find each other.
            for recorded in waiting:
                self._queue_of(recorded.session).add(replace(recorded, again=True))

    async def receive(self, events: Sequence[Event]) -> None:
        """Note events; returns after their commit. Raises StoreUnavailable: then nothing may be acknowledged.

        Beside a carrier it returns when their queues have them: until then only this process knows of them, and
        the vendor brings to another one what is not acknowledged.
        """
        records = [self._records.add(await self._sanitize(event)) for event in events]
        # Mostly it is one, for which nothing need be gathered.
        noted = [await records[0]] if len(records) == 1 else await asyncio.gather(*records)
        for on_its_way in noted:
            if on_its_way is not None:
                await asyncio.shield(on_its_way)  # others await it, too

    def forget(self, key: Key) -> None:
        """Drop everything remembered about a chat whose session was deleted on purpose."""
        self._delivery.forget(key)

    async def idle(self) -> None:
        """Return when every received event is noted and handled, every reply sent and every mark written."""
        while tasks := [*self._tasks(), *self._records.running, *self._arrivals.running]:
            await asyncio.wait(tasks)

    async def stop(self, grace: float = 10.0) -> None:
        """Finish what is in flight, at most `grace` seconds; the rest is done at the next start.

        Events that come after it, by a page that outlives the conversations, are noted and left to that start.
        """
        if self._carrier is not None:
            self._carrier.end()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.idle(), grace)
        self._ended = True
        tasks = self._tasks()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._write_marks()

    def _tasks(self) -> list[asyncio.Task[None]]:
        queues = [queue.task for queue in self._queues.values() if queue.task is not None]
        return queues if self._marking is None else [*queues, self._marking]

    # Note and queue

    async def _record(self, events: Sequence[Event]) -> Sequence[Awaitable[None] | None]:
        if self._carrier is not None:
            on_their_way: Awaitable[None] | None = None
            for key, number in await self._noted_or_known(events, self._carrier):
                if self._ended:
                    break
                on_their_way = self._carrier.carry(key, number)  # the last is there when all are
            return [on_their_way] * len(events)
        keys = {_key_of(event) for event in events}
        try:
            recorded = await self._store.record(events)
        except StoreUnavailable:
            # Perhaps they were noted, and only the answer was lost; then their repeats will be known already.
            self._in_doubt |= keys
            raise
        doubted = keys & self._in_doubt if self._in_doubt else ()
        for one in recorded:
            if self._ended:
                break
            if one.session.key not in doubted:
                self._queue_of(one.session).add(one)
        for key in doubted:
            await self._take_unheard(key)
        return [None] * len(events)

    async def _take_unheard(self, key: Key) -> None:
        """Queue all that is new of a chat of which some may have been noted unheard: it comes before what followed."""
        for recorded in await self._store.left(key):
            queue = self._queues.get(key)
            if not self._ended and (queue is None or recorded.seq > queue.newest):
                self._queue_of(recorded.session).add(recorded)
        self._in_doubt.discard(key)

    async def _noted_or_known(self, events: Sequence[Event], carrier: Carrier) -> list[tuple[Key, int]]:
        """Note events; return the new ones, and what waits in a chat of which an event came that was noted before.

        Each is the chat's key and the event's number.

        Another process may have noted it and died before it sent its number on the way, or a commit's answer got lost.
        """
        noted = await carrier.note(events)
        new = {(event.chat.platform, event.id) for event, _ in noted}
        again = {_key_of(event) for event in events if (event.chat.platform, event.id) not in new}
        left = [(key, one.seq) for key in again for one in await self._store.left(key)]
        return [*[(_key_of(event), number) for event, number in noted], *left]

    async def _report(self, event: Event) -> None:
        """Note what a send found out; unlike a platform nobody would repeat it."""
        while True:
            try:
                await self.receive([event])
            except StoreUnavailable:
                await self._clock.sleep(RETRY_AFTER)
            else:
                return

    def _queue_of(self, session: Session) -> ChatQueue:
        """Return the queue of a chat, a new one with this session if nothing of this chat is running."""
        queue = self._queues.get(session.key)
        if queue is None:
            inherited = session.key in self._broken
            self._broken.discard(session.key)
            queue = self._queues[session.key] = ChatQueue(inherited=inherited)
            self._delivery.catch_up(session)
            queue.task = self._spawn(self._run(queue, session))
        return queue

    async def _take_up(self, arrived: Sequence[Carried]) -> Sequence[None]:
        """Go on with the chats that numbers lead to, however long the database is away."""
        for carried in arrived:
            carried.hold()
        # The next events of a chat may be another process's, which may delete its session. Not before now: an earlier
        # reading may have missed the marks.
        for key in self._left:
            if key not in self._queues and key not in self._rested:
                self._delivery.forget(key)
        self._left.clear()
        numbers = list(dict.fromkeys(number for carried in arrived for number in carried.numbers))
        while self._carrier is not None:
            try:
                chats = await self._carrier.read(numbers)
            except StoreUnavailable:
                await self._clock.sleep(RETRY_AFTER)
            else:
                if not self._ended:  # what is not acknowledged goes to another process
                    self._go_on_with(chats, arrived)
                break
        if not self._ended:
            for carried in arrived:
                carried.release()
        return [None] * len(arrived)

    def _go_on_with(self, chats: Sequence[WaitingChat], arrived: Sequence[Carried]) -> None:
        # What was given back while it was read leads to its chats once more, here or at another process. A number may
        # come twice at once, as of a process that died and published anew: the copy with its death counts.
        left = sorted((one for one in arrived if not one.given_back), key=lambda one: one.deaths)
        by_number = {number: one for one in left for number in one.numbers}
        for chat in chats:
            if carried := [by_number[number] for number in chat.numbers if number in by_number]:
                self._go_on(chat, carried)

    def _go_on(self, chat: WaitingChat, carried: Sequence[Carried]) -> None:
        """Put what is new into the chat's queue. Of what leads to a chat one is kept: it would lead to all of it."""
        key = chat.session.key
        at_work = self._queues.get(key)
        rested = at_work or self._rested.get(key)
        events = [one for one in chat.events if rested is None or one.seq > rested.newest]
        if any(one.deaths for one in carried):
            for number in chat.numbers:
                if 0 < number <= chat.session.done_seq:  # handled by a process that died before it marked that
                    self._delivery.done(number)
            self._mark_soon()
        most = max(carried, key=lambda one: one.deaths)
        again = most.deaths >= MANY_DEATHS
        if at_work is not None and at_work.carried is not None:
            at_work.keep(most)  # a copy that knows of no death may have come first
            if again:
                at_work.begin_alone({one.seq for one in chat.events})
        if key.platform not in self._platforms or not (events or (chat.session.out and rested is None)):
            return
        queue = self._queue_of(chat.session)
        queue.keep(most)
        for recorded in events:
            # Of a message that was published anew the broker counts from nought, of the event the inbox counts on.
            queue.add(replace(recorded, again=True) if again or recorded.attempts else recorded)

    def _let_wait(self, carried: Carried) -> None:
        """Leave the chats that only wait for their messenger: a queue goes to another process when none is at work."""
        for key, queue in self._queues.items():
            if queue.carried is carried and queue.task is not None and key in self._delivery.waiting:
                queue.dropped = True
                queue.task.cancel()

    async def _drop(self) -> None:
        """Leave all chats to the process that their queues now go to; what is in mid-commit or mid-call is finished.

        A reply that waits is left at once: the other process sends it, too, perhaps in this very moment.
        """
        dropped = dict(self._queues)
        self._delivery.left.update(dropped)
        for key, queue in dropped.items():
            queue.dropped = True
            if queue.task is not None and key in self._delivery.waiting:
                queue.task.cancel()
        tasks = [queue.task for queue in dropped.values() if queue.task is not None]
        if tasks:
            await asyncio.wait(tasks, timeout=DROPPED_WITHIN)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for key, queue in dropped.items():
            if self._queues.get(key) is queue:  # cancelled before it began
                del self._queues[key]
        self._delivery.left.difference_update(dropped)
        if await self._write_marks():
            for key in dropped:
                self._delivery.forget(key)

    def _spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        # In the context of start(): a task made inside somebody's transaction must not inherit it.
        return asyncio.get_running_loop().create_task(work, context=self._context.copy())

    async def _run(self, queue: ChatQueue, session: Session) -> None:
        key, at_rest = session.key, False
        try:
            if queue.inherited:
                session = await self._inherit(queue, session)
            self._delivery.taken_over(session)
            await self._delivery.send_out(session)
            # What waits for a messenger that was switched off meanwhile is taken up when it comes back.
            while queue.waiting and not queue.dropped and key.platform in self._platforms:
                recorded, handled = await queue.take(self._clock)
                session = await self._finish(recorded, session, handled, queue)
            at_rest = True
        except Exception:
            # The next event must not pass by those that waited here: what is handled is told by a number.
            self._broken.add(key)
            log.exception("the queue of a chat broke; its events are taken up with the next one or at the next start")
        finally:
            del self._queues[key]
            if queue.carried is not None and (at_rest or queue.dropped):
                if queue.dropped or queue.waiting:
                    queue.newest = 0  # what it left comes again
                if key in self._rested:  # it was taken up again before its marks were written
                    self._outlived.append(self._rested[key])
                self._rested[key] = queue
            self._mark_soon()

    async def _inherit(self, queue: ChatQueue, session: Session) -> Session:
        """Return the session as the database has it, and fetch the events that the broken queue left: they come first.

        Only the database knows how far it got.
        """
        fresh = await self._reload(session)
        await queue.fetch_left(session.key, self._store, self._clock)
        return fresh

    def _mark_soon(self) -> None:
        if self._marking is None and (self._delivery.has_marks or self._rested):
            self._marking = self._spawn(self._mark())

    async def _mark(self) -> None:
        try:
            after = self._limits.mark_after
            while self._delivery.has_marks or self._rested:
                await asyncio.sleep(after)
                after = self._limits.mark_after if await self._write_marks() else RETRY_AFTER
        finally:
            self._marking = None

    async def _write_marks(self) -> bool:
        """Write what is to be marked, and acknowledge it where it was carried; False when the database is away."""
        rested = dict(self._rested) if self._rested else {}
        outlived, self._outlived = self._outlived, []
        written = False
        try:
            written = await self._delivery.write_marks()
        finally:
            if not written:  # also where an end cut it off
                self._outlived = outlived + self._outlived
        if not written:
            return False
        for key, queue in rested.items():
            if self._rested.get(key) is queue:
                del self._rested[key]
                self._left.append(key)
        for queue in (*outlived, *rested.values()):
            if queue.carried is not None:
                queue.carried.release()
                queue.carried = None
        return True

    # Handle and commit

    async def _finish(
        self, recorded: RecordedEvent, session: Session, handled: Sequence[int], queue: ChatQueue
    ) -> Session:
        """Handle one event until it is committed, then send; returns the chat's session as it is then.

        `handled` are the numbers of all that it was made of.
        """
        key = session.key
        try:
            with latencies.EVENTS.timed(key.platform):
                session = await self._committed(recorded, session)
        except asyncio.CancelledError:
            self._delivery.cut_off(handled)
            raise
        again = {one.seq for one in queue.waiting} if len(handled) > 1 else ()
        for seq in handled:
            if seq not in again:
                self._delivery.done(seq)
        if queue.dropped:
            return session
        await self._delivery.send_out(session)
        if session.key != key:
            # It went on under another id; whatever still comes under this one begins anew.
            self._delivery.forget(key)
            session = Session(key, session.kind)
        self._mark_soon()
        return session

    async def _committed(self, recorded: RecordedEvent, session: Session) -> Session:
        try:
            return await self._insist(recorded, session)
        except asyncio.CancelledError:
            # From outside, as when its chat goes to another process: no process died of it.
            if recorded.seq in self._begun:
                self._delivery.survived(recorded.seq)
            raise
        finally:
            self._let_in.discard(recorded.seq)
            self._uncounted.discard(recorded.seq)
            if self._begun.pop(recorded.seq, 0):
                self._one_again.release()

    async def _insist(self, recorded: RecordedEvent, session: Session) -> Session:
        stopped = 0
        while recorded.seq > session.done_seq:
            try:
                if stopped >= self._limits.attempts:
                    return await self._fail(recorded, session, f"stopped {stopped} times, waiting for the database")
                return await self._turn(recorded, session)
            except VersionConflict:
                session = await self._reload(session)
                self._delivery.taken_over(session)  # with the same event another process may have been quicker
                if not await self._is_left(recorded):  # and its session may have moved away since
                    return session
            except StoreUnavailable as error:
                stopped += isinstance(error, StoreTooSlow)
                # Perhaps the commit took place and only its answer was lost: the session read again will tell.
                log.warning("event %d waits for the database: %s", recorded.seq, error)
                await self._clock.sleep(RETRY_AFTER)
                session = await self._reload(session)
                if self._carrier is not None:
                    self._delivery.taken_over(session)
                    if not await self._is_left(recorded):
                        return session
        return session

    async def _is_left(self, recorded: RecordedEvent) -> bool:
        """Tell by the inbox whether an event is unhandled, and let go of those behind it that another process handled.

        The number of a session that moved away went with it.
        """
        queue = self._queues[recorded.session.key]
        while True:
            behind = {one.seq for one in queue.waiting}
            try:
                left = {one.seq for one in await self._store.left(recorded.session.key)}
            except StoreUnavailable:
                await self._clock.sleep(RETRY_AFTER)
            else:
                return queue.hold_against(left, behind)

    async def _reload(self, session: Session) -> Session:
        while True:
            try:
                fresh = await self._store.load(session.key, session.kind)
            except StoreUnavailable:
                await self._clock.sleep(RETRY_AFTER)
            else:
                self._delivery.read_anew(fresh)
                return fresh

    async def _turn(self, recorded: RecordedEvent, session: Session) -> Session:
        if recorded.attempts > self._limits.attempts:
            return await self._set_aside(recorded, session)
        ctx = self._context_for(recorded, session)
        if not self._dispatcher.concerns(ctx):
            return session
        if recorded.seq not in self._let_in:  # however often it is begun, waiting for the database, it is one event
            if await self._hold_back(session, recorded.event):
                ctx = self._context_for(recorded, session)
            self._let_in.add(recorded.seq)
        if recorded.again:
            return await self._turn_again(recorded, session, ctx)
        return await self._routed(recorded, session, ctx)

    async def _turn_again(self, recorded: RecordedEvent, session: Session, ctx: Context) -> Session:
        """Handle an event of which a process may have died: alone, so that no other one is blamed for its end."""
        if recorded.seq not in self._begun:
            await self._begin_alone(recorded)
            ctx = self._context_for(recorded, session)  # it is later now
        if self._begun[recorded.seq] > self._limits.attempts:
            return await self._set_aside(replace(recorded, attempts=self._begun[recorded.seq]), session)
        return await self._routed(recorded, session, ctx)

    async def _begin_alone(self, recorded: RecordedEvent) -> None:
        """Count an attempt; until it is over no other such event begins, also while it waits for the database."""
        await self._one_again.acquire()
        try:
            known = recorded.attempts if recorded.seq in self._uncounted else None
            self._begun[recorded.seq] = await self._store.begin_attempt(recorded.seq, known)
        except BaseException:
            self._uncounted.add(recorded.seq)
            self._one_again.release()
            raise

    async def _set_aside(self, recorded: RecordedEvent, session: Session) -> Session:
        log.critical("event %d was begun %d times and is set aside", recorded.seq, recorded.attempts - 1)
        return await self._fail(recorded, session, "set aside: handling it never came to an end")

    async def _routed(self, recorded: RecordedEvent, session: Session, ctx: Context) -> Session:
        spent, limit = Spent(), asyncio.timeout(None)
        try:
            try:
                if ctx.takes_long:
                    # Of many long texts at once each word of somebody else's answer would wait for all of them.
                    async with self._one_long:
                        await self._handled(ctx, spent, limit)
                else:
                    await self._handled(ctx, spent, limit)
            except StaleEvent:
                ctx = self._context_for(recorded, session)
                ctx.reply(ctx.t("That button is old, so I have changed nothing. Here is how things stand now."))
                with self._store.reading():
                    await self._dispatcher.stale(ctx)
                    if not ctx.committed:
                        await ctx.commit()
        except (VersionConflict, StoreUnavailable):
            raise
        except Exception as error:
            if isinstance(error, TimeoutError) and limit.expired():
                error = HandlerTooSlow(f"stopped after {spent.whole:.1f} s: a handler does no network and no sleep")
            log.error("event %d failed in %s: %s", recorded.seq, ctx.handler, error, exc_info=error)
            return await self._fail(recorded, session, f"{ctx.handler}: {type(error).__name__}: {error}"[:500])
        finally:
            self._tell_of_slow(ctx.handler, spent)
            self._flood_of(session).spend(session.key, spent.seconds)
        return ctx.session

    async def _handled(self, ctx: Context, spent: Spent, limit: asyncio.Timeout) -> None:
        """Handle an event and commit; `limit` begins to run when the handler first waits, for most never do."""

        def waits() -> None:
            if self._limits.handler_seconds is not None:
                limit.reschedule(asyncio.get_running_loop().time() + self._limits.handler_seconds - spent.whole)

        with OwnFault(), self._store.reading():
            async with limit:
                await measured(self._dispatcher.route(ctx), spent, waits)
            if not ctx.committed:
                await ctx.commit()

    def _tell_of_slow(self, handler: str, spent: Spent) -> None:
        """Name a handler in the log that kept everybody waiting, or its own chat."""
        if spent.longest >= self._limits.blocks_after:
            log.error("%s kept the loop for %.1f s: all chats waited; long work is a job", handler, spent.longest)
        elif spent.whole >= self._limits.waits_after:
            log.error("%s took %.1f s: a handler does no network and no sleep; that is a job", handler, spent.whole)

    def _flood_of(self, session: Session) -> Flood:
        return self._flood if session.kind == "private" else self._flood_in_groups

    def _translated(self, session: Session, text: str) -> str:
        return self._translate(session.locale or self._locale, text)

    async def _fail(self, recorded: RecordedEvent, session: Session, error: str) -> Session:
        """Say that it failed. A write to the session meanwhile does not make a handler that hangs begin again."""
        while recorded.seq > session.done_seq:
            ctx = self._context_for(recorded, session)
            ctx.reply(ctx.t(_FAILED))
            ctx.settle()
            try:
                await self._store.save_failed(ctx.session, recorded.seq, error)
            except VersionConflict:
                session = await self._reload(session)
                self._delivery.taken_over(session)  # as in _insist: another process may have said so, too
                if not await self._is_left(recorded):
                    break
            else:
                return ctx.session
        return session

    def _context_for(self, recorded: RecordedEvent, session: Session) -> Context:
        event, now = recorded.event, self._clock.now()
        working = session.copy()
        working.kind = event.chat.kind
        working.done_seq, working.joined = recorded.seq, recorded.joined
        return Context(
            event=event,
            session=working,
            capabilities=self._platforms[event.chat.platform].capabilities[event.chat.kind],
            locale=working.locale or self._locale,
            now=now,
            stale=(now - event.at).total_seconds() > self._limits.stale_after,
            translate=self._translate,
            store=self._store,
            link_to=self._link_to,
            private_link=self._platforms[event.chat.platform].link,
            at_end=self._at_end,
            answered=self._answered,
            args=event.args if isinstance(event, Commanded) else "",
        )

    async def _hold_back(self, session: Session, event: Event) -> bool:
        """Wait if the chat is over its limit per minute; tell whether time has passed.

        At the beginning of a flood in a private chat, a message says that the rest is answered in turn; it is sent
        before the wait. In a group nothing is said: the many people who did nothing would read it. Nor is it where the
        bot has just been blocked: that is nobody's message, and nobody would read the answer.
        """
        private = session.kind == "private"
        flood = self._flood_of(session)
        if not flood.is_full(session.key):
            flood.count(session.key)
            return False
        most: int | None = None
        if private and self._at_work is not None:
            with self._store.reading():
                works = await self._at_work(event.chat, event.sender, self._clock.now())
            most = self._limits.per_minute_at_work if works else None
        delay, first = flood.delay(session.key, most)
        until = self._clock.monotonic() + delay
        if first and private and not isinstance(event, BotLeft):
            reply = self._translate(
                session.locale or self._locale, "Please wait a moment, I answer one message at a time."
            )
            session.out_seq += 1
            session.out.append(Outgoing(session.out_seq, Message(Text.of(reply))))
            await self._store.save(session)
            await self._delivery.send_out(session)
        if delay > 0:
            await self._clock.sleep(max(0.0, until - self._clock.monotonic()))  # telling it took its time, too
        flood.count(session.key)
        return delay > 0


def _key_of(event: Event) -> Key:
    return Key(event.chat.platform, event.chat.id)
