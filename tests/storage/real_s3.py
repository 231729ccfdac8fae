"""Files of people in an S3 server of others (moto): our own double knows only what we thought of.

No test of `make test`, hence the name: `make s3` runs it, with the Python that has moto in TEST_S3_PYTHON.
"""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest

from bot.core.platform import FilesAway
from bot.framework.installation import media_of
from bot.settings import load
from bot.storage.media import MediaFiles

PNG = b"\x89PNG..."


@pytest.fixture
async def server() -> AsyncIterator[str]:
    moto = [os.environ["TEST_S3_PYTHON"], "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]
    process = await asyncio.create_subprocess_exec(*moto, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert process.stdout is not None
    while not (said := re.search(r"http://[\d.:]+", (await process.stdout.readline()).decode())):
        assert process.returncode is None
    reading = asyncio.create_task(process.stdout.read())  # else its log fills the pipe, and it stands still
    try:
        yield said[0]
    finally:
        process.kill()
        await reading
        await process.wait()


@pytest.fixture
async def environ(server: str) -> dict[str, str]:
    """The settings of a bucket that is new."""
    bucket = f"tep-{secrets.token_hex(4)}"
    async with aiohttp.ClientSession() as session, session.put(f"{server}/{bucket}") as made:
        assert made.status == 200
    return {
        "BOT_FILES_URL": f"s3://{bucket}/xa?endpoint={server}", "BOT_FILES_KEY": "ai-do", "BOT_FILES_SECRET": "bi-mat",
    }  # fmt: skip


def media_in(folder: Path, environ: dict[str, str], more: str = "") -> MediaFiles:
    given = {**environ, "BOT_FILES_URL": environ["BOT_FILES_URL"] + more, "BOT_DATA_DIR": str(folder)}
    return media_of(load(given, []), folder / "guides")


@pytest.fixture
def media(tmp_path: Path, environ: dict[str, str]) -> MediaFiles:
    return media_in(tmp_path / "a", environ)


async def test_a_file_comes_back_whole_in_parts_and_by_its_middle(media: MediaFiles) -> None:
    content = PNG + bytes(range(256)) * 40_000
    name = await media.store(content, "image/png")
    assert await media.read(name) == content
    for begin, end in ((None, None), (100, 200)):
        held = await media.held(name, begin, end)
        assert held is not None
        assert held.size == len(content)
        assert b"".join([part async for part in held.parts]) == content[begin:end]
    await media.remove(name)
    await media.remove(name)
    assert await media.held(name) is None
    with pytest.raises(FileNotFoundError):
        await media.read(name)


async def test_what_was_received_goes_with_its_time_and_with_its_person(media: MediaFiles) -> None:
    now = datetime.now(UTC)
    kept, other = [await media.receive(PNG, owner) for owner in ("web hoa", "web lan")]
    await media.keep_received([kept], now + timedelta(days=3))
    await media.forget_received(now + timedelta(days=2))
    assert await media.received(kept) == PNG
    with pytest.raises(FileNotFoundError):
        await media.received(other)
    for number in range(30):
        await media.receive(b"%d" % number, "web hoa")
    assert len(await media.received_of("web hoa")) == 31
    await media.forget_received_of("web hoa")
    assert await media.received_of("web hoa") == []


async def test_a_phone_fetches_a_document_at_an_address_that_the_server_accepts(
    environ: dict[str, str], tmp_path: Path
) -> None:
    media = media_in(tmp_path, environ, "&links=signed")
    address = await media.address_in_store(await media.store_as("BC-2026-11.docx", b"report"))
    assert address is not None
    async with aiohttp.ClientSession() as session, session.get(address) as answer:
        assert await answer.read() == b"report"


async def test_a_bucket_that_is_not_there_is_a_store_that_is_away(environ: dict[str, str], tmp_path: Path) -> None:
    missing = {**environ, "BOT_FILES_URL": environ["BOT_FILES_URL"].replace("s3://tep", "s3://khac")}
    with pytest.raises(FilesAway):
        await media_in(tmp_path, missing).store(PNG, "image/png")


async def test_files_move_to_it_and_back_unchanged(environ: dict[str, str], tmp_path: Path) -> None:
    folder = MediaFiles(tmp_path / "media", tmp_path / "guides", None)
    files = {await folder.store(b"%d" % number, "image/png"): b"%d" % number for number in range(30)}
    for to in ("s3", "folder"):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "files-move", "--to", to, cwd=tmp_path, stdout=subprocess.PIPE,
            env={**os.environ, **environ, "BOT_DATA_DIR": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)},
        )  # fmt: skip
        said = (await process.communicate())[0].decode()
        assert (process.returncode, "30" in said) == (0, True)
        where = media_in(tmp_path, environ) if to == "s3" else folder
        assert {name: await where.read(name) for name in files} == files
