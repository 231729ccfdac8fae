"""The port: a machine that reads a script aloud, in haste or where there is much. A person's recording is better."""

from __future__ import annotations

from typing import Protocol

from bot.features.audio.sound import SoundError
from bot.i18n import msg

LONGEST_SPEECH = 60.0
"""Seconds that a machine may take for a text."""


class VoiceFailed(SoundError):
    template = msg("Giọng máy không đọc được bản này. Bác thu tiếng của mình bằng tin thoại giúp tôi.")


class Voice(Protocol):
    """Reads Vietnamese words, without figures and abbreviations: all makers get what `audio.ear.for_ear` wrote."""

    @property
    def name(self) -> str:
        """Return what is noted beside a recording of it, in ASCII."""
        ...

    async def speak(self, words: str) -> bytes:
        """Return the spoken words as a WAV file. Raises VoiceFailed, and TimeoutError when it takes too long."""
        ...
