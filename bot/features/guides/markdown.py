"""CommonMark as guides use it: blocks of a file, and one inline string as styled text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct

from bot.core.lean import patterns
from bot.core.text import Span, Style, Text

if TYPE_CHECKING:
    from markdown_it.token import Token

_FIELD = patterns.compile(r"\{([a-z_][a-z0-9_]*)\}")
_MARKUP = patterns.compile(r"[\\`*_!\[\]<&\n]")
_BARE_LINK = patterns.compile(r"\[([^\[\]\\`*_!<>&]+)\]\(([^\s()<>\\&]+)\)")
_WEB = ("https://", "http://")


class Element(Struct, frozen=True):
    """A block: `kind` as the library names it without `_open`, `line` from 1, `inside` its tokens."""

    kind: str
    line: int
    token: Token
    inside: Sequence[Token]


class Link(Struct, frozen=True):
    """`title` stands in quotation marks behind the target."""

    label: str
    target: str
    title: str = ""


class Image(Struct, frozen=True):
    alt: str
    file: str


class Inline(Struct, frozen=True):
    """The content of an inline string; `only` is its link or image if it contains nothing else."""

    links: tuple[Link, ...] = ()
    images: tuple[Image, ...] = ()
    only: Link | Image | None = None
    html: bool = False


def blocks(source: str) -> list[Element]:
    """Parse the top-level blocks of a file's body."""
    from .commonmark import BLOCKS

    return list(elements(BLOCKS.parse(source)))


def elements(tokens: Sequence[Token]) -> Iterator[Element]:
    """Yield the blocks directly inside `tokens`."""
    at = 0
    while at < len(tokens):
        opening, end = tokens[at], at
        if opening.nesting == 1:
            end = at + 1
            while tokens[end].nesting != -1 or tokens[end].level != opening.level:
                end += 1
        line = opening.map[0] + 1 if opening.map else 1
        yield Element(opening.type.removesuffix("_open"), line, opening, tokens[at + 1 : end])
        at = end + 1


def joined(content: str) -> str:
    """Join an inline source to one line: wrapped lines are one sentence, hard breaks stay."""
    lines = content.split("\n")
    kept = [f"{line.rstrip()}\\\n" if line.endswith("  ") else f"{line}\n" for line in lines[:-1]]
    return "".join(line if line.endswith("\\\n") else f"{line[:-1]} " for line in kept) + lines[-1]


def inspect(inline: str) -> Inline:
    """Return links, images and raw HTML of an inline string."""
    if not _MARKUP.search(inline):
        return Inline()
    bare = _BARE_LINK.fullmatch(inline)
    if bare is not None:
        # Nearly every option is just this, and the full parser takes ten times as long to say so.
        link = Link(bare[1], bare[2])
        return Inline((link,), (), link)
    from .commonmark import WITH_HTML

    tokens = WITH_HTML.parseInline(inline)[0].children or []
    links: list[Link] = []
    images: list[Image] = []
    rest = False
    label: list[str] | None = None
    target = title = ""
    for token in tokens:
        if token.type == "link_open":
            label, target, title = [], str(token.attrs["href"]), str(token.attrs.get("title", ""))
        elif token.type == "link_close" and label is not None:
            links.append(Link("".join(label), target, title))
            label = None
        elif token.type == "image":
            images.append(Image(_alt(token), str(token.attrs["src"])))
            rest = rest or label is not None
        elif label is not None:
            label.append(_words(token))
        elif token.content.strip() or token.nesting:
            rest = True
    found: list[Link | Image] = [*links, *images]
    html = any(token.type == "html_inline" for token in tokens)
    return Inline(tuple(links), tuple(images), found[0] if len(found) == 1 and not rest else None, html)


def to_text(inline: str, values: Mapping[str, str]) -> Text:
    """Convert an inline string to styled text; a `{field}` without a value stays as it is written.

    Fields are filled after parsing and in text only, so a value can never become markup or an address.
    """
    return Text(tuple(Span(_filled(span.text, values), span.style, span.link) for span in _spans(inline))) + Text()


def plain(inline: str) -> str:
    """Return the characters that a person sees, with unfilled fields."""
    return "".join(span.text for span in _spans(inline))


def _filled(text: str, values: Mapping[str, str]) -> str:
    return _FIELD.sub(lambda match: values.get(match[1], match[0]), text)


@lru_cache(maxsize=16384)
def _spans(inline: str) -> tuple[Span, ...]:
    if not _MARKUP.search(inline):
        return (Span(inline),) if inline else ()
    from .commonmark import INLINE

    spans: list[Span] = []
    bold = italic = 0
    link: str | None = None
    for token in INLINE.parseInline(inline)[0].children or []:
        if token.type in ("strong_open", "strong_close"):
            bold += token.nesting
        elif token.type in ("em_open", "em_close"):
            italic += token.nesting
        elif token.type in ("link_open", "link_close"):
            address = str(token.attrs.get("href", ""))
            link = address if address.startswith(_WEB) else None
        else:
            style: Style = "bold" if bold else "italic" if italic else "plain"
            spans.append(Span(_words(token), "code" if token.type == "code_inline" else style, link))
    return (Text(tuple(spans)) + Text()).spans


def _words(token: Token) -> str:
    if token.type == "image":
        return _alt(token)
    return {"softbreak": " ", "hardbreak": "\n"}.get(token.type, token.content)


def _alt(token: Token) -> str:
    return "".join(_words(child) for child in token.children or []).strip()
