"""Further accounts on messengers: added, changed and switched off as data, while the bot is at work."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from bot.core.lean import patterns
from bot.core.platform import OF_ACCOUNT, account_of, vendor_of
from bot.features.outbox.homes import BotHome
from bot.storage.sealed_text import SealBroken, seal, unseal

from .tables import BotAccount as Row

MOST_CODE = 20
_CODE = patterns.compile(rf"[a-z0-9](?:[a-z0-9-]{{0,{MOST_CODE - 2}}}[a-z0-9])?")
PACE = "pace_"
"""Options of this beginning are the account's pace, as BOT_PACE_<NAME>_… is that of the settings' account."""
OTHER_KEY = "khóa của máy này không mở được mã đã cất; chạy: python -m bot account rekey"


class FurtherAccount(Struct, frozen=True):
    """One account. `home` None: it has all communes."""

    name: str
    home: BotHome | None
    sealed: str
    at_work: bool
    version: int
    changed_at: datetime
    trouble: str

    @property
    def vendor(self) -> str:
        return vendor_of(self.name)

    @property
    def code(self) -> str:
        return account_of(self.name)

    def options(self, key: bytes) -> Mapping[str, str]:
        """Return its settings with its secrets. Raises SealBroken."""
        return opened(key, self.name, self.sealed)


def is_code(text: str) -> bool:
    """Tell whether this can be an account's code: lower-case letters, digits and hyphens, at most 20."""
    return _CODE.fullmatch(text) is not None


def name_of(vendor: str, code: str) -> str:
    return f"{vendor}{OF_ACCOUNT}{code}"


def sealed(key: bytes, name: str, options: Mapping[str, str]) -> str:
    return seal(key, name, json.dumps(dict(options), ensure_ascii=False))


def opened(key: bytes, name: str, options: str) -> dict[str, str]:
    """Return sealed options. Raises SealBroken."""
    return {str(each): str(value) for each, value in json.loads(unseal(key, name, options)).items()}


async def every(commune_id: int | None = None) -> Sequence[FurtherAccount]:
    """Return all accounts by name, or those that one commune has to itself."""
    rows = Row.all() if commune_id is None else Row.filter(unit_id=commune_id)
    return [_read(row) for row in await rows.order_by("name").select_related("unit")]


async def find(name: str) -> FurtherAccount | None:
    row = await Row.get_or_none(name=name).select_related("unit")
    return None if row is None else _read(row)


async def versions() -> Mapping[str, tuple[int, bool]]:
    """Return the version of each account, and whether it is to run: so little that it can be asked all the time."""
    rows = await Row.all().values_list("name", "version", "at_work")
    return {str(name): (int(str(version)), bool(at_work)) for name, version, at_work in rows}


async def add(name: str, commune_id: int | None, options: str, now: datetime) -> bool:
    """Add an account with sealed options, inside the caller's transaction; False if there is one of this name."""
    if await Row.exists(name=name):
        return False
    await Row.create(name=name, unit_id=commune_id, options=options, changed_at=now)
    return True


async def change(one: FurtherAccount, options: str, commune_id: int | None, now: datetime) -> bool:
    """Give it other sealed options, or another commune; False if somebody changed it since it was read."""
    return await _update(one, now, options=options, unit_id=commune_id)


async def switch(one: FurtherAccount, now: datetime, *, at_work: bool) -> bool:
    """Switch it on or off; False if somebody changed it since it was read."""
    return await _update(one, now, at_work=at_work)


async def reseal(one: FurtherAccount, options: str) -> None:
    """Replace the sealed options by the same ones under another key: nothing has to begin again for that."""
    await Row.filter(name=one.name, version=one.version).update(options=options)


async def tell_trouble(name: str, version: int, why: str) -> None:
    """Keep why an account does not run, "" when it does."""
    await Row.filter(name=name, version=version).exclude(trouble=why[:300]).update(trouble=why[:300])


async def _update(one: FurtherAccount, now: datetime, **values: object) -> bool:
    held = Row.filter(name=one.name, version=one.version)
    return bool(await held.update(**values, version=one.version + 1, changed_at=now, trouble=""))


def with_same_token(key: bytes, known: Sequence[FurtherAccount], vendor: str, token: str) -> str | None:
    """Return the name of an account that has this token already: two that ask with one would take turns."""
    for one in known:
        try:
            if one.vendor == vendor and token and one.options(key).get("token") == token:
                return one.name
        except SealBroken:
            continue
    return None


def _read(row: Row) -> FurtherAccount:
    home = None if row.unit is None else BotHome(int(row.unit.id), str(row.unit.code))
    return FurtherAccount(row.name, home, row.options, row.at_work, row.version, row.changed_at, row.trouble)
