"""An official who writes in Word gets a guide at the terminal, and what was approved in chat becomes files."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.assembly import app
from bot.features.guides.findings import FindingCollector
from bot.features.guides.parse import parse
from bot.features.guides.word.writer import document_of
from bot.settings import Settings
from bot.storage import database
from bot.storage.tables.upkeep import GuideText
from tests.features.guides.word_files import data, document, picture
from tests.features.village import places

from .handlers.upkeep_world import GUIDE, SLUG
from .test_cli_guides import bot


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    folder = tmp_path / "guides"
    folder.mkdir()
    (folder / f"{SLUG}.md").write_text(GUIDE, "utf-8")
    return folder


def written(path: Path, old: str, new: str) -> Path:
    """The guide in Word, with one paragraph changed."""
    guide = parse(SLUG, GUIDE, FindingCollector(SLUG)).guide
    assert guide is not None
    made = document_of(guide)
    for paragraph in made.paragraphs:
        if paragraph.text == old:
            paragraph.text = new
    path.write_bytes(data(made))
    return path


def test_a_word_file_is_printed_as_a_guide_with_its_differences(tmp_path: Path, shelf: Path) -> None:
    file = written(tmp_path / "Cài ứng dụng.docx", "Bác bấm hình tam giác nhiều màu.", "Bác bấm chữ A.")
    done = bot("guides", "import", str(file), "--write", str(tmp_path / "out"), data=tmp_path, guides=shelf)
    assert done.returncode == 0, done.stderr
    assert "\n-Bác bấm hình tam giác nhiều màu.\n+Bác bấm chữ A.\n" in done.stdout
    assert done.stdout.startswith("---\ntitle: Cài ứng dụng\n")
    assert "# Giữ nguyên những gì Word không có" in done.stderr
    text = (tmp_path / "out" / f"{SLUG}.md").read_text("utf-8")
    assert text == GUIDE.replace("Bác bấm hình tam giác nhiều màu.", "Bác bấm chữ A.")


def test_a_new_guide_and_its_pictures_are_written_beside_each_other(tmp_path: Path, shelf: Path) -> None:
    made = document("Trồng rau sạch")
    made.add_paragraph("Làm đất", style="Heading 1")
    made.add_paragraph("Bác xới đất cho tơi.")
    made.add_picture(picture())
    file = tmp_path / "rau.docx"
    file.write_bytes(data(made))
    out = tmp_path / "out"
    done = bot("guides", "import", str(file), "--slug", "trong-rau", "--write", str(out), data=tmp_path, guides=shelf)
    assert done.returncode == 0, done.stderr
    assert "# Làm đất {#lam-dat}\n\nBác xới đất cho tơi." in (out / "trong-rau.md").read_text("utf-8")
    assert (out / "img" / "trong-rau-1.png").read_bytes().startswith(b"\x89PNG")
    assert not (shelf / "trong-rau.md").exists()


def test_a_broken_rule_is_told_and_a_file_that_is_no_word_too(tmp_path: Path, shelf: Path) -> None:
    file = written(tmp_path / "cai-ung-dung.docx", "Bác bấm hình tam giác nhiều màu.", "Bác gửi mã OTP vào đây.")
    done = bot("guides", "import", str(file), data=tmp_path, guides=shelf)
    assert done.returncode == 1
    assert ": error: asks-secret " in done.stderr
    (tmp_path / "x.docx").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 99)
    done = bot("guides", "import", str(tmp_path / "x.docx"), data=tmp_path, guides=shelf)
    assert (done.returncode, done.stdout) == (1, "")
    assert "Word đời cũ" in done.stderr
    assert bot("guides", "import", str(file), "--slug", "Có dấu", data=tmp_path, guides=shelf).returncode == 2
    assert "không.docx" in bot("guides", "import", "không.docx", data=tmp_path, guides=shelf).stderr


def test_approved_texts_become_files_and_the_offline_file_shows_them(tmp_path: Path, shelf: Path) -> None:
    """Mechanism: the command reads what was approved from the database."""
    new = GUIDE.replace("nhiều màu", "bốn màu sặc sỡ")

    async def approve() -> None:
        url = app.database_url(Settings(data_dir=tmp_path))
        await app.migrated(url)
        async with database.opened(url):
            at, now = await places(), datetime.now(UTC)
            await GuideText.create(
                unit_id=at.commune, guide=SLUG, base="x", text=new, state="approved", created_at=now, decided_at=now
            )

    asyncio.run(approve())
    out = tmp_path / "out"
    done = bot("guides", "approved", "--out", str(out), data=tmp_path, guides=shelf)
    assert done.stdout.splitlines() == [str(out / f"{SLUG}.md")], done.stderr
    assert (out / f"{SLUG}.md").read_text("utf-8") == new
    page = tmp_path / "tat-ca.html"
    assert bot("offline", "--out", str(page), data=tmp_path, guides=shelf).returncode == 0
    assert "bốn màu sặc sỡ" in page.read_text("utf-8")
