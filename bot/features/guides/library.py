"""All guides of an installation, read once at the start."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.core.text import fold

from .check import Finding, Translations, inspect
from .contacts import Allowed
from .model import Guide


class BrokenGuides(Exception):
    """Guides that may not be shown; the text is one line for each error."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("\n".join(map(str, findings)))
        self.findings = findings


@dataclass(frozen=True)
class Library:
    """Guides by slug, sorted by title, and all findings of the folder they came from."""

    guides: Mapping[str, Guide]
    findings: tuple[Finding, ...] = ()

    def get(self, slug: str) -> Guide | None:
        return self.guides.get(slug)

    def __iter__(self) -> Iterator[Guide]:
        return iter(self.guides.values())

    def __len__(self) -> int:
        return len(self.guides)


def load(
    folder: Path,
    *,
    allowed: Allowed = Allowed(),  # noqa: B008 - frozen
    skip_broken: bool = False,
    translations: Translations | None = None,
) -> Library:
    """Read and check every guide.

    Raises BrokenGuides for the first error anywhere; with `skip_broken` guides that have one are left out instead.
    Raises NotADirectoryError when there is no such folder.
    """
    seen = inspect(folder, allowed, translations=translations)
    findings = tuple(seen.findings)
    errors = tuple(finding for finding in findings if finding.severity == "error")
    if errors and not skip_broken:
        raise BrokenGuides(errors)
    guides = [file.guide for file in seen.files if file.guide is not None and not file.broken]
    guides.sort(key=lambda guide: (fold(guide.title), guide.slug))
    return Library({guide.slug: guide for guide in guides}, findings)
