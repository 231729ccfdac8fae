"""From an event to its answer, with nothing lost in between.

Note, queue, handle, commit, send, mark: in this order. Every stored effect happens once; an answer may come twice only
when the process dies between a platform's acceptance and the mark. Where several processes share a database, each chat
is in the hands of one of them (see bot.core.holding).
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import logging
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace

from .batches import Batches
from .context import Context, StaleEvent, Translate
from .delivery import Delivery
from .dispatch import Dispatcher
from .events import Commanded, Event
from .fit import LinkTo
from .flood import Flood
from .guard import sanitize
from .holding import Holding
from .lanes import RETRY_AFTER, Lane, TakenOver
from .messages import Message
from .pacing import Pacer
from .panics import PanicsAreErrors
from .platform import Clock, Platform
from .router import Router
from .sessions import Key, Noted, Outgoing, Session, Store, StoreUnavailable, VersionConflict
from .text import Text

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """Times in seconds. Of one private chat `per_minute` events are handled at once, more wait their turn.

    A group has many people: a whole village may press one button, and its leader must not wait a quarter of an hour.
    An unfinished event is begun `attempts` times; marks are written `mark_after` the first of them.
    """

    stale_after: float = 6 * 3600
    per_minute: int = 20
    per_minute_in_group: int = 300
    attempts: int = 3
    mark_after: float = 0.05


class Engine:
    """Owns the way of an event. `receive` is the sink that platforms listen with.

    One that does not `take_over` leaves the conversations of a process that died to others.
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
        limits: Limits | None = None,
        take_over: bool = True,
    ) -> None:
        self._dispatcher = Dispatcher(router)
        self._store = store
        self._platforms = platforms
        self._translate = translate
        self._link_to = link_to
        self._clock = clock
        self._locale = locale
        self._limits = limits or Limits()
        self._pacers = pacers
        self._delivery = Delivery(platforms, pacers, store, clock, self._report)
        self._flood = Flood(self._limits.per_minute, clock)
        self._flood_in_groups = Flood(self._limits.per_minute_in_group, clock)
        self._notes: Batches[Event, None] = Batches(self._note)
        self._lanes: dict[Key, Lane] = {}
        self._broken: set[Key] = set()
        self._holding = Holding(store, tuple(platforms) if take_over else (), self._lanes, self._take_up, self._give_up)
        self._marking: asyncio.Task[None] | None = None
        self._watching: asyncio.Task[None] | None = None
        self._context = contextvars.copy_context()

    # Life

    async def start(self) -> None:
        """Take up what an earlier process left: replies that were not sent, events that were not handled."""
        self._context = contextvars.copy_context()
        for platform, chat_id, until in await self._store.pauses():
            if platform in self._pacers:
                self._pacers[platform].pause((until - self._clock.now()).total_seconds(), chat_id)
        if self._store.holds_for:
            await self._holding.look(adopt=True)
            self._watching = self._spawn(self._holding.watch())
            return
        for session in await self._store.unsent():
            self._lane(session)
        left: dict[Key, list[Noted]] = {}
        for noted in await self._store.unfinished():
            if noted.event.chat.platform in self._platforms:
                left.setdefault(noted.session.key, []).append(noted)
        for waiting in left.values():
            # Those of a chat together, so that the photos of an album find each other; not those of all chats, or an
            # event that kills the process would use up everybody's attempts.
            begun = [replace(noted, attempts=await self._store.begin_attempt(noted.seq)) for noted in waiting]
            for noted in begun:
                self._lane(noted.session).add(noted)

    async def receive(self, events: Sequence[Event]) -> None:
        """Note events; returns after their commit. Raises StoreUnavailable: then nothing may be acknowledged."""
        notes = [self._notes.add(sanitize(event)) for event in events]
        # Mostly it is one, for which nothing need be gathered.
        await (notes[0] if len(notes) == 1 else asyncio.gather(*notes))

    def forget(self, key: Key) -> None:
        """The session of this chat was deleted on purpose: nothing may remember what it had."""
        self._delivery.forget(key)

    async def idle(self) -> None:
        """Return when every noted event is handled, every reply sent and every mark written."""
        while tasks := self._tasks():
            await asyncio.wait(tasks)

    async def stop(self, grace: float = 10.0) -> None:
        """Finish what is in flight, at most `grace` seconds; the rest is done at the next start."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.idle(), grace)
        tasks = self._tasks() if self._watching is None else [*self._tasks(), self._watching]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._delivery.write_marks()
        with contextlib.suppress(StoreUnavailable):  # then the holds end by themselves
            await self._store.let_go()

    def _tasks(self) -> list[asyncio.Task[None]]:
        lanes = [lane.task for lane in self._lanes.values() if lane.task is not None]
        return lanes if self._marking is None else [*lanes, self._marking]

    # Note and queue

    async def _note(self, events: Sequence[Event]) -> Sequence[None]:
        for noted in await self._store.note(events):
            if noted.ours:
                self._lane(noted.session, held_before=noted.held_before).add(noted)
        return [None] * len(events)

    async def _report(self, event: Event) -> None:
        """Note what a send found out; unlike a platform nobody would repeat it."""
        while True:
            try:
                await self.receive([event])
            except StoreUnavailable:
                await self._clock.sleep(RETRY_AFTER)
            else:
                return

    def _lane(self, session: Session, *, held_before: bool = False, seq: int = 0) -> Lane:
        """The lane of a chat; `session` is used only if nothing of this chat is running.

        `held_before`, and not by us: then it is not used at all.
        """
        lane = self._lanes.get(session.key)
        if lane is None:
            held = self._holding.begins(session.key)
            inherited = (held_before and held is None) or session.key in self._broken
            self._broken.discard(session.key)
            lane = self._lanes[session.key] = Lane(inherited=inherited, seq=seq if held is None else held)
            self._delivery.catch_up(session)
            lane.task = self._spawn(self._run(lane, session))
        return lane

    def _take_up(self, key: Key, seq: int) -> None:
        """Go on where another process left off; it noted events up to `seq`."""
        self._lane(Session(key), held_before=True, seq=seq)

    def _give_up(self, key: Key) -> None:
        self._lanes[key].lost = True

    def _spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        # In the context of start(): a task made inside somebody's transaction must not inherit it.
        return asyncio.get_running_loop().create_task(work, context=self._context.copy())

    async def _run(self, lane: Lane, session: Session) -> None:
        key = session.key
        try:
            if lane.inherited:
                session = await self._inherit(lane, session)
            await self._delivery.send_out(session)
            while lane.queue and not lane.lost:
                if lane.lacks_some:
                    await lane.fetch_left(key, self._store, self._clock)
                noted, handled = await lane.take(key, self._store, self._clock)
                session = await self._finish(noted, session, handled)
                lane.seq = max(lane.seq, noted.seq)
            if not lane.lost:
                self._holding.rests(key, lane.seq)
        except TakenOver:
            log.warning("another process goes on with a conversation")
        except Exception:
            # The next event must not pass by those that waited here: what is handled is told by a number.
            self._broken.add(key)
            log.exception("a lane broke; its events are taken up with the next one, at the next start or later")
        finally:
            del self._lanes[key]
            self._mark_soon()

    async def _inherit(self, lane: Lane, session: Session) -> Session:
        """What the holder before left comes first, and only the database knows how far it got."""
        fresh = await self._reload(session)
        await lane.fetch_left(session.key, self._store, self._clock)
        return fresh

    def _mark_soon(self) -> None:
        if self._marking is None and (self._delivery.has_marks or self._holding.has_resting):
            self._marking = self._spawn(self._mark())

    async def _mark(self) -> None:
        try:
            while self._delivery.has_marks or self._holding.has_resting:
                await asyncio.sleep(self._limits.mark_after)
                await self._write_marks()
        finally:
            self._marking = None

    async def _write_marks(self) -> None:
        resting = self._holding.resting()
        if await self._delivery.write_marks() and resting:
            for key in await self._holding.give_back(resting):
                self._delivery.forget(key)

    # Handle and commit

    async def _finish(self, noted: Noted, session: Session, handled: Sequence[int]) -> Session:
        """Handle one event until it is committed, then send; returns the chat's session as it is then.

        `handled` are the numbers of all that it was made of.
        """
        key = session.key
        while noted.seq > session.done_seq:
            try:
                session = await self._turn(noted, session)
                break
            except VersionConflict:
                session = await self._reload(session)
            except StoreUnavailable as error:
                # Perhaps the commit took place and only its answer was lost: the session read again will tell.
                log.warning("event %d waits for the database: %s", noted.seq, error)
                await self._clock.sleep(RETRY_AFTER)
                session = await self._reload(session)
        for seq in handled:
            self._delivery.done(seq)
        await self._delivery.send_out(session)
        if session.key != key:
            # It went on under another id; whatever still comes under this one begins anew.
            self._delivery.forget(key)
            session = Session(key, session.kind)
        self._mark_soon()
        return session

    async def _reload(self, session: Session) -> Session:
        while True:
            try:
                if self._store.holds_for and not await self._store.renew([session.key]):
                    raise TakenOver
                fresh = await self._store.load(session.key, session.kind)
            except StoreUnavailable:
                await self._clock.sleep(RETRY_AFTER)
            else:
                self._delivery.catch_up(fresh)
                return fresh

    async def _turn(self, noted: Noted, session: Session) -> Session:
        if noted.attempts > self._limits.attempts:
            log.critical("event %d was begun %d times and is set aside", noted.seq, noted.attempts - 1)
            return await self._fail(noted, session, "set aside: handling it never came to an end")
        ctx = self._context_for(noted, session)
        if not self._dispatcher.concerns(ctx):
            return session
        if await self._hold_back(session):
            ctx = self._context_for(noted, session)
        try:
            try:
                with PanicsAreErrors():
                    await self._dispatcher.route(ctx)
            except StaleEvent:
                ctx = self._context_for(noted, session)
                ctx.reply(ctx.t("Nút này đã cũ nên tôi không làm gì cả. Dưới đây là tình hình bây giờ."))
                await self._dispatcher.lost(ctx)
            if not ctx.committed:
                await ctx.commit()
        except (VersionConflict, StoreUnavailable):
            raise
        except Exception as error:
            log.exception("event %d failed", noted.seq)
            return await self._fail(noted, session, f"{type(error).__name__}: {error}"[:500])
        return ctx.session

    async def _fail(self, noted: Noted, session: Session, error: str) -> Session:
        ctx = self._context_for(noted, session)
        ctx.reply(ctx.t("Xin lỗi bác, máy vừa gặp lỗi. Tôi đã ghi lại để sửa. Bác gõ “menu” để làm việc khác nhé."))
        ctx.settle()
        await self._store.save_failed(ctx.session, noted.seq, error)
        return ctx.session

    def _context_for(self, noted: Noted, session: Session) -> Context:
        event, now = noted.event, self._clock.now()
        working = session.copy()
        working.kind = event.chat.kind
        working.done_seq = noted.seq
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
            args=event.args if isinstance(event, Commanded) else "",
        )

    async def _hold_back(self, session: Session) -> bool:
        """Over the limit of a minute one word says that the rest waits its turn; it is sent before the wait begins.

        In a group nobody is told: the many who did nothing would read it. True when time has passed.
        """
        private = session.kind == "private"
        flood = self._flood if private else self._flood_in_groups
        delay, first = flood.delay(session.key)
        if first and private:
            said = self._translate(
                session.locale or self._locale, "Bác chờ tôi một chút nhé, tôi trả lời lần lượt từng tin."
            )
            session.out_seq += 1
            session.out.append(Outgoing(session.out_seq, Message(Text.of(said))))
            await self._store.save(session)
            await self._delivery.send_out(session)
        if delay > 0:
            await self._clock.sleep(delay)
        flood.count(session.key)
        return delay > 0
