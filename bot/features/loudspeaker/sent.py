"""A recording that somebody sent: another process opens it and makes it loud. This loads no sound library here."""

from __future__ import annotations

from bot.features.audio import sound
from bot.features.audio.sound import SoundError
from bot.features.jobs.queue import JobRefused
from bot.features.untrusted.limits import MEGABYTE, ProcessLimits
from bot.features.untrusted.pool import ask
from bot.features.untrusted.reader import IsolatedReader, WireModel

from .mastering import Mastered, master

_LIMITS = ProcessLimits(memory=384 * MEGABYTE, seconds=90, patience=100.0)
"""Ten minutes of sound take half a minute of a core and 240 MB, more where it has to be made anew; a job has 120 s."""
_ERRORS: dict[str, type[SoundError]] = {
    one.__name__: one
    for one in (
        sound.UnknownSound, sound.TooLarge, sound.TooLong, sound.Silent, sound.BrokenSound, sound.NoSoundTools,
    )
}  # fmt: skip


class SoundRefused(SoundError):
    """The other process was ended over it, or failed."""

    def __init__(self, template: str) -> None:
        super().__init__(template)
        self.template = template


class RecordingTitle(WireModel):
    title: str


class Made(WireModel):
    """`error` is the name of a SoundError."""

    made: Mastered | None = None
    error: str = ""


async def mastered(data: bytes, title: str) -> Mastered:
    """Master it as `master` does, in the other process; raise a SoundError."""
    try:
        answer = await ask(SOUND, data, RecordingTitle(title=title))
    except JobRefused as refused:
        raise SoundRefused(refused.template) from None
    if answer.made is None:
        raise _ERRORS.get(answer.error, sound.BrokenSound)
    return answer.made


def opened(data: bytes, question: RecordingTitle) -> Made:
    """Master the sound; runs in the other process."""
    try:
        return Made(made=master(data, question.title))
    except SoundError as error:
        return Made(error=type(error).__name__)


SOUND = IsolatedReader(f"{__name__}:opened", RecordingTitle, Made, limits=_LIMITS)
