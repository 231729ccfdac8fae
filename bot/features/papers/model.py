"""An issued paper: its kind, number and day, and who may read it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal

from msgspec import Struct

from bot.core.lean import patterns
from bot.features.calendar.written import DAY, day_of
from bot.features.papers.tables import IssuedPaper as Row
from bot.features.papers.tables import IssuedPaperFile as FileRow
from bot.features.rights.table import COUNCIL, DEPUTY, LEADER, POLICE, STEERING, VILLAGE_HEAD
from bot.i18n import msg

LONGEST_SUBJECT = 300
MOST_NUMBER = 99_999
_NUMBER = patterns.compile(
    r"(?:(?<![\w/])(?:số|so)\s*:?\s*)?(?<![\d/])(?P<number>\d{1,5})(?:\s*/\s*(?P<symbol>[^\W\d_]{1,8}(?:-[^\W_]{1,12})+))?",
    re.IGNORECASE,
)


class Readers(Struct, frozen=True):
    """One of the places in “Nơi nhận”: what people call it, and which roles of the commune that is."""

    name: str
    roles: tuple[str, ...]


READERS: Mapping[str, Readers] = {
    "council": Readers(msg("Thường trực Đảng ủy, HĐND"), (COUNCIL,)),
    "steering": Readers(msg("Ban chỉ đạo phụ trách thôn"), (STEERING,)),
    "heads": Readers(msg("Bí thư, Trưởng thôn"), (VILLAGE_HEAD,)),
    "teams": Readers(msg("Tổ trưởng, Tổ phó các thôn"), (LEADER, DEPUTY)),
    "police": Readers(msg("Công an xã"), (POLICE,)),
}
_ALL_BELOW = ("council", "steering", "heads", "teams")


class PaperForm(Struct, frozen=True):
    """`symbol` follows the number when nobody types another one; `readers` are those who usually get it."""

    name: str
    symbol: str
    readers: tuple[str, ...] = ()


FORMS: Mapping[str, PaperForm] = {
    "qd": PaperForm(msg("Quyết định"), "QĐ-UBND", _ALL_BELOW),
    "kh": PaperForm(msg("Kế hoạch"), "KH-UBND", _ALL_BELOW),
    "cv": PaperForm(msg("Công văn"), "UBND-VHXH", _ALL_BELOW),
    "tb": PaperForm(msg("Thông báo"), "TB-UBND", _ALL_BELOW),
    "bc": PaperForm(msg("Báo cáo"), "BC-UBND", ("council", "steering")),
    "gm": PaperForm(msg("Giấy mời"), "GM-UBND"),
    "bb": PaperForm(msg("Biên bản"), "BB-UBND"),
    "vb": PaperForm(msg("Văn bản khác"), "VB-UBND"),
}
"""By code, which is also how the names of their files begin."""


class Paper(Struct, frozen=True):
    id: int
    commune_id: int
    form: str
    number: int
    symbol: str
    signed_on: date
    subject: str
    readers: tuple[str, ...]
    version: int

    @property
    def label(self) -> str:
        """`12/QĐ-UBND`; numbers below ten take a zero (Nghị định 30/2020)."""
        return f"{self.number:02}/{self.symbol}"

    @property
    def roles(self) -> frozenset[str]:
        """The roles that may read it."""
        return frozenset(role for name in self.readers for role in READERS[name].roles)


class File(Struct, frozen=True):
    id: int
    media: str
    kind: Literal["photo", "file"]
    title: str
    size: int


class SignedDetails(Struct, frozen=True):
    """The typed details of a paper: its number, perhaps its symbol, and the day."""

    number: int
    symbol: str
    day: date


def read_signed(words: str, today: date) -> SignedDetails | None:
    """Read `12/QĐ-UBND ngày 24/11/2026`, `số 5 ngày 3/2`; None without number or day.

    A day without a year is the last such day.
    """
    days = list(DAY.finditer(words))
    day = days[-1] if days else None
    number = None if day is None else _NUMBER.search(words[: day.start()])
    on = None if day is None else day_of(day, today, "last")
    if number is None or on is None:
        return None
    return SignedDetails(int(number["number"]), (number["symbol"] or "").upper(), on)


def paper(row: Row) -> Paper:
    commune_id = row.key_of("commune")
    readers = tuple(name for name in row.readers.split(",") if name in READERS)
    return Paper(row.id, commune_id, row.form, row.number, row.symbol, row.signed_on, row.subject, readers, row.version)


def file(row: FileRow) -> File:
    return File(row.id, row.media, "photo" if row.kind == "photo" else "file", row.title, row.size)


def joined(readers: Sequence[str]) -> str:
    """Join the readers as they are kept: known names, in the order of the table."""
    return ",".join(name for name in READERS if name in readers)
