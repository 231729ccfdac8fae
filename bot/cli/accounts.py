"""The command `python -m bot account`: further bots and official accounts, while the bot works. Part of commands."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.assembly.bots import trying
from bot.cli.office import opened
from bot.cli.texts import text_of
from bot.features import units
from bot.features.bots import accounts, mark
from bot.features.bots.accounts import FurtherAccount
from bot.framework.installation import secret_key
from bot.framework.process import CLOCK
from bot.settings import Settings, SettingsError
from bot.storage.sealed_text import SealBroken
from bot.storage.transactions import writing

_CHANGED = "có người vừa đổi tài khoản này; xem lại bằng account list rồi làm lại"


@dataclass(frozen=True)
class Given:
    """The arguments of the command. `options` is where the settings are read, None: they stay as they are.

    `commune` None leaves it, "" is all communes.
    """

    settings: Settings
    environ: Mapping[str, str]
    options: Path | None = None
    commune: str | None = None

    def read(self, vendor: str) -> dict[str, str]:
        """Return the settings that were given. Raises SettingsError and OSError."""
        if self.options is None:
            return {}
        return trying.read_options(text_of(self.options), vendor)

    async def commune_id(self) -> int | None:
        """Return the commune's id, None for all communes. Raises SettingsError."""
        if not self.commune:
            return None
        place = await units.get(self.commune)
        if place is None or place.level != "commune":
            raise SettingsError(f"--commune: không có xã mã {self.commune!r}")
        return place.id


async def add(given: Given, vendor: str, code: str) -> int:
    """Add an account; the bot at work begins it within seconds. Raises SettingsError."""
    name = trying.checked_name(vendor, code)
    async with opened(given.settings) as office:
        options, key = given.read(vendor), secret_key(given.settings)
        await trying.try_out(name, options, given.settings, given.environ, key)
        unit, now = await given.commune_id(), CLOCK.now()
        async with writing():
            if not await accounts.add(name, unit, accounts.sealed(key, name, options), now):
                raise SettingsError(f"{name}: đã có tài khoản này; đổi bằng account change")
            await office.audit.append(None, "bot_account_added", f"bot:{name}", now)
        mark.touch(given.settings.data_dir)
    print(name)
    return 0


async def change(given: Given, name: str) -> int:
    """Change some settings of an account, or its commune. Raises SettingsError."""
    async with opened(given.settings) as office:
        one, key = await _found(name), secret_key(given.settings)
        try:
            options = {**one.options(key), **given.read(one.vendor)}
        except SealBroken:
            raise SettingsError(f"{name}: {accounts.OTHER_KEY}") from None
        await trying.try_out(name, options, given.settings, given.environ, key)
        home = None if one.home is None else one.home.unit_id
        unit = home if given.commune is None else await given.commune_id()
        async with writing():
            now = CLOCK.now()
            if not await accounts.change(one, accounts.sealed(key, name, options), unit, now):
                raise SettingsError(f"{name}: {_CHANGED}")
            await office.audit.append(None, "bot_account_changed", f"bot:{name}", now)
        mark.touch(given.settings.data_dir)
    return 0


async def switch(settings: Settings, name: str, *, on: bool) -> int:
    """Switch an account on or off; the bot at work heeds it within seconds. Raises SettingsError."""
    async with opened(settings) as office:
        one, now = await _found(name), CLOCK.now()
        if one.at_work == on:
            print("đang bật sẵn" if on else "đang tắt sẵn", file=sys.stderr)
            return 0
        async with writing():
            if not await accounts.switch(one, now, at_work=on):
                raise SettingsError(f"{name}: {_CHANGED}")
            await office.audit.append(None, "bot_account_on" if on else "bot_account_off", f"bot:{name}", now)
        mark.touch(settings.data_dir)
    return 0


async def listed(settings: Settings, *, as_json: bool) -> int:
    """Print the accounts without their secrets."""
    async with opened(settings):
        found = [_row(one) for one in await accounts.every()]
    if as_json:
        print(json.dumps(found, ensure_ascii=False))
    elif found:
        print("\n".join("\t".join(str(value or "-") for value in one.values()) for one in found))
    return 0


async def rekey(settings: Settings, old: bytes | None, *, lost: bool = False) -> int:
    """Seal everything that was sealed with an older key, or in an older form, with the present one.

    The database is used with the present key from then on; with `lost` also where nobody has the older one. `old` is
    without the end of its line, which counts where the key is the file of the data folder. Raises SettingsError.
    """
    from bot.features.bots.rekeying import rekeyed
    from bot.framework.sharing import change_key, used_key

    async with opened(settings, any_key=True) as office:
        new = secret_key(settings)
        if old is not None:
            old = await used_key([old, old + b"\n", old + b"\r\n"]) or old
        async with writing():
            await change_key(None if lost else old or new, new)
            done, shut = await rekeyed(old or new, new)
            if done or lost:
                await office.audit.append(None, "bot_accounts_rekeyed", "bot:all", CLOCK.now(), {"count": done})
        print(f"đã mã hóa lại {done}", file=sys.stderr)
        if shut:
            raise SettingsError(f"khóa cũ cũng không mở được: {', '.join(shut)}")
    return 0


def _row(one: FurtherAccount) -> dict[str, str]:
    return {
        "name": one.name,
        "commune": "" if one.home is None else one.home.code,
        "state": "on" if one.at_work else "off",
        "trouble": one.trouble,
    }


async def _found(name: str) -> FurtherAccount:
    one = await accounts.find(name)
    if one is None:
        raise SettingsError(f"{name}: không có tài khoản này; xem account list")
    return one
