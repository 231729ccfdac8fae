"""The voice in the data folder: what is not right with it, in one sentence, before anybody waits for its sound."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from bot.features.voice import folder, installed, metadata
from bot.features.voice.folder import VoiceProblem
from tests.features.voice import tiny_model
from tests.features.voice.stand_ins import library, program
from tests.features.voice.tiny_model import MMS, PIPER


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "voice"


def problem(data: Path) -> str:
    with pytest.raises(VoiceProblem) as told:
        installed.usable(data)
    assert "\n" not in str(told.value)
    return str(told.value)


def test_a_folder_without_a_voice_is_no_problem(tmp_path: Path, place: Path) -> None:
    assert folder.find(tmp_path) is None
    place.mkdir()
    assert folder.find(tmp_path) is None


@pytest.mark.parametrize("inside", ["", "vits-piper-vi_VN-x"], ids=["its files", "its folder"])
def test_a_voice_is_found_as_it_is_unpacked(tmp_path: Path, place: Path, inside: str) -> None:
    model = tiny_model.put(place / inside)
    found = folder.find(tmp_path)
    assert found is not None
    assert (found.model, found.spelling, found.accent, found.rate, found.speakers) == (
        model,
        "phonemes",
        "vi",
        16000,
        1,
    )


def test_a_voice_that_reads_letters_is_known_by_its_notes(tmp_path: Path, place: Path) -> None:
    tiny_model.put(place, MMS)
    found = folder.find(tmp_path)
    assert found is not None
    assert found.spelling == "letters"


def test_a_model_is_known_without_reading_its_weights(tmp_path: Path, place: Path) -> None:
    """Mechanism: fields are passed over by their length; the notes stand behind sixty megabytes of them."""
    model = tiny_model.put(place)
    whole = model.read_bytes()
    with model.open("wb") as file:
        file.write(b"\x3a\x80\x80\x80\x1e")  # a graph of 60 MB, empty on the disk
        file.seek(60 * 1024 * 1024, 1)
        file.write(whole)
    assert folder.find(tmp_path) is not None


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda place: (place / "giong-thu.onnx").rename(place / "giong-thu.bin"), "chưa có tệp .onnx"),
        (lambda place: tiny_model.put(place / "khac"), "có nhiều giọng đọc (giong-thu.onnx, khac/giong-thu.onnx)"),
        (lambda place: (place / "tokens.txt").unlink(), "tokens.txt: thiếu tệp này"),
        (lambda place: (place / "giong-thu.onnx").write_bytes(b""), "tải chưa hết"),
        (lambda place: (place / "giong-thu.onnx").write_bytes(b"<!DOCTYPE html><html>"), "không phải tệp ONNX"),
        (lambda place: cut(place / "giong-thu.onnx"), "tải chưa hết"),
        (lambda place: tiny_model.put(place, {}), "không lấy tệp gốc"),
        (lambda place: tiny_model.put(place, {**PIPER, "language": "English"}), "tiếng khác (English)"),
        (lambda place: tiny_model.put(place, {**PIPER, "sample_rate": "cao"}), "không phải là số"),
        (lambda place: tiny_model.put(place, {**PIPER, "comment": "coqui"}), "không phải giọng Piper hay MMS"),
    ],
)  # fmt: skip
def test_what_is_missing_is_said_in_one_sentence(tmp_path: Path, place: Path, spoil: object, said: str) -> None:
    tiny_model.put(place)
    assert callable(spoil)
    spoil(place)
    assert said in problem(tmp_path)


def cut(model: Path) -> None:
    model.write_bytes(model.read_bytes()[:2000])


def test_a_piper_voice_needs_the_library_and_espeak(
    tmp_path: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny_model.put(place)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "sherpa_onnx", None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(installed, "find_spec", lambda name: None)
        assert "requirements/voice.txt" in problem(tmp_path)
    monkeypatch.delitem(sys.modules, "sherpa_onnx")
    library(tmp_path / "lib")
    monkeypatch.syspath_prepend(tmp_path / "lib")
    assert "apt install espeak-ng" in problem(tmp_path)
    program(tmp_path, "cat")
    assert installed.usable(tmp_path) is not None
    voice = installed.find(tmp_path)
    assert voice is not None
    assert voice.name == "giong-thu"


def test_a_voice_that_cannot_be_used_is_passed_over(
    tmp_path: Path, place: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The bot starts, reads with espeak-ng as before, and its log says why."""
    place.mkdir()
    (place / "tokens.txt").write_text("a 0\n")
    program(tmp_path, "cat")
    monkeypatch.setenv("PATH", str(tmp_path))
    voice = installed.find(tmp_path)
    assert voice is not None
    assert voice.name == "espeak-ng"
    assert "chưa có tệp .onnx" in caplog.text


def test_a_folder_that_may_not_be_read_is_told(tmp_path: Path, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny_model.put(place)

    def refused(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(metadata, "read", refused)
    assert "đổi chủ tệp" in problem(tmp_path)
    shutil.rmtree(place)
