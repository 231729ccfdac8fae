"""Files of people in a store that all processes share; what belongs to guides stays on each machine."""

from __future__ import annotations

import logging
import mimetypes
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.core.lean import patterns
from bot.core.platform import FilesAway, NoRoom
from bot.storage.media import GUIDES, NAME, RECEIVED, Draw, HeldFile, MediaFiles, mark_of, new_name, new_name_of

from .objects import Found, Objects

MEDIA, INCOMING, KEPT = "media", "incoming", "kept"
"""The last holds empty objects, `kept/WHOSE/FILE/SECONDS`: an object cannot be given another time, so this one tells
from when the retention of a file counts."""
SIGNED_FOR = timedelta(minutes=5)
_KEPT_KEY = patterns.compile(r"kept/([0-9a-f]{16}|-)/([0-9a-f]{32})/(\d{1,12})")
_INCOMING_KEY = patterns.compile(r"incoming/([0-9a-f]{16}|-)/([0-9a-f]{32})")
_NOBODY = "-"
"""The owner's part of a key for older names, which do not say whose the file is."""
log = logging.getLogger(__name__)


class StoredMedia(MediaFiles):
    """Implements bot.core.platform.Media. Methods that need the store may raise FilesAway.

    The folder is looked at, too: a file that `files-move` has not moved yet is found, kept, and deleted as any other.
    """

    def __init__(
        self,
        folder: Path,
        guides: Path,
        base_url: str | None,
        draw: Draw = lambda file: None,
        *,
        objects: Objects,
        signed_links: bool = False,
    ) -> None:
        super().__init__(folder, guides, base_url, draw)
        self._objects = objects
        self._signed_links = signed_links

    async def read(self, name: str) -> bytes:
        try:
            return await super().read(name)
        except FileNotFoundError:
            if not _is_ours(name):
                raise
        try:
            return await self._objects.get(key_of(name))
        except FileNotFoundError:
            return await super().read(name)  # it has just been moved to the folder

    async def store(self, data: bytes, mime: str) -> str:
        name = new_name(mime)
        await self._objects.put(key_of(name), data, mime_of(name))
        return name

    async def store_as(self, file_name: str, data: bytes) -> str:
        name = new_name_of(file_name)
        await self._objects.put(key_of(name), data, mime_of(name))
        return name

    async def remove(self, name: str) -> None:
        if _is_ours(name):
            await super().remove(name)
            await self._objects.remove(key_of(name))

    async def older_than(self, moment: datetime) -> list[str]:
        found = {one.key.removeprefix(f"{MEDIA}/") for one in await self._objects.below(MEDIA) if one.written < moment}
        return [*await super().older_than(moment), *filter(NAME.fullmatch, found)]

    async def receive(self, data: bytes, owner: str) -> str:
        try:
            return await super().receive(data, owner)
        except FilesAway:
            raise NoRoom from None

    async def received(self, name: str) -> bytes:
        try:
            return await super().received(name)
        except FileNotFoundError:
            if not RECEIVED.fullmatch(name):
                raise
        try:
            return await self._objects.get(received_key(name))
        except FileNotFoundError:
            return await super().received(name)

    async def keep_received(self, names: Collection[str], now: datetime) -> None:
        await super().keep_received(names, now)
        for name in filter(RECEIVED.fullmatch, names):
            if await self._objects.exists(received_key(name)):
                await self._objects.put(kept_key(name, now), b"")

    async def forget_received(self, before: datetime) -> None:
        await super().forget_received(before)
        await self._forget_in_store("", lambda since: since < before)

    async def received_of(self, owner: str) -> list[datetime]:
        there = await self._since(mark_of(owner))
        return [*await super().received_of(owner), *there.values()]

    async def forget_received_of(self, owner: str) -> None:
        await super().forget_received_of(owner)
        await self._forget_in_store(mark_of(owner), lambda since: True)

    async def forget_these(self, names: Collection[str]) -> None:
        await super().forget_these(names)
        for name in filter(RECEIVED.fullmatch, names):
            marks = await self._objects.below(f"{KEPT}/{_part_of(name)}")
            await self._objects.remove(received_key(name), *(one.key for one in marks))

    async def held(self, name: str, begin: int | None = None, end: int | None = None) -> HeldFile | None:
        try:
            return await self._objects.part(key_of(name), begin, end) if _is_ours(name) else None
        except FileNotFoundError:
            return None

    async def address_in_store(self, name: str) -> str | None:
        if not self._signed_links or not _is_ours(name) or not await self._objects.exists(key_of(name)):
            return None
        return await self._objects.signed(key_of(name), SIGNED_FOR)

    async def _sizes(self) -> Mapping[str, int]:
        return {received_name(one.key) or one.key: one.size for one in await self._objects.below(INCOMING)}

    async def _take(self, name: str, data: bytes) -> None:
        await self._objects.put(received_key(name), data)

    async def _since(self, owner: str) -> dict[str, datetime]:
        """Return the keys of received files of the owner, "" for all, and from when their retention counts."""
        below = f"/{owner}" if owner else ""
        kept = _last_kept(await self._objects.below(KEPT + below))
        there = await self._objects.below(INCOMING + below)
        return {one.key: kept.get(one.key, one.written) for one in there if _INCOMING_KEY.fullmatch(one.key)}

    async def _forget_in_store(self, owner: str, is_over: Callable[[datetime], bool]) -> None:
        there = await self._since(owner)
        over = [key for key, since in there.items() if is_over(since)]
        below = f"/{owner}" if owner else ""
        stay = {key: since for key, since in there.items() if key not in over}
        for one in await self._objects.below(KEPT + below):
            found = _KEPT_KEY.fullmatch(one.key)
            if found is not None and stay.get(f"{INCOMING}/{found[1]}/{found[2]}") != _moment(found[3]):
                over.append(one.key)
        await self._objects.remove(*over)


def key_of(name: str) -> str:
    """Return the key of a stored file."""
    return f"{MEDIA}/{name}"


def received_key(name: str) -> str:
    """Return the key of a received file: those of one owner are below one another."""
    return f"{INCOMING}/{_part_of(name)}"


def kept_key(name: str, since: datetime) -> str:
    """Return the key of the object that says from when the retention of a received file counts."""
    return f"{KEPT}/{_part_of(name)}/{int(since.timestamp())}"


def received_name(key: str) -> str | None:
    """Return the name of the received file that has this key; None for what is not ours."""
    found = _INCOMING_KEY.fullmatch(key)
    return None if found is None else found[2] if found[1] == _NOBODY else f"{found[1]}-{found[2]}"


def mime_of(name: str) -> str:
    """Return what a browser is told of a file that the store gives away."""
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def _part_of(name: str) -> str:
    owner, _, token = name.rpartition("-")
    return f"{owner or _NOBODY}/{token}"


def _is_ours(name: str) -> bool:
    return not name.startswith(GUIDES) and NAME.fullmatch(name) is not None


def _moment(seconds: str) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)


def _last_kept(found: Iterable[Found]) -> Mapping[str, datetime]:
    """Return by the key of a received file from when its retention counts, which the latest object says."""
    last: dict[str, datetime] = {}
    for one in found:
        if (parts := _KEPT_KEY.fullmatch(one.key)) is not None:
            key, since = f"{INCOMING}/{parts[1]}/{parts[2]}", _moment(parts[3])
            last[key] = max(since, last.get(key, since))
    return last
