"""An app runs as a program: on a console and in a browser, with a database of the core's tables and its own."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from html import unescape
from pathlib import Path

import pytest
from aiohttp import ClientSession
from filelock import FileLock

from bot.framework import App, AppError, Chat, Context, Router

ROOT = Path(__file__).parent.parent.parent


def echo() -> Router:
    router = Router()

    @router.otherwise
    async def answer(ctx: Context) -> None:
        ctx.reply(f"You said: {ctx.text}")

    return router


def typed(words: str, folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, ROOT / "examples" / "library.py"], input=words, capture_output=True, text=True, check=False,
        cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT), **environ},
    )  # fmt: skip


def test_a_program_of_one_file_talks_in_a_terminal_and_ends_with_it(tmp_path: Path) -> None:
    done = typed("hello\n1\nDune\n1234\nbye\n", tmp_path)
    assert done.returncode == 0, done.stderr
    assert "1. A week\n2. A month" in done.stdout
    assert "Dune is yours for 7 days." in done.stdout
    assert done.stdout.endswith("You said: bye\n\n")


def test_the_program_that_was_stopped_in_a_form_goes_on_in_it(tmp_path: Path) -> None:
    typed("hello\n1\nDune\n", tmp_path)
    assert "Dune is yours for 7 days." in typed("1234\n", tmp_path).stdout


def test_its_database_has_the_core_s_tables_alone(tmp_path: Path) -> None:
    typed("hello\n", tmp_path)
    with closing(sqlite3.connect(tmp_path / "data" / "bot.sqlite3")) as connection:
        tables = {name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")}
    assert {"inbox", "sessions", "outbox", "jobs"} <= tables
    assert len(tables) <= 16


def test_a_wrong_setting_ends_it_with_one_line(tmp_path: Path) -> None:
    done = typed("", tmp_path, BOT_PLATFORMS="pigeon")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "BOT_PLATFORMS: there is no messenger called 'pigeon'\n"


@pytest.mark.parametrize(
    ("environ", "line"),
    [
        ({"BOT_PORT": "many"}, "BOT_PORT: must be a whole number"),
        ({"BOT_GUIDES_DIR": "guides"}, "BOT_GUIDES_DIR: there is no such setting"),
        ({"BOT_PLATFORMS": "telegram"}, "BOT_TELEGRAM_TOKEN: is not set"),
        ({"BOT_PLATFORMS": "telegram", "BOT_TELEGRAM_TOKEN": "abc"}, "BOT_TELEGRAM_TOKEN: is no token of a bot"),
        ({"BOT_BROKER_URL": "amqp://localhost"}, "BOT_BROKER_URL: goes with BOT_DATABASE_URL=postgres"),
        ({"BOT_DATABASE_URL": "postgres://nobody@127.0.0.1:1/x"}, "the database cannot be opened: no server answers"),
    ],
)
def test_what_is_wrong_with_an_app_s_settings_is_told_to_its_developer(
    tmp_path: Path, environ: dict[str, str], line: str
) -> None:
    """In English, whatever its people read, and with no word of the commune's manual."""
    done = typed("", tmp_path, BOT_LOCALE="vi", **environ)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(line)
    assert done.stderr.count("\n") == 1
    assert re.findall(r"[à-ỹđ]|operations\.md|langso", done.stderr) == []


def test_a_data_folder_in_use_and_a_broken_database_are_told_in_english(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    with FileLock(folder / "bot.lock"):
        assert typed("", tmp_path).stderr == "data: another bot runs on this data folder\n"
    (folder / "bot.sqlite3").write_bytes(b"no database at all" * 100)
    assert typed("", tmp_path).stderr.startswith("the database cannot be opened: the file is damaged; keep this data")


async def test_an_app_that_would_be_silent_says_so_at_its_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with App(Router(), data=tmp_path).serving({"BOT_PORT": "0"}):
        assert "no handler is registered with otherwise()" in caplog.text
    caplog.clear()
    async with App(echo(), data=tmp_path).serving({"BOT_PORT": "0"}):
        assert "otherwise" not in caplog.text


async def test_the_web_chat_runs_without_a_token(tmp_path: Path) -> None:
    app = App(echo(), platforms=["web"], data=tmp_path, title="The parrot")
    async with app.serving({"BOT_PORT": "0"}) as running, ClientSession() as browser:
        page = await browser.get(f"{running.url}/")
        assert page.status == 200
        text = unescape(await page.text())
        assert "The parrot" in text
        assert "no person" in text
        assert '"send": "Send"' in text
        assert re.findall(r"\w*[à-ỹđ]\w*", text) == []
        refused = await browser.get(f"{running.url}/nowhere")
        assert (refused.status, (await refused.text())[:25]) == (404, "There is no such page or ")


async def test_an_app_in_vietnamese_calls_people_bạn(tmp_path: Path) -> None:
    app = App(echo(), platforms=["web"], data=tmp_path, locale="vi")
    async with app.serving({"BOT_PORT": "0"}) as running, ClientSession() as browser:
        page = unescape(await (await browser.get(f"{running.url}/chat")).text())
        assert '<html lang="vi">' in page
        assert "Bạn bấm nút dưới đây" in page
        assert not re.search(r"\bbác\b", page, re.IGNORECASE)


async def test_what_needs_a_running_app_says_so(tmp_path: Path) -> None:
    app = App(echo(), data=tmp_path)
    with pytest.raises(AppError, match="does not run yet"):
        await app.tell(Chat("web", "1", "private"), "Hello", key="hello")
