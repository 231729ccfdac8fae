"""A row of the result, and the table that people read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

BEGIN, END = "<!-- results: written by `make bench` -->", "<!-- end of results -->"


@dataclass(frozen=True, slots=True)
class Goal:
    """`least` must be reached, `aim` is wanted. `most`: the figure is to be at most that, not at least."""

    least: float
    aim: float
    most: bool = False

    def verdict(self, figure: float) -> str:
        for bound, word in ((self.aim, "aim"), (self.least, "goal")):
            if (figure <= bound) if self.most else (figure >= bound):
                return word
        return "**missed**"

    def text(self) -> str:
        sign = "≤" if self.most else "≥"
        return f"{sign} {_short(self.least)} ({sign} {_short(self.aim)})"


@dataclass(frozen=True, slots=True)
class Line:
    """What was measured in each round: a ratio, or a figure in `unit`; without a goal it is only for information."""

    what: str
    rounds: tuple[float, ...]
    goal: Goal | None = None
    unit: str = ""

    @property
    def median(self) -> float:
        return median(self.rounds)


@dataclass(frozen=True, slots=True)
class Section:
    """The lines of one function of the table; `settings` are those of each side, `left_out` says why there is none."""

    lines: tuple[Line, ...] = ()
    settings: Mapping[str, str] | None = None
    left_out: str = ""


def rows(sections: Sequence[Section]) -> str:
    lines = []
    for line in (line for section in sections for line in section.lines):
        goal, verdict = (line.goal.text(), line.goal.verdict(line.median)) if line.goal is not None else ("", "")
        spread = f"{_short(min(line.rounds))}–{_short(max(line.rounds))}" if len(line.rounds) > 1 else ""
        unit = f" {line.unit}" if line.unit else ""
        lines.append(f"| {line.what} | {_short(line.median)}{unit} | {spread} | {goal} | {verdict} |")
    return "\n".join(lines)


def table(sections: Sequence[Section]) -> str:
    lines = [
        "| what | median | min–max | at least (aim) | reached |",
        "|---|--:|--:|--:|---|",
        rows(sections),
    ]
    sides = {name: text for section in sections for name, text in (section.settings or {}).items()}
    lines += ["", "Versions and settings of each side:", ""]
    lines += [f"- {name}: {text}" for name, text in sides.items()]
    lines += [f"- left out: {section.left_out}" for section in sections if section.left_out]
    return "\n".join(lines) + "\n"


DRIFT = 0.15


def medians(document: Path) -> dict[str, str]:
    """What a row was in the table that stands there → its median as it is written."""
    rows = (line.split("|") for line in document.read_text("utf-8").splitlines() if line.startswith("| "))
    return {row[1].strip(): row[2].strip() for row in rows if len(row) > 2}


def drifted(before: Mapping[str, str], sections: Sequence[Section]) -> list[str]:
    """Ratios that are over 15 % away from those of an earlier run: then one of the two runs cannot be trusted."""
    found = []
    for line in (line for section in sections for line in section.lines):
        was = before.get(line.what, "")
        if line.goal is None or line.unit or not re.fullmatch(r"[0-9.]+", was) or not float(was):
            continue
        if abs(line.median / float(was) - 1) > DRIFT:
            found.append(f"{line.what}: {was} before, {_short(line.median)} now")
    return found


def put_into(document: Path, result: str, begin: str = BEGIN) -> None:
    """Replace what stands between the marks; raises ValueError when a mark is missing."""
    text = document.read_text("utf-8")
    before, found, rest = text.partition(begin)
    _, end, after = rest.partition(END)
    if not found or not end:
        raise ValueError(f"{document}: the marks of the results are missing")
    document.write_text(f"{before}{begin}\n\n{result}\n{END}{after}", "utf-8")


def _short(figure: float) -> str:
    return f"{figure:.0f}" if abs(figure) >= 100 else f"{figure:.3g}"
