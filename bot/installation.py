"""An installation: where it has its guides, its database and its key, who may use them, and what its files say.

Part of the composition root, as bot.app knows it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

from filelock import FileLock, Timeout

from bot.features import commune
from bot.features.guides import library, recordings
from bot.features.guides.preview import render
from bot.features.search import Index, entry_of
from bot.handlers import guide_preview
from bot.handlers.guide_page import Reader
from bot.i18n import Catalogues
from bot.services import Content
from bot.settings import Settings, SettingsError
from bot.storage import data_folder, database
from bot.storage.media import GUIDES

PATIENCE = 30.0
"""Seconds that a command waits for whoever may be migrating; it takes about ten."""
DATABASE = "bot.sqlite3"
"""Where the data folder has its database, when no other is set."""


class AlreadyRunning(Exception):
    """Another process serves this data folder."""


def guides_folder(settings: Settings) -> Path:
    """The folder that is set, else the one in the package, else the one of a checkout."""
    if settings.guides_dir is not None:
        return settings.guides_dir
    shipped = Path(__file__).parent / "_guides"
    return shipped if shipped.is_dir() else Path(__file__).parent.parent / "guides"


def database_url(settings: Settings) -> str:
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    return database.file_url(settings.data_dir / DATABASE)


def secret_key(settings: Settings) -> bytes:
    """The key that is set, else one that is made once and kept in the data folder. Raises DatabaseError and OSError."""
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value().encode()
    return data_folder.kept_key(settings.data_dir)


def read_content(settings: Settings, *, default: commune.Commune | None = None) -> Content:
    """Raises SettingsError, BrokenGuides and CommuneError: a bot with broken files does not start."""
    catalogues = Catalogues.load()
    if settings.locale not in catalogues.locales:
        raise SettingsError(f"BOT_LOCALE: một trong {', '.join(catalogues.locales)}")
    communes = commune.load_all(settings.data_dir, default=default)
    own = communes.own
    folder = guides_folder(settings)
    shelf = library.load(folder, allowed=own.allowed)
    if settings.guides_dir is not None and not len(shelf):
        raise SettingsError(f"BOT_GUIDES_DIR: trong {folder} không có bài nào")
    return Content(shelf, index_of(shelf), catalogues, own, communes, recordings.read(folder))


def index_of(shelf: library.Library) -> Index:
    """What words are looked up in, typed in a chat, on the pages or after `find`."""
    return Index(map(entry_of, shelf))


def preview(settings: Settings) -> str:
    """One HTML page of all guides as phones show them; raises BrokenGuides and CommuneError."""
    from bot.testing import PLAIN, RICH

    content, folder = read_content(settings), guides_folder(settings)
    reader = Reader(settings.locale, content.catalogues.translate, content.commune.values)
    profiles = {"Có nút bấm (như Telegram)": RICH["private"], "Chỉ có chữ (như Zalo Bot)": PLAIN["private"]}
    return render(
        guide_preview.preview(content.guides, reader, profiles),
        lambda media: (folder / media.removeprefix(GUIDES)).read_bytes(),
    )


async def migrated(url: str) -> None:
    """SQLite migrates by itself; PostgreSQL only by command. Raises DatabaseError."""
    if database.is_sqlite(url):
        await database.migrate(url)
    elif missing := await database.pending(url):
        raise database.DatabaseError(
            f"cơ sở dữ liệu còn thiếu {len(missing)} bước nâng cấp; dừng mọi tiến trình rồi chạy: python -m bot migrate"
        )


async def migrated_by_command(settings: Settings) -> None:
    """As `migrated`, and on SQLite never beside a bot that may be of an older version. Raises DatabaseError."""
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
                    f"{error}; cơ sở dữ liệu phải nâng cấp: khởi động lại bot ấy trước"
                ) from None
            await asyncio.sleep(0.1)


@contextlib.contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """One process serves a data folder: its order of events would otherwise be anybody's guess."""
    lock = FileLock(folder / "bot.lock", blocking=False)
    try:
        lock.acquire()
    except Timeout:
        raise AlreadyRunning(f"{folder}: một bot khác đang chạy trên thư mục dữ liệu này") from None
    try:
        yield
    finally:
        lock.release()
