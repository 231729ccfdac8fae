"""Whether the options of an account are such as its adapter takes, before they are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aiohttp import web
from tortoise.connection import get_connections

from bot import platforms
from bot.assembly.bots.named import in_words_of
from bot.assembly.bots.work import split
from bot.assembly.installation import guides_folder
from bot.core.platform import Clock, Platform, account_of, vendor_of
from bot.features.bots.accounts import MOST_CODE, OTHER_KEY, every, is_code, name_of, opened, sealed, with_same_token
from bot.features.bots.door import AccountRefused
from bot.features.bots.values import SealedValues
from bot.framework.installation import media_of
from bot.framework.process import CLOCK
from bot.i18n import in_vietnamese
from bot.platforms import Kit
from bot.settings import Settings, SettingsError, options
from bot.storage.media import MediaFiles
from bot.storage.platform_store import PlatformLog, PlatformValues
from bot.storage.sealed_text import SealBroken


def vendors() -> list[str]:
    """Return the messengers on which there can be further accounts."""
    return platforms.of_vendors()


def checked_name(vendor: str, code: str) -> str:
    """Return the platform of a new account. Raises SettingsError."""
    if vendor not in vendors():
        raise SettingsError(f"{vendor}: không thêm được tài khoản ở đây; một trong {', '.join(vendors())}")
    if not is_code(code):
        raise SettingsError(f"{code}: mã tài khoản là chữ thường không dấu, số, gạch nối, nhiều nhất {MOST_CODE} ký tự")
    return name_of(vendor, code)


async def try_out(
    name: str, given: Mapping[str, str], settings: Settings, environ: Mapping[str, str], key: bytes
) -> None:
    """Make the adapter of an account once and throw it away; no vendor is called. Raises SettingsError."""
    vendor, own = vendor_of(name), split(given)[0]
    try:
        await created(name, own, settings, key, media_of(settings, guides_folder(settings)), CLOCK).close()
    except SettingsError as error:
        raise SettingsError(in_words_of(name, vendor, in_vietnamese(error))) from None
    token = own.get("token", "")
    others = [one for one in await every() if one.name != name]
    same = with_same_token(key, others, vendor, token)
    if same is None and token and vendor in settings.platforms and options(environ, vendor).get("token") == token:
        same = vendor
    if same is not None:
        raise SettingsError(f"{name}: token này {same} đang dùng; hai bên sẽ giành tin của nhau")


def created(
    name: str, own: Mapping[str, str], settings: Settings, key: bytes, media: MediaFiles, clock: Clock
) -> Platform:
    """Return the adapter of an account that nobody calls, with its `own` settings; the database is open.

    Raises SettingsError.
    """
    db = get_connections().get("default")
    kit = Kit(
        settings=settings,
        options=own,
        values=SealedValues(PlatformValues(db, name), key, name),
        log=PlatformLog(db, name),
        media=media,
        pages=web.Application,
        clock=clock,
        secret_key=key,
        account=account_of(name),
    )
    return platforms.load(vendor_of(name)).create(kit)


def read_options(text: str, vendor: str) -> dict[str, str]:
    """Read `NAME=VALUE` lines; a name may have the prefix that it has in `.env`. Raises SettingsError."""
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.strip()
        if not words or words.startswith("#"):
            continue
        name, equals, value = words.partition("=")
        if not equals:
            raise SettingsError(f"dòng {number} viết chưa đúng; mỗi dòng là TÊN=GIÁ_TRỊ")
        plain = name.strip().lower()
        for prefix, instead in ((f"bot_pace_{vendor}_", "pace_"), (f"bot_{vendor}_", "")):
            if plain.startswith(prefix):
                plain = instead + plain.removeprefix(prefix)
                break
        found[plain] = value.strip().strip("\"'")
    return found


class Door:
    """The part of AccountDoor that knows adapters."""

    def __init__(self, settings: Settings, environ: Mapping[str, str], key: bytes) -> None:
        self._settings = settings
        self._environ = environ
        self._key = key

    def vendors(self) -> Sequence[str]:
        return vendors()

    def name_of(self, vendor: str, code: str) -> str:
        try:
            return checked_name(vendor, code)
        except SettingsError as error:
            raise AccountRefused(in_vietnamese(error)) from None

    async def sealed(self, name: str, typed: str, old: str = "") -> str:
        try:
            before = {} if not old else opened(self._key, name, old)
            options = {**before, **read_options(typed, vendor_of(name))}
            await try_out(name, options, self._settings, self._environ, self._key)
        except SealBroken:
            raise AccountRefused(f"{name}: {OTHER_KEY}") from None
        except SettingsError as error:
            raise AccountRefused(in_vietnamese(error)) from None
        return sealed(self._key, name, options)
