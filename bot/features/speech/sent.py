"""A voice note that somebody sent: another process opens it and answers with its samples."""

from __future__ import annotations

from array import array

from bot.features.audio.sound import SoundError, TooLong, kind_of
from bot.features.loudspeaker.mastering import decoded
from bot.features.untrusted.pool import ask
from bot.features.untrusted.reader import FileRefused, IsolatedReader, Nothing, WireModel

from .words import MOST_SECONDS, NO_SOUND, RATE, TOO_LONG


class Samples(WireModel):
    """16 bits each, in one channel, as this machine writes them."""

    data: bytes


async def samples_of(data: bytes) -> bytes:
    """Return the samples of a voice note. Raises JobRefused if it is no sound or too long."""
    return (await ask(VOICE_NOTE, data, Nothing())).data


def samples(data: bytes) -> array[int]:
    """Decode a voice note to 16-bit samples, RATE a second; a messenger's minute may be a little more.

    Raises SoundError, av.FFmpegError or ValueError.
    """
    sound = array("h")
    for frame in decoded(data, kind_of(data), samples_are="s16", rate=RATE, most=MOST_SECONDS + 1):
        sound.frombytes(bytes(frame.planes[0])[: 2 * frame.samples])
    return sound


def opened(data: bytes, question: Nothing) -> Samples:
    """Decode the voice note; runs in the other process."""
    import av

    try:
        return Samples(data=samples(data).tobytes())
    except TooLong:
        raise FileRefused(TOO_LONG) from None
    except (SoundError, av.FFmpegError, ValueError):
        raise FileRefused(NO_SOUND) from None


VOICE_NOTE = IsolatedReader(f"{__name__}:opened", Nothing, Samples, frozenset({TOO_LONG, NO_SOUND}))
