"""An official checks, searches and previews the guides at the terminal."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conversations import GUIDES
from tests.processes import Ran, ran

FIXTURES = Path(__file__).parent / "features" / "guides" / "fixtures"
GOOD = re.sub(r"\([a-z0-9-]+\.md[^)]*\)", "(!end)", (GUIDES / "phong-lua-dao-gia-danh.md").read_text("utf-8"))


def bot(*arguments: str, stdin: bytes = b"", data: Path, guides: Path | None = None) -> Ran:
    environ = {"BOT_DATA_DIR": str(data)} | ({"BOT_GUIDES_DIR": str(guides)} if guides else {})
    return ran(*arguments, environ=environ, stdin=stdin)


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A folder with one good guide."""
    folder = tmp_path / "guides"
    (folder / "img").mkdir(parents=True)
    (folder / "lua-dao.md").write_text(GOOD, "utf-8")
    for picture in ("ba-viec.png", "tin-otp.png"):
        (folder / "img" / picture).write_bytes((GUIDES / "img" / picture).read_bytes())
    return folder


def test_the_check_of_the_shipped_guides_says_only_what_is_to_be_confirmed(tmp_path: Path) -> None:
    done = bot("check", data=tmp_path)
    assert done.returncode == 0
    head, *lines = done.stdout.splitlines()
    assert head.startswith("Cần cán bộ xác nhận ")
    assert [line for line in lines if ": warning: " in line or ": error: " in line] == []
    facts = [line.split(":")[0] for line in lines if line.startswith("  [ ] ")]
    assert head.split()[5] == str(len(facts))
    assert len(set(facts)) == len(facts), "what several guides say is confirmed once"
    assert "bài chưa ai làm thử trên máy thật" in done.stderr
    shipped = [path for path in GUIDES.glob("*.md") if path.name[0] != "_" and path.name != "README.md"]
    assert f"trong {len(shipped)} bài" in done.stderr


def test_the_check_ends_with_what_an_officer_should_confirm(shelf: Path, tmp_path: Path) -> None:
    text = GOOD.replace("Nhớ câu:", "Gọi {lua-dao.so}. Phạt {lua-dao.phat}. Nhớ câu:")
    (shelf / "lua-dao.md").write_text(text, "utf-8")
    (shelf / "facts.toml").write_text(
        '[lua-dao.so]\nask = "hỏi xã"\nsource = "Cục An toàn thông tin"\n\n'
        '[lua-dao.phat]\nvalue = "nặng"\nchecked = 2026-11-01\nconfirmed = "Bà Lan"\n',
        "utf-8",
    )
    done = bot("check", str(shelf), data=tmp_path)
    assert done.returncode == 0
    assert done.stdout.splitlines()[-5:] == [
        "Cần cán bộ xác nhận 2 mục. Đúng rồi thì ghi tên, ngày vào dòng confirmed của mục ấy trong facts.toml:",
        "",
        "Nhận biết lừa đảo: giả công an, giả VNeID, giả ngân hàng (lua-dao)",
        "  [ ] lua-dao.so: hỏi xã – Cục An toàn thông tin",
        "  [ ] chung.dien-thoai-cong-an: 113 – Số khẩn cấp quốc gia",
    ]
    assert "xác nhận" not in bot("check", str(shelf), "--json", data=tmp_path).stdout


def test_recordings_of_steps_are_checked_and_noted(shelf: Path, tmp_path: Path) -> None:
    folder = shelf / "audio" / "lua-dao"
    folder.mkdir(parents=True)
    (folder / "khong-co.vi.mp3").write_bytes(b"ID3")
    done = bot("check", str(shelf), "--update-audio", data=tmp_path)
    assert done.returncode == 1
    assert f"{folder / 'khong-co.vi.mp3'}:1: error: audio-step " in done.stdout
    (folder / "khong-co.vi.mp3").unlink()
    step = re.findall(r"\{#([a-z0-9-]+)", GOOD)[0]
    (folder / f"{step}.vi.mp3").write_bytes(b"day la tep chu")
    done = bot("check", str(shelf), "--update-audio", data=tmp_path)
    assert f"{folder / step}.vi.mp3:1: error: audio-format " in done.stdout
    assert f"lua-dao/{step}.vi.mp3" in (shelf / "audio" / ".index.json").read_text("utf-8")


