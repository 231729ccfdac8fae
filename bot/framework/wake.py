"""Telling the other processes at once what they would find out at their next tick.

Nothing depends on it: what is to be done stands in the database. So a message that is lost costs a tick, and a Redis
that is away costs nothing but log lines.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.core.machine import chance
from bot.framework.sharing import Hears

log: logging.Logger = logging.getLogger(__name__)

MOST_WAITING = 1000
LISTEN_SECONDS = 5.0
BACK_OFF_MOST = 15.0


class RedisWakes:
    """Implements bot.framework.sharing.Wakes by publish and subscribe.

    `space` keeps installations on one Redis apart: the numbers of its databases do not.
    """

    def __init__(self, url: str, space: str) -> None:
        """Prepare the client; raise ValueError for a malformed address."""
        self._redis = Redis.from_url(url, socket_timeout=LISTEN_SECONDS, socket_connect_timeout=LISTEN_SECONDS)
        self._space = f"langso:{space}:"
        self._me = chance.unique()
        self._hearers: dict[str, Hears] = {}
        self._waiting: dict[tuple[str, str], None] = {}
        self._told = asyncio.Event()

    def tell(self, topic: str, value: str = "") -> None:
        if len(self._waiting) < MOST_WAITING:
            self._waiting[topic, value] = None
        self._told.set()

    def hear(self, topic: str, what: Hears) -> None:
        self._hearers[self._space + topic] = what

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[None]:
        """Exchange messages during the block, whenever Redis is reachable."""
        tasks = [asyncio.create_task(self._insist(work)) for work in (self._publish, self._listen)]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._redis.aclose()

    async def _insist(self, work: Callable[[], AsyncIterator[None]]) -> None:
        """Do the work again and again; each step that it takes shows that Redis is there."""
        failures = 0
        while True:
            try:
                async for _ in work():
                    failures = 0
            except (RedisError, OSError) as error:
                failures += 1
                if failures == 1:
                    log.warning("Redis is away, ticks do its work: %s", type(error).__name__)
            except Exception:
                failures += 1
                log.exception("waking the other processes failed")
            await asyncio.sleep(min(BACK_OFF_MOST, 0.25 * 2.0 ** min(failures, 8)))

    async def _publish(self) -> AsyncIterator[None]:
        while True:
            await self._told.wait()
            self._told.clear()
            waiting, self._waiting = self._waiting, {}
            for topic, value in waiting:
                await self._redis.publish(self._space + topic, f"{self._me} {value}")
            yield

    async def _listen(self) -> AsyncIterator[None]:
        async with self._redis.pubsub() as pubsub:
            await pubsub.psubscribe(f"{self._space}*")
            while True:
                message = await pubsub.get_message(ignore_subscribe_messages=True, timeout=LISTEN_SECONDS / 2)
                yield
                if message is not None:
                    self._heard(message["channel"].decode(), message["data"].decode())

    def _heard(self, channel: str, data: str) -> None:
        sender, _, value = data.partition(" ")
        hearer = self._hearers.get(channel)
        if hearer is not None and sender != self._me:
            hearer(value)
