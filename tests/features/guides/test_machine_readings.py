"""Steps that a machine read: nobody hears one before a person has heard it to its end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("av", reason="the extra `audio` is not installed")

from bot.features import step_readings
from bot.features.audio.by_machine import mark_of
from bot.features.guides import library, recordings
from bot.features.guides.library import Library
from bot.features.guides.recordings import NotApproved
from tests.features.guides.test_guide_recordings import NAME, SLUG, STEP, folder, mp3, put, rewrite, translate
from tests.features.loudspeaker.sounds import voice, wav

__all__ = ["folder", "mp3"]

OFFICE = "Công chức văn hóa"


class Speaker:
    """A voice; `words` is what it was given."""

    name = "vits-piper-vi_VN-thu"

    def __init__(self) -> None:
        self.words = ""

    async def speak(self, words: str) -> bytes:
        self.words = words
        return wav(voice(1.0))


def shelf(folder: Path) -> Library:
    return library.load(folder, skip_broken=True)


async def read(folder: Path, to: Path, speaker: Speaker | None = None) -> Path:
    guide = shelf(folder).guides[SLUG]
    path = to / NAME
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(await step_readings.read_aloud(speaker or Speaker(), guide, guide.steps[STEP], translate, {}))
    return path


def approve(folder: Path, path: Path) -> Path:
    return recordings.approve(folder, path, OFFICE, shelf(folder), translate)


def offered(folder: Path) -> bool:
    guide = shelf(folder).guides[SLUG]
    found = recordings.read(folder).of(guide, guide.steps[STEP], "vi", translate)
    return found is not None and found.by_machine


def told(folder: Path) -> list[str]:
    return [one.code for one in recordings.check(folder, shelf(folder), ("vi", "en"), translate)]


async def test_a_reading_is_offered_once_somebody_heard_it(folder: Path, tmp_path: Path) -> None:
    path = await read(folder, tmp_path / "nghe")
    target = approve(folder, path)
    assert target == folder / "audio" / NAME
    assert (told(folder), offered(folder)) == ([], True)
    note = json.loads((folder / "audio" / ".index.json").read_text("utf-8"))[NAME]
    assert note["heard_by"] == OFFICE


async def test_one_that_was_only_copied_there_is_not_offered(folder: Path, tmp_path: Path) -> None:
    """Mechanism: the mark in the file; `check --update-audio` notes a person's recordings alone."""
    put(folder, (await read(folder, tmp_path / "nghe")).read_bytes())
    recordings.update(folder, shelf(folder), translate)
    assert (told(folder), offered(folder)) == (["audio-unheard"], False)
    assert not (folder / "audio" / ".index.json").exists()


async def test_a_note_without_who_heard_it_is_none(folder: Path, tmp_path: Path) -> None:
    approve(folder, await read(folder, tmp_path / "nghe"))
    index = folder / "audio" / ".index.json"
    index.write_text(index.read_text("utf-8").replace(OFFICE, ""), "utf-8")
    assert (told(folder), offered(folder)) == (["audio-unheard"], False)


async def test_a_note_from_before_does_not_let_another_reading_through(
    folder: Path, tmp_path: Path, mp3: bytes
) -> None:
    """Mechanism: what was heard is known by its bytes."""
    put(folder, mp3)
    recordings.update(folder, shelf(folder), translate)
    spoken = (await read(folder, tmp_path / "nghe")).read_bytes()
    put(folder, spoken)
    assert (told(folder), offered(folder)) == (["audio-unheard"], False)
    (folder / "audio" / NAME).unlink()
    approve(folder, tmp_path / "nghe" / NAME)
    put(folder, spoken + b"more")
    assert (told(folder), offered(folder)) == (["audio-unheard"], False)


async def test_a_rewritten_step_is_read_and_heard_again(folder: Path, tmp_path: Path) -> None:
    path = await read(folder, tmp_path / "nghe")
    approve(folder, path)
    rewrite(folder)
    assert (told(folder), offered(folder)) == (["audio-stale"], False)
    with pytest.raises(NotApproved, match="sửa chữ"):
        approve(folder, path)
    approve(folder, await read(folder, tmp_path / "nghe"))
    assert (told(folder), offered(folder)) == ([], True)


async def test_what_a_person_recorded_is_kept(folder: Path, tmp_path: Path, mp3: bytes) -> None:
    put(folder, mp3)
    path = await read(folder, tmp_path / "nghe")
    with pytest.raises(NotApproved, match="người thu tiếng"):
        approve(folder, path)
    assert mark_of(folder / "audio" / NAME) is None


@pytest.mark.parametrize("name", ["khac/bat-dau.vi.mp3", f"{SLUG}/khac.vi.mp3", f"{SLUG}/bat-dau.mp3"])
async def test_a_file_of_another_name_is_refused(folder: Path, tmp_path: Path, name: str) -> None:
    data = (await read(folder, tmp_path / "nghe")).read_bytes()
    other = tmp_path / "khac" / name
    other.parent.mkdir(parents=True)
    other.write_bytes(data)
    with pytest.raises(NotApproved):
        approve(folder, other)
    assert not (folder / "audio").exists()


def test_a_person_s_recording_is_not_approved_as_a_machine_s(folder: Path, tmp_path: Path, mp3: bytes) -> None:
    path = tmp_path / NAME
    path.parent.mkdir(parents=True)
    path.write_bytes(mp3)
    with pytest.raises(NotApproved, match="voice read"):
        approve(folder, path)


async def test_a_step_is_read_with_its_title_its_warnings_and_its_buttons(folder: Path, tmp_path: Path) -> None:
    (folder / f"{SLUG}.md").write_text(_GUIDE, "utf-8")
    speaker = Speaker()
    await read(folder, tmp_path / "nghe", speaker)
    assert speaker.words == (
        "Mở vi en i ai đi.\n"
        "Bác vào địa chỉ ghi trên màn hình, gõ mã ô tê pê.\n"
        "Chú ý: Gọi một một ba khi bị dọa.\n"
        "Bác chọn một trong các nút sau:\n"
        "Có căn cước công dân.\n"
        "Chưa có."
    )


_FIXTURE = Path(__file__).parent / "fixtures" / "unverified" / "huong-dan.md"
_GUIDE = (
    _FIXTURE.read_text("utf-8").partition("\n# ")[0]
    + f"""
# Mở VNeID {{#{STEP}}}

Bác vào dichvucong.gov.vn, gõ mã OTP.

> [!cảnh báo]
> Gọi 113 khi bị dọa.

- [Có CCCD](#xong)
- [Chưa có](#kẹt)

# Xong {{#xong}}

Xong rồi.
"""
).replace("#kẹt", "!stuck")
