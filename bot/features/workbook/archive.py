"""Looking into a workbook before it is read: a few kilobytes can ask the reader for more memory than there is.

The reader lays every sheet out from its first to its last used cell and copies a shared text into each cell that names
it, so both are counted here from the cells themselves; what a file says about its own size is not believed.
"""

from __future__ import annotations

import codecs
import io
import re
import zipfile
import zlib
from array import array
from collections.abc import Mapping, Sequence
from typing import NoReturn
from xml.parsers import expat

from bot.core.lean import patterns
from bot.features.untrusted.zips import Room, TooMuch

MAX_BYTES = 10_000_000
MAX_UNPACKED = 60_000_000
MAX_CELLS = 2_000_000
"""All sheets together, each as the rectangle around what is used of it."""
MAX_TEXT = 50_000_000

_REFERENCE = patterns.compile(r"([A-Z]{1,3})([0-9]{1,7})", re.IGNORECASE)
_INDEX = patterns.compile(r"[0-9]{1,9}")
_UNSURE = -1
_FAULTS = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError, expat.ExpatError)


class UnreadableFile(Exception):
    """Not a workbook, or one that is too large; the text says so in Vietnamese."""


def looked_at(data: bytes) -> bytes:
    """Return the parts of an .xlsx file that hold cells, packed anew so that the reader sees no others.

    Raises UnreadableFile.
    """
    if len(data) > MAX_BYTES:
        raise UnreadableFile(f"tệp lớn quá {MAX_BYTES // 1_000_000} MB")
    if not data.startswith(b"PK\x03\x04"):
        raise UnreadableFile("không phải tệp .xlsx; tệp .xls, .ods, .csv hoặc tệp có mật khẩu thì lưu lại thành .xlsx")
    try:
        return _packed_anew(data)
    except TooMuch:
        raise UnreadableFile(f"tệp giải nén ra lớn quá {MAX_UNPACKED // 1_000_000} MB") from None
    except _FAULTS as error:
        raise UnreadableFile("không đọc được tệp bảng tính: tệp bị hỏng") from error


def _packed_anew(data: bytes) -> bytes:
    out = io.BytesIO()
    used = _Used()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as kept:
        parts = [part for part in source.infolist() if part.filename.lower().endswith((".xml", ".rels"))]
        room = Room(MAX_UNPACKED)
        for part in parts:
            content = room.read(source, part)
            used.look(content)
            kept.writestr(part.filename, content)
    used.check_text()
    return out.getvalue()


class _Used:
    """The size of a workbook when it is laid out, counted over all its parts."""

    def __init__(self) -> None:
        self._cells = 0
        self._strings: list[array[int]] = []
        self._named: array[int] = array("q")

    def look(self, content: bytes) -> None:
        """Count a part. Raises UnreadableFile, and ExpatError or ValueError for one that is no plain XML."""
        part = _Part()
        part.parse(content)
        self._cells += part.area
        if self._cells > MAX_CELLS:
            raise UnreadableFile(f"các bảng trải ra quá {MAX_CELLS} ô; xóa hàng và cột thừa ở xa rồi lưu lại")
        self._named += part.named
        if part.strings:
            self._strings.append(part.strings)

    def check_text(self) -> None:
        """Check the amount of text. Raises UnreadableFile."""
        longest = max((max(strings) for strings in self._strings), default=0)
        if len(self._named) * longest > MAX_TEXT and sum(self._length(at, longest) for at in self._named) > MAX_TEXT:
            raise UnreadableFile(f"các ô có tất cả quá {MAX_TEXT // 1_000_000} triệu chữ")

    def _length(self, at: int, longest: int) -> int:
        if at == _UNSURE:
            return longest
        return max((strings[at] for strings in self._strings if at < len(strings)), default=0)


class _Part:
    """One part: where its used cells are if it is a sheet, how long its texts are if it is the list of shared ones."""

    def __init__(self) -> None:
        self.strings: array[int] = array("q")
        self.named: array[int] = array("q")
        self._used: tuple[int, int, int, int] | None = None
        self._row, self._column = 1, 0
        self._cell = (1, 1)
        self._shared = False
        self._index: list[str] | None = None
        self._in_string = False

    @property
    def area(self) -> int:
        """Cells of the rectangle around everything that is used."""
        if self._used is None:
            return 0
        top, left, bottom, right = self._used
        return (bottom - top + 1) * (right - left + 1)

    def parse(self, content: bytes) -> None:
        """Parse as UTF-8 without a document type: nothing is filled in, the reader cannot see other text than we."""
        if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in content[:4]:
            raise ValueError("UTF-16")
        parser = expat.ParserCreate("utf-8")
        parser.StartDoctypeDeclHandler = _refuse_doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.Parse(content, True)

    def _start(self, tag: str, attributes: Mapping[str, str]) -> None:
        match tag.rpartition(":")[2]:
            case "row" if "r" in attributes:
                self._row = int(attributes["r"])
            case "c":
                self._place(attributes.get("r"))
                self._shared = attributes.get("t") == "s"
            case "is":
                self._use()
            case "v" if self._index is None:
                self._use()
                self._index = [] if self._shared else None
            case "si" if not self._in_string:
                self.strings.append(0)
                self._in_string = True
            case "v" | "si":
                raise ValueError("one inside another")

    def _place(self, reference: str | None) -> None:
        """Place a cell; one without a reference stands beside the one before it, in the row that holds both."""
        row, self._column = self._row, self._column + 1
        if reference is not None:
            found = _REFERENCE.fullmatch(reference)
            if found is None:
                raise ValueError(reference)
            row, self._column = int(found[2]), 0
            for letter in found[1].upper():
                self._column = self._column * 26 + ord(letter) - ord("A") + 1
        self._cell = row, self._column

    def _use(self) -> None:
        """Count the cell as used. Empty cells that only have a format are not: whole columns of them are common."""
        row, column = self._cell
        top, left, bottom, right = self._used or (row, column, row, column)
        self._used = min(top, row), min(left, column), max(bottom, row), max(right, column)

    def _characters(self, text: str) -> None:
        if self._index is not None:
            self._index.append(text)
        elif self._in_string:
            self.strings[-1] += len(text)

    def _end(self, tag: str) -> None:
        match tag.rpartition(":")[2]:
            case "row":
                self._row, self._column = self._row + 1, 0
            case "v" if self._index is not None:
                self.named.append(_index(self._index))
                self._index = None
            case "si":
                self._in_string = False


def _index(names: Sequence[str]) -> int:
    """Return the index of the text that a cell names. One in pieces (a comment between, an entity) is ambiguous."""
    return int(names[0]) if len(names) == 1 and _INDEX.fullmatch(names[0]) else _UNSURE


def _refuse_doctype(*_: object) -> NoReturn:
    raise ValueError("a document type")
