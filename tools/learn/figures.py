"""What the reader of figures is trained on: for each number of an example, what it counts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from bot.core.text import fold
from bot.features.checkins import indicators
from bot.features.checkins.reading.figures import report_text
from bot.features.checkins.reading.lexicon import Lexicon
from bot.understanding.examples import Example
from bot.understanding.figures import UNSURE, WHOLE
from bot.understanding.model import NONE
from bot.understanding.numbers_in_context import Numbers, context_of, numbers_of

MOST_WEIGHTS = 150_000
_ONE_OF = 3  # of what nobody says as a leader, numbers of each third example teach enough
_LABEL = re.compile(r"(?P<code>[A-Z]{2}\d\d)=(?P<new>\+?)(?P<value>\d+(?:\.\d+)?)(?:/(?P<of>\d+))?")
_WITH_NAME = ("{name} 12", "12 {name}", "{name} 12 {unit}", "12 {unit} {name}", "thêm 12 {name}")


@dataclass(frozen=True)
class Label:
    """A figure that an example reports."""

    code: str
    new: bool
    value: Decimal
    out_of: Decimal | None


def labels_of(example: Example) -> Sequence[Label]:
    """Return the figures of an example; none where it brings none, or none that is sure."""
    if not brings_figures(example):
        return []
    return [
        Label(one["code"], bool(one["new"]), Decimal(one["value"]), Decimal(one["of"]) if one["of"] else None)
        for one in _LABEL.finditer(example.figures)
    ]


def brings_figures(example: Example) -> bool:
    return not {"leader:report", "leader:amend"}.isdisjoint(example.meanings)


def rows(examples: Iterable[Example]) -> tuple[Sequence[Counter[int]], Sequence[str]]:
    """Return the features of numbers and what each counts; names of indicators teach as well."""
    lexicon = Lexicon(indicators.defaults())
    found: list[tuple[Counter[int], str]] = []
    for number, example in enumerate(examples):
        leader = example.meanings[0].startswith("leader:")
        if not leader and number % _ONE_OF:
            continue
        numbers = numbers_of(report_text(example.text, lexicon).body)
        kinds = aligned(example, numbers)
        found += _rows(numbers, kinds, lexicon)
        bare = numbers_of(report_text(fold(example.text), lexicon).body)
        same = [one.value for one in bare.spots] == [one.value for one in numbers.spots]
        if leader and same and bare.typed != numbers.typed:
            found += _rows(bare, kinds, lexicon)
    for one in indicators.defaults():
        for name in dict.fromkeys((one.label, *one.aliases)):
            for words in _WITH_NAME:
                numbers = numbers_of(words.format(name=name, unit=one.unit))
                found += _rows(numbers, [one.code if spot.value == 12 else "" for spot in numbers.spots], lexicon)
    return [features for features, _ in found], [kind for _, kind in found]


def _rows(numbers: Numbers, kinds: Sequence[str], lexicon: Lexicon) -> list[tuple[Counter[int], str]]:
    return [(context_of(numbers, at, lexicon), kind) for at, kind in enumerate(kinds) if kind]


def aligned(example: Example, numbers: Numbers) -> Sequence[str]:
    """Return what each number of an example counts, "" where several are alike and it is not known which is meant.

    A figure that stands nowhere (`chị sáu lượt, chú bảy lượt` for 13) leaves all other numbers unsure.
    """
    labels = labels_of(example)
    if not labels:
        return [UNSURE if brings_figures(example) else NONE for _ in numbers.spots]
    found = [NONE for _ in numbers.spots]
    free = set(range(len(found)))
    missing = False
    for value, out_of in dict.fromkeys((one.value, one.out_of) for one in labels):
        same = [one for one in labels if (one.value, one.out_of) == (value, out_of)]
        alike = [at for at in sorted(free) if numbers.spots[at].value == value]
        whole = [at for at in alike if out_of is not None and numbers.spots[at].out_of == out_of]
        places = whole or [at for at in alike if out_of is None or numbers.spots[at].out_of is None]
        free.difference_update(places)
        if not whole and out_of is not None:
            wholes = [at for at in free if numbers.spots[at].value == out_of and numbers.spots[at].out_of is None]
            if len(wholes) == 1:
                found[wholes[0]] = WHOLE
                free.difference_update(wholes)
        missing = missing or len(places) < len(same)
        for number, at in enumerate(places):
            found[at] = same[number].code if len(places) == len(same) else ""
    return [UNSURE if missing and one == NONE else one for one in found]
