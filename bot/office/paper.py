"""Shared parts of the sheets for paper: a code that a telephone reads, and, on the screen only, a text to copy."""

from __future__ import annotations

from bot.features.invites import qr

from .html import Html, e

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


def qr_code(address: str, caption: str) -> Html:
    """Render a QR code that is a link, too."""
    svg = qr.svg(address).decode().replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)
    return Html(f'<figure class="qr"><a href="{e(address)}">{svg}{e(caption)}</a></figure>')


def to_copy(heading: str, hint: str, text: str, lang: str = "") -> Html:
    language = f' lang="{lang}"' if lang else ""
    return Html(
        f'<section class="box screen"><h2>{e(heading)}</h2><p>{e(hint)}</p>'
        f'<p class="copy"{language}>{e(text)}</p></section>'
    )
