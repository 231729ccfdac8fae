"""Questions in people's own words: enough of them, and none of them twice."""

from __future__ import annotations

from collections.abc import Iterable

from bot.features.guides.findings import Code, FindingCollector
from bot.features.guides.parse import Parsed

LEAST = 30


def check_asks(files: Iterable[tuple[Parsed | None, FindingCollector]]) -> None:
    """Check the questions of all guides; of two that are the same the later one has the finding."""
    seen: dict[str, str] = {}
    for parsed, report in files:
        if parsed is None or parsed.front is None or "asks" not in parsed.front.lines:
            continue
        front = parsed.front
        asks = front.values.asks
        if len(asks) < LEAST:
            message = f"Mới có {len(asks)} câu hỏi trong asks, cần ít nhất {LEAST} câu khác nhau."
            report.add(Code.FEW_ASKS, front.line("asks"), message)
        for at, ask in enumerate(asks):
            # Typed without marks it is another question: people do type so.
            key = " ".join(ask.casefold().split())
            if key in seen:
                message = f"Câu “{ask[:40]}” đã có trong {seen[key]}.md, hãy bỏ một câu."
                report.add(Code.ASKED_TWICE, front.place("asks", at), message)
            seen.setdefault(key, parsed.slug)
