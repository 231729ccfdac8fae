"""The commands as an official's computer runs them: one clear line when something is wrong, a clean end when told."""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO

import pytest
import xlsxwriter

from bot import __version__
from bot.cli import parser as cli
from bot.features.workbook.don_vi import UnitsSheet
from bot.features.workbook.nguoi import PeopleSheet
from tests.processes import UMASK, Ran, Running, ran, running

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
DEADLINE = 60
"""Seconds before a process that does not end by itself counts as hanging."""


_PLACE = {"BOT_PLATFORMS": "web", "BOT_PORT": "0"}
"""Without a messenger named an empty folder is one to be set up; see test_init.py."""


def _environ(folder: Path, **own: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BOT_")}
    return {**kept, "PYTHONPATH": str(ROOT), **_PLACE, "BOT_DATA_DIR": str(folder / "data"), **own}


def _run(folder: Path, *arguments: str, **own: str) -> Ran:
    """As a copy of a process that has imported the bot: what a command says and leaves is the same."""
    return ran(*arguments, environ=_environ(folder, **own), cwd=folder)


@contextmanager
def _running(folder: Path, *arguments: str, **own: str) -> Iterator[tuple[Running, str]]:
    """Likewise."""
    environ = _environ(folder, **own)
    with running(*arguments, environ=environ, cwd=folder, stderr=folder / "stderr.txt") as started:
        yield started


def _run_from_nothing(folder: Path, *arguments: str, **own: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=folder,
        env=_environ(folder, **own),
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
        umask=UMASK,
    )


@contextmanager
def _running_from_nothing(folder: Path, *arguments: str, **own: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A bot that printed `ready URL`; killed if the test leaves it running."""
    with (folder / "stderr.txt").open("w") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", *arguments],
            cwd=folder,
            env=_environ(folder, **own),
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            umask=UMASK,
        )
        try:
            line = _stdout(process).readline()
            assert line.startswith("ready http://"), (folder / "stderr.txt").read_text()
            yield process, line.removeprefix("ready ").strip()
        finally:
            process.kill()
            process.wait(DEADLINE)
            _stdout(process).close()


def _stdout(process: subprocess.Popen[str]) -> IO[str]:
    assert process.stdout is not None
    return process.stdout


def _assert_one_line(result: subprocess.CompletedProcess[str] | Ran, code: int, line: str) -> None:
    assert (result.stdout, result.stderr.strip(), result.returncode) == ("", line, code)


@pytest.mark.parametrize("command", ["serve", "worker", "migrate"])
@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("BOT_X", "1", "BOT_X: không có cấu hình tên này"),
        ("BOT_PLATFORMS", "smoke-signals", "BOT_PLATFORMS: không có ứng dụng tên 'smoke-signals'"),
        ("BOT_PLATFORMS", ",", "BOT_PLATFORMS: phải có ít nhất một ứng dụng, ví dụ web"),
        ("BOT_PORT", "80a", "BOT_PORT: phải là số nguyên"),
        ("BOT_TIMEZONE", "Hanoi", "BOT_TIMEZONE: không có múi giờ này, ví dụ Asia/Ho_Chi_Minh"),
    ],
)
def test_a_wrong_setting_is_one_line_and_code_2(tmp_path: Path, command: str, name: str, value: str, line: str) -> None:
    # How each of the three commands begins from nothing and refuses is told below.
    _assert_one_line(_run(tmp_path, command, **{name: value}), 2, line)


@pytest.mark.parametrize("command", [("serve",), ("preview", "--out", "x.html")])
def test_a_language_that_there_is_not_is_one_line_and_code_2(tmp_path: Path, command: tuple[str, ...]) -> None:
    _assert_one_line(_run(tmp_path, *command, BOT_LOCALE="xx"), 2, "BOT_LOCALE: một trong vi, en")


def test_a_wrong_setting_in_the_file_counts_too_and_its_secret_is_not_shown(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("BOT_SECRET_KEY=hunter2\n")
    result = _run_from_nothing(tmp_path, "serve")
    assert result.returncode == 2
    assert result.stderr.startswith("BOT_SECRET_KEY: ")
    assert "hunter2" not in result.stderr


def test_a_worker_without_a_broker_is_told_that_serve_does_its_work(tmp_path: Path) -> None:
    line = "BOT_BROKER_URL: worker cần RabbitMQ (amqp://…); không có thì serve tự làm việc này"
    _assert_one_line(_run_from_nothing(tmp_path, "worker"), 2, line)


def test_a_broker_without_postgres_is_wrong(tmp_path: Path) -> None:
    line = "BOT_BROKER_URL: chỉ dùng cùng BOT_DATABASE_URL=postgres://…; với SQLite chỉ có một tiến trình"
    _assert_one_line(_run(tmp_path, "serve", BOT_BROKER_URL="amqp://127.0.0.1"), 2, line)


def test_no_command_or_an_unknown_one_is_wrong_usage(tmp_path: Path) -> None:
    for arguments in ((), ("fly",)):
        result = _run_from_nothing(tmp_path, *arguments)
        assert (result.returncode, result.stdout) == (2, "")
        assert "usage: python -m bot" in result.stderr
    _assert_one_line(_run_from_nothing(tmp_path, "demo", "--port", "70000"), 2, "--port: phải từ 0 đến 65535")


def test_the_version_is_told_by_the_command_and_known_to_the_package(tmp_path: Path) -> None:
    result = _run_from_nothing(tmp_path, "--version")
    assert (result.returncode, result.stdout.strip(), result.stderr) == (0, f"langso {__version__}", "")
    assert PROJECT["tool"]["hatch"]["version"] == {"path": "bot/__init__.py"}


def test_one_extra_brings_all_that_the_tests_need_and_the_licence_comes_along() -> None:
    extras = PROJECT["project"]["optional-dependencies"]
    assert {*extras["audio"], *extras["postgres"], *extras["broker"]} <= {*extras["dev"]}
    assert PROJECT["project"]["license"] == "MIT"
    assert (ROOT / "LICENSE").read_text("utf-8").startswith("MIT License\n")


def _explained(parser: argparse.ArgumentParser) -> Iterator[tuple[str, str]]:
    """Every command and option with its help."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from ((choice.dest, choice.help or "") for choice in action._choices_actions)
            for below in action.choices.values():
                yield from _explained(below)
        else:
            yield f"{parser.prog} {action.dest}", action.help or ""


def test_every_command_and_every_option_is_explained_in_vietnamese() -> None:
    explained = dict(_explained(cli._parser()))
    assert len(explained) > 50
    assert [what for what, words in explained.items() if words.isascii()] == []


def test_a_broken_guide_is_named_with_file_line_and_fault(tmp_path: Path) -> None:
    guides = tmp_path / "guides"
    shutil.copytree(ROOT / "guides", guides)
    broken = guides / "vneid-cai-dat-muc-2.md"
    broken.write_text(broken.read_text("utf-8") + "\n[Đi đâu](#khong-co-buoc-nay)\n", "utf-8")
    result = _run(tmp_path, "serve", BOT_GUIDES_DIR=str(guides))
    assert (result.returncode, result.stdout) == (1, "")
    path, line, rest = result.stderr.splitlines()[0].split(":", 2)
    assert path.endswith("vneid-cai-dat-muc-2.md")
    assert int(line) > 0
    assert rest.startswith(" error: ")


def test_a_guides_folder_that_is_not_there_is_one_line_that_names_it(tmp_path: Path) -> None:
    result = _run(tmp_path, "serve", BOT_GUIDES_DIR=str(tmp_path / "nowhere"))
    assert (result.returncode, result.stdout) == (1, "")
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith(str(tmp_path / "nowhere"))


@pytest.mark.parametrize("command", ["serve", "migrate"])
def test_a_data_folder_that_cannot_be_one_is_one_line_that_names_it(tmp_path: Path, command: str) -> None:
    (tmp_path / "data").write_text("no folder")
    result = (_run_from_nothing if command == "migrate" else _run)(tmp_path, command)
    assert (result.returncode, result.stdout) == (1, "")
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith(f"{tmp_path / 'data'}: ")


def test_a_broken_commune_file_is_named_with_its_fault(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "commune.toml").write_text('nam = "Yên Mô"\n', "utf-8")
    result = _run(tmp_path, "serve")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith(f"{tmp_path / 'data' / 'commune.toml'}: nam: ")


def test_a_port_in_use_is_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = _run(tmp_path, "serve", BOT_PORT=str(port))
    assert (result.returncode, result.stdout) == (1, "")
    last = result.stderr.splitlines()[-1]
    assert last == f"127.0.0.1:{port}: cổng này đã có chương trình khác dùng; đổi cổng (BOT_PORT)"
    assert "Traceback" not in result.stderr


def test_files_that_cannot_be_written_are_one_line_with_what_to_do(tmp_path: Path) -> None:
    assert _run(tmp_path, "migrate").returncode == 0
    folder = str(tmp_path)
    _assert_one_line(_run(tmp_path, "export", "--out", folder), 1, f"{folder}: là thư mục; ghi tên tệp")
    nowhere = tmp_path / "khong-co" / "b.zip"
    _assert_one_line(_run(tmp_path, "backup", str(nowhere)), 1, f"{nowhere}: không có tệp hay thư mục này")
    shutil.rmtree(tmp_path / "data")
    _assert_one_line(_run(tmp_path, "restore", str(nowhere)), 1, f"{nowhere}: không có tệp hay thư mục này")


def test_a_folder_without_a_guide_is_no_folder_of_guides(tmp_path: Path) -> None:
    line = f"BOT_GUIDES_DIR: trong {tmp_path} không có bài nào"
    _assert_one_line(_run(tmp_path, "serve", BOT_GUIDES_DIR=str(tmp_path)), 2, line)


def test_a_second_bot_on_the_same_data_is_refused(tmp_path: Path) -> None:
    with _running(tmp_path, "serve"):
        result = _run(tmp_path, "serve")
        assert (result.returncode, result.stdout) == (1, "")
        assert "một bot khác đang chạy trên thư mục dữ liệu này" in result.stderr.splitlines()[-1]
        assert "Traceback" not in result.stderr


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_bot_that_is_told_to_stop_ends_well_and_says_nothing_else(tmp_path: Path, sign: signal.Signals) -> None:
    with _running_from_nothing(tmp_path, "serve") as (process, url):
        for page in ("/healthz", "/readyz"):
            with urllib.request.urlopen(url + page, timeout=10) as answer:  # noqa: S310 - our own http address
                assert answer.read() == b"ok\n"
        process.send_signal(sign)
        assert process.wait(10) == 0
        assert _stdout(process).read() == ""
    assert "Traceback" not in (tmp_path / "stderr.txt").read_text()


def _readiness(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url + "/readyz", timeout=10) as answer:  # noqa: S310 - our own http address
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_a_bot_whose_disk_takes_nothing_more_says_so_and_is_ready_again_when_it_does(tmp_path: Path) -> None:
    with _running(tmp_path, "serve") as (process, url):
        room = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (1000, room[1]))
        code, text = _readiness(url)
        assert (code, text.startswith("không ghi được dữ liệu (cơ sở dữ liệu): đĩa đầy")) == (503, True)
        with urllib.request.urlopen(url + "/healthz", timeout=10) as answer:  # noqa: S310 - our own http address
            assert answer.read() == b"ok\n"
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, room)
        assert _readiness(url) == (200, "ok\n")


