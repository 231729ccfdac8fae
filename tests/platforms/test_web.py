"""The web chat over real sockets: what is acknowledged, what is repeated, what is refused."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from uuid import uuid4

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, CookieJar, WSMsgType, WSServerHandshakeError
from aiohttp.test_utils import TestServer

from bot.core.events import Chat, Commanded, Event, Pressed, TextSent
from bot.core.messages import Attachment, Button, Message
from bot.core.platform import Capabilities, Logged, Rejected, Unreachable
from bot.core.sessions import StoreUnavailable
from bot.core.text import Text
from bot.platforms import Kit
from bot.platforms.web import create
from bot.platforms.web.adapter import RICH_CAPABILITIES, Web
from bot.platforms.web.frames import FRAME_LIMIT
from bot.platforms.web.stage import PLAIN_CAPABILITIES, Person, Phone, first_phones, mount_stage
from bot.settings import Settings, SettingsError
from tests.kit import MemoryLog, MemoryMedia, StillClock, make_kit

Frame = dict[str, object]


@dataclass
class Notes:
    """A sink; `failing` is how many of the next notes fail."""

    events: list[Event] = field(default_factory=list)
    failing: int = 0

    async def __call__(self, events: Sequence[Event]) -> None:
        if self.failing:
            self.failing -= 1
            raise OSError("disk full")
        self.events.extend(events)


class Browser:
    """One browser: a cookie jar and the sockets that it opens."""

    def __init__(self, session: ClientSession, base: str) -> None:
        self.session = session
        self.base = base

    @asynccontextmanager
    async def socket(self, since: int | None = 0, phone: str | None = None) -> AsyncIterator[ClientWebSocketResponse]:
        query = "" if phone is None else f"?phone={phone}"
        async with self.session.ws_connect(f"{self.base}/chat/ws{query}", origin=self.base) as socket:
            if since is not None:
                await socket.send_json({"since": since})
            yield socket


@dataclass
class House:
    """A running server with its platforms; `browser()` makes visitors who do not know each other."""

    base: str
    platforms: dict[str, Web]
    notes: Notes
    sessions: list[ClientSession] = field(default_factory=list)

    def browser(self) -> Browser:
        session = ClientSession(cookie_jar=CookieJar(unsafe=True))
        self.sessions.append(session)
        return Browser(session, self.base)


@asynccontextmanager
async def running(kit: Kit, platforms: Sequence[Web], *, listening: bool = True) -> AsyncIterator[House]:
    notes = Notes()
    server = TestServer(kit.web)
    await server.start_server()
    tasks = [asyncio.create_task(platform.listen(notes)) for platform in platforms] if listening else []
    await asyncio.sleep(0)
    house = House(str(server.make_url("")).rstrip("/"), {platform.name: platform for platform in platforms}, notes)
    try:
        yield house
    finally:
        for session in house.sessions:
            await session.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for platform in platforms:
            await platform.close()
        await server.close()


def served(kit: Kit) -> Web:
    platform = create(kit)
    assert isinstance(platform, Web)
    return platform


@pytest.fixture
def kit() -> Kit:
    return make_kit()


@pytest.fixture
async def house(kit: Kit) -> AsyncIterator[House]:
    async with running(kit, [served(kit)]) as house:
        yield house


async def receive(socket: ClientWebSocketResponse) -> Frame:
    frame = json.loads(await socket.receive_str(timeout=5))
    assert isinstance(frame, dict)
    return frame


async def until(socket: ClientWebSocketResponse, key: str) -> Frame:
    """The next frame that has `key`."""
    while key not in (frame := await receive(socket)):
        pass
    return frame


async def both(socket: ClientWebSocketResponse) -> tuple[Frame, Frame]:
    """The next two frames: the entry and the acknowledgement, which may come in any order."""
    first, second = await receive(socket), await receive(socket)
    return (first, second) if "n" in first else (second, first)


def message_of(frame: Frame) -> Frame:
    message = frame["message"]
    assert isinstance(message, dict)
    return message


def said(text: str, frame_id: str | None = None) -> Frame:
    return {"id": frame_id or str(uuid4()), "text": text}


class SlowNotes(Notes):
    """A sink that notes only when it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.go = asyncio.Event(), asyncio.Event()

    async def __call__(self, events: Sequence[Event]) -> None:
        self.asked.set()
        await self.go.wait()
        await super().__call__(events)


