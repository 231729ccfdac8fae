"""Reads a leader's message: several figures, villages, a correction, difficulties; and what has to be asked.

The rule that keeps wrong figures out: every word of a part must be understood (name, number, sign, unit of measure,
filler), otherwise that part gives no figure. Overheard chatter with one word that is not understood is no report.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Literal

from bot.core.text import clean, fold

from . import vocabulary as say
from .lexicon import Lexicon, Word, match
from .model import GIVEN, Entry, Figures, Question, QuestionKind, Sign
from .numbers import digits, spoken
from .tokens import Atom, atoms

MAX_CHARACTERS = 2000

_DIFFICULTY = re.compile(
    r"(?<!\w)(?:(?:khó khăn|kho khan)(?:\s*,?\s*(?:vướng mắc|vuong mac))?|vướng mắc|vuong mac|kk)\s*:\s*", re.IGNORECASE
)
_DAYS, _MONTHS = 31, 12
_AMOUNTS = ("number", "slash", "percent")
_ENDING = re.compile(r"[\s.,;]+$")

PartKind = Literal["name", "number", "unit", "village", "sign", "about", "range", "mistake", "zero", "bad"]


@dataclass(frozen=True, slots=True)
class _Part:
    """A piece with a meaning. `text` is what was typed, `codes` are the indicators it may name."""

    kind: PartKind
    text: str
    codes: frozenset[str] = frozenset()
    value: Decimal = Decimal(0)
    out_of: Decimal | None = None
    clear: bool = True
    percent: bool = False
    sign: Sign | Literal["-"] = "?"
    unit: say.Phrase = ()
    about: bool = False


@dataclass(slots=True)
class _Reading:
    """What a message gave so far."""

    entries: list[Entry] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    village: str = ""

    def ask(self, kind: QuestionKind, about: str = "", text: str = "") -> None:
        question = Question(kind, about, text)
        if all((one.kind, one.about) != (kind, about) for one in self.questions):
            self.questions.append(question)


def read(text: str, lexicon: Lexicon, *, asked: bool = False) -> Figures:
    """The figures of a message. `asked`: it answers the bot's request for figures, so it is meant as a report."""
    text = clean(text[:MAX_CHARACTERS])
    body, difficulties = _difficulties(text)
    found = atoms(body)
    period = _period(found)
    segments = [_parts(segment, lexicon) for segment in _segments(found)]
    explicit = asked or _is_report(found)
    correction = bool(segments) and [part.kind for part in segments[0][:1]] == ["mistake"]
    reading = _Reading()
    if _has_numbers(segments):
        _read(segments, lexicon, reading)
        if period is None:
            # "vneid 12, tuần trước được 10": which number is of which period?
            reading.entries.clear()
            reading.ask("unread", "", body.strip())
        if not explicit and any(question.kind in ("unread", "name", "village") for question in reading.questions):
            reading = _Reading()
    if not (reading.entries or reading.questions or difficulties):
        return Figures()
    return Figures(tuple(reading.entries), tuple(reading.questions), difficulties, period or "", correction)


def _difficulties(text: str) -> tuple[str, tuple[str, ...]]:
    """The message without its `khó khăn: …`, each of which goes to the end of its line."""
    rest: list[str] = []
    found: list[str] = []
    for line in text.split("\n"):
        at = _DIFFICULTY.search(line)
        if at is None:
            rest.append(line)
            continue
        rest.append(line[: at.start()])
        said = _ENDING.sub("", line[at.end() :])
        if said and tuple(fold(said).split()) not in say.NOTHING:
            found.append(said)
    return "\n".join(rest), tuple(found)


def _period(found: Sequence[Atom]) -> str | None:
    """The one period of the message, "" when none is named; None when several are, or one stands among the numbers."""
    named = {atom.text for atom in found if atom.kind == "period"}
    places = [at for at, atom in enumerate(found) if atom.kind == "period"]
    numbers = [at for at, atom in enumerate(found) if atom.kind in _AMOUNTS]
    if not named:
        return ""
    between = any(numbers and numbers[0] < at < numbers[-1] for at in places)
    return None if len(named) > 1 or between else named.pop()


