"""espeak-ng: understandable to those who know the text, not a voice for old people."""

from __future__ import annotations

from . import port, processes

PROGRAM = "espeak-ng"


class Espeak:
    """A Voice in a process of its own; `program` is the path of espeak-ng."""

    name = PROGRAM

    def __init__(self, program: str) -> None:
        self._program = program

    async def speak(self, words: str) -> bytes:
        ended = await processes.run(
            self._program, "-v", "vi", "-s", "150", "-g", "3", "--stdin", "--stdout",
            question=words.encode(), longest=port.LONGEST_SPEECH,
        )  # fmt: skip
        if ended.code != 0 or not ended.answer.startswith(b"RIFF"):
            raise port.VoiceFailed(f"{self._program} ended with {ended.code}: {ended.complaint}")
        return ended.answer
