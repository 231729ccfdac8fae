"""Stored files: names come from the network, so nothing but our own files can be reached."""

from __future__ import annotations

import asyncio
import errno
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest

from bot.core.platform import NoRoom
from bot.storage.media import MediaFiles

PNG = b"\x89PNG..."


@pytest.fixture
def media(tmp_path: Path) -> MediaFiles:
    (tmp_path / "guides" / "img").mkdir(parents=True)
    (tmp_path / "guides" / "audio" / "bai").mkdir(parents=True)
    (tmp_path / "guides" / "img" / "nut-xanh.png").write_bytes(PNG)
    (tmp_path / "guides" / "bai.md").write_text("bài")
    (tmp_path / "secret_key").write_text("key")
    return MediaFiles(tmp_path / "media", tmp_path / "guides", "https://xa.example")


async def test_a_stored_file_is_read_back_and_has_an_address_nobody_can_guess(media: MediaFiles) -> None:
    names = [await media.store(PNG, "image/png") for _ in range(2)]
    assert len(set(names)) == 2
    assert all(len(name) == 36 and name.endswith(".png") for name in names)
    assert await media.read(names[0]) == PNG
    assert media.url(names[0]) == f"https://xa.example/media/{names[0]}"


async def test_a_picture_of_a_guide_is_read_from_the_guides_folder(media: MediaFiles) -> None:
    assert await media.read("guides/img/nut-xanh.png") == PNG


async def test_a_recording_of_a_step_is_read_from_the_guides_folder(media: MediaFiles, tmp_path: Path) -> None:
    folder = tmp_path / "guides" / "audio"
    (folder / "bai" / "buoc-1.vi.mp3").write_bytes(b"ID3")
    (folder / ".index.json").write_text("{}")
    (tmp_path / "of-others.vi.mp3").write_bytes(b"ID3")
    assert await media.read("guides/audio/bai/buoc-1.vi.mp3") == b"ID3"
    for hidden in ("audio/.index.json", "audio/bai/../.index.json", "audio/../../of-others.vi.mp3"):
        assert media.path(f"guides/{hidden}") is None


@pytest.mark.parametrize(
    "name",
    [
        "", ".", "..", "/etc/passwd", "../secret_key", "secret_key", "guides/bai.md", "guides/../secret_key",
        "guides/img/../../secret_key", "guides/img/nut-xanh.png/../bai.md", "guides/img/.png", "guides//etc/passwd",
        "guides/img/nut-xanh.png\n", "0" * 32 + ".png", "0" * 32 + ".png.part", "0" * 32 + "/../../secret_key",
        "guides/img/không-có.png", "guides/img/nut-xanh.PNG", "\x00",
        f"guides/img/{'a' * 300}.png", f"guides/audio/{'a' * 300}/buoc-1.vi.mp3",
        f"guides/audio/bai/{'a' * 300}.vi.mp3", f"guides/audio/bai/buoc-1.{'v' * 300}.mp3",
    ],
)  # fmt: skip
async def test_nothing_else_can_be_reached(media: MediaFiles, name: str) -> None:
    assert media.path(name) is None
    with pytest.raises(FileNotFoundError):
        await media.read(name)


@pytest.mark.parametrize("mime", ["audio/ogg", "application/x-never-heard", "", "../../x"])
async def test_a_file_of_any_kind_can_be_read_back(media: MediaFiles, mime: str) -> None:
    assert await media.read(await media.store(PNG, mime)) == PNG


async def test_a_file_that_was_only_half_written_is_not_there(media: MediaFiles, tmp_path: Path) -> None:
    name = await media.store(PNG, "image/png")
    assert [path.name for path in (tmp_path / "media").iterdir()] == [name]


