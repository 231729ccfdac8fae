"""An official puts a voice into the data folder, hears it, and has guides read by it."""

from __future__ import annotations

import os
import re
import wave
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.features.voice import stand_ins, tiny_model
from tests.processes import ROOT, Ran, ran
from tests.test_cli_guides import GOOD, shelf

__all__ = ["shelf"]

STEP = re.findall(r"\{#([a-z0-9-]+)", GOOD)[0]
NEEDS_SOUND = pytest.mark.skipif(find_spec("av") is None, reason="the extra `audio` is not installed")


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A machine with the library and espeak-ng, both stand-ins."""
    stand_ins.library(tmp_path / "machine")
    stand_ins.program(tmp_path / "machine", "echo abc")
    return tmp_path / "machine"


def bot(*arguments: str, data: Path, machine: Path | None = None, guides: Path | None = None) -> Ran:
    environ = {"BOT_DATA_DIR": str(data)} | ({"BOT_GUIDES_DIR": str(guides)} if guides else {})
    if machine is not None:
        environ |= {"PYTHONPATH": f"{machine}:{ROOT}", "PATH": f"{machine}:{os.environ['PATH']}"}
    return ran("voice", *arguments, environ=environ)


def test_the_public_voices_are_named_with_their_terms_and_where_they_go(tmp_path: Path) -> None:
    done = bot(data=tmp_path)
    assert done.returncode == 1
    assert "vits-piper-vi_VN-vais1000-medium" in done.stdout
    assert done.stdout.count("giấy phép: ") == done.stdout.count("lấy ở: ") == 4
    assert f"Giải nén một giọng vào {tmp_path}/voice/" in done.stdout
    last = done.stdout.splitlines()[-1]
    assert last.startswith(f"Chưa dùng được: {tmp_path}/voice: chưa có giọng đọc; ")


def test_a_voice_that_was_put_there_says_a_sentence(tmp_path: Path, machine: Path) -> None:
    tiny_model.put(tmp_path / "voice" / "vits-piper-vi_VN-thu")
    out = tmp_path / "nghe.wav"
    done = bot("--out", str(out), data=tmp_path, machine=machine)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Đang có: giong-thu, 16.000 Hz, 1 giọng, đọc âm do espeak-ng viết (Piper)." in done.stdout
    assert "cài vi en i ai đi" in done.stdout
    assert "Việc này không đồng. Không đọc mã ô tê pê cho ai." in done.stdout
    with wave.open(str(out)) as file:
        assert file.getnframes() > 16_000


@pytest.mark.parametrize(
    ("signs", "body", "said"),
    [("_^$ ab", stand_ins.SPEAKS, "giọng không biết các âm c"), (tiny_model.SIGNS, "os._exit(255)", "không đọc được")],
)
def test_what_is_wrong_is_the_last_line(tmp_path: Path, machine: Path, signs: str, body: str, said: str) -> None:
    tiny_model.put(tmp_path / "voice", signs=signs)
    stand_ins.library(machine, body)
    done = bot(data=tmp_path, machine=machine)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stdout.splitlines()[-1].startswith("Chưa dùng được: ")
    assert said in done.stdout.splitlines()[-1]


@NEEDS_SOUND
def test_steps_are_read_heard_and_approved(tmp_path: Path, machine: Path, shelf: Path) -> None:
    tiny_model.put(tmp_path / "voice")
    out = tmp_path / "nghe"
    done = bot("read", "lua-dao", STEP, "--out", str(out), data=tmp_path, machine=machine, guides=shelf)
    spoken = out / "lua-dao" / f"{STEP}.vi.mp3"
    assert (done.returncode, done.stdout.strip()) == (0, str(spoken))
    assert not (shelf / "audio").exists(), "nobody has heard it"
    done = bot("approve", str(spoken), "--heard-by", "Công chức văn hóa", data=tmp_path, guides=shelf)
    target = shelf / "audio" / "lua-dao" / spoken.name
    assert (done.returncode, done.stdout.strip()) == (0, str(target))
    assert "Khởi động lại bot" in done.stderr
    assert target.read_bytes() == spoken.read_bytes()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("read", "khong-co", "--out", "x"), 2, "không có bài khong-co"),
        (("read", "lua-dao", "khong-co", "--out", "x"), 2, "lua-dao: không có bước khong-co"),
        (("approve", "khong-co.vi.mp3", "--heard-by", "Công chức văn hóa"), 1, "không có tệp hay thư mục này"),
        (("approve", __file__, "--heard-by", "Công chức văn hóa"), 1, "không phải bản máy đọc"),
        (("approve", __file__, "--heard-by", " "), 2, "ghi chức vụ người đã nghe"),
    ],
)
def test_wrong_usage_is_one_line(
    tmp_path: Path, machine: Path, shelf: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    done = bot(*arguments, data=tmp_path, machine=machine, guides=shelf)
    assert (done.returncode, done.stdout) == (code, "")
    [line] = done.stderr.splitlines()
    assert said in line