def _is_report(found: Sequence[Atom]) -> bool:
    words = [atom.word for atom in found if atom.word is not None][:12]
    return any(match(words[at:], say.REPORT) for at in range(len(words)))


def _segments(found: Sequence[Atom]) -> Iterator[list[Atom]]:
    """Runs between line ends, semicolons and commas; "và" parts only after a number: `vneid và sổ sức khỏe 12`."""
    run: list[Atom] = []
    for atom in found:
        joins = atom.kind == "soft" and atom.text in ("và", "va") and any(one.kind in _AMOUNTS for one in run)
        if atom.kind == "hard" or atom.text == "," or joins:
            if run:
                yield run
            run = []
        else:
            run.append(atom)
    if run:
        yield run


def _has_numbers(segments: Sequence[Sequence[_Part]]) -> bool:
    return any(
        part.kind in ("number", "zero") or (part.kind == "bad" and any(char.isdigit() for char in part.text))
        for segment in segments
        for part in segment
    )


def _parts(segment: Sequence[Atom], lexicon: Lexicon) -> list[_Part]:
    marked = any(atom.word is not None and not atom.word.typed.isascii() for atom in segment)
    parts: list[_Part] = []
    at = 0
    while at < len(segment):
        atom = segment[at]
        if atom.word is None:
            part, taken = _symbol(atom), 1
        else:
            run = []
            for later in segment[at:]:
                if later.word is None:
                    break
                run.append(later)
            part, taken = _phrase(run, lexicon, parts, marked=marked)
        if part is not None:
            parts.append(part)
        at += taken
    return parts


def _symbol(atom: Atom) -> _Part | None:
    if atom.kind == "slash":
        value, _, whole = atom.text.partition("/")
        return _Part("number", atom.raw, value=Decimal(value.strip()), out_of=Decimal(whole.strip()))
    if atom.kind == "percent":
        return _Part("number", atom.raw, percent=True)
    if atom.kind == "sign":
        return _Part("sign", atom.raw, sign="+" if atom.text == "+" else "=")
    if atom.kind == "minus":
        return _Part("sign", atom.raw, sign="-")
    if atom.kind == "other":
        return _Part("bad", atom.raw)
    return None


def _phrase(
    run: Sequence[Atom], lexicon: Lexicon, before: Sequence[_Part], *, marked: bool
) -> tuple[_Part | None, int]:
    """The longest thing that the words begin with; None for words that only fill."""
    words = [atom.word for atom in run if atom.word is not None]

    def raw(size: int) -> str:
        return " ".join(atom.raw for atom in run[:size])

    if (size := match(words, say.REPORT)) and not match(words, say.MISTAKE):
        return None, size
    if size := match(words, say.MISTAKE):
        return _Part("mistake", raw(size)), size
    villages, size = lexicon.village(words, after_kind=False)
    if villages:
        return _Part("village", raw(size), codes=_sure(villages, raw(size))), size
    codes, size = lexicon.named(words)
    filler = match(words, say.FILLER)
    kind = match(words, say.KINDS)
    unit, unit_size = lexicon.unit(words)
    if (
        unit_size >= size
        and unit_size >= filler
        and before
        and before[-1].kind == "number"
        and not _names_village(words, kind, lexicon)
    ):
        return _Part("unit", raw(unit_size), codes=codes if unit_size == size else frozenset(), unit=unit), unit_size
    if codes and size >= filler:
        return _Part("name", raw(size), codes=codes), size
    if kind:
        villages, size = lexicon.village(words[kind:], after_kind=True)
        if villages:
            return _Part("village", raw(kind + size), codes=_sure(villages, raw(kind + size))), kind + size
        unknown = _proper_name(run[kind:])
        if unknown and not filler > kind:
            name = " ".join(atom.raw for atom in unknown)
            return _Part("village", raw(kind + len(unknown)), codes=_sure((), name)), kind + len(unknown)
    return _small_word(run, words, filler, marked=marked)


