"""The mark in an MP3 that a machine spoke: nobody takes it for a person's recording, wherever it was copied to."""

from __future__ import annotations

import re
from pathlib import Path

from msgspec import Struct

_MARK = re.compile(rb"langso-voice words=(?P<words>[0-9a-f]{1,64}) by=(?P<voice>[A-Za-z0-9._-]{1,100});")
_HEAD = 8192
"""Bytes in which the comment of a file stands that was made here."""


class MachineMark(Struct, frozen=True):
    """`words` is the digest of what was to be said, `voice` the name of the machine's voice."""

    words: str
    voice: str

    @property
    def comment(self) -> str:
        return f"langso-voice words={self.words} by={self.voice};"


def mark_of(path: Path) -> MachineMark | None:
    """Return the mark of an MP3; None for a person's recording. Raises OSError."""
    with path.open("rb") as file:
        found = _MARK.search(file.read(_HEAD))
    return None if found is None else MachineMark(found["words"].decode(), found["voice"].decode())
