"""The bot on Windows, where it was never run: as Python is there, as far as tests.windows can pretend."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from bot.cli.terminal import speak_vietnamese
from bot.features.untrusted import windows_memory
from tests import windows
from tests.plain_http import asked

ROOT = Path(__file__).parent.parent
PYTHON = [sys.executable, "-W", "error::EncodingWarning", "-m", "tests.windows"]
CONSOLE = "cp1258"
"""What Windows uses for Vietnamese where something is piped; it has no “ạ”."""


def environ(more: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BOT_")}
    own = {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": CONSOLE, "PYTHONWARNDEFAULTENCODING": "1"}
    return {**kept, **own, **more}


def ran(*arguments: str, cwd: Path, **more: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*PYTHON, *arguments], cwd=cwd, env=environ(more), capture_output=True, check=False)


@dataclass
class Bot:
    process: subprocess.Popen[bytes]
    url: str = ""

    def wait_until_ready(self) -> None:
        assert self.process.stdout is not None
        line = self.process.stdout.readline().decode()
        assert line.startswith("ready http://"), line
        self.url = line.removeprefix("ready ").strip()


@contextmanager
def running(*arguments: str, cwd: Path, **more: str) -> Iterator[Bot]:
    """Yield it once it is ready, then end it as Ctrl-Break does, which must leave with 0."""
    errors = cwd / "stderr"
    with errors.open("wb") as stderr:
        process = subprocess.Popen(
            [*PYTHON, *arguments], cwd=cwd, env=environ(more), stdout=subprocess.PIPE, stderr=stderr
        )
    try:
        bot = Bot(process)
        bot.wait_until_ready()
        yield bot
        process.send_signal(signal.SIGQUIT)
        assert process.wait(60) == 0, errors.read_text("utf-8")
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
    assert "Traceback" not in errors.read_text("utf-8")


def names_for_windows(folder: Path) -> None:
    assert [str(path) for path in folder.rglob("*") if windows.unusable(path.name)] == []


def test_the_demo_runs_and_begins_anew(tmp_path: Path) -> None:
    """Everything that it deletes is closed by then."""
    with running("demo", "--port", "0", cwd=tmp_path) as bot:
        assert "Bản dùng thử" in asked(bot.url)[1]
        names_for_windows(tmp_path)
        key = (tmp_path / "data/demo/secret_key").read_bytes()
        assert asked(bot.url, "/chat/reset", "POST")[0] == 202
        bot.wait_until_ready()
        assert "Bản dùng thử" in asked(bot.url)[1]
        assert (tmp_path / "data/demo/secret_key").read_bytes() == key


def test_a_commune_is_served_backed_up_and_restored(tmp_path: Path) -> None:
    settings = {"BOT_PLATFORMS": "web", "BOT_PORT": "0", "BOT_DATA_DIR": str(tmp_path / "xã Yên Mô")}
    with running("serve", cwd=tmp_path, **settings) as bot:
        assert asked(bot.url, "/readyz")[0] == 200
        made = ran("backup", "bản sao.zip", cwd=tmp_path, **settings)
        assert made.returncode == 0, made.stderr.decode()
        names_for_windows(tmp_path)
    elsewhere = {**settings, "BOT_DATA_DIR": str(tmp_path / "máy mới")}
    restored = ran("restore", "bản sao.zip", cwd=tmp_path, **elsewhere)
    assert restored.returncode == 0, restored.stderr.decode()
    with running("serve", cwd=tmp_path, **elsewhere) as bot:
        assert asked(bot.url, "/readyz")[0] == 200


def test_two_bots_on_one_folder_are_told_so(tmp_path: Path) -> None:
    settings = {"BOT_PLATFORMS": "web", "BOT_PORT": "0", "BOT_DATA_DIR": str(tmp_path / "data")}
    with running("serve", cwd=tmp_path, **settings):
        second = ran("serve", cwd=tmp_path, **settings)
    assert second.returncode == 1
    assert "một bot khác đang chạy" in second.stderr.decode()


def test_what_is_piped_is_vietnamese_in_utf_8(tmp_path: Path) -> None:
    """The system's own alphabet would stop the command at its first “ạ”."""
    said = ran("--help", cwd=tmp_path)
    assert said.returncode == 0, said.stderr.decode("utf-8", "replace")
    assert "chạy bot trên các ứng dụng" in said.stdout.decode("utf-8")
    wrong = ran("serve", cwd=tmp_path, BOT_NOTHING="1")
    assert wrong.returncode == 2
    assert wrong.stderr.decode("utf-8") == "BOT_NOTHING: không có cấu hình tên này\n"


def test_a_terminal_keeps_letters_that_have_all_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    for letters, then in (("utf-16", "utf-16"), ("gb18030", "gb18030"), (CONSOLE, "utf-8"), ("ascii", "utf-8")):
        stream = TextIOWrapper(BytesIO(), encoding=letters)
        monkeypatch.setattr(sys, "stdout", stream)
        speak_vietnamese()
        assert stream.encoding == then


def test_who_reads_a_person_s_file_is_watched_for_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", windows.library)
    held = windows_memory.committed(os.getpid())
    assert held is not None
    assert held > 10_000_000
    assert windows_memory.committed(2**30) is None, "it has ended"


def test_a_commune_is_set_up_by_answers(tmp_path: Path) -> None:
    if "init" not in ran("--help", cwd=tmp_path).stdout.decode():
        pytest.skip("this version asks no questions")
    answers = (
        'xa = "xã Yên Mô"\ntinh = "Ninh Bình"\nthon = "thôn Lạc Hiền; 120"\nung_dung = "khong"\ncach_zalo = "khong"\n'
    )
    (tmp_path / "trả lời.toml").write_text(answers, "utf-8")
    with running("init", "--answers", "trả lời.toml", cwd=tmp_path, BOT_PORT="0") as bot:
        assert asked(bot.url, "/readyz")[0] == 200
    assert "Yên Mô" in (tmp_path / "data" / "commune.toml").read_text("utf-8")
    names_for_windows(tmp_path)


@pytest.mark.parametrize(
    "code",
    [
        "import resource",
        "from os import nice",
        "import os; os.getuid()",
        "import signal; signal.SIGKILL",
        "import socket, os; os.dup(socket.socket().fileno())",
        "import asyncio; asyncio.new_event_loop().add_signal_handler(2, print)",
        "open(__file__)",
        "import pathlib; p = pathlib.Path('x'); f = p.open('wb'); p.replace('y')",
        "import sys; assert sys.platform != 'win32'",
    ],
)
def test_what_windows_has_not_is_noticed(tmp_path: Path, code: str) -> None:
    """Mechanism: each of these would pass unseen where the tests run."""
    (tmp_path / "bot").mkdir()
    (tmp_path / "bot" / "__init__.py").write_text("", "utf-8")
    (tmp_path / "bot" / "bad.py").write_text(code, "utf-8")
    start = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from tests import windows"
    start += "; windows.pretend(); import bot.bad"
    done = subprocess.run(
        [sys.executable, "-W", "error::EncodingWarning", "-c", start],
        cwd=tmp_path,
        env=environ({}),
        capture_output=True,
        check=False,
    )
    assert done.returncode != 0


def test_every_file_of_the_checkout_can_be_there() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    paths = [Path(name) for name in listed.split("\0") if name]
    assert [str(path) for path in paths if any(map(windows.unusable, path.parts))] == []
    installed = Counter(str(path).lower() for path in paths if path.parts[0] in ("bot", "guides", "packaging"))
    assert [name for name, times in installed.items() if times > 1] == [], "two files that are one there"
