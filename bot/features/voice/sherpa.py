"""sherpa-onnx with a VITS voice from the data folder, in a process that ends with each text."""

from __future__ import annotations

import asyncio
import logging
import os
import sys

from . import port, processes
from .folder import VoiceFiles
from .order import SpeechOrder

log = logging.getLogger(__name__)

_PACE = 0.85
"""A loudspeaker's reader is slow, and so are old ears."""
_ENVIRONMENT = ("PATH", "PYTHONPATH", "SYSTEMROOT")
"""The variables passed on to the other process: no token, no key."""


class SherpaOnnx:
    """A Voice. It holds some hundred MB while it speaks; a process gives them back, and may be stopped."""

    def __init__(self, files: VoiceFiles) -> None:
        self._files = files
        self._turn = asyncio.Lock()

    @property
    def name(self) -> str:
        return self._files.name

    async def speak(self, words: str) -> bytes:
        files = self._files
        order = SpeechOrder(
            model=str(files.model), tokens=str(files.tokens), spelling=files.spelling, accent=files.accent,
            pace=_PACE, words=words,
        )  # fmt: skip
        async with self._turn:
            ended = await processes.run(
                sys.executable, "-m", "bot.features.voice",
                question=order.model_dump_json().encode(), longest=port.LONGEST_SPEECH,
                env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
            )  # fmt: skip
        if ended.code != 0 or not ended.answer.startswith(b"RIFF"):
            log.warning("the voice %s ended with %s: %s", self.name, ended.code, ended.complaint)
            raise port.VoiceFailed(ended.complaint or f"ended with {ended.code}")
        return ended.answer
