"""A file as an official writes it becomes steps, options, call-outs, a quiz and scenarios."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.features.guides.checking.check import Code, check
from bot.features.guides.findings import FindingCollector
from bot.features.guides.model import END, STUCK, Block, Guide, Option, Picture, StepQuiz
from bot.features.guides.parse import Parsed, parse

EXAMPLE = Path(__file__).with_name("example.txt")
HEAD = EXAMPLE.read_text(encoding="utf-8").partition("# Bác dùng")[0]


def read(body: str) -> tuple[Parsed, list[str]]:
    report = FindingCollector("x.md")
    parsed = parse("x", HEAD.replace("redirects: {tai-ve: android}\n", "") + body, report)
    return parsed, [finding.code for finding in report.findings]


def example() -> Guide:
    report = FindingCollector("cai-vneid.md")
    guide = parse("cai-vneid", EXAMPLE.read_text(encoding="utf-8"), report).guide
    assert guide is not None
    assert report.findings == []
    return guide


def test_the_front_matter_is_read() -> None:
    guide = example()
    assert (guide.title, guide.area, guide.owner) == (
        "Cài ứng dụng VNeID trên điện thoại",
        "chính quyền số",
        "cb-vhxh",
    )
    assert (guide.verified, guide.review_every, guide.minutes) == (date(2026, 11, 20), 90, 10)
    assert guide.redirects == {"tai-ve": "android"}
    assert guide.keywords[0] == "vneid"
    assert list(guide.steps) == ["chon-may", "nhan-biet", "android", "iphone", "kiem-tra", "cau-do"]


def test_links_become_options_and_a_picture_and_a_tip_are_found() -> None:
    android = example().steps["android"]
    assert android.options == (Option("Đã cài xong", "kiem-tra", 39),)
    assert android.picture == Picture("img/ch-play.jpg", "Biểu tượng CH Play: hình tam giác nhiều màu", 34)
    assert [block.kind for block in android.blocks] == ["text", "tip"]
    assert android.blocks[1] == Block("tip", "Máy báo hết bộ nhớ? Xoá bớt video trong Zalo rồi thử lại.", 37)


def test_the_quiz_knows_its_answer_and_the_last_step_ends() -> None:
    quiz = example().steps["cau-do"]
    assert quiz.quiz == StepQuiz(
        ("Đọc mã cho họ", "Cúp máy và báo trưởng thôn", "Nhắn mã qua Zalo"),
        1,
        "Không cơ quan nào xin mã OTP qua điện thoại.",
        60,
    )
    assert (quiz.options, quiz.next) == ((), END)
    assert example().steps["kiem-tra"].options[1].target == STUCK


def test_the_example_has_no_error(tmp_path: Path) -> None:
    shutil.copy(EXAMPLE, tmp_path / "cai-vneid.md")
    (tmp_path / "img").mkdir()
    for name in ("ch-play.jpg", "app-store.jpg"):
        (tmp_path / "img" / name).write_bytes(b"x")
    assert [one for one in map(str, check(tmp_path, today=date(2026, 11, 24))) if "error" in one] == []


def test_a_step_without_options_leads_to_the_next_heading() -> None:
    parsed, codes = read("# Một {#mot}\n\nMột.\n\n# Hai {#hai}\n\nHai.\n")
    assert codes == []
    assert [step.next for step in parsed.steps.values()] == ["hai", END]


def test_after_a_quiz_one_link_says_where_the_way_goes_on() -> None:
    quiz = "# Hỏi {#hoi quiz}\n\n- [x] Có\n- [ ] Không\n\n> [!GIẢI THÍCH]\n> Vì thế.\n\n- [Tiếp](#ba)\n"
    parsed, codes = read(f"{quiz}\n# Hai {{#hai}}\n\n# Ba {{#ba}}\n")
    assert codes == []
    assert parsed.steps["hoi"].next == "ba"
    assert parsed.steps["hoi"].options == ()


def test_wrapped_lines_are_one_sentence_and_hard_breaks_stay() -> None:
    parsed, _ = read("# Một {#mot}\n\nDòng một\ndòng hai  \ndòng ba\n")
    assert parsed.steps["mot"].blocks[0].text == "Dòng một dòng hai\\\ndòng ba"


def test_other_lists_become_lines_of_text() -> None:
    parsed, codes = read("# Một {#mot}\n\n- Thẻ căn cước\n- Điện thoại\n  - có mạng\n\nRồi:\n\n1. Mở\n2. Bấm\n")
    texts = [block.text for block in parsed.steps["mot"].blocks]
    assert texts == ["• Thẻ căn cước", "• Điện thoại", "• có mạng", "Rồi:", "1. Mở", "2. Bấm"]
    assert codes == []


@pytest.mark.parametrize(
    ("written", "target", "other"),
    [("khac.md", "khac", True), ("khac.md#mo", "khac#mo", True), ("#mo", "mo", False), ("!end", END, False)],
)
def test_an_option_may_lead_to_another_guide(written: str, target: str, other: bool) -> None:
    parsed, _ = read(f"# Một {{#mot}}\n\n- [Xem]({written})\n")
    assert parsed.steps["mot"].options == (Option("Xem", target, parsed.steps["mot"].line + 2, other),)


@pytest.mark.parametrize(
    ("name", "raw"),
    [("bom", b"\xef\xbb\xbf"), ("crlf", b"")],
)
def test_files_from_notepad_are_read(tmp_path: Path, name: str, raw: bytes) -> None:
    body = HEAD.replace("redirects: {tai-ve: android}\n", "") + "# Một {#mot}\n\nBác mở máy.\n"
    (tmp_path / f"{name}.md").write_bytes(raw + body.replace("\n", "\r\n").encode())
    assert check(tmp_path, today=date(2026, 11, 24)) == []


@pytest.mark.parametrize(
    "target", ["javascript:alert(1)", "//evil.top/x", "../x.md", "/etc/passwd", "con/x.md", "tel:113", "x.md?y"]
)
def test_links_out_of_the_folder_are_refused(tmp_path: Path, target: str) -> None:
    body = HEAD.replace("redirects: {tai-ve: android}\n", "") + f"# Một {{#mot}}\n\nXem [đây]({target}).\n"
    (tmp_path / "mot.md").write_text(body, encoding="utf-8")
    assert Code.OUTSIDE_LINK.ident in {one.code for one in check(tmp_path)}


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                ["# A {#a}", "- [x](#a)", "- [x] y", "- [ ]", "> [!MẸO]", "> x", "", "---", "![](x)", "## Kịch bản"]
            ),
            st.sampled_from(
                [
                    "- a=b → c",
                    "```",
                    "<b>",
                    "[a]: b",
                    "  - c",
                    "1. d",
                    "* [!](",
                    "{#",
                    "===",
                    "\t",
                    "> > - [x] q",
                    "<!--",
                ]
            ),
            st.text(max_size=30),
        ),
        max_size=25,
    )
)
def test_no_file_whatever_stops_the_checker(lines: list[str]) -> None:
    body, report = "\n".join(lines), FindingCollector("x.md")
    assert parse("x", body, report).guide is None or body.startswith("---")
    parse("x", HEAD + body, report)
    assert all(finding.line >= 1 for finding in report.findings)
