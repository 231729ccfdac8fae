"""What adapters keep: values that two processes cannot both win, logs whose numbers have no holes."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from bot.core.delivery import _key_of
from bot.core.events import Chat, Sender, TextSent
from bot.core.lru import REMEMBERED
from bot.core.platform import Logged
from bot.storage.platform_store import PlatformLog, PlatformValues
from bot.storage.store import ConversationStore


async def test_a_value_is_kept_for_its_platform_alone(db: BaseDBAsyncClient) -> None:
    telegram, zalo = PlatformValues(db, "telegram"), PlatformValues(db, "zalo")
    assert await telegram.get("offset") is None
    assert await telegram.swap("offset", None, "1")
    assert await telegram.get("offset") == "1"
    assert await zalo.get("offset") is None


async def test_only_who_knows_the_present_value_may_change_it(db: BaseDBAsyncClient) -> None:
    values = PlatformValues(db, "telegram")
    assert not await values.swap("offset", "0", "1")
    assert await values.swap("offset", None, "1")
    assert not await values.swap("offset", None, "2")
    assert not await values.swap("offset", "0", "2")
    assert await values.get("offset") == "1"
    assert await values.swap("offset", "1", "2")
    assert await values.get("offset") == "2"


async def test_of_many_who_swap_at_once_exactly_one_wins(db: BaseDBAsyncClient) -> None:
    values = PlatformValues(db, "telegram")
    first = await asyncio.gather(*[values.swap("token", None, f"a{n}") for n in range(10)])
    assert sum(first) == 1
    held = await values.get("token")
    second = await asyncio.gather(*[values.swap("token", held, f"b{n}") for n in range(10)])
    assert sum(second) == 1


async def test_each_chat_counts_its_own_entries_from_one(db: BaseDBAsyncClient) -> None:
    log = PlatformLog(db, "web")
    logged = await asyncio.gather(*[log.append("a" if n % 2 else "b", f"{n}") for n in range(10)])
    assert sorted(entry.number for entry in logged) == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert await log.since("a", 0) == [(1, "1"), (2, "3"), (3, "5"), (4, "7"), (5, "9")]
    assert await log.since("a", 3) == [(4, "7"), (5, "9")]
    assert await log.since("a", 5) == []
    assert await PlatformLog(db, "other").since("a", 0) == []


async def test_an_entry_that_is_appended_again_keeps_its_number(db: BaseDBAsyncClient) -> None:
    log = PlatformLog(db, "web")
    assert await log.append("a", "một", key="k1") == Logged(1, new=True)
    twice = await asyncio.gather(*[log.append("a", "hai", key="k2") for _ in range(3)])
    assert twice == [Logged(2, new=True), Logged(2, new=False), Logged(2, new=False)]
    assert await log.append("a", "một", key="k1") == Logged(1, new=False)
    assert await log.append("b", "một", key="k1") == Logged(1, new=True)
    assert await log.since("a", 0) == [(1, "một"), (2, "hai")]


async def test_numbers_go_on_after_a_restart(db: BaseDBAsyncClient) -> None:
    await PlatformLog(db, "web").append("a", "một", key="k")
    again = PlatformLog(db, "web")
    assert await again.append("a", "một", key="k") == Logged(1, new=False)
    assert await again.append("a", "hai") == Logged(2, new=True)


async def test_a_repeat_among_new_entries_leaves_no_hole(db: BaseDBAsyncClient) -> None:
    """Mechanism: nothing is numbered after an entry that may turn out to be a repeat."""
    await PlatformLog(db, "web").append("a", "một", key="k")
    log = PlatformLog(db, "web")
    logged = await asyncio.gather(
        log.append("a", "một", key="k"), log.append("a", "hai"), log.append("a", "ba", key="l")
    )
    assert list(logged) == [Logged(1, new=False), Logged(2, new=True), Logged(3, new=True)]
    assert await log.since("a", 0) == [(1, "một"), (2, "hai"), (3, "ba")]


async def test_of_a_long_log_the_newest_entries_come_oldest_first(db: BaseDBAsyncClient) -> None:
    log = PlatformLog(db, "web")
    await asyncio.gather(*[log.append("a", str(n)) for n in range(1, 31)])
    assert await log.since("a", 0, limit=3) == [(28, "28"), (29, "29"), (30, "30")]


async def test_a_log_that_was_forgotten_goes_on_with_its_next_number(db: BaseDBAsyncClient) -> None:
    log = PlatformLog(db, "web")
    assert await log.append("0", "x") == Logged(1, new=True)
    for n in range(1, REMEMBERED + 1):
        log._last.put((str(n),), 1)
    assert log._last.get(("0",)) is None
    assert await log.append("0", "y") == Logged(2, new=True)


async def test_logs_of_two_processes_have_no_holes_and_no_number_twice(db: BaseDBAsyncClient) -> None:
    """Mechanism: what cannot be written under its number is numbered again."""
    logs = [PlatformLog(db, "web"), PlatformLog(db, "web")]
    entries = [(number % 2, f"{number}") for number in range(40)]
    logged = await asyncio.gather(*[logs[at].append("a", body) for at, body in entries])
    for at, body in entries[:10]:
        logged.append(await logs[at].append("a", body))
    assert sorted(entry.number for entry in logged) == list(range(1, 51))
    assert [number for number, _ in await logs[0].since("a", 0)] == list(range(1, 51))


async def test_one_entry_that_two_processes_append_has_one_number(db: BaseDBAsyncClient) -> None:
    logs = [PlatformLog(db, "web"), PlatformLog(db, "web")]
    await logs[0].append("a", "trước")
    await logs[1].append("a", "giữa")
    logged = await asyncio.gather(*[log.append("a", "một", key="k") for log in logs])
    assert sorted(logged) == [Logged(3, new=False), Logged(3, new=True)]


async def test_an_entry_that_is_a_reply_names_the_event_that_it_answers(db: BaseDBAsyncClient) -> None:
    """By the key under which delivery sends it; what was sent unasked, and what a person said, answers nothing."""
    event = TextSent("v:press:1", Chat("web", "v:1", "private"), Sender("v", ""), datetime.now(UTC), "menu")
    (recorded,) = await ConversationStore(db).record([event])
    log = PlatformLog(db, "web")
    for key in (_key_of("v:1", recorded.seq, 1), "outbox:7", "0d3c", None, _key_of("v:1", recorded.seq + 1, 2)):
        await log.append("v:1", "x", key=key)
    assert [await log.answered("v:1", number) for number in range(1, 7)] == ["v:press:1", *[None] * 5]


async def test_a_follower_is_told_of_each_chat_that_has_grown_by_whatever_process(db: BaseDBAsyncClient) -> None:
    told: list[str] = []
    own, elsewhere = PlatformLog(db, "web"), PlatformLog(db, "zalo")
    other = PlatformLog(db, "web", lambda: told.append("news"))
    grown: list[str] = []
    look = own.follow(grown.append)
    await other.append("old", "x")
    await look()
    assert grown == []
    await other.append("a", "x")
    await other.append("a", "y")
    await other.append("b", "x")
    await elsewhere.append("c", "x")
    await look()
    assert sorted(grown) == ["a", "b"]
    await look()
    assert sorted(grown) == ["a", "b"]
    assert told == ["news"] * 4


async def test_a_value_can_be_read_inside_a_transaction(db: BaseDBAsyncClient) -> None:
    """SQLite has one connection: who asks beside the transaction that it is in would wait for itself."""
    values = PlatformValues(db, "zalo")
    await values.swap("month", None, "7")
    async with in_transaction("default"):
        assert await asyncio.wait_for(values.get("month"), 5) == "7"


async def test_a_follower_that_looks_again_tells_nothing_old(
    db: BaseDBAsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It reads a little of what is behind it, for what committed late, and never more and more of it."""
    monkeypatch.setattr("bot.storage.platform_store.FOLLOWED_BEHIND", 2)
    log = PlatformLog(db, "web")
    for number in range(10):
        await log.append(f"old{number}", "chào")
    grown: list[str] = []
    look = log.follow(grown.append)
    for _ in range(5):
        await look()
    assert grown == []
    await log.append("new", "chào")
    for _ in range(5):
        await look()
    assert grown == ["new"]
