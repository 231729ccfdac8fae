"""`/loa/UNIT.xml`: what a village's loudspeaker plays, as a podcast that any phone can follow."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree as ET

from aiohttp import web
from msgspec import Struct

from bot.core.context import Translate
from bot.core.text import Text
from bot.features import units
from bot.features.calendar.vietnam import today
from bot.features.loudspeaker.plays import Playable
from bot.features.units import Place
from bot.i18n import SOURCE

from .feed import ATOM, ITUNES, add, answer, media_path, mime_of, origin

FOLDER = "/loa"


class Station(Struct, frozen=True):
    """`announced` gives the sound that went to a unit, newest first; `public_url` is None where there is none."""

    announced: Callable[[int, datetime], Awaitable[Sequence[Playable]]]
    translate: Translate
    now: Callable[[], datetime]
    public_url: str | None = None


def routes(station: Station) -> list[web.RouteDef]:
    """Return `/loa/UNIT.xml`."""

    async def feed(request: web.Request) -> web.StreamResponse:
        code, now = request.match_info["unit"], station.now()
        place = await units.get(code) if units.is_code(code) else None
        if place is None or place.level == "province":
            raise web.HTTPNotFound(text="unknown unit\n")
        present = await units.successor(place.id, today(now))
        if present is not None and present.id != place.id:
            raise web.HTTPMovedPermanently(address(present.code))
        items = await station.announced(place.id, now)
        commune = await units.commune_of(place.id, today(now))
        root = _rss(station, place, commune or place, items, origin(request, station.public_url))
        newest = max((item.notice.at for item in items), default=None)
        return answer(request, root, newest, "application/rss+xml")

    return [web.get(f"{FOLDER}/{{unit}}.xml", feed)]


def address(code: str) -> str:
    return f"{FOLDER}/{quote(code)}.xml"


def _rss(station: Station, place: Place, commune: Place, items: Sequence[Playable], base: str) -> ET.Element:
    def t(message: str, **values: str) -> str:
        return Text.of(station.translate(SOURCE, message), **values).plain

    office = t("Ủy ban nhân dân {commune}", commune=commune.full_name)
    root = ET.Element("rss", {"version": "2.0"})
    channel = add(root, "channel")
    add(channel, "title", t("Loa truyền thanh {place}", place=place.full_name))
    add(channel, "link", f"{base}/thong-bao?xa={quote(commune.code)}")
    add(
        channel, "description", t("Thông báo của {office} phát trên loa {place}.", office=office, place=place.full_name)
    )
    add(channel, "language", SOURCE)
    add(channel, f"{{{ATOM}}}link", href=base + address(place.code), rel="self", type="application/rss+xml")
    add(channel, f"{{{ITUNES}}}author", office)
    add(channel, f"{{{ITUNES}}}explicit", "false")
    add(channel, f"{{{ITUNES}}}category", text="Government")
    if items:
        add(channel, "lastBuildDate", _date(max(item.notice.at for item in items)))
    for item in items:
        one = add(channel, "item")
        media, notice = item.recording.media, item.notice
        add(one, "title", f"{item.label}: {notice.title or item.recording.title}")
        add(one, "description", notice.text.plain)
        add(one, "link", f"{base}/thong-bao/{item.label}?xa={quote(commune.code)}")
        add(one, "guid", _guid(commune, item), isPermaLink="false")
        add(one, "pubDate", _date(notice.at))
        length = str(item.recording.size)
        add(one, "enclosure", url=base + media_path(media), length=length, type=mime_of(media))
        add(one, f"{{{ITUNES}}}duration", str(item.recording.seconds))
        add(one, f"{{{ITUNES}}}explicit", "false")
    return root


def _date(at: datetime) -> str:
    """Format a time for RSS. A time from the database is in a zone named UTC, which is not Python's own."""
    return format_datetime(at.astimezone(UTC), usegmt=True)


def _guid(commune: Place, item: Playable) -> str:
    """Return an id that stays when the site moves to another address."""
    return f"urn:uuid:{uuid5(NAMESPACE_URL, f'{commune.code}/loa/{item.notice.number}/{item.recording.id}')}"