def test_without_a_public_address_files_have_none(tmp_path: Path) -> None:
    assert MediaFiles(tmp_path, tmp_path, None).url("x") is None


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("quay-ho-tro-khong-smartphone.docx", "quay-ho-tro-khong-artphone.docx"),
        ("nhat-ky-tan-thanh-dong-ha-2026-11.xlsx", "nhat-ky-tan-thanh--2026-11.xlsx"),
        ("BC-yen-mo-2026-11.docx", "BC-yen-mo-2026-11.docx"),
    ],
)
async def test_a_name_is_as_short_as_the_rows_that_hold_it_whatever_a_guide_or_a_commune_is_called(
    media: MediaFiles, wanted: str, given: str
) -> None:
    name = await media.store_as(wanted, b"report")
    assert name.endswith(f"/{given}")
    assert len(name) <= 64
    assert await media.read(name) == b"report"


async def test_a_file_to_give_away_keeps_its_own_name_and_goes_without_a_trace(
    media: MediaFiles, tmp_path: Path
) -> None:
    name = await media.store_as("BC-yen-mo-2026-11.docx", b"report")
    assert name.endswith("/BC-yen-mo-2026-11.docx")
    assert await media.read(name) == b"report"
    assert media.url(name) == f"https://xa.example/media/{name}"
    for wrong in ("../x.docx", ".docx", "a/b.docx", "tên.docx", "x" * 101 + ".docx"):
        with pytest.raises(ValueError, match="not the name"):
            await media.store_as(wrong, b"report")
    await media.remove(name)
    await media.remove(name)
    assert list((tmp_path / "media").iterdir()) == []


async def test_only_files_of_ours_that_are_old_are_named_as_old(media: MediaFiles, tmp_path: Path) -> None:
    """The clearing up deletes what is named: not what somebody put there by hand, nor what was made just now."""
    now = datetime.now(UTC)
    old, new = [await media.store(PNG, "image/png") for _ in range(2)]
    by_hand = tmp_path / "media" / "logo-of-the-commune.png"
    by_hand.write_bytes(PNG)
    for path in (tmp_path / "media" / old, by_hand):
        os.utime(path, times=((now - timedelta(days=9)).timestamp(),) * 2)
    assert await media.older_than(now - timedelta(days=1)) == [old]
    assert sorted(await media.older_than(now + timedelta(days=1))) == sorted([old, new])


async def test_what_a_person_sent_is_for_us_alone_and_gone_after_a_day(media: MediaFiles, tmp_path: Path) -> None:
    name = await media.receive(PNG, "web hoa")
    assert await media.received(name) == PNG
    assert media.path(name) is None, "no page serves it"
    assert media.path(f"{name}.png") is None
    for strange in ("../secret_key", name + "/", "", "0" * 32):
        with pytest.raises(FileNotFoundError):
            await media.received(strange)
    now = datetime.now(UTC)
    await media.forget_received(now - timedelta(days=1))
    assert await media.received(name) == PNG
    await media.keep_received([name, "0" * 32, "../secret_key"], now + timedelta(days=3))
    await media.forget_received(now + timedelta(days=2))
    assert await media.received(name) == PNG, "somebody still waits for it"
    await media.keep_received([name], now)
    await media.forget_received(now + timedelta(minutes=1))
    with pytest.raises(FileNotFoundError):
        await media.received(name)


