"""After an erasure the files are cleaned once the last answer has left, once, also after a restart, and not all day."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.assembly.services import make_privacy
from bot.core.sessions import Key, Session, session_to_json
from bot.features.audit import Audit
from bot.features.invites import Invites
from bot.features.privacy import FORGET
from bot.features.privacy.cleaning import PATIENCE, SHARE, Cleaning
from bot.storage.core_tables.conversation import SessionRow
from bot.storage.platform_store import PlatformValues
from bot.storage.tables.audit import ErasedAccount

from .village import KEY, NOW


@dataclass
class House:
    """`takes` is how long it takes to write the files anew, `reading` whether somebody reads them."""

    db: BaseDBAsyncClient
    now: datetime = NOW
    takes: timedelta = timedelta(0)
    reading: bool = False
    did: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.restarts()

    def restarts(self) -> None:
        audit = Audit(KEY)
        self.work = Cleaning(
            make_privacy(KEY, audit, Invites(KEY, audit)),
            PlatformValues(self.db, "privacy"),
            lambda: self.now,
            self._sweep,
            self._scrub,
        )

    async def _sweep(self, now: datetime) -> None:
        self.did.append("swept")

    async def _scrub(self) -> bool:
        self.now += self.takes
        self.did.append("busy" if self.reading else "scrubbed")
        return not self.reading

    async def erases(self, name: str = "a") -> None:
        await ErasedAccount.create(pseudonym=name, erased_at=self.now)

    async def answers(self, chat: str = "hoa", *, sent: bool = True) -> None:
        """The last answer to somebody erased."""
        session = Session(Key("fake", chat), "private", facts={FORGET: "1"})
        await SessionRow.create(
            platform="fake", chat_id=chat, version=1, done_seq=1, out_seq=1, sent_seq=1 if sent else 0,
            state=session_to_json(session), updated_at=self.now if sent else self.now + timedelta(days=1),
        )  # fmt: skip

    async def later(self, seconds: float = 0) -> list[str]:
        self.now += timedelta(seconds=seconds)
        before = len(self.did)
        await self.work.tick()
        return self.did[before:]


@pytest.fixture
def house(db: BaseDBAsyncClient) -> House:
    return House(db)


async def test_an_installation_on_which_nobody_was_erased_is_never_cleaned(house: House) -> None:
    assert await house.later() == []


async def test_it_waits_for_the_last_answer_and_is_done_once(house: House) -> None:
    await house.erases()
    await house.answers()
    assert await house.later(1) == []
    assert await house.later(16) == ["swept", "scrubbed"]
    assert await SessionRow.all().count() == 0
    assert await house.later(100) == []
    house.restarts()
    assert await house.later(100) == []


async def test_it_does_not_wait_for_an_answer_that_cannot_leave_but_cleans_again_when_it_has(house: House) -> None:
    await house.erases()
    await house.answers(sent=False)
    assert await house.later(PATIENCE.total_seconds() - 1) == []
    assert await house.later(1) == ["swept", "scrubbed"]
    assert await house.later(100) == []
    house.restarts()
    assert await house.later(2 * 24 * 3600) == ["swept", "scrubbed"]


async def test_what_could_not_be_done_while_somebody_reads_is_done_later(house: House) -> None:
    await house.erases()
    house.reading = True
    assert await house.later() == ["swept", "busy"]
    house.restarts()
    house.reading = False
    assert await house.later(15) == ["swept", "scrubbed"]


async def test_who_erases_again_and_again_does_not_keep_the_database_from_work(house: House) -> None:
    house.takes = timedelta(seconds=10)
    await house.erases()
    assert await house.later() == ["swept", "scrubbed"]
    await house.erases("b")
    assert await house.later(10 * SHARE - 1) == ["swept"]
    assert await house.later(1) == ["swept", "scrubbed"]
