"""Files from the page: gone when somebody is told that they are not kept, and with everything else at “Xóa hết”."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.events import FileSent, Incoming, PhotoSent
from bot.core.platform import owner_of
from bot.framework.installation import media_of
from bot.handlers.kit.base import Content
from bot.settings import load
from bot.storage.media import MediaFiles
from bot.testing import FakePlatform, Participant, World
from tests.conversations import build_router
from tests.s3 import store

PHOTO = b"\xff\xd8\xff a photo"


@pytest.fixture(params=["folder", "s3"])
async def media(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[MediaFiles]:
    if request.param == "folder":
        yield MediaFiles(tmp_path / "media", tmp_path / "guides", None)
        return
    pytest.importorskip("obstore")
    async with store() as fake:
        yield media_of(load({**fake.environ, "BOT_DATA_DIR": str(tmp_path)}, []), tmp_path / "guides")


@pytest.fixture
def world(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content, media: MediaFiles) -> World:
    return World(db, lambda: build_router(shipped, platform, media=media), shipped.catalogues.translate, platform)


async def came(talk: Participant, media: MediaFiles) -> int:
    return len(await media.received_of(owner_of("fake", talk.sender.id)))


async def sends(talk: Participant, media: MediaFiles, mime: str = "image/jpeg", caption: str = "") -> None:
    ref = await media.receive(PHOTO, owner_of("fake", talk.sender.id))
    file = Incoming(ref, mime, len(PHOTO), "anh.jpg")
    if mime.startswith("image/"):
        await talk._does(PhotoSent(*talk._common(), files=(file,), caption=caption))
    else:
        await talk._does(FileSent(*talk._common(), file=file, caption=caption))


@pytest.mark.parametrize("mime", ["image/jpeg", "application/pdf"])
@pytest.mark.parametrize("caption", ["", "cài vneid thế nào"])
async def test_a_file_of_which_is_said_that_it_is_not_kept_is_not_kept(
    world: World, media: MediaFiles, mime: str, caption: str
) -> None:
    hoa = world.talk("Hoa")
    await sends(hoa, media, mime, caption)
    assert "không lưu lại" in hoa.heard
    assert await came(hoa, media) == 0


async def test_a_photo_that_helps_is_there_until_it_was_fetched_and_goes_with_everything_else(
    world: World, media: MediaFiles
) -> None:
    hoa, lan = world.talk("Hoa"), world.talk("Lan")
    await hoa.says("menu")
    for talk in (hoa, lan):
        await media.receive(PHOTO, owner_of("fake", talk.sender.id))
    await hoa.says("dữ liệu của tôi")
    assert "Ảnh, tệp bác vừa gửi trên trang" in hoa.heard
    assert "Ảnh hoặc tệp gửi lúc" in hoa.heard
    await hoa.says("xóa dữ liệu")
    await hoa.picks("Xóa hết")
    assert await came(hoa, media) == 0
    assert await came(lan, media) == 1
