"""What each command of `python -m bot` does; what it takes is said in bot.cli. Returns its exit code, or raises.

What a command needs is imported when it runs: the others must not wait for it.
"""

from __future__ import annotations

import argparse
import asyncio
import errno
import gc
import json
import pkgutil
import re
import signal
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot import logs, platforms
from bot.settings import Settings, SettingsError, environment, load

if TYPE_CHECKING:
    from bot.features.privacy import Erased


class Failed(Exception):
    """The work could not be done; the text is for the person at the terminal."""


_TO_DO = {
    errno.EACCES: (
        "không có quyền; tệp và thư mục của bot phải là của người dùng chạy bot (chown -R), "
        "tệp khác thì để ở nơi người dùng ấy đọc, ghi được, ví dụ /tmp"
    ),
    errno.EADDRINUSE: "cổng này đã có chương trình khác dùng; đổi cổng (BOT_PORT)",
    errno.EADDRNOTAVAIL: "máy này không có địa chỉ ấy; sửa BOT_HOST",
    errno.EEXIST: "đã có, mà không phải thư mục",
    errno.EISDIR: "là thư mục; ghi tên tệp",
    errno.ENOENT: "không có tệp hay thư mục này",
    errno.ENOSPC: "đĩa đầy; dọn chỗ rồi chạy lại",
    errno.ENOTDIR: "không phải thư mục",
    errno.EROFS: "ổ đĩa chỉ cho đọc",
}


def _says(error: OSError, where: str = "") -> str:
    """Where, what, and what to do; `where` when the system does not say it."""
    if error.errno is None or error.strerror is None:
        return str(error)  # one of ours
    about, said = error.filename or where, _TO_DO.get(error.errno, error.strerror)
    return f"{about}: {said}" if about else said


def _says_of_start(error: OSError, settings: Settings) -> str:
    """As `_says`; what names no file is about the place where the bot listens."""
    where = f"{settings.host}:{settings.port}"
    if error.errno == errno.EACCES and not error.filename:
        return f"{where}: cổng dưới 1024 chỉ root mở được; đổi cổng (BOT_PORT), ví dụ 8080"
    return _says(error, where)


def _settings(environ: Mapping[str, str]) -> Settings:
    modules = (module.name for module in pkgutil.iter_modules(platforms.__path__))
    settings = load(environ, [name for name in modules if not name.startswith("_")])
    for name in settings.platforms:
        if not platforms.exists(name):
            raise SettingsError(f"BOT_PLATFORMS: không có ứng dụng tên {name!r}")
    return settings


def demo(arguments: argparse.Namespace) -> int:
    if not 0 <= arguments.port <= 65535:
        raise SettingsError("--port: phải từ 0 đến 65535")
    settings = Settings(platforms=("web",), data_dir=arguments.data, host="127.0.0.1", port=arguments.port)
    return _run(settings, {}, demo=True)


def serve(arguments: argparse.Namespace) -> int:
    environ = environment()
    return _run(_settings(environ), environ)


def worker(arguments: argparse.Namespace) -> int:
    environ = environment()
    return _run(_settings(environ), environ, worker=True)


def _run(settings: Settings, environ: Mapping[str, str], *, demo: bool = False, worker: bool = False) -> int:
    # What is made until the bot is ready stays; looking through it for garbage takes a tenth of the start.
    gc.disable()

    from bot import app
    from bot.features.commune import CommuneError
    from bot.features.guides.library import BrokenGuides
    from bot.storage.database import DatabaseError

    logs.set_up(value for name, value in environ.items() if name.endswith(("_TOKEN", "_KEY", "_SECRET", "_URL")))

    async def until_stopped() -> None:
        stop = asyncio.Event()
        for sign in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(sign, stop.set)
        if worker:
            async with app.working(settings, environ):
                print("ready", flush=True)
                await stop.wait()
            return
        async with app.serving(settings, environ, demo=demo) as running:
            print(f"ready {running.url}", flush=True)
            await stop.wait()

    try:
        asyncio.run(until_stopped())
    except (BrokenGuides, CommuneError, DatabaseError, app.AlreadyRunning) as error:
        raise Failed(str(error)) from None
    except OSError as error:
        raise Failed(_says_of_start(error, settings)) from None
    return 0


def migrate(arguments: argparse.Namespace) -> int:
    from bot import app
    from bot.storage import data_folder, database

    settings = _settings(environment())
    try:
        data_folder.prepare(settings.data_dir)
        url = app.database_url(settings)
        asyncio.run(app.migrated_by_command(settings) if database.is_sqlite(url) else database.migrate(url))
    except database.DatabaseError as error:
        raise Failed(str(error)) from None
    except OSError as error:
        raise Failed(_says(error, str(settings.data_dir))) from None
    return 0


