"""Each messenger whose calls can leave something unclear is asked whether it is there, and is sent nothing by that."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import pytest

from bot.core.platform import Probed, Unreachable
from bot.platforms import load
from tests.kit import make_kit

from .fake_gapo import FakeGapo
from .fake_telegram import FakeTelegram
from .fake_zalo import FakeZalo
from .fake_zalo_oa import FakeZaloOa

Fake = FakeTelegram | FakeZalo | FakeZaloOa | FakeGapo


@dataclass(frozen=True)
class Vendor:
    """`stack` is what keeps the messenger's server up."""

    fake: Fake
    platform: Probed
    stack: AsyncExitStack

    async def goes_away(self) -> None:
        await self.stack.aclose()


@asynccontextmanager
async def vendor(name: str) -> AsyncIterator[Vendor]:
    fakes: dict[str, Fake] = {
        "telegram": FakeTelegram(), "zalo": FakeZalo(), "zalo_oa": FakeZaloOa(), "gapo": FakeGapo(),
    }  # fmt: skip
    async with AsyncExitStack() as stack:
        fake = fakes[name]
        await stack.enter_async_context(fake)
        if isinstance(fake, FakeZalo):
            options = {"token": fake.token, "api_base": fake.base}
        else:
            options = fake.options("s" * 32) if isinstance(fake, FakeGapo) else fake.options()
        platform = load(name).create(make_kit(options))
        assert isinstance(platform, Probed)
        try:
            yield Vendor(fake, platform, stack)
        finally:
            await platform.close()


@pytest.mark.parametrize("name", ["telegram", "zalo", "zalo_oa", "gapo"])
async def test_it_answers_while_it_is_there(name: str) -> None:
    async with vendor(name) as there:
        await there.platform.probe()
        assert there.fake.accepted == []
        await there.goes_away()
        with pytest.raises(Unreachable):
            await there.platform.probe()
