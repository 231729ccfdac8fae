"""Files that people and guides bring: what belongs to a guide from the guides folder, the rest in the data folder."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import mimetypes
import os
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from msgspec import Struct

from bot.core.lean import patterns
from bot.core.machine import chance
from bot.core.platform import NoRoom

GUIDES = "guides/"
"""Names that begin so are files of the guides folder, open to everybody; other names are unguessable."""

LONGEST_NAME = 64
"""The length for which every row that names a file has room."""
_LONGEST_OWN, _END = LONGEST_NAME - 33, 8
"""Of a longer name the beginning stays, and the end, where the month is."""
NAME = patterns.compile(r"[0-9a-f]{32}(/[A-Za-z0-9][A-Za-z0-9_-]{0,99})?\.[a-z0-9]{1,5}")
RECEIVED = patterns.compile(r"(?:[0-9a-f]{16}-)?[0-9a-f]{32}")
"""Whose it is, which older names do not say, and what nobody can guess."""
PART = ".part"
"""The end of a name under which a file is being written."""
_FULL = (errno.ENOSPC, errno.EDQUOT)
MOST_RECEIVED = 500 * 1024 * 1024
"""Bytes of all that people sent within a day: a stranger may fill this, and not the disk."""
_OF_GUIDES = patterns.compile(
    r"img/[A-Za-z0-9][A-Za-z0-9_.-]{0,199}\.(png|jpg|jpeg|webp)"
    r"|audio/[a-z0-9-]{1,200}/[a-z0-9-]{1,200}\.[A-Za-z-]{1,40}\.mp3"
)
_DRAWN = patterns.compile(r"img/(ve-[0-9a-f]{16}\.png)")
"""No part is longer than a file system's 255 bytes: it would not say that such a file is missing, but fail."""


Draw = Callable[[str], bytes | None]
"""Render the drawing of this name among the guides' pictures; None if no guide describes it."""
_logger = logging.getLogger(__name__)


class HeldFile(Struct, frozen=True):
    """The part of a file from `begin` to before `end`; `mark` changes with the content."""

    size: int
    begin: int
    end: int
    mark: str
    parts: AsyncIterator[bytes]


