"""Facts: fees and time limits are written once, and everything that names them follows."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot.features.commune.settings import Commune
from bot.features.guides import pages
from bot.features.guides.checking.check import check, inspect
from bot.features.guides.facts import FILE, load, shipped_folder
from bot.features.guides.library import Library
from bot.features.guides.library import load as library_of
from bot.features.guides.markdown import to_text
from bot.features.guides.word.writer import document_of
from bot.features.learning.topics import Topics
from bot.features.loudspeaker.gist import script_to_read
from bot.features.search.index import Index, entry_of
from bot.i18n import Catalogues
from tests.features.guides.test_guide_library import HEAD

BODY = """\
# Trả phí {#tra-phi}

Lệ phí: {sao-y.phi}. Hạn: {sao-y.han}.

# Phí bao nhiêu? {#cau-1 quiz}

- [ ] Một triệu đồng
- [x] {sao-y.phi}

> [!GIẢI THÍCH]
> Đúng là {sao-y.phi}.
"""
FACTS = """\
[sao-y.phi]
value = "2.000 đồng *một* trang"
en = "2,000 đồng a page"
source = "Thông tư 226/2016/TT-BTC"
checked = 2026-11-01
confirmed = "Bà Lan, 2026-11-02"

[sao-y.han]
ask = "hỏi Trung tâm"
ask_en = "ask the centre"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sao-y.md").write_text(HEAD + BODY, encoding="utf-8")
    (tmp_path / FILE).write_text(FACTS, encoding="utf-8")
    return tmp_path


def read(library: Library, locale: str) -> str:
    guide = library.guides["sao-y"]
    translate = Catalogues.load().translate
    step = pages.localised(guide, guide.steps["tra-phi"], locale, translate)
    return pages.text(guide, step, locale, translate, {}).plain


def test_a_reader_sees_the_value_in_their_language_and_whom_to_ask(folder: Path) -> None:
    library = library_of(folder)
    assert "Lệ phí: 2.000 đồng *một* trang. Hạn: hỏi Trung tâm." in read(library, "vi"), "a value is never markup"
    assert "Lệ phí: 2,000 đồng a page. Hạn: ask the centre." in read(library, "en")


def test_search_loudspeaker_and_quiz_say_the_value_and_word_keeps_the_name(folder: Path) -> None:
    guide = library_of(folder).guides["sao-y"]
    assert "hai nghìn đồng" in script_to_read(guide, Commune(code="x", name="Yên Mô", province="Ninh Bình"))
    assert [hit.slug for hit in Index([entry_of(guide)]).find("2.000 đồng một trang")] == ["sao-y"]
    quiz = guide.steps["cau-1"].filled().quiz
    assert quiz is not None
    assert quiz.choices[1] == "2.000 đồng *một* trang"
    written = "\n".join(paragraph.text for paragraph in document_of(guide).paragraphs)
    assert "{sao-y.phi}" in written
    assert "2.000" not in written


def test_a_changed_fact_is_new_content_for_those_who_confirmed_the_guide(folder: Path) -> None:
    before = library_of(folder).guides["sao-y"].content
    (folder / FILE).write_text(FACTS.replace("2.000", "3.000"), encoding="utf-8")
    after = library_of(folder).guides["sao-y"]
    assert after.content != before
    assert "3.000 đồng" in to_text(after.steps["tra-phi"].filled().blocks[0].text, {}).plain


