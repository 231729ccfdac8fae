"""QR codes of links: a picture for chats, a drawing for print."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from segno import QRCode

_QUIET = 4  # modules of white around it (ISO/IEC 18004)


def png(text: str, scale: int = 8) -> bytes:
    """Return a PNG; `scale` is pixels for each module."""
    out = io.BytesIO()
    _code(text).save(out, kind="png", scale=scale, border=_QUIET)
    return out.getvalue()


def svg(text: str) -> bytes:
    """Return an SVG without fixed size, UTF-8."""
    out = io.BytesIO()
    _code(text).save(out, kind="svg", border=_QUIET, omitsize=True, xmldecl=False)
    return out.getvalue()


def blocks(text: str) -> str:
    """Return a drawing of letters, two modules high each, for a terminal that writes light on dark."""
    out = io.StringIO()
    _code(text).terminal(out, compact=True, border=2)
    return out.getvalue()


def _code(text: str) -> QRCode:
    import segno

    return segno.make(text, error="m", micro=False)
