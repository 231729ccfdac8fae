"""Files of the bot that are uploaded once and then named by the vendor's id."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from bot.core.lru import Latest
from bot.core.messages import Attachment
from bot.core.platform import Clock, Media, Rejected, Unreachable

Upload = Callable[[bytes, str, str], Awaitable[str]]
"""Upload content under a name and with a MIME type; return the vendor's id."""

_BEGINNINGS = (
    (b"\x89PNG", "png", "image/png"),
    (b"\xff\xd8", "jpg", "image/jpeg"),
    (b"ID3", "mp3", "audio/mpeg"),
    (b"\xff\xfb", "mp3", "audio/mpeg"),
    (b"OggS", "ogg", "audio/ogg"),
    (b"%PDF", "pdf", "application/pdf"),
)
_OTHERWISE = {
    "photo": ("jpg", "image/jpeg"),
    "audio": ("mp3", "audio/mpeg"),
    "file": ("bin", "application/octet-stream"),
}


class Uploads:
    """`lasts`: seconds for which the vendor keeps what was uploaded."""

    def __init__(self, media: Media, clock: Clock, lasts: float, upload: Upload) -> None:
        self._media = media
        self._clock = clock
        self._lasts = lasts
        self._upload = upload
        self._known: Latest[tuple[str, float]] = Latest()
        self._under_way: dict[tuple[str, str], asyncio.Future[str]] = {}

    async def id_of(self, item: Attachment, *, refused: str = "") -> str:
        """Return the vendor's id of a file; raise Rejected for one that is gone, Unreachable(maybe_sent=False).

        `refused` is an id that the vendor does not know any more. One upload of a file answers all who ask meanwhile,
        also by failing: if each tried in turn, the last would wait for the timeouts of all before. If the sender that
        uploads is cancelled, the next one does it.
        """
        name = (item.kind, item.media)
        while (under_way := self._under_way.get(name)) is not None:
            await asyncio.wait([under_way])  # awaited itself, it would be cancelled with any of those who wait
            if not under_way.cancelled():
                return under_way.result()
        known, until = self._known.get(name) or ("", 0.0)
        if known != refused and self._clock.monotonic() < until:
            return known
        ours: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._under_way[name] = ours
        try:
            ours.set_result(await self._uploaded(item))
        except Exception as error:
            ours.set_exception(error)
        finally:
            del self._under_way[name]
            ours.cancel()  # nothing where it has an answer
        return ours.result()

    async def _uploaded(self, item: Attachment) -> str:
        try:
            data = await self._media.read(item.media)
        except FileNotFoundError:
            raise Rejected(f"the {item.kind} is not there any more") from None
        ending, mime = _form_of(data, item)
        try:
            found = await self._upload(data, f"{item.kind}.{ending}", mime)
        except Unreachable as error:
            if not error.maybe_sent:
                raise
            raise Unreachable(error.reason, maybe_sent=False) from None
        if not found:
            raise Unreachable("an upload without an answer", maybe_sent=False)
        self._known.put((item.kind, item.media), (found, self._clock.monotonic() + self._lasts))
        return found


def _form_of(data: bytes, item: Attachment) -> tuple[str, str]:
    """Return the ending of a file's name and its MIME type, by how it begins."""
    for beginning, ending, mime in _BEGINNINGS:
        if data.startswith(beginning):
            return ending, mime
    return _OTHERWISE[item.kind]
