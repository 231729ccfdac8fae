"""All guides of an installation: read at the start, replaced when a text or a date of checking is approved in chat."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bot.core.text import fold

from .contacts import Allowed
from .drawn.drawing import Drawing
from .facts import Facts
from .findings import GuideFinding
from .model import Guide

if TYPE_CHECKING:
    from .checking.check import Translations


class BrokenGuides(Exception):
    """Guides that may not be shown; the text is one line for each error."""

    def __init__(self, findings: tuple[GuideFinding, ...]) -> None:
        super().__init__("\n".join(map(str, findings)))
        self.findings = findings


@dataclass
class Library:
    """Guides by slug, sorted by title, all findings of the folder they came from, and what texts of it may name.

    `facts` are the values for its texts; `files` are the guides as they were read.
    """

    guides: Mapping[str, Guide]
    findings: tuple[GuideFinding, ...] = ()
    folder: Path = Path()
    allowed: Allowed = Allowed()  # noqa: RUF009 - frozen
    facts: Facts = Facts()  # noqa: RUF009 - frozen

    def __post_init__(self) -> None:
        self.files = self.guides

    def put(self, guides: Iterable[Guide]) -> None:
        """Replace the guides, for all users of this library."""
        self.guides = _sorted(guides)

    def get(self, slug: str) -> Guide | None:
        return self.guides.get(slug)

    def drawing(self, file: str) -> Drawing | None:
        """Return the drawing whose picture has this name."""
        steps = (step for guide in self for step in guide.steps.values() if step.drawing is not None)
        return next((step.drawing for step in steps if step.picture is not None and step.picture.file == file), None)

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
    """Read and check every guide, but for its style.

    Raises BrokenGuides for the first error anywhere; with `skip_broken` guides that have one are left out instead.
    Raises NotADirectoryError when there is no such folder.
    """
    # Where the guides are as they were at the last start, nothing of what reads them is loaded.
    from .checking.check import inspect

    seen = inspect(folder, allowed, translations=translations, style=False)
    findings = tuple(seen.findings)
    errors = tuple(finding for finding in findings if finding.severity == "error")
    if errors and not skip_broken:
        raise BrokenGuides(errors)
    good = (file.guide for file in seen.files if file.guide is not None and not file.broken)
    return Library(_sorted(good), findings, folder, allowed, seen.facts)


def _sorted(guides: Iterable[Guide]) -> Mapping[str, Guide]:
    ordered = sorted(guides, key=lambda guide: (fold(guide.title), guide.slug))
    return {guide.slug: guide for guide in ordered}
