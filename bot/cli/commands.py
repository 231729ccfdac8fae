"""The commands of `python -m bot`; bot.cli.parser has their arguments. Each returns its exit code, or raises.

The modules that a command needs are imported when it runs: the others must not wait for them.
"""

from __future__ import annotations

import argparse
import asyncio
import errno
import gc
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot import logs, platforms
from bot.assembly.os_errors import says as _says
from bot.cli.signals import set_on_signals
from bot.settings import Settings, SettingsError, environment, load

if TYPE_CHECKING:
    from bot.cli.init import Begun
    from bot.features.privacy import Erased


class Failed(Exception):
    """The work could not be done; the text is for the person at the terminal."""


def line_of(error: Exception) -> str:
    """Return what the person at the terminal reads of an error."""
    from bot.i18n import in_vietnamese

    return in_vietnamese(error)


def _says_of_start(error: OSError, settings: Settings) -> str:
    """Describe as `_says` does; an error without a file is about the address on which the bot listens."""
    where = f"{settings.host}:{settings.port}"
    if error.errno == errno.EACCES and not error.filename:
        return f"{where}: cổng dưới 1024 chỉ root mở được; đổi cổng (BOT_PORT), ví dụ 8080"
    return _says(error, where)


def _settings(environ: Mapping[str, str]) -> Settings:
    settings = load(environ, platforms.names())
    for name in settings.platforms:
        platforms.look_for(name)
    return settings


def new(arguments: argparse.Namespace) -> int:
    from bot.framework import project

    why = {
        "name": "không dùng làm tên được: chữ thường không dấu, số, gạch nối, không trùng tên thư viện",
        "exists": "đã có; chọn tên khác",
    }
    try:
        written = project.write(arguments.folder)
    except project.ProjectError as error:
        raise Failed(f"{arguments.folder}: {why[error.reason]}") from None
    except OSError as error:
        raise Failed(_says(error, str(arguments.folder))) from None
    for path in written:
        print(path)
    return 0


def demo(arguments: argparse.Namespace) -> int:
    if not 0 <= arguments.port <= 65535:
        raise SettingsError("--port: phải từ 0 đến 65535")
    from bot.features.desk.sessions import PLATFORM as DESK

    settings = Settings(platforms=("web", DESK), data_dir=arguments.data, host="127.0.0.1", port=arguments.port)
    return _run(settings, {}, demo=True)


def serve(arguments: argparse.Namespace) -> int:
    from bot.assembly.founding.begun import is_new

    environ = environment()
    settings = _settings(environ)
    return _set_up(settings, environ) if is_new(settings, environ) else _run(settings, environ)


def init(arguments: argparse.Namespace) -> int:
    a, environ = arguments, environment()
    return _set_up(_settings(environ), environ, a.answers, page=a.page, serve=not a.no_serve, as_json=a.json)


def _set_up(
    settings: Settings,
    environ: Mapping[str, str],
    answers: Path | None = None,
    *,
    page: bool = True,
    serve: bool = True,
    as_json: bool = False,
) -> int:
    """Ask the questions of setting up, on the page or in the terminal; then run the bot."""
    from bot.cli import init as init_command
    from bot.features.commune.settings import CommuneError
    from bot.features.founding.problem import AnswerProblem
    from bot.framework.installation import AlreadyRunning
    from bot.storage.database import DatabaseError, damage_told

    try:
        with damage_told():
            begun = (
                init_command.on_page(settings, environ)
                if page
                else init_command.in_terminal(settings, environ, answers, as_json=as_json)
            )
    except (AnswerProblem, AlreadyRunning, CommuneError, DatabaseError) as error:
        raise Failed(line_of(error)) from None
    except OSError as error:
        raise Failed(_says_of_start(error, settings)) from None
    return 0 if begun is None or not serve else _run(begun.settings, begun.environ, begun=begun)


def worker(arguments: argparse.Namespace) -> int:
    environ = environment()
    return _run(_settings(environ), environ, worker=True)


