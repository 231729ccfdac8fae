"""From any recording to an MP3 for the loudspeaker: even loudness, no distortion, a chime before and after.

Loudness is measured as ITU-R BS.1770-4 says (K-weighted, gated, integrated), by FFmpeg's `ebur128`, over the voice
alone. The gain that leads to TARGET is applied, peaks above CEILING are limited at four times the sampling rate (so
that what lies between the samples counts too), and the result is measured again: limiting makes it a little quieter,
and the gain is corrected for that. The measured figures go with the result. All this is work for a thread.
"""

from __future__ import annotations

import contextlib
import math
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from importlib.util import find_spec
from io import BytesIO
from typing import TYPE_CHECKING

from bot.features.audio.sound import (
    CODECS,
    MOST_BYTES,
    MOST_SECONDS,
    BrokenSound,
    NoSoundTools,
    Silent,
    TooLarge,
    TooLong,
    kind_of,
)

from . import chime

if TYPE_CHECKING:
    from av import AudioFrame

TARGET = -16.0
"""Integrated loudness of the voice, LUFS: what a loudspeaker's amplifier is set for, once."""
NEAR = 0.5
"""So many LU from TARGET are near enough; strong limiting may leave it further below."""
CEILING = -2.0
"""dBTP. The last change of rate and MP3 may rise above it by up to a decibel."""
SILENCE = -55.0
"""LUFS. A quieter recording is a room, not a voice."""
RATE = 44_100
"""Of the result, with one channel and a constant rate: what cheap amplifiers with a USB socket play."""
BITS_PER_SECOND = 64_000

_INSIDE = 48_000  # samples a second while it is measured
_LIMIT = 10 ** (CEILING / 20)
_METER = ("ebur128", "peak=true:metadata=1")
_MOST_RENDERS = 4
_PAUSE = 0.5  # seconds between chime and voice
_BLOCK = 4096


@dataclass(frozen=True, slots=True)
class Mastered:
    """`seconds` is the length with the chimes; `loudness` (LUFS) and `peak` (dBTP) are those of the voice in it."""

    mp3: bytes
    seconds: float
    loudness: float
    peak: float


class _Meter:
    """Integrated loudness and true peak of what has passed."""

    loudness = -math.inf
    peak = -math.inf

    def watch(self, frames: Iterable[AudioFrame]) -> Iterator[AudioFrame]:
        for frame in frames:
            if "lavfi.r128.I" in frame.metadata:
                self.loudness = float(frame.metadata["lavfi.r128.I"])
                peak = float(frame.metadata["lavfi.r128.true_peak"])
                self.peak = 20 * math.log10(peak) if peak > 0 else -math.inf
            yield frame


def installed() -> bool:
    """Tell whether the optional package is there; without loading it."""
    return find_spec("av") is not None


def master(data: bytes, title: str = "", *, chimes: bool = True, comment: str = "") -> Mastered:
    """Master a recording; `comment` stands in its file. Raises a SoundError.

    Takes a core for some seconds for each ten minutes of sound.
    """
    if len(data) > MOST_BYTES:
        raise TooLarge
    kind = kind_of(data)
    try:
        import av
    except ImportError:
        raise NoSoundTools from None
    try:
        before = _Meter()
        for _ in before.watch(_filtered(decoded(data, kind), _INSIDE, (_METER,))):
            pass
        if before.loudness < SILENCE:
            raise Silent
        gain = TARGET - before.loudness
        for _ in range(_MOST_RENDERS):
            made = _render(decoded(data, kind), gain, (title, comment), chimes=chimes)
            if abs(TARGET - made.loudness) <= NEAR:
                break
            gain += TARGET - made.loudness
    except (av.FFmpegError, ValueError) as error:
        raise BrokenSound(str(error)) from error
    return made


