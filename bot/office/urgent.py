"""How a notice that cannot wait looks: a band above it, in red on a screen, in thick black lines on paper."""

from __future__ import annotations

from bot.i18n import msg

URGENT = msg("Tin khẩn")