def test_facts_of_the_commune_win_over_those_that_are_shipped(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = folder / "shipped"
    shipped.mkdir()
    (shipped / FILE).write_text(FACTS + '\n[sao-y.noi]\nvalue = "Trung tâm"\n', encoding="utf-8")
    (folder / FILE).write_text('[sao-y.phi]\nvalue = "không mất tiền"\n', encoding="utf-8")
    monkeypatch.setattr("bot.features.guides.facts.shipped_folder", lambda: shipped)
    facts = load(folder)
    assert facts.by_name["sao-y.phi"].value == "không mất tiền"
    assert facts.by_name["sao-y.noi"].value == "Trung tâm"
    assert facts.own == {"sao-y.phi"}
    assert "unused-fact" not in {one.code for one in check(folder)}, "what is shipped need not be used here"


@pytest.mark.parametrize(
    ("facts", "line"),
    [
        ('[sao-y.phi]\nvalue = "a"\n\n[sao-y.han]\nsource = "b"\n', 4),
        ('[sao-y.phi]\nvalue = "a"\n\n[sao-y.han]\nask = "b"\nphone = "1"\n', 4),
        ('[sao-y.phi]\nvalue = "a"\nchecked = "hôm qua"\n', 1),
        ("[sao-y.phi]\nvalue = không có ngoặc\n", 2),
    ],
)
def test_a_faulty_file_is_told_with_its_line(folder: Path, facts: str, line: int) -> None:
    (folder / FILE).write_text(facts, encoding="utf-8")
    assert [(one.code, one.line) for one in check(folder) if one.severity == "error"] == [("bad-facts", line)]


def test_every_fact_that_ships_says_where_it_comes_from_and_when_it_was_looked_up() -> None:
    facts = load(shipped_folder()).by_name.values()
    assert [fact.name for fact in facts if not (fact.source and fact.checked and fact.value_en)] == []


def test_a_fact_is_old_after_the_days_that_it_says(folder: Path) -> None:
    def told(on: date) -> set[str]:
        return {one.code for one in check(folder, today=on)}

    assert "old-fact" not in told(date(2027, 4, 30))
    assert "old-fact" in told(date(2027, 5, 1))
    (folder / FILE).write_text(FACTS.replace("checked", "review = 30\nchecked"), encoding="utf-8")
    assert "old-fact" in told(date(2026, 12, 2))


def test_what_an_officer_should_confirm_is_known_by_guide(folder: Path) -> None:
    (file,) = inspect(folder).files
    assert file.guide is not None
    assert [fact.name for fact in file.guide.facts if fact.open] == ["sao-y.han"]


_TYPED = """\
# Trả 2.000 đồng trong 15 ngày {#tra-phi}

Lệ phí: {sao-y.phi}. Gọi 115, hoặc “trả 2.000 đồng”.

- [Tôi trả 2.000 đồng](#cau-1)
- [Có 1.156 người](#cau-1 "cùng một câu")

# Phí bao nhiêu? {#cau-1 quiz}

- [ ] Một triệu đồng, hoặc 15 ngày
- [x] 2.000 đồng

> [!GIẢI THÍCH]
> Trong 15 ngày.
"""


def test_a_number_that_is_a_fact_is_found_wherever_it_was_typed(folder: Path) -> None:
    """In titles, texts, choices, right answers and why; a wrong answer and a foreign screen say nothing of ours."""
    (folder / "sao-y.md").write_text(HEAD + _TYPED, encoding="utf-8")
    facts = FACTS.replace('ask = "hỏi Trung tâm"\nask_en = "ask the centre"', 'value = "trong 15 ngày"')
    (folder / FILE).write_text(facts, encoding="utf-8")
    first = HEAD.count("\n") + 1
    told = [(one.line - first, one.message.split("”")[0]) for one in check(folder) if one.code == "typed-fact"]
    assert sorted(told) == [
        (0, "“15 ngày"), (0, "“2.000 đồng"), (2, "“115"), (4, "“2.000 đồng"), (10, "“2.000 đồng"), (13, "“15 ngày"),
    ]  # fmt: skip


def test_no_guide_that_ships_has_a_fact_typed_into_it() -> None:
    assert [str(one) for one in check(shipped_folder()) if one.code == "typed-fact"] == []


async def test_a_lesson_asks_with_the_value_too(folder: Path) -> None:
    """The questions of a lesson named the fact instead: `{sao-y.phi}` stood on a button."""
    topic = await Topics(library_of(folder), lambda words: []).get("guide:sao-y", 1)
    assert topic is not None
    assert topic.questions[0].choices[1] == "2.000 đồng *một* trang"
    assert topic.questions[0].why == "Đúng là 2.000 đồng *một* trang."
