"""Any recording becomes an MP3 of the same loudness between two chimes, or is refused in one sentence."""

from __future__ import annotations

import math
import sys
from array import array
from functools import cache
from itertools import pairwise

import pytest

pytest.importorskip("av", reason="the extra `audio` is not installed")

from bot.features.audio import sound
from bot.features.loudspeaker import mastering
from bot.features.loudspeaker.chime import closing, opening
from bot.features.loudspeaker.mastering import CEILING, NEAR, RATE, TARGET, master
from tests.features.loudspeaker.sounds import decoded, encoded, loudness, voice, wav


@cache
def said() -> array[int]:
    """What is recorded; no test changes it."""
    return voice()


@cache
def chime() -> float:
    """Seconds, with the pause."""
    return len(opening(RATE)) / RATE + 0.5


SENT = {
    "opus": lambda: encoded("libopus", "ogg", said()),
    "m4a": lambda: encoded("aac", "ipod", said(), 44_100),
    "aac": lambda: encoded("aac", "adts", said(), 44_100),
    "mp3": lambda: encoded("libmp3lame", "mp3", said(), 44_100),
    "wav": lambda: wav(said()),
}


def middle(mp3: bytes) -> list[float]:
    """The voice alone."""
    samples = decoded(mp3)
    return samples[round(chime() * 48_000) : -round(chime() * 48_000)]


@pytest.mark.parametrize("kind", list(SENT))
def test_what_people_send_comes_back_between_chimes(kind: str) -> None:
    made = master(SENT[kind](), "Họp thôn")
    assert made.mp3.startswith(b"ID3")
    assert "Họp thôn".encode("utf-16-le") in made.mp3
    assert made.seconds == pytest.approx(4 + 2 * chime(), abs=0.15)
    assert len(made.mp3) == pytest.approx(made.seconds * 8_000, rel=0.05)
    assert made.loudness == pytest.approx(TARGET, abs=NEAR)


def test_a_step_of_a_guide_has_no_chimes_and_may_bear_a_mark() -> None:
    made = master(wav(said()), "Mật khẩu", chimes=False, comment="langso")
    assert made.seconds == pytest.approx(4, abs=0.15)
    assert b"langso" in made.mp3
    assert made.loudness == pytest.approx(TARGET, abs=NEAR)


@pytest.mark.parametrize("level", [0.9, 0.02], ids=["loud", "faint"])
def test_by_an_independent_measure_all_are_equally_loud_and_none_is_distorted(level: float) -> None:
    made = master(wav(voice(level=level)))
    heard = middle(made.mp3)
    assert loudness(heard) == pytest.approx(TARGET, abs=NEAR + 0.5)
    # One decibel is what MP3 may add to the peaks that went in.
    assert max(map(abs, heard)) < 10 ** ((CEILING + 1) / 20)
    assert made.peak <= CEILING + 0.5


def test_the_measure_of_the_tests_knows_the_tone_of_the_standard() -> None:
    """BS.1770-4: 997 Hz at full scale in one channel is -3.01 LKFS."""
    tone = [math.sin(2 * math.pi * 997 * at / 48_000) for at in range(48_000)]
    assert loudness(tone) == pytest.approx(-3.01, abs=0.02)


def test_a_peak_that_would_clip_is_limited_and_the_voice_keeps_its_loudness() -> None:
    """Somebody drops the telephone in a quiet recording."""
    quiet = voice(level=0.03)
    quiet[20_000:20_100] = array("h", [30_000, -30_000] * 50)
    made = master(wav(quiet))
    assert made.peak <= CEILING + 0.5
    assert made.loudness == pytest.approx(TARGET, abs=1.0)


def test_stereo_becomes_one_channel() -> None:
    both = array("h", [sample for pair in zip(said(), said(), strict=True) for sample in pair])
    assert master(wav(both, channels=2)).seconds == pytest.approx(4 + 2 * chime(), abs=0.15)


def test_the_chime_rises_falls_and_never_clicks_or_clips() -> None:
    for notes in (opening(RATE), closing(RATE)):
        assert max(map(abs, notes)) < 0.5
        assert max(abs(a - b) for a, b in pairwise(notes)) < 0.12
        assert abs(notes[0]) < 0.01
        assert abs(notes[-1]) < 0.01
    assert opening(RATE) != closing(RATE)


def playlist(name: str) -> bytes:
    return f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile://{name}\n".encode()


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (b"", sound.UnknownSound),
        (b"%PDF-1.7 ...", sound.UnknownSound),
        (playlist("/etc/hostname"), sound.UnknownSound),
        (b"ffconcat version 1.0\nfile /etc/hostname\n", sound.UnknownSound),
        (b"\xff\xd8\xff\xe0 a picture", sound.UnknownSound),
        (b"OggS" + bytes(500), sound.BrokenSound),
        (b"\0\0\0\x1cftypM4A " + bytes(500), sound.BrokenSound),
        (b"ID3" + bytes(500), sound.BrokenSound),
        (b"RIFF\x10\0\0\0WAVEfmt ", sound.BrokenSound),
        (wav(array("h")), sound.BrokenSound),
        (wav(array("h", bytes(2 * 32_000))), sound.Silent),
        (wav(voice(level=0.0005)), sound.Silent),
        (bytes(sound.MOST_BYTES + 1), sound.TooLarge),
    ],
    ids=[
        "empty", "pdf", "playlist", "concat", "jpeg", "broken ogg", "broken m4a", "broken mp3", "cut wav", "no samples",
        "silence", "a quiet room", "too large",
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_with_a_sentence(data: bytes, refusal: type[sound.SoundError]) -> None:
    with pytest.raises(refusal) as caught:
        master(data)
    assert caught.value.template.count(".") <= 2
    assert "{" not in caught.value.template


def test_too_long_is_noticed_while_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mastering, "MOST_SECONDS", 2)
    with pytest.raises(sound.TooLong):
        master(wav(said()))


def test_a_file_that_ends_in_the_middle_is_used_as_far_as_it_goes() -> None:
    whole = SENT["opus"]()
    assert 1.5 < master(whole[: len(whole) * 2 // 3]).seconds - 2 * chime() < 4


def test_without_the_extra_it_is_said_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(sound.NoSoundTools):
        master(wav(said()))
