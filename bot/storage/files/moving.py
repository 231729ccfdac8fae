"""Files on their way between the data folder and the store, one after the other; whoever stops it begins again.

Each is written, read back and compared before its origin is deleted, so at each moment it is whole in one of the two.
The bot may be at work meanwhile: with the store in its settings it finds a file in either.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from bot.core.machine import chance
from bot.storage.media import NAME, RECEIVED

from .objects import LARGEST, Found, Objects
from .stored import INCOMING, KEPT, MEDIA, kept_key, key_of, mime_of, received_key, received_name


class Moved(Struct, frozen=True):
    """A file that has arrived, or stays where it is: `left` says why, and then it is no fault to go on."""

    name: str
    size: int
    left: str = ""


NOT_OURS, TOO_LARGE = "not ours", "too large"


class NotTheSame(Exception):
    """A file was read back with another content than was written; its origin stays."""


class Moving:
    """Moves the files of `folder`, the media folder, to `objects` and back."""

    def __init__(self, folder: Path, objects: Objects) -> None:
        self._folder = folder
        self._incoming = folder.with_name(f"{folder.name}-incoming")
        self._objects = objects

    async def to_store(self) -> AsyncIterator[Moved]:
        """Move what is in the folder. Raises NotTheSame, FilesAway and OSError."""
        for path, name in await asyncio.to_thread(lambda: list(_named(self._folder))):
            if NAME.fullmatch(name):
                yield await self._up(path, name, key_of(name), mime_of(name))
            else:
                yield Moved(name, 0, NOT_OURS)
        for path, name in await asyncio.to_thread(lambda: list(_named(self._incoming))):
            if not RECEIVED.fullmatch(name):
                yield Moved(name, 0, NOT_OURS)
                continue
            try:
                since = datetime.fromtimestamp((await asyncio.to_thread(path.stat)).st_mtime, UTC)
            except FileNotFoundError:
                continue
            # First the time: what was received long ago must not be kept as if it had come today.
            mark = kept_key(name, since)
            await self._objects.put(mark, b"")
            yield await self._up(path, name, received_key(name), "application/octet-stream", mark)

    async def to_folder(self) -> AsyncIterator[Moved]:
        """Move what is in the store. Raises NotTheSame, FilesAway and OSError."""
        for one in await self._objects.below(MEDIA):
            name = one.key.removeprefix(f"{MEDIA}/")
            if NAME.fullmatch(name):
                yield await self._down(one, self._folder / name, name, one.written)
            else:
                yield Moved(name, one.size, NOT_OURS)
        since = {
            one.key.rpartition("/")[0].replace(KEPT, INCOMING, 1): one.key.rpartition("/")[2]
            for one in sorted(await self._objects.below(KEPT), key=lambda one: one.key)
        }
        for one in await self._objects.below(INCOMING):
            received = received_name(one.key)
            if received is None:
                yield Moved(one.key, one.size, NOT_OURS)
                continue
            known = since.get(one.key, "")
            at = datetime.fromtimestamp(int(known), UTC) if known.isdecimal() else one.written
            yield await self._down(one, self._incoming / received, received, at)
        await self._objects.remove(*(one.key for one in await self._objects.below(KEPT)))

    async def _up(self, path: Path, name: str, key: str, mime: str, *marks: str) -> Moved:
        try:
            data = await asyncio.to_thread(_read, path)
        except FileNotFoundError:  # deleted since the list was made
            await self._objects.remove(*marks)
            return Moved(name, 0)
        if data is None:
            await self._objects.remove(*marks)
            return Moved(name, 0, TOO_LARGE)
        await self._objects.put(key, data, mime)
        if await self._objects.get(key) != data:
            raise NotTheSame(name)
        if not await asyncio.to_thread(path.exists):  # erased meanwhile, and it must not come back
            await self._objects.remove(key, *marks)
        else:
            await asyncio.to_thread(_delete, path, self._folder)
        return Moved(name, len(data))

    async def _down(self, one: Found, path: Path, name: str, since: datetime) -> Moved:
        if one.size > LARGEST:
            return Moved(name, one.size, TOO_LARGE)
        try:
            data = await self._objects.get(one.key)
        except FileNotFoundError:
            return Moved(name, 0)
        await asyncio.to_thread(_write, path, data, since.timestamp())
        if await asyncio.to_thread(path.read_bytes) != data or len(data) != one.size:
            raise NotTheSame(name)
        if await self._objects.exists(one.key):
            await self._objects.remove(one.key)
        else:
            await asyncio.to_thread(_delete, path, self._folder)
        return Moved(name, len(data))


def _named(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield each file below the folder with its name there, in an order of its own; no link leads out of it."""
    for where, _, files in os.walk(folder):
        for file in sorted(files):
            path = Path(where, file)
            if not path.is_symlink():
                yield path, path.relative_to(folder).as_posix()


def _read(path: Path) -> bytes | None:
    return None if path.stat().st_size > LARGEST else path.read_bytes()


def _delete(path: Path, folder: Path) -> None:
    path.unlink(missing_ok=True)
    if path.parent.parent == folder:
        path.parent.rmdir()


def _write(path: Path, data: bytes, modified: float) -> None:
    """Write a file that survives a loss of power from now on: its object is deleted next."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{chance.token_hex(4)}.part")
    try:
        with partial.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.utime(partial, (modified, modified))
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
