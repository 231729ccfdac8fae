"""Translations out of a catalogue, quickly: babel takes a tenth of a second for what every start needs of it.

Knows entries of one text each, in UTF-8. Whatever else a file holds is left to babel, which also says what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bot.core.lean import patterns

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

_LINE = patterns.compile(r'(?:(msgctxt|msgid|msgstr) )?"([^"\\]*(?:\\.[^"\\]*)*)"')
_ESCAPE = patterns.compile(r'\\([\\trn"])')
_ESCAPED = {"t": "\t", "r": "\r", "n": "\n"}
_CHARSET = patterns.compile(r"charset=(?!utf-8\b)", re.IGNORECASE)


class Entry(NamedTuple):
    context: str
    text: str
    translation: str
    fuzzy: bool


class _Unknown(Exception):
    """Something else than entries of one text."""


def entries(file: Path) -> list[Entry]:
    """Return the entries of a catalogue without its header; raise babel's PoFileError for a broken one."""
    try:
        found = list(_entries(file.read_text("utf-8")))
        if len({(entry.context, entry.text) for entry in found}) < len(found):
            raise _Unknown
    except (_Unknown, UnicodeDecodeError):
        found = [
            Entry(message.context or "", str(message.id), str(message.string or ""), message.fuzzy)
            for message in read_catalogue(file)
        ]
    return [entry for entry in found if entry.text]


def read_catalogue(file: Path) -> Catalog:
    from babel.messages.pofile import read_po

    # No locale is given to babel: it knows neither Tày nor Mường, and gettext does not care.
    with file.open("rb") as stream:
        return read_po(stream, abort_invalid=True)


def _entries(text: str) -> Iterator[Entry]:
    parts: dict[str, list[str]] = {}
    last, fuzzy = "", False
    for line in (*map(str.strip, text.split("\n")), ""):
        match = None if not line or line[0] == "#" else _LINE.fullmatch(line)
        if "msgstr" in parts and (match is None or match[1]):
            yield _entry(parts, fuzzy)
            parts, last, fuzzy = {}, "", False
        if match is not None:
            last = match[1] or last
            if match[1]:
                _begin(parts, last)
            if not last:
                raise _Unknown
            parts[last].append(match[2])
        elif parts or (line and line[0] != "#"):
            raise _Unknown
        elif line.startswith("#,"):
            fuzzy = fuzzy or "fuzzy" in [flag.strip() for flag in line[2:].split(",")]
        elif line.startswith("#~"):
            fuzzy = False  # that was said of an entry which is no more


def _begin(parts: dict[str, list[str]], field: str) -> None:
    """Begin a field. The order is `msgctxt`, if there is one, then `msgid`, then `msgstr`."""
    if field in parts or ("msgid" in parts) != (field == "msgstr"):
        raise _Unknown
    parts[field] = []


def _entry(parts: dict[str, list[str]], fuzzy: bool) -> Entry:
    context, text, translation = (_unescaped("".join(parts.get(name, ()))) for name in ("msgctxt", "msgid", "msgstr"))
    if not text and _CHARSET.search(translation):
        raise _Unknown
    return Entry(context, text, translation, fuzzy)


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda match: _ESCAPED.get(match[1], match[1]), text) if "\\" in text else text
