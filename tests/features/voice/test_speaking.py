"""A voice from the data folder in its own process: what it is given, what comes back, and how it may fail."""

from __future__ import annotations

import os
import shutil
import unicodedata
import wave
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

import pytest

from bot.features.voice import folder, installed, port, spelling
from bot.features.voice.port import VoiceFailed
from bot.features.voice.sherpa import SherpaOnnx
from tests.features.voice import stand_ins, tiny_model
from tests.features.voice.tiny_model import BEEP, MMS, PIPER, RATE
from tests.processes import ROOT

BREATH = RATE // 2


@pytest.fixture
def stubs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the stand-ins are found: by the other process too."""
    stand_ins.library(tmp_path)
    stand_ins.program(tmp_path, "tr -d ',.;:!?' | sed 's/ /ˈ/'")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{ROOT}")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return tmp_path


def voice(data: Path, notes: dict[str, str] = PIPER, **given: str) -> SherpaOnnx:
    tiny_model.put(data / "voice", notes, **given)
    files = folder.find(data)
    assert files is not None
    return SherpaOnnx(files)


def samples(wav: bytes) -> int:
    with wave.open(BytesIO(wav)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE)
        return int(file.getnframes())


async def test_each_sentence_is_spoken_with_its_marks_and_a_breath_behind_it(stubs: Path) -> None:
    got = await voice(stubs).speak("Kính thưa, bà con.\nXin cảm ơn!")
    signs = unicodedata.normalize("NFD", "Kínhˈthưa, bàˈcon." + "Xinˈcảm ơn!")
    assert samples(got) == 800 * len(signs) + 2 * BREATH


async def test_a_voice_that_reads_letters_is_given_them_small(stubs: Path) -> None:
    (stubs / "espeak-ng").unlink()
    stand_ins.library(stubs, "assert text == text.lower() and not how.phoneme_codepoints", stand_ins.SPEAKS)
    assert samples(await voice(stubs, MMS).speak("Kính thưa bà con.")) == 800 * len("kính thưa bà con.") + BREATH


def test_the_sounds_are_written_as_a_piper_model_learned_them(stubs: Path) -> None:
    """Mechanism: a clause at a time, the mark behind it; another language's name and composed letters are no sounds."""
    stand_ins.program(stubs, "cat >/dev/null; echo ' (en)ç_(vi)a '")
    assert spelling.sentences("Một, hai; ba. Bốn?", "phonemes", "vi") == [
        unicodedata.normalize("NFD", sentence) for sentence in ("ç_a, ç_a; ç_a.", "ç_a?")
    ]
    assert spelling.sentences("... !?", "phonemes", "vi") == []


@pytest.mark.parametrize(
    "does",
    ["os.kill(os.getpid(), signal.SIGSEGV)", "os._exit(255)", "raise ValueError('x')", "return Said([])"],
    ids=["dies", "ends", "raises", "says nothing"],
)
async def test_a_model_that_fails_takes_nothing_with_it(stubs: Path, does: str) -> None:
    """Mechanism: a process of its own; sherpa-onnx itself ends its process over a model that it cannot read."""
    stand_ins.library(stubs, does)
    with pytest.raises(VoiceFailed):
        await voice(stubs).speak("Kính thưa bà con.")


async def test_what_a_library_prints_is_no_sound(stubs: Path) -> None:
    stand_ins.library(stubs, "os.write(1, b'RIFF'); print('x', flush=True)", stand_ins.SPEAKS)
    samples(await voice(stubs).speak("Kính thưa bà con."))


@pytest.mark.parametrize(
    "takes",
    ["bytearray(3_000_000_000)", "os.write(os.open(__file__ + '.x', os.O_CREAT | os.O_WRONLY), b'x')"],
    ids=["memory", "disk"],
)
async def test_a_model_that_takes_too_much_is_ended(stubs: Path, takes: str) -> None:
    """Mechanism: limits of the other process."""
    stand_ins.library(stubs, takes, stand_ins.SPEAKS)
    with pytest.raises(VoiceFailed):
        await voice(stubs).speak("Kính thưa bà con.")


async def test_a_model_that_never_ends_is_stopped(stubs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_ins.library(stubs, "time.sleep(600)")
    monkeypatch.setattr(port, "LONGEST_SPEECH", 3.0)
    with pytest.raises(TimeoutError):
        await voice(stubs).speak("Kính thưa bà con.")


async def test_the_model_gets_none_of_our_secrets(stubs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mechanism: the other process is given two variables of the environment."""
    monkeypatch.setenv("BOT_TELEGRAM_TOKEN", "123:secret")
    stand_ins.library(stubs, "sys.exit(str(sorted(name for name in os.environ if not name.startswith('LC_'))))")
    with pytest.raises(VoiceFailed, match=r"^\['PATH', 'PYTHONPATH'\]$"):
        await voice(stubs).speak("Kính thưa bà con.")


def test_sounds_that_a_voice_does_not_know_are_named(tmp_path: Path) -> None:
    tiny_model.put(tmp_path, signs="_^$ abc")
    assert spelling.unknown(["ab, cđ.", "ắ c"], tmp_path / "tokens.txt") == ["đ", "ắ"]


@pytest.mark.skipif(find_spec("sherpa_onnx") is None, reason="the extra `voice` is not installed")
class TestTheRealLibrary:
    """It reads a model that is made here: its interface is the one that is used."""

    @pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
    async def test_it_speaks_the_sounds_of_espeak(self, tmp_path: Path) -> None:
        words = "Kính thưa bà con, sáng mai họp thôn. Không đọc mã ô tê pê cho ai!"
        spelled = spelling.sentences(words, "phonemes", "vi")
        speaker = voice(tmp_path)
        assert len(spelled) == 2
        assert spelling.unknown(spelled, tmp_path / "voice" / "tokens.txt") == []
        # It sets a sign of its own before, between and behind the sounds.
        assert samples(await speaker.speak(words)) > BEEP * sum(map(len, spelled))
        assert installed.usable(tmp_path) is not None

    async def test_it_speaks_letters(self, tmp_path: Path) -> None:
        words = "Kính thưa bà con. Không đọc mã ô tê pê cho ai!"
        assert samples(await voice(tmp_path, MMS).speak(words)) > BEEP * len(words.replace(" ", ""))

    async def test_a_model_that_it_cannot_read_is_an_error_that_can_be_told(self, tmp_path: Path) -> None:
        speaker = voice(tmp_path)
        model = tmp_path / "voice" / "giong-thu.onnx"
        model.write_bytes(model.read_bytes()[:100])
        with pytest.raises(VoiceFailed):
            await speaker.speak("Kính thưa bà con.")
