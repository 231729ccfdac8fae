"""Shared parts of the sheets for paper: a code that a telephone reads, and, on the screen only, a text to copy."""

from __future__ import annotations

from dataclasses import dataclass

from bot.features.invites import qr

STYLE = """
.office { font-weight: 700; color: var(--accent); margin: 0; }
.qr { margin: 0; width: 11rem; text-align: center; font-weight: 700; line-height: 1.3; }
.qr svg { display: block; width: 100%; background: #fff; }
.copy { white-space: pre-line; user-select: all; border: 2px dashed var(--line); border-radius: .6rem; padding: .8rem;
  background: var(--paper); }
@media print {
  @page { size: A4; margin: 11mm 12mm; }
  body { color: #000; font-family: Arial, "Liberation Sans", "Noto Sans", sans-serif; }
  main.wide { padding: 0; }
  .office, .qr a { color: #000; text-decoration: none; }
}
"""


@dataclass(frozen=True)
class PaperCode:
    """A drawn code that is a link, too; `drawn` is SVG."""

    address: str
    caption: str

    @property
    def drawn(self) -> str:
        return qr.svg(self.address).decode().replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)
