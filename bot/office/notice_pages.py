"""The announcements of a commune as pages that anybody can read and print, and as a feed."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol
from urllib.parse import quote, urlencode
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree as ET

from aiohttp import web

from bot.core.context import Translate
from bot.core.messages import Attachment
from bot.core.text import Text, upper_first
from bot.features.announcements.letter import moment
from bot.features.announcements.model import number_in
from bot.features.announcements.public import PublicNotice, VillageNotice
from bot.features.commune.settings import Commune
from bot.i18n import SOURCE, msg, number

from . import poster, site, urgent
from .feed import ATOM, add, answer, media_path, mime_of, origin
from .html import Frame, Html, e, join, link, page, styled

CODE = "/t"
"""The beginning of the address at which the people of one village read what was pasted into their group."""
LIST, FEED = site.NOTICES, f"{site.NOTICES}.xml"
POSTER = "ap-phich"
"""Last part of the address of a notice on paper."""
_PER_PAGE, _IN_FEED = 10, 30
_OPENING = 700
"""Characters of a long text that the list shows."""
_ASKED = re.compile(r"[1-9][0-9]{0,8}")
_NEVER = "1970-01-01T00:00:00+00:00"
_XML = "{http://www.w3.org/XML/1998/namespace}"


class Notices(Protocol):
    """The source of the announcements, newest first; `before` asks for smaller numbers only."""

    def published(
        self, commune_id: int, now: datetime, limit: int, before: int | None = None
    ) -> Awaitable[Sequence[PublicNotice]]: ...

    def notice(self, commune_id: int, number: int, now: datetime) -> Awaitable[PublicNotice | None]: ...

    def by_code(self, code: str, now: datetime) -> Awaitable[VillageNotice | None]: ...

    def opened(self, code: str) -> Awaitable[None]: ...


@dataclass(frozen=True)
class Board:
    """The content of the pages. `commune` takes the value of `?xa=`, "" when it is absent; `unit_of` its id.

    `library` is the address of the guides. `origins` are the sites that may show these pages inside their own. `pages`
    are the links in the head of each page. `chat` is the address of the web chat, None if there is none.
    """

    notices: Notices
    commune: Callable[[str], Commune]
    unit_of: Callable[[Commune], Awaitable[int | None]]
    translate: Translate
    languages: Mapping[str, str]
    library: str
    now: Callable[[], datetime]
    public_url: str | None = None
    origins: tuple[str, ...] = ()
    pages: Sequence[tuple[str, str]] = ()
    chat: str | None = None


def routes(board: Board) -> list[web.RouteDef]:
    """Return `/thong-bao`, `/thong-bao/TB-0123`, its `/ap-phich`, `/thong-bao.xml`, and `/t/CODE` of one village."""

    async def show_list(request: web.Request) -> web.StreamResponse:
        return await _Reading(board, request).list()

    async def show_one(request: web.Request) -> web.StreamResponse:
        return await _Reading(board, request).one(request.match_info["label"])

    async def show_poster(request: web.Request) -> web.StreamResponse:
        return await _Reading(board, request).poster(request.match_info["label"])

    async def feed(request: web.Request) -> web.StreamResponse:
        return await _Reading(board, request).feed()

    async def show_to_village(request: web.Request) -> web.StreamResponse:
        found = await board.notices.by_code(request.match_info["code"], board.now())
        if found is not None and request.method == "GET":
            await board.notices.opened(request.match_info["code"])
        return _Reading(board, request, "" if found is None else found.commune_code).to_village(found)

    return [
        web.get(LIST, show_list),
        web.get(f"{LIST}/{{label}}", show_one),
        web.get(f"{LIST}/{{label}}/{POSTER}", show_poster),
        web.get(FEED, feed),
        web.get(f"{CODE}/{{code}}", show_to_village),
    ]


def label_of(notice_number: int) -> str:
    return f"TB-{notice_number:04}"


class _Reading:
    """One page for one reader."""

    def __init__(self, board: Board, request: web.Request, commune: str = "") -> None:
        self._board = board
        self._request = request
        self._home = commune or request.query.get("xa", "")[:64]
        self._commune = board.commune(self._home)
        wanted = request.query.get("lang", SOURCE)
        self._locale = wanted if wanted in board.languages else SOURCE

    # Pages

    async def list(self) -> web.Response:
        before = self._before()
        found = await self._published(_PER_PAGE + 1, before)
        shown = found[:_PER_PAGE]
        title = self.t("Thông báo của {commune}", commune=self._commune.full_name)
        articles = [self._article(one, short=True) for one in shown]
        if not shown:
            none = self.word("Không còn thông báo cũ hơn.") if before else self.word("Xã chưa có thông báo nào.")
            articles = [Html(f"<p>{e(none)}</p>")]
        ways = [link(self._address(LIST), self.word("Thông báo mới nhất"))] if before else []
        if len(found) > _PER_PAGE:
            older = self._address(LIST, truoc=str(shown[-1].number))
            ways.append(link(older, self.word("Thông báo cũ hơn")))
        ways.append(link(self._address(FEED), self.word("Theo dõi bằng phần mềm đọc tin (Atom)")))
        more = "".join(f"<li>{way}</li>" for way in ways)
        heading = Html(f"<h1>{e(title)}</h1>")
        return self._page(title, join(heading, *articles, f'<ul class="list screen">{more}</ul>'))

    async def one(self, label: str) -> web.Response:
        known = await self._notice(label)
        all_of_them = Html(f'<p class="screen">{link(self._address(LIST), self.word("Xem tất cả thông báo"))}</p>')
        if known is None:
            sorry = self.word("Không có thông báo này. Bà con gọi xã để hỏi, đừng làm theo tin lạ.")
            title = self.word("Không tìm thấy thông báo")
            return self._page(
                title, join(f"<h1>{e(title)}</h1><p>{e(sorry)}</p>", self._phone(), all_of_them), status=404
            )
        heading = _name(known)
        on_paper = Html(
            f'<p class="screen">{link(self._poster(known.number), self.word("In áp phích, lấy bản ngắn"))}</p>'
        )
        ways = "" if known.corrected_by is not None else on_paper
        return self._page(heading, join(self._article(known, short=False), ways, all_of_them))

    def to_village(self, found: VillageNotice | None) -> web.Response:
        """Return what one village was told, with the ways to ask; whoever knows the address may read it."""
        if found is None or found.notice is None:
            stopped = msg("Xã đã dừng thông báo {label}, bà con không làm theo nữa.")
            unknown = msg("Không có thông báo này. Bà con gọi xã để hỏi, đừng làm theo tin lạ.")
            sorry = self.word(unknown) if found is None else self.t(stopped, label=found.label)
            title = self.word("Không tìm thấy thông báo") if found is None else found.label
            content = join(f"<h1>{e(title)}</h1><p>{e(sorry)}</p>", self._phone())
            return self._page(title, content, status=404 if found is None else 410)
        one, here = found.notice, f"{CODE}/{found.newer}"
        genuine = self.t(
            "Tin thật: Ủy ban nhân dân {commune} gửi {village} lúc {time}.",
            commune=self._commune.full_name,
            village=found.village,
            time=moment(one.at, self._locale),
        )
        parts = [f'<p class="note">{e(genuine)}</p>']
        if found.newer:
            told = self.word("Thông báo này đã được đính chính hoặc thu hồi, mời xem tin mới")
            parts.insert(0, f'<p class="warning">{link(self._address(here), told)}</p>')
        ways = [link(self._address(self._board.library), self.word("Xem hướng dẫn từng bước"))]
        if self._board.chat is not None:
            chat = f"{self._board.chat}?{urlencode({'xa': found.village_code})}"
            ways.insert(0, link(chat, self.word("Hỏi máy của xã")))
        more = "".join(f"<li>{way}</li>" for way in ways)
        text = replace(one, corrects=None, corrected_by=None)
        article = self._article(text, short=False)
        return self._page(_name(one), join(*parts, article, f'<ul class="list screen">{more}</ul>', self._phone()))

    async def poster(self, label: str) -> web.Response:
        """Return the poster; a label of no announcement leads to the page that says so."""
        known = await self._notice(label)
        if known is None:
            raise web.HTTPFound(self._address(f"{LIST}/{quote(label[:20], safe='')}"))
        words, label = poster.Words(self.word, self._locale), label_of(known.number)
        if known.corrected_by is not None:
            by = label_of(known.corrected_by)
            return self._page(label, poster.corrected(by, words, self._to(known.corrected_by)))
        page_of_it = self._to(known.number)
        address = origin(self._request, self._board.public_url) + page_of_it
        content = poster.sheet(known, label, self._commune, words, page_of_it, address)
        return self._page(_name(known), content, style=poster.STYLE)

    async def _notice(self, label: str) -> PublicNotice | None:
        """Return the announcement of a label, which is untrusted."""
        wanted = number_in(label[:20])
        commune_id = await self._board.unit_of(self._commune)
        if wanted is None or commune_id is None:
            return None
        return await self._board.notices.notice(commune_id, wanted, self._board.now())

    async def feed(self) -> web.Response:
        found = await self._published(_IN_FEED, None)
        base = origin(self._request, self._board.public_url)
        newest = max((one.at for one in found), default=None)
        return answer(self._request, self._atom(found, base, newest), newest, "application/atom+xml")

    async def _published(self, limit: int, before: int | None) -> Sequence[PublicNotice]:
        commune_id = await self._board.unit_of(self._commune)
        if commune_id is None:
            return []
        return await self._board.notices.published(commune_id, self._board.now(), limit, before)

    def _before(self) -> int | None:
        """Return the number to page on from; the query is untrusted."""
        asked = self._request.query.get("truoc", "")
        return int(asked) if _ASKED.fullmatch(asked) else None

    def _page(self, title: str, content: Html, *, status: int = 200, style: str = urgent.STYLE) -> web.Response:
        name = self._commune.full_name
        languages = tuple(
            (label, code, self._address(self._request.path, lang=code))
            for code, label in self._board.languages.items()
            if code != self._locale
        )
        frame = Frame(
            self._locale,
            upper_first(name),
            self._address(self._board.library),
            self.word("Đến nội dung chính"),
            languages,
            self._board.origins,
            self._address(FEED),
            site.ways(self._board.pages, self.word, self._address, self._request.path),
            self.word(site.AMONG),
        )
        return page(frame, title, content, status=status, style=style)

    # One notice

    def _article(self, one: PublicNotice, *, short: bool) -> Html:
        label, level = label_of(one.number), "h2" if short else "h1"
        heading = link(self._to(one.number), _name(one)) if short else e(_name(one))
        css, band = ("box urgent", urgent.band(self.word)) if one.urgent else ("box", "")
        text, cut = _opening(one.text) if short else (one.text, False)
        more = Html(f"<p>{link(self._to(one.number), self.t('Đọc hết {label}', label=label))}</p>") if cut else ""
        vietnamese = f' lang="{SOURCE}"' if self._locale != SOURCE else ""
        return join(
            f'<article class="{css}" id="{e(label)}">{band}<{level}{vietnamese}>{heading}</{level}>',
            self._about(one),
            self._corrections(one),
            f"<div{vietnamese}><p>",
            styled(text),
            "</p></div>",
            more,
            self._files(one.attachments),
            "</article>",
        )

    def _about(self, one: PublicNotice) -> Html:
        time = Html(f'<time datetime="{one.at.isoformat()}">{e(moment(one.at, self._locale))}</time>')
        office = self.t("Ủy ban nhân dân {commune}", commune=self._commune.full_name)
        source = f"<br>{e(self.t('Nguồn: {source}', source=one.source))}" if one.source else ""
        return Html(f'<p class="soft">{e(office)} · {time}{source}</p>')

    def _corrections(self, one: PublicNotice) -> Html:
        """Render the corrections above the announcement, so that they are read first."""
        parts: list[str] = []
        if one.corrected_by is not None:
            label = label_of(one.corrected_by)
            told = self.t("Thông báo này đã được đính chính, mời xem {label}", label=label)
            parts.append(f'<p class="warning">{link(self._to(one.corrected_by), told)}</p>')
        if one.corrects is not None:
            told = self.t("Đính chính thông báo {label}", label=label_of(one.corrects))
            parts.append(f'<p class="note">{link(self._to(one.corrects), told)}</p>')
        return join(*parts)

    def _files(self, attachments: Sequence[Attachment]) -> Html:
        pictures = [
            f'<img src="{e(media_path(item.media))}" alt="{e(item.alt)}" loading="lazy">'
            for item in attachments
            if item.kind == "photo"
        ]
        links = [f"<li>{self._file(item)}{_player(item)}</li>" for item in attachments if item.kind != "photo"]
        return join(*pictures, f'<ul class="list">{"".join(links)}</ul>' if links else "")

    def _file(self, item: Attachment) -> Html:
        size = self.t(" ({size} kB)", size=number(max(1, round(item.size / 1000)), self._locale)) if item.size else ""
        kind = self.word("Nghe bản phát loa") if item.kind == "audio" else self.word("Tải tệp")
        return link(media_path(item.media), f"{kind}: {item.alt}{size}")

    def _phone(self) -> Html:
        if not self._commune.phone:
            return Html("")
        return join("<p>", styled(Text.of(self.word("Số máy của xã: **{phone}**"), phone=self._commune.phone)), "</p>")

    # The feed

    def _atom(self, found: Sequence[PublicNotice], base: str, newest: datetime | None) -> ET.Element:
        root = ET.Element("feed", {"xmlns": ATOM, f"{_XML}lang": SOURCE, f"{_XML}base": f"{base}/"})
        office = self.t("Ủy ban nhân dân {commune}", commune=self._commune.full_name)
        add(root, "id", self._uuid(""))
        add(root, "title", self.t("Thông báo của {commune}", commune=self._commune.full_name))
        add(root, "updated", newest.isoformat() if newest else _NEVER)
        add(root, "link", rel="self", href=base + self._address(FEED))
        add(root, "link", rel="alternate", type="text/html", href=base + self._address(LIST))
        add(add(root, "author"), "name", office)
        for one in found:
            entry = add(root, "entry")
            label = label_of(one.number)
            add(entry, "id", self._uuid(label))
            add(entry, "title", f"{self.word(urgent.URGENT)}. {_name(one)}" if one.urgent else _name(one))
            add(entry, "updated", one.at.isoformat())
            add(entry, "link", rel="alternate", type="text/html", href=base + self._to(one.number))
            for item in one.attachments:
                href, mime = base + media_path(item.media), mime_of(item.media)
                add(entry, "link", rel="enclosure", href=href, type=mime, length=str(item.size), title=item.alt)
            told = [self._corrections(one), "<p>", styled(one.text), "</p>"]
            add(entry, "content", "".join(told), type="html")
        return root

    def _uuid(self, label: str) -> str:
        """Return an id that stays when the site moves to another address."""
        commune = self._commune
        return f"urn:uuid:{uuid5(NAMESPACE_URL, f'{commune.code or commune.full_name}/thong-bao/{label}')}"

    # Words and addresses

    def word(self, message: str) -> str:
        return self._board.translate(self._locale, message)

    def t(self, message: str, **values: str) -> str:
        return Text.of(self.word(message), **values).plain

    def _to(self, notice_number: int) -> str:
        return self._address(f"{LIST}/{label_of(notice_number)}")

    def _poster(self, notice_number: int) -> str:
        return self._address(f"{LIST}/{label_of(notice_number)}/{POSTER}")

    def _address(self, path: str, *, lang: str = "", truoc: str = "") -> str:
        language = lang or self._locale
        query = {"truoc": truoc} if truoc else {}
        query |= {"xa": self._commune.code} if self._home and self._commune.code == self._home else {}
        query |= {"lang": language} if language != SOURCE else {}
        return f"{path}?{urlencode(query)}" if query else path


def _name(one: PublicNotice) -> str:
    return f"{label_of(one.number)}: {one.title}" if one.title else label_of(one.number)


def _player(item: Attachment) -> str:
    """Return what plays a sound on the page itself; nothing for other files."""
    return (
        f'<br><audio controls preload="none" src="{e(media_path(item.media))}"></audio>' if item.kind == "audio" else ""
    )


def _opening(text: Text) -> tuple[Text, bool]:
    """Return the beginning of a long text, cut at a word, and whether anything was left out."""
    plain = text.plain
    if len(plain) <= _OPENING:
        return text, False
    at = plain.rfind(" ", 0, _OPENING)
    return text.slice(0, at if at > 0 else _OPENING) + Text.verbatim(" …"), True