def test_the_demo_needs_no_setting_and_takes_none(tmp_path: Path) -> None:
    with _running_from_nothing(tmp_path, "demo", "--port", "0", "--data", "here", BOT_X="1") as (process, url):
        with urllib.request.urlopen(url + "/healthz", timeout=10) as answer:  # noqa: S310 - our own http address
            assert answer.status == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert (tmp_path / "here" / "bot.sqlite3").exists()


def test_the_key_of_an_installation_is_made_once_and_is_nobody_else_s(tmp_path: Path) -> None:
    keys = []
    for _ in range(2):
        with _running(tmp_path, "serve") as (process, _):
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0
        keys.append((tmp_path / "data" / "secret_key").read_text())
    assert keys[0] == keys[1]
    assert len(keys[0]) == 64
    assert (tmp_path / "data" / "secret_key").stat().st_mode & 0o077 == 0


def _readable_by_others(folder: Path) -> list[Path]:
    return [path for path in (folder, *folder.rglob("*")) if path.stat().st_mode & 0o077]


@pytest.mark.parametrize("made", [False, True])
def test_nobody_else_reads_the_data(tmp_path: Path, made: bool) -> None:
    data = tmp_path / "data"
    if made:
        data.mkdir()
    with _running(tmp_path, "serve"):
        assert [path for path in _readable_by_others(data) if path != data or not made] == []
        assert (data / "bot.sqlite3-wal").exists()


