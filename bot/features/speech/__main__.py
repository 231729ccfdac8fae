"""The recogniser in a process of its own: 16-bit samples on stdin, one JSON object on stdout: `{"text": "…"}`.

The voice note itself was opened elsewhere (bot.features.speech.sent): nothing here reads a file of a stranger.
"""

from __future__ import annotations

import json
import os
import sys
from array import array

from .words import MOST_SECONDS, RATE


def transcribed(sound: array[int]) -> str:
    import vietasr

    pipeline = vietasr.Pipeline.preset("transcribe")
    pipeline.build()
    return str(pipeline.transcribe(sound, RATE).text)


def main() -> None:
    if sys.platform != "win32":
        os.nice(10)  # conversations come first
    sound = array("h")
    sound.frombytes(sys.stdin.buffer.read(2 * RATE * (MOST_SECONDS + 1)))
    json.dump({"text": transcribed(sound)}, sys.stdout)


if __name__ == "__main__":
    main()
