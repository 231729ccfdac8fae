"""Group commit: what arrives while one commit runs goes into the next one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from .platform import Clock

In = TypeVar("In")
Out = TypeVar("Out")


class Batches(Generic[In, Out]):
    """`commit` takes up to `limit` items, in order, and returns one result for each.

    When a commit of several items fails, each is tried alone, so that one bad item cannot fail its neighbours. By
    `clock`, commits begin at least `apart` seconds after each other: on a busy day they become few and large, and leave
    the database to others; the first item after a pause waits for nothing.
    """

    def __init__(
        self,
        commit: Callable[[Sequence[In]], Awaitable[Sequence[Out]]],
        limit: int = 200,
        *,
        clock: Clock | None = None,
        apart: float = 0.0,
    ) -> None:
        self._commit = commit
        self._limit = limit
        self._clock = clock
        self._apart = apart
        self._next = 0.0
        self._waiting: list[tuple[In, asyncio.Future[Out]]] = []
        self._running: asyncio.Task[None] | None = None

    def add(self, item: In) -> asyncio.Future[Out]:
        """Queue an item for the next commit.

        The returned future is done when the item is committed; if the commit failed, it carries the exception.
        """
        future: asyncio.Future[Out] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        return future

    @property
    def running(self) -> Sequence[asyncio.Task[None]]:
        """The task that commits now; none when nothing waits."""
        return () if self._running is None else (self._running,)

    async def _run(self) -> None:
        try:
            while self._waiting:
                await self._keep_apart()
                batch, self._waiting = self._waiting[: self._limit], self._waiting[self._limit :]
                if not await self._try(batch) and len(batch) > 1:
                    for item in batch:
                        await self._try([item], final=True)
        finally:
            self._running = None

    async def _keep_apart(self) -> None:
        if self._clock is None:
            return
        if (delay := self._next - self._clock.monotonic()) > 0:
            await self._clock.sleep(delay)
        self._next = self._clock.monotonic() + self._apart

    async def _try(self, batch: list[tuple[In, asyncio.Future[Out]]], *, final: bool = False) -> bool:
        try:
            results = await self._commit([item for item, _ in batch])
        except Exception as error:
            if final or len(batch) == 1:
                for _, future in batch:
                    if not future.cancelled():
                        future.set_exception(error)
            return False
        for (_, future), result in zip(batch, results, strict=True):
            if not future.cancelled():
                future.set_result(result)
        return True
