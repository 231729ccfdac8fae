"""Languages: catalogues of translations, and how numbers, dates and names are written.

Vietnamese is the source: a message's Vietnamese text is its msgid, and what a catalogue lacks is shown in Vietnamese.
Every function takes the locale as an argument; nothing here knows a "current" language.
"""

from __future__ import annotations

import ast
import json
import sys
import unicodedata
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, time
from decimal import Decimal
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal

from msgspec import Struct

from bot import po
from bot.core.lean import patterns
from bot.core.text import line_of
from bot.core.text import msg as msg

if TYPE_CHECKING:
    import babel
    from babel.messages.catalog import Catalog, Message

SOURCE = "vi"
OF_CORE = "en"
"""The language of the texts in the core and the adapters."""
FOLDER = Path(__file__).parent / "locales"
NAMES: Mapping[str, str] = {
    "vi": "Tiếng Việt",
    "en": "English",
    "km": "ភាសាខ្មែរ",
    "tyz": "Tiếng Tày",
    "nut": "Tiếng Nùng",
    "mtq": "Tiếng Mường",
    "hmn": "Tiếng H’Mông",
    "blt": "Tiếng Thái",
    "ium": "Tiếng Dao",
}
"""The name of a language in a menu, in the language itself if its script is common on phones."""

Gap = Literal["untranslated", "fuzzy"]
Amount = int | float | Decimal

# How texts are marked in Python: `ctx.t("…", name=value)`, `ctx.word("…")`, `msg("…")`, `translate(locale, "…")`.
_CALLS = {
    "t": None,
    "_": None,
    "word": None,
    "msg": None,
    "translate": (2,),
    "_translate": (2,),
    "pgettext": ((1, "c"), 2),
}

_WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")
_QUARTERS = ("I", "II", "III", "IV")
_ALPHABET = {letter: rank for rank, letter in enumerate("aăâbcdđeêfghijklmnoôơpqrstuưvwxyz")}
_TONES = "\u0300\u0309\u0303\u0301\u0323"  # huyền, hỏi, ngã, sắc, nặng: the order of dictionaries
_CORE = ("bot/core/", "bot/platforms/", "bot/framework/", "bot/storage/", "bot/settings.py")
"""The rooms whose texts every app has."""
_RUN = patterns.compile(r"\d+|\D")


class PackedCatalogue(Mapping[tuple[str, str], str]):
    """The texts of a language, a tenth as large until somebody reads one of them."""

    def __init__(self, known: Mapping[tuple[str, str], str]) -> None:
        rows = [(*key, translation) for key, translation in known.items()]
        self._packed = zlib.compress(json.dumps(rows, ensure_ascii=False).encode())

    @cached_property
    def _known(self) -> Mapping[tuple[str, str], str]:
        rows: list[tuple[str, str, str]] = json.loads(zlib.decompress(self._packed))
        return {(context, text): translation for context, text, translation in rows}

    def get(self, key: tuple[str, str], default: str | None = None) -> str | None:  # type: ignore[override]
        return self._known.get(key, default)

    def __getitem__(self, key: tuple[str, str]) -> str:
        return self._known[key]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


class Catalogues(Struct, frozen=True):
    """Translations by locale, context ("" for none) and Vietnamese text; only finished ones are ever shown."""

    finished: Mapping[str, Mapping[tuple[str, str], str]]
    fuzzy: Mapping[str, frozenset[tuple[str, str]]]
    source: str = SOURCE
    """The language in which a text is shown that the reader's own language lacks."""

    @classmethod
    def load(cls, folder: Path = FOLDER, *, source: str = SOURCE) -> Catalogues:
        """Read every `LOCALE/LC_MESSAGES/*.po` under `folder`; raises babel's PoFileError where one is broken."""
        finished: dict[str, dict[tuple[str, str], str]] = {}
        fuzzy: dict[str, frozenset[tuple[str, str]]] = {}
        for file in sorted(folder.glob("*/LC_MESSAGES/*.po")):
            locale = _tag(file.parent.parent.name)
            known = finished.setdefault(locale, {})
            unsure: set[tuple[str, str]] = set()
            for entry in po.entries(file):
                if entry.fuzzy:
                    unsure.add((entry.context, entry.text))
                elif entry.translation:
                    known[entry.context, entry.text] = entry.translation
            fuzzy[locale] = fuzzy.get(locale, frozenset()) | unsure
        return cls(finished, fuzzy, source)

    def with_folders(self, folders: Iterable[Path]) -> Catalogues:
        """Return these catalogues with those of other folders beside them; what is translated here stays as it is."""
        finished, fuzzy = dict(self.finished), dict(self.fuzzy)
        for folder in folders:
            more = Catalogues.load(folder)
            for locale, known in more.finished.items():
                finished[locale] = {**known, **finished.get(locale, {})}
                fuzzy[locale] = fuzzy.get(locale, frozenset()) | more.fuzzy.get(locale, frozenset())
        return Catalogues(finished, fuzzy, self.source)

    def packed(self) -> Catalogues:
        """Return these catalogues with every language but the source packed, until somebody reads it."""
        packed = {tag: PackedCatalogue(known) for tag, known in self.finished.items() if tag != self.source}
        return Catalogues({**self.finished, **packed}, self.fuzzy, self.source)

    @property
    def locales(self) -> tuple[str, ...]:
        """Return the languages to choose from, the source first."""
        return (self.source, *sorted(locale for locale in self.finished if locale != self.source))

    @property
    def names(self) -> Mapping[str, str]:
        """Return the name of each locale for a menu."""
        return {locale: NAMES.get(locale, locale) for locale in self.locales}

    def translate(self, locale: str, message: str, context: str | None = None) -> str:
        """Translate `message` to `locale`, else to its language, else to the source, else return the text itself.

        The core's texts are English: who reads English reads them as they are.
        """
        for tag in _order(locale, self.source):
            found = self.finished.get(tag, {}).get((context or "", message))
            if found is not None:
                return found
        return message

    def gap(self, locale: str, message: str, context: str | None = None) -> Gap | None:
        """Return why `message` is not shown in `locale`; None if it is translated or Vietnamese is asked for."""
        tags, key = _chain(locale), (context or "", message)
        if tags[0] == SOURCE or any(key in self.finished.get(tag, {}) for tag in tags):
            return None
        return "fuzzy" if any(key in self.fuzzy.get(tag, ()) for tag in tags) else "untranslated"


