"""A guide is shown in another language text by text, and translators get every text with its place."""

from __future__ import annotations

from pathlib import Path

from bot.core.lean.values import replace
from bot.features.guides.findings import FindingCollector
from bot.features.guides.messages import context_of, extract, messages, translated_step, translated_title
from bot.features.guides.model import Guide
from bot.features.guides.parse import parse

FILE = """---
title: Cài VNeID
area: chính quyền số
audience: người dân
sources: [Bộ Công an]
owner: cb-vhxh
verified: chưa kiểm tra
review_every: 90d
keywords: [vneid]
minutes: 5
stuck: to-cong-nghe-thon
---

# Mở kho ứng dụng {#mo-kho}

Bác bấm **CH Play**.

> [!MẸO]
> Máy báo đầy thì xóa bớt ảnh.

![Biểu tượng tam giác](img/ch-play.png)

- [Xong](#cau-1)
- [Không thấy](!stuck)

# Mã OTP đọc cho ai? {#cau-1 quiz}

Bác chọn một câu.

- [ ] Cán bộ
- [x] Không ai cả

> [!GIẢI THÍCH]
> Mã OTP là của riêng bác.
"""


def guide() -> Guide:
    parsed = parse("cai-vneid", FILE, FindingCollector("cai-vneid.md")).guide
    assert parsed is not None
    return parsed


def shout(message: str, context: str) -> str:
    return f"{context}: {message.upper()}"


def test_every_text_of_a_step_is_translated_with_the_step_as_its_context() -> None:
    first, second = guide().steps.values()
    shown = translated_step("cai-vneid", first, shout)
    assert shown.title == "cai-vneid/mo-kho: MỞ KHO ỨNG DỤNG"
    assert [block.text for block in shown.blocks] == [
        "cai-vneid/mo-kho: BÁC BẤM **CH PLAY**.",
        "cai-vneid/mo-kho: MÁY BÁO ĐẦY THÌ XÓA BỚT ẢNH.",
    ]
    assert shown.picture is not None
    assert shown.picture.alt == "cai-vneid/mo-kho: BIỂU TƯỢNG TAM GIÁC"
    assert [option.label for option in shown.options] == ["cai-vneid/mo-kho: XONG", "cai-vneid/mo-kho: KHÔNG THẤY"]
    quiz = translated_step("cai-vneid", second, shout).quiz
    assert quiz is not None
    assert quiz.choices == ("cai-vneid/cau-1: CÁN BỘ", "cai-vneid/cau-1: KHÔNG AI CẢ")
    assert quiz.explanation == "cai-vneid/cau-1: MÃ OTP LÀ CỦA RIÊNG BÁC."


def test_a_translation_changes_no_way_through_the_guide() -> None:
    for step in guide().steps.values():
        shown = translated_step("cai-vneid", step, shout)
        assert (shown.id, shown.next, shown.line) == (step.id, step.next, step.line)
        assert [option.target for option in shown.options] == [option.target for option in step.options]


def test_translators_get_exactly_the_texts_that_the_player_asks_for() -> None:
    asked: list[tuple[str, str]] = []

    def note(message: str, context: str) -> str:
        asked.append((context, message))
        return message

    translated_title(guide(), note)
    for step in guide().steps.values():
        assert translated_step("cai-vneid", step, note) == step
    assert sorted((message.context, message.text) for message in messages(guide())) == sorted(asked)


def test_a_paragraph_that_moves_within_its_step_keeps_its_translation() -> None:
    step = guide().steps["mo-kho"]
    moved = replace(step, blocks=tuple(reversed(step.blocks)))
    assert set(translated_step("cai-vneid", moved, shout).blocks) == set(
        translated_step("cai-vneid", step, shout).blocks
    )


def test_babel_finds_the_texts_of_a_file_with_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "cai-vneid.md"
    path.write_text(FILE, encoding="utf-8")
    with path.open("rb") as file:
        texts = list(extract(file, {}, (), {}))
    assert (1, "pgettext", (context_of("cai-vneid"), "Cài VNeID"), []) in texts
    assert (16, "pgettext", (context_of("cai-vneid", "mo-kho"), "Bác bấm **CH Play**."), []) in texts


def test_a_file_that_is_no_guide_has_no_texts(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text("# Cách viết hướng dẫn\n", encoding="utf-8")
    with path.open("rb") as file:
        assert list(extract(file, {}, (), {})) == []
