"""The recogniser in a process of its own: a voice note on stdin, one JSON object on stdout.

`{"text": "…"}`, or `{"problem": "…"}` with a name that `bot.features.speech.recogniser` knows. What decodes and
recognises here is other people's native code, fed with files from strangers.
"""

from __future__ import annotations

import json
import os
import sys
from array import array

from bot.features.loudspeaker.mastering import decoded
from bot.features.loudspeaker.sound import SoundError, TooLong, kind_of

from .words import MOST_BYTES, MOST_SECONDS

RATE = 16_000
"""Samples a second that the model was trained with."""


def samples(data: bytes) -> array[int]:
    """A voice note as 16-bit samples, RATE a second; what a messenger calls a minute may be a little more.

    Raises SoundError, av.FFmpegError or ValueError.
    """
    sound = array("h")
    for frame in decoded(data, kind_of(data), samples_are="s16", rate=RATE, most=MOST_SECONDS + 1):
        sound.frombytes(bytes(frame.planes[0])[: 2 * frame.samples])
    return sound


def transcribed(sound: array[int]) -> str:
    import vietasr

    pipeline = vietasr.Pipeline.preset("transcribe")
    pipeline.build()
    return str(pipeline.transcribe(sound, RATE).text)


def main() -> None:
    os.nice(10)  # conversations come first
    import av

    try:
        sound = samples(sys.stdin.buffer.read(MOST_BYTES))
    except TooLong:
        answer = {"problem": "long"}
    except (SoundError, av.FFmpegError, ValueError):
        answer = {"problem": "sound"}
    else:
        answer = {"text": transcribed(sound)}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
