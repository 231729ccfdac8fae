"""What is read quickly is what babel reads, and babel has the word where a file is anything else."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import PoFileError, write_po
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import i18n, po
from bot.po import Entry

FILES = sorted(i18n.FOLDER.glob("*/LC_MESSAGES/*.po"))
# Line ends of other systems are not told apart within a catalogue: babel itself strips and splits by them.
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")) | st.sampled_from('\n\t\\"#~'), min_size=1)


def by_babel(file: Path) -> list[Entry]:
    return [
        Entry(message.context or "", str(message.id), str(message.string or ""), message.fuzzy)
        for message in po.read_catalogue(file)
        if message.id
    ]


@pytest.fixture
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is left to babel."""

    def never(file: Path) -> Catalog:
        raise AssertionError(file)

    monkeypatch.setattr(po, "read_catalogue", never)


@pytest.mark.parametrize("file", FILES, ids=lambda file: "/".join(file.parts[-3:]))
def test_the_catalogues_that_ship_are_read_as_babel_reads_them(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = by_babel(file)
    monkeypatch.setattr(po, "read_catalogue", None)
    assert po.entries(file) == expected


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(st.none() | TEXTS, TEXTS, TEXTS | st.just(""), st.booleans()), max_size=5))
def test_whatever_is_written_is_read_as_babel_reads_it(
    tmp_path: Path, texts: list[tuple[str | None, str, str, bool]]
) -> None:
    catalogue = Catalog()
    for context, text, translation, fuzzy in texts:
        flags = ["fuzzy"] if fuzzy else []
        catalogue.add(text, translation, context=context, flags=flags, locations=[("a.py", 1)], auto_comments=["b"])
    file = tmp_path / "messages.po"
    with file.open("wb") as stream:
        write_po(stream, catalogue, width=20)
    assert po.entries(file) == by_babel(file)


@pytest.mark.usefixtures("quickly")
def test_entries_need_no_blank_line_between_them_and_a_fuzzy_one_that_is_gone_marks_no_other(tmp_path: Path) -> None:
    file = tmp_path / "messages.po"
    file.write_text(
        'msgid "một"\nmsgstr "one"\nmsgctxt "nút"\nmsgid "hai"\nmsgstr ""\n"two\\n"\n"\\"2\\""\n'
        '\n#, fuzzy\n#~ msgid "ba"\n#~ msgstr "three"\n\nmsgid "bốn"\nmsgstr "four"\n\n'
        '#, python-format, fuzzy\nmsgid "năm"\nmsgstr "five"\n',
        "utf-8",
    )
    assert po.entries(file) == [
        Entry("", "một", "one", False),
        Entry("nút", "hai", 'two\n"2"', False),
        Entry("", "bốn", "four", False),
        Entry("", "năm", "five", True),
    ]


@pytest.mark.parametrize(
    "text",
    [
        'msgid "một"\nmsgid_plural "nhiều"\nmsgstr[0] "one"\nmsgstr[1] "many"\n',
        'msgid "một"\n\nmsgstr "one"\n',
        'msgid "một"\nmsgstr "one"\n\n"and more"\n',
        'msgid "một"\nmsgstr "one"\n\nmsgid "một"\nmsgstr "1"\n',
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=iso-8859-1\\n"\n\nmsgid "caf\\\\"\nmsgstr "one"\n',
    ],
)
def test_what_is_not_known_is_left_to_babel(tmp_path: Path, text: str) -> None:
    file = tmp_path / "messages.po"
    file.write_text(text, "utf-8")
    assert po.entries(file) == by_babel(file)


@pytest.mark.parametrize(
    "text", ['msgid "Tiếp"\nNext\n', '"Tiếp"\n', 'msgid "Tiếp"\n', 'msgid "một"\n#: a.py\nmsgstr "one"\n']
)
def test_what_is_broken_stops_the_start(tmp_path: Path, text: str) -> None:
    file = tmp_path / "messages.po"
    file.write_text(text, "utf-8")
    with pytest.raises((PoFileError, IndexError)):
        po.entries(file)
