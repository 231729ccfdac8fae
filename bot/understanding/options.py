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

from pydantic import BaseModel

from bot.core.text import clean
from bot.features.search.spelling import folded

from .features import MAX_CHARACTERS, features
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


@dataclass(frozen=True)
class Said:
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


@dataclass(frozen=True)
class Open:
    """The choices that are open: their labels, and the same in another language."""

    guide: str
    step: str
    labels: Sequence[str]
    others: Sequence[str] = ()


@dataclass(frozen=True)
class OptionReading:
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


@dataclass(frozen=True)
class OptionModel:
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

    def of(self, token: int) -> tuple[Mapping[int, int], float]:
        """Return how often a word was said for each choice, and its worth as a sign of an answer."""
        at = bisect_left(self.hashes, token)
        if at == len(self.hashes) or self.hashes[at] != token:
            return {}, 0.0
        places = range(self.starts[at], self.starts[at + 1])
        return {self.choices[n]: self.counts[n] for n in places}, self.answering[at] * self.header.scale

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


@dataclass(frozen=True)
class Lines:
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
    _labels: dict[tuple[str, str], _Label] = field(default_factory=dict, compare=False)

    def choose(self, words: str, asked: Open) -> OptionReading | None:
        """Return what is meant; None where nobody has written lines for the step, or the words tell nothing."""
        known = self.lines().numbers
        if len(words.split()) > MOST_WORDS or not any((asked.guide, asked.step, one) in known for one in asked.labels):
            return None
        said = tokens(words)
        if not said:
            return None
        rows = self.fits(words, asked)
        likely = self.likely(rows)
        ranked = sorted(range(len(likely)), key=lambda at: -likely[at])
        row = self.answers(said, likely, rows)
        surely = 1 / (1 + math.exp(-_sum(self.model().header.answer, row)))
        return OptionReading([at for at in ranked if at == ranked[0] or likely[at] >= _SHOWN], surely)

    def fits(self, words: str, asked: Open, of: Place | None = None) -> Rows:
        """Return how well words fit each choice; `of`: they are a line of this choice, which is not held against it."""
        said = tokens(words)
        columns = {token: self.model().of(token)[0] for token in said}
        common = {token: (sum(column.values()) + 0.5) / (self.model().whole + 1) for token, column in columns.items()}
        heard = _Heard(self.model(), self.lines(), columns, common, self.lines().numbers[of] if of else None)
        vector = self._vector(words)
        others = asked.others or [""] * len(asked.labels)
        found: list[Sequence[float]] = []
        for label, other in zip(asked.labels, others, strict=True):
            place = asked.guide, asked.step, label
            lines = [one for one in self.lines().said.get(place, ()) if place != of or one != words]
            near = sorted((_common(vector, self._kept(one)) for one in lines), reverse=True)[:3]
            pooled, own, parts = heard.of(place, self._label(label, other))
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
        worth = [math.exp(each - max(sums)) for each in sums]
        return [each / sum(worth) for each in worth]

    def answers(self, said: AbstractSet[int], likely: Sequence[float], rows: Rows) -> Sequence[float]:
        """Return what tells an answer from other talk."""
        ranked = sorted(range(len(likely)), key=lambda at: -likely[at])
        best = rows[ranked[0]]
        known = [self.model().of(token) for token in said]
        worth = sum(value for _, value in known)
        unheard = sum(not column for column, _ in known) / len(said)
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

    def _kept(self, text: str) -> Mapping[int, float]:
        """Return the features of a line or label; those of a step are wanted again when the next word is said there."""
        if text not in self._vectors:
            if len(self._vectors) > _MOST_KEPT:
                self._vectors.clear()
            self._vectors[text] = self._vector(text)
        return self._vectors[text]

    def _label(self, label: str, other: str) -> _Label:
        """Return what is known of a label, which is the same for all words that are said at its step."""
        if (label, other) not in self._labels:
            if len(self._labels) > _MOST_KEPT:
                self._labels.clear()
            self._labels[label, other] = _Label.of(label, other, self.lines().sharing, self.model().totals)
        return self._labels[label, other]

    def _vector(self, text: str) -> Mapping[int, float]:
        """Return the features of a text, each as rare as it is, with length 1."""
        model = self.rare()
        worth = {feature: (1 + math.log(count)) * model.rarity(feature) for feature, count in features(text).items()}
        length = math.sqrt(sum(value * value for value in worth.values())) or 1.0
        return {feature: value / length for feature, value in worth.items()}


