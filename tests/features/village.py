"""Two communes for the tests of people and rights: Yên Mô with two villages, Khánh Thiện with one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from tortoise.transactions import in_transaction

from bot.features import units
from bot.features.groups import channels
from bot.features.people import people
from bot.features.people.accounts import Account
from tests.ground import settled

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
KEY = b"k" * 32


@dataclass(frozen=True)
class Places:
    """Unit ids."""

    province: int
    commune: int
    village: int
    other_village: int
    other_commune: int
    far_village: int


@settled
async def places() -> Places:
    since = date(2025, 7, 1)

    async def unit(code: str, kind: str, name: str, parent: str | None) -> int:
        return (await units.create(code, kind, name, parent=parent, valid_from=since)).id

    return Places(
        await unit("ninh-binh", "tỉnh", "Ninh Bình", None),
        await unit("yen-mo", "xã", "Yên Mô", "ninh-binh"),
        await unit("lac-hien", "thôn", "Lạc Hiền", "yen-mo"),
        await unit("dong-cao", "thôn", "Đông Cao", "yen-mo"),
        await unit("khanh-thien", "xã", "Khánh Thiện", "ninh-binh"),
        await unit("phu-long", "thôn", "Phú Long", "khanh-thien"),
    )


@settled
async def group(
    platform: str, chat: str, unit_id: int, title: str, now: datetime, purpose: channels.Purpose = "village"
) -> channels.Channel:
    """A group that is registered as that of a unit."""
    async with in_transaction("default"):
        made = await channels.register(platform, chat, unit_id, purpose, title, now)
    assert isinstance(made, channels.Registered)
    return made.channel


@settled
async def counted(unit_id: int, households: int, adults: int) -> None:
    """How large a village is, from its first day."""
    await units.count(unit_id, date(2025, 7, 1), households=households, adults=adults)


@settled
async def somebody(name: str, role: str, unit_id: int, now: datetime = NOW, platform: str = "fake") -> people.Who:
    """A person with a role, on one account called `id-name`."""
    account = Account(platform, f"id-{name}")
    person_id = await people.remember(account, f"chat-{name}", name, now)
    await people.grant(person_id, role, unit_id, now)
    return await people.who(account, now)
