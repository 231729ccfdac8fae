"""The announcements of a commune as pages that anybody can read and print, and as a feed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from urllib.parse import quote, urlencode
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree as ET

from aiohttp import web
from msgspec import Struct

from bot.core.context import Translate
from bot.core.lean import patterns
from bot.core.lean.values import replace
from bot.core.messages import Attachment
from bot.core.text import Text, upper_first
from bot.features.announcements.letter import moment
from bot.features.announcements.model import number_in
from bot.features.announcements.public import PublicNotice, VillageNotice
from bot.features.commune.settings import Commune
from bot.i18n import SOURCE, msg, number

from . import poster, site, styles, urgent
from .feed import ATOM, add, answer, media_path, mime_of, origin
from .html import Frame, Html, page
from .templates import render

CODE, POSTER = site.NOTICE_OF_CODE, site.POSTER
LIST, FEED = site.NOTICES, f"{site.NOTICES}.xml"
_PER_PAGE, _IN_FEED = 10, 30
_OPENING = 700
"""Characters of a long text that the list shows."""
_ASKED = patterns.compile(r"[1-9][0-9]{0,8}")
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


class Board(Struct, frozen=True):
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


class _ShownNotice(Struct, frozen=True):
    """An announcement as a page shows it. `rest` is the label of the link to the whole text, "" where that is all.

    `corrections` are (style, address, words), `pictures` (address, alternative text), `files` (address, label, whether
    it is a sound).
    """

    label: str
    name: str
    address: str
    iso: str
    at: str
    office: str
    source: str
    urgent: bool
    text: Text
    rest: str
    corrections: Sequence[tuple[str, str, str]]
    pictures: Sequence[tuple[str, str]]
    files: Sequence[tuple[str, str, bool]]


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
        ways = [(self._address(LIST), self.word("Thông báo mới nhất"))] if before else []
        if len(found) > _PER_PAGE:
            ways.append((self._address(LIST, truoc=str(shown[-1].number)), self.word("Thông báo cũ hơn")))
        ways.append((self._address(FEED), self.word("Theo dõi bằng phần mềm đọc tin (Atom)")))
        none = self.word("Không còn thông báo cũ hơn.") if before else self.word("Xã chưa có thông báo nào.")
        notices = [self._shown(one, short=True) for one in shown]
        return self._page(title, self._render("notices.html", title=title, notices=notices, nothing=none, ways=ways))

    async def one(self, label: str) -> web.Response:
        known = await self._notice(label)
        if known is None:
            sorry = self.word("Không có thông báo này. Bà con gọi xã để hỏi, đừng làm theo tin lạ.")
            return self._none(self.word("Không tìm thấy thông báo"), sorry, 404, self._address(LIST))
        below = [(self._address(LIST), self.word("Xem tất cả thông báo"))]
        if known.corrected_by is None:
            below.insert(0, (self._poster(known.number), self.word("In áp phích, lấy bản ngắn")))
        return self._whole(known, below=below)

    def _whole(
        self,
        one: PublicNotice,
        *,
        above: Sequence[tuple[str, str, str]] = (),
        below: Sequence[tuple[str, str]] = (),
        ways: Sequence[tuple[str, str]] = (),
        phone: Text | None = None,
    ) -> web.Response:
        """Return the page of one, with paragraphs above as (style, address, words), and links below."""
        content = self._render(
            "one_notice.html", one=self._shown(one, short=False), above=above, below=below, ways=ways, phone=phone
        )
        return self._page(_name(one), content)

    def _none(self, title: str, sorry: str, status: int, everything: str = "") -> web.Response:
        """Return the page that says that there is nothing; `everything` leads to all announcements."""
        content = self._render("no_notice.html", title=title, sorry=sorry, phone=self._phone(), all=everything)
        return self._page(title, content, status=status)

    def to_village(self, found: VillageNotice | None) -> web.Response:
        """Return what one village was told, with the ways to ask; whoever knows the address may read it."""
        if found is None or found.notice is None:
            stopped = msg("Xã đã dừng thông báo {label}, bà con không làm theo nữa.")
            unknown = msg("Không có thông báo này. Bà con gọi xã để hỏi, đừng làm theo tin lạ.")
            sorry = self.word(unknown) if found is None else self.t(stopped, label=found.label)
            title = self.word("Không tìm thấy thông báo") if found is None else found.label
            return self._none(title, sorry, 404 if found is None else 410)
        one, here = found.notice, f"{CODE}/{found.newer}"
        genuine = self.t(
            "Tin thật: Ủy ban nhân dân {commune} gửi {village} lúc {time}.",
            commune=self._commune.full_name,
            village=found.village,
            time=moment(one.at, self._locale),
        )
        above = [("note", "", genuine)]
        if found.newer:
            told = self.word("Thông báo này đã được đính chính hoặc thu hồi, mời xem tin mới")
            above.insert(0, ("warning", self._address(here), told))
        ways = [(self._address(self._board.library), self.word("Xem hướng dẫn từng bước"))]
        if self._board.chat is not None:
            chat = f"{self._board.chat}?{urlencode({'xa': found.village_code})}"
            ways.insert(0, (chat, self.word("Hỏi máy của xã")))
        text = replace(one, corrects=None, corrected_by=None)
        return self._whole(text, above=above, ways=ways, phone=self._phone())

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
        return self._page(_name(known), content, style=styles.POSTER)

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

    def _page(self, title: str, content: Html, *, status: int = 200, style: str = styles.NOTICE) -> web.Response:
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

    def _render(self, template: str, **shows: object) -> Html:
        return render(template, word=self.word, locale=self._locale, **shows)

    def _shown(self, one: PublicNotice, *, short: bool) -> _ShownNotice:
        label = label_of(one.number)
        text, cut = _opening(one.text) if short else (one.text, False)
        return _ShownNotice(
            label,
            _name(one),
            self._to(one.number),
            one.at.isoformat(),
            moment(one.at, self._locale),
            self.t("Ủy ban nhân dân {commune}", commune=self._commune.full_name),
            self.t("Nguồn: {source}", source=one.source) if one.source else "",
            one.urgent,
            text,
            self.t("Đọc hết {label}", label=label) if cut else "",
            self._corrections(one),
            [(media_path(item.media), item.alt) for item in one.attachments if item.kind == "photo"],
            [self._file(item) for item in one.attachments if item.kind != "photo"],
        )

    def _corrections(self, one: PublicNotice) -> Sequence[tuple[str, str, str]]:
        """Return what corrects it and what it corrects, as (style, address, words)."""
        found: list[tuple[str, str, str]] = []
        if one.corrected_by is not None:
            label = label_of(one.corrected_by)
            told = self.t("Thông báo này đã được đính chính, mời xem {label}", label=label)
            found.append(("warning", self._to(one.corrected_by), told))
        if one.corrects is not None:
            told = self.t("Đính chính thông báo {label}", label=label_of(one.corrects))
            found.append(("note", self._to(one.corrects), told))
        return found

    def _file(self, item: Attachment) -> tuple[str, str, bool]:
        """Return address and label of a file, and whether it is a sound, to be played on the page."""
        size = self.t(" ({size} kB)", size=number(max(1, round(item.size / 1000)), self._locale)) if item.size else ""
        kind = self.word("Nghe bản phát loa") if item.kind == "audio" else self.word("Tải tệp")
        return media_path(item.media), f"{kind}: {item.alt}{size}", item.kind == "audio"

    def _phone(self) -> Text | None:
        if not self._commune.phone:
            return None
        return Text.of(self.word("Số máy của xã: **{phone}**"), phone=self._commune.phone)

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
            told = self._render("notice_entry.html", one=self._shown(one, short=False))
            add(entry, "content", told.strip(), type="html")
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


def _opening(text: Text) -> tuple[Text, bool]:
    """Return the beginning of a long text, cut at a word, and whether anything was left out."""
    plain = text.plain
    if len(plain) <= _OPENING:
        return text, False
    at = plain.rfind(" ", 0, _OPENING)
    return text.slice(0, at if at > 0 else _OPENING) + Text.verbatim(" …"), True
