"""Sound for tests, made here, and a second opinion on how loud it is."""

from __future__ import annotations

import math
import wave
from array import array
from io import BytesIO

import av

RATE = 16_000


def voice(seconds: float = 4.0, level: float = 0.3, rate: int = RATE) -> array[int]:
    """Something like speech: a buzz that comes in syllables, with pauses between phrases."""
    samples = array("h")
    for at in range(round(seconds * rate)):
        t = at / rate
        syllable = max(0.0, math.sin(2 * math.pi * 2.5 * t)) if t % 2 < 1.6 else 0.0
        # Most of the time nothing buzzes: that makes a start of all tests a second shorter.
        buzz = sum(math.sin(2 * math.pi * 140 * n * t) / n for n in range(1, 9)) / 2.2 if syllable else 0.0
        samples.append(round(32_767 * max(-1.0, min(1.0, level * syllable * buzz))))
    return samples


def wav(samples: array[int], rate: int = RATE, channels: int = 1) -> bytes:
    out = BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())
    return out.getvalue()


def encoded(codec: str, container: str, samples: array[int], rate: int = 48_000) -> bytes:
    """The same sound as a messenger would send it."""
    out = BytesIO()
    with av.open(out, "w", format=container) as target, av.open(BytesIO(wav(samples)), "r", format="wav") as source:
        stream = target.add_stream(codec, rate=rate, layout="mono")
        assert isinstance(stream, av.AudioStream)
        for frame in source.decode(audio=0):
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    return out.getvalue()


def decoded(mp3: bytes, rate: int = 48_000) -> list[float]:
    """Samples between -1 and 1."""
    samples = array("f")
    resampler = av.AudioResampler("flt", "mono", rate)
    with av.open(BytesIO(mp3), "r", format="mp3") as container:
        for raw in container.decode(audio=0):
            for frame in resampler.resample(raw):
                samples.frombytes(bytes(frame.planes[0])[: 4 * frame.samples])
    return list(samples)


def loudness(samples: list[float]) -> float:
    """Integrated loudness of one channel at 48 kHz, LUFS, written down from ITU-R BS.1770-4."""
    shelf = _biquad(
        samples,
        (1.53512485958697, -2.69169618940638, 1.19839281085285),
        (-1.69065929318241, 0.73248077421585),
    )
    weighted = _biquad(shelf, (1.0, -2.0, 1.0), (-1.99004745483398, 0.99007225036621))
    block, step = 19_200, 4_800
    powers = [
        sum(value * value for value in weighted[at : at + block]) / block
        for at in range(0, len(weighted) - block + 1, step)
    ]
    above = [power for power in powers if _lufs(power) > -70]
    gate = _lufs(sum(above) / len(above)) - 10
    kept = [power for power in above if _lufs(power) > gate]
    return _lufs(sum(kept) / len(kept))


def _lufs(power: float) -> float:
    return -0.691 + 10 * math.log10(power) if power > 0 else -math.inf


def _biquad(samples: list[float], b: tuple[float, float, float], a: tuple[float, float]) -> list[float]:
    x1 = x2 = y1 = y2 = 0.0
    out: list[float] = []
    for x in samples:
        y = b[0] * x + b[1] * x1 + b[2] * x2 - a[0] * y1 - a[1] * y2
        x1, x2, y1, y2 = x, x1, y, y1
        out.append(y)
    return out
