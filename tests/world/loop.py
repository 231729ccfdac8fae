"""An event loop without a selector, whose time and next step somebody else decides; it has no threads."""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import Callable
from contextvars import Context, copy_context
from typing import Protocol


class Time(Protocol):
    @property
    def now(self) -> float: ...

    def after(self, seconds: float, what: Callable[[], None]) -> None: ...


class _Timer(asyncio.TimerHandle):
    """What asyncio's own loop knows of its timers."""

    _when: float
    _scheduled: bool


class _Step(asyncio.Handle):
    """A step that is ready; as asyncio's own, without the questions that it asks a loop in debug mode."""

    __slots__ = ()

    def __init__(
        self, callback: Callable[..., object], args: tuple[object, ...], loop: SeededLoop, context: Context | None
    ) -> None:
        self._context = copy_context() if context is None else context
        self._loop = loop
        self._callback: Callable[..., object] | None = callback
        self._args = args
        self._cancelled = False
        self._repr = None
        self._source_traceback = None


class SeededLoop(asyncio.BaseEventLoop):
    """One life of a process. Killed is one whose steps are never run again: no `finally`, no `except`."""

    _ready: deque[asyncio.Handle]
    _scheduled: list[_Timer]

    def __init__(self, time: Time, slowness: Callable[[], float]) -> None:
        super().__init__()
        self._world = time
        self._slowness = slowness
        self.failures: list[dict[str, object]] = []
        self.set_exception_handler(lambda _, context: self.failures.append(context))

    def time(self) -> float:
        return self._world.now

    def ready(self) -> int:
        """How many steps can be taken now."""
        scheduled, ready = self._scheduled, self._ready
        if scheduled and (scheduled[0]._cancelled or scheduled[0]._when <= self._world.now):
            now = self._world.now
            while scheduled and (scheduled[0]._cancelled or scheduled[0]._when <= now):
                timer = heapq.heappop(scheduled)
                timer._scheduled = False
                if not timer._cancelled:
                    ready.append(timer)
        return len(ready)

    def next_timer(self) -> float | None:
        scheduled = self._scheduled
        while scheduled and scheduled[0]._cancelled:
            heapq.heappop(scheduled)._scheduled = False
        return scheduled[0]._when if scheduled else None

    def call_soon(
        self, callback: Callable[..., object], *args: object, context: Context | None = None
    ) -> asyncio.Handle:
        handle = _Step(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def get_debug(self) -> bool:
        return False

    def run_one(self, at: int) -> None:
        ready = self._ready
        if at:
            handle = ready[at]
            del ready[at]
        else:
            handle = ready.popleft()
        if not handle._cancelled:
            handle._run()

    def call_soon_threadsafe(
        self, callback: Callable[..., object], *args: object, context: Context | None = None
    ) -> asyncio.Handle:
        return self.call_soon(callback, *args, context=context)

    def run_in_executor(  # type: ignore[override]
        self, executor: object, func: Callable[..., object], *args: object
    ) -> asyncio.Future[object]:
        """The work of a thread happens at one moment, a while later."""
        future = self.create_future()

        def work() -> None:
            if future.done() or self.is_closed():
                return
            try:
                result = func(*args)
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(result)

        self._world.after(self._slowness(), work)
        return future

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        return

    def _write_to_self(self) -> None:
        return

    def _process_events(self, event_list: object) -> None:
        return
