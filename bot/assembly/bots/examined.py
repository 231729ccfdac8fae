"""Further accounts as the doctor looks at them, whether the bot runs or not: made once, asked, and closed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.assembly.bots.named import NamedPlatform, in_words_of, under
from bot.assembly.bots.trying import created
from bot.assembly.bots.work import split
from bot.core.platform import Clock
from bot.features.bots import accounts
from bot.features.bots.accounts import OTHER_KEY
from bot.i18n import in_vietnamese
from bot.settings import Settings, SettingsError
from bot.storage.media import MediaFiles
from bot.storage.sealed_text import SealBroken


@asynccontextmanager
async def made(
    settings: Settings, key: bytes, media: MediaFiles, clock: Clock
) -> AsyncIterator[tuple[list[NamedPlatform], dict[str, str]]]:
    """Make the accounts that are switched on; those that cannot be made are told with the reason. No vendor is called.

    The database is open.
    """
    found: list[NamedPlatform] = []
    refused: dict[str, str] = {}
    try:
        for one in await accounts.every():
            if not one.at_work:
                continue
            try:
                own, _pace = split(one.options(key))
                found.append(under(created(one.name, own, settings, key, media, clock), one.name))
            except SealBroken:
                refused[one.name] = OTHER_KEY
            except SettingsError as error:
                refused[one.name] = in_words_of("", one.vendor, in_vietnamese(error)).removeprefix(": ")
        yield found, refused
    finally:
        for each in found:
            await each.close()