def test_a_book_of_steps_that_cannot_be_written_is_one_line(shelf: Path, tmp_path: Path) -> None:
    (shelf / ".index.json").mkdir()
    done = bot("check", str(shelf), "--update-index", data=tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == f"{shelf / '.index.json'}: là thư mục; ghi tên tệp"
    assert "Traceback" not in done.stderr


def test_an_error_is_told_with_path_line_and_code(tmp_path: Path) -> None:
    folder = FIXTURES / "dead-link"
    done = bot("check", str(folder), data=tmp_path)
    assert done.returncode == 1
    [line] = [line for line in done.stdout.splitlines() if ": error: " in line]
    assert line.startswith(f"{folder / 'huong-dan.md'}:")
    assert ": error: dead-link " in line


def test_the_same_findings_come_as_json(tmp_path: Path) -> None:
    done = bot("check", str(FIXTURES / "dead-link"), "--json", data=tmp_path)
    assert done.returncode == 1
    findings = json.loads(done.stdout)
    assert {"path", "line", "severity", "code", "message"} == set(findings[0])
    assert "dead-link" in {finding["code"] for finding in findings}


def test_a_folder_that_does_not_exist_is_wrong_usage(tmp_path: Path) -> None:
    done = bot("check", str(tmp_path / "khong-co"), data=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1


def test_one_broken_guide_fails_unless_the_rest_is_enough(shelf: Path, tmp_path: Path) -> None:
    (shelf / "hong.md").write_bytes(b"\x00\x01\x02")
    assert bot("check", str(shelf), data=tmp_path).returncode == 1
    done = bot("check", str(shelf), "--skip-broken", data=tmp_path)
    assert done.returncode == 0
    assert ": error: binary-file " in done.stdout
    assert "1 trong 2 bài" in done.stderr
    (shelf / "lua-dao.md").unlink()
    assert bot("check", str(shelf), "--skip-broken", data=tmp_path).returncode == 1


def test_published_ids_are_remembered_and_a_removed_one_is_an_error(shelf: Path, tmp_path: Path) -> None:
    assert bot("check", str(shelf), "--update-index", data=tmp_path).returncode == 0
    index = (shelf / ".index.json").read_text("utf-8")
    assert "khan-cap" in json.loads(index)["lua-dao"]
    (shelf / "lua-dao.md").write_text(GOOD.replace("#khan-cap", "#that-khan-cap"), "utf-8")
    done = bot("check", str(shelf), data=tmp_path)
    assert done.returncode == 1
    assert ": error: removed-id " in done.stdout
    refused = bot("check", str(shelf), "--update-index", data=tmp_path)
    assert refused.returncode == 1
    assert "sửa hết lỗi trước" in refused.stderr
    assert (shelf / ".index.json").read_text("utf-8") == index, "a broken guide must not forget its ids"


def test_a_spoilt_index_is_written_anew(shelf: Path, tmp_path: Path) -> None:
    (shelf / ".index.json").write_text("{", "utf-8")
    assert bot("check", str(shelf), data=tmp_path).returncode == 1
    assert bot("check", str(shelf), "--update-index", data=tmp_path).returncode == 0
    assert bot("check", str(shelf), data=tmp_path).returncode == 0


def test_find_prints_slug_score_and_title_best_first(tmp_path: Path) -> None:
    done = bot("find", "cai", "vneid", data=tmp_path)
    assert done.returncode == 0
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert rows[0] == ["vneid-cai-dat-muc-2", "100", "Cài và kích hoạt VNeID mức 2"]
    scores = [float(score) for _, score, _ in rows]
    assert scores == sorted(scores, reverse=True)
    assert len(rows) <= 10
    [first, *_] = json.loads(bot("find", "cai vneid", "--json", data=tmp_path).stdout)
    assert first == {"slug": "vneid-cai-dat-muc-2", "score": 100.0, "title": "Cài và kích hoạt VNeID mức 2"}


def test_find_reads_one_query_a_line_and_ends_each_answer_with_an_empty_line(tmp_path: Path) -> None:
    queries = "\n".join(["cai vneid", "", "😀", "x" * 10_000, "\x00"]).encode() + b"\n\xff\xfe\ntam tru"
    done = bot("find", "-", stdin=queries, data=tmp_path)
    assert done.returncode == 0
    answers = done.stdout.split("\n\n")
    assert done.stdout.splitlines().count("") == 7
    assert answers[0].startswith("vneid-cai-dat-muc-2\t")
    assert "dang-ky-tam-tru\t" in answers[-2]


def test_find_answers_while_the_questions_are_still_being_typed(tmp_path: Path) -> None:
    environ = {**os.environ, "BOT_DATA_DIR": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "find", "-"], env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"cai vneid\n")
        process.stdin.flush()
        assert process.stdout.readline().startswith(b"vneid-cai-dat-muc-2\t")
        process.stdin.close()
        process.stdout.read()
    assert process.returncode == 0


def test_find_needs_readable_guides(shelf: Path, tmp_path: Path) -> None:
    (shelf / "hong.md").write_bytes(b"")
    done = bot("find", "lua dao", data=tmp_path, guides=shelf)
    assert (done.returncode, done.stdout) == (1, "")
    assert "hong.md:1: error: empty-file" in done.stderr
    assert bot("find", "x", data=tmp_path, guides=tmp_path / "khong-co").returncode == 2


def test_preview_writes_one_file_that_loads_nothing(shelf: Path, tmp_path: Path) -> None:
    out = tmp_path / "xem.html"
    done = bot("preview", "--out", str(out), data=tmp_path, guides=shelf)
    assert (done.returncode, done.stdout) == (0, "")
    html = out.read_text("utf-8")
    assert "<script" not in html
    assert html.count("http") == html.count("http-equiv") + html.count("http://www.w3.org/2000/svg")
    assert html.count('src="data:image/png;base64,') == 2, "each picture once, on the phone that shows pictures"
    assert "[Hình: Ba hình theo thứ tự." in html
    assert "1. Tôi muốn học cách nhận biết" in html
    assert "<svg" in html
    assert bot("preview", "--out", str(tmp_path), data=tmp_path, guides=shelf).returncode == 1
    assert bot("preview", data=tmp_path, guides=shelf).returncode == 2


def test_the_communes_own_phone_number_may_stand_in_a_guide(shelf: Path, tmp_path: Path) -> None:
    text = GOOD.replace("Khẩn cấp thì gọi {chung.dien-thoai-cong-an}.", "Khẩn cấp thì gọi 0229 123 4567.")
    (shelf / "lua-dao.md").write_text(text, "utf-8")
    refused = bot("check", str(shelf), data=tmp_path)
    assert refused.returncode == 1
    assert ": error: unknown-phone " in refused.stdout
    (tmp_path / "commune.toml").write_text('phone = "0229.123.4567"\n', "utf-8")
    assert bot("check", str(shelf), data=tmp_path).returncode == 0
    assert bot("find", "lua dao", data=tmp_path, guides=shelf).stdout.startswith("lua-dao\t")
