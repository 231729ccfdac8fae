"""Further accounts before there is one: an installation that has none loads nothing of what runs them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from bot.assembly.bots.hooks import AccountHooks
from bot.assembly.bots.news import AccountNews
from bot.features.bots import accounts

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.assembly.bots.trying import Door
    from bot.assembly.bots.work import AccountsAtWork
    from bot.settings import Settings

FOLLOW_TICK = 2.0
"""Seconds between looks for the mark of a command; the rows are looked at when there is news alone."""


class FurtherAccounts:
    """`make` returns what runs accounts, and is called with the first of them; `joined` when all have been begun."""

    def __init__(
        self, hooks: AccountHooks, news: AccountNews, make: Callable[[], AccountsAtWork], joined: Callable[[], None]
    ) -> None:
        self._hooks = hooks
        self._news = news
        self._make = make
        self._joined = joined
        self._made: AccountsAtWork | None = None

    async def follow(self) -> None:
        """Make what runs what the rows say, where they may have changed."""
        if not self._news.due():
            return
        try:
            if self._made is None and await accounts.versions():
                self._made = self._make()
            if self._made is not None:
                await self._made.follow()
        finally:  # those that have begun do not wait for one that cannot
            self._joined()
        self._hooks.ready = True
        self._news.looked()

    @asynccontextmanager
    async def until_the_end(self) -> AsyncIterator[None]:
        """End all of them with the block; what waits for them goes on with the next start."""
        try:
            yield
        finally:
            if self._made is not None:
                await self._made.end()


class DoorOfPages:
    """Implements AccountDoor. `changed` is called when a row was written."""

    def __init__(self, settings: Settings, environ: Mapping[str, str], key: bytes, changed: Callable[[], None]) -> None:
        self._settings = settings
        self._environ = environ
        self._key = key
        self._changed = changed

    def changed(self) -> None:
        self._changed()

    def vendors(self) -> Sequence[str]:
        return self._door.vendors()

    def name_of(self, vendor: str, code: str) -> str:
        return self._door.name_of(vendor, code)

    async def sealed(self, name: str, typed: str, old: str = "") -> str:
        return await self._door.sealed(name, typed, old)

    @property
    def _door(self) -> Door:
        from bot.assembly.bots.trying import Door

        return Door(self._settings, self._environ, self._key)
