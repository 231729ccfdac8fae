"""Sentences, clauses and fields that the reports of a village and of a commune share."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from msgspec import Struct

from bot.core.lean import patterns
from bot.core.text import upper_first
from bot.features.checkins.lights import Light
from bot.i18n import number, short_date

from . import figures, wording
from .data import ReportData, ReportedDifficulty, ReportedIndicator, ReportError

_FIELD = patterns.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_NAMED = 6  # indicators named in one sentence


class Clause(Struct, frozen=True):
    """A numbered part of a section; without a title its paragraphs stand directly under the section."""

    title: str
    paragraphs: tuple[str, ...]


class Section(Struct, frozen=True):
    title: str
    clauses: tuple[Clause, ...]


class Writer:
    """The parts that the reports of a village and of a commune have in common."""

    def __init__(self, data: ReportData) -> None:
        self.data = data
        self.during = wording.DURING[data.period.kind]
        self.before = wording.BEFORE[data.period.kind]
        self.weak = [row for row in data.rows if row.light in ("behind", "slow")]
        self.open = [difficulty for difficulty in data.difficulties if difficulty.open]

    @property
    def issuer(self) -> str:
        return f"{wording.TEAM} {self.data.unit.full_name}"

    @property
    def addressee(self) -> str:
        return self.data.letterhead.addressees[0] if self.data.letterhead.addressees else "cấp trên"

    def opening(self) -> tuple[str, ...]:
        data = self.data
        template, plan = (
            (wording.TEAM_OPENING, wording.TEAM_PLAN)
            if data.kind == "village"
            else (wording.COMMUNE_OPENING, wording.COMMUNE_PLAN)
        )
        written = template.format(
            plan=data.plan or plan.format(year=data.period.year, commune=data.commune),
            issuer=self.issuer,
            commune=data.commune,
            period=figures.period_title(data.period),
        )
        return self.slot("mo_dau", lambda: (written, self.span()))

    def span(self) -> str:
        first, last = self.data.period.first, self.data.until or self.data.period.last
        return wording.SPAN.format(first=short_date(first, "vi"), last=short_date(last, "vi"))

    def slot(self, key: str, otherwise: Callable[[], tuple[str, ...]]) -> tuple[str, ...]:
        """Return a person's text for this place, else the draft."""
        text = self.data.texts.get(key, "").strip()
        if not text:
            return otherwise()
        return tuple(filled for line in text.splitlines() if (filled := fill(line.strip(), fields(self.data))))

    def areas(self, order: Sequence[str]) -> tuple[Clause, ...]:
        """Return one clause for each area with indicators: `order` first, then all other areas."""
        present = self.data.areas
        wanted = [area for area in order if area in present]
        wanted += [area for area in present if area not in order]
        return tuple(
            Clause(wording.AREAS.get(area, area), self.area([row for row in self.data.rows if row.area == area]))
            for area in wanted
        )

    def area(self, rows: Sequence[ReportedIndicator]) -> tuple[str, ...]:
        known = [(row, row.value) for row in rows if row.value is not None]
        flows = [self.sentence(row, value) for row, value in known if row.kind == "flow"]
        states = [self.sentence(row, value) for row, value in known if row.kind != "flow"]
        gaps = [f"“{figures.lower_first(row.label)}”" for row in rows if row.value is None and row.part is None]
        return (
            *([wording.FLOWS.format(during=self.during, clauses="; ".join(flows))] if flows else []),
            *([wording.STATES.format(clauses="; ".join(states))] if states else []),
            *([wording.GAPS.format(labels=", ".join(gaps))] if gaps else []),
        )

    def sentence(self, row: ReportedIndicator, value: Decimal) -> str:
        generic = f"{figures.lower_first(row.label)}: {{n}}" + ("%" if row.unit_of_measure == "%" else " {unit}")
        phrase = wording.PHRASES.get(row.code, generic) if row.shipped else generic
        if row.part is None or row.whole is None:
            text = phrase.format(n=figures.amount(value), unit=row.unit_of_measure)
        elif "%" in phrase:
            text = f"{phrase.format(n=figures.amount(value))} ({figures.amount(row.part)}/{figures.amount(row.whole)})"
        else:
            share = {"percent": figures.percent(value), "part": figures.amount(row.part)}
            reaches = wording.REACHES.format(**share, whole=figures.amount(row.whole))
            text = f"{phrase.format(n=figures.amount(row.part))}, {reaches}"
        if row.carried:
            return f"{text} ({wording.CARRIED})"
        if row.partly and row.kind == "flow":
            text = f"{text} ({row.note})"
        details = [self.against_target(row), self.against_before(row)]
        return text + "".join(f", {detail}" for detail in details if detail)

    def against_target(self, row: ReportedIndicator) -> str:
        if row.target is None:
            return ""
        if row.kind == "ratio" or row.percent is None:
            return wording.GOAL.format(target=figures.target(row))
        return wording.SHARE.format(percent=figures.percent(row.percent))

    def against_before(self, row: ReportedIndicator) -> str:
        if row.change is None:
            return ""
        # What is added up so far stands beside all that the last period came to.
        unequal = row.kind == "flow" and self.data.until is not None
        before = wording.WHOLE[self.data.period.kind] if unequal else self.before
        if row.change == 0:
            return wording.SAME.format(before=before)
        template = wording.RISE if row.change > 0 else wording.FALL
        unit = wording.POINTS if row.unit_of_measure == "%" else ""
        return template.format(n=figures.amount(abs(row.change)), unit=unit, before=before)

    def compared(self) -> tuple[str, ...]:
        """Tell how many of the targets are reached, on their way, late or without a figure."""
        counts: Counter[Light] = Counter(row.light for row in self.data.rows if row.target is not None)
        if not counts:
            return (wording.NONE_DUE,)
        parts = ", ".join(
            f"{counts[light]} {figures.lower_first(word)}" for light, word in wording.LIGHTS.items() if counts[light]
        )
        summary = wording.SUMMARY.format(total=counts.total(), parts=parts)
        return (wording.COMPARED_TEXT.format(summary=summary),)

    def labelled(self, rows: Sequence[ReportedIndicator]) -> str:
        """Name the indicators farthest from their targets, or nearest, as the caller sorted them."""
        return figures.names([_with_percent(row) for row in rows], _NAMED)

    def causes(self) -> tuple[str, ...]:
        counts = Counter(difficulty.category for difficulty in self.data.difficulties if difficulty.category)
        if not counts:
            return (wording.NO_CAUSE,)
        causes = figures.names([figures.lower_first(category) for category, _ in counts.most_common()], _NAMED)
        return (wording.CAUSES.format(causes=causes),)

    def sides(self) -> list[Clause]:
        """List difficulties under the side on which they lie; sides without any are left out."""
        by_side: dict[str, list[str]] = {side: [] for side in wording.SIDES}
        for difficulty in self.data.difficulties:
            by_side[_side(difficulty)].append(self.difficulty(difficulty))
        return [Clause(side, tuple(texts)) for side, texts in by_side.items() if texts]

    def difficulty(self, difficulty: ReportedDifficulty) -> str:
        village = f"{difficulty.village}: " if difficulty.village and self.data.kind == "commune" else ""
        states = [part for part in (difficulty.grade if difficulty.urgent else "", difficulty.state) if part]
        state = wording.DIFFICULTY_STATE.format(state=", ".join(states)) if states else ""
        answer = wording.DIFFICULTY_ANSWER.format(answer=_sentence(difficulty.answer)) if difficulty.answer else ""
        text = difficulty.text or difficulty.category
        return f"- {upper_first(village + text).rstrip('.')}{state}.{answer}"

    def practices(self) -> tuple[str, ...]:
        return tuple(
            "- " + _sentence(": ".join(part for part in (item.village, item.title, item.text) if part))
            for item in self.data.practices
        )

    def directives(self) -> tuple[Section, ...]:
        """Return a section with the directives on this report; no section if there are none."""
        lines = tuple(f"- {item.by}: {_sentence(item.text)}" for item in self.data.directives)
        return (Section(wording.DIRECTIVES, (Clause("", lines),)),) if lines else ()

    def tasks(self) -> tuple[str, ...]:
        lines = [wording.TASK_MOTTO]
        if self.weak:
            lines.append(wording.TASK_WEAK.format(labels=self.labelled(worst_first(self.weak))))
        if self.data.missing:
            lines.append(wording.TASK_MISSING.format(missing=figures.names(self.data.missing)))
        if any(row.value is None for row in self.data.rows):
            lines.append(wording.TASK_GAPS)
        if self.open:
            lines.append(wording.TASK_OPEN.format(count=len(self.open)))
        return tuple(f"- {line}" for line in lines)

    def asks(self, section: str) -> tuple[str, ...]:
        template = wording.ASK_OPEN if self.open else wording.ASK_NONE
        issuer = self.issuer if self.data.kind == "village" else self.data.commune
        return (template.format(addressee=self.addressee, count=len(self.open), section=section, issuer=issuer),)

    def next_title(self) -> str:
        return wording.NEXT[self.data.period.kind].upper()


