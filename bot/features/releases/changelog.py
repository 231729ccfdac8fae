"""The part of CHANGELOG.md that is for officials: under each version the list `### Có gì mới`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

import bot
from bot.core.lean import patterns

FIRST = "0.1.0"
"""The version that told nobody of itself: an installation without a note is at least of this one."""
_VERSION = patterns.compile(r"\d+(\.\d+)*")
_NEWS = "### Có gì mới"


class Release(Struct, frozen=True):
    """A version and its news, one sentence or two each; none where only builders notice something."""

    version: str
    news: Sequence[str]


def shipped_file() -> Path:
    """Return the file in the package, else the one of a checkout."""
    package = Path(bot.__file__).parent
    shipped = package / "_changelog.md"
    return shipped if shipped.is_file() else package.parent / "CHANGELOG.md"


def parse(text: str) -> list[Release]:
    """Read the versions, newest first; what is not released yet, and English details, are left out."""
    found: list[Release] = []
    for part in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        heading, _, body = part.partition("\n")
        if _VERSION.fullmatch(heading.strip()):
            found.append(Release(heading.strip(), news_in(body)))
    return sorted(found, key=lambda one: number_of(one.version), reverse=True)


def news_in(body: str) -> list[str]:
    """Return the items of the list for officials; an item may run over several lines."""
    _, begun, rest = body.partition(f"{_NEWS}\n")
    if not begun:
        return []
    listed = re.split(r"^#", rest, maxsplit=1, flags=re.MULTILINE)[0]
    return [" ".join(item.split()) for item in re.split(r"^- ", listed, flags=re.MULTILINE)[1:]]


def between(releases: Sequence[Release], told: str, installed: str) -> list[Release]:
    """Return the releases after `told`, up to the one that is installed."""
    return [one for one in releases if number_of(told) < number_of(one.version) <= number_of(installed)]


def number_of(version: str) -> tuple[int, ...]:
    """Return a version as numbers to compare; what follows them, as in `0.2.0rc1`, is left out."""
    found = _VERSION.match(version)
    return tuple(int(part) for part in found[0].split(".")) if found else ()
