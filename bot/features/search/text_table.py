"""Thousands of short texts in a few blocks of memory: each has a number, and is found by a hash as in a dict.

A dict of twenty thousand texts takes 5 MB and a tenth of a second to read from a file, this half a megabyte and none.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from zlib import crc32


class TextTable:
    """Different texts, numbered as they were given."""

    def __init__(self, texts: Iterable[str]) -> None:
        encoded = [text.encode() for text in texts]
        self._bytes = b"".join(encoded)
        self._ends = array("I", [0])
        # At most half full. A place holds the number of a text and one more, or 0; who finds it taken tries the next.
        self._last = (1 << (2 * len(encoded)).bit_length()) - 1
        self._places = array("I", bytes(4 * (self._last + 1)))
        for number, text in enumerate(encoded, 1):
            self._ends.append(self._ends[-1] + len(text))
            at = crc32(text) & self._last
            while self._places[at]:
                at = (at + 1) & self._last
            self._places[at] = number

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __iter__(self) -> Iterator[str]:
        return map(self.text, range(len(self)))

    def __contains__(self, text: str) -> bool:
        return self.number(text) >= 0

    def text(self, number: int) -> str:
        return self._bytes[self._ends[number] : self._ends[number + 1]].decode()

    def number(self, text: str) -> int:
        """Return the number of a text, or -1."""
        wanted = text.encode()
        at = crc32(wanted) & self._last
        while (here := self._places[at]) and self._bytes[self._ends[here - 1] : self._ends[here]] != wanted:
            at = (at + 1) & self._last
        return here - 1
