"""From an event to its answer, with nothing lost in between.

Note, queue, handle, commit, send, mark: in this order. Every stored effect happens once; an answer may come twice only
when the process dies between a platform's acceptance and the mark.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import logging
from collections import deque
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace

from .batches import Batches
from .context import Context, StaleEvent, Translate
from .delivery import Delivery
from .dispatch import Dispatcher
from .events import ChatMoved, Commanded, Event
from .fit import LinkTo
from .flood import Flood
from .guard import sanitize
from .messages import Message
from .pacing import Pacer
from .platform import Clock, Platform
from .router import Router
from .sessions import Key, Noted, Outgoing, Session, Store, StoreUnavailable, VersionConflict
from .text import Text

log = logging.getLogger(__name__)

RETRY_AFTER = 1.0


@dataclass(frozen=True, slots=True)
class Limits:
    """Times in seconds. Of one chat `per_minute` events are handled at once, more wait their turn.

    An unfinished event is begun `attempts` times; marks are written `mark_after` the first of them.
    """

    stale_after: float = 6 * 3600
    per_minute: int = 20
    attempts: int = 3
    mark_after: float = 0.05


@dataclass(slots=True)
class _Lane:
    """The events of one chat that wait for their turn; it exists only while there is work."""

    queue: deque[Noted] = field(default_factory=deque)
    task: asyncio.Task[None] | None = None


class Engine:
    """Owns the way of an event. `receive` is the sink that platforms listen with."""

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
        self._notes: Batches[Event, None] = Batches(self._note)
        self._lanes: dict[Key, _Lane] = {}
        self._marking: asyncio.Task[None] | None = None
        self._context = contextvars.copy_context()

    # Life

    async def start(self) -> None:
        """Take up what an earlier process left: replies that were not sent, events that were not handled."""
        self._context = contextvars.copy_context()
        for platform, chat_id, until in await self._store.pauses():
            if platform in self._pacers:
                self._pacers[platform].pause((until - self._clock.now()).total_seconds(), chat_id)
        for session in await self._store.unsent():
            self._lane(session)
        for noted in await self._store.unfinished():
            if noted.event.chat.platform in self._platforms:
                attempts = await self._store.begin_attempt(noted.seq)
                self._lane(noted.session).queue.append(replace(noted, attempts=attempts))

    async def receive(self, events: Sequence[Event]) -> None:
        """Note events; returns after their commit. Raises StoreUnavailable: then nothing may be acknowledged."""
        await asyncio.gather(*[self._notes.add(sanitize(event)) for event in events])

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
        tasks = self._tasks()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._delivery.write_marks()

    def _tasks(self) -> list[asyncio.Task[None]]:
        lanes = [lane.task for lane in self._lanes.values() if lane.task is not None]
        return lanes if self._marking is None else [*lanes, self._marking]

    # Note and queue

    async def _note(self, events: Sequence[Event]) -> Sequence[None]:
        for noted in await self._store.note(events):
            self._lane(noted.session).queue.append(noted)
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

    def _lane(self, session: Session) -> _Lane:
        """The lane of a chat; `session` is used only if nothing of this chat is running."""
        lane = self._lanes.get(session.key)
        if lane is None:
            lane = self._lanes[session.key] = _Lane()
            self._delivery.catch_up(session)
            lane.task = self._spawn(self._run(lane, session))
        return lane

    def _spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        # In the context of start(): a task made inside somebody's transaction must not inherit it.
        return asyncio.get_running_loop().create_task(work, context=self._context.copy())

    async def _run(self, lane: _Lane, session: Session) -> None:
        key = session.key
        try:
            await self._delivery.send_out(session)
            while lane.queue:
                session = await self._finish(lane.queue.popleft(), session)
        except Exception:
            log.exception("a lane broke; its events are taken up at the next start")
        finally:
            del self._lanes[key]
            self._mark_soon()

    def _mark_soon(self) -> None:
        if self._marking is None and self._delivery.has_marks:
            self._marking = self._spawn(self._mark())

    async def _mark(self) -> None:
        try:
            while self._delivery.has_marks:
                await asyncio.sleep(self._limits.mark_after)
                await self._delivery.write_marks()
        finally:
            self._marking = None

    # Handle and commit

    async def _finish(self, noted: Noted, session: Session) -> Session:
        """Handle one event until it is committed, then send; returns the session as it is then."""
        while noted.seq > session.done_seq:
            try:
                session = await self._turn(noted, session)
                break
            except VersionConflict:
                session = await self._reload(session)
            except StoreUnavailable as error:
                # Perhaps the commit took place and only its answer was lost: the session read again will tell.
                log.warning("event %s waits for the database: %s", noted.event.id, error)
                await self._clock.sleep(RETRY_AFTER)
                session = await self._reload(session)
        self._delivery.done(noted.seq)
        await self._delivery.send_out(session)
        self._mark_soon()
        return session

    async def _reload(self, session: Session) -> Session:
        while True:
            try:
                fresh = await self._store.load(session.key, session.kind)
            except StoreUnavailable:
                await self._clock.sleep(RETRY_AFTER)
            else:
                self._delivery.catch_up(fresh)
                return fresh

    async def _turn(self, noted: Noted, session: Session) -> Session:
        if noted.attempts > self._limits.attempts:
            log.critical("event %s was begun %d times and is set aside", noted.event.id, noted.attempts - 1)
            return await self._fail(noted, session, "set aside: handling it never came to an end")
        ctx = self._context_for(noted, session)
        if not self._dispatcher.concerns(ctx):
            return session
        await self._hold_back(session)
        ctx = self._context_for(noted, session)
        try:
            await self._dispatcher.route(ctx)
            if not ctx.committed:
                await ctx.commit()
        except (VersionConflict, StoreUnavailable):
            raise
        except StaleEvent:
            ctx = self._context_for(noted, session)
            ctx.reply(ctx.t("Nút này đã cũ nên tôi không làm gì cả. Dưới đây là tình hình bây giờ."))
            await self._dispatcher.lost(ctx)
            await ctx.commit()
        except Exception as error:
            log.exception("event %s failed", noted.event.id)
            return await self._fail(noted, session, f"{type(error).__name__}: {error}"[:500])
        if isinstance(noted.event, ChatMoved):
            await self._store.move(ctx.session.key, Key(ctx.session.key.platform, noted.event.new_chat_id))
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

    async def _hold_back(self, session: Session) -> None:
        """Over the limit of a minute one word says that the rest waits its turn; it is sent before the wait begins."""
        delay, first = self._flood.delay(session.key)
        if first:
            said = self._translate(
                session.locale or self._locale, "Bác chờ tôi một chút nhé, tôi trả lời lần lượt từng tin."
            )
            session.out_seq += 1
            session.out.append(Outgoing(session.out_seq, Message(Text.of(said))))
            await self._store.save(session)
            await self._delivery.send_out(session)
        if delay > 0:
            await self._clock.sleep(delay)
        self._flood.count(session.key)