def backup(arguments: argparse.Namespace) -> int:
    from bot.storage.backup import BackupError, backup

    settings = _settings(environment())
    if settings.database_url is not None:
        raise Failed("cơ sở dữ liệu là PostgreSQL: sao lưu bằng pg_dump, và chép thư mục dữ liệu")
    try:
        size = backup(settings.data_dir, arguments.file)
    except BackupError as error:
        raise Failed(str(error)) from None
    except OSError as error:
        raise Failed(_says(error)) from None
    shown = f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{max(1, round(size / 1e3))} KB"
    print(f"{arguments.file}: {shown}; trong đó có khóa bí mật, phải cất kỹ", file=sys.stderr)
    return 0


def restore(arguments: argparse.Namespace) -> int:
    from bot import office_commands
    from bot.storage.backup import BackupError, restore

    settings = _settings(environment())
    if settings.database_url is not None:
        raise Failed("cơ sở dữ liệu là PostgreSQL: khôi phục bằng pg_restore; xem docs/operations.md")
    # Read before anything is unpacked: a list that cannot be read must not leave erased people restored.
    erased = None if arguments.erased is None else _erased_list(arguments.erased)
    try:
        restored = restore(arguments.file, settings.data_dir)
    except OSError as error:
        raise Failed(_says(error, str(settings.data_dir))) from None
    except BackupError as error:
        raise Failed(str(error)) from None
    print(f"{settings.data_dir}: đã khôi phục; {restored.held} tin chờ cán bộ quyết định", file=sys.stderr)
    if erased is None:
        print(
            "ai xin xóa dữ liệu sau lúc sao lưu thì nay lại có tên: khôi phục với --erased erased.log để xóa lại",
            file=sys.stderr,
        )
        return 0
    with _usable():
        count = asyncio.run(office_commands.erase_again(settings, erased, restored.taken_at))
    print(f"đã xóa lại {count}", file=sys.stderr)
    return 0


def restored(arguments: argparse.Namespace) -> int:
    from bot import office_commands

    settings = _settings(environment())
    if settings.database_url is None:
        raise Failed("chỉ dùng sau pg_restore; với SQLite thì restore đã làm việc này")
    try:
        taken = datetime.fromisoformat(arguments.taken)
    except ValueError:
        raise SettingsError("--taken: ghi ngày và giờ, ví dụ 2026-11-24T02:15") from None
    at = taken if taken.tzinfo is not None else taken.replace(tzinfo=settings.zone)
    if at > datetime.now(UTC):
        # A slip of the hand: nobody would be erased again.
        raise SettingsError("--taken: lúc này chưa tới; ghi lúc chạy pg_dump")
    erased = _erased_list(arguments.erased)
    with _usable():
        held, count = asyncio.run(office_commands.settle_restored(settings, erased, at))
    print(f"{held} tin chờ cán bộ quyết định; đã xóa lại {count}", file=sys.stderr)
    return 0


def _erased_list(path: Path) -> Erased:
    from bot.features.privacy.erased_list import UnreadableList, parse

    try:
        return parse(path.read_text("utf-8"))
    except UnreadableList as error:
        raise Failed(f"{path}: {error}") from None
    except UnicodeDecodeError:
        raise Failed(f"{path}: không phải danh sách người đã xóa") from None
    except OSError as error:
        raise Failed(_says(error)) from None


def invite(arguments: argparse.Namespace) -> int:
    from bot import office_commands
    from bot.features.invites.service import LISTED_DAYS, ROLE_DAYS

    a = arguments
    if a.listed and a.out is None:
        raise Failed("--listed: thêm --out TỆP, nơi ghi các phiếu mời")
    with _usable():
        if a.listed:
            days = LISTED_DAYS if a.days is None else a.days
            return asyncio.run(office_commands.invite_listed(_data(), a.unit, days, a.out, again=a.again))
        days = ROLE_DAYS if a.days is None else a.days
        return asyncio.run(office_commands.invite(_data(), a.role, a.unit, a.uses, days, as_json=a.json))


def import_workbook(arguments: argparse.Namespace) -> int:
    from bot import office_commands

    a = arguments
    with _usable():
        return asyncio.run(office_commands.import_workbook(_data(), a.file.read_bytes(), yes=a.yes, as_json=a.json))


def export(arguments: argparse.Namespace) -> int:
    from bot import office_commands

    with _usable():
        arguments.out.write_bytes(asyncio.run(office_commands.export_workbook(_data())))
    return 0


def report(arguments: argparse.Namespace) -> int:
    from bot import office_commands
    from bot.features.commune import CommuneError
    from bot.features.reports import ReportError

    a = arguments
    with _usable():
        try:
            return asyncio.run(office_commands.report(_data(), a.unit, a.period, a.out, as_json=a.json))
        except (CommuneError, ReportError) as error:
            raise Failed(str(error)) from None


