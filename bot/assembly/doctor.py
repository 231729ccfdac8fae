"""The doctor: all looks at an installation put together, for its command and for the bot at work.

The command looks from outside: nothing that it does makes a file, brings a database up to date or sends anything. The
bot at work looks by itself every hour and keeps what it found, for `/trangthai`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from aiohttp import web
from msgspec import Struct
from tortoise.backends.base.client import BaseDBAsyncClient

from bot import __version__, platforms
from bot.assembly import families
from bot.assembly.installation import guides_folder, read_content
from bot.core.platform import Clock, KeyValue, Log, Logged, Platform
from bot.core.sessions import StoreUnavailable
from bot.features import units
from bot.features.bots import accounts
from bot.features.calendar.vietnam import today
from bot.features.commune.settings import CommuneError
from bot.features.doctor import copies, data, kept, machine, messengers, network
from bot.features.doctor.diagnosis import Diagnosis, bad
from bot.features.doctor.kept import Examination
from bot.features.guides.library import BrokenGuides
from bot.features.notices import delivery_channels
from bot.framework.installation import database_url, media_of
from bot.i18n import in_vietnamese, msg
from bot.platforms import Kit
from bot.settings import Settings, SettingsError, options
from bot.storage import data_folder, database
from bot.storage.platform_store import PlatformLog, PlatformValues

log = logging.getLogger(__name__)

EVERY = 3600.0
"""Seconds between two looks of the bot at work; what an earlier one found counts as long, and half as long again."""
SETTLED = 60.0
"""Seconds after the start: until then a webhook may not be set yet."""
_FRESH = 1.5 * EVERY


class Doctor(Struct, frozen=True):
    """`env` is the file of settings. `trusted` is how certificates are judged, None as the system does."""

    settings: Settings
    environ: Mapping[str, str]
    clock: Clock
    env: Path = Path(".env")
    trusted: ssl.SSLContext | None = None

    async def from_outside(self) -> list[Diagnosis]:
        """Look at the installation whether the bot runs or not."""
        settings, now = self.settings, self.clock.now()
        found = [*self._files(), *_content(settings), *machine.env_file(self.env)]
        url = database_url(settings)
        families.discover()  # so that the database's tables and steps of all of them are known
        of_data, usable = await data.look(url)
        found += of_data
        last: Examination | None = None
        if usable:
            with data_folder.closed_to_others():
                async with database.opened(url) as db:
                    last = await self._last(db)
                    found += await self._opened(db, now)
                    found += await self._messengers(db, now)
        else:
            found += await self._messengers(None, now)
        found += await self._around(url, now)
        found += machine.open_files(last.open_files if last is not None else most_open_files())
        found += machine.version(__version__, None if last is None else last.version)
        if settings.port:
            host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104 - asked, not bound
            found += await network.at_work(f"http://{host}:{settings.port}")
        return found

    async def from_inside(
        self, db: BaseDBAsyncClient, running: Sequence[Platform], off: Mapping[str, str]
    ) -> Examination:
        """Look at the installation by the bot at work; `off` are the messengers that ended, and why."""
        now, most = self.clock.now(), most_open_files()
        found = [*await asyncio.to_thread(self._files), *await self._opened(db, now)]
        troubles = {
            one.name: one.trouble.removeprefix(f"{one.name}: ") for one in await accounts.every() if one.trouble
        }
        found += [messengers.refused_setting(name, why) for name, why in {**troubles, **off}.items()]
        found += await _asked([one for one in running if one.name not in off], now)
        found += await self._around(database_url(self.settings), now)
        found += [*machine.open_files(most), *machine.version(__version__, None)]
        return Examination(at=now, version=__version__, open_files=most, found=found)

    def _files(self) -> list[Diagnosis]:
        settings = self.settings
        found = [*machine.folder(settings.data_dir), *machine.key(settings.data_dir)]
        with contextlib.suppress(OSError):  # a folder that is not there was told
            found.append(machine.disk(settings.data_dir))
            if database.is_sqlite(database_url(settings)):
                found += copies.look(settings.data_dir, self.clock.now())
            else:
                found.append(copies.by_server())
        return found

    async def _last(self, db: BaseDBAsyncClient) -> Examination | None:
        """Return what the bot at work has found within the last hour or so."""
        one = await kept.last(PlatformValues(db, kept.OWNER))
        if one is None or (self.clock.now() - one.at).total_seconds() > _FRESH:
            return None
        return one

    async def _opened(self, db: BaseDBAsyncClient, now: datetime) -> list[Diagnosis]:
        """Look at what the open database tells."""
        written = await PlatformValues(db, "installation").get("written")
        found = machine.went_back(None if written is None else datetime.fromisoformat(written), now)
        gone = await delivery_channels.refused()
        on = [name for name, (_, at_work) in (await accounts.versions()).items() if at_work]
        found += [messengers.gone(name) for name in (*self.settings.platforms, *on) if name in gone]
        return [*found, *await _left_behind(now), *await data.officials(now)]

    async def _messengers(self, db: BaseDBAsyncClient | None, now: datetime) -> list[Diagnosis]:
        """Make each messenger as the bot would, and ask its vendor; without a database it remembers nothing."""
        found: list[Diagnosis] = []
        async with _made(self.settings, self.environ, self.clock, db) as (made, refused):
            found += [messengers.refused_setting(name, why) for name, why in refused.items()]
            found += await _asked(made, now)
        return found if db is None else [*found, *await self._accounts(now)]

    async def _accounts(self, now: datetime) -> list[Diagnosis]:
        """Make each further account as the bot would, and ask its vendor; without any nothing of them is loaded."""
        if not any(at_work for _, at_work in (await accounts.versions()).values()):
            return []
        from bot.assembly.bots import examined

        settings = self.settings
        media = media_of(settings, guides_folder(settings))
        async with examined.made(settings, _key(settings), media, self.clock) as (made, refused):
            found = [messengers.refused_setting(name, why) for name, why in refused.items()]
            return [*found, *await _asked(made, now)]

    async def _around(self, url: str, now: datetime) -> list[Diagnosis]:
        """Look at what lies around the bot: the way in from outside, and the servers that it needs."""
        found: list[Diagnosis] = []
        if self.settings.public_url is not None:
            found += await network.public(self.settings.public_url, now, self.trusted)
        if self.settings.broker_url is not None:
            found += await data.broker(self.settings.broker_url.get_secret_value())
        if not database.is_sqlite(url):
            found += await data.server_clock(url, now)
        return found


async def _left_behind(now: datetime) -> list[Diagnosis]:
    """Look for bots of communes that have become part of others."""
    found: list[Diagnosis] = []
    for one in await accounts.every():
        was = await units.by_id(one.home.unit_id) if one.at_work and one.home is not None else None
        if was is None or not was.merged(today(now)):
            continue
        heir = await units.successor(was.id, today(now))
        if heir is not None and heir.id != was.id:
            found.append(messengers.left_behind(one.name, was.name, heir.name, heir.code))
    return found


def wrong_settings(why: str) -> Diagnosis:
    """Tell that the bot cannot even read its settings."""
    what = msg("Cấu hình sai: {why}.")
    mend = msg("Sửa dòng ấy trong `.env`; tên và giá trị đúng có trong bảng Cấu hình của tài liệu. Rồi chạy lại.")
    return bad("settings", what, mend, why=why.rstrip("."))


def unreadable_program(folder: str) -> Diagnosis:
    """Tell that the user of the bot, to whom the data belong, cannot read the program itself."""
    what = msg("Người dùng chạy bot không đọc được chương trình ở {folder}.")
    mend = msg(
        "Cho đọc: `chmod -R go+rX {folder}`, rồi đóng lại tệp mã: `chmod 640 {folder}/.env`. Thư mục .venv làm bằng "
        "Python trong nhà của root thì xóa đi, làm lại bằng /usr/bin/python3."
    )
    return bad("program", what, mend, folder=folder)


def most_open_files() -> int | None:
    """Return how many files this process may open; None where the system has no such limit."""
    if sys.platform == "win32":
        return None
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if soft == resource.RLIM_INFINITY else soft


def _content(settings: Settings) -> list[Diagnosis]:
    """Look at the files that the bot reads at its start."""
    try:
        read_content(settings)
    except (BrokenGuides, CommuneError, SettingsError, NotADirectoryError) as error:
        what = msg("Bot không đọc được tệp của xã: {why}.")
        mend = msg("Sửa tệp ấy. Bài hướng dẫn: lệnh `check` chỉ rõ tệp và dòng. Rồi khởi động lại bot.")
        return [bad("content", what, mend, why=in_vietnamese(error).strip().rstrip("."))]
    return []


async def _asked(made: Sequence[Platform], now: datetime) -> list[Diagnosis]:
    """Ask all vendors at the same time; the first that tells the time is compared with the machine's clock."""
    answers = await asyncio.gather(*(messengers.seen(one) for one in made))
    found = [one for told, _ in answers for one in told]
    clocks = [view.clock for _, view in answers if view is not None and view.clock is not None]
    found += machine.clock(clocks[0] if clocks else None, now)
    for one in made:
        with contextlib.suppress(StoreUnavailable):  # that is told of the database itself
            found += messengers.plan(one.name, await one.usage())
    return found


