"""QR codes of links: a picture for chats, a drawing for print."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from segno import QRCode

_QUIET = 4  # modules of white around it (ISO/IEC 18004)


def png(text: str, scale: int = 8) -> bytes:
    """A PNG; `scale` is pixels for each module."""
    out = io.BytesIO()
    _code(text).save(out, kind="png", scale=scale, border=_QUIET)
    return out.getvalue()


def svg(text: str) -> bytes:
    """An SVG without fixed size, UTF-8."""
    out = io.BytesIO()
    _code(text).save(out, kind="svg", border=_QUIET, omitsize=True, xmldecl=False)
    return out.getvalue()


def _code(text: str) -> QRCode:
    import segno

    return segno.make(text, error="m", micro=False)
