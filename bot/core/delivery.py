"""Committed replies on their way out, and the marks that remember which have gone."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from bot.core import probing
from bot.core.chat_queue import RETRY_AFTER
from bot.core.lean import patterns
from bot.core.lru import Latest
from bot.core.metrics import counters, latencies
from bot.core.text import Text, msg

from .events import BotLeft, Chat, ChatMoved, Event, Sender
from .pacing import Pacer, PacingSlot
from .platform import ChatGone, ChatReplaced, Clock, FilesAway, Platform, RateLimited, Rejected, Unreachable
from .sessions import Key, Outgoing, Session, Store, StoreUnavailable

log = logging.getLogger(__name__)

BACK_OFF_MOST = 60.0
FILE_TRIES = 3
"""So often a file of a reply is asked for; then its words go without it, for the next answers stand behind them."""
WITHOUT_FILE = msg("The picture or file cannot be fetched right now. Please ask for it again in a few minutes.")
_NOBODY = Sender("", "")
_KEY = patterns.compile(r"reply:.*:(\d+):\d+")


async def _call(platform: Platform, chat: Chat, reply: Outgoing, key: str) -> None:
    with latencies.CALLS.timed(chat.platform):
        await platform.send(chat, reply.message, replacing=reply.replacing, key=key)


def _back_off(failures: int) -> float:
    return min(BACK_OFF_MOST, 2.0 ** min(failures, 10) / 2)


def _key_of(chat_id: str, answered: int, seq: int) -> str:
    return f"reply:{chat_id}:{answered}:{seq}"


def seq_answered(key: str) -> int | None:
    """Return the number of the event that was answered by what was sent under this key; None if it is no reply."""
    found = _KEY.fullmatch(key)
    return int(found[1]) if found else None


class Delivery:
    """Sends what sessions hold. `report` takes the events that a failed send amounts to (chat moved, bot removed).

    `mark_soon` is called when a reply was taken: the next one may wait for hours, and the process may die meanwhile.
    """

    def __init__(
        self,
        platforms: Mapping[str, Platform],
        pacers: Mapping[str, Pacer],
        store: Store,
        clock: Clock,
        report: Callable[[Event], Awaitable[None]],
        mark_soon: Callable[[], None],
        words: Callable[[Session, str], str] = lambda session, text: text,
    ) -> None:
        self._platforms = platforms
        self._pacers = pacers
        self._store = store
        self._clock = clock
        self._report = report
        self._mark_soon = mark_soon
        self._words = words
        self._sent: Latest[int] = Latest()
        self._unmarked_sent: dict[Key, int] = {}
        self._unmarked_done: list[int] = []
        self._unmarked_survived: list[int] = []
        self._cut_off: list[int] = []
        self._in_doubt: set[Key] = set()
        self.waiting: set[Key] = set()
        """Chats whose reply waits for its turn, or until it is tried again, and is in no call."""
        self.left: set[Key] = set()
        """Chats that go to another process: no call is begun for them here."""

    def catch_up(self, session: Session) -> None:
        """Mark as sent the replies whose marks are not written yet: a session from the database may lack them."""
        session.sent(self._sent.get(session.key) or 0)

    def read_anew(self, session: Session) -> None:
        """Catch up with a session that has just been read: marks of more replies than it has said are another's.

        Its chat moved away by another process, and this one began under the old id.
        """
        if (self._sent.get(session.key) or 0) > session.out_seq:
            self.forget(session.key)
        self.catch_up(session)

    async def send_out(self, session: Session) -> None:
        """Send every reply that the session holds, in order."""
        for reply in list(session.out):
            try:
                taken = await self._deliver(session, reply)
            finally:
                self._in_doubt.discard(session.key)
            if taken:
                session.sent(reply.seq)
                self._sent.put(session.key, reply.seq)
                self._unmarked_sent[session.key] = reply.seq
                self._mark_soon()

    def taken_over(self, session: Session) -> None:
        """Note that replies of another process, or of an earlier start, go out: it may have sent them unmarked."""
        if session.out:
            self._may_come_twice(session, len(session.out))

    def _goes_again(self, session: Session, platform: Platform, error: Unreachable) -> bool:
        """Tell whether a reply that may have arrived is repeated, and note it then, once for each reply."""
        if platform.budget.per_month is not None:
            log.warning("a reply may have arrived and is not repeated, repeats are metered: %s", error.reason)
            return False
        if session.key not in self._in_doubt:
            self._in_doubt.add(session.key)
            self._may_come_twice(session, 1)
        return True

    def _may_come_twice(self, session: Session, count: int) -> None:
        counters.PERHAPS_TWICE.add(session.key.platform, count)
        log.warning("event %d: an answer is sent that may come twice (%d)", session.done_seq, count)

    def forget(self, key: Key) -> None:
        """Drop the marks of a chat whose session is deleted; a new session counts its replies from the start."""
        self._sent.forget(key)
        self._unmarked_sent.pop(key, None)

    def done(self, seq: int) -> None:
        """Note that event `seq` was handled, so its body can be deleted."""
        self._unmarked_done.append(seq)

    def survived(self, seq: int) -> None:
        """Note that an attempt of event `seq` ended before the event, and no process with it."""
        self._unmarked_survived.append(seq)

    def cut_off(self, seqs: Sequence[int]) -> None:
        """Note that these events were cut off, perhaps in mid-commit: the database knows whether they are handled."""
        self._cut_off += seqs

    @property
    def has_marks(self) -> bool:
        return bool(self._unmarked_sent or self._unmarked_done or self._unmarked_survived or self._cut_off)

    async def write_marks(self) -> bool:
        """Record in one commit what was sent and handled since the last time; what fails is kept for the next.

        So is what is cut off, as by an end whose grace is over: its last write has to take it along. It may have been
        committed, which changes nothing for marks; an attempt would be taken back twice, as after an unheard commit.
        """
        sent, done, survived = self._unmarked_sent, self._unmarked_done, self._unmarked_survived
        self._unmarked_sent, self._unmarked_done, self._unmarked_survived = {}, [], []
        cut_off, self._cut_off = self._cut_off, []
        try:
            if survived:
                await self._store.take_back_attempts(survived)
                survived = []
            if cut_off:
                await self._store.clear_handled(cut_off)
            await self._store.mark(list(sent.items()), done)
        except BaseException as error:
            self._unmarked_sent = {**sent, **self._unmarked_sent}
            self._unmarked_done = done + self._unmarked_done
            self._unmarked_survived = survived + self._unmarked_survived
            self._cut_off = cut_off + self._cut_off
            if not isinstance(error, StoreUnavailable):
                raise
            log.warning("marks wait for the database: %s", error)
            return False
        return True

    async def _deliver(self, session: Session, reply: Outgoing) -> bool:
        """Send a reply and tell whether the platform took it or surely never will.

        A reply outlives pauses, outages and restarts.
        """
        key = session.key
        chat = Chat(key.platform, key.chat_id, "group" if session.kind == "group" else "private")
        # Replies are counted anew in a session that was deleted, events never: with both no key comes a second time.
        once = _key_of(key.chat_id, session.done_seq, reply.seq)
        failures = away = 0
        while key not in self.left:
            platform = self._platforms.get(key.platform)
            if platform is None:
                log.error("a reply waits for platform %s, which is switched off", key.platform)
                return False
            pacer = self._pacers[key.platform]
            self.waiting.add(key)
            try:
                await pacer.line.free(platform)
                place = await pacer.wait(chat, platform.capabilities[chat.kind])
            finally:
                self.waiting.discard(key)
            try:
                with place:
                    if pacer.line.in_doubt:  # since it waited for its place
                        continue
                    began = self._clock.monotonic()
                    await _call(platform, chat, reply, once)
            except RateLimited as error:
                await self._pause(chat, error)
            except ChatReplaced as error:
                await self._report(self._moved(chat, error.new_chat_id))
                chat = Chat(chat.platform, error.new_chat_id, chat.kind)
            except ChatGone as error:
                log.info("a chat is gone: %s", error.reason)
                await self._report(BotLeft(f"gone:{chat.id}:{reply.seq}", chat, _NOBODY, self._clock.now()))
                return True
            except Rejected as error:
                log.error("a reply was rejected: %s", error.reason)
                return True
            except Unreachable as error:
                if error.maybe_sent and not platform.budget.idempotent:
                    pacer.line.unclear(began)
                    if not self._goes_again(session, platform, error):
                        return True
                failures += 1
                away += isinstance(error, FilesAway)
                reply = await self._again(session, reply, failures, away)
            except StoreUnavailable as error:
                log.warning("a reply waits for the database: %s", error)
                await self._clock.sleep(RETRY_AFTER)
            except Exception:
                # A bug in an adapter costs one reply, not the chat.
                log.exception("an adapter failed while sending")
                return True
            else:
                pacer.line.answered()
                await self._taken(key.platform, place)
                return True
        return False

    async def _again(self, session: Session, reply: Outgoing, failures: int, away: int) -> Outgoing:
        """Wait until the reply may be tried again, and return it; at the third failure for its file, without that."""
        if away != FILE_TRIES or reply.message.attachment is None:
            self.waiting.add(session.key)
            try:
                await self._clock.sleep(_back_off(failures))
            finally:
                self.waiting.discard(session.key)
            return reply
        log.warning("a reply goes without its file, which was away %d times", away)
        told = [one for one in (reply.message.text, Text.of(self._words(session, WITHOUT_FILE))) if one]
        return replace(reply, message=replace(reply.message, attachment=None, text=Text.join("\n", told)))

    def _moved(self, chat: Chat, new_chat_id: str) -> ChatMoved:
        return ChatMoved(f"moved:{chat.id}:{new_chat_id}", chat, _NOBODY, self._clock.now(), new_chat_id)

    async def _taken(self, platform: str, place: PacingSlot) -> None:
        try:
            await probing.taken(platform, place, self._pacers[platform], self._store)
        except StoreUnavailable as unavailable:
            log.warning("the end of a pause could not be stored: %s", unavailable)

    async def _pause(self, chat: Chat, error: RateLimited) -> None:
        chat_id = "" if error.scope == "token" else chat.id
        pacer = self._pacers[chat.platform]
        try:
            if error.retry_after is None:
                await probing.refused(chat.platform, pacer, self._store, self._clock)
                return
            pacer.pause(error.retry_after, chat_id)
            until = self._clock.now() + timedelta(seconds=error.retry_after)
            await self._store.pause(chat.platform, chat_id, until)
        except StoreUnavailable as unavailable:
            # This process keeps the pause all the same; only a restart within it would not know.
            log.warning("a pause could not be stored: %s", unavailable)
