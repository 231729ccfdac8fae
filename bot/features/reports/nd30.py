"""How Nghị định 30/2020/NĐ-CP (phụ lục I) wants a document to look. A new decree changes this file and no other.

Lengths are in twips (1/1440 inch; 567 are 1 cm), sizes of type in points. Each constant names the decree's own range.
"""

from __future__ import annotations

import unicodedata
from datetime import date

from msgspec import Struct

from bot.i18n import long_date

FONT = "Times New Roman"

PAGE = (11906, 16838)  # A4 upright: 210 × 297 mm
TOP = BOTTOM = 1134  # 20 mm of 20–25
LEFT = 1701  # 30 mm of 30–35
RIGHT = 851  # 15 mm of 15–20
TEXT_WIDTH = PAGE[0] - LEFT - RIGHT
WIDE_TEXT_WIDTH = PAGE[1] - LEFT - RIGHT  # a page of an appendix on its side

FIRST_LINE = 720  # 1,27 cm, the other allowed value is 1 cm
PARAGRAPH_GAP = 120  # 6 pt, the least
LINE = 252  # 1,05 of single spacing; 240 (single) to 360 (1,5) are allowed
SIGNING_ROOM = 1500  # height left for signature and seal

COUNTRY = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
MOTTO = "Độc lập - Tự do - Hạnh phúc"


class Role(Struct, frozen=True):
    """The type of one element: size in points, weight and slope."""

    size: float
    bold: bool = False
    italic: bool = False


COUNTRY_TYPE = Role(12, bold=True)  # ô 1: 12–13
MOTTO_TYPE = Role(13, bold=True)  # ô 1: 13–14
SUPERIOR = Role(12)  # ô 2: 12–13
ISSUER = Role(12, bold=True)  # ô 2: 12–13
NUMBER = Role(13)  # ô 3: 13
PLACE_AND_DAY = Role(13, italic=True)  # ô 4: 13–14
TITLE = Role(14, bold=True)  # ô 5a: 13–14
SUBJECT = Role(14, bold=True)  # ô 5a: 13–14
LETTER_SUBJECT = Role(12)  # ô 5b: 12–13
ADDRESSEE = Role(14)  # ô 9a: 13–14
BASIS = Role(14, italic=True)  # ô 6: 13–14
BODY = Role(14)  # ô 6: 13–14
STRONG = Role(14, bold=True)  # headings of phần, mục, khoản, điều
SIGNER = Role(14, bold=True)  # ô 7a and 7b: 13–14
SIGNING_HINT = Role(13, italic=True)
RECIPIENTS_TITLE = Role(12, bold=True, italic=True)  # ô 9b
RECIPIENTS = Role(11)  # ô 9b
PAGE_NUMBER = Role(13)  # 13–14
APPENDIX = Role(14, bold=True)
APPENDIX_TITLE = Role(13, bold=True)  # 13–14
APPENDIX_OF = Role(13, italic=True)  # 13–14
CONTACT = Role(11)  # ô 13: 11–12
CELL = Role(11)
DENSE_HEAD = Role(9, bold=True)  # long names of indicators over narrow figures
DENSE_CELL = Role(10)  # where thirty villages shall fit on a page
SMALL = Role(8, italic=True)  # not of the decree: where the figures come from

ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")
POINTS = "abcdđeghiklmnopqrstuvxy"  # điểm a), b), c), d), đ) …: no f, j, w, z

# Advance widths of Times bold, thousandths of the size; a letter with marks is as wide as the letter. They are needed
# because the decree measures its lines by the text above them.
_WIDTHS = {
    **dict.fromkeys("il", 278), **dict.fromkeys("fjt-", 333), **dict.fromkeys("s", 389), **dict.fromkeys("cerz", 444),
    **dict.fromkeys("bdđhknpqu", 556), **dict.fromkeys("m", 833), **dict.fromkeys("w", 722),
    **dict.fromkeys(" ,.", 250), **dict.fromkeys("I", 389), **dict.fromkeys("FP", 611), **dict.fromkeys("BELTZ", 667),
    **dict.fromkeys("ACDĐNRUVXY", 722), **dict.fromkeys("GHKOQ", 778), **dict.fromkeys("M", 944), "S": 556, "W": 1000,
}  # fmt: skip
_OTHER_WIDTH = 500


def text_width(text: str, size: float) -> int:
    """Return how long a line of bold type is, in twips."""
    bare = (char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))
    return round(sum(_WIDTHS.get(char, _OTHER_WIDTH) for char in bare) * size * 20 / 1000)


def number_line(symbol: str, number: int | None) -> str:
    """Write `Số: 05/BC-UBND`; leave room to write by hand if there is no number."""
    return f"Số: {' ' * 8 if number is None else f'{number:02}'}/{symbol}"


def day_line(place: str, day: date | None, year: int) -> str:
    """Write `Yên Mô, ngày 05 tháng 02 năm 2026`; day and month are left open until a person gives them."""
    written = f"ngày {' ' * 5} tháng {' ' * 5} năm {year}" if day is None else long_date(day, "vi")
    return f"{place or '…………'}, {written}"
