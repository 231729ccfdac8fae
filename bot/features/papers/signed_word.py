"""A Word file that is said to be signed: whether the place for its number is still empty."""

from __future__ import annotations

import io
import zipfile
import zlib

from bot.core.lean import patterns
from bot.core.text import msg
from bot.features.untrusted.reader import FileRefused, IsolatedReader, Nothing, WireModel
from bot.features.untrusted.zips import Room, TooMuch

WRONG_TYPE = msg("Tôi chỉ lưu tệp PDF, Word hoặc ảnh chụp văn bản đã ký. Bác gửi loại khác giúp tôi.")
_LARGEST_TEXT = 20_000_000
_TEXT = "word/document.xml"
_OPEN_NUMBER = patterns.compile(r"Số:\s{2,}/")
_TAGS = patterns.compile(r"<[^<>]+>")
_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError, RuntimeError, OSError, TooMuch)
"""Errors of a file that is no Word file, or a damaged one; RuntimeError for one with a password."""


class SignedWordFile(WireModel):
    unnumbered: bool


def looked_at(data: bytes, question: Nothing) -> SignedWordFile:
    """Tell whether a Word file has an empty place for its number, as what the bot drew.

    Raises Refused for what is no Word file.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            text = Room(_LARGEST_TEXT).read(archive, archive.getinfo(_TEXT)).decode("utf-8", "replace")
    except _UNREADABLE:
        raise FileRefused(WRONG_TYPE) from None
    return SignedWordFile(unnumbered=_OPEN_NUMBER.search(_TAGS.sub("", text)) is not None)


SIGNED = IsolatedReader(f"{__name__}:looked_at", Nothing, SignedWordFile, frozenset({WRONG_TYPE}))