def decoded(
    data: bytes, kind: str, *, samples_are: str = "flt", rate: int = _INSIDE, most: float | None = None
) -> Iterator[AudioFrame]:
    """Decode the sound to one channel, `rate` samples a second; `samples_are` is FFmpeg's name of their form.

    Raises BrokenSound and, after `most` seconds (None: MOST_SECONDS), TooLong; FFmpeg's own errors come as
    av.FFmpegError or ValueError.
    """
    import av

    longest = MOST_SECONDS if most is None else most
    with av.open(BytesIO(data), "r", format=kind) as container:
        if not container.streams.audio:
            raise BrokenSound("no sound inside")
        stream = container.streams.audio[0]
        codec = stream.codec_context.name
        if codec not in CODECS and not codec.startswith("pcm_"):
            raise BrokenSound(f"{codec} inside")
        resampler = av.AudioResampler(samples_are, "mono", rate)
        samples = 0
        for raw in container.decode(stream):
            for frame in resampler.resample(raw):
                samples += frame.samples
                if samples > longest * rate:
                    raise TooLong
                yield frame
        if not samples:
            raise BrokenSound("nothing inside")
        yield from resampler.resample(None)


def _render(voice: Iterator[AudioFrame], gain: float, label: tuple[str, str], *, chimes: bool) -> Mastered:
    """Render the voice at a gain, with `chimes` between them, as MP3; `label` is title and comment."""
    meter = _Meter()
    louder = (
        ("volume", f"{gain:.2f}dB:precision=float"),
        ("aresample", str(4 * _INSIDE)),
        ("alimiter", f"level=disabled:attack=5:release=80:latency=1:limit={_LIMIT:.4f}"),
        ("aresample", str(RATE)),
        _METER,
        ("aformat", f"sample_fmts=flt:sample_rates={RATE}:channel_layouts=mono"),
    )
    parts: list[Callable[[], Iterable[AudioFrame]]] = [lambda: meter.watch(_filtered(voice, _INSIDE, louder))]
    if chimes:
        parts.insert(0, lambda: _frames(chime.opening(RATE) + chime.silence(_PAUSE, RATE)))
        parts.append(lambda: _frames(chime.silence(_PAUSE, RATE) + chime.closing(RATE)))
    mp3, seconds = _encoded((frame for part in parts for frame in part()), *label)
    return Mastered(mp3, seconds, meter.loudness, meter.peak)


def _filtered(frames: Iterable[AudioFrame], rate: int, filters: Sequence[tuple[str, str]]) -> Iterator[AudioFrame]:
    """Run the frames through a chain of FFmpeg's filters; `rate` is that of the input."""
    import av
    from av.filter import Graph

    graph = Graph()
    source = last = graph.add_abuffer(format="flt", sample_rate=rate, layout="mono", time_base=Fraction(1, rate))
    for name, options in (*filters, ("abuffersink", "")):
        following = graph.add(name, options)
        last.link_to(following)
        last = following
    graph.configure()

    def ready() -> Iterator[AudioFrame]:
        with contextlib.suppress(av.BlockingIOError, av.EOFError):
            while True:
                frame = last.pull()
                if isinstance(frame, av.AudioFrame):
                    yield frame

    at = 0
    for frame in frames:
        frame.pts, frame.time_base = at, Fraction(1, rate)
        at += frame.samples
        source.push(frame)
        yield from ready()
    source.push(None)
    yield from ready()


def _frames(samples: array[float]) -> Iterator[AudioFrame]:
    import av

    for at in range(0, len(samples), _BLOCK):
        block = samples[at : at + _BLOCK]
        frame = av.AudioFrame("flt", "mono", len(block))
        frame.sample_rate = RATE
        frame.planes[0].update(block.tobytes())
        yield frame


def _encoded(frames: Iterable[AudioFrame], title: str, comment: str) -> tuple[bytes, float]:
    """Return an MP3 file and its length in seconds."""
    import av

    out, samples = BytesIO(), 0
    with av.open(out, "w", format="mp3", options={"id3v2_version": "3"}) as container:
        container.metadata["title"] = title
        if comment:
            container.metadata["comment"] = comment
        stream = container.add_stream("libmp3lame", rate=RATE, layout="mono")
        stream.bit_rate = BITS_PER_SECOND
        for frame in frames:
            frame.pts, frame.time_base = samples, Fraction(1, RATE)
            samples += frame.samples
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return out.getvalue(), samples / RATE
