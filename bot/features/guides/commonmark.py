"""The parsers of CommonMark, loaded when the first text is parsed: a start that finds all guides read needs none."""

from __future__ import annotations

from markdown_it import MarkdownIt


class _Markdown(MarkdownIt):
    """Leaves addresses as they are written, so that a check can judge them."""

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the library's name
        return True

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - the library's name
        return url

    def normalizeLinkText(self, link: str) -> str:  # noqa: N802 - the library's name
        return link


# Link definitions would swallow lines and act across blocks; every inline string must stand for itself.
BLOCKS = _Markdown("commonmark", {"html": True}).disable(["reference", "inline"])
INLINE = _Markdown("commonmark", {"html": False})
WITH_HTML = _Markdown("commonmark", {"html": True})
