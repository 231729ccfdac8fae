"""Messages between the two processes: two lengths, a head, a body."""

from __future__ import annotations

import os
import struct

from msgspec import Struct

_LENGTHS = struct.Struct(">IQ")
_MOST_HEAD = 10_000_000
_PIECE = 1 << 20


class Cut(Exception):
    """The other process ended, or what it sends is no message."""


class Frame(Struct, frozen=True):
    head: bytes
    body: bytes


def send(to: int, frame: Frame) -> None:
    """Write one frame. Raises OSError, BrokenPipeError where nobody reads."""
    _write(to, _LENGTHS.pack(len(frame.head), len(frame.body)))
    _write(to, frame.head)
    _write(to, frame.body)


def receive(of: int, most: int) -> Frame:
    """Read one frame. Raises Cut, also for a body of more than `most` bytes: nothing of it is read."""
    head, body = _LENGTHS.unpack(_exactly(of, _LENGTHS.size))
    if head > _MOST_HEAD or body > most:
        raise Cut("too long")
    return Frame(_exactly(of, head), _exactly(of, body))


def _write(to: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(to, rest[:_PIECE]) :]


def _exactly(of: int, size: int) -> bytes:
    pieces = bytearray()
    while len(pieces) < size:
        piece = os.read(of, min(_PIECE, size - len(pieces)))
        if not piece:
            raise Cut("the end")
        pieces += piece
    return bytes(pieces)