def _run(
    settings: Settings,
    environ: Mapping[str, str],
    *,
    demo: bool = False,
    worker: bool = False,
    begun: Begun | None = None,
) -> int:
    """Run a bot until it is told to stop; `begun` is what has just been set up and shows how far it is."""
    # What is made until the bot is ready stays; looking through it for garbage takes a tenth of the start.
    gc.disable()

    from bot.assembly import app
    from bot.features.commune.settings import CommuneError
    from bot.features.guides.library import BrokenGuides
    from bot.framework import gate, loop
    from bot.storage import database
    from bot.storage.database import DatabaseError

    gate.open_more_files()
    logs.set_up(logs.secrets_of(environ))

    async def until_stopped() -> None:
        stop = asyncio.Event()
        set_on_signals(stop)
        if worker:
            async with app.working(settings, environ):
                print("ready", flush=True)
                await stop.wait()
            return
        if demo:
            await _demonstrated(settings, stop)
            return
        routes = () if begun is None else begun.routes()
        async with app.serving(settings, environ, routes=routes) as running:
            print(f"ready {running.url}", flush=True)
            telling = None if begun is None else asyncio.create_task(begun.told())
            await stop.wait()
            if telling is not None:
                telling.cancel()

    try:
        with database.damage_told():
            loop.run(until_stopped())
    except (BrokenGuides, CommuneError, DatabaseError, app.AlreadyRunning) as error:
        raise Failed(line_of(error)) from None
    except OSError as error:
        raise Failed(_says_of_start(error, settings)) from None
    return 0


async def _demonstrated(settings: Settings, stop: asyncio.Event) -> None:
    """Run the demo until it is stopped; on a visitor's request start an empty one at the same address."""
    from bot.assembly import app
    from bot.storage import data_folder

    while not stop.is_set():
        anew = asyncio.Event()
        async with app.serving(settings, {}, demo=True, anew=anew.set) as running:
            print(f"ready {running.url}", flush=True)
            waiting = [asyncio.create_task(event.wait()) for event in (stop, anew)]
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in waiting:
                task.cancel()
        settings = settings.model_copy(update={"port": urlsplit(running.url).port or settings.port})
        if anew.is_set() and not stop.is_set():
            data_folder.empty(settings.data_dir)
            gc.unfreeze()  # what the one before was made of may go


def migrate(arguments: argparse.Namespace) -> int:
    from bot.assembly import app
    from bot.storage import data_folder, database

    settings = _settings(environment())
    try:
        data_folder.prepare(settings.data_dir)
        url = app.database_url(settings)
        asyncio.run(app.migrated_by_command(settings) if database.is_sqlite(url) else app.migrated_whole(url))
    except database.DatabaseError as error:
        raise Failed(line_of(error)) from None
    except OSError as error:
        raise Failed(_says(error, str(settings.data_dir))) from None
    return 0


def files_move(arguments: argparse.Namespace) -> int:
    from bot.cli import files

    settings = _settings(environment())
    try:
        return asyncio.run(files.move(settings, arguments.to))
    except files.NotMoved as error:
        raise Failed(str(error)) from None
    except OSError as error:
        raise Failed(_says(error, str(settings.data_dir))) from None


def doctor(arguments: argparse.Namespace) -> int:
    from bot.cli import doctor as doctor_command

    def read() -> tuple[Settings, Mapping[str, str]]:
        environ = environment()
        return _settings(environ), environ

    with _usable():
        return doctor_command.look(read, as_json=arguments.json)


def adapter_check(arguments: argparse.Namespace) -> int:
    from bot.cli import adapters

    try:
        return adapters.check(arguments.module)
    except adapters.NoRig as error:
        raise Failed(str(error)) from None


def backup(arguments: argparse.Namespace) -> int:
    a = arguments
    ways = [a.file is not None, a.every is not None, a.stop, a.new_key is not None]
    if sum(ways) != 1:
        raise SettingsError("backup: ghi TỆP, hoặc --every, hoặc --stop, hoặc --new-key TỆP")
    if a.every is None and (a.into is not None or a.keep is not None):
        raise SettingsError("--into, --keep: chỉ dùng với --every")
    from bot.cli import keeping

    settings = _settings(environment())
    if settings.database_url is not None and a.new_key is None:
        raise Failed("cơ sở dữ liệu là PostgreSQL: sao lưu bằng pg_dump, và chép thư mục dữ liệu")
    with _kept():
        if a.new_key is not None:
            return keeping.new_key(a.new_key)
        if a.stop:
            return keeping.stop_backups(settings)
        if a.every is not None:
            wish = keeping.Wish(a.every, a.into, 30 if a.keep is None else a.keep, a.public)
            return keeping.backup_from_now_on(settings, wish)
        return keeping.backup_once(settings, a.file, a.public)


def restore(arguments: argparse.Namespace) -> int:
    from bot.cli import keeping

    settings = _settings(environment())
    if settings.database_url is not None:
        raise Failed("cơ sở dữ liệu là PostgreSQL: khôi phục bằng pg_restore; xem docs/operations.md")
    # Read before anything is unpacked: a list that cannot be read must not leave erased people restored.
    erased = None if arguments.erased is None else _erased_list(arguments.erased)
    with _kept(str(settings.data_dir)):
        return keeping.restore_file(settings, arguments.file, arguments.key, erased)


