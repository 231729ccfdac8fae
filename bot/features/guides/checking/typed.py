"""Numbers typed into a guide that are facts: after a change of the fact the guide would say both."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from bot.core.lean import patterns
from bot.features.guides.facts import Facts, GuideFact, named, without_names
from bot.features.guides.findings import Code, FindingCollector
from bot.features.guides.model import GuideStep
from bot.features.guides.parse import Parsed

from .readability import QUOTED

_PHONE = patterns.compile(r"\d{3,4}|1[89]00[.\d]+")
_PART = patterns.compile(
    r"(?<![\d.,/])\d[\d.,]* ?(?:%|(?:(?:nghìn|triệu|tỷ) )?đồng\b|(?:ngày|giờ|tháng|năm|tuổi|tầng)\b|m²)"
    r"|(?<![\d.,/])\d{1,2}/\d{1,2}(?![\d.,/]*\d)"
)


def check_typed_facts(parsed: Parsed, facts: Facts, report: FindingCollector) -> None:
    """Report fees, days, phones and other numbers that are a fact of this guide, or part of one.

    The guide's own name may have them: it is searched for, learned, printed and linked. A wrong choice of a question
    says nothing, and what is quoted stands on somebody else's screen.
    """
    numbers = _numbers(parsed, facts)
    phones = {fact.value: fact for fact in facts.by_name.values() if _PHONE.fullmatch(fact.value)}
    for step in parsed.steps.values():
        for text, line in _told(step, parsed):
            own_words = QUOTED.sub(" ", without_names(text))
            for number in _parts(own_words):
                if (fact := numbers.get(number)) is not None:
                    report.add(Code.TYPED_FACT, line, _message(number, fact))
            for phone, fact in phones.items():
                if re.search(rf"(?<![\d.,/]){re.escape(phone)}(?![.,/]?\d)", own_words) is not None:
                    report.add(Code.TYPED_FACT, line, _message(phone, fact))


def _numbers(parsed: Parsed, facts: Facts) -> Mapping[str, GuideFact]:
    """Return the numbers of the guide's own facts and of others that it names, those that are a whole fact first."""
    names = {name for step in parsed.steps.values() for text, _ in step.texts() for name in named(text)}
    mine = [
        fact
        for name, fact in facts.by_name.items()
        if not fact.asks and (name in names or name.partition(".")[0] == parsed.slug)
    ]
    found: dict[str, GuideFact] = {}
    for fact in sorted(mine, key=lambda one: len(one.value)):
        for number in _parts(fact.value):
            found.setdefault(number, fact)
    return found


def _parts(text: str) -> Iterator[str]:
    """Yield the numbers of a text with their units, and days of the year."""
    for match in _PART.finditer(text):
        yield re.sub(r"(?<=\d) (?=%)", "", match[0])


def _told(step: GuideStep, parsed: Parsed) -> Iterator[tuple[str, int]]:
    """Yield what a step tells, with its line."""
    yield step.title, step.line
    yield from ((block.text, block.line) for block in step.blocks)
    yield from ((option.label, option.line) for option in step.options)
    if step.quiz is not None:
        lines = parsed.quiz_lines[step.id]
        yield step.quiz.choices[step.quiz.answer], lines.choices[step.quiz.answer]
        yield step.quiz.explanation, lines.explanation


def _message(number: str, fact: GuideFact) -> str:
    return f"“{number}” có trong mục “{fact.name}” của facts.toml. Hãy viết {{{fact.name}}}, hoặc tách số ấy thành mục."
