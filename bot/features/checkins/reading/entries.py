"""Turn names and numbers into entries, and into questions for the sender about the rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from msgspec import Struct, field

from bot.core.text import fold
from bot.features.checkins.model import GIVEN, FigureEntry, FigureQuestion, QuestionKind, Sign

from .lexicon import Lexicon
from .pairs import pairs
from .parts import MessagePart

UNKNOWN: frozenset[QuestionKind] = frozenset({"unread", "name", "village", "nothing"})
"""Questions about no indicator: in overheard chatter they mean that it is no report."""
_DAYS, _MONTHS = 31, 12


class FigureReading(Struct):
    """The result of reading a message so far; `text` is the message."""

    text: str
    entries: list[FigureEntry] = field(default_factory=list)
    questions: list[FigureQuestion] = field(default_factory=list)
    village: str = ""

    def ask(self, kind: QuestionKind, about: str = "", text: str = "") -> None:
        """Add a question, once about each indicator; questions about parts that name no indicator are all kept."""
        question = FigureQuestion(kind, about, " ".join(text.split()))
        if question not in self.questions and (
            kind in ("glued", "unread") or all((one.kind, one.about) != (kind, about) for one in self.questions)
        ):
            self.questions.append(question)

    def quoted(self, parts: Sequence[MessagePart]) -> str:
        """Return the message's own words from the first of these parts to the last."""
        return self.text[min(part.start for part in parts) : max(part.end for part in parts)]


def collect(segments: Sequence[Sequence[MessagePart]], lexicon: Lexicon, reading: FigureReading) -> None:
    """Add the content of a message's parts to `reading`."""
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
                reading.ask("unread", "", reading.quoted(segment))
                continue
            reading.village = next(iter(head[-1].codes))
        if len(known) > 1 and not reading.village and any(part.kind in ("name", "number") for part in segment):
            reading.ask("unread", "", reading.quoted(segment))
            continue
        rest = [part for part in segment if part.kind != "village"]
        for piece, after_mistake in _at_mistakes(rest):
            mistaken = mistaken or after_mistake
            _piece(piece, lexicon, reading, replacing=mistaken)
    asked = {question.about for question in reading.questions if question.kind not in UNKNOWN}
    reading.entries = [entry for entry in reading.entries if entry.indicator not in asked]
    if any(question.kind == "village" for question in reading.questions):
        reading.entries = []


def _merged(segments: Sequence[Sequence[MessagePart]]) -> list[list[MessagePart]]:
    """Join a part with only a sign and a number to the name before it: `vneid thêm 12, tổng 340`."""
    merged: list[list[MessagePart]] = []
    for segment in segments:
        kinds = [part.kind for part in segment]
        if merged and kinds[:2] == ["sign", "number"] and "name" not in kinds and _names(merged[-1]):
            merged[-1].extend(segment)
        elif segment:
            merged.append(list(segment))
    return merged


def _names(segment: Sequence[MessagePart]) -> bool:
    return any(part.kind == "name" for part in segment)


def _at_mistakes(segment: Sequence[MessagePart]) -> Iterator[tuple[list[MessagePart], bool]]:
    run: list[MessagePart] = []
    after = False
    last: list[MessagePart] = []
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


def _piece(parts: Sequence[MessagePart], lexicon: Lexicon, reading: FigureReading, *, replacing: bool) -> None:
    kinds = {part.kind for part in parts}
    if "zero" in kinds and kinds <= {"zero", "sign"}:
        reading.ask("nothing", "", reading.quoted(parts))
        return
    if "glued" in kinds and "bad" not in kinds:
        reading.ask("glued", "", reading.quoted(parts))
        return
    numbers = [part for part in parts if part.kind in ("number", "zero", "glued")]
    names = [part for part in parts if part.kind == "name"]
    if not numbers and not names:
        if any(part.kind == "bad" for part in parts):
            reading.ask("unread", "", reading.quoted(parts))
        return
    bad = [part for part in parts if part.kind in ("bad", "glued")]
    if bad:
        unknown = _unknown_name(parts)
        if unknown is not None:
            reading.ask("name", fold(unknown), unknown)
        else:
            reading.ask("unread", "", reading.quoted(parts))
        return
    found = pairs(parts, lexicon)
    if found is None:
        reading.ask("unread", "", reading.quoted(parts))
        return
    for name, figures in found:
        _entry(name, figures, lexicon, reading, replacing=replacing)


def _unknown_name(parts: Sequence[MessagePart]) -> str | None:
    """Return words that are no known name before a single number, and nothing else: the "wifi" of `wifi 12`."""
    kinds = [part.kind for part in parts if part.kind != "sign"]
    if kinds[-1:] == ["unit"]:
        kinds.pop()
    if len(kinds) in (2, 3) and kinds[-1] == "number" and set(kinds[:-1]) == {"bad"}:
        words = [part.text for part in parts if part.kind == "bad"]
        return " ".join(words) if all(word[0].isalpha() for word in words) else None
    return None


def _entry(
    name: MessagePart, numbers: Sequence[MessagePart], lexicon: Lexicon, reading: FigureReading, *, replacing: bool
) -> None:
    if len(name.codes) > 1:
        reading.ask("which", ",".join(sorted(name.codes)), reading.quoted([name, *numbers]))
        return
    code = next(iter(name.codes))
    typed = reading.quoted([name, *numbers])
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


def _problem(code: str, number: MessagePart, lexicon: Lexicon) -> QuestionKind | None:
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
    if number.out_of is not None and not is_part(code, number.value, number.out_of, lexicon):
        return "number"
    return None


def is_part(code: str, value: Decimal, whole: Decimal, lexicon: Lexicon) -> bool:
    """Tell whether `18/22` is a part of a whole.

    `5/11` is a date unless the indicator is always reported with its whole.
    """
    indicator = lexicon.indicator(code)
    if indicator.kind != "ratio" or not 0 <= value <= whole or not whole:
        return False
    return indicator.denominator == GIVEN or not (value <= _DAYS and whole <= _MONTHS)


def _together(code: str, numbers: Sequence[MessagePart], village: str) -> FigureEntry | None:
    """Make one entry from the numbers of a name: one alone, or an increase and the total that it gave."""
    if len(numbers) == 1:
        one = numbers[0]
        sign: Sign = "=" if one.out_of is not None or one.sign == "=" else "+" if one.sign == "+" else "?"
        return FigureEntry(code, sign, one.value, village, one.out_of)
    if len(numbers) == 2:
        backwards = numbers[0].sign == "=" and numbers[1].sign == "+"
        total, added = numbers if backwards else reversed(numbers)
        if total.sign == "=" and added.sign in ("+", "?") and added.value <= total.value:
            return FigureEntry(code, "=", total.value, village, total.out_of, added.value)
    return None
