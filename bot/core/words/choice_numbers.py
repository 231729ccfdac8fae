"""The numbers by which people name lines of a list: `3`, `số 3`, `hai mốt`, `cái thứ hai`, `dòng cuối`, `1 và 2`."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.lean import patterns
from bot.core.small_words import AFTER, BEFORE
from bot.core.text import clean, fold

from .numbers import number_in_words

_TOKEN = patterns.compile(r"[-–+]?\d+|[^\W\d_]+|[^\s]")
_FIGURE = patterns.compile(r"[-–]?\d{1,3}")
_STOPS = frozenset(".,;:!?…()“”\"'")
_BETWEEN = frozenset({"va", "voi", "hoac", "hay", "&"})
_CLOSE = frozenset({"so", "chon", "cau"})
"""The only words beside a number that make it a choice where people talk to each other."""
_LEADING = _CLOSE | frozenset("toi bac ba ong cho lay bam go phim cai dong bai muc nut o".split())  # noqa: SIM905
_COUNTED = frozenset("cai dong bai muc cau nut o".split())  # noqa: SIM905
"""Words for lines: `cái thứ hai`. “Thứ hai” alone is a Monday."""
_ORDINALS = {"nhat": 1, "nhi": 2, "tu": 4}
_FIRST, _LAST = ("đầu", "dau"), ("cuối", "cuoi")
_GLUED = patterns.compile(r"\d[^\s\d,;&]+\d|\d[^\W\d_]|[^\W\d_]\d")
"""A date, a time, a fraction, an amount with its unit: no line of a list."""


def numbers_in(text: str, last: int, *, close: bool = False) -> Sequence[int]:
    """Return the numbers that a message consists of, none if it says anything else.

    `last` is the number of the last line. `close`: no word but `số`, `chọn`, `câu` may stand beside them.
    """
    answer = clean(text).lower().strip()
    if _GLUED.search(answer):
        return ()
    tokens = [token for token in _TOKEN.findall(answer) if token not in _STOPS]
    if close and any(token[0] in "-–" for token in tokens):
        return ()
    reader = _Reader(tokens, last, _CLOSE if close else _LEADING, marked=fold(answer) != answer)
    return reader.read(polite=not close)


class _Reader:
    def __init__(self, tokens: Sequence[str], last: int, leading: frozenset[str], *, marked: bool) -> None:
        self._tokens = tokens
        self._plain = [fold(token) for token in tokens]
        self._last = last
        self._leading = leading
        self._marked = marked

    def read(self, *, polite: bool) -> Sequence[int]:
        at, stop = 0, len(self._tokens)
        if polite:
            while stop > 1 and self._plain[stop - 1] in AFTER:
                stop -= 1
            while at < stop - 1 and self._plain[at] in BEFORE:
                at += 1
        found: list[int] = []
        while at < stop:
            at = self._led(at, stop)
            one = self._one(at, stop)
            if one is None:
                return ()
            number, at = one
            found.append(number)
            if at < stop - 1 and self._plain[at] in _BETWEEN:
                at += 1
        return found

    def _led(self, at: int, stop: int) -> int:
        """Skip the words that lead to a number. “Ba” is one of them before another one: `cho ba số 2`."""
        while at < stop - 1 and self._plain[at] in self._leading:
            if self._plain[at] == "ba" and self._tokens[at] == "ba" and self._plain[at + 1] not in self._leading:
                break
            at += 1
        return at

    def _one(self, at: int, stop: int) -> tuple[int, int] | None:
        """Return the number at `at`, and where it ends."""
        if at >= stop:
            return None
        if _FIGURE.fullmatch(self._tokens[at]):
            return int(self._tokens[at].replace("–", "-")), at + 1
        counted = at > 0 and self._plain[at - 1] in _COUNTED
        if (place := self._place(at, stop, counted=counted)) is not None:
            return place
        if counted and self._plain[at] == "thu" and at + 1 < stop:
            named = _ORDINALS.get(self._plain[at + 1])
            return (named, at + 2) if named is not None else self._one(at + 1, stop)
        if self._tokens[at] in ("tư", "tu"):
            return 4, at + 1
        number = number_in_words(self._tokens[at:stop], marked=self._marked)
        return None if number is None or number[0] != int(number[0]) else (int(number[0]), at + number[1])

    def _place(self, at: int, stop: int, *, counted: bool) -> tuple[int, int] | None:
        """Read an ordinal without a number, `đầu tiên`, `cái cuối`; “dau” alone may mean pain."""
        after = self._plain[at + 1] if at + 1 < stop else ""
        for names, whole, number in ((_FIRST, "tien", 1), (_LAST, "cung", self._last)):
            if self._tokens[at] in names:
                if after == whole:
                    return number, at + 2
                return (number, at + 1) if counted or self._tokens[at] == names[0] else None
        return None
