"""Shared parts of the sheets for paper: a code that a telephone reads, and, on the screen only, a text to copy."""

from __future__ import annotations

from msgspec import Struct

from bot.features.invites import qr


class PaperCode(Struct, frozen=True):
    """A drawn code that is a link, too; `drawn` is SVG."""

    address: str
    caption: str

    @property
    def drawn(self) -> str:
        return qr.svg(self.address).decode()
