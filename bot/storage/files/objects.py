"""Objects of one bucket of an S3-compatible store, below one prefix. Imported only where BOT_FILES_URL is set."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TypeVar

import obstore
from msgspec import Struct
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import S3Store

from bot.core.platform import FilesAway
from bot.storage.media import HeldFile

LARGEST = 64 * 1024 * 1024
"""Bytes of a file that is read as a whole. No file of ours is as large; somebody else's in the bucket may be."""
_CONNECT, _WHOLE = timedelta(seconds=3), timedelta(seconds=8)
_REPEATS, _REPEATED_WITHIN = 1, timedelta(seconds=4)
"""The library would try for three minutes; whoever waits for a page has gone by then, and sending tries again."""
_NO_BUCKET = "NoSuchBucket"
_PART = 256 * 1024
_THREADS = 8
"""Of the store's own: what hangs there must not take the threads of others."""
T = TypeVar("T")
log = logging.getLogger(__name__)


class Found(Struct, frozen=True):
    """An object of a list; `key` is without the prefix."""

    key: str
    size: int
    written: datetime


class Objects:
    """Each method may raise FilesAway; the reason is in the log, without keys and addresses."""

    def __init__(
        self, bucket: str, prefix: str, *, endpoint: str = "", region: str = "us-east-1", key: str, secret: str
    ) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, "files")
        self._below = f"{prefix}/" if prefix else ""
        self._store = S3Store(
            bucket,
            access_key_id=key,
            secret_access_key=secret,
            region=region,
            endpoint=endpoint or f"https://s3.{region}.amazonaws.com",
            virtual_hosted_style_request=False,
            client_options={
                "allow_http": endpoint.startswith("http://"),
                "connect_timeout": _CONNECT,
                "timeout": _WHOLE,
            },
            retry_config={"max_retries": _REPEATS, "retry_timeout": _REPEATED_WITHIN},
        )

    async def put(self, key: str, data: bytes, mime: str = "application/octet-stream") -> None:
        """Write an object, whole or not at all."""

        def put() -> None:
            obstore.put(self._store, self._below + key, data, attributes={"Content-Type": mime}, use_multipart=False)

        await self._asked(put)

    async def get(self, key: str) -> bytes:
        """Return an object; raise FileNotFoundError, also for one that is too large to be ours."""

        def get() -> bytes:
            found = obstore.get(self._store, self._below + key)
            if found.meta["size"] > LARGEST:
                log.error("an object of the file store is larger than any file of ours")
                raise FileNotFoundError(key)
            return bytes(found.bytes())

        return await self._asked(get)

    async def part(self, key: str, begin: int | None, end: int | None) -> HeldFile:
        """Open an object, of which `begin` and `end` may ask for a part; raise FileNotFoundError.

        A negative `begin` counts from the end. A part that begins behind the end is empty.
        """
        meta = await self._asked(lambda: obstore.head(self._store, self._below + key))
        size, mark = meta["size"], (meta["e_tag"] or "").strip('"')
        first = max(0, size + begin) if begin is not None and begin < 0 else min(begin or 0, size)
        last = size if end is None else min(end, size)
        if first >= last:
            return HeldFile(size, first, first, mark, _nothing())

        def opened() -> Iterator[bytes]:
            found = obstore.get(self._store, self._below + key, options={"range": (first, last)})
            return iter(found.stream(min_chunk_size=_PART))

        return HeldFile(size, first, last, mark, self._parts(await self._asked(opened)))

    async def exists(self, key: str) -> bool:
        """Tell whether there is such an object."""
        try:
            await self._asked(lambda: obstore.head(self._store, self._below + key))
        except FileNotFoundError:
            return False
        return True

    async def remove(self, *keys: str) -> None:
        """Delete objects; one that is not there is no fault."""
        if keys:
            with contextlib.suppress(FileNotFoundError):
                await self._asked(lambda: obstore.delete(self._store, [self._below + key for key in keys]))

    async def below(self, folder: str) -> list[Found]:
        """Return all objects whose keys begin with `folder/`."""
        found = await self._asked(lambda: obstore.list(self._store, f"{self._below}{folder}").collect())
        return [Found(one["path"].removeprefix(self._below), one["size"], one["last_modified"]) for one in found]

    async def signed(self, key: str, lasts: timedelta) -> str:
        """Return an address of the store that opens this object alone, until it `lasts` no more."""
        return await self._asked(lambda: obstore.sign(self._store, "GET", self._below + key, lasts))

    async def _asked(self, ask: Callable[[], T]) -> T:
        """Ask the store in a thread.

        The library's own futures are answered by threads of its own, which end a process that is about to end with
        SIGABRT (Python 3.11).
        """
        with _answered():
            return await asyncio.get_running_loop().run_in_executor(self._threads, ask)

    async def _parts(self, stream: Iterator[bytes]) -> AsyncIterator[bytes]:
        while (part := await self._asked(lambda: next(stream, None))) is not None:
            yield bytes(part)


@contextmanager
def _answered() -> Iterator[None]:
    """Turn the library's errors into ours. Its texts name the bucket and the request, and stay out of the log."""
    try:
        yield
    except (FileNotFoundError, NotFoundError) as error:
        if _NO_BUCKET in str(error):
            log.error("the file store has no bucket of the name in BOT_FILES_URL")
            raise FilesAway from None
        raise FileNotFoundError from None
    except (BaseError, OSError, TimeoutError) as error:
        log.warning("the file store does not do what it was asked for: %s", type(error).__name__)
        raise FilesAway from None


async def _nothing() -> AsyncIterator[bytes]:
    for part in list[bytes]():
        yield part
