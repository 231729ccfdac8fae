"""A Kit for adapter tests: everything in memory, time stands still until somebody sleeps."""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache

from bot import pages
from bot.core.platform import Logged
from bot.i18n import Catalogues
from bot.platforms import Kit
from bot.settings import Settings


@cache
def catalogues() -> Catalogues:
    """The shipped translations, read once for all tests: reading takes longer than most conversations."""
    return Catalogues.load()


def png_that_claims(width: int, height: int) -> bytes:
    """A few bytes whose header asks for a picture of this size: whoever unpacks them finds them cut off."""
    chunks = (b"IHDR" + struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0), b"IDAT")
    parts = (struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) for chunk in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


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


class MemoryValues:
    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    async def get(self, key: str) -> str | None:
        return self.values.get(key)

    async def swap(self, key: str, old: str | None, new: str) -> bool:
        if self.values.get(key) != old:
            return False
        self.values[key] = new
        return True


class MemoryLog:
    def __init__(self) -> None:
        self.entries: dict[str, list[tuple[str | None, str]]] = {}

    async def append(self, chat_id: str, body: str, *, key: str | None = None) -> Logged:
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

    async def receive(self, data: bytes) -> str:
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
    clock: StillClock | None = None,
) -> Kit:
    return Kit(
        settings=settings or Settings(),
        options=options or {},
        values=values or MemoryValues(),
        log=log or MemoryLog(),
        media=media or MemoryMedia(),
        web=pages.application(),
        clock=clock or StillClock(),
        secret_key=b"k" * 32,
    )