def _names_village(words: Sequence[Word], kind: int, lexicon: Lexicon) -> bool:
    """`thôn`, `bản` … with a known village after it."""
    return bool(kind and lexicon.village(words[kind:], after_kind=True)[0])


def _sure(codes: Collection[str], name: str) -> frozenset[str]:
    """The one village that is meant; none or several are marked by a code that no village can have."""
    return frozenset(codes) if len(codes) == 1 else frozenset({"?" + fold(name)})


def _proper_name(run: Sequence[Atom]) -> list[Atom]:
    name: list[Atom] = []
    for atom in run[:4]:
        if not atom.raw[:1].isupper():
            break
        name.append(atom)
    return name


def _small_word(run: Sequence[Atom], words: Sequence[Word], filler: int, *, marked: bool) -> tuple[_Part | None, int]:
    text = [atom.raw for atom in run]
    signs: tuple[tuple[frozenset[say.Phrase], Sign | Literal["-"]], ...] = (
        (say.TOTAL, "="),
        (say.ADDED, "+"),
        (say.LESS, "-"),
    )
    for table, sign in signs:
        size = match(words, table)
        if size and size >= filler:
            return _Part("sign", " ".join(text[:size]), sign=sign), size
    if filler > 1:
        return None, filler
    if run[0].kind == "number" and (len(run) == 1 or spoken([word.typed for word in words[:2]], marked=marked) is None):
        written = digits(run[0].text)
        if written is None:
            return _Part("bad", text[0]), 1
        return _Part("number", text[0], value=written.value, clear=written.clear), 1
    number = spoken([word.typed for word in words], marked=marked)
    about = match(words, say.ABOUT)
    if number is not None and not (about and marked and words[0].typed == "tầm"):
        value, size = number
        return _Part("number", " ".join(text[:size]), value=value), size
    if about:
        return _Part("about", " ".join(text[:about])), about
    if size := match(words, say.RANGE):
        return _Part("range", " ".join(text[:size])), size
    if size := match(words, say.NOTHING):
        return _Part("zero", " ".join(text[:size])), size
    if words[0].bare == "tren":
        return _Part("range", text[0]), 1
    if filler:
        return None, filler
    return _Part("bad", text[0]), 1


# From parts to entries


def _read(segments: Sequence[Sequence[_Part]], lexicon: Lexicon, reading: _Reading) -> None:
    villages = [code for segment in segments for part in segment if part.kind == "village" for code in part.codes]
    for code in villages:
        if code.startswith("?"):
            reading.ask("village", code[1:])
    known = list(dict.fromkeys(code for code in villages if not code.startswith("?")))
    reading.village = known[0] if len(known) == 1 else ""
    mistaken = False
    for segment in _merged(segments):
        head = [part for part in segment if part.kind == "village"]
        if len(known) > 1 and head:
            if segment[0].kind != "village" and segment[0].kind != "mistake":
                reading.ask("unread", "", _typed(segment))
                continue
            reading.village = next(iter(head[-1].codes))
        rest = [part for part in segment if part.kind != "village"]
        for piece, after_mistake in _at_mistakes(rest):
            mistaken = mistaken or after_mistake
            _piece(piece, lexicon, reading, replacing=mistaken)
    if len(known) > 1 and any(not entry.village for entry in reading.entries):
        reading.ask("unread", "", "")
    asked = {question.about for question in reading.questions if question.kind not in ("unread", "name", "village")}
    reading.entries = [entry for entry in reading.entries if entry.indicator not in asked]
    if any(question.kind == "village" for question in reading.questions):
        reading.entries = []


def _merged(segments: Sequence[Sequence[_Part]]) -> list[list[_Part]]:
    """`vneid thêm 12, tổng 340`: a part of its own with a sign and a number goes with the name before it."""
    merged: list[list[_Part]] = []
    for segment in segments:
        kinds = [part.kind for part in segment]
        if merged and kinds[:2] == ["sign", "number"] and "name" not in kinds and _names(merged[-1]):
            merged[-1].extend(segment)
        elif segment:
            merged.append(list(segment))
    return merged