def upgrade(arguments: argparse.Namespace) -> int:
    from bot.cli import keeping

    settings = _settings(environment())
    with _kept(str(settings.data_dir)):
        return keeping.go_back(settings) if arguments.back else keeping.upgrade(settings)


@contextmanager
def _kept(where: str = "") -> Iterator[None]:
    """Tell the errors of copies of the data; `where` is used when the system does not tell it."""
    from bot.assembly.app import AlreadyRunning
    from bot.features.jobs.queue import JobRefused
    from bot.features.privacy.erased_list import UnreadableList
    from bot.storage.backup import BackupError
    from bot.storage.database import DatabaseError, damage_told

    try:
        with damage_told():
            yield
    except (AlreadyRunning, BackupError, DatabaseError, JobRefused, UnreadableList) as error:
        raise Failed(line_of(error)) from None
    except OSError as error:
        raise Failed(_says(error, where)) from None


def restored(arguments: argparse.Namespace) -> int:
    from bot.cli import office as office_commands

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
    from bot.cli.texts import text_of
    from bot.features.privacy.erased_list import UnreadableList, parse

    try:
        return parse(text_of(path))
    except UnreadableList as error:
        raise Failed(f"{path}: {error}") from None
    except OSError as error:
        raise Failed(_says(error)) from None


def invite(arguments: argparse.Namespace) -> int:
    from bot.cli import office as office_commands
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


def token(arguments: argparse.Namespace) -> int:
    from bot.cli import programs
    from bot.features.programs.tokens import DAYS

    a = arguments
    with _usable():
        if a.list:
            return asyncio.run(programs.listed(_data(), a.unit, as_json=a.json))
        if a.revoke is not None:
            return asyncio.run(programs.revoke(_data(), a.unit, a.revoke))
        days = DAYS if a.days is None else a.days
        return asyncio.run(programs.make(_data(), a.unit, a.name, a.person, days, as_json=a.json))


def account(arguments: argparse.Namespace) -> int:
    from bot.cli import accounts
    from bot.cli.texts import key_of

    a, environ = arguments, environment()
    with _usable():
        settings = _data()
        if a.what == "add":
            given = accounts.Given(settings, environ, a.options, a.commune)
            return asyncio.run(accounts.add(given, a.vendor, a.code))
        if a.what == "change":
            return asyncio.run(accounts.change(accounts.Given(settings, environ, a.options, a.commune), a.name))
        if a.what == "list":
            return asyncio.run(accounts.listed(settings, as_json=a.json))
        if a.what == "rekey":
            old = None if a.old_key is None else key_of(a.old_key)
            return asyncio.run(accounts.rekey(settings, old, lost=a.lost_key))
        return asyncio.run(accounts.switch(settings, a.name, on=a.what == "on"))


def province_sums(arguments: argparse.Namespace) -> int:
    from bot.assembly import app
    from bot.cli import federation

    a = arguments
    with _usable():
        return asyncio.run(federation.write(_data(), a.unit, a.month, a.key, a.out, app.CLOCK.now()))


def country(arguments: argparse.Namespace) -> int:
    from bot.cli import federation

    a = arguments
    with _usable():
        return federation.show(a.keys, a.book, a.files, as_json=a.json)


def import_workbook(arguments: argparse.Namespace) -> int:
    from bot.cli import office as office_commands

    a = arguments
    with _usable():
        return asyncio.run(office_commands.import_workbook(_data(), a.file.read_bytes(), yes=a.yes, as_json=a.json))


def export(arguments: argparse.Namespace) -> int:
    from bot.cli import office as office_commands

    with _usable():
        arguments.out.write_bytes(asyncio.run(office_commands.export_workbook(_data())))
    return 0


def report(arguments: argparse.Namespace) -> int:
    from bot.cli import office as office_commands
    from bot.features.commune.settings import CommuneError
    from bot.features.reports import ReportError

    a = arguments
    with _usable():
        try:
            return asyncio.run(office_commands.report(_data(), a.unit, a.period, a.out, as_json=a.json))
        except (CommuneError, ReportError) as error:
            raise Failed(str(error)) from None


def audit(arguments: argparse.Namespace) -> int:
    from bot.cli import office as office_commands

    with _usable():
        return asyncio.run(office_commands.verify_audit(_data(), arguments.expect, as_json=arguments.json))


