"""The base of an adapter of one's own, which the shipped ones have too."""

from __future__ import annotations

from bot.core.platform import Adapter

__all__ = ["Adapter"]
