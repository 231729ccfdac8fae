"""The target of a link as written: `#step`, `!end`, `!stuck`, `other.md`, `other.md#step`, or a web address."""

from __future__ import annotations

from bot.core.lean import patterns

from .model import END, STUCK

_SCHEME = patterns.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")
_OTHER = patterns.compile(r"(?P<slug>[^/\\#?%]+)\.md(?:#(?P<step>[^#]+))?")


def internal(target: str) -> bool:
    """Tell whether a link is meant to lead to a step or a guide rather than to the web."""
    return _SCHEME.match(target) is None


def target_of(written: str) -> tuple[str, bool]:
    """Return `Option.target` and `Option.other` of a link; an invalid link keeps its writing."""
    if written.startswith("#"):
        return written[1:], False
    match = _OTHER.fullmatch(written)
    if match is None:
        return written, False
    return match["slug"] + (f"#{match['step']}" if match["step"] else ""), True


def is_end(target: str) -> bool:
    return target in (END, STUCK)
