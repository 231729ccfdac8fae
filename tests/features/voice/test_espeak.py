"""espeak-ng as a voice, and that nothing of the sound packages is loaded before it is used."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

import pytest

from bot.features.voice import installed, port
from bot.features.voice.espeak import Espeak
from bot.features.voice.port import VoiceFailed
from tests.features.voice.stand_ins import program

BOT = Path(__file__).parents[3] / "bot"


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
async def test_espeak_reads_vietnamese(tmp_path: Path) -> None:
    voice = installed.find(tmp_path)
    assert voice is not None
    short, long = await voice.speak("Kính thưa bà con."), await voice.speak("Kính thưa bà con. " * 5)
    assert short.startswith(b"RIFF")
    assert len(long) > 3 * len(short)


async def test_a_text_is_handed_over_as_words_never_as_options(tmp_path: Path) -> None:
    path = program(tmp_path, 'printf RIFF; echo "$@" >&2; cat')
    assert await Espeak(str(path)).speak("--help; rm -rf / $(x)") == b"RIFF--help; rm -rf / $(x)"


@pytest.mark.parametrize("body", ["cat >/dev/null; exit 3", "cat >/dev/null"], ids=["fails", "says nothing"])
async def test_a_voice_that_gives_no_sound_is_an_error_that_can_be_told(tmp_path: Path, body: str) -> None:
    with pytest.raises(VoiceFailed):
        await Espeak(str(program(tmp_path, body))).speak("Kính thưa bà con.")


async def test_a_voice_that_never_ends_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pid = tmp_path / "pid"
    monkeypatch.setattr(port, "LONGEST_SPEECH", 2.0)
    with pytest.raises(TimeoutError):
        await Espeak(str(program(tmp_path, f"echo $$ >{pid}; exec sleep 600"))).speak("Kính thưa bà con.")
    assert not Path(f"/proc/{pid.read_text().strip()}").exists()


def test_where_there_is_no_program_there_is_no_voice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert installed.find(tmp_path) is None


def test_the_sound_packages_are_loaded_when_they_are_needed_and_not_before() -> None:
    """They take a hundred megabytes that most processes never need."""
    eager = [
        path.name
        for path in BOT.rglob("*.py")
        for node in ast.parse(path.read_text("utf-8")).body
        if (isinstance(node, ast.Import) and any(name.name.partition(".")[0] in _SOUND for name in node.names))
        or (isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in _SOUND)
    ]
    assert eager == []


_SOUND = {"av", "sherpa_onnx", "vietasr"}
