"""Scenarios: walks through a guide written beside it, `chon-may=Android → Đã cài xong → kiem-tra`.

`id=label` sets the start and the choice there, each `→` takes the option that begins with the label (`Tiếp` for the
only way on), the last word is where the walk must arrive: a step id, or `kết thúc`.
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.core.lean import patterns
from bot.core.text import fold
from bot.features.guides.findings import Code, FindingCollector
from bot.features.guides.model import END, STUCK, Guide
from bot.features.guides.navigation import follow, resolve
from bot.features.guides.parse import Scenario

FINISHED = "kết thúc"
_ARROW = patterns.compile(r"\s*(?:→|->)\s*")
_GRAMMAR = "viết “mã-bước=lựa chọn → lựa chọn → mã-bước” hoặc kết bằng “kết thúc”"


def run(guide: Guide, scenarios: Iterable[Scenario], report: FindingCollector) -> None:
    """Walk each scenario; one that cannot be read or arrives elsewhere becomes a finding."""
    for scenario in scenarios:
        _walk(guide, scenario, report)


def _walk(guide: Guide, scenario: Scenario, report: FindingCollector) -> None:
    first, *labels = _ARROW.split(scenario.text.strip())
    goal = labels.pop() if labels else ""
    start, equals, choice = (part.strip() for part in first.partition("="))
    if not start or (equals and not choice) or not goal or not all(labels):
        report.add(Code.BAD_SCENARIO, scenario.line, f"Kịch bản viết chưa đúng: {_GRAMMAR}.")
        return
    at = start
    for label in [*([choice] if equals else []), *labels]:
        resolved = resolve(guide, at)
        if resolved is None:
            report.add(
                Code.FAILING_SCENARIO, scenario.line, f"Kịch bản đi tiếp từ “{at}”, nhưng đó không phải một bước."
            )
            return
        target = follow(resolved.step, label)
        if target is None:
            message = f"Ở bước “{resolved.step.id}” không có lựa chọn bắt đầu bằng “{label}”."
            report.add(Code.FAILING_SCENARIO, scenario.line, message)
            return
        at = target
    if not _arrived(at, goal):
        report.add(Code.FAILING_SCENARIO, scenario.line, f"Kịch bản phải tới “{goal}”, nhưng lại tới “{_named(at)}”.")


def _arrived(at: str, goal: str) -> bool:
    """Tell whether the goal is reached; leaving for another guide or for a person also finishes this guide."""
    if fold(goal) == fold(FINISHED):
        return at in (END, STUCK) or at.partition("#")[0].endswith(".md")
    return at == goal


def _named(at: str) -> str:
    return FINISHED if at == END else at
