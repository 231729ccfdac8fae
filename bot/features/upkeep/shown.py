"""The guides as readers see them: the files, over them texts approved in chat, and the day each was last tried."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import date

from msgspec import Struct

from bot.core.lean.values import replace
from bot.features.guides.facts import Facts
from bot.features.guides.findings import FindingCollector
from bot.features.guides.library import Library
from bot.features.guides.model import Guide
from bot.features.search.index import Index, entry_of
from bot.i18n import msg

from . import checks, texts

UNREADABLE = msg("Máy không đọc được tệp của bài hướng dẫn này nữa. Nhờ người trông máy xem lại tệp giúp.")
log = logging.getLogger(__name__)


class _Approved(Struct, frozen=True):
    """A text and the guide that it makes."""

    text: str
    guide: Guide


class LibrarySync:
    """Keeps a library and its index in step with the database."""

    def __init__(self, library: Library, index: Index) -> None:
        self.library = library
        self._index = index
        self._approved: Mapping[str, _Approved] = {}
        self._rows: Mapping[str, int] = {}

    async def refresh(self) -> None:
        """Read what was approved and checked. Outside of transactions that may roll back."""
        approved = [one for one in await texts.approved() if one.guide in self.library.files]
        rows = {one.guide: one.id for one in approved}
        new = rows != self._rows
        if new:
            read = {one.guide: _read(one, self.library.facts) for one in approved}
            self._approved = {slug: one for slug, one in read.items() if one is not None}
            self._rows = rows
        self._put(await checks.last_checks())
        if new:
            self._index.build(map(entry_of, self.library))

    def _put(self, tried: Mapping[tuple[str, str], date]) -> None:
        if not tried and not self._approved and self.library.guides is self.library.files:
            return  # as most communes begin: nobody has to read the files yet
        approved = {slug: one.guide for slug, one in self._approved.items()}
        guides = {**self.library.files, **approved}.values()
        known = {slug for slug, _ in tried}  # to know the content of all others takes a twentieth of a start
        self.library.put(
            _dated(guide, tried.get((guide.slug, guide.content)) if guide.slug in known else None) for guide in guides
        )

    def source(self, slug: str) -> str | None:
        """Return the Markdown that is shown now, None where its file was taken away or spoilt since the start.

        It reads a file.
        """
        if (one := self._approved.get(slug)) is not None:
            return one.text
        try:
            return (self.library.folder / f"{slug}.md").read_text("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            log.warning("guide %s: %s", slug, error)
            return None

    def sources(self) -> Mapping[str, str]:
        """Return the texts that are shown instead of their files."""
        return {slug: one.text for slug, one in self._approved.items()}

    async def overtaken(self, slug: str) -> bool:
        """Tell whether a guide's file is neither the approved text nor one on which an approved text was based."""
        if slug not in self._approved:
            return False
        known = {self._approved[slug].guide.content, *await texts.bases(slug)}
        return self.library.files[slug].content not in known


def _read(one: texts.NewText, facts: Facts) -> _Approved | None:
    from bot.features.guides.parse import parse

    report = FindingCollector(one.guide)
    guide = parse(one.guide, one.text, report, facts).guide
    if guide is None:
        log.error("the approved text %d of guide %s cannot be read, its file is shown", one.id, one.guide)
        return None
    return _Approved(one.text, guide)


def _dated(guide: Guide, tried: date | None) -> Guide:
    days = [day for day in (guide.verified, tried) if day is not None]
    return guide if not days or max(days) == guide.verified else replace(guide, verified=max(days))
