"""Screens and papers that guides describe in words: read, drawn, and told to those who cannot see them."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from bot.features.guides import pages
from bot.features.guides.drawn.drawing import Drawing, Line, Part, read
from bot.features.guides.drawn.png import MOST_BYTES, png, svg
from bot.features.guides.findings import FindingCollector
from bot.features.guides.library import load
from bot.features.guides.model import Guide
from bot.features.guides.parse import parse
from bot.features.guides.word.document import WordGuide, WordStep
from bot.features.guides.word.merge import merge
from bot.i18n import Catalogues
from tests.features.guides.test_guide_library import HEAD

GUIDES = Path(__file__).parents[3] / "guides"
DRAWINGS = [step.drawing for guide in load(GUIDES) for step in guide.steps.values() if step.drawing is not None]
SCREEN = """\
tiêu đề: Nộp hồ sơ
chữ: Chọn cơ quan thực hiện
ô: Tỉnh = Ninh Bình
ô: Phường/Xã
mục: Đăng ký kết hôn
chọn: [x] Tôi đồng ý
nút: Quay lại
bấm: Nộp trực tuyến
"""
PAPER = """\
tiêu đề: Tờ khai
dòng: Kính gửi Ủy ban nhân dân xã
điền: Họ tên
ký: Người khai
dấu: Ủy ban
"""


def drawing(content: str = SCREEN, fence: str = "màn hình") -> Drawing:
    step = guide(content, fence).steps["mot"]
    assert step.drawing is not None
    return step.drawing


def guide(content: str = SCREEN, fence: str = "màn hình") -> Guide:
    report = FindingCollector("bai")
    text = HEAD + f"# Một {{#mot}}\n\nBác bấm nút.\n\n```{fence}\n{content}```\n"
    found = parse("bai", text, report).guide
    assert report.findings == []
    assert found is not None
    return found


def size(image: bytes) -> tuple[int, int]:
    width, height = struct.unpack(">II", image[16:24])
    return width, height


def test_what_a_block_says_stands_in_the_drawing_and_the_hand_on_the_button() -> None:
    drawn = svg(drawing())
    for words in ("Nộp hồ sơ", "Chọn cơ quan thực hiện", "Ninh Bình", "Phường/Xã", "Tôi đồng ý", "Quay lại"):
        assert f">{words}</text>" in drawn
    assert ">Hình minh họa</text>" in drawn
    assert svg(drawing("bấm: Nộp\n")) != svg(drawing("nút: Nộp\n")), "only one of them has a finger"
    paper = svg(drawing(PAPER, "giấy"))
    assert ">Người khai</text>" in paper
    assert "<circle" in paper
    assert "stroke-dasharray" in paper


@pytest.mark.parametrize("content", [SCREEN, "\n".join([f"mục: {'Ư' * 19} {'W' * 20}"] * 8) + "\n"])
def test_the_fullest_drawing_is_light_enough_for_a_slow_network(content: str) -> None:
    image = png(drawing(content))
    assert image.startswith(b"\x89PNG")
    assert size(image)[0] == 540
    assert len(image) <= MOST_BYTES


def test_every_drawing_of_the_guides_is_light() -> None:
    assert DRAWINGS
    heavy = {one.file: len(png(one)) for one in DRAWINGS}
    assert {file: length for file, length in heavy.items() if length > MOST_BYTES} == {}


def test_another_description_is_another_picture() -> None:
    assert drawing().file == drawing().file
    assert drawing().file != drawing(SCREEN.replace("[x]", "[ ]")).file


def test_who_sees_no_picture_is_told_what_is_drawn_in_their_language() -> None:
    one = guide()
    translate = Catalogues.load().translate
    shown = {locale: pages.localised(one, one.steps["mot"], locale, translate).picture for locale in ("vi", "en")}
    assert shown["vi"] is not None
    assert shown["vi"].alt == (
        "Màn hình “Nộp hồ sơ” (minh họa). Trên đó có: chữ “Chọn cơ quan thực hiện”, ô “Tỉnh” đã ghi “Ninh Bình”, "
        "ô “Phường/Xã” để điền, dòng “Đăng ký kết hôn”, ô chọn “Tôi đồng ý” đã đánh dấu, nút “Quay lại”. "
        "Bấm nút “Nộp trực tuyến”."
    )
    assert shown["en"] is not None
    assert shown["en"].alt.startswith("Screen “Nộp hồ sơ” (illustration). It shows: the text “Chọn")
    assert shown["en"].alt.endswith("Press the button “Nộp trực tuyến”.")


def test_a_drawing_that_only_looks_better_is_no_new_content(monkeypatch: pytest.MonkeyPatch) -> None:
    before, file = guide().content, drawing().file
    monkeypatch.setattr("bot.features.guides.drawn.drawing.STYLE", 99)
    assert drawing().file != file, "messengers would show the old picture for ever"
    assert guide().content == before
    assert guide(SCREEN.replace("Quay lại", "Về")).content != before


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("biểu tượng: VNeID", [("drawn-line", 5)]),
        ("bấm:", [("drawn-line", 5)]),
        ("chọn: Tôi đồng ý", [("drawn-line", 5)]),
        ("ô: Xã = {xa}", [("drawn-line", 5)]),
        ("điền: Họ tên", [("drawn-line", 5)]),
        ("", [("drawn-line", 4)]),
        ("bấm: Mở\nnút: Đóng\nbấm: Về", [("drawn-press", 7)]),
        ("chữ: " + "a" * 41, [("drawn-long", 5)]),
        ("\n".join(["mục: một dòng"] * 9), [("drawn-long", 13)]),
    ],
)
def test_a_line_that_cannot_be_drawn_is_named(content: str, told: list[tuple[str, int]]) -> None:
    report = FindingCollector("bai")
    read("screen", content, 5, report)
    assert [(one.code, one.line) for one in report.findings] == told


def test_a_step_has_one_picture_or_one_drawing() -> None:
    report = FindingCollector("bai")
    text = HEAD + "# Một {#mot}\n\n![Nút xanh](img/a.png)\n\n```giấy\ndòng: Một\n```\n"
    parse("bai", text, report)
    assert [one.code for one in report.findings] == ["picture-place"]


def test_a_text_rewritten_in_word_keeps_the_drawing_and_the_questions() -> None:
    asks = "asks:\n" + "".join(f"  - vẽ màn hình kiểu {number}\n" for number in range(30))
    source = (
        HEAD.replace("minutes:", f"{asks}minutes:") + f"# Một {{#mot}}\n\nBác bấm nút.\n\n```màn hình\n{SCREEN}```\n"
    )
    word = WordGuide("Cài ứng dụng", (WordStep("Một"),), (), ())
    merged = merge(word, "bai", source)
    again = parse("bai", merged.text, FindingCollector("bai")).guide
    assert again is not None
    assert again.steps["mot"].drawing == drawing()
    assert len(again.asks) == 30
    assert "1 hình vẽ" in merged.notes[0]


@pytest.mark.parametrize("unseen", ["\x01", "\x1f", "\ufffe", "\uffff"], ids=ascii)
def test_a_character_that_was_copied_unseen_spoils_no_picture(unseen: str) -> None:
    assert png(Drawing("screen", (Line(Part.TEXT, f"Số{unseen} nhà"),))) == png(
        Drawing("screen", (Line(Part.TEXT, "Số nhà"),))
    )
