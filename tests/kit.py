"""A Kit for adapter tests: everything in memory, time stands still until somebody sleeps."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from functools import cache, partial

from bot.core.events import Chat
from bot.core.lean.values import replace
from bot.core.platform import Clock
from bot.i18n import Catalogues
from bot.platforms import Kit, Words
from bot.settings import Settings
from bot.testing import doubles
from bot.testing.doubles import MemoryLog, MemoryMedia, MemoryValues, StillClock

__all__ = [
    "MemoryLog",
    "MemoryMedia",
    "MemoryValues",
    "StillClock",
    "catalogues",
    "in_vietnamese",
    "make_kit",
    "png_that_claims",
]


@cache
def catalogues() -> Catalogues:
    """The shipped translations, read once for all tests: reading takes longer than most conversations."""
    return Catalogues.load()


def png_that_claims(width: int, height: int) -> bytes:
    """A few bytes whose header asks for a picture of this size: whoever unpacks them finds them cut off."""
    chunks = (b"IHDR" + struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0), b"IDAT")
    parts = (struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) for chunk in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


async def in_vietnamese(chat: Chat) -> Words:
    """Return the words as the commune's people read them."""
    return partial(catalogues().translate, "vi")


def make_kit(
    options: Mapping[str, str] | None = None,
    *,
    settings: Settings | None = None,
    values: MemoryValues | None = None,
    log: MemoryLog | None = None,
    media: MemoryMedia | None = None,
    clock: Clock | None = None,
) -> Kit:
    """A kit whose words are the commune's."""
    words = partial(catalogues().translate, "vi")
    kit = doubles.make_kit(
        options, settings=settings, values=values, log=log, media=media,
        clock=clock, words=words,
    )  # fmt: skip
    return replace(kit, words_of=in_vietnamese)