def audit(arguments: argparse.Namespace) -> int:
    from bot import office_commands

    with _usable():
        return asyncio.run(office_commands.verify_audit(_data(), as_json=arguments.json))


def _data() -> Settings:
    return _settings(environment())


@contextmanager
def _usable() -> Iterator[None]:
    from bot.features.workbook import UnreadableFile
    from bot.storage.database import DatabaseError

    try:
        yield
    except (UnreadableFile, DatabaseError) as error:
        raise Failed(str(error)) from None
    except OSError as error:
        raise Failed(_says(error)) from None


def check(arguments: argparse.Namespace) -> int:
    from bot import app
    from bot.features import commune
    from bot.features.guides import recordings
    from bot.features.guides.check import inspect, write_index
    from bot.features.guides.findings import Code
    from bot.features.guides.translations import gaps
    from bot.i18n import Catalogues

    settings = _settings(environment())
    folder: Path = arguments.dir or app.guides_folder(settings)
    with _usable():
        try:
            allowed = commune.load(settings.data_dir).allowed
            catalogues = Catalogues.load()
            seen = inspect(folder, allowed, translations=gaps(catalogues))
        except commune.CommuneError as error:
            raise Failed(str(error)) from None
        except NotADirectoryError as error:
            raise SettingsError(str(error)) from None
        guides = [file.guide for file in seen.files if file.guide is not None]
        if arguments.update_audio:
            recordings.update(folder, guides, catalogues.translate)
        findings = [*seen.findings, *recordings.check(folder, guides, catalogues.locales, catalogues.translate)]
    if arguments.json:
        print(json.dumps([finding.to_json() for finding in findings], ensure_ascii=False, indent=1))
    else:
        for finding in findings:
            print(finding)
    errors = [finding for finding in findings if finding.severity == "error"]
    good = [file.guide for file in seen.files if file.guide is not None and not file.broken]
    print(f"{len(good)} trong {len(seen.files)} bài không có lỗi", file=sys.stderr)
    if arguments.update_index:
        if any(finding.code != Code.BAD_INDEX.ident for finding in errors):
            raise Failed("chưa ghi sổ: sửa hết lỗi trước")
        with _usable():
            write_index(folder, good)
        return 0
    return 1 if errors and not (arguments.skip_broken and good) else 0


def import_word(arguments: argparse.Namespace) -> int:
    from bot import guide_commands
    from bot.features.guides.schema import SLUG
    from bot.features.guides.word_guide import NotAGuide

    a = arguments
    if a.slug is not None and not re.fullmatch(SLUG, a.slug):
        raise SettingsError("--slug: chữ thường không dấu, nối bằng gạch ngang")
    with _usable(), _readable_guides():
        try:
            return guide_commands.import_word(_data(), a.file, a.slug, a.write)
        except NotAGuide as error:
            raise Failed(str(error)) from None


def approved(arguments: argparse.Namespace) -> int:
    from bot import guide_commands

    with _usable():
        return asyncio.run(guide_commands.write_approved(_data(), arguments.out))


def find(arguments: argparse.Namespace) -> int:
    from bot import app

    with _readable_guides():
        index = app.read_content(_settings(environment())).index
    queries: Iterable[str] = [" ".join(arguments.words)]
    many = arguments.words == ["-"]
    if many:
        queries = (line.decode("utf-8", "replace") for line in sys.stdin.buffer)
    for query in queries:
        hits = index.find(query)
        if arguments.json:
            print(json.dumps([asdict(hit) for hit in hits], ensure_ascii=False))
        else:
            for hit in hits:
                print(f"{hit.slug}\t{hit.score:g}\t{hit.title}")
        if many:
            print(flush=True)
    return 0


def preview(arguments: argparse.Namespace) -> int:
    from bot import app

    out: Path = arguments.out
    with _readable_guides():
        page = app.preview(_settings(environment()))
    try:
        out.write_text(page, encoding="utf-8")
    except OSError as error:
        raise Failed(_says(error, str(out))) from None
    print(f"{out}: {len(page.encode()) / 1e6:.1f} MB", file=sys.stderr)
    return 0


def offline(arguments: argparse.Namespace) -> int:
    from bot import office_commands

    with _usable(), _readable_guides():
        return asyncio.run(office_commands.offline(_data(), arguments.lang, arguments.out))


@contextmanager
def _readable_guides() -> Iterator[None]:
    from bot.features.commune import CommuneError
    from bot.features.guides.library import BrokenGuides

    try:
        yield
    except (BrokenGuides, CommuneError) as error:
        raise Failed(str(error)) from None
    except NotADirectoryError as error:
        raise SettingsError(f"BOT_GUIDES_DIR: {error}") from None