async def test_a_message_is_acknowledged_only_after_it_was_noted() -> None:
    kit = make_kit()
    platform = served(kit)
    async with running(kit, [platform], listening=False) as house, house.browser().socket() as socket:
        slow = SlowNotes()
        listening = asyncio.create_task(platform.listen(slow))
        frame = said("cài vneid")
        await socket.send_json(frame)
        await slow.asked.wait()
        assert "n" in await receive(socket), "the page shows what was typed"
        pending = asyncio.create_task(receive(socket))
        for _ in range(20):
            await asyncio.sleep(0)
        assert not pending.done()
        slow.go.set()
        assert await pending == {"ack": frame["id"]}
        assert [event.kind for event in slow.events] == ["said"]
        listening.cancel()


async def test_what_comes_before_the_bot_listens_is_neither_acknowledged_nor_kept(kit: Kit) -> None:
    platform = served(kit)
    async with running(kit, [platform], listening=False) as house, house.browser().socket() as socket:
        frame = said("xin chào")
        await socket.send_json(frame)
        await socket.send_json({"id": str(uuid4()), "press": "x"})
        await socket.send_json(said(""))
        assert "refused" in await receive(socket), "all before it was read and left alone"
        listening = asyncio.create_task(platform.listen(house.notes))
        await asyncio.sleep(0)
        await socket.send_json(frame)
        entry, ack = await both(socket)
        assert message_of(entry)["text"] == [["xin chào", "plain", None]]
        assert ack == {"ack": frame["id"]}
        assert len(house.notes.events) == 1
        listening.cancel()


