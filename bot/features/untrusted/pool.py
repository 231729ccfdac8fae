"""The processes that read files: none until the first file comes, at most two, each used again and replaced.

A process that dies, that takes too long or that answers what was not asked is ended, and its file is refused: the job
is not tried again, for the file would do the same again. One that has been idle for a while ends, so that a bot that
gets no files costs nothing. Callers wait in threads (`ask` sees to that), so all event loops may share a pool.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import threading
from collections.abc import Callable
from itertools import count

from pydantic import ValidationError

from bot.core.text import Text
from bot.features.jobs.queue import JobRefused
from bot.i18n import msg

from .frames import Cut, Frame
from .limits import ProcessLimits
from .process import CannotStart, Child, Gone
from .reader import A, IsolatedReader, Q, RefusalBody, ReplyHead, RequestHead

log = logging.getLogger(__name__)

TOO_HARD = msg(
    "Tệp này bắt máy của xã làm quá sức mới mở được nên tôi dừng lại."
    " Bác lưu lại tệp cho gọn, hoặc gửi tệp khác giúp tôi."
)
BROKEN = msg("Tệp này bị hỏng nên tôi không mở được. Bác mở tệp, lưu lại rồi gửi lại giúp tôi.")

MOST = 2
IDLE = 60.0
MOST_FILES = 50
"""Of one process: libraries that other people wrote leak."""


class Errand:
    """One file that is being read; `stop`, from any thread, ends it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._child: Child | None = None
        self.stopped = False

    def given_to(self, child: Child | None) -> None:
        with self._lock:
            self._child = child
            if self.stopped and child is not None:
                child.kill()

    def stop(self) -> None:
        with self._lock:
            self.stopped = True
            if self._child is not None:
                self._child.kill()


class Pool:
    """`start` makes a process with these limits."""

    def __init__(self, most: int = MOST, idle: float = IDLE, start: Callable[[ProcessLimits], Child] = Child) -> None:
        self._most, self._patience, self._start = most, idle, start
        self._changed = threading.Condition()
        self._idle: list[Child] = []
        self._timers: dict[Child, threading.Timer] = {}
        self._busy = 0
        self._numbers = count(1)

    @property
    def processes(self) -> int:
        with self._changed:
            return self._busy + len(self._idle)

    def read(self, reader: IsolatedReader[Q, A], data: bytes, question: Q, errand: Errand) -> A:
        """Blocks. Raises JobRefused for a file that cannot be used, CannotStart where nothing can be read now."""
        asked = RequestHead(
            number=next(self._numbers), function=reader.function, question=question.model_dump_json()
        )  # fmt: skip
        for _ in range(self._most + 1):
            if errand.stopped:
                break
            child = self._take(reader.limits)
            errand.given_to(child)
            try:
                return _answer(reader, asked, child.ask(asked, data), child)
            except Gone:
                continue
            except Cut as cut:
                if not errand.stopped:
                    log.warning("a file ended the reader %s: %s %s", reader.function, cut, child.end())
                raise JobRefused(TOO_HARD) from None
            finally:
                errand.given_to(None)
                self._give_back(child)
        raise CannotStart("the processes that read files end at once")

    def close(self) -> None:
        """End those that are idle."""
        with self._changed:
            idle = list(self._idle)
        for child in idle:
            self._retire(child)

    def _take(self, limits: ProcessLimits) -> Child:
        """Return an idle process with these limits, or a new one in the place of an idle one with others."""
        with self._changed:
            while True:
                child = next((one for one in self._idle if one.limits == limits), None)
                if child is None and self._busy + len(self._idle) < self._most:
                    self._busy += 1
                    break
                child = child or next(iter(self._idle), None)
                if child is not None:
                    self._forget(child)
                    self._busy += 1
                    break
                self._changed.wait()
        if child is not None and child.limits == limits and child.alive:
            return child
        if child is not None:
            child.end()
        try:
            return self._start(limits)
        except BaseException:
            self._leave()
            raise

    def _give_back(self, child: Child) -> None:
        keep = child.good and child.files < MOST_FILES
        if not keep:
            child.end()
        with self._changed:
            self._busy -= 1
            if keep:
                self._idle.append(child)
                timer = threading.Timer(self._patience, self._retire, [child])
                timer.daemon = True
                self._timers[child] = timer
                timer.start()
            self._changed.notify()

    def _retire(self, child: Child) -> None:
        with self._changed:
            if child not in self._idle:
                return  # it has just got a file
            self._forget(child)
            self._changed.notify()
        child.kill()
        child.end()

    def _forget(self, child: Child) -> None:
        self._idle.remove(child)
        self._timers.pop(child).cancel()

    def _leave(self) -> None:
        with self._changed:
            self._busy -= 1
            self._changed.notify()


def _answer(reader: IsolatedReader[Q, A], asked: RequestHead, frame: Frame, child: Child) -> A:
    """Ask one process. Raises JobRefused, CannotStart, and Cut for anything that is no answer to this question."""
    try:
        head = ReplyHead.model_validate_json(frame.head)
        if head.number != asked.number:
            raise Cut("an answer that was not asked for")
        answer = reader.answer.model_validate_json(frame.body) if head.what == "answer" else None
        refusal = RefusalBody.model_validate_json(frame.body) if head.what == "refused" else None
        if refusal is not None:
            _check(refusal, reader.refusals)
    except (ValidationError, KeyError, IndexError, ValueError):
        raise Cut("an answer of another shape") from None
    child.good = True
    if answer is not None:
        return answer
    if refusal is not None:
        raise JobRefused(refusal.template, **refusal.values)
    if head.what == "lost":
        raise CannotStart(f"{reader.function}: {frame.body!r}")
    log.warning("a file broke its reader %s: %r", reader.function, frame.body)
    raise JobRefused(BROKEN)


def _check(refusal: RefusalBody, known: frozenset[str]) -> None:
    """Check a refusal: a process that a file took over puts no words into our mouth. Raises ValueError or KeyError."""
    if refusal.template not in known:
        raise ValueError(refusal.template)
    Text.of(refusal.template, **refusal.values)


_POOL = Pool()
atexit.register(_POOL.close)


async def ask(reader: IsolatedReader[Q, A], data: bytes, question: Q) -> A:
    """Return the reader's answer about the file. Cancelled, it ends the process that reads.

    Raises JobRefused for whoever sent a file that cannot be used, and CannotStart.
    """
    errand = Errand()
    try:
        return await asyncio.to_thread(_POOL.read, reader, data, question, errand)
    except asyncio.CancelledError:
        errand.stop()
        raise
