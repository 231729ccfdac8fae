"""Stored files that nothing names go in time; what any row names stays, and what has just come."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.assembly import background
from bot.core.events import Chat
from bot.core.sessions import Key
from bot.features.jobs import orphans, temporary_files
from bot.features.papers.tables import IssuedPaper, IssuedPaperFile
from bot.handlers.kit.base import Services
from bot.storage.media import MediaFiles
from bot.storage.tables.commune import PassingFile
from bot.testing import TestClock
from tests.features.outbox_rig import Rig, said
from tests.features.village import places


class Folder:
    """The media folder, and what is looked at every day."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.media = MediaFiles(folder / "media", folder / "guides", "https://xa.example")
        self.clock = TestClock()

    async def has(self, what: str, days: float = 31) -> str:
        """A file that came so many days ago."""
        name = await self.media.store_as(f"{what}.docx", b"file")
        self.came(name, days)
        return name

    def came(self, name: str, days: float) -> None:
        at = (self.clock.now() - timedelta(days=days)).timestamp()
        os.utime(self.folder / "media" / name, (at, at))

    async def looks(self) -> None:
        jobs = background.keeping(cast("Services", None), self.media, self.folder, self.clock)
        for job in jobs:
            if job.name in ("stray files", "files"):
                await job.work()

    @property
    def left(self) -> set[str]:
        return {path.name.removesuffix(".docx") for path in (self.folder / "media").rglob("*.docx")}


@pytest.fixture
def here(tmp_path: Path, db: BaseDBAsyncClient) -> Folder:
    return Folder(tmp_path)


async def test_a_file_that_nothing_names_goes_a_month_after_it_was_found(here: Folder) -> None:
    """As those of drafts that were cancelled before files were remembered."""
    await here.has("la-roi")
    await here.has("vua-den", days=29)
    await here.looks()
    assert here.left == {"la-roi", "vua-den"}, "a database that was set up wrongly must not cost files"
    here.clock.passes(days=30)
    await here.looks()
    assert here.left == {"vua-den"}


async def test_what_a_row_names_stays_however_deep_in_its_text(here: Folder, db: BaseDBAsyncClient) -> None:
    at, now = await places(), here.clock.now()
    paper = await IssuedPaper.create(
        commune_id=at.commune, form="tb", year=2026, number=1, symbol="TB-UBND", signed_on=now.date(), subject="Họp",
        recorded_at=now,
    )  # fmt: skip
    await IssuedPaperFile.create(paper=paper, media=await here.has("van-ban"), kind="file", title="TB.docx", size=4)
    rig = Rig(db)
    session = await rig.store.load(Key("fake", "1"), "private")
    session.facts["kept"] = await here.has("phien")
    await rig.store.save(session)
    link = here.media.url(await here.has("duong-dan"))
    await rig.outbox.add(Chat("fake", "1", "private"), said(f"Tệp: {link}"), key="k", now=now)
    await temporary_files.keep(await here.has("tam"), now + timedelta(days=365))
    await here.looks()
    assert await PassingFile.all().count() == 1, "only what was kept for a while before"
    here.clock.passes(days=60)
    await here.looks()
    assert here.left == {"van-ban", "phien", "duong-dan", "tam"}


async def test_a_table_is_read_to_its_end(here: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orphans, "_PAGE", 2)
    named = [await here.has("x") for _ in range(6)]
    await PassingFile.bulk_create([PassingFile(name=name, until=here.clock.now()) for name in named[:-1]])
    assert list(await orphans.find(named)) == named[-1:]


async def test_a_long_name_from_before_names_were_shortened_goes_in_time_too(here: Folder) -> None:
    folder = here.folder / "media" / ("0" * 32)
    folder.mkdir(parents=True)
    (folder / f"{'a' * 60}.docx").write_bytes(b"file")
    here.came(f"{'0' * 32}/{'a' * 60}.docx", 31)
    await here.looks()
    assert here.left == {"a" * 60}
    here.clock.passes(days=30)
    await here.looks()
    assert here.left == set()