class MediaFiles:
    """Implements bot.core.platform.Media; `base_url` is the public address of the installation or None.

    `draw` renders what guides describe in words. Each drawing is rendered when it is first asked for and kept as a
    file: a small machine neither spends its start on hundreds of them nor its memory.
    """

    def __init__(self, folder: Path, guides: Path, base_url: str | None, draw: Draw = lambda file: None) -> None:
        self._folder = folder
        self._incoming = folder.with_name(f"{folder.name}-incoming")
        self._drawn = folder.with_name(f"{folder.name}-drawn")
        self._guides = guides
        self._draw = draw
        self._unkept: dict[str, bytes] = {}
        """Drawings that the disk would not take: whoever they are sent to gets them all the same."""
        self._base_url = base_url
        self._coming: dict[str, int] = {}
        """The sizes of received files that are on their way, in the order in which they came."""

    def path(self, name: str) -> Path | None:
        """Return the path of the file of this name; None for a name that is not ours. Names come from the network.

        It may render a drawing for some 50 ms: call it in a thread.
        """
        if name.startswith(GUIDES):
            inside = name.removeprefix(GUIDES)
            drawn = _DRAWN.fullmatch(inside)
            if drawn is not None:
                return self._drawing(inside, self._drawn / drawn[1])
            path = self._guides / inside if _OF_GUIDES.fullmatch(inside) else None
        else:
            path = self._folder / name if NAME.fullmatch(name) else None
        return path if path is not None and path.is_file() else None

    async def read(self, name: str) -> bytes:
        path = await asyncio.to_thread(self.path, name)
        if path is None and (unkept := self._unkept.get(name.removeprefix(GUIDES))) is not None:
            return unkept
        if path is None:
            raise FileNotFoundError(name)
        return await asyncio.to_thread(path.read_bytes)

    async def store(self, data: bytes, mime: str) -> str:
        name = new_name(mime)
        await asyncio.to_thread(_write, self._folder / name, data)
        return name

    async def store_as(self, file_name: str, data: bytes) -> str:
        """Store as `store` does, under a file name for people to see: `BC-yen-mo-2026-11.docx`."""
        name = new_name_of(file_name)
        await asyncio.to_thread(_write, self._folder / name, data)
        return name

    async def remove(self, name: str) -> None:
        """Delete a stored file; a name that is not there is no fault. Pictures of guides stay."""
        if NAME.fullmatch(name):
            await asyncio.to_thread(self._remove, self._folder / name)

    async def older_than(self, moment: datetime) -> list[str]:
        """Return the names of stored files that were written before `moment`."""
        return await asyncio.to_thread(self._older_than, moment.timestamp())

    async def receive(self, data: bytes, owner: str) -> str:
        """See bot.core.platform.Media. A folder of its own, of which no page serves anything; raises NoRoom."""
        name = f"{mark_of(owner)}-{chance.token_hex(16)}"
        before = dict(self._coming)  # not those that come later: of two that do not fit together one is taken
        self._coming[name] = len(data)
        try:
            if sum({**await self._sizes(), **before}.values()) + len(data) > MOST_RECEIVED:
                raise NoRoom
            await self._take(name, data)
            # Another process may have done the same at the same time, and of its files on their way we know nothing.
            if sum((await self._sizes()).values()) > MOST_RECEIVED:
                await self.forget_these([name])
                raise NoRoom
        finally:
            del self._coming[name]
        return name

    async def received(self, name: str) -> bytes:
        if not RECEIVED.fullmatch(name):
            raise FileNotFoundError(name)
        return await asyncio.to_thread((self._incoming / name).read_bytes)

    async def keep_received(self, names: Collection[str], now: datetime) -> None:
        """Extend the retention of these files as if they had just been received; ignore names absent or not ours."""
        await asyncio.to_thread(self._keep_received, names, now.timestamp())

    async def forget_received(self, before: datetime) -> None:
        """Delete what came before."""
        await asyncio.to_thread(self._forget_received, before.timestamp())

    async def received_of(self, owner: str) -> list[datetime]:
        """Return, for each existing file of the owner, when it was received or its retention last extended."""
        return await asyncio.to_thread(self._received_of, owner)

    async def forget_received_of(self, owner: str) -> None:
        """Delete what they sent."""
        await asyncio.to_thread(self._forget, f"{mark_of(owner)}-*")

    async def forget_these(self, names: Collection[str]) -> None:
        """Delete received files by name; what is not there, or not ours, is no fault."""
        for name in filter(RECEIVED.fullmatch, names):
            await asyncio.to_thread(self._forget, name)

    async def held(self, name: str, begin: int | None = None, end: int | None = None) -> HeldFile | None:
        """Return a file that has no path on this machine, from `begin` to before `end`; None: there is none."""
        return None

    async def address_in_store(self, name: str) -> str | None:
        """Return a signed address of the store for whoever asked for this file; None if the bot gives it itself."""
        return None

    async def _sizes(self) -> Mapping[str, int]:
        """Return the sizes of all received files by name."""
        return await asyncio.to_thread(self._sizes_here)

    async def _take(self, name: str, data: bytes) -> None:
        await asyncio.to_thread(_write, self._incoming / name, data, 0o700)

    def url(self, name: str) -> str | None:
        return None if self._base_url is None else f"{self._base_url}/media/{name}"

    def _drawing(self, file: str, kept: Path) -> Path | None:
        """Return the file of a drawing, rendered now if it was not yet; None if there is none or no room for it."""
        # A machine that loses its power soon after a file was written may have an empty one of this name.
        if kept.is_file() and kept.stat().st_size:
            return kept
        data = self._unkept.get(file) or self._draw(file)
        if data is None:
            return None
        # Two processes, or two threads, may draw the same at one moment.
        partial = kept.with_name(f"{kept.name}.{chance.token_hex(4)}.part")
        try:
            kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            partial.write_bytes(data)
            partial.replace(kept)
        except OSError as error:
            _logger.warning("a drawing of the guides cannot be kept: %s", error.strerror)
            self._unkept[file] = data
            with contextlib.suppress(OSError):
                partial.unlink()
            return None
        self._unkept.pop(file, None)
        return kept

    def _older_than(self, moment: float) -> list[str]:
        found = []
        for folder, _, files in os.walk(self._folder):
            for file in files:
                path = Path(folder, file)
                name = path.relative_to(self._folder).as_posix()
                with contextlib.suppress(FileNotFoundError):  # somebody has just removed it
                    if NAME.fullmatch(name) and path.stat().st_mtime < moment:
                        found.append(name)
        return found

    def _sizes_here(self) -> Mapping[str, int]:
        found = {}
        for path in self._incoming.glob("*"):
            with contextlib.suppress(FileNotFoundError):  # somebody has just removed it, or it has come whole
                found[path.name.removesuffix(PART)] = path.stat().st_size
        return found

    def _keep_received(self, names: Collection[str], now: float) -> None:
        for name in filter(RECEIVED.fullmatch, names):
            with contextlib.suppress(FileNotFoundError):
                os.utime(self._incoming / name, (now, now))

    def _received_of(self, owner: str) -> list[datetime]:
        found = []
        for path in self._incoming.glob(f"{mark_of(owner)}-*"):
            with contextlib.suppress(FileNotFoundError):
                found.append(datetime.fromtimestamp(path.stat().st_mtime, UTC))
        return found

    def _forget(self, pattern: str) -> None:
        for path in self._incoming.glob(pattern):
            path.unlink(missing_ok=True)

    def _forget_received(self, before: float) -> None:
        for path in self._incoming.glob("*"):
            with contextlib.suppress(FileNotFoundError):  # it has just come whole, under its own name
                if path.stat().st_mtime < before:
                    path.unlink()

    def _remove(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        if path.parent != self._folder and path.parent.exists():
            path.parent.rmdir()


def _write(path: Path, data: bytes, mode: int = 0o777) -> None:
    """Write a file, whole or not at all; raise NoRoom if the disk is full."""
    partial = path.with_name(f"{path.name}{PART}")
    try:
        path.parent.mkdir(mode=mode, parents=True, exist_ok=True)
        partial.write_bytes(data)
        partial.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):  # the half of it would take the room that others need
            partial.unlink()
        if error.errno not in _FULL:
            raise
        _logger.warning("a file cannot be kept: %s", error.strerror)
        raise NoRoom from None


def new_name(mime: str) -> str:
    """Return a name that nobody can guess for a file of this type."""
    return chance.token_hex(16) + (mimetypes.guess_extension(mime) or ".bin")


def new_name_of(file_name: str) -> str:
    """Return a name that nobody can guess and that ends as people are to see it. Raises ValueError."""
    if not NAME.fullmatch(f"{'0' * 32}/{file_name}"):
        raise ValueError(f"not the name of a file to give away: {file_name!r}")
    return f"{chance.token_hex(16)}/{_shortened(file_name)}"


def is_drawn(name: str) -> bool:
    """Tell whether this is a drawing of the guides: another drawing has another name."""
    return name.startswith(GUIDES) and _DRAWN.fullmatch(name.removeprefix(GUIDES)) is not None


def mark_of(owner: str) -> str:
    """Return the hash that marks a file's owner in its name without revealing the owner."""
    return sha256(owner.encode()).hexdigest()[:16]


def _shortened(file_name: str) -> str:
    if len(file_name) <= _LONGEST_OWN:
        return file_name
    stem, _, ending = file_name.rpartition(".")
    begin = _LONGEST_OWN - _END - len(ending) - 1
    return f"{stem[:begin]}{stem[-_END:]}.{ending}"
