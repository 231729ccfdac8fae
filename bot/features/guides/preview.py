"""Guides as phones of several kinds show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from bot.core.messages import Message

from .model import Guide


class Previewed(Struct, frozen=True):
    """A guide and the messages of each step on each profile: step id → profile's name → messages."""

    guide: Guide
    pages: Mapping[str, Mapping[str, Sequence[Message]]]
