"""Number and day of a signed paper as officials type them, and the archive below the conversations."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from bot.features.jobs import temporary_files
from bot.features.papers import archive
from bot.features.papers.model import FORMS, File, Paper, read_signed
from bot.features.papers.personal_data import personal_tables
from bot.features.papers.signed_word import looked_at
from bot.features.papers.tables import IssuedPaper
from bot.features.people import people
from bot.features.privacy.personal_table import Subject
from bot.features.untrusted.reader import FileRefused, Nothing
from bot.storage.tables.commune import PassingFile

from .village import NOW, Places, places, somebody


@pytest.mark.parametrize(
    ("words", "number", "symbol", "day"),
    [
        ("12/QĐ-UBND ngày 24/11/2026", 12, "QĐ-UBND", date(2026, 11, 24)),
        ("số 05 / qđ-ubnd, ký ngày 3 tháng 2 năm 2026", 5, "QĐ-UBND", date(2026, 2, 3)),
        ("so 7 ngay 24/11", 7, "", date(2026, 11, 24)),
        ("Số: 31/UBND-VHXH ngày 30/12", 31, "UBND-VHXH", date(2025, 12, 30)),
    ],
)
def test_number_and_day_are_read_as_they_are_typed(words: str, number: int, symbol: str, day: date) -> None:
    found = read_signed(words, date(2026, 11, 24))
    assert found is not None
    assert (found.number, found.symbol, found.day) == (number, symbol, day)


@pytest.mark.parametrize("words", ["12/QĐ-UBND", "ngày 24/11/2026", "hôm qua", "12 ngày 31/2/2026", "", "24/11/2026"])
def test_without_number_or_day_it_is_asked_again(words: str) -> None:
    assert read_signed(words, date(2026, 11, 24)) is None


async def recorded(at: Places, number: int = 12, *, by: int | None = None, form: str = "qd") -> Paper | None:
    day = date(2026, 11, 20)
    async with in_transaction("default"):
        return await archive.record(
            at.commune, form, number, FORMS[form].symbol, day, "Thành lập Tổ thôn Lạc Hiền", by=by, now=NOW
        )


async def test_a_number_is_recorded_once_and_another_commune_has_its_own(db: BaseDBAsyncClient) -> None:
    at = await places()
    first = await recorded(at)
    assert first is not None
    assert await recorded(at) is None
    async with in_transaction("default"):
        other = await archive.record(
            at.other_commune, "qd", 12, "QĐ-UBND", date(2026, 11, 20), "Việc khác", by=None, now=NOW
        )
    assert other is not None
    assert [one.id for one in await archive.of_commune(at.commune, 2026)] == [first.id]
    assert await archive.of_commune(at.commune, 2025) == []


async def test_a_file_waits_for_its_paper_and_goes_with_it(db: BaseDBAsyncClient) -> None:
    at = await places()
    one = await recorded(at)
    assert one is not None
    await temporary_files.keep("f.pdf", NOW)
    async with in_transaction("default"):
        assert await archive.attach(one, File(0, "f.pdf", "file", "QD-12.pdf", 9))
    assert not await PassingFile.exists()
    assert await archive.set_readers(one, {"teams"})
    assert not await archive.set_readers(one, {"police"})
    async with in_transaction("default"):
        assert not await archive.drop(one, NOW), "it is no longer as it was shown"
        now = await archive.get(one.id)
        assert now is not None
        assert now.readers == ("teams",)
        assert await archive.drop(now, NOW)
    assert [row.name for row in await PassingFile.all()] == ["f.pdf"]


async def test_recipients_are_those_who_hold_a_role_in_the_commune_now(db: BaseDBAsyncClient) -> None:
    at = await places()
    tu = await somebody("tu", "leader", at.village)
    hd = await somebody("hd", "council", at.commune)
    await people.grant(hd.person_id or 0, "village_head", at.other_village, NOW)
    await somebody("phu", "leader", at.far_village)
    gone = await somebody("cu", "deputy", at.village)
    await people.end(gone.grants[0].id, gone.person_id or 0, NOW)
    one = await recorded(at)
    assert one is not None
    assert set(await archive.recipients(one, NOW)) == {tu.person_id, hd.person_id}


async def test_who_recorded_a_paper_is_shown_and_erased_and_the_paper_stays(db: BaseDBAsyncClient) -> None:
    at = await places()
    lan = await somebody("lan", "officer", at.commune)
    await recorded(at, by=lan.person_id)
    (holding,) = personal_tables()
    subject = Subject((), lan.person_id)
    assert [fact.values["title"] for fact in await holding.read(subject)] == ["Thành lập Tổ thôn Lạc Hiền"]
    await holding.erase(subject)
    assert await holding.read(subject) == []
    assert await IssuedPaper.all().count() == 1


def test_a_damaged_word_file_is_refused_in_words_and_is_no_error_of_ours() -> None:
    """Mechanism: what unpacking raises is known; it was tried three times and then told as our own fault."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("word/document.xml", "<w:t>Số: 12/QĐ-UBND</w:t>" * 200)
    whole = packed.getvalue()
    assert not looked_at(whole, Nothing()).unnumbered
    begins = whole.index(b"word/document.xml") + len(b"word/document.xml")
    for damaged in (whole[:begins] + b"\xff" * 4 + whole[begins + 4 :], whole[: len(whole) // 2], b"PK"):
        with pytest.raises(FileRefused):
            looked_at(damaged, Nothing())
