"""The machine around an adapter, in memory; its time stands still until somebody sleeps."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache, partial

from bot.core.lean.values import replace
from bot.core.platform import Clock, Logged
from bot.core.sessions import StoreUnavailable
from bot.framework import web_app
from bot.platforms import Kit, Words
from bot.settings import Settings


class StillClock:
    """A clock that moves only when somebody sleeps; `slept` lists for how long."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.time

    def monotonic(self) -> float:
        return self.time.timestamp()

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += timedelta(seconds=seconds)


def _never() -> bool:
    return False


class MemoryValues:
    """`away` tells whether the database cannot be asked now."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.away: Callable[[], bool] = _never

    async def get(self, key: str) -> str | None:
        self._ask()
        return self.values.get(key)

    async def swap(self, key: str, old: str | None, new: str) -> bool:
        self._ask()
        if self.values.get(key) != old:
            return False
        self.values[key] = new
        return True

    def _ask(self) -> None:
        if self.away():
            raise StoreUnavailable("the database is away")


class MemoryLog:
    """`away` tells whether the database cannot be asked now."""

    def __init__(self) -> None:
        self.entries: dict[str, list[tuple[str | None, str]]] = {}
        self.away: Callable[[], bool] = _never

    async def append(self, chat_id: str, body: str, *, key: str | None = None) -> Logged:
        if self.away():
            raise StoreUnavailable("the database is away")
        log = self.entries.setdefault(chat_id, [])
        if key is not None:
            for number, (known, _) in enumerate(log, start=1):
                if known == key:
                    return Logged(number, new=False)
        log.append((key, body))
        return Logged(len(log), new=True)

    async def since(self, chat_id: str, number: int, limit: int = 500) -> list[tuple[int, str]]:
        log = [(n, body) for n, (_, body) in enumerate(self.entries.get(chat_id, []), start=1) if n > number]
        return log[-limit:]


class MemoryMedia:
    """`public` is the address under which files are served, None for none."""

    def __init__(self, public: str | None = "https://xa.example/media") -> None:
        self.files: dict[str, bytes] = {}
        self.incoming: dict[str, bytes] = {}
        self.public = public

    async def read(self, name: str) -> bytes:
        if name not in self.files:
            raise FileNotFoundError(name)
        return self.files[name]

    async def store(self, data: bytes, mime: str) -> str:
        name = hashlib.sha256(data).hexdigest()[:16]
        self.files[name] = data
        return name

    def url(self, name: str) -> str | None:
        return None if self.public is None else f"{self.public}/{name}"

    async def receive(self, data: bytes, owner: str) -> str:
        name = f"{len(self.incoming):032x}"
        self.incoming[name] = data
        return name

    async def received(self, name: str) -> bytes:
        if name not in self.incoming:
            raise FileNotFoundError(name)
        return self.incoming[name]


def make_kit(
    options: Mapping[str, str] | None = None,
    *,
    settings: Settings | None = None,
    values: MemoryValues | None = None,
    log: MemoryLog | None = None,
    media: MemoryMedia | None = None,
    clock: Clock | None = None,
    words: Words = str,
) -> Kit:
    """Return a kit for one adapter, `options` being its settings (`BOT_NAME_TOKEN` is `token`)."""
    settings, clock = settings or Settings(), clock or StillClock()
    return Kit(
        settings=settings,
        options=options or {},
        values=values or MemoryValues(),
        log=log or MemoryLog(),
        media=media or MemoryMedia(),
        pages=cache(partial(web_app.application, settings, clock, words)),
        clock=clock,
        secret_key=b"k" * 32,
        words=words,
    )


def next_start(kit: Kit) -> Kit:
    """Return the kit of another start of the same installation: what was stored is there, the web is a new one."""
    pages = cache(partial(web_app.application, kit.settings, kit.clock, kit.words))
    return replace(kit, pages=pages)
