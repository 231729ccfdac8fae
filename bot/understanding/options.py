"""Which of the open choices is meant by words that are none of their labels.

Each choice of a guide has lines in which people said it (`examples/options/*.tsv`). Words are held against the lines of
the open choices, and against what people say for labels that have something in common with theirs: who has said “nỏ
chộ” for “Không thấy mã” says it for “Không thấy thẻ” too. A second sum tells an answer from a question of another kind.
"""

from __future__ import annotations

import hashlib
import math
import sys
from array import array
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.resources import files
from itertools import accumulate, pairwise
from pathlib import Path
from zlib import crc32

from msgspec import Struct
from pydantic import BaseModel

from bot.core.text import clean
from bot.features.search.spelling import folded

from .features import MAX_CHARACTERS, counted
from .model import Model, shipped

FOLDER = Path(__file__).parent / "examples" / "options"
TAKEN, ASKED = 0.6, 0.5
"""How sure a choice must be to be taken, and to be asked about."""
_SHOWN = 0.1
MOST_WORDS = 30
_FILE = "options.model"
_OWN, _POOLED, _OF_A_PART = 8.0, 20.0, 20.0
"""How many words of everyday answers are mixed into what was said for a choice, a label, and a part of a label."""
OF_A_CHOICE = 9
"""How many numbers say how well words fit a choice."""


class Said(Struct, frozen=True):
    """A line in which somebody chose `label` at a step of a guide."""

    text: str
    guide: str
    step: str
    label: str
    voice: str = ""
    writer: str = ""

    @property
    def place(self) -> Place:
        return self.guide, self.step, self.label


Rows = Sequence[Sequence[float]]
"""For each choice how well words fit it."""
Place = tuple[str, str, str]
"""Guide, step and label: what tells a choice from all others."""


class Open(Struct, frozen=True):
    """The choices that are open: their labels, and the same in another language."""

    guide: str
    step: str
    labels: Sequence[str]
    others: Sequence[str] = ()


class OptionReading(Struct, frozen=True):
    """The places of the choices that may be meant, the likeliest first, and how surely the first one is."""

    places: Sequence[int]
    surely: float

    @property
    def taken(self) -> bool:
        return self.surely >= TAKEN

    @property
    def asked(self) -> bool:
        return self.surely >= ASKED


class Header(BaseModel, defer_build=True):
    """`choice` and `answer` are the weights of the two sums, `scale` one step of a word's worth as an answer."""

    tokens: int
    entries: int
    choice: tuple[float, ...]
    answer: tuple[float, ...]
    scale: float
    data: str


class OptionModel(Struct, frozen=True, dict=True):
    """How often each word was said for each choice, and how much it tells an answer from other talk."""

    header: Header
    hashes: Sequence[int]
    answering: Sequence[int]
    starts: Sequence[int]
    choices: Sequence[int]
    counts: bytes

    @classmethod
    def read(cls, data: bytes) -> OptionModel:
        """Read a file that `write` made."""
        line, _, rest = data.partition(b"\n")
        header = Header.model_validate_json(line)
        at = 0

        def taken(kind: str, count: int) -> array[int]:
            nonlocal at
            found = array(kind)
            size = found.itemsize * count
            found.frombytes(rest[at : at + size])
            at += size
            if sys.byteorder == "big":
                found.byteswap()
            return found

        hashes, answering = taken("I", header.tokens), taken("b", header.tokens)
        starts = array("I", accumulate(taken("H", header.tokens), initial=0))
        return cls(header, hashes, answering, starts, taken("H", header.entries), taken("B", header.entries).tobytes())

    def write(self) -> bytes:
        """Write the file."""
        sizes = array("H", (after - before for before, after in pairwise(self.starts)))
        arrays = (
            array("I", self.hashes), array("b", self.answering), sizes, array("H", self.choices),
            array("B", self.counts),
        )  # fmt: skip
        if sys.byteorder == "big":
            for one in arrays:
                one.byteswap()
        return self.header.model_dump_json().encode() + b"\n" + b"".join(one.tobytes() for one in arrays)

    def said_for(self, token: int) -> Mapping[int, int]:
        """Return how often a word was said for each choice."""
        if (at := self._place(token)) is None:
            return {}
        places = slice(self.starts[at], self.starts[at + 1])
        return dict(zip(self.choices[places], self.counts[places], strict=True))

    def worth(self, token: int) -> float:
        """Return the worth of a word as a sign of an answer."""
        at = self._place(token)
        return 0.0 if at is None else self.answering[at] * self.header.scale

    def _place(self, token: int) -> int | None:
        at = bisect_left(self.hashes, token)
        return at if at < len(self.hashes) and self.hashes[at] == token else None

    @cached_property
    def totals(self) -> Mapping[int, int]:
        """Return how many words were said for each choice."""
        found: Counter[int] = Counter()
        for choice, count in zip(self.choices, self.counts, strict=True):
            found[choice] += count
        return found

    @cached_property
    def whole(self) -> int:
        return sum(self.counts)