def _names(segment: Sequence[_Part]) -> bool:
    return any(part.kind == "name" for part in segment)


def _at_mistakes(segment: Sequence[_Part]) -> Iterator[tuple[list[_Part], bool]]:
    run: list[_Part] = []
    after = False
    last: list[_Part] = []
    for part in segment:
        if part.kind == "mistake":
            if run:
                yield run, after
                last = [one for one in run if one.kind == "name"][-1:]
            run, after = [], True
        else:
            run.append(part)
    if run:
        # "vneid 12 à nhầm 13": the name is said once.
        yield (run if _names(run) else [*last, *run]), after


def _piece(parts: Sequence[_Part], lexicon: Lexicon, reading: _Reading, *, replacing: bool) -> None:
    numbers = [part for part in parts if part.kind in ("number", "zero")]
    names = [part for part in parts if part.kind == "name"]
    if not numbers and not names:
        if any(part.kind == "bad" for part in parts):
            reading.ask("unread", "", _typed(parts))
        return
    bad = [part for part in parts if part.kind == "bad"]
    if bad:
        unknown = _unknown_name(parts)
        if unknown is not None:
            reading.ask("name", fold(unknown), unknown)
        else:
            reading.ask("unread", "", _typed(parts))
        return
    for name, figures in _pairs(parts, lexicon) or ((None, ()),):
        if name is None:
            reading.ask("unread", "", _typed(parts))
            return
        _entry(name, figures, lexicon, reading, replacing=replacing)


def _unknown_name(parts: Sequence[_Part]) -> str | None:
    """`wifi 12`: words that are no name before a single number, and nothing else."""
    kinds = [part.kind for part in parts if part.kind != "sign"]
    if kinds[-1:] == ["unit"]:
        kinds.pop()
    if len(kinds) in (2, 3) and kinds[-1] == "number" and set(kinds[:-1]) == {"bad"}:
        words = [part.text for part in parts if part.kind == "bad"]
        return " ".join(words) if all(word[0].isalpha() for word in words) else None
    return None


_Pair = tuple["_Part | None", Sequence[_Part]]


def _pairs(parts: Sequence[_Part], lexicon: Lexicon) -> list[_Pair] | None:
    """Each name with its numbers, when all names stand before their numbers, or all after; None otherwise."""
    compact = _signed(_without_units(parts, lexicon))
    if compact is None:
        return None
    order = "".join("N" if part.kind == "name" else "#" for part in compact)
    if re.fullmatch(r"(N#+)+", order):
        groups = re.finditer(r"N#+", order)
        return [(compact[g.start()], compact[g.start() + 1 : g.end()]) for g in groups]
    if re.fullmatch(r"(#N)+", order):
        return [(compact[at + 1], compact[at : at + 1]) for at in range(0, len(order), 2)]
    return None


def _without_units(parts: Sequence[_Part], lexicon: Lexicon) -> list[_Part]:
    """Units of measure go into their numbers. A unit that is also a name ("hồ sơ") may have been meant as the name."""
    order = [part.kind for part in parts]
    kept: list[_Part] = []
    for at, part in enumerate(parts):
        if part.kind != "unit":
            kept.append(part)
            continue
        named_before = "name" in order[:at]
        number_after = next((kind for kind in order[at + 1 :] if kind in ("number", "name", "unit")), "") == "number"
        named_after = any(kind == "name" for kind in order[at + 1 :])
        first_in_line = part.codes and not named_before and not (named_after and not number_after)
        if first_in_line or (part.codes and number_after and named_before and _own_name(part, kept)):
            kept.append(replace(part, kind="name"))
        else:
            kept[-1] = replace(kept[-1], unit=part.unit)
    return kept


def _own_name(part: _Part, before: Sequence[_Part]) -> bool:
    return all(part.codes != name.codes for name in before if name.kind == "name")


