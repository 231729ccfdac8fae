"""`python -m bot guides` for the authors of guides: from Word to Markdown, and approved texts as files."""

from __future__ import annotations

import asyncio
import difflib
import sys
from pathlib import Path

from bot.assembly import app
from bot.cli import office as office_commands
from bot.cli.texts import text_of
from bot.features.commune import settings as commune
from bot.features.guides.checking.check import inspect
from bot.features.guides.findings import GuideFinding
from bot.features.guides.word.document import WordGuide
from bot.features.guides.word.merge import Merged, merge, slug_of
from bot.features.guides.word.sent import read_sent
from bot.features.upkeep import texts
from bot.settings import Settings

_LONGEST_SLUG = 40


def import_word(settings: Settings, file: Path, slug: str | None, out: Path | None) -> int:
    """Print the Markdown, and what differs from the guide of this slug where there is one; 1 while it has an error.

    Notes and findings go to stderr. With `out` the file and its pictures are written into that folder.
    Raises NotAGuide, JobRefused, SettingsError, CommuneError, NotADirectoryError and OSError.
    """
    folder = app.guides_folder(settings)
    word = asyncio.run(read_sent(file.read_bytes(), pictures=True))
    slug = slug or slug_of(file.stem, longest=_LONGEST_SLUG)
    path = folder / f"{slug}.md"
    source = text_of(path) if path.exists() else None
    merged = merge(word, slug, source)
    print(merged.text)
    if source is not None:
        print("".join(_diff(slug, source, merged.text)))
    for note in merged.notes:
        print(f"# {note}", file=sys.stderr)
    allowed = commune.load(settings.data_dir).allowed
    errors = inspect(folder, allowed, instead={slug: merged.text}).errors_in(slug)
    for error in errors:
        print(error, file=sys.stderr)
    if out is not None:
        _write(out, slug, word, merged)
    return 1 if errors else 0


async def write_approved(settings: Settings, out: Path) -> int:
    """Write each text that was approved in chat as a file, so that it can be put among the guides.

    Raises DatabaseError and OSError.
    """
    async with office_commands.opened(settings):
        found = await texts.approved()
    await asyncio.to_thread(out.mkdir, parents=True, exist_ok=True)
    for one in found:
        path = out / f"{one.guide}.md"
        await asyncio.to_thread(path.write_text, one.text, "utf-8")
        print(path)
    if not found:
        print("chưa có bài nào được duyệt trong trò chuyện", file=sys.stderr)
    return 0


def _diff(slug: str, old: str, new: str) -> list[str]:
    name = f"{slug}.md"
    return list(
        difflib.unified_diff(old.splitlines(keepends=True), new.splitlines(keepends=True), f"a/{name}", f"b/{name}")
    )


def _write(out: Path, slug: str, word: WordGuide, merged: Merged) -> None:
    out.mkdir(parents=True, exist_ok=True)
    written = [out / f"{slug}.md"]
    written[0].write_text(merged.text, "utf-8")
    for number, picture in enumerate(word.pictures, 1):
        (out / "img").mkdir(exist_ok=True)
        written.append(out / "img" / f"{slug}-{number}{picture.suffix}")
        written[-1].write_bytes(picture.data)
    for path in written:
        print(path, file=sys.stderr)


__all__ = ["GuideFinding", "import_word", "write_approved"]