_MOST_KEPT = 500


@dataclass(frozen=True, slots=True)
class _Group:
    """Choices whose labels have a part in common, how much the part tells, and the words that were said for them."""

    members: AbstractSet[int]
    weight: float
    said: int

    @classmethod
    def of(cls, members: AbstractSet[int], weight: float, totals: Mapping[int, int]) -> _Group:
        return cls(members, weight, sum(totals.get(member, 0) for member in members))


@dataclass(frozen=True, slots=True)
class _Label:
    """A label: the tokens of it and of its other language, the groups of its parts, and those that bear it too."""

    named: AbstractSet[int]
    parts: Sequence[_Group]
    alike: _Group

    @classmethod
    def of(cls, label: str, other: str, sharing: Mapping[str, AbstractSet[int]], totals: Mapping[int, int]) -> _Label:
        found = [sharing[part] for part in _parts(label) if part in sharing]
        return cls(
            tokens(label) | tokens(other),
            [_Group.of(members, 1 / math.sqrt(len(members)), totals) for members in found],
            _Group.of(sharing.get(f"={label}", frozenset()), 1.0, totals),
        )


@dataclass(frozen=True)
class _Heard:
    """Things said elsewhere of the words of one message; `left_out` is the choice of which the message is a line."""

    model: OptionModel
    lines: Lines
    columns: Mapping[int, Mapping[int, int]]
    common: Mapping[int, float]
    left_out: int | None

    def of(self, place: Place, label: _Label) -> tuple[float, float, float]:
        """Return how much likelier the words are for the label, this very choice, and the parts of its label."""
        known = self.lines.numbers.get(place)
        itself = _Group.of(frozenset() if known is None else {known}, 1.0, self.model.totals)
        alike, named = label.alike.members, label.named
        parts = [(part.members, part.weight, self._total(part) + _OF_A_PART) for part in label.parts]
        weight = sum(part.weight for part in label.parts)
        of_label, of_choice = self._total(label.alike) + len(named) + _POOLED, self._total(itself) + len(named) + _OWN
        pooled = own = shared = 0.0
        for token, column in self.columns.items():
            common, name = self.common[token], token in named
            usual = (self._count(column, alike) + name + _POOLED * common) / of_label
            pooled += math.log(usual / common)
            own += math.log((self._count(column, itself.members) + name + _OWN * usual) / of_choice / common)
            if parts:
                mixed = sum(
                    [
                        each * (self._count(column, members) + _OF_A_PART * common) / total
                        for members, each, total in parts
                    ]
                )
                shared += math.log(mixed / weight / common)
        return pooled, own, shared

    def _count(self, column: Mapping[int, int], members: AbstractSet[int]) -> int:
        # Most words were said for few choices, some parts stand in many labels.
        if len(column) < len(members):
            found = sum([count for choice, count in column.items() if choice in members])
        else:
            found = sum([column[choice] for choice in members if choice in column])
        return found - (self.left_out in members)

    def _total(self, group: _Group) -> int:
        return group.said - (len(self.columns) if self.left_out in group.members else 0)


def _sum(weights: Sequence[float], row: Sequence[float]) -> float:
    return sum(weight * value for weight, value in zip(weights, row, strict=True))


def _common(one: Mapping[int, float], other: Mapping[int, float]) -> float:
    few, many = (one, other) if len(one) < len(other) else (other, one)
    return sum(value * many[feature] for feature, value in few.items() if feature in many)
