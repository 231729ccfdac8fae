"""A corpus of bombs and broken files: each ends as a refusal in a sentence, and the bot itself takes no harm."""

from __future__ import annotations

import functools
import io
import random
import tracemalloc
import zipfile
from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time

import pytest
import xlsxwriter

pytest.importorskip("av", reason="the extra `audio` is not installed")

from bot.features.audio.sound import SoundError
from bot.features.guides.word.document import NotAGuide
from bot.features.guides.word.sent import read_sent
from bot.features.jobs.queue import JobRefused
from bot.features.learning.reading import COLUMNS
from bot.features.loudspeaker.sent import mastered
from bot.features.papers.signed_word import SIGNED
from bot.features.speech.sent import samples_of
from bot.features.untrusted.photo import PHOTO
from bot.features.untrusted.pool import ask
from bot.features.untrusted.reader import Nothing
from bot.features.untrusted.zips import Room, TooMuch
from bot.features.workbook import UnreadableFile
from bot.features.workbook.reading import Known, every_sheet, known_sheets
from bot.features.workbook.sheet import SheetColumn
from tests.features.loudspeaker.sounds import encoded, voice, wav

from . import bombs
from .bombs import SEED, Bomb, Kind, lying, packed

KINDS: Sequence[Kind] = ("signed", "workbook", "guide", "photo", "recording", "voice note")
REFUSALS = (JobRefused, UnreadableFile, NotAGuide, SoundError)


@functools.cache
def corpus() -> Mapping[Kind, Sequence[Bomb]]:
    chance = random.Random(SEED)  # noqa: S311 - the same in each run
    silence = encoded("libmp3lame", "mp3", array("h", bytes(2 * 16_000)))
    sent = {
        "ogg": encoded("libopus", "ogg", voice(1.0)),
        "m4a": encoded("aac", "ipod", voice(1.0)),
        "wav": wav(voice(1.0)),
    }
    return {
        "signed": [*bombs.signed(chance)],
        "workbook": [*bombs.workbooks(chance)],
        "guide": [*bombs.guides(chance)],
        "photo": [*bombs.photos(chance)],
        "recording": [*bombs.sounds(chance, "recording", silence, sent)],
        "voice note": [*bombs.sounds(chance, "voice note", silence, sent)],
    }


async def opened(bomb: Bomb) -> object:
    match bomb.kind:
        case "signed":
            return await ask(SIGNED, bomb.data, Nothing())
        case "workbook":
            return await every_sheet(bomb.data, COLUMNS, most=10)
        case "guide":
            return await read_sent(bomb.data)
        case "photo":
            return await ask(PHOTO, bomb.data, Nothing())
        case "recording":
            return await mastered(bomb.data, "")
        case "voice note":
            return await samples_of(bomb.data)


def test_there_are_enough_of_them_and_no_two_are_the_same() -> None:
    found = [bomb for kind in KINDS for bomb in corpus()[kind]]
    twice = [pair for pair, times in Counter((bomb.kind, bomb.data) for bomb in found).items() if times > 1]
    assert len(found) - len(twice) >= 200, len(found)


@pytest.mark.parametrize("kind", KINDS)
async def test_every_one_is_refused(kind: Kind) -> None:
    """Nothing else than a refusal comes out of it: no error of ours, and no part of what a bomb holds."""
    taken = []
    for bomb in corpus()[kind]:
        try:
            taken.append((bomb.name, await opened(bomb)))
        except REFUSALS:
            continue
    assert taken == []


def test_a_part_that_lies_is_never_whole_in_memory() -> None:
    """Mechanism: it is asked for in pieces. The library cuts it to what the directory says, but unpacks it first."""
    made = lying("a", 30_000_000, says=100)
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        part = archive.getinfo("a")
        tracemalloc.start()
        try:
            with pytest.raises(TooMuch):
                Room(1_000_000).read(archive, part)
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert most < 3_000_000


def test_parts_share_one_room() -> None:
    with zipfile.ZipFile(io.BytesIO(packed({"a": bytes(600), "b": bytes(600)}))) as archive:
        room = Room(1_000)
        assert room.read(archive, archive.getinfo("a")) == bytes(600)
        with pytest.raises(TooMuch):
            room.read(archive, archive.getinfo("b"))


def test_what_is_honest_is_still_read() -> None:
    with zipfile.ZipFile(io.BytesIO(packed({"a": b"chu", "b": b""}))) as archive:
        room = Room(3)
        assert [room.read(archive, part) for part in archive.infolist()] == [b"chu", b""]


async def test_days_numbers_and_truths_of_a_workbook_come_through_as_they_were() -> None:
    """They are no JSON: what another process says is never unpickled."""
    out = io.BytesIO()
    cells = ("Thôn Lạc Hiền", 312, 1.5, True, date(2026, 7, 1), datetime(2026, 7, 1, 8, 30), time(8, 30))
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        page = book.add_worksheet("so")
        forms = {date: "dd/mm/yyyy", datetime: "dd/mm/yyyy hh:mm", time: "hh:mm"}
        for at, cell in enumerate(cells):
            page.write(0, at, f"k{at}")
            form = book.add_format({"num_format": forms[type(cell)]}) if type(cell) in forms else None
            page.write(1, at, cell, form)
    columns = tuple(SheetColumn(f"k{at}", "") for at in range(len(cells)))
    (table,) = await known_sheets(out.getvalue(), [Known("so", columns)])
    (row,) = table.rows
    assert tuple(row.values) == cells
    assert [type(value) for value in row.values] == [str, float, float, bool, date, datetime, time]
