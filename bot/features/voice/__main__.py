"""sherpa-onnx in a process of its own: a SpeechOrder as JSON on stdin, a WAV file on stdout, complaints on stderr.

The library ends its process when a model is not as it expects; here it takes nothing else with it.
"""

from __future__ import annotations

import os
import sys
import wave
from array import array
from collections.abc import Iterable, Sequence
from io import BytesIO

from . import spelling
from .order import SpeechOrder

_BREATH = 0.5
"""Seconds after a sentence."""
_MOST_MEMORY = 2_000_000_000
_MOST_SECONDS = 120
_MOST_ORDER = 1_000_000
_THREADS = 2


def synthesized(order: SpeechOrder) -> tuple[array[int], int]:
    """Speak sentence by sentence, for the library hands over each as a list of Python's numbers."""
    import sherpa_onnx

    files = sherpa_onnx.OfflineTtsVitsModelConfig(model=order.model, tokens=order.tokens)
    model = sherpa_onnx.OfflineTtsModelConfig(vits=files, num_threads=_THREADS)
    machine = sherpa_onnx.OfflineTts(sherpa_onnx.OfflineTtsConfig(model=model))
    sound, breath = array("h"), array("h", bytes(2 * round(_BREATH * machine.sample_rate)))
    for sentence in spelling.sentences(order.words, order.spelling, order.accent):
        how = sherpa_onnx.GenerationConfig()
        how.speed = order.pace
        if order.spelling == "phonemes":
            how.phoneme_codepoints = [[ord(sign) for sign in sentence]]
            audio = machine.generate("", how)
        else:
            audio = machine.generate(sentence, how)
        sound += _samples(audio.samples) + breath
    return sound, int(machine.sample_rate)


def _samples(floats: Iterable[float]) -> array[int]:
    return array("h", (round(32_767 * max(-1.0, min(1.0, value))) for value in floats))


def _wav(sound: Sequence[int], rate: int) -> bytes:
    out = BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(array("h", sound).tobytes())
    return out.getvalue()


def _keep_to_limits() -> None:
    """Conversations come first; no more memory and time, no file, no core left behind."""
    if sys.platform == "win32":
        return  # the time is watched by who asked
    import resource

    os.nice(10)
    for kind, most in (
        (resource.RLIMIT_AS, _MOST_MEMORY),
        (resource.RLIMIT_CPU, _MOST_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))


def main() -> None:
    _keep_to_limits()
    order = SpeechOrder.model_validate_json(sys.stdin.buffer.read(_MOST_ORDER))
    # A library that writes a remark to stdout must not end up in the sound.
    with os.fdopen(os.dup(1), "wb") as answer:
        os.dup2(2, 1)
        sound, rate = synthesized(order)
        if not any(sound):
            raise SystemExit("the model gave no sound")
        answer.write(_wav(sound, rate))


if __name__ == "__main__":
    main()
