"""The desk over HTTP: who asks, whether they may, what the page of a family answers, and how that is shown."""

from __future__ import annotations

import hmac
import logging
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from urllib.parse import quote, unquote, urlsplit

from aiohttp import web
from msgspec import Struct

from bot.core.actions import code_of, pack
from bot.core.context import Translate
from bot.core.lean import patterns
from bot.core.lean.values import replace
from bot.core.router import Router
from bot.core.text import Text, clean
from bot.features import rights
from bot.features.audit import Audit
from bot.features.desk import seats
from bot.features.desk.sessions import DeskSessions, SignedIn
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.features.people.people import Who
from bot.features.units import Place
from bot.i18n import msg
from bot.office.templates import rich
from bot.storage.event_reads import remembered

from . import door, forms, live, look
from .conversation import Conversation, chat_of, event_of, words_of
from .visit import HOME, Answer, Ask, DeskPage, Do, Events, File, Go, No, Sheet, Visit

log = logging.getLogger(__name__)

ENTER, LEAVE, PRESS, SAY = f"{HOME}/vao", f"{HOME}/ra", f"{HOME}/bam", f"{HOME}/noi"
_OWN_ADDRESS = patterns.compile(r"/ban(?:[/?][!-~]*)?")
_UPWARDS = patterns.compile(r"(?:\.|%2e){2}|\\", re.IGNORECASE)
"""Browsers leave the desk by such a path."""
_SAID = "langso_desk_said"
_MOST_SAID = 600
_SMALL = 16 * 1024
"""Bytes of a form of the door, and of a press."""

STALE = msg("Trang này đã cũ hoặc đã mở bằng tên người khác, nên tôi chưa làm gì. Nội dung còn ở dưới, mời gửi lại.")
TOO_LARGE = msg("Nội dung gửi lên lớn quá. Mời chia nhỏ rồi gửi lại.")
MALFORMED = msg("Nội dung gửi lên bị hỏng trên đường. Mời gửi lại.")
STOPPING = msg("Máy đang khởi động lại. Mời thử lại sau một phút; chưa có gì bị mất.")
NOTHING_THERE = msg("Không có trang này, hoặc nó không còn nữa.")
WRONG_DIGITS = msg("Mã không đúng hoặc đã hết hạn. Mời gõ /banlam với bot để lấy mã mới.")
TOO_OFTEN = msg("Sai mã nhiều lần quá. Mời đợi năm phút rồi thử lại, hoặc bấm liên kết bot gửi.")
NO_DESK = msg("Bàn làm việc dành cho cán bộ xã. Vai trò ở xã của tài khoản này đã hết hoặc chưa có.")


class Grounds(Struct, frozen=True):
    """The ground of the desk. `client` names the address of a request, `secure` tells whether it came over https.

    `locale_of(person id)` is the language that an official has chosen. `demo` offers ways in without a messenger,
    as (label, person id) by their names; an installation offers none. `router` knows what the conversation answers:
    buttons of a family that is switched off are not shown.
    """

    sessions: DeskSessions
    audit: Audit
    conversation: Conversation
    translate: Translate
    locale_of: Callable[[int], Awaitable[str]]
    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    client: Callable[[web.Request], str]
    secure: Callable[[web.Request], bool]
    own: Callable[[web.Request], bool]
    title: str
    router: Router
    demo: Callable[[], Awaitable[Mapping[str, tuple[str, int]]]] | None = None

    def answers(self, packed: str) -> bool:
        """Tell whether the conversation has an answer to this packed action."""
        answered = self.router.answered
        return answered is None or code_of(packed) in answered


class Guest(Struct, frozen=True):
    """A visitor who is signed in: the session, the person with the roles that hold now, and the commune."""

    session: SignedIn
    who: Who
    commune: Place
    locale: str


