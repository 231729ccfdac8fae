"""Files over HTTP: guides' pictures are everybody's, what people sent or asked for stays out of caches between."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.framework import web_app
from bot.settings import Settings
from bot.storage.media import MediaFiles
from tests.kit import StillClock, catalogues


async def test_a_screenshot_does_not_live_on_in_a_shared_cache(tmp_path: Path) -> None:
    (tmp_path / "guides" / "img").mkdir(parents=True)
    (tmp_path / "guides" / "img" / "a.png").write_bytes(b"picture")
    media = MediaFiles(tmp_path / "media", tmp_path / "guides", None)
    name = await media.store(b"screenshot", "image/jpeg")
    app = web.Application()
    web_app.add_routes(app, media)
    async with TestClient(TestServer(app)) as client:
        own, everybodys = await client.get(f"/media/{name}"), await client.get("/media/guides/img/a.png")
        assert (own.status, everybodys.status) == (200, 200)
        assert own.headers["Cache-Control"].startswith("private")
        assert everybodys.headers["Cache-Control"].startswith("public")
        await media.remove(name)
        assert (await client.get(f"/media/{name}")).status == 404


async def test_a_drawing_is_kept_for_ever_for_another_one_has_another_name(tmp_path: Path) -> None:
    media = MediaFiles(tmp_path / "media", tmp_path, None, draw=lambda file: b"drawn" * 100)
    app = web_app.application(Settings(), StillClock())
    web_app.add_routes(app, media)
    async with TestClient(TestServer(app)) as client:
        drawing = "/media/guides/img/ve-0123456789abcdef.png"
        whole = await client.get(drawing, headers={"Accept-Encoding": "gzip"})
        assert whole.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert "Content-Encoding" not in whole.headers
        part = await client.get(drawing, headers={"Range": "bytes=2-6", "Accept-Encoding": "gzip"})
        assert (part.status, await part.read()) == (206, b"awndr")
        again = await client.get(drawing, headers={"If-None-Match": whole.headers["ETag"]})
        assert again.status == 304


async def test_who_opens_what_is_not_there_is_told_in_words(tmp_path: Path) -> None:
    """Mechanism: a middleware puts a sentence in the place of aiohttp's “404: Not Found”; our own words stay."""

    async def refused(request: web.Request) -> web.Response:
        raise web.HTTPForbidden(text=request.query.get("text"))

    app = web_app.application(Settings(), StillClock(), partial(catalogues().translate, "vi"))
    web_app.add_routes(app, MediaFiles(tmp_path / "media", tmp_path / "guides", None))
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
