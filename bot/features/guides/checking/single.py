"""Check one guide again and again while it is being written; the others are read once, and again when they change."""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from bot.features.guides.contacts import Allowed
from bot.features.guides.facts import Facts
from bot.features.guides.findings import FindingCollector, GuideFinding
from bot.features.guides.model import Guide
from bot.features.guides.parse import Parsed, parse

from .asks import check_asks
from .check import Among, check_one, guide_files, text_of


class SingleCheck:
    """Every rule of `inspect` on the text of one guide, in a fraction of its time.

    `instead` are texts by slug in place of their files. It computes long enough for a thread of its own.
    """

    def __init__(self, folder: Path, allowed: Allowed, facts: Facts) -> None:
        self._folder = folder
        self._allowed = allowed
        self._facts = facts
        self._read: dict[str, tuple[str | int, Parsed]] = {}
        self._busy = threading.Lock()

    def check(
        self, slug: str, text: str, instead: Mapping[str, str], today: date
    ) -> tuple[Guide | None, list[GuideFinding]]:
        """Return the guide that a text makes, None where it cannot be read, and its findings in the order of lines."""
        paths = guide_files(self._folder)
        with self._busy:
            others = self._others(slug, paths, instead)
        report = FindingCollector(slug)
        one = parse(slug, unicodedata.normalize("NFC", text), report, self._facts)
        guides = {name: guide for name, other in others.items() if (guide := other.guide) is not None}
        if one.guide is not None:
            guides[slug] = one.guide
        # Of two same questions the later guide has the finding; here it is this one, which is being changed.
        check_asks([*((other, FindingCollector(name)) for name, other in others.items()), (one, report)])
        known = frozenset([*(path.stem for path in paths), slug])
        check_one(one, Among(self._folder, guides, known, self._allowed, self._facts, today), report)
        return one.guide, sorted(report.findings, key=lambda finding: finding.line)

    def _others(self, slug: str, paths: Sequence[Path], instead: Mapping[str, str]) -> Mapping[str, Parsed]:
        found: dict[str, Parsed] = {}
        for path in paths:
            name = path.stem
            if name == slug:
                continue
            mark: str | int = instead.get(name) or path.stat().st_mtime_ns
            known = self._read.get(name)
            if known is None or known[0] != mark:
                text = mark if isinstance(mark, str) else text_of(path, FindingCollector(name))
                if text is None:  # the check of the whole folder says what is wrong with it
                    continue
                known = self._read[name] = mark, parse(name, text, FindingCollector(name), self._facts)
            found[name] = known[1]
        return found
