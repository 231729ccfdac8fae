"""Machines that read a text aloud. A recorded voice is better for a village: this is for the demo and for haste."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Mapping
from typing import Protocol

from .sound import BrokenSound

LONGEST_SPEECH = 60.0
"""Seconds that a machine may take for a text."""
_VOICES: Mapping[str, str] = {"vi": "vi", "en": "en"}


class Synthesizer(Protocol):
    """Reads a script, which has no figures and abbreviations (see `ear.for_ear`)."""

    async def speak(self, text: str, locale: str) -> bytes:
        """A WAV file; raises SoundError."""
        ...


class Espeak:
    """espeak-ng in a process of its own: understandable to those who know the text, not a voice for old people."""

    def __init__(self, program: str) -> None:
        self._program = program

    async def speak(self, text: str, locale: str) -> bytes:
        voice = _VOICES.get(locale.partition("-")[0], "vi")
        process = await asyncio.create_subprocess_exec(
            self._program, "-v", voice, "-s", "150", "-g", "3", "--stdin", "--stdout",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            async with asyncio.timeout(LONGEST_SPEECH):
                wav, _ = await process.communicate(text.encode())
        except (TimeoutError, asyncio.CancelledError):
            process.kill()
            await process.wait()
            raise
        if process.returncode != 0 or not wav.startswith(b"RIFF"):
            raise BrokenSound("the voice gave no sound")
        return wav


def installed() -> Synthesizer | None:
    """The voice of this machine; None when there is none."""
    program = shutil.which("espeak-ng")
    return None if program is None else Espeak(program)