async def test_strangers_fill_their_room_and_not_the_disk(media: MediaFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.storage.media.MOST_RECEIVED", 2 * len(PNG))
    for _ in range(2):
        await media.receive(PNG, "web hoa")
    with pytest.raises(NoRoom):
        await media.receive(PNG, "web hoa")


@pytest.mark.parametrize("processes", [1, 2])
async def test_a_file_that_has_no_room_beside_one_on_its_way_is_not_taken_with_it(
    media: MediaFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, processes: int
) -> None:
    """Red without reserving, and between processes without a second look: nothing is in the folder yet."""
    monkeypatch.setattr("bot.storage.media.MOST_RECEIVED", 3 * len(PNG))
    other = media if processes == 1 else MediaFiles(tmp_path / "media", tmp_path / "guides", None)
    begun, goes_on, write_bytes = asyncio.Event(), Event(), Path.write_bytes
    loop = asyncio.get_running_loop()

    def slowly(path: Path, data: bytes) -> int:
        loop.call_soon_threadsafe(begun.set)
        goes_on.wait()
        return write_bytes(path, data)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", slowly)
        hoa = asyncio.create_task(media.receive(2 * PNG, "web hoa"))
        async with asyncio.timeout(10):
            await begun.wait()
        patched.setattr(Path, "write_bytes", write_bytes)
        lan = asyncio.create_task(other.receive(2 * PNG, "web lan"))
        await asyncio.wait([lan])
        goes_on.set()
    told = await asyncio.gather(hoa, lan, return_exceptions=True)
    assert [type(one) for one in told] == ([str, NoRoom] if processes == 1 else [NoRoom, str])
    assert len(list((tmp_path / "media-incoming").iterdir())) == 1
    assert await media.receive(PNG, "web hoa"), "what was refused holds no room"


async def test_a_file_that_the_full_disk_does_not_take_leaves_nothing_of_itself(
    media: MediaFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, write_bytes = [await media.receive(PNG, "web hoa"), await media.store(PNG, "image/png")], Path.write_bytes

    def filling(path: Path, data: bytes) -> int:
        write_bytes(path, data[:3])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", filling)
    for work in (media.receive(PNG, "web lan"), media.store(PNG, "image/png"), media.store_as("bc.docx", PNG)):
        with pytest.raises(NoRoom):
            await work
    left = [path.name for path in tmp_path.rglob("media*/**/*") if path.is_file()]
    assert sorted(left) == sorted(kept)


async def test_what_one_person_sent_goes_at_once_and_nothing_of_others(media: MediaFiles) -> None:
    hoa, lan = [await media.receive(PNG, owner) for owner in ("web hoa", "web lan")]
    assert len(await media.received_of("web hoa")) == 1
    await media.forget_received_of("web hoa")
    assert await media.received_of("web hoa") == []
    assert await media.received(lan) == PNG
    await media.forget_these([hoa, lan, "../secret_key", "*", "telegram-file-id"])
    with pytest.raises(FileNotFoundError):
        await media.received(lan)


async def test_a_drawing_of_a_guide_is_rendered_once_when_it_is_asked_for(tmp_path: Path) -> None:
    asked: list[str] = []

    def draw(file: str) -> bytes | None:
        asked.append(file)
        return PNG if file == "img/ve-0123456789abcdef.png" else None

    media = MediaFiles(tmp_path / "media", tmp_path / "guides", None, draw)
    assert not (tmp_path / "media-drawn").exists()
    assert await media.read("guides/img/ve-0123456789abcdef.png") == PNG
    assert await media.read("guides/img/ve-0123456789abcdef.png") == PNG
    assert asked == ["img/ve-0123456789abcdef.png"]
    with pytest.raises(FileNotFoundError):
        await media.read("guides/img/ve-fedcba9876543210.png")
    assert [path.name for path in (tmp_path / "media-drawn").iterdir()] == ["ve-0123456789abcdef.png"]


async def test_a_drawing_is_sent_although_the_disk_takes_nothing_and_is_kept_once_it_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def draw(file: str) -> bytes:
        asked.append(file)
        return PNG

    def full(path: Path, data: bytes) -> int:
        write(path, data[:3])
        raise OSError(errno.ENOSPC, "No space left on device")

    write = Path.write_bytes
    name, folder = "guides/img/ve-0123456789abcdef.png", tmp_path / "media-drawn"
    media = MediaFiles(tmp_path / "media", tmp_path / "guides", None, draw)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        assert [await media.read(name), await media.read(name), media.path(name)] == [PNG, PNG, None]
        assert list(folder.iterdir()) == []
    assert await media.read(name) == (folder / "ve-0123456789abcdef.png").read_bytes() == PNG
    assert len(asked) == 1


async def test_a_drawing_that_was_lost_with_the_power_is_drawn_again(tmp_path: Path) -> None:
    (tmp_path / "media-drawn").mkdir()
    (tmp_path / "media-drawn" / "ve-0123456789abcdef.png").write_bytes(b"")
    media = MediaFiles(tmp_path / "media", tmp_path / "guides", None, lambda file: PNG)
    assert await media.read("guides/img/ve-0123456789abcdef.png") == PNG
