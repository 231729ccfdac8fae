"""One call to a messenger, and what its answer means for the row."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Literal

from bot.core import probing
from bot.core.events import ChatMoved, Event, Sender
from bot.core.metrics import latencies
from bot.core.pacing import Pacer, PacingSlot
from bot.core.platform import (
    ChatGone,
    ChatReplaced,
    Clock,
    Platform,
    RateLimited,
    Rejected,
    TokenRefused,
    Unreachable,
    WindowShut,
)
from bot.core.sessions import Store, StoreUnavailable

from .row import Leased, Outcome
from .states import WINDOW

log = logging.getLogger(__name__)

BACK_OFF_MOST = 300.0
FLOOD_SECONDS = 5.0
"""Two chats that are told to wait within so many seconds mean that the whole token has to."""
MOVED = "moved"
RETRY_AFTER = 1.0
_NOBODY = Sender("", "")


class Call:
    """Makes the calls of one token."""

    def __init__(
        self,
        platform: Platform,
        pacer: Pacer,
        store: Store,
        clock: Clock,
        report: Callable[[Event], Awaitable[None]],
    ) -> None:
        self._platform = platform
        self._pacer = pacer
        self._store = store
        self._clock = clock
        self._note = report
        self._last_limited: tuple[str, datetime] | None = None

    async def send(self, row: Leased) -> Outcome:
        """Send the row and return its outcome: `uncertain` for any unclear answer, if a repeat could arrive as well."""
        try:
            with latencies.CALLS.timed(row.chat.platform):
                sent = await self._platform.send(
                    row.chat, row.message, replacing=row.replacing or None, key=f"row:{row.id}"
                )
        except RateLimited as error:
            return await self._limited(row, error)
        except ChatReplaced as error:
            return await self._replaced(row, error.new_chat_id)
        except ChatGone as error:
            return Outcome(row, "failed", error.reason, gone=True)
        except Rejected as error:
            log.error("row %d was rejected: %s", row.id, error.reason)
            return Outcome(row, "failed", error.reason, stop="poison")
        except TokenRefused as error:
            log.error("%s: %s; nothing leaves there", row.chat.platform, error.reason)
            return Outcome(row, "pending", row.reason, counted=False, stop="token")
        except WindowShut as error:
            log.info("row %d waits: %s", row.id, error)
            return Outcome(row, "pending", WINDOW, not_before=self._later(row))
        except Unreachable as error:
            if error.maybe_sent and not self._platform.budget.idempotent:
                return Outcome(row, "uncertain", error.reason)
            return Outcome(row, "pending", error.reason, not_before=self._later(row), perhaps=error.maybe_sent)
        except StoreUnavailable as error:
            log.warning("row %d waits for the database: %s", row.id, error)
            until = self._clock.now() + timedelta(seconds=RETRY_AFTER)
            return Outcome(row, "pending", row.reason, not_before=until, counted=False)
        except Exception as error:
            log.exception("an adapter failed while sending row %d", row.id)
            return Outcome(row, "uncertain", f"{type(error).__name__}: {error}")
        return Outcome(row, "sent", message_id=sent.message_id)

    async def taken(self, row: Leased, place: PacingSlot) -> None:
        """Record that the row has left from `place`, which may have ended a pause."""
        try:
            await probing.taken(row.chat.platform, place, self._pacer, self._store)
        except StoreUnavailable as unavailable:
            log.warning("the end of a pause could not be stored: %s", unavailable)

    def _later(self, row: Leased) -> datetime:
        return self._clock.now() + timedelta(seconds=min(BACK_OFF_MOST, 2.0 ** min(row.attempts, 10)))

    async def _limited(self, row: Leased, error: RateLimited) -> Outcome:
        if error.retry_after is None:
            try:
                await probing.refused(row.chat.platform, self._pacer, self._store, self._clock)
            except StoreUnavailable as unavailable:
                log.warning("a pause could not be stored: %s", unavailable)
            # Without a time of its own: when the token may go on, and a person can see to that, so may the row.
            return Outcome(row, "pending", row.reason, counted=False)
        now = self._clock.now()
        until = now + timedelta(seconds=error.retry_after)
        scope = self._scope(row.chat.id, error, now)
        chat_id = "" if scope == "token" else row.chat.id
        self._pacer.pause(error.retry_after, chat_id)
        try:
            await self._store.pause(row.chat.platform, chat_id, until)
        except StoreUnavailable as unavailable:
            # This process keeps the pause all the same; only the others would not know.
            log.warning("a pause could not be stored: %s", unavailable)
        return Outcome(row, "pending", row.reason, not_before=until, counted=False)

    def _scope(self, chat_id: str, error: RateLimited, now: datetime) -> Literal["chat", "token"]:
        last, self._last_limited = self._last_limited, (chat_id, now)
        if last is not None and last[0] != chat_id and (now - last[1]).total_seconds() <= FLOOD_SECONDS:
            return "token"
        return error.scope

    async def _replaced(self, row: Leased, new_chat_id: str) -> Outcome:
        old = row.chat
        await self._report(
            ChatMoved(f"moved:{old.id}:{new_chat_id}", old, _NOBODY, self._clock.now(), new_chat_id=new_chat_id)
        )
        if row.reason == MOVED:
            return Outcome(row, "failed", "the chat moved twice", chat_id=new_chat_id)
        return Outcome(row, "pending", MOVED, counted=False, chat_id=new_chat_id)

    async def _report(self, event: Event) -> None:
        """Report the event before the outcome is recorded: a repeat has the same id, a lost one would stay lost."""
        while True:
            try:
                await self._note(event)
            except StoreUnavailable:
                await self._clock.sleep(RETRY_AFTER)
            else:
                return