@cache
def _shipped() -> OptionModel:
    return OptionModel.read(files(__package__).joinpath(_FILE).read_bytes())


def tokens(text: str) -> AbstractSet[int]:
    """Return the hashes of the words and word pairs of a text, without their marks."""
    bare = folded(clean(text[:MAX_CHARACTERS]))
    return {crc32(one.encode()) for one in (*bare, *(f"{one} {other}" for one, other in pairwise(bare)))}


def _parts(label: str) -> AbstractSet[str]:
    """Return what a label may have in common with others: its words, pairs, beginning, and the whole of it."""
    bare = folded(clean(label))
    pairs = [f"{one} {other}" for one, other in pairwise(bare)]
    return {*bare, *pairs, f"={label}", *(f"^{each}" for each in (*bare[:1], *pairs[:1]))}


def read(folder: Path = FOLDER) -> Sequence[Said]:
    """Return the lines of all files: text, guide, step, label, voice."""
    return [one for path in sorted(folder.glob("*.tsv")) for one in said_in(path)]


def said_in(path: Path) -> Sequence[Said]:
    """Return the lines of one file, whose name is the writer."""
    told = [line.split("\t") for line in path.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    return [Said(text, guide, step, label, voice, path.stem) for text, guide, step, label, voice in told]


def digest(folder: Path = FOLDER) -> str:
    """Return the SHA-256 of all lines, by which the trained file names its data."""
    whole = hashlib.sha256()
    for path in sorted(folder.glob("*.tsv")):
        whole.update(path.name.encode() + b"\n" + path.read_bytes())
    return whole.hexdigest()


class Lines(Struct, frozen=True, dict=True):
    """The lines that the bot knows, by choice; a choice has a number, by which the trained file names it."""

    said: Mapping[Place, Sequence[str]]

    @classmethod
    def of(cls, lines: Sequence[Said]) -> Lines:
        found: dict[Place, list[str]] = defaultdict(list)
        for one in lines:
            found[one.place].append(one.text)
        return cls({place: found[place] for place in sorted(found)})

    @cached_property
    def numbers(self) -> Mapping[Place, int]:
        return {place: number for number, place in enumerate(self.said)}

    @cached_property
    def sharing(self) -> Mapping[str, AbstractSet[int]]:
        """Return the choices whose labels have a part in common."""
        found: dict[str, set[int]] = defaultdict(set)
        for (_, _, label), number in self.numbers.items():
            for part in _parts(label):
                found[part].add(number)
        return found


@cache
def _shipped_lines() -> Lines:
    return Lines.of(read())


@dataclass(frozen=True)
class OptionReader:
    """Reads a choice out of words."""

    lines: Callable[[], Lines] = _shipped_lines
    model: Callable[[], OptionModel] = _shipped
    rare: Callable[[], Model] = shipped
    _vectors: dict[str, Mapping[int, float]] = field(default_factory=dict, compare=False)
    _columns: dict[int, _Column] = field(default_factory=dict, compare=False)
    _nearby: dict[Place, _Nearby] = field(default_factory=dict, compare=False)
    _labels: dict[tuple[str, str], _Label] = field(default_factory=dict, compare=False)
    _terms: dict[tuple[int | None, str, str], _Terms] = field(default_factory=dict, compare=False)

    def choose(self, words: str, asked: Open) -> OptionReading | None:
        """Return what is meant; None where nobody has written lines for the step, or the words tell nothing."""
        known = self.lines().numbers
        if len(words.split()) > MOST_WORDS or not any((asked.guide, asked.step, one) in known for one in asked.labels):
            return None
        said = tokens(words)
        if not said:
            return None
        rows = self._fits(words, said, asked, None)
        likely = self.likely(rows)
        ranked = sorted(range(len(likely)), key=lambda at: -likely[at])
        row = self.answers(said, likely, rows)
        surely = 1 / (1 + math.exp(-_sum(self.model().header.answer, row)))
        return OptionReading([at for at in ranked if at == ranked[0] or likely[at] >= _SHOWN], surely)

    def fits(self, words: str, asked: Open, of: Place | None = None) -> Rows:
        """Return how well words fit each choice; `of`: they are a line of this choice, which is not held against it."""
        return self._fits(words, tokens(words), asked, of)

    def _fits(self, words: str, said: AbstractSet[int], asked: Open, of: Place | None) -> Rows:
        heard = self._heard(said, self.lines().numbers[of] if of else None)
        vector = self._vector(words)
        others = asked.others or [""] * len(asked.labels)
        found: list[Sequence[float]] = []
        for label, other in zip(asked.labels, others, strict=True):
            place = asked.guide, asked.step, label
            near = self._near(place).to(vector, words if place == of else "")[:3]
            number = self.lines().numbers.get(place)
            terms = self._known_terms(number, label, other) if of is None else {}
            pooled, own, parts = heard.of(number, self._label(label, other, heard), terms)
            many = math.sqrt(len(said) or 1)
            found.append(
                (
                    near[0] if near else 0.0,
                    sum(near) / 3,
                    _common(vector, self._kept(label)),
                    _common(vector, self._kept(other)),
                    pooled / 10,
                    parts / 10,
                    pooled / many / 5,
                    own / many / 5,
                    parts / many / 5,
                )
            )
        return found

    def likely(self, rows: Rows) -> Sequence[float]:
        """Return the probability of each choice, if one of them is meant."""
        sums = [_sum(self.model().header.choice, row) for row in rows]
        highest = max(sums)
        worth = [math.exp(each - highest) for each in sums]
        total = sum(worth)
        return [each / total for each in worth]

    def answers(self, said: AbstractSet[int], likely: Sequence[float], rows: Rows) -> Sequence[float]:
        """Return what tells an answer from other talk."""
        ranked = sorted(range(len(likely)), key=lambda at: -likely[at])
        best = rows[ranked[0]]
        columns = [self._column(token) for token in said]
        worth = sum([column.worth for column in columns])
        unheard = sum([not column.said for column in columns]) / len(said)
        apart = math.log(likely[ranked[0]] + 1e-6) - math.log((likely[ranked[1]] if len(ranked) > 1 else 0.0) + 1e-3)
        return (
            1.0,
            apart / 5,
            max(best[0], best[2], best[3]),
            best[1],
            best[7],
            best[8],
            worth / 5,
            unheard,
            (math.log(len(said))),
        )

    def _near(self, place: Place) -> _Nearby:
        if place not in self._nearby:
            if len(self._nearby) > _MOST_NEARBY:
                self._nearby.clear()
            self._nearby[place] = _Nearby.of(self.lines().said.get(place, ()), self._vector)
        return self._nearby[place]

    def _kept(self, text: str) -> Mapping[int, float]:
        """Return the features of a label; those of a step are wanted again when the next word is said there."""
        if text not in self._vectors:
            if len(self._vectors) > _MOST_KEPT:
                self._vectors.clear()
            self._vectors[text] = self._vector(text)
        return self._vectors[text]

    def _heard(self, said: AbstractSet[int], left_out: int | None) -> _Heard:
        model = self.model()
        known = {token: self._column(token) for token in said}
        columns = {token: column.said for token, column in known.items()}
        common = {token: (column.whole + 0.5) / (model.whole + 1) for token, column in known.items()}
        if left_out is None:
            return _Heard(columns, common, model.totals)
        columns = {token: {**column, left_out: column.get(left_out, 0) - 1} for token, column in columns.items()}
        return _Heard(columns, common, {**model.totals, left_out: model.totals.get(left_out, 0) - len(said)}, left_out)

    def _column(self, token: int) -> _Column:
        """Return for which choices a word was said; the commonest, said for hundreds, come with nearly every answer."""
        if (found := self._columns.get(token)) is None:
            if len(self._columns) > _MOST_COLUMNS:
                self._columns.clear()
            said = self.model().said_for(token)
            found = self._columns[token] = _Column(said, sum(said.values()), self.model().worth(token))
        return found

    def _known_terms(self, number: int | None, label: str, other: str) -> _Terms:
        """Return what words were worth for a choice; who answers a page says much of what others said there."""
        if (found := self._terms.get((number, label, other))) is None:
            if len(self._terms) > _MOST_NEARBY:
                self._terms.clear()
            found = self._terms[number, label, other] = {}
        if len(found) > _MOST_TERMS:
            found.clear()
        return found

    def _label(self, label: str, other: str, heard: _Heard) -> _Label:
        """Return what is known of a label, which is the same for all words that are said at its step."""
        if (label, other) not in self._labels:
            if len(self._labels) > _MOST_KEPT:
                self._labels.clear()
            self._labels[label, other] = _Label.of(label, other, self.lines().sharing, self.model().totals)
        known = self._labels[label, other]
        if heard.left_out is None or not (heard.left_out in known.worth or heard.left_out in known.alike):
            return known
        return _Label.of(label, other, self.lines().sharing, heard.totals)

    def _vector(self, text: str) -> Mapping[int, float]:
        """Return the features of a text, each as rare as it is, with length 1."""
        found = counted(text)
        counts = zip(found.items(), self.rare().rarities_of(found), strict=True)
        worth = {feature: each if count == 1 else (1 + math.log(count)) * each for (feature, count), each in counts}
        length = math.sqrt(sum([value * value for value in worth.values()])) or 1.0
        return {feature: value / length for feature, value in worth.items()}


_MOST_KEPT, _MOST_COLUMNS, _MOST_NEARBY, _MOST_TERMS = 500, 200, 100, 100
_Terms = dict[int, tuple[float, float, float]]
"""By word: how much likelier it is for the label, for this very choice, and for the parts of its label."""


class _Nearby(Struct, frozen=True):
    """The lines of a choice by their features: words have few of them in common with most lines."""

    lines: Sequence[str]
    holding: Mapping[int, Sequence[tuple[int, float]]]
    """For each feature the places of the lines that have it, with its worth in each."""

    @classmethod
    def of(cls, lines: Sequence[str], vector: Callable[[str], Mapping[int, float]]) -> _Nearby:
        holding: dict[int, list[tuple[int, float]]] = defaultdict(list)
        for at, line in enumerate(lines):
            for feature, value in vector(line).items():
                holding[feature].append((at, value))
        return cls(lines, dict(holding))

    def to(self, vector: Mapping[int, float], but: str) -> Sequence[float]:
        """Return how much a text has in common with each line, the nearest first; `but` is a line that is left out."""
        found = [0.0] * len(self.lines)
        for feature in vector.keys() & self.holding.keys():
            own = vector[feature]
            for at, value in self.holding[feature]:
                found[at] += own * value
        kept = [each for each, line in zip(found, self.lines, strict=True) if line != but] if but else found
        return sorted(kept, reverse=True)


class _Column(Struct, frozen=True):
    """How often a word was said for each choice, and for all of them; `worth` as a sign of an answer."""

    said: Mapping[int, int]
    whole: int
    worth: float


class _Label(Struct, frozen=True):
    """A label: the tokens of it and of its other language, and what was said for labels like it.

    `alike` are the choices that bear it, for which `said` words were said. Of each choice whose label has a part in
    common `worth` says how much one of its words counts, and `base` how much one that was never said for any.
    """

    named: AbstractSet[int]
    alike: AbstractSet[int]
    said: int
    worth: Mapping[int, float]
    base: float

    @classmethod
    def of(cls, label: str, other: str, sharing: Mapping[str, AbstractSet[int]], totals: Mapping[int, int]) -> _Label:
        parts = [sharing[part] for part in _parts(label) if part in sharing]
        weights = [1 / math.sqrt(len(members)) for members in parts]
        worth: dict[int, float] = defaultdict(float)
        base = 0.0
        for members, weight in zip(parts, weights, strict=True):
            each = weight / sum(weights) / (_said(members, totals) + _OF_A_PART)
            base += each * _OF_A_PART
            for member in members:
                worth[member] += each
        alike = sharing.get(f"={label}", frozenset())
        return cls(tokens(label) | tokens(other), alike, _said(alike, totals), worth, base)


def _said(members: AbstractSet[int], totals: Mapping[int, int]) -> int:
    """Return how many words were said for some choices."""
    return sum(totals.get(member, 0) for member in members)


class _Heard(Struct, frozen=True):
    """For which choices the words of one message were said elsewhere, and how common each word is.

    `totals`: how many words were said for each choice. `left_out` is the choice of which the message is a line, which
    counts in none of them.
    """

    columns: Mapping[int, Mapping[int, int]]
    common: Mapping[int, float]
    totals: Mapping[int, int]
    left_out: int | None = None

    def of(self, number: int | None, label: _Label, terms: _Terms) -> tuple[float, float, float]:
        """Return how much likelier the words are for the label, this very choice, and the parts of its label.

        `terms` are those of words that were said before with nothing left out, and gets those of the others.
        """
        pooled = own = shared = 0.0
        for token in self.columns:
            if (known := terms.get(token)) is None:
                known = terms[token] = self._of_word(token, number, label)
            pooled += known[0]
            own += known[1]
            shared += known[2]
        return pooled, own, shared

    def _of_word(self, token: int, number: int | None, label: _Label) -> tuple[float, float, float]:
        itself = 0 if number is None else self.totals.get(number, 0)
        of_label, of_choice = label.said + len(label.named) + _POOLED, itself + len(label.named) + _OWN
        column, common, name = self.columns[token], self.common[token], token in label.named
        usual = (_count(column, label.alike) + name + _POOLED * common) / of_label
        said = 0 if number is None else column.get(number, 0)
        return (
            math.log(usual / common),
            math.log((said + name + _OWN * usual) / of_choice / common),
            math.log(_weighed(column, label.worth) / common + label.base) if label.worth else 0.0,
        )


# What two have in common is mostly little or nothing, and the interpreter finds it faster than a loop does.


def _count(column: Mapping[int, int], members: AbstractSet[int]) -> int:
    return sum([column[choice] for choice in column.keys() & members])


def _weighed(column: Mapping[int, int], worth: Mapping[int, float]) -> float:
    return sum([column[choice] * worth[choice] for choice in column.keys() & worth.keys()])


def _sum(weights: Sequence[float], row: Sequence[float]) -> float:
    return sum([weight * value for weight, value in zip(weights, row, strict=True)])


def _common(one: Mapping[int, float], other: Mapping[int, float]) -> float:
    return sum([one[feature] * other[feature] for feature in one.keys() & other.keys()])
