"""Rows of accounts are looked at when somebody has changed them, and hardly ever otherwise."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.assembly.bots.first import FurtherAccounts
from bot.assembly.bots.hooks import AccountHooks
from bot.assembly.bots.news import LOOK_ANYWAY, TOPIC, AccountNews
from bot.features.bots import accounts, mark
from bot.testing import TestClock


class Fanout:
    """What a process tells, all others hear; here there is one, and `hears` is what another one told."""

    def __init__(self) -> None:
        self._what: dict[str, Callable[[], None]] = {}
        self.told: list[str] = []

    def tell(self, topic: str) -> None:
        self.told.append(topic)

    def hear(self, topic: str, what: Callable[[], None]) -> None:
        self._what[topic] = what

    def hears(self, topic: str) -> None:
        self._what[topic]()


class Looks:
    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock, self.wakes, self.count, self.away = TestClock(), Fanout(), 0, False
        self.news = AccountNews(folder, self.wakes, self.clock)

        async def versions() -> dict[str, tuple[int, bool]]:
            self.count += 1
            if self.away:
                raise RuntimeError("the database is away")
            return {}

        monkeypatch.setattr(accounts, "versions", versions)
        self.joined: list[int] = []
        self._followed = FurtherAccounts(
            AccountHooks(),
            self.news,
            lambda: pytest.fail("there is no account"),
            lambda: self.joined.append(self.count),
        )

    async def after(self, ticks: int = 1) -> int:
        """How often the rows were looked at during so many rounds of the job."""
        before = self.count
        for _ in range(ticks):
            await self._followed.follow()
        return self.count - before


@pytest.fixture
def looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Looks:
    return Looks(tmp_path, monkeypatch)


async def test_without_news_the_rows_are_left_alone_for_half_a_minute(looks: Looks) -> None:
    assert await looks.after(10) == 1, "the first time"
    looks.clock.passes(seconds=LOOK_ANYWAY - 1)
    assert await looks.after(10) == 0
    looks.clock.passes(seconds=1)
    assert await looks.after(10) == 1


async def test_a_command_leaves_a_mark_that_is_seen_once_and_told_to_other_processes(
    looks: Looks, tmp_path: Path
) -> None:
    await looks.after()
    mark.touch(tmp_path)
    assert await looks.after(10) == 1
    assert looks.wakes.told == [TOPIC]


async def test_a_change_here_or_in_another_process_is_looked_at_at_once(looks: Looks) -> None:
    await looks.after()
    looks.news.tell()
    assert looks.news.woken.is_set()
    assert await looks.after(10) == 1
    assert looks.wakes.told == [TOPIC]
    looks.wakes.hears(TOPIC)
    assert await looks.after(10) == 1


async def test_news_is_kept_until_the_database_has_answered(looks: Looks) -> None:
    await looks.after()
    looks.news.tell()
    looks.away = True
    for _ in range(2):
        with pytest.raises(RuntimeError):
            await looks.after()
    looks.away = False
    assert await looks.after(10) == 1


async def test_chats_are_taken_when_the_accounts_have_begun_and_also_when_one_cannot(looks: Looks) -> None:
    assert not looks.joined
    looks.away = True
    with pytest.raises(RuntimeError):
        await looks.after()
    assert looks.joined == [1], "after the rows were looked at"