def test_a_file_that_was_asked_for_is_for_whom_the_system_lets_read_it_and_the_data_made_for_it_are_not(
    tmp_path: Path,
) -> None:
    assert _run_from_nothing(tmp_path, "export", "--out", "x.xlsx").returncode == 0
    assert (tmp_path / "x.xlsx").stat().st_mode & 0o777 == 0o644
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("command", "table"), [("serve", "sessions"), ("serve", "people"), ("export --out x.xlsx", "units")]
)
def test_a_damaged_page_of_the_database_is_one_sentence(tmp_path: Path, command: str, table: str) -> None:
    assert _run(tmp_path, "migrate").returncode == 0
    path = tmp_path / "data" / "bot.sqlite3"
    with contextlib.closing(sqlite3.connect(path)) as known:
        ((page,),) = known.execute("select rootpage from sqlite_master where name = ?", [table]).fetchall()
        ((size,),) = known.execute("pragma page_size").fetchall()
    content = bytearray(path.read_bytes())
    content[(page - 1) * size : page * size] = b"\xff" * size
    path.write_bytes(content)
    ended = _run(tmp_path, *command.split())
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "bị hỏng" in ended.stderr
    assert "restore" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1, ended.stderr


def test_rows_that_cannot_be_read_do_not_keep_the_bot_from_starting(tmp_path: Path) -> None:
    """One event of which half was written ended each start with a traceback, for everybody."""
    assert _run(tmp_path, "migrate").returncode == 0
    with contextlib.closing(sqlite3.connect(tmp_path / "data" / "bot.sqlite3")) as known:
        known.execute(
            "insert into inbox (platform, event_id, chat_id, body, noted_at, attempts)"
            " values ('web', 'e', 'c', '{\"kind\":\"sa', '2026-11-24 08:00:00+00:00', 0)"
        )
        known.execute(
            "insert into sessions (platform, chat_id, version, done_seq, out_seq, sent_seq, state, updated_at)"
            " values ('web', 'c', 1, 0, 2, 1, '{\"k\":', '2026-11-24 08:00:00+00:00')"
        )
        known.commit()
    with _running(tmp_path, "serve"):
        told = (tmp_path / "stderr.txt").read_text()
    assert "Traceback" not in told
    assert [line for line in told.splitlines() if "cannot be read and is set aside" in line], told


