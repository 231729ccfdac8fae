"""How a notice that cannot wait looks: a band above it, in red on a screen, in thick black lines on paper."""

from __future__ import annotations

from bot.i18n import msg

URGENT = msg("Tin khẩn")

STYLE = """
.urgent { border: 3px solid var(--warn); }
.band { margin: -1rem -1.1rem .8rem; padding: .5rem 1.1rem; background: var(--warn); color: #fff; font-weight: 700;
  font-size: 1.15rem; border-radius: .6rem .6rem 0 0; }
.urgent h1, .urgent h2 a { color: var(--warn); }
@media print {
  .urgent { border: 2.5pt solid #000; border-radius: 0; padding: 4mm; }
  .urgent .band { margin: 0 0 3mm; padding: 1mm 0; background: none; color: #000; border-radius: 0;
    border-bottom: 2.5pt solid #000; text-transform: uppercase; letter-spacing: .08em; }
  .urgent h1, .urgent h2 a { color: #000; }
}
"""
