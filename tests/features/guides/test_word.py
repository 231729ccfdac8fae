"""A guide comes from Word: what is read, what is said about the rest, and what stays that Word does not know."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pytest
from docx.oxml.ns import qn

from bot.features.guides.checking.check import inspect
from bot.features.guides.findings import FindingCollector
from bot.features.guides.markdown import plain
from bot.features.guides.model import Guide, GuideStep
from bot.features.guides.parse import parse
from bot.features.guides.word.document import (
    BROKEN,
    MACROS,
    NO_HEADING,
    NOT_WORD,
    OLD_FORMAT,
    TOO_LARGE,
    TOO_LONG,
    NotAGuide,
    WordGuide,
)
from bot.features.guides.word.merge import merge
from bot.features.guides.word.reader import read
from bot.features.guides.word.writer import document_of, fill, written
from tests.conversations import GUIDES

from .word_files import archive, data, document, picture, text_box, tracked

SLUGS = sorted(path.stem for path in GUIDES.glob("*.md") if path.stem not in ("README", "_mau"))
SLUG = "vneid-cai-dat-muc-2"


def source(slug: str) -> str:
    return (GUIDES / f"{slug}.md").read_text("utf-8")


def guide_of(slug: str, text: str) -> Guide:
    found = parse(slug, text, FindingCollector(slug)).guide
    assert found is not None
    return found


def passages(word: WordGuide, at: int = 0) -> list[tuple[str, str]]:
    return [(one.kind, one.text) for one in word.steps[at].passages]


@pytest.mark.parametrize("slug", SLUGS)
def test_a_guide_that_goes_through_word_unchanged_stays_the_same_file(slug: str) -> None:
    """Mechanism: steps are matched by their headings, and one with the same words keeps its lines."""
    old = source(slug)
    word = read(written(guide_of(slug, old)))
    assert word.notes == ()
    assert merge(word, slug, old).text.rstrip() == old.rstrip()


def test_only_the_changed_step_differs_and_keeps_picture_ways_and_quiz() -> None:
    old = source(SLUG)
    before = guide_of(SLUG, old)
    made = document_of(before)
    target = next(step for step in before.steps.values() if step.options and step.blocks)
    paragraph = next(one for one in made.paragraphs if one.text.strip() == plain(target.blocks[0].text))
    paragraph.add_run(" Bác làm chậm thôi.")
    after = guide_of(SLUG, merge(read(data(made)), SLUG, old).text)
    assert list(after.steps) == list(before.steps)
    changed = [ident for ident, step in after.steps.items() if step.fingerprint != before.steps[ident].fingerprint]
    assert changed == [target.id]
    new = after.steps[target.id]
    assert new.blocks[0].text.endswith("Bác làm chậm thôi.")
    assert [(one.label, one.target) for one in new.options] == [(one.label, one.target) for one in target.options]
    assert new.picture is None or target.picture is not None


def test_every_quiz_picture_and_way_survives_a_rewrite_of_all_texts() -> None:
    """Mechanism: what Word cannot hold is written from the guide again."""
    texts = {slug: rewritten(slug) for slug in SLUGS}
    for slug, text in texts.items():
        old, new = guide_of(slug, source(slug)), guide_of(slug, text)
        for ident, step in old.steps.items():
            again = new.steps[ident]
            assert [block.text for block in again.blocks] == ["Bác làm theo lời này."]
            assert not_of_word(again) == not_of_word(step)
    seen = inspect(GUIDES, instead=texts)
    assert [one for slug in SLUGS for one in seen.errors_in(slug)] == []


def rewritten(slug: str) -> str:
    """The guide after somebody replaced all its texts in Word."""
    old = guide_of(slug, source(slug))
    made = document(old.title)
    for step in old.steps.values():
        made.add_paragraph(plain(step.title), style="Heading 1")
        made.add_paragraph("Bác làm theo lời này.")
    return merge(read(data(made)), slug, source(slug)).text


def not_of_word(step: GuideStep) -> object:
    quiz = step.quiz and (step.quiz.choices, step.quiz.answer, step.quiz.explanation)
    picture = step.picture and (step.picture.file, step.picture.alt)
    return picture, quiz, step.next, [(one.label, one.target, one.other) for one in step.options]


def test_lists_bold_links_tips_and_warnings_become_markdown() -> None:
    made = document("Cài ứng dụng")
    made.add_paragraph("Mở máy", style="Heading 1")
    fill(made.add_paragraph(), "Bác bấm **Cài đặt**, xem [trang này](https://dichvucong.gov.vn).")
    made.add_paragraph("Pin còn trên nửa", style="List Bullet")
    made.add_paragraph("Có mạng", style="List Bullet")
    made.add_paragraph("Mở máy", style="List Number")
    made.add_paragraph("Gõ mã", style="List Number")
    made.add_paragraph("Mẹo: hỏi con cháu.")
    tip = made.add_paragraph()
    tip.add_run("Cảnh báo:").bold = True
    tip.add_run(" không đọc mã cho ai.")
    made.add_paragraph("# không phải tiêu đề, *cũng không đậm*")
    word = read(data(made))
    assert word.title == "Cài ứng dụng"
    assert passages(word) == [
        ("text", "Bác bấm **Cài đặt**, xem [trang này](https://dichvucong.gov.vn)."),
        ("text", "• Pin còn trên nửa"),
        ("text", "• Có mạng"),
        ("text", "1. Mở máy"),
        ("text", "2. Gõ mã"),
        ("tip", "hỏi con cháu."),
        ("warning", "không đọc mã cho ai."),
        ("text", r"\# không phải tiêu đề, \*cũng không đậm\*"),
    ]
    merged = merge(word, "cai-ung-dung", None)
    blocks = guide_of("cai-ung-dung", merged.text).steps["mo-may"].blocks
    assert [(one.kind, one.text) for one in blocks] == passages(word)
    assert "phần đầu" in merged.notes[0]


def test_tables_pictures_changes_comments_and_boxes_are_each_told_once() -> None:
    made = document("Nộp hồ sơ")
    made.add_paragraph("Chữ ở trên cùng.")
    made.add_paragraph("Chuẩn bị giấy tờ", style="Heading 1")
    table = made.add_table(rows=2, cols=2)
    for at, text in enumerate(("Giấy tờ", "Nơi lấy", "Căn cước", "Ở nhà")):
        table.cell(at // 2, at % 2).text = text
    made.add_picture(picture())
    tracked(made.add_paragraph("Bác mang "), "bản gốc", "bản sao")
    text_box(made.add_paragraph("Xem khung bên."), "Chữ trong khung")
    made.add_paragraph("Tiêu đề con", style="Heading 2")
    word = read(data(made))
    assert passages(word) == [
        ("text", "• Giấy tờ: Nơi lấy"),
        ("text", "• Căn cước: Ở nhà"),
        ("text", "Bác mang bản gốc"),
        ("text", "Xem khung bên."),
        ("text", "**Tiêu đề con**"),
    ]
    said = "\n".join(word.notes)
    for words in ("Bảng ở bước", "Track Changes", "khung (text box)", "Tiêu đề nhỏ", "trước tên bước đầu tiên"):
        assert said.count(words) == 1, words
    assert [(one.suffix, one.step) for one in word.pictures] == [(".png", "Chuẩn bị giấy tờ")]
    assert any("Ảnh 1 ở bước “Chuẩn bị giấy tờ” chưa vào bài" in note for note in merge(word, "x", None).notes)


def test_a_new_heading_is_a_step_a_better_one_keeps_its_id_and_a_lost_one_leads_on() -> None:
    old = source(SLUG)
    before = guide_of(SLUG, old)
    ids = [step.id for step in before.steps.values() if not step.options and step.quiz is None][:3]
    made = document_of(before)
    titles = {plain(before.steps[ident].title): ident for ident in ids}
    headings = [one for one in made.paragraphs if one.style is not None and one.style.name == "Heading 1"]
    renamed = next(one for one in headings if titles.get(one.text) == ids[0])
    renamed.add_run(" nhé")
    made.add_paragraph("Việc hoàn toàn khác hẳn", style="Heading 1")
    made.add_paragraph("Bác nghỉ tay uống nước.")
    merged = merge(read(data(made)), SLUG, old)
    after = guide_of(SLUG, merged.text)
    assert after.steps[ids[0]].title.endswith(" nhé")
    assert "viec-hoan-toan-khac-han" in after.steps
    assert any("vẫn mã " + ids[0] in note for note in merged.notes)
    gone = next(one for one in headings if titles.get(one.text) == ids[1])
    gone._p.getparent().remove(gone._p)
    less = guide_of(SLUG, merge(read(data(made)), SLUG, old).text)
    assert ids[1] not in less.steps
    assert less.redirects[ids[1]] in less.steps


def test_a_quiz_that_word_lacks_stays_where_it_was() -> None:
    slug = next(slug for slug in SLUGS if guide_of(slug, source(slug)).quiz_steps)
    before = guide_of(slug, source(slug))
    made = document_of(before)
    quizzes = {plain(before.steps[ident].title) for ident in before.quiz_steps}
    for one in [*made.paragraphs]:
        if one.text in quizzes:
            one._p.getparent().remove(one._p)
    after = guide_of(slug, merge(read(data(made)), slug, source(slug)).text)
    assert list(after.steps) == list(before.steps)


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (lambda: b"", NOT_WORD),
        (lambda: b"%PDF-1.7", NOT_WORD),
        (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, OLD_FORMAT),
        (lambda: b"PK\x03\x04 and then nothing", BROKEN),
        (lambda: archive(xl__workbook_xml=b"<x/>"), NOT_WORD),
        (lambda: archive(word__document_xml=b"<x/>", word__vbaProject_bin=b"x"), MACROS),
        (lambda: archive(word__document_xml=b"<x"), BROKEN),
        (lambda: archive(word__document_xml=b"\0" * 101_000_000), TOO_LARGE),
        (lambda: b"PK" + b"\0" * 20_000_001, TOO_LARGE),
        (lambda: data(document("Chỉ có tên")), NO_HEADING),
    ],
    ids=["empty", "pdf", "doc", "cut", "excel", "macros", "no xml", "bomb", "large", "no heading"],
)
def test_what_is_no_guide_is_refused_in_a_sentence(sent: Callable[[], bytes], answer: str) -> None:
    with pytest.raises(NotAGuide) as refused:
        read(sent())
    assert str(refused.value) == answer


def test_a_word_file_that_was_damaged_on_its_way_is_refused_in_a_sentence() -> None:
    """Mechanism: what unpacking raises is known; it was told as our own fault."""
    whole = data(document("Chỉ có tên"))
    with zipfile.ZipFile(io.BytesIO(whole)) as file:
        begins = file.getinfo("word/document.xml").header_offset + 30 + len("word/document.xml")
    with pytest.raises(NotAGuide) as refused:
        read(whole[:begins] + b"\xff" * 8 + whole[begins + 8 :])
    assert str(refused.value) == BROKEN


def test_a_text_that_is_longer_than_any_guide_is_refused_before_it_is_read() -> None:
    """A few kilobytes of empty paragraphs took minutes, and other markup gigabytes."""
    made = data(document("Tên"))
    for name, end, tags in (
        ("word/document.xml", b"<w:sectPr", 3_001),
        ("word/document.xml", b"<w:sectPr", 1_700_000),
        ("word/styles.xml", b"</w:styles>", 1_700_000),
    ):
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(made)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
            for part in old.namelist():
                xml = old.read(part)
                new.writestr(part, xml.replace(end, b"<w:p/>" * tags + end, 1) if part == name else xml)
        with pytest.raises(NotAGuide) as refused:
            read(out.getvalue())
        assert str(refused.value) == TOO_LONG


@pytest.mark.parametrize("number", ["abc", "-1", "1'] | //*[", "9" * 400])
def test_a_paragraph_whose_numbering_is_nonsense_is_a_paragraph(number: str) -> None:
    made = document("Bài")
    made.add_paragraph("Bước", style="Heading 1")
    item = made.add_paragraph("Chữ")
    item._p.get_or_add_pPr().get_or_add_numPr().get_or_add_numId().set(qn("w:val"), number)
    assert read(data(made)).steps[0].passages[0].text.endswith("Chữ")


def test_an_entity_in_the_xml_is_not_filled_in() -> None:
    """Mechanism: python-docx parses without entities."""
    made = data(document("Tên"))
    assert b"PK" in made
    evil = (
        b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/hostname">]><w:document '
        b'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:pPr><w:pStyle '
        b'w:val="Heading1"/></w:pPr><w:r><w:t>B&a;c</w:t></w:r></w:p></w:body></w:document>'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, evil if name == "word/document.xml" else old.read(name))
    assert read(out.getvalue()).steps[0].title in ("Bc", "B")
