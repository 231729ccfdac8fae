"""Files that people and guides bring: guide pictures from the guides folder, everything else in the data folder."""

from __future__ import annotations

import asyncio
import mimetypes
import re
import secrets
from pathlib import Path

GUIDES = "guides/"
"""Names that begin so are files of the guides folder, open to everybody; other names are unguessable."""

_NAME = re.compile(r"[0-9a-f]{32}\.[a-z0-9]{1,5}")
_PICTURE = re.compile(r"img/[A-Za-z0-9][A-Za-z0-9_.-]*\.(png|jpg|jpeg|webp)")


class MediaFiles:
    """Implements bot.core.platform.Media; `base_url` is the public address of the installation or None."""

    def __init__(self, folder: Path, guides: Path, base_url: str | None) -> None:
        self._folder = folder
        self._guides = guides
        self._base_url = base_url

    def path(self, name: str) -> Path | None:
        """Where the file of this name is; None for a name that is not ours. Names come from the network."""
        if name.startswith(GUIDES):
            inside = name.removeprefix(GUIDES)
            path = self._guides / inside if _PICTURE.fullmatch(inside) else None
        else:
            path = self._folder / name if _NAME.fullmatch(name) else None
        return path if path is not None and path.is_file() else None

    async def read(self, name: str) -> bytes:
        path = self.path(name)
        if path is None:
            raise FileNotFoundError(name)
        return await asyncio.to_thread(path.read_bytes)

    async def store(self, data: bytes, mime: str) -> str:
        suffix = mimetypes.guess_extension(mime) or ".bin"
        name = secrets.token_hex(16) + suffix
        await asyncio.to_thread(self._write, name, data)
        return name

    def url(self, name: str) -> str | None:
        return None if self._base_url is None else f"{self._base_url}/media/{name}"

    def _write(self, name: str, data: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        partial = self._folder / f"{name}.part"
        partial.write_bytes(data)
        partial.replace(self._folder / name)
