"""The notes that an ONNX file carries about itself, read without any library and without the weights.

A file is a protobuf message: fields, each with its number and its length. The notes are field 14; the rest is passed
over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

_NOTES, _NOTE_KEY, _NOTE_VALUE = 14, 1, 2
_MODEL_FIELDS = range(1, 64)
_VARINT, _EIGHT, _LENGTH, _FOUR = 0, 1, 2, 5
_FIXED = {_EIGHT: 8, _FOUR: 4}
_LONGEST_NOTE = 65_536


class NotOnnx(Exception):
    """The file is something else, or was not downloaded to its end."""


def read(path: Path) -> Mapping[str, str]:
    """Return the notes of a model by name. Raises NotOnnx and OSError."""
    size = path.stat().st_size
    notes: dict[str, str] = {}
    with path.open("rb") as file:
        for number, length in _fields(file, size):
            if number != _NOTES:
                file.seek(length, 1)
            elif length > _LONGEST_NOTE:
                raise NotOnnx
            else:
                key, value = _note(file.read(length))
                notes[key] = value
    return notes


def _note(data: bytes) -> tuple[str, str]:
    file, found = BytesIO(data), {_NOTE_KEY: "", _NOTE_VALUE: ""}
    for number, length in _fields(file, len(data)):
        found[number] = file.read(length).decode("utf-8", "replace")
    return found[_NOTE_KEY], found[_NOTE_VALUE]


def _fields(file: BinaryIO, size: int) -> Iterator[tuple[int, int]]:
    """Yield number and length of each field that has a length; whoever takes one moves past it."""
    if not size:
        raise NotOnnx
    while file.tell() < size:
        tag = _varint(file)
        number, wire = tag >> 3, tag & 7
        if number not in _MODEL_FIELDS:
            raise NotOnnx
        if wire == _VARINT:
            _varint(file)
        elif wire in _FIXED:
            file.seek(_FIXED[wire], 1)
        elif wire == _LENGTH:
            length = _varint(file)
            if file.tell() + length > size:
                raise NotOnnx
            yield number, length
        else:
            raise NotOnnx


def _varint(file: BinaryIO) -> int:
    value = 0
    for at in range(10):
        byte = file.read(1)
        if not byte:
            raise NotOnnx
        value |= (byte[0] & 0x7F) << 7 * at
        if byte[0] < 0x80:
            return value
    raise NotOnnx
