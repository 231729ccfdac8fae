"""Files of people in a store: what holds for the data folder holds there, for all processes, and when it is away."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.core.platform import FilesAway, NoRoom
from bot.framework import web_app
from bot.framework.installation import media_of
from bot.settings import Settings, load
from bot.storage.media import MediaFiles
from tests.kit import StillClock
from tests.s3 import KEY, SECRET, FakeStore, store

pytest.importorskip("obstore")
PNG = b"\x89PNG..."


@pytest.fixture
async def fake() -> AsyncIterator[FakeStore]:
    async with store() as one:
        yield one


def media_in(folder: Path, fake: FakeStore, more: str = "") -> MediaFiles:
    environ = {**fake.environ, "BOT_FILES_URL": fake.address + more, "BOT_DATA_DIR": str(folder)}
    return media_of(load(environ, []), folder / "guides")


@pytest.fixture
def media(tmp_path: Path, fake: FakeStore) -> MediaFiles:
    return media_in(tmp_path / "a", fake)


async def test_another_process_sees_a_file_and_none_lies_in_a_folder(
    media: MediaFiles, fake: FakeStore, tmp_path: Path
) -> None:
    name = await media.store(PNG, "image/png")
    code = (
        "import asyncio, sys; from pathlib import Path; from bot.settings import environment, load;"
        "from bot.framework.installation import media_of;"
        "media = media_of(load(environment(), []), Path());"
        "print(asyncio.run(media.read(sys.argv[1])), asyncio.run(media.store_as('BC.docx', b'report')))"
    )
    environ = {
        **os.environ,
        **fake.environ,
        "BOT_DATA_DIR": str(tmp_path / "b"),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, name, env=environ, stdout=subprocess.PIPE, cwd=tmp_path
    )
    said = (await process.communicate())[0].decode().split()
    assert said[0] == str(PNG)
    assert await media.read(said[1]) == b"report"
    assert await media_in(tmp_path / "c", fake).read(name) == PNG
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    "name", ["", "../x", "media/../x.png", "0" * 32, "0" * 32 + ".png", "0" * 32 + "/../x.png", "guides/../x", "\x00"]
)
async def test_no_name_from_the_network_reaches_another_object(media: MediaFiles, fake: FakeStore, name: str) -> None:
    for key in ("xa/x", "xa/x.png", "xa/media/x.png", "x", f"xa/incoming/-/{'0' * 32}"):
        fake.objects[key] = (b"of others", datetime.now(UTC))
    with pytest.raises(FileNotFoundError):
        await media.read(name)
    assert await media.held(name) is None
    await media.remove(name)
    assert len(fake.objects) == 5
    if name != "0" * 32:
        with pytest.raises(FileNotFoundError):
            await media.received(name)
        await media.forget_these([name, "*"])
        assert len(fake.objects) == 5


async def test_an_object_larger_than_any_file_of_ours_is_not_read(
    media: MediaFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = await media.store(PNG, "image/png")
    monkeypatch.setattr("bot.storage.files.objects.LARGEST", len(PNG) - 1)
    with pytest.raises(FileNotFoundError):
        await media.read(name)


async def test_what_was_received_stays_its_time_and_longer_if_somebody_waits_for_it(
    media: MediaFiles, fake: FakeStore
) -> None:
    now = datetime.now(UTC)
    name, other = [await media.receive(PNG, owner) for owner in ("web hoa", "web lan")]
    await media.forget_received(now - timedelta(days=1))
    await media.keep_received([name, "0" * 32, "../x"], now + timedelta(days=3))
    await media.forget_received(now + timedelta(days=2))
    assert await media.received(name) == PNG
    assert await media.received_of("web hoa") == [(now + timedelta(days=3)).replace(microsecond=0)]
    with pytest.raises(FileNotFoundError):
        await media.received(other)
    await media.forget_received(now + timedelta(days=4))
    assert fake.objects == {}


async def test_erasing_a_person_leaves_no_object_of_theirs(media: MediaFiles, fake: FakeStore) -> None:
    now = datetime.now(UTC)
    hoa = [await media.receive(PNG, "web hoa") for _ in range(5)]
    lan = await media.receive(PNG, "web lan")
    await media.keep_received([*hoa, lan], now)
    await media.forget_received_of("web hoa")
    assert len(fake.objects) == 2
    assert await media.received(lan) == PNG
    await media.forget_these([lan])
    assert fake.objects == {}


async def test_only_old_files_are_named_as_old(media: MediaFiles, fake: FakeStore) -> None:
    now = datetime.now(UTC)
    old, _ = [await media.store(PNG, "image/png") for _ in range(2)]
    for key in (f"xa/media/{old}", "xa/media/somebody's.png"):
        fake.objects[key] = (PNG, now - timedelta(days=9))
    assert await media.older_than(now - timedelta(days=1)) == [old]


async def test_strangers_fill_their_room_and_not_the_store(media: MediaFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.storage.media.MOST_RECEIVED", 2 * len(PNG))
    for _ in range(2):
        await media.receive(PNG, "web hoa")
    with pytest.raises(NoRoom):
        await media.receive(PNG, "web hoa")


@pytest.mark.parametrize("processes", [1, 2])
async def test_files_at_once_that_fit_alone_and_not_together_are_not_both_taken(
    media: MediaFiles, fake: FakeStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, processes: int
) -> None:
    """Red without reserving: both asked for the list before either had written."""
    monkeypatch.setattr("bot.storage.media.MOST_RECEIVED", 3 * len(PNG))
    other = media if processes == 1 else media_in(tmp_path / "b", fake)
    told = await asyncio.gather(
        media.receive(2 * PNG, "web hoa"), other.receive(2 * PNG, "web lan"), return_exceptions=True
    )
    taken = [one for one in told if isinstance(one, str)]
    assert {type(one) for one in told} - {str} == {NoRoom}
    assert len(taken) == len(fake.objects) <= 1
    if processes == 1:
        assert await media.received(*taken) == 2 * PNG
    assert await media.receive(PNG, "web hoa"), "what was refused holds no room"


async def test_while_the_store_is_away_files_wait_and_no_secret_is_in_the_log(
    media: MediaFiles, fake: FakeStore, caplog: pytest.LogCaptureFixture
) -> None:
    name = await media.store(PNG, "image/png")
    fake.away = True
    with caplog.at_level(logging.DEBUG):
        for work in (media.read(name), media.store(PNG, "image/png"), media.remove(name), media.held(name)):
            with pytest.raises(FilesAway):
                await work
        with pytest.raises(NoRoom):
            await media.receive(PNG, "web hoa")
    assert SECRET not in caplog.text
    assert KEY not in caplog.text
    assert "file store" in caplog.text
    fake.away = False
    assert await media.read(name) == PNG


async def test_a_bucket_that_is_not_there_is_no_file_that_is_gone(media: MediaFiles, fake: FakeStore) -> None:
    name = await media.store(PNG, "image/png")
    fake.no_bucket = True
    with pytest.raises(FilesAway):
        await media.read(name)


async def test_a_file_is_given_from_the_store_in_parts_and_without_a_cache_between(
    media: MediaFiles, fake: FakeStore
) -> None:
    name = await media.store(b"0123456789", "audio/mpeg")
    app = web_app.application(Settings(), StillClock())
    web_app.add_routes(app, media)
    async with TestClient(TestServer(app)) as client:
        whole = await client.get(f"/media/{name}", headers={"Accept-Encoding": "gzip"})
        assert (whole.status, await whole.read(), whole.content_type) == (200, b"0123456789", "audio/mpeg")
        assert whole.headers["Cache-Control"].startswith("private")
        assert whole.headers["X-Content-Type-Options"] == "nosniff"
        for asked, status, answer in (
            ("bytes=2-6", 206, b"23456"), ("bytes=7-", 206, b"789"), ("bytes=-2", 206, b"89"),
            ("bytes=0-99", 206, b"0123456789"),
            ("bytes=99-", 416, None), ("bytes=x", 416, None),
        ):  # fmt: skip
            part = await client.get(f"/media/{name}", headers={"Range": asked})
            assert (part.status, await part.read() if answer is not None else None) == (status, answer), asked
        again = await client.get(f"/media/{name}", headers={"If-None-Match": whole.headers["ETag"]})
        assert again.status == 304
        head = await client.head(f"/media/{name}")
        assert (head.status, head.headers["Content-Length"]) == (200, "10")
        fake.away = True
        away = await client.get(f"/media/{name}")
        assert (away.status, away.headers["Retry-After"]) == (503, "60")
        assert "in a few minutes" in await away.text()
        fake.away = False
        await media.remove(name)
        assert (await client.get(f"/media/{name}")).status == 404


async def test_a_document_is_fetched_at_a_signed_address_that_ends_where_phones_reach_the_store(
    fake: FakeStore, tmp_path: Path
) -> None:
    """Mechanism: the lasting address leads there; pictures of our own pages, and for messengers, come through us."""
    media = media_in(tmp_path, fake, "&links=signed")
    name, picture = await media.store_as("BC.docx", b"report"), await media.store(PNG, "image/png")
    app = web_app.application(Settings(), StillClock())
    web_app.add_routes(app, media)
    async with TestClient(TestServer(app)) as client:
        led = await client.get(f"/media/{name}", allow_redirects=False)
        assert (led.status, led.headers["Cache-Control"]) == (302, "no-store")
        to = led.headers["Location"]
        assert to.startswith(f"{fake.url}/tep/xa/media/{name}?")
        assert "X-Amz-Expires=300&" in to
        assert "X-Amz-Signature=" in to
        assert SECRET not in to
        assert await (await client.get(f"/media/{name}")).read() == b"report"
        shown = await client.get(f"/media/{name}", headers={"Sec-Fetch-Dest": "audio"}, allow_redirects=False)
        assert shown.status == 200
        assert (await client.get(f"/media/{picture}", allow_redirects=False)).status == 200
        await media.remove(name)
        assert (await client.get(f"/media/{name}", allow_redirects=False)).status == 404


def test_without_a_store_its_library_is_not_imported(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from bot.settings import Settings; import bot.assembly.app;"
        "from bot.framework.installation import media_of;"
        "print(type(media_of(Settings(), Path())).__name__, 'obstore' in sys.modules,"
        " any(name.startswith('bot.storage.files') for name in sys.modules))"
    )
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    said = subprocess.run(
        [sys.executable, "-c", code], env=environ, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert said.stdout == "MediaFiles False False\n"
