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


async def test_who_opens_what_is_not_there_is_told_in_words(tmp_path: Path) -> None:
    """Mechanism: a middleware puts a sentence in the place of aiohttp's “404: Not Found”; our own words stay."""

    async def refused(request: web.Request) -> web.Response:
        raise web.HTTPForbidden(text=request.query.get("text"))

    app = pages.application()
    pages.add_routes(app, MediaFiles(tmp_path / "media", tmp_path / "guides", None))
    app.router.add_get("/refused", refused)
    async with TestClient(TestServer(app)) as client:
        for method, path, status, text in (
            ("GET", "/khong-co", 404, "Không có trang hay tệp này, hoặc đã xóa rồi."),
            ("GET", "/media/gone.png", 404, "Không có trang hay tệp này, hoặc đã xóa rồi."),
            ("POST", "/healthz", 405, "Địa chỉ này không mở như một trang được."),
            ("GET", "/refused", 403, "Máy của xã không làm được việc này."),
            ("GET", "/refused?text=Riêng", 403, "Riêng"),
        ):
            answer = await client.request(method, path)
            assert answer.status == status
            assert (await answer.text()).startswith(text)
        assert (await client.post("/healthz")).headers["Allow"] == "GET,HEAD"
