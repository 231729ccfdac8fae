"""Recordings of steps: which are offered, and what the check says of the others."""

from __future__ import annotations

from array import array
from pathlib import Path

import pytest

pytest.importorskip("av", reason="the extra `audio` is not installed")

from bot.features.guides import library, recordings
from bot.features.guides.checking.check import GuideFinding
from bot.features.guides.library import Library
from bot.features.guides.recordings import MOST_BYTES, Recordings
from tests.features.loudspeaker.sounds import encoded, voice, wav

SLUG, STEP = "huong-dan", "bat-dau"
GUIDE = Path(__file__).parent / "fixtures" / "unverified" / "huong-dan.md"
NAME = f"{SLUG}/{STEP}.vi.mp3"


@pytest.fixture(scope="module")
def mp3() -> bytes:
    return encoded("libmp3lame", "mp3", voice(1.0), rate=44_100)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One guide, with a first step called STEP."""
    source = GUIDE.read_text("utf-8")
    first = source.split("{#", 1)[1].split("}", 1)[0].split()[0]
    (tmp_path / f"{SLUG}.md").write_text(source.replace(f"#{first}", f"#{STEP}").replace(f"- {first}", f"- {STEP}"))
    return tmp_path


def put(folder: Path, data: bytes, name: str = NAME) -> Path:
    path = folder / "audio" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def translate(locale: str, message: str, context: str | None = None) -> str:
    return message if locale == "vi" else f"{message} ({locale})"


def shelf(folder: Path) -> Library:
    return library.load(folder, skip_broken=True)


def note(folder: Path) -> None:
    recordings.update(folder, shelf(folder), translate)


def found(folder: Path) -> list[GuideFinding]:
    return recordings.check(folder, shelf(folder), ("vi", "en"), translate)


def told(folder: Path) -> list[tuple[str, str]]:
    return [(one.severity, one.code) for one in found(folder)]


def offered(folder: Path, locale: str = "vi", *, kept: Recordings | None = None) -> str | None:
    guide = shelf(folder).guides[SLUG]
    one = (kept or recordings.read(folder)).of(guide, guide.steps[STEP], locale, translate)
    return None if one is None else one.file


def rewrite(folder: Path) -> None:
    file = folder / f"{SLUG}.md"
    text = file.read_text("utf-8")
    heading = next(line for line in text.split("\n") if f"#{STEP}" in line)
    file.write_text(text.replace(heading, f"{heading}\n\nCâu này mới thêm vào.", 1), "utf-8")


def test_a_recording_is_offered_once_it_is_noted(folder: Path, mp3: bytes) -> None:
    """Mechanism: only what was noted is known to say what the step says."""
    put(folder, mp3)
    assert told(folder) == [("warning", "audio-unnoted")]
    assert offered(folder) is None
    note(folder)
    assert told(folder) == []
    assert offered(folder) == f"audio/{NAME}"


def test_a_language_without_a_recording_has_the_vietnamese_one(folder: Path, mp3: bytes) -> None:
    put(folder, mp3)
    note(folder)
    assert offered(folder, "en") == f"audio/{NAME}"
    put(folder, mp3, f"{SLUG}/{STEP}.en.mp3")
    note(folder)
    assert offered(folder, "en") == f"audio/{SLUG}/{STEP}.en.mp3"
    assert offered(folder) == f"audio/{NAME}"


def test_a_rewritten_step_is_not_offered_and_noting_again_does_not_hide_that(folder: Path, mp3: bytes) -> None:
    """Mechanism: the digest of the words; a note is renewed only with the sound."""
    put(folder, mp3)
    note(folder)
    rewrite(folder)
    assert told(folder) == [("warning", "audio-stale")]
    assert offered(folder) is None
    note(folder)
    assert told(folder) == [("warning", "audio-stale")]
    put(folder, encoded("libmp3lame", "mp3", voice(1.2), rate=44_100))
    assert told(folder) == [("warning", "audio-unnoted")]
    note(folder)
    assert told(folder) == []
    assert offered(folder) == f"audio/{NAME}"


def test_a_step_that_is_rewritten_while_the_bot_runs_loses_its_recording_at_once(folder: Path, mp3: bytes) -> None:
    """Mechanism: words are compared when a recording is asked for, not when files are read."""
    put(folder, mp3)
    note(folder)
    kept = recordings.read(folder)
    assert offered(folder, kept=kept)
    rewrite(folder)
    assert offered(folder, kept=kept) is None


@pytest.mark.parametrize(
    ("name", "code"),
    [
        (f"{SLUG}/{STEP}.vi.wav", "audio-name"),
        (f"{SLUG}/{STEP}.mp3", "audio-name"),
        (f"{SLUG}/{STEP}.km.mp3", "audio-name"),
        (f"{SLUG}/con/{STEP}.vi.mp3", "audio-name"),
        (f"{STEP}.vi.mp3", "audio-name"),
        (f"{SLUG}/khong-co.vi.mp3", "audio-step"),
        (f"khong-co/{STEP}.vi.mp3", "audio-step"),
    ],
)
def test_a_name_that_tells_no_step_is_an_error(folder: Path, mp3: bytes, name: str, code: str) -> None:
    path = put(folder, mp3, name)
    note(folder)
    [finding] = found(folder)
    assert (finding.severity, finding.code, finding.path) == ("error", code, str(path))
    assert offered(folder) is None


@pytest.mark.parametrize("what", ["wav", "ogg", "text", "nothing", "only the first bytes"])
def test_what_is_no_mp3_inside_is_an_error_and_not_offered(folder: Path, mp3: bytes, what: str) -> None:
    """Mechanism: content, not names."""
    data = {
        "wav": wav(voice(0.5)),
        "ogg": encoded("libopus", "ogg", voice(0.5)),
        "text": b"day la tep chu",
        "nothing": b"",
        "only the first bytes": b"ID3\x04" + b"x" * 4000,
    }[what]
    put(folder, data)
    note(folder)
    assert told(folder) == [("error", "audio-format")]
    assert what == "only the first bytes" or offered(folder) is None


def test_over_two_minutes_and_over_three_megabytes_are_errors(folder: Path) -> None:
    put(folder, encoded("libmp3lame", "mp3", array("h", bytes(2 * 16_000 * 122)), rate=44_100))
    note(folder)
    assert told(folder) == [("error", "audio-long")]
    put(folder, b"ID3" + bytes(MOST_BYTES))
    note(folder)
    assert told(folder) == [("error", "audio-large")]
    assert offered(folder) is None


def test_broken_notes_offer_nothing_and_can_be_written_anew(folder: Path, mp3: bytes) -> None:
    put(folder, mp3)
    note(folder)
    (folder / "audio" / ".index.json").write_text('{"huong-dan": 1}')
    assert told(folder) == [("error", "audio-index"), ("warning", "audio-unnoted")]
    assert offered(folder) is None
    note(folder)
    assert told(folder) == []
    assert offered(folder)


def test_what_is_for_authors_is_no_recording(folder: Path, mp3: bytes) -> None:
    put(folder, mp3)
    put(folder, b"chu", "README.md")
    note(folder)
    assert told(folder) == []


def test_a_note_goes_with_its_recording(folder: Path, mp3: bytes) -> None:
    path = put(folder, mp3)
    note(folder)
    path.unlink()
    note(folder)
    assert (folder / "audio" / ".index.json").read_text("utf-8") == "{}\n"
