"""Parts of a zip file, counted as they come out: what its directory says about their size is not believed.

The library cuts a part to the size that the directory names, but only after it has unpacked a piece of any size; asked
for small pieces it never holds more than one. A part of another size than it says is damaged: other programs would
see what we do not.
"""

from __future__ import annotations

import copy
import zipfile

_PIECE = 1 << 16
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""The others unpack more at once than they were asked for."""


class TooMuch(Exception):
    """More comes out than there is room for."""


class Room:
    """How many bytes may still come out, over all parts that are read with it."""

    def __init__(self, most: int) -> None:
        self.left = most

    def read(self, archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bytes:
        """Read one part. Raises TooMuch, and zipfile's errors for one that is damaged or encrypted."""
        if part.compress_type not in _METHODS:
            raise zipfile.BadZipFile(part.filename)
        if part.file_size > self.left:
            raise TooMuch(part.filename)
        out = bytearray()
        whole = copy.copy(part)
        whole.file_size = self.left + _PIECE  # the library would hide the rest
        with archive.open(whole) as packed:
            while piece := packed.read(_PIECE):
                self.left -= len(piece)
                if self.left < 0:
                    raise TooMuch(part.filename)
                out += piece
        if len(out) != part.file_size:
            raise zipfile.BadZipFile(part.filename)
        return bytes(out)