async def test_a_note_that_fails_is_not_acknowledged_and_the_repeat_is(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    async with house.browser().socket() as socket:
        house.notes.failing = 1
        frame = said("xin chào")
        await socket.send_json(frame)
        await socket.send_json(frame)
        entry, ack = await both(socket)
        assert (entry["n"], ack) == (1, {"ack": frame["id"]})
        assert len(house.notes.events) == 1
        assert not socket.closed
    assert "could not be noted" in caplog.text


async def test_a_repeated_frame_is_one_entry_with_the_same_acknowledgement(kit: Kit, house: House) -> None:
    browser = house.browser()
    frame = said("menu")
    async with browser.socket() as socket:
        for _ in range(3):
            await socket.send_json(frame)
            assert await until(socket, "ack") == {"ack": frame["id"]}
    async with browser.socket() as socket:
        await socket.send_json(frame)
        assert (await until(socket, "ack"))["ack"] == frame["id"]
    assert isinstance(kit.log, MemoryLog)
    (entries,) = kit.log.entries.values()
    assert len(entries) == 1
    assert len({event.id for event in house.notes.events}) == 1
    assert house.notes.events[0].id.endswith(f":{frame['id']}")


async def test_a_page_that_returns_gets_what_it_missed(house: House) -> None:
    browser, web_chat = house.browser(), house.platforms["web"]
    async with browser.socket() as socket:
        await socket.send_json(said("menu"))
        await until(socket, "ack")
    chat = house.notes.events[0].chat
    await web_chat.send(chat, Message(Text.of("**Một**")))
    await web_chat.send(chat, Message(Text.of("Hai")))
    async with browser.socket(since=1) as socket:
        frames = [await receive(socket), await receive(socket)]
        assert [frame["n"] for frame in frames] == [2, 3]
        assert message_of(frames[0])["text"] == [["Một", "bold", None]]
        await web_chat.send(chat, Message(Text.of("Ba")))
        assert (await receive(socket))["n"] == 4
    async with browser.socket(since=0) as first, browser.socket(since=0) as second:
        for socket in (first, second):
            assert [(await receive(socket))["n"] for _ in range(4)] == [1, 2, 3, 4]


async def test_nothing_is_delivered_before_the_page_says_where_it_is(house: House) -> None:
    browser = house.browser()
    async with browser.socket(since=None) as socket:
        frame = said("menu")
        await socket.send_json(frame)
        assert await receive(socket) == {"ack": frame["id"]}
        await socket.send_json({"since": 0})
        assert (await receive(socket))["n"] == 1


async def test_a_page_left_open_while_the_data_were_wiped_sees_the_new_history(house: House) -> None:
    async with house.browser().socket(since=40) as socket:
        await socket.send_json(said("menu"))
        assert (await until(socket, "n"))["n"] == 1


async def test_an_edited_message_keeps_its_id(house: House) -> None:
    web_chat = house.platforms["web"]
    chat = Chat("web", "somebody", "private")
    first = await web_chat.send(chat, Message(Text.of("Bước 1"), (Button("Tiếp", "g|a|b"),)))
    second = await web_chat.send(chat, Message(Text.of("Bước 2")), replacing=first.message_id)
    third = await web_chat.send(chat, Message(Text.of("Bước 3")), replacing=second.message_id)
    assert first == second == third


async def test_a_press_says_which_button_of_which_message(house: House) -> None:
    async with house.browser().socket() as socket:
        frame = {"id": str(uuid4()), "press": "g|cai-vneid|kiem-tra", "message": "7"}
        await socket.send_json(frame)
        assert await until(socket, "ack") == {"ack": frame["id"]}
    (event,) = house.notes.events
    assert isinstance(event, Pressed)
    assert (event.data, event.message_id) == ("g|cai-vneid|kiem-tra", "7")


@pytest.mark.parametrize(
    ("typed", "name", "args"),
    [("/menu", "menu", ""), ("/Tim  cài vneid ", "tim", "cài vneid"), ("/start g_cai-vneid", "start", "g_cai-vneid")],
)
async def test_a_slash_makes_a_command(house: House, typed: str, name: str, args: str) -> None:
    async with house.browser().socket() as socket:
        await socket.send_json(said(typed))
        await until(socket, "ack")
    (event,) = house.notes.events
    assert isinstance(event, Commanded)
    assert (event.name, event.args) == (name, args)


async def test_secrets_and_invitation_codes_never_reach_the_history(kit: Kit, house: House) -> None:
    async with house.browser().socket() as socket:
        for text in ("mã OTP là 123456", "/start 8f3k-22pq", "/start"):
            await socket.send_json(said(text))
            await until(socket, "ack")
    assert isinstance(kit.log, MemoryLog)
    bodies = [body for log in kit.log.entries.values() for _, body in log]
    assert len(bodies) == 3
    assert not any(secret in body for body in bodies for secret in ("123456", "8f3k"))
    first = house.notes.events[0]
    assert isinstance(first, TextSent)
    assert "123456" in first.text, "masking the event, and warning its sender, is the engine's part"


async def test_the_cookie_is_in_no_id_and_no_entry(kit: Kit, house: House) -> None:
    browser = house.browser()
    async with browser.session.get(f"{house.base}/chat") as response:
        header = SimpleCookie(response.headers["Set-Cookie"])["langso_visitor"]
    assert header["httponly"]
    assert header["samesite"] == "Lax"
    assert not header["secure"]
    assert len(header.value.partition(".")[0]) == 43
    async with browser.socket() as socket:
        await socket.send_json(said("menu"))
        await until(socket, "ack")
    (event,) = house.notes.events
    assert isinstance(kit.log, MemoryLog)
    assert header.value not in repr(event) + repr(kit.log.entries)
    assert event.chat.id == event.sender.id


async def test_over_https_the_cookie_is_of_this_name_alone_and_media_may_come_from_the_public_address() -> None:
    kit = make_kit(settings=Settings(public_url="https://xa.example"))
    async with running(kit, [served(kit)]) as house:
        session = house.browser().session
        async with session.get(f"{house.base}/chat", headers={"Host": "xa.example"}) as response:
            cookie = response.headers["Set-Cookie"]
            assert cookie.startswith("__Host-langso_visitor=")
            assert "; Path=/" in cookie
            assert "; Secure" in cookie
            assert "; Domain" not in cookie
            assert "img-src 'self' https://xa.example;" in response.headers["Content-Security-Policy"]
        async with session.get(f"{house.base}/chat") as response:
            cookie = response.headers["Set-Cookie"]
            assert cookie.startswith("langso_visitor="), "past the proxy, on http, a browser would not keep the other"
            assert "Secure" not in cookie


def header_cookie(socket: ClientWebSocketResponse) -> str:
    return SimpleCookie(socket._response.headers["Set-Cookie"])["langso_visitor"].value


async def test_visitors_see_only_their_own_chat_and_a_forged_cookie_is_replaced(house: House) -> None:
    first, second = house.browser(), house.browser()
    second.session.cookie_jar.update_cookies({"langso_visitor": "x"})
    async with first.socket() as one, second.socket() as other:
        await one.send_json(said("tin của tôi"))
        await until(one, "ack")
        await other.send_json(said("tin khác"))
        entry = await until(other, "n")
        assert entry["n"] == 1
        assert message_of(entry)["text"] == [["tin khác", "plain", None]]
        assert header_cookie(other) != "x"


@pytest.mark.parametrize("origin", ["https://xau.example", "null", "http://127.0.0.1:1", None])
async def test_a_strange_page_cannot_open_the_chat(house: House, origin: str | None) -> None:
    with pytest.raises(WSServerHandshakeError) as refused:
        await house.browser().session.ws_connect(f"{house.base}/chat/ws", origin=origin)
    assert refused.value.status == 403


@pytest.mark.parametrize("origin", ["https://xa.example", "https://trang.xa.example"])
async def test_the_public_address_and_listed_pages_may_open_the_chat(origin: str) -> None:
    settings = Settings(public_url="https://xa.example", web_origins=("https://trang.xa.example",))
    kit = make_kit(settings=settings)
    async with running(kit, [served(kit)]) as house:
        socket = await house.browser().session.ws_connect(f"{house.base}/chat/ws", origin=origin)
        await socket.close()


FORGED = [
    "",
    "không phải JSON",
    "[" * 50_000,
    "null",
    "[]",
    "{}",
    '{"since": -1}',
    '{"since": "0"}',
    '{"since": 1e400}',
    '{"id": 5, "text": "x"}',
    '{"id": "khong-phai-uuid", "text": "x"}',
    '{"id": "UUID", "text": ["x"]}',
    '{"id": "UUID", "text": "x", "role": "chair"}',
    '{"id": "UUID", "text": "x", "person": "chu-tich"}',
    '{"id": "UUID", "press": ""}',
    '{"id": "UUID", "press": "' + "x" * 513 + '"}',
    '{"id": "UUID", "press": "x", "message": {"a": 1}}',
    '{"n": 1, "message": {"from": "bot"}}',
]


async def test_forged_frames_are_refused_with_a_reason_and_the_chat_goes_on(
    kit: Kit, house: House, caplog: pytest.LogCaptureFixture
) -> None:
    """Red before: none of them was answered, so a page would have said them again for ever."""
    async with house.browser().socket() as socket:
        for raw in FORGED:
            key = str(uuid4())
            await socket.send_str(raw.replace("UUID", key))
            refused = await receive(socket)
            assert refused["refused"] == (key if "UUID" in raw else None), raw
            assert "không đọc được" in str(refused["reason"])
        await socket.send_bytes(b"\xff\xfe")
        assert (await receive(socket))["refused"] is None
        await socket.send_json(said("menu"))
        entry, _ = await both(socket)
        assert entry["n"] == 1
    assert [event.kind for event in house.notes.events] == ["said"]
    assert "Traceback" not in caplog.text


async def test_half_an_emoji_is_left_out_and_the_rest_is_answered(house: House) -> None:
    """Red before: a keyboard that cuts one in two sent what was never acknowledged."""
    async with house.browser().socket() as socket:
        key = str(uuid4())
        await socket.send_str(f'{{"id": "{key}", "text": "ch\\u00e0o \\ud83d \\ud83d\\ude00"}}')
        entry, ack = await both(socket)
        assert ack == {"ack": key}
        assert message_of(entry)["text"] == [["chào  😀", "plain", None]]
        await socket.send_str(f'{{"id": "{uuid4()}", "text": "\\ud800"}}')
        assert "chưa có chữ" in str((await receive(socket))["reason"])
        await socket.send_str(f'{{"id": "{uuid4()}", "text": ["\\ud800"], "\\udc00": 1}}')
        assert "không đọc được" in str((await receive(socket))["reason"])
    (event,) = house.notes.events
    assert isinstance(event, TextSent)
    assert event.text == "chào  😀"


@pytest.mark.parametrize("text", ["x" * 70_000, "ế" * 70_000, "x" * (FRAME_LIMIT - 100), "ế" * 4_001])
async def test_a_text_that_is_too_long_is_refused_in_words_and_the_chat_goes_on(
    kit: Kit, house: House, text: str
) -> None:
    async with house.browser().socket() as socket:
        frame = said(text)
        await socket.send_json(frame)
        refused = await receive(socket)
        assert refused["refused"] == frame["id"]
        assert "ngắn" in str(refused["reason"])
        await socket.send_json(said("menu"))
        await until(socket, "ack")
    assert len(house.notes.events) == 1
    assert isinstance(kit.log, MemoryLog)
    assert [len(log) for log in kit.log.entries.values()] == [1]


@pytest.mark.parametrize("text", ["", "  \n ", "\u202e\u200e"])
async def test_a_text_without_a_letter_is_refused_in_words(house: House, text: str) -> None:
    async with house.browser().socket() as socket:
        await socket.send_json(said(text))
        assert "chưa có chữ" in str((await receive(socket))["reason"])
    assert house.notes.events == []


async def test_a_flood_is_read_slowly_and_wholly(kit: Kit, house: House) -> None:
    clock = kit.clock
    assert isinstance(clock, StillClock)
    async with house.browser().socket() as socket:
        for number in range(40):
            await socket.send_json(said(f"tin {number}"))
        for _ in range(40):
            await until(socket, "ack")
    assert len(house.notes.events) == 40
    assert len(clock.slept) >= 5


async def test_one_word_at_a_time_is_never_slowed_down(kit: Kit, house: House) -> None:
    clock = kit.clock
    assert isinstance(clock, StillClock)
    async with house.browser().socket() as socket:
        for number in range(20):
            await socket.send_json(said(f"tin {number}"))
            await until(socket, "ack")
    assert clock.slept == []


async def test_markup_in_texts_and_names_travels_as_text() -> None:
    kit = make_kit()
    web_chat = Web("web", {"group": RICH_CAPABILITIES}, kit)
    name = "<img src=x onerror=alert(1)>"
    persons = (Person("a", name), Person("b", "**Bình**"))
    mount_stage(kit, (Phone("group", web_chat, "group", "<b>Nhóm</b>", persons, "nhom"),))
    async with running(kit, [web_chat]) as house:
        browser = house.browser()
        async with browser.session.get(f"{house.base}/") as response:
            page = await response.text()
        assert "<img" not in page
        assert "<b>Nhóm" not in page
        async with browser.socket() as socket:
            await socket.send_json({**said("<script>alert(1)</script> **đậm**"), "person": "a"})
            message = message_of(await until(socket, "n"))
        assert message["name"] == name
        assert message["text"] == [["<script>alert(1)</script> **đậm**", "plain", None]]


async def test_pages_allow_no_code_but_their_own(house: House) -> None:
    session = house.browser().session
    async with session.get(f"{house.base}/chat") as response:
        html = await response.text()
        policy = response.headers["Content-Security-Policy"]
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "style-src 'self';" in policy
    assert "<style" not in html
    assert "style=" not in html
    assert "<script>" not in html
    assert 'lang="vi"' in html
    for name in ("khong-co.js", "..%2f__init__.py", "..%2fsource%2fchat.css"):
        async with session.get(f"{house.base}/chat/static/0/{name}") as response:
            assert response.status == 404


async def test_a_browser_keeps_the_files_of_a_page_for_ever_and_the_page_never(house: House) -> None:
    """Mechanism: the hash of a file is in its address. While a new version starts, an older page may still ask."""
    session = house.browser().session
    async with session.get(f"{house.base}/chat") as response:
        html = await response.text()
        assert response.headers["Cache-Control"] == "no-store"
    named = re.findall(r"/chat/static/([0-9a-f]{12})/([a-z.-]+[a-z0-9])", html)
    assert {name for _, name in named} == {"chat.js", "chat.css", "be-vietnam-pro.woff2"}
    for version, name in named:
        async with session.get(f"{house.base}/chat/static/{version}/{name}") as response:
            body = await response.read()
            assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert hashlib.sha256(body).hexdigest().startswith(version)
        async with session.get(f"{house.base}/chat/static/{'0' * 12}/{name}") as response:
            assert await response.read() == body
            assert response.headers["Cache-Control"] == "no-store"


async def test_a_log_that_cannot_be_written_is_an_answer_that_nobody_knows() -> None:
    class Full(MemoryLog):
        async def append(self, chat_id: str, body: str, *, key: str | None = None) -> Logged:
            raise StoreUnavailable("database or disk is full")

    web_chat = Web("web", {"private": RICH_CAPABILITIES}, make_kit(log=Full()))
    with pytest.raises(Unreachable) as caught:
        await web_chat.send(Chat("web", "v", "private"), Message(Text.of("Chào bác")))
    assert caught.value.maybe_sent


async def test_a_reply_whose_commit_was_not_answered_stands_on_the_page_once() -> None:
    """Mechanism: the key of a message is that of its entry in the log."""

    class Unanswered(MemoryLog):
        lost = 1

        async def append(self, chat_id: str, body: str, *, key: str | None = None) -> Logged:
            logged = await super().append(chat_id, body, key=key)
            if self.lost and (key or "").startswith("reply:"):
                self.lost -= 1
                raise StoreUnavailable("the answer was lost")
            return logged

    log = Unanswered()
    kit = make_kit(log=log)
    web_chat = served(kit)
    assert web_chat.budget.idempotent
    async with running(kit, [web_chat]) as house, house.browser().socket() as socket:
        await socket.send_json(said("menu"))
        await until(socket, "ack")
        (chat,) = {event.chat for event in house.notes.events}
        for _ in range(2):
            with contextlib.suppress(Unreachable):
                first = await web_chat.send(chat, Message(Text.of("Chào bác")), key="reply:1")
        assert await web_chat.send(chat, Message(Text.of("Chào bác")), key="reply:1") == first
        again = await web_chat.send(chat, Message(Text.of("Chào bác")), key="reply:2")
        assert again != first
        shown = [message_of(await until(socket, "n"))["text"] for _ in range(3)]
    assert shown == [[["menu", "plain", None]], [["Chào bác", "plain", None]], [["Chào bác", "plain", None]]]
    assert len(log.entries[chat.id]) == 3


async def test_photos_come_from_the_public_address_and_else_from_this_server() -> None:
    photo = Message(Text.of("Màn hình"), attachment=Attachment("photo", "abc", "Màn hình VNeID"))
    for media, url in ((MemoryMedia(), "https://xa.example/media/abc"), (MemoryMedia(None), "/media/abc")):
        log = MemoryLog()
        web_chat = Web("web", {"private": RICH_CAPABILITIES}, make_kit(media=media, log=log))
        await web_chat.send(Chat("web", "v", "private"), photo)
        entry = json.loads(log.entries["v"][0][1])
        assert entry["attachment"] == {"kind": "photo", "url": url, "alt": "Màn hình VNeID", "size": 0}


@pytest.mark.parametrize(
    "message",
    [
        Message(Text.of("x"), (Button("Tiếp", "t"),)),
        Message(Text.of("x"), attachment=Attachment("audio", "a", "Lời đọc")),
        Message(Text.of("x"), attachment=Attachment("file", "a", "Báo cáo")),
        Message(Text.verbatim("x" * 2001)),
    ],
)
async def test_the_plain_phone_takes_only_what_zalo_bot_takes(message: Message) -> None:
    log = MemoryLog()
    plain = Web("plain", {"private": PLAIN_CAPABILITIES}, make_kit(log=log))
    with pytest.raises(Rejected):
        await plain.send(Chat("plain", "v", "private"), message)
    with pytest.raises(Rejected):
        await plain.send(Chat("plain", "v", "group"), Message(Text.of("x")))
    assert log.entries == {}


async def test_the_plain_phone_cannot_edit_and_has_no_buttons_to_press(kit: Kit) -> None:
    phones = first_phones(kit)
    mount_stage(kit, phones)
    async with running(kit, [phone.platform for phone in phones]) as house:
        plain = house.platforms["plain"]
        async with house.browser().socket(phone="plain") as socket:
            await socket.send_json({"id": str(uuid4()), "press": "g|a|b", "message": "1"})
            await socket.send_json(said("menu"))
            await until(socket, "ack")
            (event,) = house.notes.events
            assert isinstance(event, TextSent)
            first = await plain.send(event.chat, Message(Text.of("Một")))
            second = await plain.send(event.chat, Message(Text.of("Hai")), replacing=first.message_id)
            assert first != second
            assert "replaces" not in message_of(await until(socket, "n"))


async def test_the_stage_is_one_room_whichever_browser_looks_in(kit: Kit) -> None:
    phones = first_phones(kit)
    mount_stage(kit, phones)
    async with running(kit, [phone.platform for phone in phones]) as house:
        for browser in (house.browser(), house.browser()):
            for phone in ("rich", "plain"):
                async with browser.socket(phone=phone) as socket:
                    await socket.send_json(said(phone))
                    await until(socket, "ack")
        chats = [event.chat for event in house.notes.events]
        assert [chat.platform for chat in chats] == ["web", "plain", "web", "plain"]
        assert [chat.id for chat in chats] == ["rich-demo", "plain-demo", "rich-demo", "plain-demo"]
        with pytest.raises(WSServerHandshakeError) as missing:
            await house.browser().session.ws_connect(f"{house.base}/chat/ws?phone=xxx", origin=house.base)
        assert missing.value.status == 404


async def test_a_group_phone_is_shared_and_hears_only_mentions_where_the_messenger_does() -> None:
    kit = make_kit()
    deaf = Capabilities(text_limit=2000, hears_everything=False)
    group = Web("plain", {"group": deaf}, kit)
    hoa, binh = Person("hoa", "Hoa"), Person("binh", "Bình")
    phones = (
        Phone("group", group, "group", "Nhóm thôn", (hoa, binh), "nhom"),
        Phone("official", group, "group", "Nhóm thôn, máy cán bộ", (binh,), "nhom"),
    )
    mount_stage(kit, phones)
    async with running(kit, [group]) as house:
        browser = house.browser()
        async with browser.socket(phone="group") as one, browser.socket(phone="official") as other:
            for text, person in (("chào các bác", "hoa"), ("@bot menu", "binh"), ("/menu", "hoa")):
                await one.send_json({**said(text), "person": person})
                await until(one, "ack")
            seen = [message_of(await receive(other)) for _ in range(3)]
        assert [message["name"] for message in seen] == ["Hoa", "Bình", "Hoa"]
        mention, command = house.notes.events
        assert isinstance(mention, TextSent)
        assert (mention.text, mention.addressed, mention.sender.name) == ("menu", True, "Bình")
        assert isinstance(command, Commanded)
        assert mention.chat == command.chat
        assert mention.sender.id.startswith("binh-")


def test_the_groups_of_the_stage_tell_nobody_to_reply_to_a_message() -> None:
    """Its page has no replies; only a mention is heard there."""
    rich = first_phones(make_kit())[0].platform
    group = rich.capabilities["group"]
    assert (group.hears_everything, group.sees_replies) == (False, False)


def test_a_link_opens_a_private_chat_where_the_installation_has_an_address() -> None:
    public = make_kit(settings=Settings(public_url="https://xa.example/"))
    assert served(public).link("g_cai vneid&x") == "https://xa.example/chat?start=g_cai%20vneid%26x"
    rich, plain = (phone.platform for phone in first_phones(public))
    assert rich.link("abc") == "https://xa.example/chat?phone=rich&start=abc"
    assert plain.link("abc") == "https://xa.example/chat?phone=plain&start=abc"
    assert served(make_kit()).link("abc") is None


async def test_closing_the_platform_closes_its_sockets(house: House) -> None:
    async with house.browser().socket() as socket:
        await socket.send_json(said("menu"))
        await until(socket, "ack")
        closing = asyncio.create_task(house.platforms["web"].close())
        while (received := await socket.receive(timeout=5)).type is WSMsgType.TEXT:
            pass
        assert received.type is WSMsgType.CLOSE
        assert received.data == 1001
        await closing


async def test_a_log_that_fails_in_mid_delivery_makes_the_page_connect_again() -> None:
    class Broken(MemoryLog):
        broken = False

        async def since(self, chat_id: str, number: int, limit: int = 500) -> list[tuple[int, str]]:
            if self.broken:
                raise OSError("no database")
            return await super().since(chat_id, number, limit)

    log = Broken()
    kit = make_kit(log=log)
    async with running(kit, [served(kit)]) as house, house.browser().socket() as socket:
        await socket.send_json(said("menu"))
        await until(socket, "ack")
        log.broken = True
        house.platforms["web"].wake(house.notes.events[-1].chat.id)
        while (received := await socket.receive(timeout=5)).type is WSMsgType.TEXT:
            pass
        assert received.type is WSMsgType.CLOSE
        assert received.data == 1011
        async with house.browser().socket() as another:
            refused = await another.receive(timeout=5)
            assert (refused.type, refused.data) == (WSMsgType.CLOSE, 1011)


def test_an_unknown_option_stops_the_start() -> None:
    with pytest.raises(SettingsError, match="BOT_WEB_TITEL"):
        create(make_kit({"titel": "x"}))
