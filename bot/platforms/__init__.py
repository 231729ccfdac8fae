"""One messenger per module. A module here has `create(kit: Kit) -> Platform`; nothing else has to be registered."""

from __future__ import annotations

import hashlib
import hmac
import importlib
import importlib.util
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, cast

from aiohttp import web

from bot.core.events import Chat
from bot.core.lease import ByTurns, at_once
from bot.core.platform import Clock, KeyValue, Log, Media, Platform
from bot.settings import Settings, SettingsError

Words = Callable[[str], str]
"""A text that was marked with `msg`, in somebody's language."""
WordsOf = Callable[[Chat], Awaitable[Words]]
"""In the language that was chosen in a chat."""


async def in_vietnamese(chat: Chat) -> Words:
    """Where nobody translates."""
    return str


@dataclass(frozen=True, slots=True)
class Kit:
    """All that an adapter may use. `options` are its own settings: `BOT_TELEGRAM_TOKEN` is `options["token"]`.

    Of several processes one at a time does what it gives to `polling`. What it says to people itself goes through
    `words_of`.
    """

    settings: Settings
    options: Mapping[str, str]
    values: KeyValue
    log: Log
    media: Media
    web: web.Application
    clock: Clock
    secret_key: bytes
    polling: ByTurns = at_once
    words_of: WordsOf = in_vietnamese

    def derive(self, purpose: str) -> str:
        """A secret of its own for each purpose (hex, 64 characters), the same at every start."""
        return hmac.new(self.secret_key, purpose.encode(), hashlib.sha256).hexdigest()


class PlatformModule(Protocol):
    def create(self, kit: Kit) -> Platform:
        """Raises SettingsError for a missing or wrong option."""
        ...


def exists(name: str) -> bool:
    """Whether there is an adapter of this name, without importing it; a leading underscore marks a part of one."""
    if name.startswith("_") or not name.isidentifier():
        return False
    return importlib.util.find_spec(f"{__name__}.{name}") is not None


def load(name: str) -> PlatformModule:
    """Raises SettingsError when there is no such adapter."""
    if not exists(name):
        raise SettingsError(f"BOT_PLATFORMS: không có ứng dụng tên {name!r}")
    return cast("PlatformModule", importlib.import_module(f"{__name__}.{name}"))