class Desk:
    """All pages of the desk. `pages` are those of the families, `look` their templates."""

    def __init__(self, grounds: Grounds, pages: Sequence[DeskPage], look_: look.Look) -> None:
        self._grounds = grounds
        self._pages = tuple(pages)
        self._look = look_
        self._tries = door.Tries(grounds.monotonic)
        self._streams = live.Streams(grounds.monotonic)
        self._listed = sorted((page for page in pages if page.label), key=lambda page: page.order)

    def routes(self) -> list[web.RouteDef]:
        found = [
            web.get(ENTER, self._door),
            web.post(ENTER, self._enter),
            web.post(LEAVE, self._leave),
            web.post(PRESS, self._press),
            web.post(SAY, self._say),
            web.get(f"{look.FILES}/{{digest}}/{{name}}", look.static),
        ]
        for page in self._pages:
            address = HOME + page.path
            found.append(web.get(address, self._showing(page)))
            if page.take is not None:
                found.append(web.post(address, self._taking(page)))
        return found

    async def stop(self, app: web.Application) -> None:
        """End what would stay open while the program stops."""
        self._streams.stop()

    # The door

    async def _door(self, request: web.Request) -> web.StreamResponse:
        """Show the way in: digits to type, or the button of a link that was sent.

        A look at a link does not use it up: messengers look at links to preview them.
        """
        link = request.query.get("ma", "")
        return await self._door_page(request, link=link if door.is_link(link) else "")

    async def _door_page(
        self, request: web.Request, *, link: str = "", why: str = "", status: int = 200
    ) -> web.Response:
        demo = {} if self._grounds.demo is None else await self._grounds.demo()
        shows = {"link": link, "why": why, "demo": {name: label for name, (label, _) in demo.items()}}
        return self._render(
            request, None, Sheet("desk/door.html", Text.verbatim(self._word(msg("Bàn làm việc"))), shows, status)
        )

    async def _enter(self, request: web.Request) -> web.StreamResponse:
        """Open a session. A page elsewhere that sends this form would sign somebody in as another: it may not."""
        if not self._grounds.own(request):
            raise web.HTTPForbidden(text=self._word(STALE))
        sent = await self._small(request)
        before = await self._guest(request, noting=False)
        cookie = await self._opened(request, {name: values[0] for name, values in sent.fields.items()})
        if isinstance(cookie, web.Response):
            return cookie
        if before is not None:  # A browser sits at one desk: the one before would stay open with nobody to see it.
            await self._grounds.sessions.end(before.session.person_id, before.session.id)
        response = web.Response(status=303, headers={**look.HEADERS, "Location": HOME})
        door.let_in(response, cookie, secure=self._grounds.secure(request))
        return response

    async def _opened(self, request: web.Request, given: Mapping[str, str]) -> str | web.Response:
        sessions, browser = self._grounds.sessions, door.browser_of(request)
        if (name := given.get("ai")) and self._grounds.demo is not None:
            found = (await self._grounds.demo()).get(name)
            if found is not None:
                key = await sessions.offer(found[1])
                return await sessions.open_by_link(key.link, browser) or ""
        if link := given.get("ma", ""):
            opened = await sessions.open_by_link(link, browser) if door.is_link(link) else None
            return opened or await self._door_page(request, why=WRONG_DIGITS, status=403)
        address = self._grounds.client(request)
        if not self._tries.begin(address):
            return await self._door_page(request, why=TOO_OFTEN, status=429)
        opened = await sessions.open_by_digits(given.get("so", "")[:20], browser)
        if opened is None:
            return await self._door_page(request, why=WRONG_DIGITS, status=403)
        self._tries.right(address)
        return opened

    async def _leave(self, request: web.Request) -> web.StreamResponse:
        """End the session. The cookie goes with it and never alone: then the desk would be open and out of sight."""
        sent, guest = await self._small(request), await self._guest(request)
        if guest is None:
            return self._to_the_door(request)
        if not forms.fits(sent.token, guest.session.secret):
            return self._kept(request, guest, sent)
        await self._grounds.sessions.end(guest.session.person_id, guest.session.id)
        response = web.Response(status=303, headers={**look.HEADERS, "Location": ENTER})
        door.let_out(response, secure=self._grounds.secure(request))
        return response

    async def _small(self, request: web.Request) -> forms.Sent:
        """Read a form of the door."""
        try:
            return await forms.read(request, _SMALL)
        except forms.TooLarge:
            raise web.HTTPRequestEntityTooLarge(_SMALL, 0, text=self._word(TOO_LARGE)) from None
        except forms.Malformed:
            raise web.HTTPBadRequest(text=self._word(MALFORMED)) from None

    async def _guest(self, request: web.Request, *, noting: bool = True) -> Guest | None:
        """Return who is signed in and has a role at a desk now; roles are read anew with each request."""
        cookie = door.cookie_of(request, secure=self._grounds.secure(request))
        session = await self._grounds.sessions.of(cookie, noting=noting) if cookie else None
        if session is None:
            return None
        now = self._grounds.now()
        account = Account(self._grounds.conversation.name, str(session.person_id))
        who = replace(await people.who_is(session.person_id, now), account=account)
        commune = await seats.commune_of(who, now)
        if commune is None:
            return None
        named = replace(who, name=await people.name_of(session.person_id))
        return Guest(session, named, commune, await self._grounds.locale_of(session.person_id))

    # Pages

    def _showing(self, page: DeskPage) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def show(request: web.Request) -> web.StreamResponse:
            with remembered():
                guest = await self._guest(request)
                if guest is None:
                    return self._to_the_door(request)
                visit = self._visit(request, guest)
                answer: Answer | None = await self._refused(page, visit)
                if answer is None:
                    answer = No(visit.t(NOTHING_THERE)) if page.show is None else await page.show(visit)
                if not isinstance(answer, Events):
                    return await self._answered(request, guest, visit, answer, page)
            return await self._live(request, guest, page, answer)

        return show

    async def _live(self, request: web.Request, guest: Guest, page: DeskPage, events: Events) -> web.StreamResponse:
        """Send a part of a page as often as it changes; session and roles are read anew for each one."""

        async def part() -> str | None:
            with remembered():
                now = await self._guest(request, noting=False)
                visit = None if now is None else self._visit(request, now)
                if now is None or visit is None or await self._refused(page, visit) is not None:
                    return None
                made = await events.part(visit)
                return None if isinstance(made, No) else self._html(request, now, made)

        ended = self._html(request, guest, Sheet("desk/ended.html", Text()))
        return await self._streams.serve(request, guest.session.person_id, events.mark, part, ended)

    def _taking(self, page: DeskPage) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def take(request: web.Request) -> web.StreamResponse:
            async def answer(visit: Visit) -> Answer:
                refused = await self._refused(page, visit)
                if refused is not None:
                    return refused
                assert page.take is not None  # noqa: S101 - a route for it is made only then
                return await page.take(visit)

            return await self._sent(request, answer, page, page.largest)

        return take

    async def _press(self, request: web.Request) -> web.StreamResponse:
        """Take a button of the conversation, or one that a page shows for an action."""

        async def answer(visit: Visit) -> Answer:
            return _Pressed(visit.said("viec"), visit.said("ve"), visit.said("nhan"))

        return await self._sent(request, answer, None, _SMALL)

    async def _say(self, request: web.Request) -> web.StreamResponse:
        """Take words, or a command, for the bot."""

        async def answer(visit: Visit) -> Answer:
            words = visit.said("loi")
            if not words and not visit.said("lenh"):
                return Go(_own(visit.said("ve")))
            return Ask(visit.said("lenh"), words, visit.said("ve"), visit.said("nhan") or words)

        return await self._sent(request, answer, None, 64 * 1024)

    async def _sent(
        self,
        request: web.Request,
        answer: Callable[[Visit], Awaitable[Answer]],
        page: DeskPage | None,
        largest: int,
    ) -> web.StreamResponse:
        """Check a form that was sent and answer it; what somebody typed is shown again where it is refused."""
        try:
            sent = await forms.read(request, largest)
        except (forms.TooLarge, forms.Malformed) as error:
            guest = await self._guest(request)
            if guest is None:
                return self._to_the_door(request)
            visit = self._visit(request, guest)
            too_large = isinstance(error, forms.TooLarge)
            why = No(visit.t(TOO_LARGE), 413) if too_large else No(visit.t(MALFORMED), 400)
            return await self._answered(request, guest, visit, why, page)
        # After the form has come: a slow one would otherwise be done for a session that was closed meanwhile.
        guest = await self._guest(request)
        if guest is None:
            return self._kept(request, None, sent)
        if not sent.id or not forms.fits(sent.token, guest.session.secret):
            return self._kept(request, guest, sent)
        visit = replace(self._visit(request, guest), fields=sent.fields, files=sent.files, form=sent.id)
        return await self._answered(request, guest, visit, await answer(visit), page)

    def _kept(self, request: web.Request, guest: Guest | None, sent: forms.Sent) -> web.Response:
        """Show what was typed into a form that is not taken, so that it can be copied."""
        typed = [value for values in sent.fields.values() for value in values if len(value) > 1]
        locale = guest.locale if guest is not None else ""
        title = Text.verbatim(self._word(msg("Chưa gửi được"), locale))
        return self._render(
            request, guest, Sheet("desk/stale.html", title, {"typed": typed, "why": STALE, "back": HOME}, 403)
        )

    async def _refused(self, page: DeskPage, visit: Visit) -> No | None:
        if any(clean(part) != part for part in visit.path.values()):
            return No(visit.t(NOTHING_THERE))  # No address of ours; a NUL would be an error of PostgreSQL.
        if page.act is None:
            return None
        decision = await rights.decide(visit.who, page.act, visit.commune.id, on=visit.now)
        return None if decision.allowed else No(visit.t(decision.why), 403, decision.why)

    def _visit(self, request: web.Request, guest: Guest) -> Visit:
        grounds = self._grounds
        return Visit(
            guest.who,
            guest.commune,
            guest.locale,
            grounds.translate,
            grounds.now(),
            request.path,
            dict(request.match_info),
            {name: clean(value) for name, value in request.query.items()},
        )

    # Answers

    async def _answered(
        self, request: web.Request, guest: Guest, visit: Visit, answer: Answer, page: DeskPage | None
    ) -> web.StreamResponse:
        if isinstance(answer, No):
            await rights.note(self._grounds.audit, answer.sentence, visit.now)
            title = visit.t(msg("Không mở được"))
            return self._render(request, guest, Sheet("desk/no.html", title, {"why": answer.why}, answer.status))
        if isinstance(answer, Do | Ask):
            return await self._done(request, guest, visit, answer)
        if isinstance(answer, Go):
            return self._gone(request, guest, _own(answer.to), answer.said)
        if isinstance(answer, Events):
            raise TypeError("a form cannot be answered by events")
        if isinstance(answer, File):
            name = quote(clean(answer.name), safe="")
            headers = {**look.HEADERS, "Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
            return web.Response(body=answer.data, content_type=answer.mime, headers=headers)
        replies: Sequence[object] = ()
        if (after := request.query.get("tra", "")).isdecimal() and len(after) < 16:
            chat = chat_of(self._grounds.conversation.name, visit.person_id)
            replies = await self._grounds.conversation.entries(chat.id, int(after))
        return self._render(request, guest, answer, page=page, replies=replies, nav=await self._nav(visit))

    async def _done(self, request: web.Request, guest: Guest, visit: Visit, act: Do | Ask) -> web.StreamResponse:
        """Give an act to the conversation, and lead to the page on which its answer stands."""
        name = self._grounds.conversation.name
        packed = act.packed if isinstance(act, _Pressed) else "" if isinstance(act, Ask) else pack(act.action)
        number = await self._grounds.conversation.tell(event_of(name, visit, act, packed), act.shown)
        back = _own(act.back)
        if number is None:
            return self._gone(request, guest, back, visit.t(STOPPING))
        if isinstance(act, Do) and act.words and (why := await self._unsaid(visit, act.words, number)) is not None:
            title = visit.t(msg("Chưa gửi được"))
            return self._render(
                request, guest, Sheet("desk/stale.html", title, {"typed": [act.words], "why": why, "back": back}, 409)
            )
        return self._gone(request, guest, f"{back}{'&' if '?' in back else '?'}tra={number}#tra-loi", Text())

    async def _unsaid(self, visit: Visit, words: str, after: int) -> str | None:
        """Say the words that the conversation asks for; return its own sentence where it asks for none."""
        conversation = self._grounds.conversation
        found = await conversation.entries(chat_of(conversation.name, visit.person_id).id, after)
        if any(one.own for one in found):
            return None  # The form was sent before, and its words were said then.
        if not found or not found[-1].asks:
            return found[-1].text.plain if found else self._word(STOPPING, visit.locale)
        told = await conversation.tell(words_of(conversation.name, visit, words), words)
        return self._word(STOPPING, visit.locale) if told is None else None

    def _gone(self, request: web.Request, guest: Guest, to: str, said: Text) -> web.Response:
        response = web.Response(status=303, headers={**look.HEADERS, "Location": to})
        if said.plain:
            value = quote(said.plain[:_MOST_SAID])
            signed = f"{_signature(guest.session.secret, value)}.{value}"
            response.set_cookie(
                _SAID, signed, max_age=60, httponly=True, samesite="Lax", secure=self._grounds.secure(request)
            )
        return response

    def _said(self, request: web.Request, guest: Guest | None) -> str:
        """Return the sentence that the form before this page led to."""
        signature, _, value = request.cookies.get(_SAID, "").partition(".")
        if guest is None:
            return ""
        ours = _signature(guest.session.secret, value)
        if not hmac.compare_digest(signature.encode(errors="replace"), ours.encode()):
            return ""
        return unquote(value)

    async def _nav(self, visit: Visit) -> list[tuple[str, str, bool]]:
        """Return the list of pages that this person may open: label, address, whether it is the one shown."""
        found = []
        for page in self._listed:
            if await self._refused(page, visit) is None:
                path = HOME + page.path
                here = visit.address == path or (page.path != "" and visit.address.startswith(f"{path}/"))
                found.append((visit.word(page.label), path, here))
        return found

    def _render(
        self,
        request: web.Request,
        guest: Guest | None,
        sheet: Sheet,
        *,
        page: DeskPage | None = None,
        replies: Sequence[object] = (),
        nav: Sequence[tuple[str, str, bool]] = (),
    ) -> web.Response:
        said = self._said(request, guest)
        html = self._html(request, guest, sheet, page=page, replies=replies, nav=nav, said=said)
        response = web.Response(text=html, content_type="text/html", headers=look.HEADERS, status=sheet.status)
        if said:
            response.del_cookie(_SAID)
        return response

    def _html(
        self,
        request: web.Request,
        guest: Guest | None,
        sheet: Sheet,
        *,
        page: DeskPage | None = None,
        replies: Sequence[object] = (),
        nav: Sequence[tuple[str, str, bool]] = (),
        said: str = "",
    ) -> str:
        locale = guest.locale if guest is not None else ""
        shows = {
            **sheet.shows,
            "title": sheet.title,
            "about": self._word(page.about, locale) if page is not None and page.about else "",
            "t": lambda message, **values: rich(Text.of(self._word(message, locale), **values)),
            "word": lambda message: self._word(message, locale),
            "written": look.Written(locale or "vi"),
            "lang": locale or "vi",
            "desk": self._grounds.title,
            "guest": guest,
            "nav": nav,
            "said": said,
            "replies": replies,
            "here": request.path_qs if request.method == "GET" else request.path,
            "token": "" if guest is None else forms.token(guest.session.secret),
            "pack": pack,
            "is_answered": self._grounds.answers,
            "is_command": self._grounds.router.commands.__contains__,
        }
        return self._look.page(sheet.template, shows)

    def _to_the_door(self, request: web.Request) -> web.StreamResponse:
        return web.Response(status=303, headers={**look.HEADERS, "Location": ENTER})

    def _word(self, message: str, locale: str = "") -> str:
        return self._grounds.translate(locale or "vi", message)


@dataclass(frozen=True)
class _Pressed(Do):
    """A button that came back from the page; what it means is checked by the conversation."""

    packed: str = ""

    def __init__(self, packed: str, back: str, shown: str) -> None:
        object.__setattr__(self, "packed", packed[:512])
        object.__setattr__(self, "back", back)
        object.__setattr__(self, "shown", shown[:200])


def _own(address: str) -> str:
    """Return an address of the desk, its first page for any other: no form leads out of the house."""
    bare = urlsplit(address)
    if bare.scheme or bare.netloc or not _OWN_ADDRESS.fullmatch(address) or _UPWARDS.search(bare.path):
        return HOME
    query = "&".join(part for part in bare.query.split("&") if part and not part.startswith("tra="))
    return f"{bare.path}?{query}" if query else bare.path


def _signature(secret: str, value: str) -> str:
    return hmac.new(secret.encode(), f"said {value}".encode(errors="replace"), sha256).hexdigest()[:32]
