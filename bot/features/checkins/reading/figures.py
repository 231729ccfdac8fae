"""Read a leader's message: several figures, villages, a correction, difficulties; and the questions that remain.

The rule that keeps wrong figures out: every word of a part must be understood (name, number, sign, unit of measure,
filler), otherwise that part gives no figure. Overheard chatter with one word that is not understood is no report.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise, takewhile
from typing import Literal, NamedTuple

from bot.core.lean import patterns
from bot.core.text import clean, fold
from bot.core.words.numbers import digits
from bot.features.calendar.periods import Cadence
from bot.features.checkins.model import FigureEntry, Figures

from . import vocabulary as say
from .entries import UNKNOWN, FigureReading, collect
from .lexicon import Lexicon, LexiconWord, match
from .parts import MessagePart, parts_of
from .tokens import Atom, atoms, written

MAX_CHARACTERS = 2000

_HARD = r"(?:(?:khó khăn|kho khan)(?:\s*,?\s*(?:vướng mắc|vuong mac))?|vướng mắc|vuong mac|kk)"
_URGENT = r"(?:gấp|gap|khẩn|khan|cần ngay|can ngay|không gấp|khong gap)"
_DIFFICULTY = patterns.compile(rf"(?<!\w){_HARD}(?:\s+(?P<grade>{_URGENT}))?\s*:\s*|^\W*{_HARD}\W*$", re.IGNORECASE)
_NOTE = patterns.compile(r"[\s,;.]*(?<!\w)(?:ghi chú|ghi chu)\s*:\s*(?P<said>[^\n]+)", re.IGNORECASE)
_MARK = patterns.compile(r"^\W*(?:\d{1,2}\s*[.)/]\s*)?")
_INSTEAD = patterns.compile(
    r"[,;]?\s*(?<!\w)(?:chứ|chu)\s+(?:không|khong|ko|k)\s+(?:phải|phai)(?:\s+(?:là|la))?\s+(\d[\d.]*)(?!\w)",
    re.IGNORECASE,
)
_UNITS: Mapping[str, Cadence] = {"tuan": "week", "thang": "month", "quy": "quarter"}
_AMOUNTS = ("number", "slash", "percent")
_ENDING = patterns.compile(r"[\s.,;]+$")


class ReportText(NamedTuple):
    """A message without its difficulties and its note, and these."""

    body: str
    difficulties: tuple[str, ...]
    note: str


def report_text(text: str, lexicon: Lexicon) -> ReportText:
    """Return the part of a message that may hold figures, and what stands beside it."""
    body, difficulties = _difficulties(
        _INSTEAD.sub("", lexicon.with_whole_names(clean(text[:MAX_CHARACTERS]))), lexicon
    )
    noted = _NOTE.search(body)
    if noted is not None:
        body = body[: noted.start()] + body[noted.end() :]
    return ReportText(body, difficulties, "" if noted is None else _ENDING.sub("", noted["said"]))


def read(text: str, lexicon: Lexicon, *, asked: bool = False) -> Figures:
    """Read the figures of a message. `asked`: it answers the bot's request for figures, so it is meant as a report."""
    body, difficulties, note = report_text(text, lexicon)
    typed = written(body)
    found = atoms(typed)
    period = period_in(found)
    segments = [parts_of(segment, lexicon) for segment in _segments(found)]
    explicit = asked or _is_report(found)
    correction = bool(segments) and [part.kind for part in segments[0][:1]] == ["mistake"]
    reading = FigureReading(typed)
    if _has_numbers(segments):
        collect(segments, lexicon, reading)
        if period is None:
            # "vneid 12, tuần trước được 10": which number is of which period?
            reading.entries.clear()
            reading.questions = [one for one in reading.questions if one.kind != "unread"]
            reading.ask("unread", "", body)
        if not explicit and any(question.kind in UNKNOWN for question in reading.questions):
            reading = FigureReading(typed)
    if not (reading.entries or reading.questions or difficulties):
        return Figures()
    return Figures(
        tuple(reading.entries), tuple(reading.questions), difficulties, period or "", correction, note, _unit(found)
    )


def number_of(code: str, text: str, lexicon: Lexicon) -> FigureEntry | None:
    """Read a number without a name as a value of this indicator; None if the words say anything else."""
    reading = read(f"{code} {text}", lexicon, asked=True)
    if len(reading.entries) != 1 or reading != Figures(reading.entries):
        return None
    return None if reading.entries[0].village else reading.entries[0]


class Amendment(NamedTuple):
    """A correction of a figure without its name: `wrong` is the value that it replaces, if that was said."""

    words: str
    wrong: Decimal | None


