"""Tokenize a message: words, amounts, signs, and the numbers that are no amounts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from bot.core.lean import patterns
from bot.core.text import clean, compiled, fold

from .lexicon import LexiconWord

AtomKind = Literal["word", "number", "slash", "percent", "sign", "minus", "soft", "hard", "period", "skip", "other"]

_ATOM = (
    r"""
      (?P<date> (?:(?:ngày|ngay)\s+)? \d{1,2}[/-]\d{1,2}[/-]\d{4}
          | (?:ngày|ngay)\s+\d{1,2}(?:\s*[/-]\s*\d{1,2}|\s+(?:tháng|thang)\s+\d{1,2})
          (?:\s+(?:năm|nam)\s+\d{4})?
          | (?:(?:ngày|ngay)\s+)?(?<!\w)(?:mùng|mung|mồng|mong)\s+\d{1,2}(?!\d)
          | (?<!\d\ )(?:ngày|ngay)\s+\d{1,2}(?!\d|\s*UNIT\b) )
    | (?P<period> (?:tuần|tuan)\s+(?:này|nay|trước|truoc|qua|rồi|\d{1,2}(?!\d)(?:YEAR)?(?!\s*[/-]\s*\d|[.]\d))
          | (?:tháng|thang)\s+(?:này|nay|trước|truoc|\d{1,2}(?!\d)(?:YEAR)?(?!\s*/\s*\d))
          | (?:quý|quy)\s+(?:[1-4]|iv|i{1,3}|này|nay|trước|truoc)\b(?:YEAR)?
          | (?:kỳ|ky)\s+(?:này|nay|trước|truoc)
          | (?<!\w)(?:hôm|hom|sáng|chiều|tối)\s+(?:qua|kia)(?!\w)
          | 6\s+(?:tháng|thang)\s+(?:cuối|cuoi)\s+(?:năm|nam)(?:OFYEAR)?
          | [69]\s+(?:tháng|thang)(?:\s+(?:đầu|dau)\s+(?:năm|nam)(?:OFYEAR)?|\s+(?:năm|nam)\s+20\d\d
              |(?!\s*(?:\d|này|nay|trước|truoc)))
          | (?:nửa|nua)\s+(?:đầu|dau|cuối|cuoi)\s+(?:năm|nam)(?:OFYEAR)?
          | (?<!\w)(?:cả|ca)\s+(?:năm|nam)(?:OFYEAR|(?!\s*\d))
          | (?:năm|nam)\s+20\d\d )
    | (?P<phone> (?<!\d) (?:\+84|0) (?:[ .-]?\d){8,10} (?!\d) )
    | (?P<time> \d{1,2}\s*(?:giờ|gio|h)\b\s*(?:\d{1,2}\b|rưỡi|ruoi)? (?:\s*(?:phút|phut))? | \d{1,2}[h:]\d{2}\b )
    | (?P<money> \d[\d.,]*\s*(?:k|đ|d|đồng|dong|vnd|vnđ|tr|triệu|trieu|tỷ|nghìn|nghin|ngàn|ngan)\b
          (?:\s*(?:đồng|dong))? )
    | (?P<percent> \d+(?:[.,]\d+)?\s*(?:%|phần\ trăm|phan\ tram) )
    | (?P<slash> (?<![\w.,/]) \d{1,7}\s*/\s*\d{1,7} (?![\w/]) )
    | (?P<number> (?<![\w.,]) \d+(?:[.,]\d+)* (?= UNIT\b | (?!\w) ) )
    | (?P<newline> \n+ | ; | [.](?=\s|$) )
    | (?P<soft> ,|:|\(|\) | (?<!\w)(?:và|va|với\ lại|voi\ lai)(?!\w) )
    | (?P<sign> [+=] )
    | (?P<minus> [-–—−] )
    | (?P<word> [^\W_]+ )
    | (?P<bold> (?<!\w)[*_]+(?=\w) | (?<=\w)[*_]+(?!\w) )
    | (?P<other> [?@#$&*<>_~≈≥≤±] )
    """.replace("UNIT", "(?:người|nguoi|ng|hộ|ho|hgđ|hgd|hồ|hs|lượt|luot|lần|lan|buổi|buoi|cuộc|cuoc|bộ|bo)")
    .replace("OFYEAR", r"(?:\s*/\s*|\s+)20\d\d(?!\d)")
    .replace("YEAR", r"\s*/\s*20\d\d|\s+(?:năm|nam)\s+20\d\d")
)
# "+ vneid 12" begins a line of a list, "+3 gian hàng" adds.
_BULLET = patterns.compile(
    r"^\s*(?:[-•*–]\s+|\+\s+(?=[^\W\d_])"
    r"|(\d{1,2}|[a-h])(?:\s*[.)]\s+|[./)-]\s*(?=[^\W\d_])|\ufe0f?\u20e3\s*))",
    re.MULTILINE | re.IGNORECASE,
)
_LIKE = frozenset({"voi", "bang", "nhu", "giong", "hon", "kem"})
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}


class Atom(Struct, frozen=True):
    """A piece of a message; `raw` keeps capitals, `word` is there for words and whole numbers.

    `start` and `end` are its place in what `written` gave.
    """

    kind: AtomKind
    text: str
    raw: str
    start: int
    end: int
    word: LexiconWord | None = None


def written(text: str) -> str:
    """Return a message as it is read and quoted: without bullets and list numbers."""
    typed = _without_bullets(clean(text))
    lowered = typed.lower()
    return typed if len(lowered) == len(typed) else lowered


def atoms(typed: str) -> list[Atom]:
    """Split a `written` message into its pieces, in order.

    Anything but words, numbers and signs (an emoji) is left out.
    """
    return list(_atoms(typed, typed.lower()))


def _atoms(typed: str, lowered: str) -> Iterator[Atom]:
    before = ""
    for found in compiled(_ATOM, re.VERBOSE).finditer(lowered):
        name, piece = found.lastgroup, found.group().strip()
        raw = typed[found.start() : found.end()].strip()
        at = found.span()
        compared, before = before in _LIKE, fold(piece)
        if name == "bold":
            continue
        if name in ("date", "phone", "time", "money", "other"):
            yield Atom("skip" if name == "date" else "other", _day(piece) if name == "date" else piece, raw, *at)
        elif name == "period" and compared:
            # "tăng 5 so với tuần trước" is no report of that week.
            yield Atom("other", piece, raw, *at)
        elif name == "period":
            yield Atom("period", _period(fold(piece)), raw, *at)
        elif name == "newline":
            yield Atom("hard", piece, raw, *at)
        elif name == "soft":
            yield Atom("soft", piece, raw, *at)
        elif name == "minus":
            spaced = lowered[found.end() : found.end() + 1].isspace()
            yield Atom("soft" if spaced else "minus", piece, raw, *at)
        elif name == "number":
            yield Atom("number", piece, raw, *at, LexiconWord(piece, piece, piece))
        elif name == "word":
            yield Atom("word", piece, raw, *at, LexiconWord.of(piece))
        elif name == "slash":
            yield Atom("slash", piece, raw, *at)
        elif name == "percent":
            yield Atom("percent", piece, raw, *at)
        else:
            yield Atom("sign", piece, raw, *at)


def _without_bullets(text: str) -> str:
    """Remove the dashes of lists, and their numbers and letters if these count 1, 2, 3 or a, b, c."""
    following = {"1", "a"}

    def take(found: re.Match[str]) -> str:
        mark = (found[1] or "").lower()
        if not mark:
            return "\n"
        if mark not in following:
            return found.group()
        following.remove(mark)
        following.add(str(int(mark) + 1) if mark.isdigit() else chr(ord(mark) + 1))
        return "\n"

    return _BULLET.sub(take, text)


def _day(piece: str) -> str:
    """Return the code of a day: `D20/11`, `D20/11/2026`; `D5` for “mùng 5”.

    Return "" for any other day without its month: it may be the number of a list.
    """
    numbers = re.findall(r"\d+", piece)
    first = re.search(r"m[uùoồ]ng", piece) is not None
    return "D" + "/".join(numbers) if len(numbers) > 1 or first else ""


def _period(piece: str) -> str:
    head, _, rest = piece.partition(" ")
    if head in ("hom", "sang", "chieu", "toi"):
        return "yesterday" if rest == "qua" else "before yesterday"
    year = re.search(r"(?<=\D)20\d\d$", rest)
    of_year = f"/{year[0]}" if year else ""
    if rest.split()[:1] and rest.split()[0] in ("nay", "truoc", "qua", "roi"):
        return "this" if rest == "nay" else "last"
    if head == "ca":
        return f"Y{year[0]}" if year else "Y"
    if head in ("6", "nua"):
        return f"H{2 if 'cuoi' in rest.split() else 1}{of_year}"
    if head == "9":
        return f"9M{of_year}"
    number = re.split(r"[ /]", rest)[0]
    if head == "tuan":
        return f"W{int(number)}{of_year}"
    if head == "thang":
        return f"M{int(number)}{of_year}"
    if head == "quy":
        return f"Q{_ROMAN.get(number, 0) or int(number)}{of_year}"
    return f"Y{number}"
