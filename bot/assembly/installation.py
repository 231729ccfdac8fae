"""An installation: where it has its guides, its database and its key, who may use them, and what its files say.

Part of the composition root, as bot.assembly.app knows it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path
from time import monotonic

from bot.assembly import families, kept_content
from bot.core.platform import PLAIN, RICH
from bot.features.commune import settings as commune
from bot.features.guides import library, recordings
from bot.features.guides.facts import shipped_folder
from bot.features.search.index import Index, entry_of
from bot.framework.installation import AlreadyRunning, database_url, migrated, only_one
from bot.handlers.guides import preview as guide_preview
from bot.handlers.guides.page import PageReader
from bot.handlers.kit.base import Content
from bot.i18n import FOLDER as LOCALES
from bot.i18n import Catalogues, in_vietnamese
from bot.settings import Settings, SettingsError
from bot.storage import database
from bot.storage.media import GUIDES

PATIENCE = 30.0
"""Seconds that a command waits for whoever may be migrating; it takes about ten."""


def guides_folder(settings: Settings) -> Path:
    """Return the folder that is set, else the one in the package, else the one of a checkout."""
    if settings.guides_dir is not None:
        return settings.guides_dir
    return shipped_folder()


def read_content(
    settings: Settings,
    *,
    default: commune.Commune | None = None,
    locales: Iterable[Path] = (),
    keep: bool = False,
    by_program: bool = False,
) -> Content:
    """Read what a bot needs of its files; `locales` are the folders of translations that families bring.

    With `keep` what did not change since the last time is taken as it was read then; with `by_program` as well that may
    have been for another data folder.

    Raises SettingsError, BrokenGuides and CommuneError: a bot with broken files does not start.
    """
    communes = commune.load_all(settings.data_dir, default=default)
    own, folder, translations = communes.own, guides_folder(settings), list(locales)

    def read() -> kept_content.ContentRead:
        shelf = library.load(folder, allowed=own.allowed)
        return kept_content.ContentRead(Catalogues.load().with_folders(translations), shelf, index_of(shelf))

    if keep and folder.is_dir():
        made_of = [LOCALES, *translations, folder]
        named = [sorted(names) for names in (own.allowed.hosts, own.allowed.phones, own.allowed.old_names)]
        more = f"{folder} {named}"
        catalogues, shelf, index = kept_content.kept(settings.data_dir, made_of, more, read, by_program=by_program)
    else:
        catalogues, shelf, index = read()
    if settings.locale not in catalogues.locales:
        raise SettingsError(f"BOT_LOCALE: một trong {', '.join(catalogues.locales)}")
    if settings.guides_dir is not None and not len(shelf):
        raise SettingsError(f"BOT_GUIDES_DIR: trong {folder} không có bài nào")
    return Content(shelf, index, catalogues, own, communes, recordings.read(folder))


def index_of(shelf: library.Library) -> Index:
    """Return the index for words typed in a chat, on the pages or after `find`."""
    return Index(map(entry_of, shelf))


def drawing_of(shelf: library.Library) -> Callable[[str], bytes | None]:
    """Return the function that renders the drawings which the guides describe, by the names of their pictures."""

    def draw(file: str) -> bytes | None:
        drawing = shelf.drawing(file)
        if drawing is None:
            return None
        from bot.features.guides.drawn.png import png

        return png(drawing)

    return draw


def preview(settings: Settings) -> str:
    """Return one HTML page of all guides as phones show them; raise BrokenGuides and CommuneError."""
    from bot.office.guide_preview import render

    content, folder = read_content(settings), guides_folder(settings)
    reader = PageReader(settings.locale, content.catalogues.translate, content.commune.values)
    profiles = {"Có nút bấm (như Telegram)": RICH["private"], "Chỉ có chữ (như Zalo Bot)": PLAIN["private"]}
    draw = drawing_of(content.guides)

    def picture(media: str) -> bytes:
        file = media.removeprefix(GUIDES)
        return draw(file) or (folder / file).read_bytes()

    return render(guide_preview.preview(content.guides, reader, profiles), picture)


async def migrated_whole(url: str) -> None:
    """Bring the tables of the bot and of all families up to date. Raises DatabaseError and FamilyError."""
    families.discover()
    await database.migrate(url)


async def migrated_by_command(settings: Settings) -> None:
    """As `migrated`, and on SQLite never beside a bot that may be of an older version. Raises DatabaseError."""
    families.discover()
    url, until = database_url(settings), monotonic() + PATIENCE
    if not database.is_sqlite(url):
        await migrated(url)
        return
    while await database.pending(url):
        try:
            with only_one(settings.data_dir):
                await migrated(url)
        except AlreadyRunning as error:
            # Another command, or a bot that starts, may be migrating right now.
            if monotonic() >= until:
                raise database.DatabaseError(
                    f"{in_vietnamese(error)}; cơ sở dữ liệu phải nâng cấp: khởi động lại bot ấy trước"
                ) from None
            await asyncio.sleep(0.1)
