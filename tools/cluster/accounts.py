"""The bots of a province's communes: each its own account, written as `python -m bot account add` writes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from benchmarks.traffic import TOKEN
from bot.assembly import families
from bot.features.bots import accounts
from bot.storage import database
from bot.storage.tables.places import Unit
from bot.storage.transactions import writing


@dataclass(frozen=True)
class Account:
    """`code` "" is the account of the settings."""

    code: str
    token: str

    @property
    def platform(self) -> str:
        return accounts.name_of("telegram", self.code) if self.code else "telegram"


OWN = Account("", TOKEN)


def of_communes(count: int) -> Sequence[Account]:
    """Return so many accounts, each of one commune; the settings' own account if it is none."""
    number_of_token, words = TOKEN.split(":")
    return [Account(f"xa-{n}", f"{int(number_of_token) + n}:{words}") for n in range(1, count + 1)] or [OWN]


async def write(known: Sequence[Account], url: str, key: bytes, options: dict[str, str]) -> None:
    """Write the communes and their accounts, before the bot begins."""
    families.discover()  # so that the tables of all of them are known
    async with database.opened(url), writing():
        for one in known:
            if one is not OWN:
                unit = await Unit.create(code=one.code, kind="xã", name=one.code, valid_from=date(2025, 7, 1))
                sealed = accounts.sealed(key, one.platform, {**options, "token": one.token})
                await accounts.add(one.platform, unit.id, sealed, datetime.now(UTC))
