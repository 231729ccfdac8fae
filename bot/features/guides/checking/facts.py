"""Facts: those that texts name exist, those that stand in the file are used and were looked at lately."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from bot.features.guides.facts import Facts, named
from bot.features.guides.findings import Code, FindingCollector
from bot.features.guides.model import Guide
from bot.features.guides.parse import Parsed


def check_facts(parsed: Parsed, facts: Facts, report: FindingCollector) -> None:
    """Report names of facts that are in no file."""
    for step in parsed.steps.values():
        for text, line in step.texts():
            for name in named(text):
                if name not in facts.by_name:
                    message = f"Không có mục “{name}” trong facts.toml. Hãy thêm mục ấy hoặc sửa tên trong {{…}}."
                    report.add(Code.UNKNOWN_FACT, line, message)


def check_facts_file(facts: Facts, guides: Iterable[Guide], today: date, report: FindingCollector) -> None:
    """Report facts of the folder's own file that no guide names, or that nobody looked at for too long."""
    used = {fact.name for guide in guides for fact in guide.facts}
    for name in sorted(facts.own):
        fact = facts.by_name[name]
        if name not in used:
            report.add(Code.UNUSED_FACT, fact.line, f"Không bài nào dùng mục “{name}”.")
        due = fact.due()
        if due is not None and due < today:
            report.add(Code.OLD_FACT, fact.line, f"Mục “{name}” đã quá hạn xem lại ngày {due:%d/%m/%Y}.")
