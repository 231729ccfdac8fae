"""Read what each number of a leader's message counts: learned from examples, and held against what the rules read.

The rules (`bot.features.checkins.reading`) read a part of which they know every word. For all else the model says of
each number which indicator it counts, that it is the whole of another one, no figure at all, or that nobody could tell.
A message is read only when each of its numbers is settled; otherwise the first that is not is asked about.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from importlib.resources import files

from msgspec import Struct

from bot.core.lean.values import replace
from bot.features.checkins.model import GIVEN, FigureEntry, FigureQuestion, Figures, Sign
from bot.features.checkins.reading import vocabulary as say
from bot.features.checkins.reading.entries import is_part
from bot.features.checkins.reading.figures import period_in, read, report_text
from bot.features.checkins.reading.lexicon import Lexicon, match

from .model import NONE, Model
from .numbers_in_context import (
    Numbers,
    Spot,
    context_of,
    misspelled,
    named_in_clause,
    numbers_of,
    villages_in,
    words_before,
)

WHOLE, UNSURE = "of", "?"
"""What a number may be beside a figure and nothing: the whole of a figure, and what the writer was not sure of."""
_NO_CODES = frozenset({NONE, WHOLE, UNSURE})
_SURE, _FIGURE, _NO_FIGURE, _LEFT, _RIVAL, _OTHER = 0.9, 0.6, 0.6, 0.15, 0.02, 0.5
"""How likely its indicator is among indicators, and among everything, for a number that is read; how likely a number
is none that contradicts the rules; and how likely a figure must be to be asked about. Chosen on writers left out."""
_MOST_OFFERED = 3
_MIGHT = 0.03
_WHOLE_SURE = 0.5
_FILE = "figures.model"
_NOT_MORE = say.phrases("la, thanh, gio, chu, len, nay, chua, khong, hong, ko")
_TOTAL = say.TOTAL - say.phrases("dat, co")
_ADDED = say.phrases("+, them, cong them, tang them, them duoc, moi them")


@cache
def shipped() -> Model:
    """Return the model of figures that is shipped."""
    return Model.read(files(__package__).joinpath(_FILE).read_bytes())


class Unsettled(Struct, frozen=True):
    """A number to ask about: where it begins, how it was written, and what it may count, likeliest first."""

    start: int
    said: str
    codes: tuple[str, ...]


class Understood(Struct, frozen=True):
    """`figures` hold nothing that is sure while a number is `unsettled`."""

    figures: Figures
    unsettled: Unsettled | None = None


class Guess(Struct, frozen=True):
    """The opinion of the model on a number: each indicator among indicators, and what it is at all."""

    codes: Mapping[str, float]
    all: Mapping[str, float]

    @property
    def code(self) -> str:
        return max(self.codes, key=lambda code: self.codes[code], default="")

    @property
    def ranked(self) -> Sequence[str]:
        return sorted(self.codes, key=lambda code: -self.codes[code])

    @property
    def no_figure(self) -> float:
        return self.all.get(NONE, 0.0) + self.all.get(WHOLE, 0.0)


def guess(model: Model, numbers: Numbers, at: int, lexicon: Lexicon) -> Guess:
    """Return what the model says of a number, of indicators only those that the commune counts."""
    points = model.scores_of(context_of(numbers, at, lexicon))
    known = {name: math.exp(value) for name, value in points.items() if name in _NO_CODES or name in lexicon.codes}
    total = sum(known.values()) or 1.0
    likely = {name: value / total for name, value in known.items()}
    codes = {name: value for name, value in likely.items() if name not in _NO_CODES}
    figure = sum(codes.values()) or 1.0
    return Guess({code: value / figure for code, value in codes.items()}, likely)


class FigureReader(Struct, frozen=True):
    """Reads figures out of words."""

    model: Callable[[], Model] = shipped

    def understand(self, text: str, lexicon: Lexicon, chosen: Mapping[int, str] | None = None) -> Understood:
        """Read a report. `chosen` is what the leader said of a number (by its start): a code, or "" for no figure."""
        rules = read(text, lexicon, asked=True)
        numbers = numbers_of(report_text(text, lexicon).body)
        villages = villages_in(numbers, lexicon)
        if period_in(numbers.atoms) is None or len(villages) > 1 or any(one.startswith("?") for one in villages):
            # Which figure is of which period, or of which village, is left to the rules.
            return Understood(rules)
        guesses = [guess(self.model(), numbers, at, lexicon) for at in range(len(numbers.spots))]
        by_rules = _matched(rules, numbers.spots)
        settled: dict[int, str] = {}
        for at, spot in enumerate(numbers.spots):
            of = (chosen or {}).get(spot.start)
            found = of if of is not None else self._settled(numbers, at, guesses, by_rules, lexicon)
            if found is None:
                return Understood(replace(rules, entries=()), _asked(numbers, at, guesses[at], lexicon))
            settled[at] = found
        likely = [at for at, spot in enumerate(numbers.spots) if spot.clear and guesses[at].no_figure < 1 - _MIGHT]
        if likely and not chosen and not any(settled.values()):
            # It was said to be a report, so the likeliest of its numbers is asked about.
            at = min(likely, key=lambda place: guesses[place].no_figure)
            return Understood(replace(rules, entries=()), _asked(numbers, at, guesses[at], lexicon))
        return Understood(_figures(rules, numbers, settled, by_rules, guesses, lexicon, next(iter(villages), "")))

    def _settled(
        self, numbers: Numbers, at: int, guesses: Sequence[Guess], by_rules: Mapping[int, FigureEntry], lexicon: Lexicon
    ) -> str | None:
        """Return the indicator of a number, "" for no figure, None where it has to be asked."""
        spot, one = numbers.spots[at], guesses[at]
        entry = by_rules.get(at)
        code = one.code if entry is None else entry.indicator
        rivals = [
            place
            for place, other in enumerate(guesses)
            if place != at and other.all.get(code, 0.0) > _RIVAL and by_rules.get(place, entry) is entry
        ]
        slip = misspelled(numbers, at, lexicon)
        if entry is not None:
            agreed = one.code == code or code not in one.codes or one.codes[one.code] < _OTHER
            if slip:
                # The rules may have read the rest of a longer name.
                agreed = one.code == code and one.codes[code] >= _SURE
            if not spot.clear:
                return None
            return code if agreed and not rivals and one.no_figure < _NO_FIGURE else None
        if not spot.clear or 1 - one.no_figure < _LEFT:
            return ""
        named = named_in_clause(numbers, at, lexicon)
        strange = [name for name in named if name not in self.model().header.meanings]
        sure = one.codes.get(code, 0.0) >= _SURE and one.all[code] >= _FIGURE
        return code if sure and not slip and not strange and code in (named or [code]) and not rivals else None


def _asked(numbers: Numbers, at: int, one: Guess, lexicon: Lexicon) -> Unsettled:
    spot = numbers.spots[at]
    codes = dict.fromkeys([*named_in_clause(numbers, at, lexicon), *one.ranked])
    return Unsettled(spot.start, numbers.typed[spot.start : spot.end], tuple(codes)[:_MOST_OFFERED])


def _matched(rules: Figures, spots: Sequence[Spot]) -> Mapping[int, FigureEntry]:
    """Return the entry of the rules that each number gave, by its place."""
    found: dict[int, FigureEntry] = {}
    for entry in rules.entries:
        for at, spot in enumerate(spots):
            if at not in found and spot.value == entry.value and spot.out_of in (None, entry.out_of):
                found[at] = entry
                break
    return found


def _figures(
    rules: Figures, numbers: Numbers, settled: Mapping[int, str], by_rules: Mapping[int, FigureEntry],
    guesses: Sequence[Guess], lexicon: Lexicon, village: str,
) -> Figures:  # fmt: skip
    """Return the figures of a message of which each number is settled."""
    questions = [one for one in rules.questions if one.kind not in ("unread", "name")]
    entries: list[FigureEntry] = []
    for at, spot in enumerate(numbers.spots):
        said = numbers.typed[spot.start : spot.end]
        code = settled[at]
        if not code:
            if not spot.clear and guesses[at].no_figure < 1 - _LEFT:
                questions.append(FigureQuestion("number", "", said))
            continue
        if at in by_rules and by_rules[at].indicator == code:
            entries.append(by_rules[at])
            continue
        whole = spot.out_of if spot.out_of is not None else _whole(code, numbers, at, settled, guesses, lexicon)
        broken = spot.value != spot.value.to_integral_value() and not lexicon.takes_fractions(code)
        if not spot.clear or broken or (whole is not None and not is_part(code, spot.value, whole, lexicon)):
            questions.append(FigureQuestion("number", code, said))
        elif any(one.indicator == code for one in entries):
            questions.append(FigureQuestion("two", code, said))
            entries = [one for one in entries if one.indicator != code]
        else:
            sign = "=" if whole is not None else _sign(numbers, at)
            entries.append(FigureEntry(code, sign, spot.value, village, whole))
    return replace(rules, entries=tuple(entries), questions=tuple(dict.fromkeys(questions)))


def _whole(
    code: str, numbers: Numbers, at: int, settled: Mapping[int, str], guesses: Sequence[Guess], lexicon: Lexicon
) -> Decimal | None:
    """Return the whole that the message gives a figure elsewhere: `gọi lại 20 người, còn dùng 17`."""
    if lexicon.indicator(code).denominator != GIVEN:
        return None
    wholes = [
        numbers.spots[place].value
        for place, one in enumerate(guesses)
        if place != at and not settled[place] and one.all.get(WHOLE, 0.0) >= _WHOLE_SURE
    ]
    return wholes[0] if len(wholes) == 1 and wholes[0] >= numbers.spots[at].value else None


def _sign(numbers: Numbers, at: int) -> Sign:
    """Return whether a figure is added or a total, where its clause says so before it: `thêm 4`, `tổng cộng 12`."""
    words = words_before(numbers, at)
    for place in range(len(words) - 1, -1, -1):
        here = words[place:]
        if match(here, _TOTAL):
            return "="
        if match(here, _NOT_MORE):
            return "?"
        if match(here, _ADDED):
            return "+"
    return "?"
