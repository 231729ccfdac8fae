"""The costs of frames of the page: seconds of a processor, and bytes that are kept."""

from __future__ import annotations

from bot.core.guard import TEXT_LIMIT

_FRAME, _CHARACTER, _BYTE = 0.008, 30e-6, 20e-9
_ENVELOPE = 100
_ENTRY = 0.000_2
_KEPT, _COPIES = 4_000, 3


def cost_of_frame(length: int) -> float:
    """Return the seconds of a small machine's processor for a frame of so many characters and for the answer to it."""
    return _FRAME + min(max(0, length - _ENVELOPE), TEXT_LIMIT) * _CHARACTER + length * _BYTE


def cost_of_history(entries: int) -> float:
    """Return the seconds for reading so many entries of a log and sending them."""
    return _FRAME + entries * _ENTRY


def kept_of(text: str) -> int:
    """Return the bytes that the database grows by: the page's history, the event and the answer."""
    return _KEPT + _COPIES * len(text.encode("utf-8", "replace"))
