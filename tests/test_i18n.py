"""People read the bot in their language, and numbers and dates the Vietnamese way."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import PoFileError

from bot import framework, i18n, po
from bot.core.text import fold, utf16_len
from bot.features.guides import pages
from bot.features.guides.library import load
from bot.i18n import Catalogues

ROOT = Path(i18n.__file__).parent.parent
FILES = sorted(i18n.FOLDER.glob("*/LC_MESSAGES/*.po"))
GUIDES = [file for file in FILES if file.stem == "guides"]
KEPT = re.compile(r"\*\*|\]\([^)]*\)|[\w.-]+\.vn\b|\b11[345]\b|\b1900[.\d]+")
LIKE_VIETNAMESE = ["vi", "tyz", "hmn", "mtq", "nut", "blt", "hnj", "vi-VN", "no such locale", ""]

CATALOGUE = """
msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\\n"

msgid "Tiếp"
msgstr "Next"

msgctxt "cai-vneid/mo-ung-dung"
msgid "Tiếp"
msgstr "Go on"

msgid "Thoát"
msgstr ""

#, fuzzy
msgid "Đọc lại"
msgstr "Read"
"""


def catalogues(folder: Path, **texts: str) -> Catalogues:
    for locale, text in texts.items():
        file = folder / locale / "LC_MESSAGES" / "messages.po"
        file.parent.mkdir(parents=True)
        file.write_text(text, encoding="utf-8")
    return Catalogues.load(folder)


@cache
def extracted() -> Mapping[str, Catalog]:
    """The texts of the program and of its guides by domain; looking through all files for them takes a second."""
    return i18n.extracted(ROOT)


@pytest.fixture
def english(tmp_path: Path) -> Catalogues:
    return catalogues(tmp_path, en=CATALOGUE)


def test_a_person_who_chose_english_reads_english(english: Catalogues) -> None:
    assert english.translate("en", "Tiếp") == "Next"


@pytest.mark.parametrize("locale", ["en-GB", "en_US"])
def test_a_regional_english_falls_back_to_english(english: Catalogues, locale: str) -> None:
    assert english.translate(locale, "Tiếp") == "Next"


def test_the_place_where_a_text_stands_decides_between_translations(english: Catalogues) -> None:
    assert english.translate("en", "Tiếp", "cai-vneid/mo-ung-dung") == "Go on"
    assert english.translate("en", "Tiếp", "another/step") == "Tiếp"


@pytest.mark.parametrize("message", ["Thoát", "Đọc lại", "Chưa ai dịch"])
def test_what_has_no_finished_translation_is_shown_in_vietnamese(english: Catalogues, message: str) -> None:
    assert english.translate("en", message) == message


@pytest.mark.parametrize("locale", ["vi", "tyz", "de", "", "../../etc"])
def test_a_language_without_a_catalogue_is_shown_in_vietnamese(english: Catalogues, locale: str) -> None:
    assert english.translate(locale, "Tiếp") == "Tiếp"


def test_the_checker_learns_why_a_text_is_not_shown_translated(english: Catalogues) -> None:
    assert english.gap("en", "Tiếp") is None
    assert english.gap("en-GB", "Tiếp") is None
    assert english.gap("en", "Thoát") == "untranslated"
    assert english.gap("en", "Đọc lại") == "fuzzy"
    assert english.gap("tyz", "Tiếp") == "untranslated"
    assert english.gap("vi", "Thoát") is None


def test_the_menu_of_languages_begins_with_vietnamese_and_calls_each_by_its_own_name(tmp_path: Path) -> None:
    assert catalogues(tmp_path, tyz=CATALOGUE, en=CATALOGUE).names == {
        "vi": "Tiếng Việt",
        "en": "English",
        "tyz": "Tiếng Tày",
    }


def test_vietnamese_is_there_without_any_catalogue(tmp_path: Path) -> None:
    assert Catalogues.load(tmp_path).locales == ("vi",)


def test_a_broken_catalogue_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(PoFileError):
        catalogues(tmp_path, en='msgid "Tiếp"\nNext\n')


def test_the_catalogues_that_ship_compile() -> None:
    assert "en" in Catalogues.load().locales


def fields(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


@pytest.mark.parametrize("file", FILES, ids=lambda file: "/".join(file.parts[-3:]))
def test_a_translation_has_the_fields_of_its_source(file: Path) -> None:
    wrong = [
        message.id
        for message in i18n.entries(po.read_catalogue(file))
        if message.string and fields(str(message.id)) != fields(str(message.string))
    ]
    assert wrong == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: "/".join(file.parts[-3:]))
def test_every_text_of_the_program_is_in_the_catalogue(file: Path) -> None:
    known = {(message.context, message.id) for message in i18n.entries(po.read_catalogue(file))}
    found = {(message.context, message.id) for message in i18n.entries(extracted()[file.stem])}
    assert sorted(str(key) for key in found - known) == [], "run: python -m bot.i18n update"


@pytest.mark.parametrize("domain", ["messages", "guides"])
def test_english_is_complete_for_the_interface_and_every_guide(domain: str) -> None:
    english = Catalogues.load()
    texts = i18n.entries(extracted()[domain])
    missing = [message.id for message in texts if english.gap("en", str(message.id), message.context) is not None]
    assert missing == []


APPS = Path(framework.__file__).parent / "locales"


@pytest.mark.parametrize("folder", [i18n.FOLDER, APPS], ids=["commune", "any app"])
def test_what_every_app_says_is_english_in_the_code_and_complete_in_vietnamese(folder: Path) -> None:
    vietnamese = Catalogues.load(folder).finished["vi"]
    texts = [str(message.id) for message in i18n.entries(extracted()["core"])]
    assert len(texts) >= 30
    assert [text for text in texts if not text.isascii() and re.search("[à-ỹđ]", text)] == []
    assert [text for text in texts if ("", text) not in vietnamese] == []


def test_no_app_but_the_commune_s_calls_people_bác() -> None:
    of_apps = Catalogues.load(APPS).finished["vi"].values()
    assert [text for text in of_apps if re.search(r"\bbác\b", text, re.IGNORECASE)] == []
    assert Catalogues.load().translate("vi", "(Type a number to choose.)") == "(Bác gõ số để chọn.)"


@pytest.mark.parametrize(("locale", "says"), [("en", "Please choose"), ("tyz", "Bác chọn"), ("vi", "Bác chọn")])
def test_who_has_no_translation_of_the_core_reads_the_source_of_the_app(locale: str, says: str) -> None:
    assert Catalogues.load().translate(locale, "Please choose just one:").startswith(says)


@pytest.mark.parametrize("file", GUIDES, ids=lambda file: file.parts[-3])
def test_a_translated_guide_keeps_its_bold_words_links_addresses_and_phone_numbers(file: Path) -> None:
    wrong = [
        message.id
        for message in i18n.entries(po.read_catalogue(file))
        if message.string and sorted(KEPT.findall(str(message.id))) != sorted(KEPT.findall(str(message.string)))
    ]
    assert wrong == []


def test_translated_buttons_of_guides_are_as_short_as_their_sources_may_be() -> None:
    """Choices of a guide have 40 characters, those of a question 60, in every language."""
    catalogues = Catalogues.load()
    for guide in load(ROOT / "guides"):
        for step in guide.steps.values():
            for locale in catalogues.locales:
                shown = pages.localised(guide, step, locale, catalogues.translate)
                labels = [option.label for option in shown.options]
                assert [label for label in labels if utf16_len(label) > 40] == []
                assert len(set(map(fold, labels))) == len(labels), f"{guide.slug}/{step.id}"
                if shown.quiz is not None:
                    assert [choice for choice in shown.quiz.choices if utf16_len(choice) > 60] == []


def test_update_brings_in_new_texts_empty_and_keeps_what_is_translated(tmp_path: Path) -> None:
    (tmp_path / "babel.cfg").write_text("[bot.i18n:calls: *.py]\n", encoding="utf-8")
    (tmp_path / "talk.py").write_text(
        'ctx.t("Tiếp")\nctx.word("Thoát ngay")\nmsg("Gọi {number}")\ntranslate(locale, "Chờ")\n'
        "f\"{ctx.word('Xem')}: {name}\"\n",
        encoding="utf-8",
    )
    folder = tmp_path / "locales"
    catalogues(folder, en=CATALOGUE)
    [file] = i18n.update(tmp_path, folder)
    texts = {str(message.id): message.string for message in i18n.entries(po.read_catalogue(file))}
    assert texts == {"Tiếp": "Next", "Thoát ngay": "", "Gọi {number}": "", "Chờ": "", "Xem": ""}
    before = file.read_bytes()
    i18n.update(tmp_path, folder)
    assert file.read_bytes() == before


@pytest.mark.parametrize("locale", LIKE_VIETNAMESE)
def test_numbers_are_written_the_vietnamese_way(locale: str) -> None:
    assert i18n.number(1234567, locale) == "1.234.567"
    assert i18n.number(12.5, locale) == "12,5"
    assert i18n.number(Decimal("-1000.25"), locale) == "-1.000,25"
    assert i18n.percent(85.6, locale) == "85,6%"
    assert i18n.percent(100, locale) == "100%"


@pytest.mark.parametrize("locale", LIKE_VIETNAMESE)
def test_dates_and_times_are_written_the_vietnamese_way(locale: str) -> None:
    day = date(2026, 11, 24)
    assert i18n.short_date(day, locale) == "24/11/2026"
    assert i18n.long_date(day, locale) == "ngày 24 tháng 11 năm 2026"
    assert i18n.weekday(day, locale) == "thứ Ba"
    assert i18n.weekday_date(day, locale) == "thứ Ba, 24/11/2026"
    assert i18n.weekday_date(date(2026, 11, 29), locale) == "Chủ nhật, 29/11/2026"
    assert i18n.time_in_words(time(19, 30), locale) == "19 giờ 30"
    assert i18n.time_in_words(time(7), locale) == "7 giờ"
    assert i18n.time_in_words(time(7, 5), locale) == "7 giờ 05"
    assert i18n.short_time(time(19, 30), locale) == "19h30"
    assert i18n.quarter(2026, 4, locale) == "quý IV/2026"


@pytest.mark.parametrize(
    ("day", "written"),
    [
        (date(2026, 1, 5), "ngày 05 tháng 01 năm 2026"),
        (date(2026, 2, 10), "ngày 10 tháng 02 năm 2026"),
        (date(2026, 3, 9), "ngày 09 tháng 3 năm 2026"),
        (date(2026, 10, 31), "ngày 31 tháng 10 năm 2026"),
    ],
)
def test_documents_put_zeros_where_the_decree_wants_them(day: date, written: str) -> None:
    assert i18n.long_date(day, "vi") == written


def test_english_readers_get_english_numbers_and_dates() -> None:
    assert i18n.number(1234567, "en") == "1,234,567"
    assert i18n.percent(85.6, "en-GB") == "85.6%"
    assert i18n.weekday_date(date(2026, 11, 24), "en") == "Tuesday, Nov 24, 2026"
    assert i18n.time_in_words(time(19, 30), "en") == "19:30"
    assert i18n.quarter(2026, 4, "en") == "Q4 2026"


@pytest.mark.parametrize("number", [0, 5])
def test_there_are_four_quarters(number: int) -> None:
    with pytest.raises(ValueError, match="no quarter"):
        i18n.quarter(2026, number, "vi")


def test_villages_stand_in_the_order_of_the_alphabet_and_of_numbers() -> None:
    ordered = ["an", "án", "ăn", "ân", "bản Nà", "Duối", "Đông", "em", "êm", "ơn", "thôn 2", "thôn 3A", "thôn 10", "Ư"]
    shuffled = ordered[::-1]
    assert sorted(shuffled, key=i18n.sort_key) == ordered


_BEGINS = re.compile(r"(?:^|\n)[^\w•{\n]*\{(unit|village|commune|place)\}")


def test_what_begins_with_a_unit_s_name_begins_with_a_capital() -> None:
    """“thôn Lạc Hiền chưa có lịch phát loa.” was an answer. A name among commas only is a part of a line."""
    small: list[str] = []
    for path in sorted((ROOT / "bot").rglob("*.py")):
        source = path.read_text("utf-8")
        for call in (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call) and node.args):
            template = call.args[0].value if isinstance(call.args[0], ast.Constant) else None
            if not isinstance(call.func, ast.Attribute) or call.func.attr != "t" or not isinstance(template, str):
                continue
            says_something = re.search(r"\w", re.sub(r"\{\w+\}", "", template)) or "**" in template
            for found in _BEGINS.finditer(template) if says_something else ():
                value = next((ast.unparse(one.value) for one in call.keywords if one.arg == found[1]), "")
                made = rf"\b{re.escape(value)} = .*upper_first\("
                if "upper_first(" not in value and not (value and re.search(made, source)):
                    small.append(f"{path.name}: {template}")
    assert small == []


def test_a_packed_language_says_the_same_and_is_opened_by_its_first_reader_alone() -> None:
    known = Catalogues.load()
    packed = known.packed()
    english = packed.finished["en"]
    assert isinstance(english, i18n.PackedCatalogue)
    assert packed.locales == known.locales
    assert packed.translate("vi", "Tiếp") == known.translate("vi", "Tiếp")
    assert "_known" not in vars(english), "who reads Vietnamese opens no English"
    for (context, text), translation in known.finished["en"].items():
        assert packed.translate("en", text, context) == translation
    assert dict(english) == known.finished["en"]
