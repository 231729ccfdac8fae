"""Files over HTTP: guides' pictures are everybody's, what people sent or asked for stays out of caches between."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot import pages
from bot.storage.media import MediaFiles


async def test_a_screenshot_does_not_live_on_in_a_shared_cache(tmp_path: Path) -> None:
    (tmp_path / "guides" / "img").mkdir(parents=True)
    (tmp_path / "guides" / "img" / "a.png").write_bytes(b"picture")
    media = MediaFiles(tmp_path / "media", tmp_path / "guides", None)
    name = await media.store(b"screenshot", "image/jpeg")
    app = web.Application()
    pages.add_routes(app, media)
    async with TestClient(TestServer(app)) as client:
        own, everybodys = await client.get(f"/media/{name}"), await client.get("/media/guides/img/a.png")
        assert (own.status, everybodys.status) == (200, 200)
        assert own.headers["Cache-Control"].startswith("private")
        assert everybodys.headers["Cache-Control"].startswith("public")
        await media.remove(name)
        assert (await client.get(f"/media/{name}")).status == 404