def _data() -> Settings:
    return _settings(environment())


@contextmanager
def _usable() -> Iterator[None]:
    from bot.features.jobs.queue import JobRefused
    from bot.features.workbook import UnreadableFile
    from bot.storage.database import DatabaseError, damage_told

    try:
        with damage_told():
            yield
    except (UnreadableFile, JobRefused, DatabaseError) as error:
        raise Failed(line_of(error)) from None
    except OSError as error:
        raise Failed(_says(error)) from None


def check(arguments: argparse.Namespace) -> int:
    from bot.assembly import app
    from bot.features.commune import settings as commune
    from bot.features.guides import recordings
    from bot.features.guides.checking.check import inspect, write_index
    from bot.features.guides.checking.confirming import to_confirm
    from bot.features.guides.checking.translations import gaps
    from bot.features.guides.findings import Code
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
        # One line for each guide that nobody tried would bury what should be mended.
        for finding in findings:
            if finding.code != Code.UNVERIFIED.ident:
                print(finding)
    errors = [finding for finding in findings if finding.severity == "error"]
    untried = sum(finding.code == Code.UNVERIFIED.ident for finding in findings)
    good = [file.guide for file in seen.files if file.guide is not None and not file.broken]
    print(f"{len(good)} trong {len(seen.files)} bài không có lỗi", file=sys.stderr)
    if untried:
        print(f"{untried} bài chưa ai làm thử trên máy thật", file=sys.stderr)
    if not arguments.json:
        for line in to_confirm(guides):
            print(line)
    if arguments.update_index:
        if any(finding.code != Code.BAD_INDEX.ident for finding in errors):
            raise Failed("chưa ghi sổ: sửa hết lỗi trước")
        with _usable():
            write_index(folder, good)
        return 0
    return 1 if errors and not (arguments.skip_broken and good) else 0


def import_word(arguments: argparse.Namespace) -> int:
    from bot.cli import guides as guide_commands
    from bot.features.guides.model import SLUG
    from bot.features.guides.word.document import NotAGuide

    a = arguments
    if a.slug is not None and not re.fullmatch(SLUG, a.slug):
        raise SettingsError("--slug: chữ thường không dấu, nối bằng gạch ngang")
    with _usable(), _readable_guides():
        try:
            return guide_commands.import_word(_data(), a.file, a.slug, a.write)
        except NotAGuide as error:
            raise Failed(str(error)) from None


def approved(arguments: argparse.Namespace) -> int:
    from bot.cli import guides as guide_commands

    with _usable():
        return asyncio.run(guide_commands.write_approved(_data(), arguments.out))


def export_words(arguments: argparse.Namespace) -> int:
    from bot.cli import understanding

    with _usable():
        return asyncio.run(understanding.export(_data(), arguments.file))


def find(arguments: argparse.Namespace) -> int:
    from bot.assembly import app

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
    from bot.assembly import app

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
    from bot.cli import office as office_commands

    with _usable(), _readable_guides():
        return asyncio.run(office_commands.offline(_data(), arguments.lang, arguments.out))


def voice(arguments: argparse.Namespace) -> int:
    from bot.cli import voice as voice_commands

    with _speaking():
        return voice_commands.look(_data(), arguments.out)


def read_steps(arguments: argparse.Namespace) -> int:
    from bot.cli import voice as voice_commands

    with _speaking():
        return voice_commands.read(_data(), arguments.guide, arguments.steps, arguments.out)


def approve_steps(arguments: argparse.Namespace) -> int:
    from bot.cli import voice as voice_commands

    with _speaking():
        return voice_commands.approve(_data(), arguments.files, arguments.heard_by)


@contextmanager
def _speaking() -> Iterator[None]:
    from pydantic import ValidationError

    from bot.features.guides.recordings import NotApproved
    from bot.features.voice.folder import VoiceProblem

    try:
        with _usable(), _readable_guides():
            yield
    except (NotApproved, VoiceProblem) as error:
        raise Failed(str(error)) from None
    except ValidationError:
        raise Failed("sổ ghi bản thu bị hỏng; chạy check với --update-audio để ghi lại") from None


@contextmanager
def _readable_guides() -> Iterator[None]:
    from bot.features.commune.settings import CommuneError
    from bot.features.guides.library import BrokenGuides

    try:
        yield
    except (BrokenGuides, CommuneError) as error:
        raise Failed(str(error)) from None
    except NotADirectoryError as error:
        raise SettingsError(f"BOT_GUIDES_DIR: {error}") from None