def fields(data: ReportData) -> Mapping[str, str]:
    """Return the fields that a person's own text may name, as in `{{xa}}`."""
    return {
        "xa": data.commune,
        "tinh": data.province,
        "don_vi": data.unit.full_name,
        "ky": figures.period_title(data.period),
        "so_ho": _count(data.households),
        "so_nguoi_lon": _count(data.adults),
        "so_thanh_vien": _count(data.team.members),
        "so_khong_bao_cao": str(len(data.missing)),
        **{row.code.lower(): figures.amount(row.value) for row in data.rows},
    }


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put values into `{{fields}}`; raises ReportError for one that does not exist."""

    def value(match: re.Match[str]) -> str:
        key = match[1].lower()
        if key not in values:
            raise ReportError(wording.UNKNOWN_FIELD.format(key=match[1][:40], known=", ".join(values)))
        return values[key]

    return _FIELD.sub(value, text)


def _count(value: int | None) -> str:
    return wording.NOT_REPORTED if value is None else number(value, "vi")


def _side(difficulty: ReportedDifficulty) -> str:
    category = difficulty.category.lower()
    if category in (known.lower() for known in wording.CITIZENS):
        return wording.SIDES[0]
    if category in (known.lower() for known in wording.EQUIPMENT):
        return wording.SIDES[1]
    return wording.SIDES[2]


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def _with_percent(row: ReportedIndicator) -> str:
    label = figures.lower_first(row.label)
    if row.percent is None:
        return label
    return wording.WITH_PERCENT.format(label=label, percent=figures.percent(row.percent))


def worst_first(rows: Sequence[ReportedIndicator]) -> list[ReportedIndicator]:
    return sorted(rows, key=lambda row: row.percent if row.percent is not None else Decimal(0))