@asynccontextmanager
async def _made(
    settings: Settings, environ: Mapping[str, str], clock: Clock, db: BaseDBAsyncClient | None
) -> AsyncIterator[tuple[list[Platform], dict[str, str]]]:
    """Make the messengers of the settings; those that refuse their settings are told with the reason."""
    made: list[Platform] = []
    refused: dict[str, str] = {}
    media = media_of(settings, guides_folder(settings))
    try:
        for name in settings.platforms:
            values: KeyValue = _Nothing() if db is None else PlatformValues(db, name)
            entries: Log = _Nothing() if db is None else PlatformLog(db, name)
            kit = Kit(
                settings=settings,
                options=options(environ, name),
                values=values,
                log=entries,
                media=media,
                pages=web.Application,
                clock=clock,
                secret_key=_key(settings),
            )
            try:
                made.append(platforms.load(name).create(kit))
            except SettingsError as error:
                refused[name] = in_vietnamese(error)
        yield made, refused
    finally:
        for one in made:
            await one.close()


def _key(settings: Settings) -> bytes:
    """Return the installation's key without making one; nothing that is derived from it is used here."""
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value().encode()
    with contextlib.suppress(OSError):
        return (settings.data_dir / data_folder.KEY).read_bytes()
    return b"none"


class _Nothing:
    """Implements KeyValue and Log where there is no database: nothing is there, and nothing stays."""

    async def get(self, key: str) -> str | None:
        return None

    async def swap(self, key: str, old: str | None, new: str) -> bool:
        return True

    async def append(self, chat_id: str, body: str, *, key: str | None = None) -> Logged:
        return Logged(1, new=True)

    async def since(self, chat_id: str, number: int, limit: int = 500) -> list[tuple[int, str]]:
        return []


async def look_and_keep(
    doctor: Doctor, db: BaseDBAsyncClient, running: Sequence[Platform], off: Mapping[str, str]
) -> None:
    """Look once from inside and keep what was found. Raises StoreUnavailable."""
    one = await doctor.from_inside(db, running, off)
    await kept.keep(PlatformValues(db, kept.OWNER), one)
    for each in one.found:
        if each.grade == "bad":
            log.warning("doctor: %s", each.described(str).plain)