@pytest.mark.parametrize(
    "command",
    [
        ["export", "--out", "x.xlsx"],
        ["import", "no.xlsx"],
        ["report", "--unit", "x", "--period", "2026-11", "--out", "r"],
    ],
)
def test_what_a_command_makes_before_the_first_start_nobody_else_reads(tmp_path: Path, command: list[str]) -> None:
    """Mechanism: the data is made with a closed umask, also by a command whose own file others may read."""
    (tmp_path / "no.xlsx").write_bytes(b"PK")
    (tmp_path / "data").mkdir(mode=0o755)
    _run(tmp_path, *command)
    assert (tmp_path / "data" / "bot.sqlite3").exists()
    assert _readable_by_others(tmp_path / "data") == [tmp_path / "data"], "its owner opened it"


def test_what_others_could_read_of_an_older_folder_is_closed_to_them_at_the_start(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert _run(tmp_path, "migrate").returncode == 0
    (data / "media").mkdir()
    for name in ("bot.sqlite3.before-20260101-000000", "erased.log", "commune.toml", "media/a.jpg"):
        (data / name).write_text('name = "Yên Mô"' if name == "commune.toml" else "")
    for path in (data, *data.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    with _running(tmp_path, "serve"):
        named = {path.name for path in _readable_by_others(data)}
    assert named == {"data", "commune.toml", "a.jpg"}, "the folder and the commune's file are as their owner wants them"
    assert (data / "media").stat().st_mode & 0o777 == 0o700, "nobody else comes as far as the picture"


def test_a_key_that_was_cut_off_is_refused_before_anything_is_sealed_with_it(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "secret_key").touch()
    for command in (("serve",), ("audit", "--verify")):
        result = _run(tmp_path, *command)
        assert (result.returncode, result.stdout) == (1, "")
        assert (
            result.stderr == f"{data / 'secret_key'}: trống hoặc cụt; chép lại tệp này từ bản sao lưu, rồi chạy lại\n"
        )


LATER = frozenset(
    {"aio_pika", "aiogram", "asyncpg", "av", "docx", "dotenv", "holidays", "PIL", "pytest", "resvg_py"}
    | {"rapidfuzz", "rich", "segno", "xlsxwriter"}
)
"""Libraries that no start of the web alone may load."""
PARSERS = frozenset(
    {"markdown_it", "mdurl", "yaml", "bot.assembly.founding.founding", "bot.features.guides.parse"}
    | {"bot.features.guides.schema", "bot.features.guides.checking.check", "bot.features.guides.word.merge"}
    | {"tortoise.migrations", "statistics", "difflib"}
    | {f"bot.office.{page}_pages" for page in ("leaflet", "library", "notice", "product")}
    | {"bot.office.offline_page", "bot.office.podcast", "bot.features.guides.drawn.png"}
    | {"bot.handlers.people.import_job", "bot.features.checkins.period_files"}
    | {"xml.etree.ElementTree", "ctypes", "bot.features.untrusted.system_calls"}
    | {"babel", "configparser", "bot.assembly.llm", "bot.storage.migrations", "bot.storage.core_tables.migrations"}
)
"""Modules, beside those, that a start does not load whose guides were read and whose tables were made before."""
DESK = re.compile(r"bot\.(handlers\.\w+\.desk\.|assembly\.desk$)")
"""Modules of the pages for officials: a tenth of all."""


def test_the_demo_loads_nothing_that_only_others_need(tmp_path: Path) -> None:
    """Telegram's library costs seconds at the start, the others hundredths; the demo must not pay for them."""
    program = (
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "from bot.assembly import app\n"
        "from bot.cli import parser as cli\n"
        "from bot.settings import Settings\n"
        "async def main():\n"
        "    settings = Settings(data_dir=Path('d'), port=0)\n"
        "    async with app.serving(settings, {}, demo=True):\n"
        "        print(*sys.modules)\n"
        "asyncio.run(main())\n"
    )
    starts = [
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=tmp_path, env=_environ(tmp_path), capture_output=True, text=True, timeout=DEADLINE, check=True,
        ).stdout.split()
        for _ in range(2)
    ]  # fmt: skip
    for loaded in starts:
        libraries = {name.partition(".")[0] for name in loaded}
        assert "aiohttp" in libraries
        assert libraries & LATER == set()
    again = set(starts[1])
    assert [name for name in again if DESK.match(name)] == [], "the desk is closed"
    assert again & PARSERS == set(), "the second start finds the guides read"


def test_only_a_demo_loads_what_fills_it() -> None:
    program = (
        "import sys\n"
        "from bot.assembly import app, families\n"
        "families.discover()\n"
        "print(*(name for name in sys.modules if name.startswith(('bot.assembly.demo', 'bot.features.demo'))))\n"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.split() == []


def test_the_program_looks_for_no_garbage_while_it_is_imported(tmp_path: Path) -> None:
    """Mechanism: what is imported stays, and is frozen before anything else begins."""
    program = (
        "import gc, sys\n"
        "from importlib.abc import MetaPathFinder\n"
        "seen = []\n"
        "class Watching(MetaPathFinder):\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        if name.startswith('bot.cli'):\n"
        "            seen.append(gc.isenabled())\n"
        "sys.meta_path.insert(0, Watching())\n"
        "from bot.__main__ import main\n"
        "print(len(seen) > 2, any(seen), gc.isenabled(), gc.get_freeze_count() > 10_000)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path, env=_environ(tmp_path), capture_output=True, text=True, timeout=DEADLINE, check=True,
    )  # fmt: skip
    assert result.stdout.split() == ["True", "False", "True", "True"]


def test_garbage_is_looked_for_once_the_bot_is_ready_and_not_in_what_stays(tmp_path: Path) -> None:
    """Mechanism: the command begins without looking; when all is there it is frozen and looking begins."""
    program = (
        "import gc\n"
        "from contextlib import asynccontextmanager\n"
        "from bot.assembly import app\n"
        "from bot.cli import parser as cli\n"
        "real = app.serving\n"
        "@asynccontextmanager\n"
        "async def serving(*given, **more):\n"
        "    print(gc.isenabled())\n"
        "    async with real(*given, **more):\n"
        "        print(gc.isenabled(), gc.get_freeze_count() > 10_000)\n"
        "        raise app.AlreadyRunning('seen')\n"
        "    yield\n"
        "app.serving = serving\n"
        "cli.main(['demo', '--port', '0'])\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path, env=_environ(tmp_path), capture_output=True, text=True, timeout=DEADLINE, check=False,
    )  # fmt: skip
    assert (result.stdout.split(), result.stderr) == (["False", "True", "True"], "seen\n")


def test_migrate_makes_the_database_and_says_nothing(tmp_path: Path) -> None:
    for _ in range(2):
        result = _run_from_nothing(tmp_path, "migrate")
        assert (result.returncode, result.stdout) == (0, ""), result.stderr
    assert (tmp_path / "data" / "bot.sqlite3").exists()


@pytest.mark.parametrize("command", ["serve", "worker", "migrate"])
def test_a_database_that_does_not_answer_is_one_line_without_the_password(tmp_path: Path, command: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    broker = {"BOT_BROKER_URL": "amqp://127.0.0.1"} if command == "worker" else {}
    result = _run(tmp_path, command, BOT_DATABASE_URL=f"postgres://bot:hunter2@127.0.0.1:{port}/bot", **broker)
    assert (result.returncode, result.stdout) == (1, "")
    assert "Traceback" not in result.stderr
    assert "hunter2" not in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith("không mở được cơ sở dữ liệu: không tới được máy chủ; kiểm tra BOT_DATABASE_URL")


def test_whom_the_workbook_lists_gets_a_slip_that_only_its_maker_can_read(tmp_path: Path) -> None:
    run = partial(_run, tmp_path)
    book = xlsxwriter.Workbook(tmp_path / "xa.xlsx")
    page = book.add_worksheet("don_vi")
    page.write_row(0, 0, [column.key for column in UnitsSheet.columns])
    page.write_row(1, 0, ["yen-mo", "xã", "Yên Mô"])
    page = book.add_worksheet("nguoi")
    page.write_row(0, 0, [column.key for column in PeopleSheet.columns])
    page.write_row(1, 0, ["Nguyễn Văn Nam", "chair", "yen-mo"])
    book.close()
    imported = run("import", "xa.xlsx", "--yes")
    assert "1 người có tên mà chưa vào: phiếu mời bằng lệnh invite --listed" in imported.stderr
    slips = ("invite", "--listed", "--unit", "yen-mo")
    assert run(*slips).returncode == 1
    nowhere = run(*slips, "--out", "gone/phieu.docx")
    assert nowhere.returncode == 1
    made = run(*slips, "--out", "phieu.docx")
    assert (made.returncode, made.stdout) == (0, "")
    assert "1 phiếu, có tên và mã" in made.stderr, "a file that could not be written made no code"
    assert (tmp_path / "phieu.docx").stat().st_mode & 0o777 == 0o600
    again = run(*slips, "--out", "phieu-2.docx")
    assert "1 người đã có mã còn hạn: làm lại thì thêm --again" in again.stderr
    assert not (tmp_path / "phieu-2.docx").exists()
    (tmp_path / "phieu-2.docx").touch()
    (tmp_path / "phieu-2.docx").chmod(0o644)
    assert "1 phiếu" in run(*slips, "--out", "phieu-2.docx", "--again").stderr
    assert (tmp_path / "phieu-2.docx").stat().st_mode & 0o777 == 0o600, "a file that was there stays open to others"


def test_the_program_looks_for_no_plugins_of_pydantic(tmp_path: Path) -> None:
    """Mechanism: pydantic reads what each installed package says of itself when the first model is built."""
    program = (
        "from bot.__main__ import main\n"
        "from importlib import metadata\n"
        "asked = []\n"
        "metadata.distributions = lambda: asked.append(1) or ()\n"
        "from bot.settings import load\n"
        "print(load({}, []).port, len(asked))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path, env=_environ(tmp_path), capture_output=True, text=True, timeout=DEADLINE, check=True,
    )  # fmt: skip
    assert result.stdout.split()[1] == "0"
