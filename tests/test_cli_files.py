"""`files-move`: all files arrive, once and whole, however often it is stopped; nothing of others is touched."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.framework.installation import media_of, objects_of
from bot.settings import Settings, load
from bot.storage.media import MediaFiles
from tests.s3 import SECRET, FakeStore, store

pytest.importorskip("obstore")


@pytest.fixture
async def fake() -> AsyncIterator[FakeStore]:
    async with store() as one:
        yield one


async def begun(data: Path, fake: FakeStore, to: str) -> asyncio.subprocess.Process:
    environ = {**os.environ, **fake.environ, "BOT_DATA_DIR": str(data), "PYTHONPATH": os.pathsep.join(sys.path)}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "files-move", "--to", to,
        env=environ, cwd=data.parent, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


async def moved(data: Path, fake: FakeStore, to: str) -> tuple[int | None, str]:
    process = await begun(data, fake, to)
    out, err = await process.communicate()
    said = (out + err).decode()
    assert SECRET not in said
    assert "Traceback" not in said
    return process.returncode, said


def settings_of(data: Path, fake: FakeStore) -> Settings:
    return load({**fake.environ, "BOT_DATA_DIR": str(data)}, [])


async def filled(data: Path) -> tuple[MediaFiles, dict[str, bytes], str]:
    """A data folder with four files of the bot, one that a person sent two days ago, and one of somebody else."""
    media = MediaFiles(data / "media", data / "guides", None)
    files = {await media.store(word, "image/png"): word for word in (b"a", b"b", b"")}
    files[await media.store_as("BC-2026-11.docx", b"report")] = b"report"
    received = await media.receive(b"photo", "web hoa")
    ago = (datetime.now(UTC) - timedelta(days=2)).timestamp()
    os.utime(data / "media-incoming" / received, (ago, ago))
    (data / "media" / "logo.png").write_bytes(b"by hand")
    return media, files, received


async def test_files_go_to_the_store_and_back_as_they_were(fake: FakeStore, tmp_path: Path) -> None:
    data = tmp_path / "data"
    folder, files, received = await filled(data)
    code, said = await moved(data, fake, "s3")
    assert (code, "đã chuyển và kiểm tra 5 tệp" in said, "1 tên lạ" in said) == (1, True, True)
    assert [path.name for path in data.rglob("*") if path.is_file()] == ["logo.png"]
    stored = media_of(settings_of(data, fake), data / "guides")
    assert {name: await stored.read(name) for name in files} == files
    assert await stored.received(received) == b"photo"
    (came,) = await stored.received_of("web hoa")
    assert came < datetime.now(UTC) - timedelta(days=1), "moving gives nobody's photo a longer time"
    for hostile in ("xa/media/secret_key", "xa/media/a/b/c.png", f"xa/incoming/x/{'0' * 32}"):
        fake.objects[hostile] = (b"of others", datetime.now(UTC))
    code, said = await moved(data, fake, "folder")
    assert (code, "đã chuyển và kiểm tra 5 tệp" in said, "3 tên lạ" in said) == (1, True, True)
    assert {name: await folder.read(name) for name in files} == files
    assert await folder.received(received) == b"photo"
    assert await folder.received_of("web hoa") == [came]
    assert len(fake.objects) == 3
    assert not (data / "secret_key").exists()
    assert not (tmp_path / "secret_key").exists()


@pytest.mark.parametrize("writes", range(6))
async def test_a_move_that_was_killed_is_taken_up_and_every_file_is_there_meanwhile(
    fake: FakeStore, tmp_path: Path, writes: int
) -> None:
    data = tmp_path / "data"
    _, files, received = await filled(data)
    (data / "media" / "logo.png").unlink()
    fake.stop_after = writes
    process = await begun(data, fake, "s3")
    await fake.stopped.wait()
    process.kill()
    await process.wait()
    fake.stop_after = None
    media = media_of(settings_of(data, fake), data / "guides")
    assert {name: await media.read(name) for name in files} == files
    assert await media.received(received) == b"photo"
    assert (await moved(data, fake, "s3"))[0] == 0
    assert not [path for path in data.rglob("*") if path.is_file()]
    assert {name: await media.read(name) for name in files} == files
    assert await media.received(received) == b"photo"


async def test_a_store_that_keeps_another_content_gets_no_file(fake: FakeStore, tmp_path: Path) -> None:
    data = tmp_path / "data"
    folder, files, _ = await filled(data)
    fake.spoils = True
    code, said = await moved(data, fake, "s3")
    assert (code, "đọc lại khác" in said) == (1, True)
    spoilt = [name for name, content in files.items() if content]
    assert {name: await folder.read(name) for name in spoilt} == {name: files[name] for name in spoilt}


async def test_a_store_that_is_away_is_told_in_one_sentence(fake: FakeStore, tmp_path: Path) -> None:
    data = tmp_path / "data"
    _, files, _ = await filled(data)
    fake.away = True
    for to in ("s3", "folder"):
        code, said = await moved(data, fake, to)
        assert (code, "kho tệp không trả lời" in said) == (1, True)
    assert len(files) == len([path for path in (data / "media").rglob("*") if path.is_file()]) - 1


@pytest.mark.parametrize("moment", ["kept/", "incoming/"])
async def test_what_is_erased_while_it_moves_does_not_come_back(
    fake: FakeStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """A person's “Xóa hết” comes between the reading of a file and the end of its writing."""
    from bot.storage.files.moving import Moving
    from bot.storage.files.objects import Objects

    data = tmp_path / "data"
    settings = settings_of(data, fake)
    media, put = media_of(settings, data / "guides"), Objects.put
    await MediaFiles(data / "media", data / "guides", None).receive(b"photo", "web hoa")

    async def erased_then_put(self: Objects, key: str, content: bytes, mime: str = "") -> None:
        if key.startswith(moment):
            await media.forget_received_of("web hoa")
        await put(self, key, content, mime)

    monkeypatch.setattr(Objects, "put", erased_then_put)
    assert len([one async for one in Moving(data / "media", objects_of(settings)).to_store()]) == 1
    assert await media.received_of("web hoa") == []
    assert fake.objects == {}


async def test_a_file_that_is_too_large_stays(fake: FakeStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.storage.files.moving import Moving

    data = tmp_path / "data"
    folder, files, _ = await filled(data)
    monkeypatch.setattr("bot.storage.files.moving.LARGEST", 4)
    left = {
        one.name async for one in Moving(data / "media", objects_of(settings_of(data, fake))).to_store() if one.left
    }
    (report,) = (name for name, content in files.items() if content == b"report")
    assert report in left
    assert await folder.read(report) == b"report"


async def test_the_command_names_the_settings_that_it_misses(tmp_path: Path) -> None:
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "files-move", "--to", "s3", env=environ, cwd=tmp_path, stderr=subprocess.PIPE
    )
    _, err = await process.communicate()
    assert err.decode().strip() == "BOT_FILES_URL: đi cùng BOT_FILES_KEY và BOT_FILES_SECRET"
