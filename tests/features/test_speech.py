"""The recogniser in its own process: what it is given, what it says, and how it may fail."""

from __future__ import annotations

import asyncio
from array import array
from importlib.util import find_spec
from pathlib import Path

import pytest

pytest.importorskip("av", reason="the extra `audio` is not installed")

from bot.features.audio.sound import SoundError, TooLong
from bot.features.jobs.queue import JobRefused
from bot.features.speech import recogniser
from bot.features.speech.recogniser import VietAsr
from bot.features.speech.sent import samples
from bot.features.speech.words import NO_SOUND, NO_WORDS, TOO_LONG
from tests.features.loudspeaker.sounds import encoded, voice, wav
from tests.processes import ROOT

SILENCE = wav(array("h", bytes(2 * 16_000)))
MODEL = """\
import os, signal, sys, time


class Pipeline:
    @classmethod
    def preset(cls, name):
        return cls()

    def build(self):
        return self

    def transcribe(self, sound, rate):
{body}
"""


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a stand-in for the model, found where the real one would be."""
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{ROOT}")
    return tmp_path / "vietasr.py"


def behaves(model: Path, *lines: str) -> None:
    model.write_text(MODEL.format(body="\n".join(f"        {line}" for line in lines)), "utf-8")


def says(model: Path, expression: str) -> None:
    behaves(model, f"self.text = {expression}", "return self")


@pytest.mark.parametrize(
    ("codec", "container"), [("libopus", "ogg"), ("aac", "ipod"), ("aac", "adts"), ("libmp3lame", "mp3"), ("", "")]
)
def test_voice_notes_of_every_messenger_become_samples(codec: str, container: str) -> None:
    sound = voice(1.5)
    got = samples(encoded(codec, container, sound) if codec else wav(sound))
    assert 1.4 * 16_000 < len(got) < 1.7 * 16_000
    assert max(got) > 3000


def test_what_a_messenger_calls_a_minute_is_taken_and_no_more() -> None:
    assert len(samples(wav(array("h", bytes(2 * 16_000 * 60 + 8000))))) > 60 * 16_000
    with pytest.raises(TooLong):
        samples(wav(array("h", bytes(2 * 16_000 * 62))))


@pytest.mark.parametrize("data", [b"", b"Kinh gui", b"#EXTM3U\nhttps://xa.example/x.mp3", b"OggS" + b"x" * 500])
def test_what_is_no_sound_is_no_sound(data: bytes) -> None:
    """Mechanism: a file is read as what its first bytes say; play lists are never opened."""
    import av

    with pytest.raises((SoundError, av.FFmpegError, ValueError)):
        samples(data)


async def test_words_come_back_on_one_line(model: Path) -> None:
    says(model, "'  bốn mươi \\n lăm hộ '")
    assert await VietAsr().hear(SILENCE) == "bốn mươi lăm hộ"


async def test_the_last_of_many_voice_notes_is_heard_like_the_first(model: Path) -> None:
    """Mechanism: one process reads fifty files, and a library that leaves something of each may not fill it."""
    says(model, "'vâng'")
    minute = wav(array("h", bytes(2 * 16_000 * 60)))
    assert [await VietAsr().hear(minute) for _ in range(12)] == ["vâng"] * 12


@pytest.mark.parametrize("heard", ["''", "' . '"])
async def test_where_there_are_no_words_that_is_said(model: Path, heard: str) -> None:
    says(model, heard)
    with pytest.raises(JobRefused) as refused:
        await VietAsr().hear(SILENCE)
    assert refused.value.template == NO_WORDS


async def test_each_problem_has_its_sentence(model: Path) -> None:
    says(model, "'x'")
    for data, expected in ((b"Kinh gui", NO_SOUND), (wav(array("h", bytes(2 * 16_000 * 65))), TOO_LONG)):
        with pytest.raises(JobRefused) as refused:
            await VietAsr().hear(data)
        assert refused.value.template == expected


async def test_a_model_that_dies_takes_nothing_with_it(model: Path) -> None:
    """Mechanism: a process of its own; the job is then tried again."""
    behaves(model, "os.kill(os.getpid(), signal.SIGSEGV)")
    with pytest.raises(RuntimeError, match="ended with -11"):
        await VietAsr().hear(SILENCE)


async def test_the_model_gets_none_of_our_secrets(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mechanism: the other process is given two variables of the environment."""
    monkeypatch.setenv("BOT_TELEGRAM_TOKEN", "123:secret")
    says(model, "str(sorted(name for name in os.environ if not name.startswith('LC_')))")
    assert await VietAsr().hear(SILENCE) == "['PATH', 'PYTHONPATH']"


async def test_a_model_that_never_ends_is_stopped(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mechanism: the time that a voice note may take; the process is killed, not left behind."""
    pid = model.parent / "pid"
    behaves(model, f"open({str(pid)!r}, 'w').write(str(os.getpid()))", "time.sleep(600)")
    monkeypatch.setattr(recogniser, "LONGEST", 6.0)
    with pytest.raises(TimeoutError):
        await VietAsr().hear(SILENCE)
    assert not Path(f"/proc/{pid.read_text()}").exists()


async def test_one_voice_note_at_a_time(model: Path) -> None:
    lock = model.parent / "lock"
    behaves(
        model,
        f"os.close(os.open({str(lock)!r}, os.O_CREAT | os.O_EXCL))",  # fails where another is at work
        "time.sleep(0.2)",
        f"os.unlink({str(lock)!r})",
        "self.text = 'xong'",
        "return self",
    )
    ear = VietAsr()
    assert await asyncio.gather(*(ear.hear(SILENCE) for _ in range(3))) == ["xong"] * 3


@pytest.mark.skipif(find_spec("vietasr") is None, reason="the extra `speech` is not installed")
async def test_the_real_model_hears_no_words_in_silence_and_in_a_buzz() -> None:
    """That its interface is still the one that is used here; no recording of a person belongs to this project."""
    for sound in (SILENCE, encoded("libopus", "ogg", voice(2.0))):
        with pytest.raises(JobRefused) as refused:
            await VietAsr().hear(sound)
        assert refused.value.template == NO_WORDS
