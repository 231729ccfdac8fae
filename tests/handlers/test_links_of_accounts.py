"""A slip of a village leads to the bot of its commune, and to the one of all communes, never to a neighbour's."""

from __future__ import annotations

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.lean.values import replace
from bot.core.platform import RICH
from bot.features.outbox.homes import BotHome
from bot.handlers.kit.base import Content
from bot.testing import FakePlatform
from tests.conversations import base_of
from tests.features.village import places

YEN_MO, KHANH_THIEN = "fake@ym", "fake@kt"


class Linked(FakePlatform):
    def __init__(self, name: str) -> None:
        super().__init__(RICH)
        self.name = name

    def link(self, code: str) -> str | None:
        return f"https://{self.name}/{code}"

    def group_link(self, code: str) -> str | None:
        return f"https://{self.name}/group/{code}"


async def test_the_bot_of_the_commune_comes_first_and_another_commune_s_not_at_all(
    db: BaseDBAsyncClient, shipped: Content
) -> None:
    at, plain = await places(), base_of(shipped, db)
    homes = {YEN_MO: BotHome(at.commune, "yen-mo"), KHANH_THIEN: BotHome(at.other_commune, "khanh-thien")}
    platforms = [Linked(name) for name in ("fake", KHANH_THIEN, YEN_MO)]
    base = replace(plain, platforms=platforms, services=replace(plain.services, homes=homes))
    for unit in (at.commune, at.village):
        assert await base.links_at("X", unit) == [f"https://{YEN_MO}/X", "https://fake/X"]
        assert await base.add_links_at("X", unit) == [f"https://{YEN_MO}/group/X", "https://fake/group/X"]
    assert await base.links_at("X", at.far_village) == [f"https://{KHANH_THIEN}/X", "https://fake/X"]
    assert await base.links_at("X", at.province) == ["https://fake/X"]
    assert base.links("X") == ["https://fake/X"]
