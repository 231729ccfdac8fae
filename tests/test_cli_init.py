"""`init` as a command: fed from a file or a pipe, stopped midway, beside a bot that runs; each fault one line."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.settings import environment, options
from tests.processes import ROOT, Ran, ran, running

WEB = 'xa = "Yên Mô"\ntinh = "Nam Định"\nthon = "Lạc Hiền; 120"\nung_dung = "khong"\ncach_zalo = "khong"\n'


def _init(folder: Path, *arguments: str, typed: str = "", **own: str) -> Ran:
    return ran("init", *arguments, environ={"BOT_PORT": "0", **own}, stdin=typed.encode(), cwd=folder)


def test_answers_from_stdin_set_up_a_commune_and_nothing_is_left_open(tmp_path: Path) -> None:
    done = _init(tmp_path, "--answers", "-", "--no-serve", typed=WEB)
    assert done.returncode == 0, done.stderr
    assert "Đã cài xong cho xã Yên Mô." in done.stderr
    assert environment(tmp_path)["BOT_PLATFORMS"] == "web,workdesk"
    assert (tmp_path / "data" / "commune.toml").exists()


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        (WEB.replace("thon =", "thônn ="), "stdin: viết chưa đúng"),
        (f"{WEB}ten = 'x'\n", "Không có câu nào tên “ten”; các câu: xa, tinh, thon"),
        (f"{WEB}so_ho = 5\n", "stdin: so_ho phải là chữ trong ngoặc kép."),
        (WEB.replace('thon = "Lạc Hiền; 120"\n', ""), "Thiếu câu trả lời “thon”: Các thôn, xóm, tổ dân phố."),
        (WEB.replace("Nam Định", "Hà Xa"), "Không có tỉnh nào tên “Hà Xa” trong 34 tỉnh, thành"),
    ],
)
def test_answers_that_will_not_do_are_one_line(tmp_path: Path, typed: str, line: str) -> None:
    done = _init(tmp_path, "--answers", "-", "--no-serve", typed=typed)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1].startswith(line)
    assert "Traceback" not in done.stderr
    assert not (tmp_path / ".env").exists()


def test_input_that_ends_too_soon_is_gone_on_with(tmp_path: Path) -> None:
    cut = _init(tmp_path, "--no-serve", typed="xã Yên Mô\n24\nthôn Lạc Hiền; 120\n")
    assert cut.returncode == 1
    assert cut.stderr.splitlines()[-1] == (
        "Chưa xong. Đã giữ 3 câu trả lời ở data/bat-dau.toml: chạy lại init để làm tiếp."
    )
    rest = _init(tmp_path, "--no-serve", typed="\n\n2\n4\n\nkhông\n\n\n")
    assert rest.returncode == 0, rest.stderr
    assert "Tên xã, phường hoặc đặc khu\n" not in rest.stderr, "what was answered is not asked again"
    assert "Đã cài xong cho xã Yên Mô." in rest.stderr


def test_one_ctrl_c_is_enough_and_loses_nothing(tmp_path: Path) -> None:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("BOT_")}
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "init"], cwd=tmp_path, env={**environ, "PYTHONPATH": str(ROOT), "BOT_PORT": "0"},
        stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write("xã Yên Mô\n")
        process.stdin.flush()
        while "34. tỉnh Vĩnh Long" not in process.stderr.readline():
            pass  # the second question is asked
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()
        assert process.wait() == 1
    assert "Đã giữ 1 câu trả lời ở data/bat-dau.toml" in said
    assert "Traceback" not in said


def test_a_list_that_is_pasted_may_have_empty_lines(tmp_path: Path) -> None:
    """On a terminal; elsewhere an empty line ends a list."""
    ours, theirs = os.openpty()
    code = "from bot.cli.screen import Screen; print(repr(Screen().lines('> ')))"
    with subprocess.Popen(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(ROOT)}, stdin=theirs, stdout=subprocess.PIPE
    ) as process:
        os.write(ours, "thôn A\n\nthôn B\n\n".encode())
        assert process.stdout is not None
        assert process.stdout.read().decode() == "'thôn A\\n\\nthôn B'\n"
    os.close(ours)
    os.close(theirs)


def test_a_wrong_answer_is_asked_again_and_one_is_changed_at_the_end(tmp_path: Path) -> None:
    assert _init(tmp_path, "--answers", "-", "--no-serve", typed=WEB).returncode == 0
    done = _init(tmp_path, "--no-serve", typed="99\n1\nhuyện Yên Mô\nxã Yên Khánh\n\n")
    assert done.returncode == 0, done.stderr
    assert "✘ Từ 1/7/2025 cấp này là xã, phường hoặc đặc khu" in done.stderr
    assert "Đã cài xong cho xã Yên Khánh." in done.stderr
    text = (tmp_path / "data" / "commune.toml").read_text("utf-8")
    assert 'name = "Yên Khánh"' in text
    assert 'code = "yen-mo"' in text, "a code stays: figures lie under it"


def test_beside_a_bot_that_runs_it_writes_and_says_what_is_left(tmp_path: Path) -> None:
    assert _init(tmp_path, "--answers", "-", "--no-serve", typed=WEB).returncode == 0
    own = {"BOT_PORT": "0"}
    with running("serve", environ=own, cwd=tmp_path, stderr=tmp_path / "stderr.txt"):
        done = _init(tmp_path, "--answers", "-", typed='lien_he = "0229 3861 234"\n')
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1] == ("Bot đang chạy ở thư mục này: khởi động lại nó để dùng cấu hình mới.")
    assert 'phone = "0229 3861 234"' in (tmp_path / "data" / "commune.toml").read_text("utf-8")


def test_messengers_whose_names_begin_alike_keep_their_own_settings() -> None:
    environ = {"BOT_ZALO_TOKEN": "1", "BOT_ZALO_OA_APP_ID": "2"}
    names = ["zalo", "zalo_oa"]
    assert options(environ, "zalo", names) == {"token": "1"}
    assert options(environ, "zalo_oa", names) == {"app_id": "2"}
