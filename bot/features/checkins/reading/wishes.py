"""Read targets as officials type them: `vneid 85% tháng 12`, `gian hàng 120 chia theo hộ`, `thôn 10: vneid 80`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from bot.core.lean import patterns
from bot.features.checkins.model import FigureEntry, FigureQuestion

from .figures import read
from .lexicon import Lexicon

Way = Literal["", "each", "households", "adults"]
WAYS: tuple[Way, ...] = ("each", "households", "adults")

_SHARED = r"[,;]?\s*(?:chia|phân bổ|phan bo)(?:\s+(?:đều|deu|ra))?\s+theo\s+(?:(?:số|so)\s+)?"
_BY_ADULTS = patterns.compile(
    _SHARED + r"(?:người\s+|nguoi\s+)?(?:lớn|lon|trưởng thành|truong thanh)(?!\w)", re.IGNORECASE
)
_BY_HOUSEHOLDS = patterns.compile(_SHARED + r"(?:hộ|ho)(?!\w)(?:\s+(?:dân|dan)(?!\w))?", re.IGNORECASE)
_EACH = patterns.compile(
    r"[,;]?\s*(?<!\w)(?:mỗi|moi|từng|tung|các|cac|tất cả các|tat ca cac)\s+(?:thôn|thon|nơi|noi|xóm|xom|đơn vị|don vi)"
    r"(?!\w)",
    re.IGNORECASE,
)
_ALL = patterns.compile(r"(?<!\w)(?:toàn|toan|cả|ca)\s+(?:xã|xa)(?!\w)", re.IGNORECASE)
_PERCENT = patterns.compile(r"(?<=\d)\s*(?:%|phần trăm|phan tram)", re.IGNORECASE)


class FigureWish(Struct, frozen=True):
    """`way` says how an amount without a village is meant, "" when that was not said; `period` as in Figures."""

    entries: tuple[FigureEntry, ...]
    questions: tuple[FigureQuestion, ...]
    period: str
    way: Way


def wish(text: str, lexicon: Lexicon) -> FigureWish:
    """Read the wish of a person who sets targets; the numbers are read as strictly as those of reports."""
    way: Way = ""
    ways: Sequence[tuple[Way, re.Pattern[str]]] = (
        ("adults", _BY_ADULTS),
        ("households", _BY_HOUSEHOLDS),
        ("each", _EACH),
    )
    for name, pattern in ways:
        if pattern.search(text):
            way = way or name
            text = pattern.sub(" ", text)
    text = _PERCENT.sub("", _ALL.sub(" ", text))
    figures = read(text, lexicon, asked=True)
    period = "" if figures.period.startswith("D") else figures.period
    return FigureWish(figures.entries, figures.questions, period, way)