def in_vietnamese(error: Exception) -> str:
    """Return the line of an error as the commune's people read it: the core and the adapters have it in English."""
    translate = Catalogues.load().translate
    return line_of(error, lambda text: translate(SOURCE, text))


def entries(catalogue: Catalog) -> Iterator[Message]:
    """Return the messages of a catalogue without its header."""
    return (message for message in catalogue if message.id)


def _tag(locale: str) -> str:
    return locale.replace("_", "-")


@lru_cache(maxsize=64)
def _chain(locale: str) -> tuple[str, ...]:
    tag = _tag(locale)
    return tag, tag.partition("-")[0]


@lru_cache(maxsize=64)
def _order(locale: str, source: str) -> tuple[str, ...]:
    """Return the languages to look in, each once."""
    tags = _chain(locale)
    return tuple(dict.fromkeys(tags if tags[1] == OF_CORE else (*tags, source)))


_NEIGHBOURS = ("blt", "hnj")
"""Thái and H’Mông, as far as babel knows them."""


@lru_cache(maxsize=64)
def _babel(locale: str) -> babel.Locale | None:
    """Return Babel's locale if it is complete and not Vietnamese.

    Babel knows no Tày, Nùng or Mường, and has of Thái and H’Mông stubs (months are "M11") or, as the order of loading
    has it, a script that nobody reads here: these write numbers and dates as Vietnamese does.
    """
    import babel

    try:
        found = babel.Locale.parse(_tag(locale), sep="-")
    except (babel.UnknownLocaleError, ValueError):
        return None
    stub = "M11" in _in_its_form(date(2026, 11, 1), "medium", found)
    return None if stub or found.language in (SOURCE, *_NEIGHBOURS) else found


@lru_cache(maxsize=4096)
def number(value: Amount, locale: str) -> str:
    """Format a number: `1.234.567`, `12,5`; at most three digits after the comma."""
    return _decimal(value, None, locale)


@lru_cache(maxsize=4096)
def percent(value: Amount, locale: str) -> str:
    """Format a percentage; `value` is in hundredths: 85.6 is `85,6%`."""
    return _decimal(value, "#,##0.#", locale) + "%"


# Babel takes 4 ms; it is imported with the first number, or the first date in another language.


def _decimal(value: Amount, form: str | None, locale: str) -> str:
    from babel.numbers import format_decimal

    return format_decimal(value, format=form, locale=_babel(locale) or SOURCE)


def _in_its_form(day: date, form: str, locale: babel.Locale) -> str:
    from babel.dates import format_date

    return format_date(day, form, locale=locale)


def short_date(day: date, locale: str) -> str:
    """Format a date: `24/11/2026`."""
    other = _babel(locale)
    return f"{day:%d/%m/%Y}" if other is None else _in_its_form(day, "medium", other)


def long_date(day: date, locale: str) -> str:
    """Format a date: `ngày 24 tháng 11 năm 2026`.

    Days below 10 and months 1 and 2 take a zero (Nghị định 30/2020, phụ lục I).
    """
    other = _babel(locale)
    if other is not None:
        return _in_its_form(day, "long", other)
    month = f"{day.month:02}" if day.month <= 2 else str(day.month)
    return f"ngày {day:%d} tháng {month} năm {day.year}"


def weekday(day: date, locale: str) -> str:
    """Return the weekday as inside a sentence: `thứ Ba`, `Chủ nhật`."""
    other = _babel(locale)
    return _WEEKDAYS[day.weekday()] if other is None else _in_its_form(day, "EEEE", other)


