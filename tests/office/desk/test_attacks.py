"""Attacks on the desk's own mechanisms: the door, cookies, forms, answers; each one was once let through."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
from aiohttp import ClientResponse, ClientSession, CookieJar, FormData, web
from aiohttp.test_utils import TestServer
from yarl import URL

from bot.core.machine import chance
from bot.core.router import Router
from bot.features.desk.tables import DeskSession
from bot.framework.process import CLOCK
from bot.office.desk import door
from bot.office.desk.desk import Desk, Grounds, _own
from bot.office.desk.door import COOKIE, TRIES_OF_ONE
from bot.office.desk.forms import ID, TOKEN, new_id
from bot.office.desk.look import Look
from bot.office.desk.visit import Answer, DeskPage, File, Go, Visit
from bot.platforms.workdesk import Desk as Workdesk

from .seats import Office, Seat, office

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    """One bot for all: each test has its own seats."""
    async with office(tmp_path_factory.mktemp("attacks")) as found:
        yield found


class Pages:
    """A page that notes what was sent to it, and a file with a name from elsewhere."""

    name = "a"

    def __init__(self) -> None:
        self.taken: list[Visit] = []

    async def take(self, visit: Visit) -> Answer:
        self.taken.append(visit)
        return Go("/ban/ghi", visit.t("{what}", what="Đã ghi"))

    async def show(self, visit: Visit) -> Answer:
        self.taken.append(visit)
        return Go("/ban/toi")

    async def file(self, visit: Visit) -> Answer:
        return File(self.name, "text/plain", b"x")


def _as_written(locale: str, message: str, context: str | None = None) -> str:
    return message


@asynccontextmanager
async def bench(desk: Office, pages: Pages) -> AsyncIterator[Seat]:
    """Sit the officer down at a desk of these pages on the same rows, and not in a demo."""
    conversation = next(one for one in desk.bot.running if isinstance(one, Workdesk))

    async def locale_of(person_id: int) -> str:
        return "vi"

    grounds = Grounds(
        desk.bot.services.desk, desk.bot.services.audit, conversation, _as_written, locale_of,
        CLOCK.now, asyncio.get_running_loop().time, lambda request: request.remote or "", lambda request: False,
        lambda request: request.headers.get("Origin") == f"http://{request.host}", "Xã", Router(),
    )  # fmt: skip
    found = [
        DeskPage("/ghi", pages.show, pages.take, largest=64 * 1024),
        DeskPage("/ghi/{id}", pages.show, pages.take),
        DeskPage("/tep-la", pages.file),
    ]
    app = web.Application()
    app.add_routes(Desk(grounds, found, Look({})).routes())
    async with TestServer(app) as server:
        origin = str(server.make_url("")).rstrip("/")
        async with ClientSession(origin, cookie_jar=CookieJar(unsafe=True)) as client:
            seat = Seat(client)
            key = await desk.bot.services.desk.offer(await desk.person("officer"))
            await _enters(seat, ma=key.link)
            yield seat


async def _enters(seat: Seat, **given: str) -> ClientResponse:
    origin = str(seat.client._base_url).rstrip("/")
    return await seat.client.post("/ban/vao", data=given, headers={"Origin": origin}, allow_redirects=False)


async def _token(seat: Seat) -> str:
    """The token of the session's forms, as the pages of a refused form show it."""
    await seat.shows(await seat.client.post("/ban/ghi", data={"a": "bb"}))
    return seat.token


# The door


async def test_digits_are_not_guessed_all_at_once(desk: Office) -> None:
    """Red where a try is counted when it has failed: of fifty at once all come before the first one is known."""
    async with bench(desk, Pages()) as seat:
        answers = await asyncio.gather(*(_enters(seat, so=f"{number:06}") for number in range(50)))
        assert sum(one.status == 403 for one in answers) <= TRIES_OF_ONE
        assert sum(one.status == 429 for one in answers) >= 50 - TRIES_OF_ONE


async def test_right_digits_are_no_wrong_try(desk: Office) -> None:
    tries = door.Tries(lambda: 0.0)
    for _ in range(TRIES_OF_ONE * 3):
        assert tries.begin("1.2.3.4")
        tries.right("1.2.3.4")
    assert [tries.begin("1.2.3.4") for _ in range(TRIES_OF_ONE + 1)] == [True] * TRIES_OF_ONE + [False]