def _signed(parts: Sequence[_Part]) -> list[_Part] | None:
    """Names and numbers only; signs and "about" went into the number after them. None when one has no number."""
    result: list[_Part] = []
    sign: Sign | Literal["-"] | None = None
    about = False
    at = 0
    while at < len(parts):
        part = parts[at]
        if part.kind == "sign":
            if part.sign == "-" and result and result[-1].kind == "number":
                about, sign, result[-1] = True, "?", replace(result[-1], clear=False)
            else:
                sign = part.sign if sign is None or sign == part.sign or part.sign == "=" else "-"
        elif part.kind == "about":
            about = True
        elif part.kind == "range":
            following = parts[at + 1] if at + 1 < len(parts) else None
            if not result or result[-1].kind != "number" or following is None or following.kind != "number":
                if fold(part.text) == "tren":
                    about = True
                    at += 1
                    continue
                return None
            if fold(part.text) == "tren":
                result[-1] = replace(result[-1], out_of=following.value)
                if following.unit:
                    result[-1] = replace(result[-1], unit=following.unit)
            else:
                result[-1] = replace(result[-1], clear=False)
            at += 1
        elif part.kind == "number":
            result.append(replace(part, sign=sign or "?", about=about))
            sign, about = None, False
        else:
            result.append(replace(part, kind="number", clear=True, sign="?", text="") if part.kind == "zero" else part)
        at += 1
    return None if sign is not None or about else result


def _entry(name: _Part, numbers: Sequence[_Part], lexicon: Lexicon, reading: _Reading, *, replacing: bool) -> None:
    if len(name.codes) > 1:
        reading.ask("which", ",".join(sorted(name.codes)), _typed([name, *numbers]))
        return
    code = next(iter(name.codes))
    typed = _typed([name, *numbers])
    plain = [number for number in numbers if not number.percent]
    if not plain:
        reading.ask("percent", code, typed)
        return
    problem = next((kind for number in plain if (kind := _problem(code, number, lexicon))), None)
    if problem is not None:
        reading.ask(problem, code, typed)
        return
    made = _together(code, plain, reading.village)
    same = [at for at, one in enumerate(reading.entries) if (one.indicator, one.village) == (code, reading.village)]
    if made is None or (same and not replacing and made != reading.entries[same[0]]):
        reading.ask("two", code, typed)
    elif same:
        reading.entries[same[0]] = made
    else:
        reading.entries.append(made)


def _problem(code: str, number: _Part, lexicon: Lexicon) -> QuestionKind | None:
    if number.kind == "number" and number.text == "":
        return "zero"
    if number.sign == "-":
        return "negative"
    if number.about:
        return "about"
    whole = number.value == number.value.to_integral_value()
    if not number.clear or (not whole and not lexicon.takes_fractions(code)):
        return "number"
    if number.unit and not lexicon.measures(code, number.unit):
        return "unit"
    if number.out_of is not None and not _is_part(code, number.value, number.out_of, lexicon):
        return "number"
    return None


def _is_part(code: str, value: Decimal, whole: Decimal, lexicon: Lexicon) -> bool:
    """`18/22` of something; `5/11` is a date unless the indicator is always reported with its whole."""
    indicator = lexicon.indicator(code)
    if indicator.kind != "ratio" or not 0 <= value <= whole or not whole:
        return False
    return indicator.denominator == GIVEN or not (value <= _DAYS and whole <= _MONTHS)


def _together(code: str, numbers: Sequence[_Part], village: str) -> Entry | None:
    """One entry from the numbers of a name: one alone, or what was added and the total it gave."""
    if len(numbers) == 1:
        one = numbers[0]
        sign: Sign = "=" if one.out_of is not None or one.sign == "=" else "+" if one.sign == "+" else "?"
        return Entry(code, sign, one.value, village, one.out_of)
    if len(numbers) == 2:
        added, total = numbers
        if total.sign == "=" and added.sign in ("+", "?") and added.value <= total.value:
            return Entry(code, "=", total.value, village, total.out_of, added.value)
    return None


def _typed(parts: Sequence[_Part]) -> str:
    return " ".join(part.text for part in parts)
