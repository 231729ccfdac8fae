"""One messenger per module. A module here has `create(kit: Kit) -> Platform`; nothing else has to be registered."""

from __future__ import annotations

import hashlib
import hmac
import importlib
import importlib.util
import pkgutil
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from bot.core.events import Chat
from bot.core.lease import ByTurns, at_once
from bot.core.platform import OF_ACCOUNT, Clock, KeyValue, Log, Media, Platform
from bot.core.text import msg
from bot.settings import Settings, SettingsError

if TYPE_CHECKING:
    from aiohttp import web

Words = Callable[[str], str]
"""A text that was marked with `msg`, in somebody's language."""
WordsOf = Callable[[Chat], Awaitable[Words]]
"""In the language that was chosen in a chat."""


Standing = Callable[[str], Awaitable[str]]
"""The rights behind the platform's own id of a person: another text after each change of them, "" for a stranger."""


Answered = Callable[[str, int], Awaitable[str | None]]
"""The id of the event to which entry `number` of a chat's log is the reply; None for what was sent unasked."""


async def of_nobody(chat_id: str, number: int) -> None:
    """Return None, where no entry is known to be a reply."""


async def of_strangers(native_id: str) -> str:
    """Return the standing of a stranger, where there are no rights."""
    return ""


async def untranslated(chat: Chat) -> Words:
    """Return the words without translating them: in English."""
    return str


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """A command in the menu of a messenger, and its line. One that is `personal` is not offered in groups."""

    name: str
    about: str
    personal: bool = False


Menu = Mapping[str, Sequence[MenuEntry]]
"""The menu by language; "" is for readers of all others."""


@dataclass(frozen=True, slots=True)
class Kit:
    """The means that an adapter may use. `options` are its own settings: `BOT_TELEGRAM_TOKEN` is `options["token"]`.

    `title` is what the bot is called where a page shows it, "" for the adapter's own words. `menu` are its commands.
    `account` is the code of a further account of the same messenger, "" for the one of the settings; only `hook` and
    `derive` differ by it.
    Work passed to `polling` runs in one process at a time. The adapter's own texts for people go through `words_of`.
    """

    settings: Settings
    options: Mapping[str, str]
    values: KeyValue
    log: Log
    media: Media
    pages: Callable[[], web.Application]
    clock: Clock
    secret_key: bytes
    polling: ByTurns = at_once
    words_of: WordsOf = untranslated
    standing: Standing = of_strangers
    answered: Answered = of_nobody
    title: str = ""
    menu: Menu = field(default_factory=dict)
    account: str = ""
    words: Words = str
    """A text that was marked with `msg`, in the language of the site: for pages whose reader is not known yet."""

    @property
    def web(self) -> web.Application:
        """Return the application for routes of the adapter; one that has none costs no web server."""
        return self.pages()

    def derive(self, purpose: str) -> str:
        """Derive a separate secret for each purpose (hex, 64 characters), the same at every start."""
        meant = f"{purpose}{OF_ACCOUNT}{self.account}" if self.account else purpose
        return hmac.new(self.secret_key, meant.encode(), hashlib.sha256).hexdigest()

    def hook(self, path: str) -> str:
        """Return the address at which this account is called: of a further one `path` with its code."""
        return f"{path}{OF_ACCOUNT}{self.account}" if self.account else path


class PlatformModule(Protocol):
    def create(self, kit: Kit) -> Platform:
        """Create the platform; raise SettingsError for a missing or wrong option."""
        ...


def names() -> list[str]:
    """Return the names of all adapters, without importing them."""
    return [module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")]


def of_vendors() -> list[str]:
    """Return the names of those that can have several accounts; an adapter without a vendor has a file `only_one`."""
    return [name for name in names() if not any((Path(at) / name / "only_one.py").exists() for at in __path__)]


def exists(name: str) -> bool:
    """Tell whether there is an adapter of this name, without importing it; a leading underscore marks a shared part."""
    if name.startswith("_") or not name.isidentifier():
        return False
    return importlib.util.find_spec(f"{__name__}.{name}") is not None


def look_for(name: str) -> None:
    """Raise SettingsError if there is no adapter of this name."""
    if not exists(name):
        raise SettingsError.of("BOT_PLATFORMS", msg("there is no messenger called {name}"), name=repr(name))


def load(name: str) -> PlatformModule:
    """Import an adapter; raise SettingsError if there is none of this name."""
    look_for(name)
    return cast("PlatformModule", importlib.import_module(f"{__name__}.{name}"))