async def test_the_same_digits_are_never_two_persons(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Red where digits are drawn blindly: the officer who types her own would sit down as the chair."""
    drawn: Iterator[int] = iter((111111, 111111, 222222))
    monkeypatch.setattr(chance, "below", lambda below: next(drawn))
    sessions = desk.bot.services.desk
    lan, nam = await sessions.offer(await desk.person("officer")), await sessions.offer(await desk.person("chair"))
    assert (lan.digits, nam.digits) == ("111111", "222222")


async def test_links_and_digits_are_taken_only_as_they_were_sent(desk: Office) -> None:
    key = await desk.bot.services.desk.offer(await desk.person("officer"))
    wrong = [key.link.swapcase(), key.link[:-1], key.link + "=", f" {key.link}", key.link + "\x00", "", "A" * 43]
    async with desk.seat() as seat:
        for link in wrong[:5] + wrong[6:]:
            await desk.enters(seat, ma=link)
            assert seat.status == (200 if link.strip("\x00") == key.link else 403), repr(link)
            if seat.status == 200:
                return
    raise AssertionError("a NUL is no part of what was typed")


async def test_a_demo_s_seats_do_not_exist_elsewhere(desk: Office) -> None:
    before = await DeskSession.all().count()
    async with bench(desk, Pages()) as seat:
        for name in village_names():
            response = await _enters(seat, ai=name)
            assert response.status in (403, 429), name
    assert await DeskSession.all().count() == before + 1, "only the one with the link"


def village_names() -> tuple[str, ...]:
    return ("lan", "nam", "officer", "chair", "mai")


async def test_a_new_session_ends_the_one_before_it_in_this_browser(desk: Office) -> None:
    sessions, lan = desk.bot.services.desk, await desk.person("officer")
    await sessions.end(lan)
    async with desk.sat("officer") as seat:
        assert len(await sessions.open_of(lan)) == 1
        key = await sessions.offer(await desk.person("chair"))
        await desk.enters(seat, ma=key.link)
        assert "Ông Nam" in seat.words
        assert await sessions.open_of(lan) == [], "nobody would see that it is still open"


async def test_no_page_elsewhere_puts_a_desk_out_of_sight(desk: Office) -> None:
    """Red where leaving takes the cookie without ending the session."""
    async with desk.sat("officer") as seat:
        for token in ("", "x", "A" * 88):
            await seat.send("/ra", {}, token=token or "-")
            assert seat.status == 403
            await seat.get("/toi")
            assert seat.address == "/ban/toi", "still signed in"
        response = await seat.client.post("/ban/ra", data={"a": "x" * 20_000})
        assert response.status == 413
        async with ClientSession(desk.origin) as other:
            response = await other.post("/ban/ra", data={}, allow_redirects=False)
            assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize("value", ["é.x", "\udcff.a", ".", "x" * 4000, "a.%ff%00", "x\x7f"])
@pytest.mark.parametrize("name", [COOKIE, "langso_desk_said"])
async def test_no_cookie_breaks_a_page(desk: Office, name: str, value: str) -> None:
    """Red where a strange one is an error: a page beside this one could lock everybody out by setting it."""
    async with desk.sat("officer") as seat:
        own = next(one.value for one in seat.client.cookie_jar if one.key == COOKIE)
        sent = f"{name}={value}" if name == COOKIE else f"{COOKIE}={own}; {name}={value}"
        port = URL(desk.origin).port
        request = f"GET /ban HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {sent}\r\nConnection: close\r\n\r\n"
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request.encode("utf-8", "surrogateescape"))
        status = (await reader.readline()).split()[1]
        writer.close()
        assert status in (b"200", b"303", b"400")


# Forms


async def test_a_slow_form_is_not_done_for_a_session_that_was_closed_meanwhile(desk: Office) -> None:
    """Red where the session is looked at first: “Không phải tôi” would not stop what is being sent."""
    pages = Pages()
    async with bench(desk, pages) as seat:
        token = await _token(seat)
        body = f"{TOKEN}={token}&{ID}={new_id()}&a=1".encode()

        async def slowly() -> AsyncIterator[bytes]:
            yield body[:10]
            for _ in range(300):
                await asyncio.sleep(0)  # the server has all the time to look
            await desk.bot.services.desk.end(await desk.person("officer"))
            yield body[10:]

        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        response = await seat.client.post("/ban/ghi", data=slowly(), headers=headers)
        assert response.status == 403
        assert pages.taken == []


async def test_broken_forms_with_files_are_refused_in_a_sentence(desk: Office) -> None:
    pages = Pages()
    async with bench(desk, pages) as seat:
        token = await _token(seat)
        fields = f'--b\r\nContent-Disposition: form-data; name="{TOKEN}"\r\n\r\n{token}\r\n'
        for kind, body, status in (
            ("multipart/form-data", fields, 400),
            ("multipart/form-data; boundary=" + "b" * 200, fields, 400),
            ("multipart/form-data; boundary=b", "garbage", 400),
            ("multipart/form-data; boundary=b", fields + "--b\r\nno colon here\r\n\r\nx\r\n--b--\r\n", 400),
            ("multipart/form-data; boundary=b", fields + "--b\r\nContent-Length: abc\r\n\r\nx\r\n--b--\r\n", 400),
            ("multipart/form-data; boundary=b", fields + "--b\r\nX: " + "y" * 20_000 + "\r\n\r\nx\r\n--b--\r\n", 400),
            (
                "multipart/form-data; boundary=b",
                fields + "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\nx\r\n--c--\r\n--b--\r\n",
                400,
            ),
            ("multipart/form-data; boundary=b", fields[:-10], 400),
        ):
            response = await seat.client.post("/ban/ghi", data=body.encode(), headers={"Content-Type": kind})
            assert response.status in (status, 403), (kind, body[:200], await response.text())
        assert pages.taken == []


async def test_a_form_of_countless_parts_is_not_read_to_its_end(desk: Office) -> None:
    pages = Pages()
    async with bench(desk, pages) as seat:
        token = await _token(seat)
        form = FormData(default_to_multipart=True)
        for name, value in ((TOKEN, token), (ID, new_id()), *(("a", "") for _ in range(250))):
            form.add_field(name, value)
        assert (await seat.client.post("/ban/ghi", data=form)).status == 413

        async def endless() -> AsyncIterator[bytes]:
            for _ in range(5):
                yield b"--b\r\n" + b"X: y\r\n" * 100

        kind = {"Content-Type": "multipart/form-data; boundary=b"}
        response = await seat.client.post("/ban/ghi", data=endless(), headers=kind)
        assert response.status == 400, "whoever does not say how much it is could send heads of parts for ever"
        body = f"{TOKEN}={token}&{ID}={new_id()}" + "&a" * 12_001
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        assert (await seat.client.post("/ban/ghi", data=body, headers=headers)).status == 413
        assert (await seat.client.post("/ban/ghi", data={"a": "x" * 70_000})).status == 413
        assert pages.taken == []


async def test_what_no_database_takes_comes_to_no_page(desk: Office) -> None:
    """PostgreSQL refuses NULs, and a lone surrogate cannot be written at all."""
    pages = Pages()
    async with bench(desk, pages) as seat:
        token = await _token(seat)
        for address in ("/ban/ghi/a%00b", "/ban/ghi/1%E2%80%AE2"):
            assert (await seat.client.get(URL(address, encoded=True))).status == 404, address
            assert (await seat.client.post(URL(address, encoded=True), data={TOKEN: token, ID: new_id()})).status == 404
        assert pages.taken == []
        await seat.client.get(URL("/ban/ghi/ab?q=%00x%E2%80%AEy", encoded=True))
        data = {TOKEN: token, ID: new_id(), "a": "m\x00n", "t": "a\r\nb"}
        await seat.client.post("/ban/ghi/1", data=data)
        seen, sent = pages.taken[0], next(one for one in pages.taken if one.form)
        assert (seen.path["id"], seen.query["q"]) == ("ab", "xy")
        assert (sent.said("a"), sent.said("t")) == ("mn", "a\nb")


async def test_the_number_of_a_session_may_be_anything(desk: Office) -> None:
    async with desk.sat("officer") as seat:
        for number in ("9" * 5000, "9" * 25, "٣", "-1", "x", "0"):
            await seat.get("/toi")
            await seat.send("/toi", {"phien": number})
            assert seat.status == 200
            assert seat.address == "/ban/toi", "and it closes none but the one that it names"
        other = await DeskSession.exclude(person_id=await desk.person("officer")).order_by("-id").first()
        if other is not None:
            await seat.send("/toi", {"phien": str(other.id)})
            assert (await DeskSession.get(id=other.id)).ends_at == other.ends_at


# Answers


@pytest.mark.parametrize(
    "address",
    ["/ban/../chat", "/ban/%2e%2e/chat", "/ban/.%2E/chat", "/ban/\\..\\x", "/ban//../..//evil.example", "/ban\t/x"],
)
async def test_no_address_leads_upwards_out_of_the_house(address: str) -> None:
    assert _own(address) == "/ban"


async def test_a_file_s_name_adds_no_header(desk: Office) -> None:
    pages = Pages()
    async with bench(desk, pages) as seat:
        for name in ("a\r\nX-Evil: 1.txt", 'x"; filename="y.exe', "../../e\x00vil/é.txt", "\udcff.txt"):
            pages.name = name
            response = await seat.client.get("/ban/tep-la")
            assert response.status == 200
            assert "X-Evil" not in response.headers
            given = response.headers["Content-Disposition"]
            assert given.startswith("attachment; filename*=UTF-8''")
            assert given.count('"') == 0
            assert "/" not in given.partition("''")[2]


async def test_nothing_of_the_desk_is_kept_by_caches_or_the_back_button(desk: Office) -> None:
    async with desk.sat("officer") as seat:
        for path in ("", "/toi", "/tro-ly", "/khong-co", "/nguoi/danh-sach.xlsx", "/kho-khan/0"):
            response = await seat.client.get(f"/ban{path}")
            if path != "/khong-co":
                assert response.headers["Cache-Control"] == "no-store", path
                assert response.headers["X-Content-Type-Options"] == "nosniff", path
                assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"], path
