"""Mechanism: a file that goes to many at once is uploaded once, and whoever fails or leaves takes nobody along."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import pytest

from bot.core.messages import Attachment
from bot.core.platform import Rejected, Unreachable
from bot.platforms._shared.uploads import Uploads
from tests.kit import MemoryMedia, StillClock


class Vendor:
    """Each upload begins and waits until the test ends it: `ends[0]` is the first."""

    def __init__(self) -> None:
        self.ends: list[asyncio.Future[str]] = []

    async def upload(self, data: bytes, name: str, mime: str) -> str:
        self.ends.append(asyncio.get_running_loop().create_future())
        return await self.ends[-1]


class Line:
    """Asks for the id of one picture, for as many people as the test likes."""

    def __init__(self) -> None:
        self.vendor, self.media = Vendor(), MemoryMedia()
        self.uploads = Uploads(self.media, StillClock(), 60.0, self.vendor.upload)
        self.media.files["anh"] = b"\x89PNG"

    async def asks(self, number: int, *, refused: str = "", media: str = "anh") -> list[asyncio.Task[str]]:
        item = Attachment("photo", media, "ảnh", 4)
        asked = [asyncio.create_task(self.uploads.id_of(item, refused=refused)) for _ in range(number)]
        await turns()
        return asked


async def turns() -> None:
    """Let everybody come as far as they can."""
    for _ in range(20):
        await asyncio.sleep(0)


async def answered(*asked: Awaitable[str]) -> list[str | BaseException]:
    async with asyncio.timeout(10):
        return await asyncio.gather(*asked, return_exceptions=True)


@pytest.fixture
def line() -> Line:
    return Line()


async def test_who_asks_meanwhile_shares_the_upload_and_another_file_does_not_wait(line: Line) -> None:
    line.media.files["khac"] = b"\x89PNG other"
    many, other = await line.asks(50), await line.asks(1, media="khac")
    assert len(line.vendor.ends) == 2
    line.vendor.ends[1].set_result("b")
    assert await answered(*other) == ["b"]
    line.vendor.ends[0].set_result("a")
    assert await answered(*many) == ["a"] * 50
    assert await answered(*await line.asks(2)) == ["a", "a"]
    assert len(line.vendor.ends) == 2


@pytest.mark.parametrize("error", [Unreachable("cut", maybe_sent=True), Rejected("too large")])
async def test_an_upload_that_failed_fails_those_who_waited_and_the_next_one_tries_anew(
    line: Line, error: Exception
) -> None:
    """Red where each tries by itself: with a line that is dead the fiftieth waits for fifty timeouts."""
    many = await line.asks(50)
    line.vendor.ends[0].set_exception(error)
    told = await answered(*many)
    assert {type(one) for one in told} == {type(error)}
    assert not any(one.maybe_sent for one in told if isinstance(one, Unreachable)), "no message was on its way"
    later = await line.asks(2)
    assert len(line.vendor.ends) == 2
    line.vendor.ends[1].set_result("a")
    assert await answered(*later) == ["a", "a"]


async def test_a_file_that_is_gone_is_a_refusal_for_all_who_wait_and_not_for_ever(line: Line) -> None:
    assert [type(one) for one in await answered(*await line.asks(3, media="khac"))] == [Rejected] * 3
    line.media.files["khac"] = b"\x89PNG"
    later = await line.asks(1, media="khac")
    line.vendor.ends[0].set_result("a")
    assert await answered(*later) == ["a"]


async def test_where_the_one_who_uploads_is_cancelled_the_next_one_does_it(line: Line) -> None:
    first, *others = await line.asks(4)
    first.cancel()
    await turns()
    assert len(line.vendor.ends) == 2
    line.vendor.ends[1].set_result("a")
    assert await answered(*others) == ["a"] * 3
    assert first.cancelled()


async def test_who_waits_and_is_cancelled_takes_nobody_along(line: Line) -> None:
    first, leaves, stays = await line.asks(3)
    leaves.cancel()
    await turns()
    line.vendor.ends[0].set_result("a")
    assert await answered(first, stays) == ["a", "a"]
    assert leaves.cancelled()


async def test_an_id_that_the_vendor_has_forgotten_is_replaced_once_for_all_who_were_refused(line: Line) -> None:
    """Red where the refused id is not named: who hears it late throws the new id away."""
    for end in ("old", "new"):
        asked = await line.asks(3, refused="" if end == "old" else "old")
        line.vendor.ends[-1].set_result(end)
        assert await answered(*asked) == [end] * 3
    assert await answered(*await line.asks(2, refused="old")) == ["new", "new"]
    assert len(line.vendor.ends) == 2
