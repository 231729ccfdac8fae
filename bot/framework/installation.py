"""An installation: its data folder, its database and its key, for one process at a time where that must be."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from bot.core.platform import Clock
from bot.core.text import Told, msg
from bot.framework.sharing import Sharing, sharing
from bot.settings import Settings, SettingsError
from bot.storage import data_folder, database
from bot.storage.apps import App
from bot.storage.media import Draw, MediaFiles

if TYPE_CHECKING:
    from bot.storage.files.objects import Objects

DATABASE = "bot.sqlite3"
"""The database's name in the data folder, when no other is set."""


RUNNING = "bot.lock"
"""The file that a bot at work holds in its data folder."""

OF_AN_APP, OF_THE_COMMUNE = "python -m bot.framework.migration MODULE:APP", "python -m bot migrate"
"""The commands that bring a database up to date."""


class AlreadyRunning(Told):
    """Another process serves this data folder."""


def database_url(settings: Settings) -> str:
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    return database.file_url(settings.data_dir / DATABASE)


def secret_key(settings: Settings) -> bytes:
    """Return the key that is set, else one created once in the data folder. Raises DatabaseError and OSError."""
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value().encode()
    return data_folder.kept_key(settings.data_dir)


async def migrated(url: str, known: Mapping[str, App] | None = None) -> None:
    """Migrate SQLite; only check PostgreSQL, which migrates by command. Raises DatabaseError."""
    if database.is_sqlite(url):
        await database.migrate(url, known)
    elif missing := await database.pending(url, known):
        raise database.DatabaseError(
            msg("the database lacks {count} steps; stop all processes and run: {command}"),
            count=len(missing),
            command=OF_THE_COMMUNE if known is None else OF_AN_APP,
        )


@contextlib.contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Lock a data folder for one process: the order of events of two would be undefined. Raises AlreadyRunning."""
    lock = FileLock(folder / RUNNING, mode=0o600, blocking=False)
    try:
        lock.acquire()
    except Timeout:
        raise AlreadyRunning(msg("{folder}: another bot runs on this data folder"), folder=folder) from None
    try:
        yield
    finally:
        lock.release()


@asynccontextmanager
async def _alone(settings: Settings, url: str) -> AsyncIterator[None]:
    """See to it that no other process is at work on the database, unless a broker parts the work between them."""
    if database.is_sqlite(url):
        with only_one(settings.data_dir):
            yield
    elif settings.broker_url is None:
        from bot.framework.standby import at_work_alone

        async with at_work_alone(url):
            yield
    else:
        yield


@asynccontextmanager
async def opened(
    settings: Settings, key: bytes, clock: Clock, known: Mapping[str, App] | None = None, *, strict: bool = False
) -> AsyncIterator[Sharing]:
    """Open the database of an installation, migrated, and alone at work on it unless a broker parts the work.

    `known` are the tables, None: all that the commune's bot has; `strict` is as in `ConversationStore`.
    The data folder is prepared already.
    Raises DatabaseError, AlreadyRunning and SettingsError.
    """
    url = database_url(settings)
    async with _alone(settings, url):
        await migrated(url, known)
        async with database.opened(url, known) as db, sharing(settings, url, db, clock, key, strict=strict) as shared:
            yield shared


def media_of(settings: Settings, guides: Path, draw: Draw = lambda file: None, *, public: bool = True) -> MediaFiles:
    """Return the files in the data folder, or in the store of BOT_FILES_URL. Raises SettingsError.

    Without `public` they have no addresses.
    """
    folder, base_url = settings.data_dir / "media", settings.public_url if public else None
    if settings.files_url is None:
        return MediaFiles(folder, guides, base_url, draw)
    objects = objects_of(settings)
    from bot.storage.files.stored import StoredMedia

    signed = settings.files_url.signed_links
    return StoredMedia(folder, guides, base_url, draw, objects=objects, signed_links=signed)


def objects_of(settings: Settings) -> Objects:
    """Return the store of BOT_FILES_URL. Raises SettingsError."""
    url, key, secret = settings.files_url, settings.files_key, settings.files_secret
    if url is None or key is None or secret is None:
        raise SettingsError.of("BOT_FILES_URL", msg("goes with BOT_FILES_KEY and BOT_FILES_SECRET"))
    try:
        from bot.storage.files.objects import Objects
    except ModuleNotFoundError:
        raise SettingsError.of("BOT_FILES_URL", msg("the package obstore is not installed")) from None
    words = key.get_secret_value(), secret.get_secret_value()
    return Objects(url.bucket, url.prefix, endpoint=url.endpoint, region=url.region, key=words[0], secret=words[1])
