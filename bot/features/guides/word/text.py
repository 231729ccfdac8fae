"""A paragraph of a Word file as inline CommonMark: bold and links are kept, everything else is plain text."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from docx.text.hyperlink import Hyperlink
from docx.text.paragraph import Paragraph

from bot.core.lean import patterns

_SPECIAL = patterns.compile(r"([\\`*_\[\]<>])")
_SPACES = patterns.compile(r"[^\S\n]+")


def inline(item: Paragraph) -> Iterator[str]:
    """Yield pieces of inline CommonMark; runs that look the same are merged, so that `**a****b**` cannot arise."""
    pieces: list[tuple[str, bool, str]] = []
    for part in item.iter_inner_content():
        runs = part.runs if isinstance(part, Hyperlink) else [part]
        address = _address(part.url) if isinstance(part, Hyperlink) else ""
        for run in runs:
            look = (bool(run.bold), address)
            if pieces and pieces[-1][1:] == look:
                pieces[-1] = (pieces[-1][0] + run.text, *look)
            else:
                pieces.append((run.text, *look))
    for text, bold, address in pieces:
        words = escaped(spaced(text))
        inner = words.strip()
        if not inner:
            yield words
            continue
        before, after = words[: len(words) - len(words.lstrip())], words[len(words.rstrip()) :]
        marked = f"[{inner}]({address})" if address else inner
        yield f"{before}**{marked}**{after}" if bold else f"{before}{marked}{after}"


def _address(url: str) -> str:
    """Return an address that is safe inside a Markdown link; "" if it is no web address."""
    if not url.startswith(("https://", "http://")):
        return ""
    return url.replace(" ", "%20").replace("(", "%28").replace(")", "%29")


def spaced(text: str) -> str:
    return _SPACES.sub(" ", unicodedata.normalize("NFC", text).replace("\n", " "))


def tidy(text: str) -> str:
    return " ".join(text.split())


def one_line(text: str) -> str:
    return tidy(spaced(text))


def escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)
