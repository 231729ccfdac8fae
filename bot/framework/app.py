"""An app: handlers, work on a clock and jobs, joined with the messengers it runs on. It imports nothing that serves."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from bot.core.events import Chat, Incoming
from bot.core.messages import Attachment, Button
from bot.core.router import Router, name_of
from bot.core.text import Text

if TYPE_CHECKING:
    from bot.core.platform import Platform
    from bot.framework.running import Running
    from bot.framework.services import AppServices
    from bot.platforms import Kit

Tick = Callable[[datetime], Awaitable[None]]
"""Work on a clock; it is safe to do twice. Its argument is the time (UTC)."""
CreateAdapter = Callable[["Kit"], "Platform"]


class AppError(Exception):
    """The app cannot start, or is used before it has; the text is one clear line."""


@dataclass(frozen=True, slots=True)
class Job:
    """Long work that somebody asked for. `chat` waits for its result, `file` is what it is about, if there are any.

    It may run twice, after a crash; so what it sends has a `key` of its own.
    """

    key: str
    body: Mapping[str, str]
    now: datetime
    chat: Chat | None
    file: Incoming | None


Run = Callable[[Job], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Clockwork:
    """A function that is called every `seconds`."""

    name: str
    seconds: float
    tick: Tick


@dataclass
class App:
    """A bot: `App(router, platforms=["console"]).run()`.

    Settings come from `BOT_…` variables and `.env`; what is given here counts where nothing is set. `data` is the
    folder of everything that must survive a restart. `tables` is the dotted name of a module of tables, with a package
    `migrations` beside it. `locale` is the language of the texts in the code, `locales` a folder of translations:
    `LANGUAGE/LC_MESSAGES/*.po`. `adapters` are messengers of one's own by name. `features` names a group of entry
    points; each is a function that takes the app.
    """

    routers: tuple[Router, ...]
    platforms: Sequence[str]
    data: Path
    locale: str
    locales: Path | None
    tables: str
    adapters: Mapping[str, CreateAdapter]
    title: str
    clockwork: dict[str, Clockwork] = field(default_factory=dict)
    jobs: dict[str, Run] = field(default_factory=dict)
    _services: AppServices | None = None

    def __init__(
        self,
        *routers: Router,
        platforms: Sequence[str] = ("web",),
        data: str | Path = "data",
        locale: str = "en",
        locales: str | Path | None = None,
        tables: str = "",
        adapters: Mapping[str, CreateAdapter] | None = None,
        features: str = "",
        title: str = "Bot",
    ) -> None:
        self.routers = ()
        self.platforms = tuple(platforms)
        self.data = Path(data)
        self.locale = locale
        self.locales = None if locales is None else Path(locales)
        self.tables = tables
        self.adapters = dict(adapters or {})
        self.title = title
        self.clockwork = {}
        self.jobs = {}
        self.include(*routers)
        if features:
            self.take_features(features)

    def include(self, *routers: Router) -> None:
        """Add handlers. Places that two of them claim are told when the app starts, or when `router` is called."""
        self.routers = (*self.routers, *routers)

    def take_features(self, group: str) -> None:
        """Call the functions that installed packages name in this group of entry points, in the order of their names.

        Raises AppError for one that cannot be loaded.
        """
        for point in sorted(entry_points(group=group), key=lambda one: one.name):
            try:
                point.load()(self)
            except Exception as error:
                raise AppError(f"{point.name} ({point.value}) in {group}: {type(error).__name__}: {error}") from error

    def every(self, seconds: float, name: str = "") -> Callable[[Tick], Tick]:
        """Call a function at the start and then every so many seconds; raise ValueError for a name that is taken."""

        def register(tick: Tick) -> Tick:
            called = name or name_of(tick)
            if called in self.clockwork:
                there = name_of(self.clockwork[called].tick)
                raise ValueError(f"the clock {called!r} is registered twice: {there} has it, {name_of(tick)} wants it")
            self.clockwork[called] = Clockwork(called, seconds, tick)
            return tick

        return register

    def job(self, kind: str) -> Callable[[Run], Run]:
        """Let a function do the jobs of this kind; raise ValueError for a kind that is taken."""

        def register(run: Run) -> Run:
            if kind in self.jobs:
                there = name_of(self.jobs[kind])
                raise ValueError(f"the job {kind!r} is registered twice: {there} has it, {name_of(run)} wants it")
            self.jobs[kind] = run
            return run

        return register

    def router(self) -> Router:
        """Return all handlers in one; raise ValueError for a place that two of them claim."""
        whole = Router()
        whole.include(*self.routers)
        whole.complete = True
        return whole

    async def tell(
        self,
        chat: Chat,
        text: Text | str,
        buttons: Sequence[Button] = (),
        *,
        key: str,
        at: datetime | None = None,
        attachment: Attachment | None = None,
    ) -> bool:
        """Send a message unasked, not before `at`; False if there is one with this key already.

        It is in the outbox with the caller's commit: in a handler call it inside `ctx.changes()`.
        """
        return await self.services.tell(chat, text, buttons, key=key, at=at, attachment=attachment)

    async def ask(
        self, kind: str, *, key: str, chat: Chat | None = None, file: Incoming | None = None, **body: str
    ) -> bool:
        """Ask for a job, with the caller's commit; False if there is one with this key already."""
        if kind not in self.jobs:
            raise AppError(f"no function does jobs of the kind {kind!r}")
        return await self.services.ask(kind, body, key=key, chat=chat, file=file)

    async def get(self, key: str) -> str | None:
        """Return what `put` has kept under this key."""
        return await self.services.get(key)

    async def put(self, key: str, value: str) -> None:
        """Keep a small value, with the caller's commit. For more an app has tables of its own."""
        await self.services.put(key, value)

    async def store(self, data: bytes, mime: str) -> str:
        """Keep a file in the data folder and return its name, as an `Attachment` wants it."""
        return await self.services.media.store(data, mime)

    async def fetch(self, chat: Chat, file: Incoming, limit: int = 20_000_000) -> bytes:
        """Return a file that a person sent in this chat. It calls the messenger, so it belongs in a job.

        Raises what `Platform.fetch` raises.
        """
        return await self.services.platforms[chat.platform].fetch(file, limit)

    @property
    def services(self) -> AppServices:
        """Return what the running app works with; raise AppError before it runs."""
        if self._services is None:
            raise AppError("the app does not run yet: this can be called in handlers, jobs and work on a clock")
        return self._services

    def begins(self, services: AppServices | None) -> None:
        """Take the services of a run, None at its end."""
        self._services = services

    @asynccontextmanager
    async def serving(self, environ: Mapping[str, str] | None = None) -> AsyncIterator[Running]:
        """Run the app until the end of the block, in a program that has a loop of its own. `environ` as in `run`."""
        from bot.framework.running import serving

        async with serving(self, dict(os.environ) if environ is None else environ) as running:
            yield running

    def run(self) -> NoReturn:
        """Run until SIGTERM or Ctrl-C, then end the program: with 0, or with 2 after a line of what is wrong."""
        from bot.framework.running import run

        sys.exit(run(self))
