"""Text files that a person wrote, or opened and saved again, with a program of their own."""

from __future__ import annotations

import codecs
import sys
from pathlib import Path

from bot.settings import SettingsError


def text_of(path: Path) -> str:
    """Return the text of a file (`-`: of the standard input) in UTF-8 or, as Notepad's “Unicode”, UTF-16.

    Raises SettingsError and OSError.
    """
    return _decoded(path, _data(path))


def key_of(path: Path) -> bytes:
    """Return the secret that a file holds: without the encoding and the mark of PowerShell's `>` or of Notepad.

    A key of random bytes, which is no text, is taken as it is. Raises OSError.
    """
    data = _data(path)
    try:
        return _decoded(path, data).encode().strip()
    except SettingsError:
        return data.strip()


def _data(path: Path) -> bytes:
    return sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()


def _decoded(path: Path, data: bytes) -> str:
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        raise SettingsError(f"{path}: không phải tệp chữ (UTF-8)") from None