def weekday_date(day: date, locale: str) -> str:
    """Format a date with its weekday: `thứ Ba, 24/11/2026`."""
    return f"{weekday(day, locale)}, {short_date(day, locale)}"


def time_in_words(at: time, locale: str) -> str:
    """Format a time as spoken: `19 giờ 30`, `7 giờ`."""
    if _babel(locale) is not None:
        return f"{at:%H:%M}"
    return f"{at.hour} giờ {at.minute:02}" if at.minute else f"{at.hour} giờ"


def short_time(at: time, locale: str) -> str:
    """Format a time for tables: `19h30`."""
    return f"{at.hour}h{at.minute:02}" if _babel(locale) is None else f"{at:%H:%M}"


def quarter(year: int, number: int, locale: str) -> str:
    """Format a quarter: `quý IV/2026`; `number` is 1 to 4, anything else raises ValueError."""
    if not 1 <= number <= 4:
        raise ValueError(f"no quarter {number}")
    return f"quý {_QUARTERS[number - 1]}/{year}" if _babel(locale) is None else f"Q{number} {year}"


SortKey = tuple[tuple[tuple[int, int, str], ...], tuple[int, ...], str]


@lru_cache(maxsize=4096)
def sort_key(text: str) -> SortKey:
    """Order of a Vietnamese dictionary (a ă â b c d đ e ê …, tones last), and `thôn 2` before `thôn 10`."""
    bare: list[str] = []
    tones: list[int] = []
    for char in unicodedata.normalize("NFC", text).lower():
        parts = unicodedata.normalize("NFD", char)
        tones.append(next((_TONES.index(part) + 1 for part in parts if part in _TONES), 0))
        bare.append(unicodedata.normalize("NFC", "".join(part for part in parts if part not in _TONES)))
    return tuple(_rank(run) for run in _RUN.findall("".join(bare))), tuple(tones), text


def _rank(run: str) -> tuple[int, int, str]:
    if run.isspace():
        return 0, 0, ""
    if run.isdecimal():
        digits = run.lstrip("0")
        return 1, len(digits), digits
    return (2, _ALPHABET[run], "") if run in _ALPHABET else (3, ord(run[0]), run)


def calls(
    file: BinaryIO,
    keywords: Iterable[str],
    _tags: object,
    options: object,
) -> Iterator[tuple[int, str, tuple[str | None, ...], list[str]]]:
    """Yield the calls of a Python file that mark texts, for babel.

    Its own reader sees none inside an f-string before Python 3.12: such a text silently stayed untranslated.
    """
    marks = frozenset(keywords)
    for node in ast.walk(ast.parse(file.read())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            if name in marks and node.args:
                values = (one.value if isinstance(one, ast.Constant) else None for one in node.args)
                texts = tuple(value if isinstance(value, str) else None for value in values)
                yield node.func.end_lineno or node.lineno, name, texts, []


def extracted(root: Path) -> Mapping[str, Catalog]:
    """Return the texts of a checkout by domain, read in one pass over its files.

    `guides` are those of the guides, `core` those that every app has, in English; `messages` are all others of the
    program.

    Raises OSError if `root` has no `babel.cfg`.
    """
    from configparser import ConfigParser

    from babel.messages.catalog import Catalog
    from babel.messages.extract import extract_from_dir

    config = ConfigParser()
    config.read_string((root / "babel.cfg").read_text("utf-8"))
    methods = [(pattern, method) for method, _, pattern in (section.partition(": ") for section in config.sections())]
    catalogues: defaultdict[str, Catalog] = defaultdict(Catalog)
    for file, line, message, comments, context in extract_from_dir(root, methods, keywords=_CALLS):
        catalogues[domain_of(file)].add(message, context=context, locations=[(file, line)], auto_comments=comments)
    return catalogues


def domain_of(file: str) -> str:
    """Return the name of the catalogue in which the texts of a file of the checkout stand."""
    if file.endswith(".md"):
        return "guides"
    return "core" if file.startswith(_CORE) else "messages"


def update(root: Path, folder: Path = FOLDER) -> list[Path]:
    """Bring every catalogue up to date with the texts: new ones come in empty, old translations stay.

    Nothing is guessed from similar texts. Returns the files it wrote.
    """
    from babel.messages.pofile import write_po

    files, templates = sorted(folder.glob("*/LC_MESSAGES/*.po")), extracted(root)
    for file in files:
        catalogue, template = po.read_catalogue(file), templates[file.stem]
        template.creation_date = catalogue.creation_date  # so that a run without news changes nothing
        catalogue.update(template, no_fuzzy_matching=True)
        with file.open("wb") as stream:
            write_po(stream, catalogue, width=110, sort_by_file=True, include_lineno=False)
    return files


if __name__ == "__main__":
    if sys.argv[1:] != ["update"]:
        sys.stderr.write("usage: python -m bot.i18n update\n")
        sys.exit(2)
    package = FOLDER.parent
    for written in [*update(package.parent), *update(package.parent, package / "framework" / "locales")]:
        sys.stdout.write(f"{written}\n")
