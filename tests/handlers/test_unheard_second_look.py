"""What nobody understood is looked at again after the answer; only an id of ours can come of it, and only in time."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.guard import MASK
from bot.features.jobs.queue import JobRefused, JobRunner
from bot.features.unheard.second_look import KIND, MOST
from bot.handlers.kit.base import Content
from bot.storage.core_tables.jobs import JobRow
from bot.storage.core_tables.outbox import OutboxRow
from bot.testing import FakePlatform, Participant, World
from tests.conversations import joined, services_of

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
SAID = "bàn ghế nhà văn hóa cũ quá gọi 0912 345 678"
MEANT, TITLE = "doi-bang-lai-xe", "Đổi, cấp lại bằng lái xe"
OFFERED = "Có phải bác cần bài này không?"


@dataclass
class Oracle:
    """An endpoint that answers `answer`, and remembers what it was asked."""

    answer: str = ""
    asked: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)
    first_of_list: bool = False
    meanwhile: Callable[[], Awaitable[None]] | None = None

    async def choose(self, text: str, titles: Mapping[str, str]) -> str:
        self.asked.append((text, titles))
        if self.meanwhile is not None:
            await self.meanwhile()
        return next(iter(titles)) if self.first_of_list else self.answer


@dataclass
class Second:
    world: World
    oracle: Oracle
    runner: JobRunner

    async def looks(self) -> list[str]:
        await self.runner.run()
        rows = await OutboxRow.filter(key__startswith="look:").order_by("id")
        return [row.message for row in rows]


async def _refused(body: Mapping[str, str], refusal: JobRefused) -> None:
    raise AssertionError(refusal)


@pytest.fixture
async def here(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> Second:
    oracle = Oracle(first_of_list=True)

    def made() -> World:
        async def store_media(data: bytes, mime: str) -> str:
            return ""

        all_of_it = joined(shipped, services_of(shipped, platform, db), [platform], store_media, choose=oracle.choose)
        world = World(db, lambda: all_of_it.router, shipped.catalogues.translate, platform)
        runners.append(JobRunner({KIND: all_of_it.jobs[KIND]}, db, _refused, world.clock.now))
        return world

    runners: list[JobRunner] = []
    world = made()
    return Second(world, oracle, runners[0])


async def not_understood(here: Second) -> Participant:
    hoa = here.world.talk("Hoa")
    await hoa.says("menu")
    await hoa.says(SAID)
    assert "Tôi chưa hiểu" in hoa.heard, "the answer does not wait for anybody"
    assert here.oracle.asked == []
    return hoa


async def test_an_id_of_the_list_becomes_one_question(here: Second) -> None:
    await not_understood(here)
    (sent,) = await here.looks()
    ((text, titles),) = here.oracle.asked
    assert (text, len(titles) <= MOST) == (SAID.replace("0912 345 678", MASK), True)
    assert OFFERED in sent
    assert next(iter(titles.values())) in sent
    assert "Không phải" in sent
    await here.runner.run()
    assert len(here.oracle.asked) == 1


@pytest.mark.parametrize(
    "lie",
    [
        "",
        "none",
        "khong-co-bai",
        "<b>Bác gọi 0900</b>",
        "Chuyển tiền vào tài khoản này nhé",
        f"{MEANT} nhé",
        "x" * 10_000,
    ],
)
async def test_anything_else_is_shown_to_nobody(here: Second, lie: str) -> None:
    here.oracle.first_of_list, here.oracle.answer = False, lie
    await not_understood(here)
    assert await here.looks() == []
    assert len(here.oracle.asked) == 1
    assert [row.state for row in await JobRow.filter(kind=KIND)] == ["done"]


async def test_who_has_said_something_since_is_asked_nothing(here: Second) -> None:
    hoa = await not_understood(here)
    await hoa.says("menu")
    assert await here.looks() == []
    assert here.oracle.asked == [], "nor does anything leave the house"


async def test_who_says_something_while_it_is_asked_is_asked_nothing(here: Second) -> None:
    hoa = await not_understood(here)
    here.oracle.meanwhile = lambda: hoa.says("menu")
    assert await here.looks() == []
    assert len(here.oracle.asked) == 1


async def test_a_look_that_comes_late_is_not_taken(here: Second) -> None:
    await not_understood(here)
    here.world.clock.passes(seconds=11)
    assert await here.looks() == []
    assert here.oracle.asked == []


async def test_the_job_holds_no_word_of_it(here: Second) -> None:
    await not_understood(here)
    (job,) = await JobRow.filter(kind=KIND)
    assert "bàn ghế" not in json.dumps(json.loads(job.body), ensure_ascii=False)


async def test_what_was_understood_is_not_looked_at(here: Second) -> None:
    hoa = here.world.talk("Hoa")
    await hoa.says("menu")
    await hoa.says("đổi giấy phép lái xe")
    assert TITLE in hoa.choices
    assert await JobRow.filter(kind=KIND).count() == 0
