"""An app brings tables of its own: a command writes their migrations, and a start runs what its database lacks."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import uuid
from pathlib import Path

import asyncpg
import pytest

from tests.postgres import run_on_postgres, url_of

ROOT = Path(__file__).parent.parent.parent
TABLES = """
from tortoise import fields
from bot.framework.tables import Table

class Book(Table):
    id = fields.IntField(primary_key=True)
    title = fields.CharField(max_length=100)
"""
APP = """
from bot.framework import App, Context, Router
from shop.tables import Book

router = Router()

@router.otherwise
async def add(ctx: Context) -> None:
    async with ctx.changes():
        await Book.create(title=ctx.text)
        ctx.reply(", ".join([one.title for one in await Book.all().order_by("id")]))

app = App(router, platforms=["console"], tables="shop.tables")
if __name__ == "__main__":
    app.run()
"""


def ran(*command: str, cwd: Path, words: str = "") -> str:
    done = subprocess.run(
        [sys.executable, *command], cwd=cwd, input=words, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_rows_stay_when_a_table_gets_a_column(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    shop.mkdir()
    (shop / "__init__.py").touch()
    (shop / "tables.py").write_text(TABLES)
    (shop / "app.py").write_text(APP)
    written = ran("-m", "bot.framework.migration", "shop.app:app", "initial", cwd=tmp_path)
    assert written.strip().endswith("shop/migrations/0001_initial.py")
    assert ran("-m", "shop.app", cwd=tmp_path, words="Dune\n") == "Dune\n\n"
    (shop / "tables.py").write_text(f"{TABLES}    pages = fields.IntField(null=True)\n")
    written = ran("-m", "bot.framework.migration", "shop.app:app", "pages", cwd=tmp_path)
    assert written.strip().endswith("shop/migrations/0002_pages.py")
    assert ran("-m", "shop.app", cwd=tmp_path, words="Emma\n") == "Dune, Emma\n\n"
    assert ran("-m", "bot.framework.migration", "shop.app:app", "nothing", cwd=tmp_path) == ""


def test_tables_that_cannot_be_read_stop_the_start_with_one_line(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(
        'from bot.framework import App\nApp(platforms=["console"], tables="no.where").run()\n'
    )
    done = subprocess.run(
        [sys.executable, "app.py"], cwd=tmp_path, capture_output=True, text=True, check=False, input="",
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert (done.returncode, done.stderr.splitlines()) == (2, ["tables no.where: No module named 'no'"])


@pytest.mark.postgres
async def test_on_postgresql_a_command_makes_what_an_app_needs_and_no_table_of_the_commune(tmp_path: Path) -> None:
    name = f"langso_{uuid.uuid4().hex[:12]}"
    await run_on_postgres(f'create database "{name}"')
    try:
        (tmp_path / "echo.py").write_text((ROOT / "examples" / "echo.py").read_text("utf-8"))
        settings = {"BOT_DATABASE_URL": url_of(name), "BOT_PLATFORMS": "console"}
        environ = {**os.environ, "PYTHONPATH": str(ROOT), **settings}

        def run(*command: str, words: str = "") -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [sys.executable, *command], cwd=tmp_path, env=environ, input=words, capture_output=True, text=True,
                check=False,
            )  # fmt: skip

        early = await asyncio.to_thread(run, "echo.py")
        assert (early.returncode, len(early.stderr.splitlines())) == (2, 1)
        assert "run: python -m bot.framework.migration MODULE:APP" in early.stderr
        made = await asyncio.to_thread(run, "-m", "bot.framework.migration", "echo:app")
        assert made.returncode == 0, made.stderr
        talked = await asyncio.to_thread(run, "echo.py", words="Hello\n")
        assert talked.stdout == "Hello\n\n"
        connection = await asyncpg.connect(url_of(name))
        tables = {row["tablename"] for row in await connection.fetch("select tablename from pg_tables")}
        await connection.close()
        assert "inbox" in tables
        assert not tables & {"people", "accounts", "roles"}
    finally:
        await run_on_postgres(f'drop database "{name}" with (force)')
