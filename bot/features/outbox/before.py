"""Checks before rows of one platform leave: due times, limits, and events that other rooms must hear of."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta

from bot.core import probing
from bot.core.events import BotLeft, Event, Sender
from bot.core.pacing import Pacer
from bot.core.platform import Clock, Platform
from bot.core.sessions import Store
from bot.features.calendar.hours import QuietTime

from . import quota
from .bulkhead import Bulkhead
from .row import Leased, RowStop
from .rows import Rows
from .upkeep import Due

Tell = Callable[[RowStop], Awaitable[None]]
"""Says to the officials that rows wait for them; inside a transaction, so that they hear of each stop once."""

_EVER = timedelta(days=3650)
_NOBODY = Sender("", "")


class Before:
    """`counts`: a month's messages or windows may end with any row, so it looks each time."""

    def __init__(
        self,
        *,
        platform: Platform,
        pacer: Pacer,
        rows: Rows,
        bulkhead: Bulkhead,
        store: Store,
        clock: Clock,
        quiet: QuietTime,
        report: Callable[[Event], Awaitable[None]],
        tell: Tell | None,
    ) -> None:
        self._platform = platform
        self._name = platform.name
        self._pacer = pacer
        self._rows = rows
        self._bulkhead = bulkhead
        self._store = store
        self._clock = clock
        self._quiet = quiet
        self._report = report
        self._tell = tell
        self._first = True
        self.counts = True
        kinds = platform.capabilities.items()
        self._windows: Mapping[str, timedelta] = {
            kind: timedelta(hours=caps.window_hours) for kind, caps in kinds if caps.push == "window"
        }
        self._never = [kind for kind, caps in kinds if caps.push == "never"]

    async def may_leave(self, in_hand: Collection[int] | None = None) -> bool:
        """Bring the rows up to date; False when the messenger takes nothing of ours any more.

        `in_hand` are the rows that this process is sending, when there is nobody else who could have taken any up:
        what else is taken up was left by a process that has ended, or by us when the database was away.
        """
        now = self._clock.now()
        if self._first:
            await self._rows.try_token_again([self._name], now)
        # What nobody has in hand is nobody's any more, however long its lease was to last.
        ended = now if in_hand is None else now + _EVER
        due = await self._due(now, ended)
        if due.leases:
            again, but = self._platform.budget.idempotent, in_hand or ()
            await self._rows.recover(self._name, now, ended, again=again, but=but)
            due = await self._due(now, now)  # what had been taken up may have expired meanwhile
        if due.pauses:
            await self._take_over_pauses(now)
        if self._pacer.probing:  # somebody may have lifted it
            await probing.follow({self._name: self._pacer}, self._store, self._clock)
        if due.expired:
            await self._rows.expire(self._name, now)
        if due.waiting and (until := self._quiet.until(now)) is not None:
            await self._rows.keep_quiet(self._name, now, until)
        if due.quiet:
            await self._rows.end_quiet(self._name, now)
        if due.stops and not await self._heed_stops(now):
            return False
        if due.canary:
            await self._rows.advance(self._name, now)
        may_go = due.waiting or due.shut or due.quiet or due.canary
        if (self._windows or self._never) and may_go:
            await self._rows.keep_windows(self._name, self._windows, self._never, now)
        if self._first or may_go:
            await self._keep_quota(now)
        if due.gone:
            await self._report_gone(now)
        self._first = False
        return True

    async def _due(self, now: datetime, ended: datetime) -> Due:
        async with self._bulkhead.reading:
            return (await self._rows.due([self._name], now, ended))[self._name]

    async def _take_over_pauses(self, now: datetime) -> None:
        for platform, chat_id, until in await self._store.pauses():
            if platform == self._name and until > now:
                self._pacer.pause((until - now).total_seconds(), chat_id)

    async def _keep_quota(self, now: datetime) -> None:
        if not self.counts and await self._platform.usage() is None:
            self.counts = bool(self._windows or self._never)
            return
        # In this order: what arrives in between is counted twice until the next look, the other way round not at all.
        on_their_way = await self._rows.on_their_way(self._name)
        usage = await self._platform.usage()
        left = None if usage is None else quota.left_for_bulk(usage)
        self.counts = left is not None or bool(self._windows or self._never)
        if usage is not None and left is not None:
            room = left - sum(on_their_way[kind] for kind in usage.kinds)
            await self._rows.keep_quota(self._name, room, now, quota.next_month(now), usage.kinds)

    async def too_many(self, rows: Sequence[Leased]) -> list[Leased]:
        """Return those of these rows, just taken up, for which the month has no room.

        A row that was written, let go or came due after the last look has not been seen by it.
        """
        if not self.counts or all(row.klass != "routine" for row in rows):
            return []
        on_their_way = await self._rows.on_their_way(self._name)
        usage = await self._platform.usage()
        left = None if usage is None else quota.left_for_bulk(usage)
        if usage is None or left is None:
            return []
        excess = sum(on_their_way[kind] for kind in usage.kinds) - left
        over = await self._rows.last_counted(rows, excess, usage.kinds) if excess > 0 else set()
        return [row for row in rows if row.id in over]

    async def shut_out(self, rows: Sequence[Leased]) -> list[Leased]:
        """Return those of these rows, just taken up, whose chats cannot be written to now: no look has seen them."""
        kinds = {*self._windows, *self._never}
        if all(row.chat.kind not in kinds for row in rows):
            return []
        shut = await self._rows.shut_out(rows, self._windows, self._never, self._clock.now())
        return [row for row in rows if row.id in shut]

    async def _report_gone(self, now: datetime) -> None:
        """Report chats that are gone, then mark them: a repeated event has the same id, a lost one stays lost."""
        gone = await self._rows.gone(self._name, now)
        for row in gone:
            await self._report(BotLeft(f"gone:{row.chat.id}:row{row.id}", row.chat, _NOBODY, now))
        await self._rows.told_gone(gone)

    async def _heed_stops(self, now: datetime) -> bool:
        news, refused = await self._rows.news(self._name)
        for stop in news:
            async with self._rows.transaction():
                if await self._rows.tell_of(stop) and self._tell is not None:
                    await self._tell(stop)
        if refused:
            await self._rows.hold_platform(self._name, now)
        return not refused