def amendment(text: str, *, asked: bool) -> Amendment | None:
    """Read a correction such as `nhầm, 13 chứ không phải 31`.

    None if nothing is said to be wrong and `asked` is False.
    """
    instead = _INSTEAD.search(text)
    known = None if instead is None else digits(instead[1].rstrip("."))
    typed = written(_INSTEAD.sub("", text[:MAX_CHARACTERS]))
    found = atoms(typed)
    size = match([atom.word for atom in takewhile(lambda one: one.word, found) if atom.word is not None], say.MISTAKE)
    if not size and known is None and not asked:
        return None
    rest = typed[found[size - 1].end :] if size else typed
    return Amendment(rest.strip(" ,:;"), None if known is None else known.value)


def period_of(text: str) -> str:
    """Return the one period that some words name, as in `Figures.period`; "" if there is none."""
    return period_in(atoms(written(text[:MAX_CHARACTERS]))) or ""


def _difficulties(text: str, lexicon: Lexicon) -> tuple[str, tuple[str, ...]]:
    """Split off the difficulties, `khó khăn: …`, each of which goes to the end of its line.

    Under a line that says only `Khó khăn:` each line is one, except those that are figures or say nothing.
    """
    rest: list[str] = []
    found: list[str] = []
    listed = False
    for line in text.split("\n"):
        at = _DIFFICULTY.search(line)
        if at is not None:
            rest.append(line[: at.start()])
            description = line[at.end() :]
            listed = not description
            answer = description
            if at["grade"] and description:
                description = f"{at['grade']}: {description}"
        elif listed and not _is_figures(line, lexicon):
            description = _MARK.sub("", line)
            answer = description.rpartition(":")[2]
        else:
            rest.append(line)
            continue
        if not _is_nothing(answer):
            found.append(_ENDING.sub("", description))
    return "\n".join(rest), tuple(found)


def _is_figures(line: str, lexicon: Lexicon) -> bool:
    reading = read(line, lexicon, asked=True)
    return bool(reading.entries) and not reading.questions


def _is_nothing(answer: str) -> bool:
    """Tell whether the words say that there is nothing: `không`, `0`, thanks."""
    words = [LexiconWord.of(word) for word in re.findall(r"\w+", answer)]
    if tuple(word.bare for word in words) in say.NOTHING | {("0",)}:
        return True
    at = 0
    while at < len(words) and (size := match(words[at:], say.FILLER)):
        at += size
    return at == len(words)


def period_in(found: Sequence[Atom]) -> str | None:
    """Return the one period of the message, else its one day, "" if none is named.

    None if there are several, or if a period stands among the numbers.
    """
    named = {atom.text for atom in found if atom.kind == "period"}
    places = [at for at, atom in enumerate(found) if atom.kind == "period"]
    numbers = [at for at, atom in enumerate(found) if atom.kind in _AMOUNTS]
    if not named:
        days = {atom.text for atom in found if atom.kind == "skip" and atom.text}
        return None if len(days) > 1 else next(iter(days), "")
    between = any(numbers and numbers[0] < at < numbers[-1] for at in places)
    return None if len(named) > 1 or between else named.pop()


def _unit(found: Sequence[Atom]) -> Cadence | Literal[""]:
    """Return the length of the message's "this" or "last": a week in “tuần trước”.

    "" for “kỳ này”, and for two lengths.
    """
    units = {_UNITS.get(fold(atom.raw).split()[0]) for atom in found if atom.kind == "period"}
    only = units.pop() if len(units) == 1 else None
    return only or ""


def _is_report(found: Sequence[Atom]) -> bool:
    words = [atom.word for atom in found if atom.word is not None][:12]
    return any(match(words[at:], say.REPORT) for at in range(len(words)))


def _segments(found: Sequence[Atom]) -> Iterator[list[Atom]]:
    """Split at line ends, semicolons and commas; at "và" only after a number, so not in `vneid và sổ sức khỏe 12`.

    A "trong đó", which details a number, extends to the end of the line: `hướng dẫn 14, trong đó vneid 5, ssk 2`.
    """
    run: list[Atom] = []
    for atom in found:
        joins = (
            atom.kind == "soft"
            and atom.text in ("và", "va", "với lại", "voi lai")
            and any(one.kind in _AMOUNTS for one in run)
        )
        if atom.kind == "hard" or ((atom.text == "," or joins) and not _takes_out(run)):
            if run:
                yield run
            run = []
        else:
            run.append(atom)
    if run:
        yield run


def _takes_out(run: Sequence[Atom]) -> bool:
    words = [atom.word.bare for atom in run if atom.word is not None]
    return ("trong", "do") in pairwise(words)


def _has_numbers(segments: Sequence[Sequence[MessagePart]]) -> bool:
    return any(
        part.kind in ("glued", "number", "zero") or (part.kind == "bad" and any(char.isdigit() for char in part.text))
        for segment in segments
        for part in segment
    )
