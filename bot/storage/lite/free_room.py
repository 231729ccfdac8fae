"""The free room inside the pages of a SQLite file, overwritten page by page while the file is in use.

SQLite overwrites rows that are deleted, but where a page was divided copies of its rows stay in the room that it got
free. To write the whole file anew (`vacuum`) makes everybody wait for seconds. Here each page of a tree has its free
room overwritten, some pages in one short commit; rows and their places stay as they are.

A page is told by its first byte (sqlite.org/fileformat2.html, 1.6): pages of rows that flow over and of the list of
free pages begin with the number of a page, and no file has so many that its highest byte is one of KINDS.
"""

from __future__ import annotations

import sqlite3
import struct

from bot.core.machine import clock

KINDS = {2: 12, 5: 12, 10: 8, 13: 8}
"""First byte of a page of a tree → bytes of its header."""
_HEADER = struct.Struct(">BHHH")
_FREE = struct.Struct(">HH")
_FILE_HEADER = 100
"""Bytes before the first page's own header."""


def can_be_overwritten(connection: sqlite3.Connection) -> bool:
    """Tell whether this SQLite shows its pages (SQLITE_ENABLE_DBPAGE_VTAB)."""
    try:
        connection.execute("select 1 from sqlite_dbpage where pgno = 1").fetchall()
    except sqlite3.OperationalError:
        return False
    return True


def overwrite(connection: sqlite3.Connection, first: int, seconds: float) -> int:
    """Overwrite the free room of the pages from `first` on for so long; return the page to go on with, 0 at the end.

    One commit. Raises sqlite3.Error; then nothing has changed.
    """
    began = clock.elapsed()
    connection.execute("begin immediate")
    try:
        (last,) = connection.execute("pragma page_count").fetchone()
        number = first
        while number <= last and clock.elapsed() - began < seconds:
            _overwrite_one(connection, number)
            number += 1
        connection.execute("commit")
    except BaseException:
        if connection.in_transaction:
            connection.execute("rollback")
        raise
    return number if number <= last else 0


def _overwrite_one(connection: sqlite3.Connection, number: int) -> None:
    found = connection.execute("select data from sqlite_dbpage where pgno = ?", [number]).fetchone()
    if found is None or found[0] is None:
        return
    clean = without_free_room(found[0], _FILE_HEADER if number == 1 else 0)
    if clean is not None:
        connection.execute("update sqlite_dbpage set data = ? where pgno = ?", [clean, number])


def without_free_room(page: bytes, begin: int = 0) -> bytes | None:
    """Return the page with zeros where nothing is kept; None if it has them already, or is no page of a tree."""
    kind, block, cells, content = _HEADER.unpack_from(page, begin)
    if kind not in KINDS:
        return None
    rooms = [(begin + KINDS[kind] + 2 * cells, content or len(page))]
    while block:
        following, size = _FREE.unpack_from(page, block)
        rooms.append((block + _FREE.size, block + size))
        block = following
    dirty = [(start, end) for start, end in rooms if page.count(0, start, end) < end - start]
    if not dirty:
        return None
    clean = bytearray(page)
    for start, end in dirty:
        clean[start:end] = bytes(end - start)
    return bytes(clean)
