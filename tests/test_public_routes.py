"""Every address that the bot has, opened on rows that its own features wrote, on both databases.

The routes are those of the web application as it is put together for `demo` and for `serve`: a new one without a case
here turns the test red.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urldefrag
from xml.etree import ElementTree as ET

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr
from tortoise.transactions import in_transaction

from bot.assembly.parts import Parts, put_together
from bot.features import units
from bot.features.announcements import store
from bot.features.announcements.audience import Audience
from bot.features.announcements.model import Announcement
from bot.features.demo import village
from bot.features.guides.contacts import Allowed
from bot.features.loudspeaker import recordings
from bot.features.people import people
from bot.features.rights.table import CHAIR, LEADER, OFFICER
from bot.features.showcase import store as products
from bot.features.showcase.model import Price
from bot.framework.process import CLOCK
from bot.office import styles
from bot.platforms.web.files import FILES
from bot.settings import Settings
from bot.storage import database
from bot.storage.media import MediaFiles
from bot.storage.tables.announcements import RelayTarget
from tests import postgres
from tests.office.test_library_pages import Page
from tests.ports import unused_port

Client = TestClient[web.Request, web.Application]
GUIDE = "vneid-cai-dat-muc-2"
HTML, XML, TEXT, ANY = "text/html", "xml", "text/plain", ""
ENVIRON = {
    "BOT_TELEGRAM_TOKEN": "123456:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "BOT_TELEGRAM_MODE": "webhook",
    "BOT_ZALO_TOKEN": "1:z", "BOT_ZALO_MODE": "webhook", "BOT_ZALO_OA_APP_ID": "1", "BOT_ZALO_OA_APP_SECRET": "s" * 20,
    "BOT_ZALO_OA_SECRET": "o" * 20, "BOT_ZALO_OA_REFRESH_TOKEN": "r" * 20, "BOT_GAPO_BOT_ID": "1",
    "BOT_GAPO_TOKEN": "g" * 40, "BOT_GAPO_HOOK_SECRET": "h" * 32, "BOT_BRIDGE_URL": f"http://127.0.0.1:{unused_port()}",
    "BOT_BRIDGE_SECRET": "b" * 32, "BOT_LINE_OA_TOKEN": "l" * 40, "BOT_LINE_OA_SECRET": "l" * 32,
    "BOT_LINE_OA_API_BASE": f"http://127.0.0.1:{unused_port()}", "BOT_WHATSAPP_TOKEN": "w" * 40,
    "BOT_WHATSAPP_PHONE_ID": "1", "BOT_WHATSAPP_APP_SECRET": "w" * 32, "BOT_WHATSAPP_VERIFY_TOKEN": "v" * 32,
}  # fmt: skip
URGENT = "Tin khẩn"
COMMUNE = 'code = "yen-mo"\nname = "Yên Mô"\nprovince = "Ninh Bình"\n'
SERVED = ("web", "telegram", "zalo", "zalo_oa", "gapo", "bridge", "line_oa", "whatsapp")


@dataclass(frozen=True)
class Case:
    """An address, its kind of answer, words that must be in it, and words that must not."""

    path: str
    kind: str
    says: tuple[str, ...] = ()
    status: int = 200
    never: tuple[str, ...] = ()


@dataclass(frozen=True)
class Written:
    """What the features wrote: `labels` of a plain notice, an urgent one with sound, one that is wrong.

    `codes` are where the people of a village without a group read the plain one and the wrong one.
    """

    labels: tuple[str, str, str]
    correction: str
    sound: str
    photo: str
    codes: tuple[str, str]


def cases(of: Written) -> Mapping[str, Sequence[Case]]:
    """By method and route; the demo and a served bot have different pages at some of them."""
    plain, urgent, wrong = of.labels
    return {
        "GET /": [Case("/", HTML), Case("/?lang=en", HTML)],
        "GET /huong-dan": [
            Case("/huong-dan", HTML, ("Hướng dẫn của xã Yên Mô",)),
            Case("/huong-dan?q=cai+vneid&lang=en", HTML),
            Case("/huong-dan?cho=ho-kinh-doanh", HTML),
        ],
        "GET /huong-dan/{slug}": [
            Case(f"/huong-dan/{GUIDE}", HTML, ("VNeID",)),
            Case("/huong-dan/khong-co", HTML, status=404),
        ],
        "GET /huong-dan/{slug}/to-roi": [Case(f"/huong-dan/{GUIDE}/to-roi", HTML, ("VNeID", "<svg "))],
        "GET /huong-dan/tat-ca.html": [Case("/huong-dan/tat-ca.html", HTML, ("VNeID",))],
        "GET /thong-bao": [
            Case("/thong-bao", HTML, (plain, urgent, wrong, URGENT)),
            Case("/thong-bao?truoc=3&lang=en", HTML),
        ],
        "GET /thong-bao/{label}": [
            Case(f"/thong-bao/{plain}", HTML, (plain,), never=(URGENT, 'class="box urgent"')),
            Case(f"/thong-bao/{urgent}", HTML, (urgent, URGENT, 'class="box urgent"', of.sound)),
            Case(f"/thong-bao/{wrong}", HTML, (f"mời xem {of.correction}",)),
            Case("/thong-bao/TB-9999", HTML, status=404),
        ],
        "GET /thong-bao/{label}/ap-phich": [
            Case(f"/thong-bao/{plain}/ap-phich", HTML, (plain,), never=(URGENT,)),
            Case(f"/thong-bao/{urgent}/ap-phich", HTML, (urgent, URGENT)),
            Case(f"/thong-bao/{wrong}/ap-phich", HTML, (f"Mời xem {of.correction}",)),
        ],
        "GET /thong-bao.xml": [Case("/thong-bao.xml", XML, (f"{URGENT}. {urgent}", of.sound))],
        "GET /t/{code}": [
            Case(f"/t/{of.codes[0]}", HTML, ("Tin thật", "Họp thôn", "Hỏi máy của xã"), never=("đính chính",)),
            Case(f"/t/{of.codes[1]}?lang=en", HTML, ("Lịch tiêm", "/t/")),
            Case("/t/khong-co", HTML, status=404),
        ],
        "GET /loa/{unit}.xml": [
            Case("/loa/lac-hien.xml", XML, (urgent, of.sound)),
            Case("/loa/yen-mo.xml", XML),
            Case("/loa/khong-co.xml", TEXT, status=404),
        ],
        "GET /san-pham": [
            Case("/san-pham", HTML, ("hang-", of.photo)),
            Case("/san-pham?thon=lac-hien&lang=en", HTML, ("hang-",)),
        ],
        "GET /kieu/{version}/{name}.css": [
            *(Case(styles.address(name), "text/css") for name in (styles.PAGE, styles.POSTER)),
            Case(f"/kieu/0/{styles.PAGE}.css", "text/css"),
            Case("/kieu/0/khong-co.css", TEXT, status=404),
        ],
        "GET /media/{name}": [
            Case(f"/media/{of.sound}", "audio/mpeg"),
            Case(f"/media/{of.photo}", "image/"),
            Case("/media/gone.png", TEXT, status=404),
        ],
        "GET /healthz": [Case("/healthz", TEXT, ("ok",))],
        "GET /readyz": [Case("/readyz", TEXT)],
        "GET /metrics": [Case("/metrics", TEXT, ("langso_outbox_messages",))],
        "* /api/v1/{rest}": [
            Case("/api/v1/openapi.json", "application/json", ('"openapi": "3.1.0"',)),
            Case("/api/v1/villages", "application/problem+json", ("no-token",), status=401),
        ],
        "GET /chat": [Case("/chat", HTML, ("Máy trả lời của xã",))],
        "GET /chat/ws": [Case("/chat/ws", TEXT, status=403)],
        "GET /chat/static/{version}/{name}": [
            Case(FILES["chat.js"].address, "javascript"),
            Case(FILES["be-vietnam-pro.woff2"].address, "font/woff2"),
        ],
        "GET /favicon.ico": [Case("/favicon.ico", "image/svg+xml", ("<svg",))],
        "POST /chat/reset": [Case("/chat/reset", TEXT, status=403)],
        "POST /chat/file": [Case("/chat/file", TEXT, status=403)],
        "POST /chat/renew": [Case("/chat/renew", TEXT, status=403)],
        "POST /hooks/telegram": [Case("/hooks/telegram", ANY, status=401)],
        "POST /hooks/zalo": [Case("/hooks/zalo", ANY, status=401)],
        "POST /hooks/zalo_oa": [Case("/hooks/zalo_oa", ANY, status=401)],
        "POST /hooks/line_oa": [Case("/hooks/line_oa", ANY, status=401)],
        "POST /hooks/whatsapp": [Case("/hooks/whatsapp", ANY, status=401)],
        "GET /hooks/whatsapp": [
            Case("/hooks/whatsapp?hub.mode=subscribe&hub.verify_token=guessed&hub.challenge=7", ANY, status=401)
        ],
        "POST /hooks/bridge": [Case("/hooks/bridge", ANY, status=401)],
        "GET /hooks/{account}{rest}": [Case("/hooks/telegram@guessed", ANY, status=503)],
        "POST /hooks/{account}{rest}": [Case("/hooks/telegram@guessed", ANY, status=503)],
        "POST /hooks/gapo/{secret}": [Case("/hooks/gapo/guessed", ANY, status=401)],
    }


@pytest.fixture
async def settings(database_kind: str, database_url: str, tmp_path: Path) -> Settings:
    """A data folder of its own; on PostgreSQL a database of its own, too."""
    if database_kind == "sqlite":
        return Settings(data_dir=tmp_path)
    await postgres.begin(database_url)
    return Settings(data_dir=tmp_path, database_url=SecretStr(database_url), secret_key=SecretStr("k" * 32))


def _never() -> None:
    raise AssertionError("a stranger made the demo begin again")


@asynccontextmanager
async def opened(bot: Parts) -> AsyncIterator[Client]:
    async with TestClient(TestServer(bot.pages)) as client:
        yield client


@pytest.mark.timeout(120)
async def test_every_route_opens_on_what_the_features_wrote(settings: Settings, database_kind: str) -> None:
    async with put_together(settings, {}, demo=True, anew=_never) as bot:
        assert database.is_sqlite(_url(settings)) == (database_kind == "sqlite")
        written = await _write(bot, settings)
        async with opened(bot) as client:
            await _all_open(bot, client, cases(written))
    (settings.data_dir / "commune.toml").write_text(COMMUNE, "utf-8")
    served = settings.model_copy(update={"platforms": SERVED, "public_url": "https://xa.example"})
    async with put_together(served, ENVIRON) as bot, opened(bot) as client:
        await _all_open(bot, client, cases(written))


def _url(settings: Settings) -> str:
    return database.file_url(settings.data_dir) if settings.database_url is None else "postgres://"


async def _all_open(bot: Parts, client: Client, expected: Mapping[str, Sequence[Case]]) -> None:
    routes = _routes(bot)
    assert routes <= expected.keys(), f"no case here for {sorted(routes - expected.keys())}"
    for route in sorted(routes):
        for case in expected[route]:
            await _open(client, route.partition(" ")[0].replace("*", "GET"), case)


def _routes(bot: Parts) -> set[str]:
    found = ((route.method, route.resource) for route in bot.pages.router.routes())
    return {f"{method} {place.canonical}" for method, place in found if place is not None and method != "HEAD"}


async def _open(client: Client, method: str, case: Case) -> None:
    sent = b"{}" if method == "POST" else None
    response = await client.request(method, case.path, data=sent, allow_redirects=False)
    body = await response.read()
    assert response.status == case.status, f"{method} {case.path}: {response.status} {body[:300]!r}"
    assert case.kind in response.content_type, f"{case.path} is {response.content_type}"
    for words in case.says:
        assert words in body.decode(), f"{case.path} does not say {words}"
    for words in case.never:
        assert words not in body.decode(), f"{case.path} says {words}"
    if case.kind == HTML:
        assert "</html>" in body.decode()
        policy = response.headers.get("Content-Security-Policy", "")
        assert bool(policy) is not case.path.endswith("tat-ca.html"), "the file that is to be kept has it inside"
        assert "unsafe" not in policy, case.path
        assert "sha256" not in policy, case.path
        # Pages are compressed, so that their length must not depend on a secret.
        assert not any(cookie.value in body.decode() for cookie in client.session.cookie_jar), case.path
    if case.kind == XML:
        assert len(ET.fromstring(body)) > 0  # noqa: S314 - what we wrote ourselves


@pytest.mark.timeout(120)
async def test_every_link_of_the_pages_leads_somewhere_and_all_pages_lead_to_each_other(settings: Settings) -> None:
    async with put_together(settings, {}, demo=True, anew=_never) as bot:
        await _write(bot, settings)
        async with opened(bot) as client:
            from_stage = await _reached(client, "/")
            assert {"/huong-dan", "/thong-bao", "/san-pham", f"/huong-dan/{GUIDE}", "/thong-bao.xml"} <= from_stage
            for page in ("/huong-dan", "/thong-bao", "/san-pham"):
                assert {"/huong-dan", "/thong-bao", "/san-pham"} <= set(await _links(client, page)), page
                assert "/" in await _links(client, page), f"{page} leads back to the phones"


async def _reached(client: Client, start: str) -> set[str]:
    """All paths that are linked from `start`, by whatever way; each of them opens."""
    found, waiting = {start}, [start]
    while waiting:
        for link in await _links(client, waiting.pop()):
            if link not in found:
                found.add(link)
                # A query shows the same page again: a language, a commune, an audience.
                waiting += [link] if "?" not in link else []
    return found


async def _links(client: Client, path: str) -> Sequence[str]:
    response = await client.get(path)
    assert response.status == 200, f"{path}: {response.status}"
    return list(_own(Page(await response.text()).links)) if response.content_type == HTML else []


def _own(links: Iterable[str]) -> Iterable[str]:
    """Those of this site, without the place in the page."""
    return (urldefrag(link).url for link in links if link.startswith("/"))


# What the features write


async def _write(bot: Parts, settings: Settings) -> Written:
    """Announcements as officials send them, one urgent with sound and one that is put right."""
    commune = await units.get(village.COMMUNE)
    assert commune is not None
    sound = (await recordings.ready_recordings(commune.id, 1))[0]
    plain = await _announced(bot, commune.id, "Họp thôn", "Mời bà con họp lúc 19 giờ.\nỞ nhà văn hóa thôn.")
    urgent = await _announced(bot, commune.id, "Bão số 5", "Chằng chống nhà cửa.", sound=sound)
    wrong = await _announced(bot, commune.id, "Lịch tiêm", "Tiêm ngày 31/11.")
    right = await _announced(bot, commune.id, "Lịch tiêm", "Tiêm ngày 30/11.", corrects=wrong)
    photo = await _product(MediaFiles(settings.data_dir / "media", settings.data_dir, None), commune.id)
    found = [await RelayTarget.filter(announcement_id=one.id).order_by("id").first() for one in (plain, wrong)]
    codes = tuple(row.code for row in found if row is not None)
    assert len(codes) == 2
    return Written((plain.label, urgent.label, wrong.label), right.label, sound.media, photo, (codes[0], codes[1]))


async def _announced(
    bot: Parts,
    commune: int,
    title: str,
    text: str,
    *,
    sound: recordings.LoudspeakerRecording | None = None,
    corrects: Announcement | None = None,
) -> Announcement:
    """Drafted by an officer, approved by the chair, sent to the groups."""
    now, features = CLOCK.now(), bot.services.announcements
    lan, nam = await _holder(OFFICER, commune), await _holder(CHAIR, commune)
    async with in_transaction():
        made = await features.drafts.create(
            commune, lan, now, title=title, text=text, source="Văn phòng", corrects=corrects,
            klass="routine" if sound is None else "urgent", audience=Audience(every=True),
        )  # fmt: skip
        assert isinstance(made, Announcement)
        if sound is not None:
            assert await features.drafts.attach(made, lan, sound.attachment, now) is None
            made = await _fresh(made)
        asked = await features.approval.ask(made, lan, Allowed(), now)
        assert isinstance(asked, Announcement), asked
        assert isinstance(await features.approval.approve(asked, asked.version, nam, now), Announcement)
    for sender in bot.senders:
        await asyncio.wait_for(sender.run(), 30)
    return await _fresh(made)


async def _fresh(one: Announcement) -> Announcement:
    found = await store.get(one.id)
    assert found is not None
    return found


async def _holder(role: str, unit: int) -> people.Who:
    return await people.who_is((await people.holders(role, unit, CLOCK.now()))[0].person_id, CLOCK.now())


async def _product(media: MediaFiles, commune: int) -> str:
    """Shown by a leader, let through by an officer; returns its photo."""
    now, place = CLOCK.now(), await units.get(village.VILLAGE)
    assert place is not None
    tu, lan = await _holder(LEADER, place.id), await _holder(OFFICER, commune)
    assert tu.person_id is not None
    assert lan.person_id is not None
    photo = await media.store(b"a picture", "image/png")
    async with in_transaction():
        made = await products.write(
            place.id, tu.person_id, "Chuối", "Chín cây.", Price(20_000, "nải"), "02290000000", behalf=True, now=now
        )
        drafted = await products.illustrate(made, photo, now)
        assert drafted is not None
        assert await products.hand_in(drafted, now)
        waiting = await products.get(made.id)
        assert waiting is not None
        assert await products.publish(waiting, lan.person_id, now)
    return photo
