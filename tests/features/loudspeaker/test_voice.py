"""The machine that reads aloud, and that nothing of the sound packages is loaded before it is used."""

from __future__ import annotations

import ast
import shutil
import stat
from pathlib import Path

import pytest

from bot.features.loudspeaker.sound import BrokenSound
from bot.features.loudspeaker.voice import Espeak, installed

BOT = Path(__file__).parents[3] / "bot"


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
async def test_espeak_reads_vietnamese() -> None:
    voice = installed()
    assert voice is not None
    short, long = await voice.speak("Kính thưa bà con.", "vi"), await voice.speak("Kính thưa bà con. " * 5, "vi")
    assert short.startswith(b"RIFF")
    assert len(long) > 3 * len(short)


async def test_a_text_is_handed_over_as_words_never_as_options(tmp_path: Path) -> None:
    program = script(tmp_path, 'printf RIFF; echo "$@" >&2; cat')
    assert await Espeak(program).speak("--help; rm -rf / $(x)", "vi") == b"RIFF--help; rm -rf / $(x)"


@pytest.mark.parametrize("body", ["cat >/dev/null; exit 3", "cat >/dev/null"], ids=["fails", "says nothing"])
async def test_a_voice_that_gives_no_sound_is_an_error_that_can_be_told(tmp_path: Path, body: str) -> None:
    with pytest.raises(BrokenSound):
        await Espeak(script(tmp_path, body)).speak("Kính thưa bà con.", "vi")


def test_where_there_is_no_program_there_is_no_voice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert installed() is None


def test_the_sound_packages_are_loaded_when_they_are_needed_and_not_before() -> None:
    """They take a hundred megabytes that most processes never need."""
    eager = [
        path.name
        for path in BOT.rglob("*.py")
        for node in ast.parse(path.read_text("utf-8")).body
        if (isinstance(node, ast.Import) and any(name.name.partition(".")[0] == "av" for name in node.names))
        or (isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "av")
    ]
    assert eager == []


def script(folder: Path, body: str) -> str:
    """A program that stands in for espeak-ng."""
    path = folder / "voice"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)
