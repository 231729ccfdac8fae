"""One process tells another, and a Redis that is away or cut off hurts nobody."""

from __future__ import annotations

import asyncio
import uuid

import pytest
from redis.asyncio import Redis

from bot.framework import wake
from bot.framework.wake import RedisWakes
from tests.conftest import REDIS
from tests.ports import unused_port


@pytest.mark.redis
async def test_news_reach_every_other_process_of_the_installation_and_nobody_else() -> None:
    space = uuid.uuid4().hex
    heard: list[tuple[str, str]] = []
    first, second, stranger = RedisWakes(REDIS, space), RedisWakes(REDIS, space), RedisWakes(REDIS, "other")
    for name, one in (("first", first), ("second", second), ("stranger", stranger)):
        one.hear("news", lambda value, name=name: heard.append((name, value)))  # type: ignore[misc]
    async with first.connected(), second.connected(), stranger.connected():
        await _heard(first, "a chat", heard)
        first.tell("something else", "b")
        await _heard(first, "another chat", heard)
    assert set(heard) == {("second", "a chat"), ("second", "another chat")}


@pytest.mark.redis
async def test_after_a_cut_it_connects_again(monkeypatch: pytest.MonkeyPatch) -> None:
    space = uuid.uuid4().hex
    heard: list[tuple[str, str]] = []
    first, second = RedisWakes(REDIS, space), RedisWakes(REDIS, space)
    second.hear("news", lambda value: heard.append(("second", value)))
    async with first.connected(), second.connected(), Redis.from_url(REDIS) as redis:
        await _heard(first, "before", heard)
        number = str(redis.connection_pool.connection_kwargs["db"])
        for client in await redis.client_list():
            if client["db"] == number and client["cmd"] != "client|list":
                await redis.client_kill_filter(_id=client["id"])
        await _heard(first, "after", heard)


async def test_without_redis_nothing_is_raised_and_nothing_piles_up(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(wake, "MOST_WAITING", 10)
    wakes = RedisWakes(f"redis://127.0.0.1:{unused_port()}", "x")
    async with wakes.connected():
        for n in range(1000):
            wakes.tell("news", str(n))
        assert len(wakes._waiting) == 10
        async with asyncio.timeout(10):
            while not caplog.records:  # noqa: ASYNC110 - a log line is no event
                await asyncio.sleep(0.01)
    assert "Redis is away" in caplog.text


async def _heard(teller: RedisWakes, value: str, heard: list[tuple[str, str]]) -> None:
    """Tell until it is heard: the other may not listen yet, and what nobody hears is lost."""
    async with asyncio.timeout(20):
        while ("second", value) not in heard:
            teller.tell("news", value)
            await asyncio.sleep(0.02)
