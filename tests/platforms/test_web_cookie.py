"""The cookie of the web chat: ours alone, and another one after each change of rights."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast
from uuid import uuid4

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, CookieJar, WSMsgType
from aiohttp.test_utils import TestServer
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction
from yarl import URL

from bot.assembly.parts import put_together
from bot.core.events import Event
from bot.core.lean.values import replace
from bot.core.messages import Message
from bot.core.sessions import StoreUnavailable
from bot.core.text import Text
from bot.features import units
from bot.features.demo import village
from bot.features.invites.kept import Created
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.features.people.standing import standing
from bot.features.privacy import consent
from bot.features.rights.table import RESIDENT
from bot.platforms import Kit
from bot.platforms.web.renewal import LEFT_FOR
from bot.platforms.web.visitor import COOKIE
from bot.settings import Settings
from tests.kit import MemoryLog, StillClock, make_kit
from tests.platforms.test_web import Browser, House, message_of, receive, running, said, served, until


@dataclass
class Rights:
    """What each visitor may."""

    of: dict[str, str] = field(default_factory=dict)
    away: bool = False

    async def __call__(self, native_id: str) -> str:
        if self.away:
            raise StoreUnavailable("the database is away")
        return self.of.get(native_id, "")


class HeldClock(StillClock):
    """Holds the sockets that a change left behind until they are let go."""

    def __init__(self) -> None:
        super().__init__()
        self.held = asyncio.Semaphore(0)
        self.let_go = asyncio.Event()

    async def holds_one(self) -> None:
        async with asyncio.timeout(5):
            await self.held.acquire()

    async def sleep(self, seconds: float) -> None:
        if seconds == LEFT_FOR:
            self.held.release()
            await self.let_go.wait()
        else:
            await super().sleep(seconds)


@pytest.fixture
def rights() -> Rights:
    return Rights()


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
def log() -> MemoryLog:
    return MemoryLog()


@pytest.fixture
def kit(rights: Rights, clock: HeldClock, log: MemoryLog) -> Kit:
    return _process(rights, clock, log)


def _process(rights: Rights, clock: HeldClock, log: MemoryLog) -> Kit:
    async def answered(chat_id: str, number: int) -> str | None:
        return log.entries[chat_id][number - 1][0]

    return replace(make_kit(log=log, clock=clock), standing=rights, answered=answered)


@pytest.fixture
async def house(kit: Kit) -> AsyncIterator[House]:
    async with running(kit, [served(kit)]) as house:
        yield house


async def _cookie(browser: Browser) -> str:
    """What the browser has after a visit."""
    async with browser.session.get(f"{browser.base}/chat") as response:
        assert response.status == 200
    return next(cookie.value for cookie in browser.session.cookie_jar if cookie.key == COOKIE)


async def _who(house: House, browser: Browser) -> str:
    """The id under which the bot hears this browser."""
    async with browser.socket() as socket:
        await socket.send_json(said("menu"))
        await until(socket, "ack")
    return house.notes.events[-1].sender.id


def _takes(browser: Browser, value: str) -> None:
    browser.session.cookie_jar.update_cookies({COOKIE: value}, URL(browser.base))


@pytest.mark.parametrize(
    "forge",
    [
        lambda cookie: "A" * 43,
        lambda cookie: cookie.partition(".")[0],
        lambda cookie: f"{'A' * 43}.{cookie.partition('.')[2]}",
        lambda cookie: cookie[:-1] + ("0" if cookie[-1] != "0" else "1"),
        lambda cookie: cookie + "0",
    ],
    ids=["no signature", "cut off", "of another", "one letter", "longer"],
)
async def test_a_cookie_that_the_server_did_not_sign_is_nobody_s(house: House, forge: Callable[[str], str]) -> None:
    """Red before: whatever looked like a cookie was one, so a page could give a browser the cookie of its choice."""
    mine, other = house.browser(), house.browser()
    cookie = await _cookie(mine)
    _takes(other, forge(cookie))
    assert await _who(house, other) != await _who(house, mine)
    _takes(other, cookie)
    assert await _who(house, other) == await _who(house, mine)


async def _renewed(house: House, socket: ClientWebSocketResponse, rights: Rights) -> str:
    """The visitor behind `socket` says something, and by the time it is answered has other rights; the ticket."""
    event = await _says(house, socket, "đồng ý")
    await _answers(house, event, rights)
    return await _ticket(socket)


async def _says(house: House, socket: ClientWebSocketResponse, text: str) -> Event:
    """Return what the bot heard."""
    await socket.send_json(said(text))
    await until(socket, "ack")
    return house.notes.events[-1]


async def _answers(house: House, event: Event, rights: Rights | None = None) -> None:
    """Answer an event as the engine does; with `rights` it changes them, and its answer comes after that."""
    if rights is not None:
        rights.of[event.sender.id] = f"{rights.of.get(event.sender.id, '')}+"
    await house.platforms["web"].send(event.chat, Message(Text.of("Xong.")), key=event.id)


async def _ticket(socket: ClientWebSocketResponse) -> str:
    ticket = (await until(socket, "renew"))["renew"]
    assert isinstance(ticket, str)
    return ticket


async def _renews(browser: Browser, ticket: str) -> None:
    headers = {"Origin": browser.base}
    async with browser.session.post(f"{browser.base}/chat/renew", data=ticket, headers=headers) as answer:
        assert answer.status == 204


async def _until_closed(socket: ClientWebSocketResponse) -> list[str]:
    """The frames that came before the end."""
    frames = []
    while (message := await socket.receive(timeout=5)).type is WSMsgType.TEXT:
        frames.append(message.data)
    assert message.type is WSMsgType.CLOSE
    return frames


async def _and_a_thief(house: House) -> tuple[Browser, Browser]:
    """A browser, and another one with a copy of its cookie."""
    mine, thief = house.browser(), house.browser()
    _takes(thief, await _cookie(mine))
    return mine, thief


async def test_a_change_of_rights_gives_another_cookie_to_who_made_it_and_ends_the_old_one(
    house: House, rights: Rights
) -> None:
    """Red before: a cookie that somebody else had put there, or had read, went on with the new rights."""
    mine, thief = house.browser(), house.browser()
    old = await _cookie(mine)
    _takes(thief, old)
    async with thief.socket() as watching, mine.socket() as socket:
        ticket = await _renewed(house, socket, rights)
        me = house.notes.events[-1].sender.id
        for body, cookies in ((b"0" * 32, mine), (b"", mine), (b"x" * 1000, mine), (ticket.encode(), house.browser())):
            address = f"{house.base}/chat/renew"
            async with cookies.session.post(address, data=body, headers={"Origin": house.base}) as refused:
                assert refused.status == 403
                assert "Set-Cookie" not in refused.headers
        async with mine.session.post(f"{house.base}/chat/renew", data=ticket) as strange:
            assert strange.status == 403, "no page of ours asked"
        await _renews(mine, ticket)
        assert not any("renew" in frame for frame in await _until_closed(watching))
        await socket.send_json(said("menu"))
        await until(socket, "ack")
    assert await _cookie(mine) != old
    assert await _who(house, mine) == me, "the conversation goes on"
    _takes(thief, old)
    assert await _who(house, thief) != me


async def _stays_the_victim_s(house: House, mine: Browser, ticket: str, stolen: ClientWebSocketResponse) -> None:
    """The victim goes on under a new cookie; the thief's socket shows nothing more, is not heard and ends."""
    heard, old = len(house.notes.events), await _stored(mine)
    await stolen.send_json(said("của tôi"))
    await _renews(mine, ticket)
    assert not any("renew" in frame for frame in await _until_closed(stolen))
    assert len(house.notes.events) == heard
    assert await _stored(mine) != old


async def _stored(browser: Browser) -> str:
    """The cookie that the browser has, without a visit."""
    return next(cookie.value for cookie in browser.session.cookie_jar if cookie.key == COOKIE)


async def test_a_thief_who_speaks_right_after_the_victim_gets_no_ticket(
    house: House, rights: Rights, clock: HeldClock
) -> None:
    """Red before: the ticket went to who had spoken last, and the victim's page was closed."""
    mine, thief = await _and_a_thief(house)
    async with mine.socket() as socket, thief.socket() as stolen:
        agreed = await _says(house, socket, "đồng ý")
        await _says(house, stolen, "vâng")
        await _answers(house, agreed, rights)
        ticket = await _ticket(socket)
        await clock.holds_one()
        await _stays_the_victim_s(house, mine, ticket, stolen)


async def test_a_thief_who_speaks_without_a_pause_gets_no_ticket(
    house: House, rights: Rights, clock: HeldClock
) -> None:
    """Mechanism: the reply that bears other rights tells which words it answers; what was said first tells nothing."""
    mine, thief = await _and_a_thief(house)
    async with mine.socket() as socket, thief.socket() as stolen:
        before = await _says(house, stolen, "một")
        agreed = await _says(house, socket, "đồng ý")
        await _answers(house, before)
        after = await _says(house, stolen, "hai")
        await _answers(house, agreed, rights)
        await _answers(house, after)
        ticket = await _ticket(socket)
        await clock.holds_one()
        await _stays_the_victim_s(house, mine, ticket, stolen)


@pytest.mark.parametrize("repeated", ["text", "press"])
async def test_a_thief_who_repeats_the_victim_s_words_under_their_id_gets_no_ticket(
    house: House, rights: Rights, clock: HeldClock, repeated: str
) -> None:
    """Whoever looks at the chat reads that id; mechanisms: only what the log takes as new was said; presses apart."""
    mine, thief = await _and_a_thief(house)
    async with mine.socket() as socket, thief.socket() as stolen:
        agreed = await _says(house, socket, "mã của tôi")
        (key,) = {agreed.id.rpartition(":")[2]}
        await stolen.send_json({"id": key, repeated: "mã của tôi"})
        assert await until(stolen, "ack") == {"ack": key}
        await _answers(house, agreed, rights)
        ticket = await _ticket(socket)
        await clock.holds_one()
        await _stays_the_victim_s(house, mine, ticket, stolen)


async def test_a_press_that_changes_rights_gets_the_ticket(house: House, rights: Rights) -> None:
    mine = house.browser()
    async with mine.socket() as socket:
        await socket.send_json({"id": str(uuid4()), "press": "consent.yes"})
        await until(socket, "ack")
        await _answers(house, house.notes.events[-1], rights)
        await _renews(mine, await _ticket(socket))


async def test_a_socket_that_asks_for_what_came_after_the_change_is_closed(
    house: House, rights: Rights, clock: HeldClock, log: MemoryLog
) -> None:
    """Of a thief, who opens it before the change, at a process that has not been told of it yet."""
    mine, thief = await _and_a_thief(house)
    elsewhere = _process(rights, clock, log)
    async with running(elsewhere, [served(elsewhere)]) as there:
        at_other_door = there.browser()
        _takes(at_other_door, await _stored(thief))
        async with mine.socket() as socket, at_other_door.socket(since=None) as stolen:
            await _renewed(house, socket, rights)
            await stolen.send_json({"since": 2})
            assert await _until_closed(stolen) == []


async def test_a_socket_that_passes_by_the_change_is_closed(house: House, rights: Rights) -> None:
    """Of a thief, who opens it before the change and asks for nothing."""
    mine, thief = await _and_a_thief(house)
    async with mine.socket() as socket, thief.socket(since=None) as stolen:
        await _renewed(house, socket, rights)
        assert await _until_closed(stolen) == []


async def test_another_tab_is_left_open_until_the_browser_has_its_cookie_and_then_goes_on_with_it(
    house: House, rights: Rights, clock: HeldClock
) -> None:
    """One that came back before would be a stranger, and its cookie would take the place of the visitor's."""
    mine = house.browser()
    await _cookie(mine)
    async with mine.socket() as socket, mine.socket() as tab:
        agreed = await _says(house, socket, "đồng ý")
        assert "n" in await receive(tab)
        await _answers(house, agreed, rights)
        ticket = await _ticket(socket)
        ending = asyncio.create_task(_until_closed(tab))
        await clock.holds_one()
        assert not ending.done()
        await _renews(mine, ticket)
        assert await ending == [], "what comes after the change is shown under the new cookie only"
        async with mine.socket() as again:
            assert [(await receive(again))["n"] for _ in range(2)] == [1, 2]
            assert (await _says(house, again, "menu")).sender == agreed.sender
        assert (await _says(house, socket, "menu")).sender == agreed.sender


async def test_a_browser_that_never_fetches_its_cookie_leaves_no_other_socket_open(
    house: House, rights: Rights, clock: HeldClock
) -> None:
    mine, thief = await _and_a_thief(house)
    async with thief.socket() as stolen:
        async with mine.socket() as socket:
            await _renewed(house, socket, rights)
        clock.let_go.set()
        await _until_closed(stolen)


async def test_a_ticket_serves_after_the_socket_is_gone_and_a_second_time_changes_nothing(
    house: House, rights: Rights
) -> None:
    """A poor line: the page asks again when it heard no answer, and has connected again meanwhile."""
    mine = house.browser()
    async with mine.socket() as socket:
        ticket = await _renewed(house, socket, rights)
        me = house.notes.events[-1].sender
    await _renews(mine, ticket)
    cookie = await _stored(mine)
    async with mine.socket() as socket:
        assert (await _says(house, socket, "menu")).sender == me
        await _renews(mine, ticket)
        assert (await _says(house, socket, "menu")).sender == me
    assert await _cookie(mine) == cookie


async def test_a_thief_at_another_process_gets_no_ticket_and_is_closed_there(
    house: House, rights: Rights, clock: HeldClock, log: MemoryLog
) -> None:
    """Mechanism: the log decides, which both processes read; the socket there closes when its time is over."""
    mine, thief = await _and_a_thief(house)
    elsewhere = _process(rights, clock, log)
    async with running(elsewhere, [served(elsewhere)]) as there:
        at_other_door = there.browser()
        _takes(at_other_door, await _stored(thief))
        async with mine.socket() as socket, at_other_door.socket() as stolen:
            agreed = await _says(house, socket, "đồng ý")
            await _says(there, stolen, "vâng")
            await _answers(house, agreed, rights)
            ticket = await _ticket(socket)
            there.platforms["web"].wake(agreed.chat.id)
            await clock.holds_one()
            await stolen.send_json(said("của tôi"))
            await _renews(mine, ticket)
            clock.let_go.set()
            assert not any("renew" in frame for frame in await _until_closed(stolen))
            assert len(there.notes.events) == 1


async def test_what_is_sent_unasked_gives_nobody_a_ticket_but_the_next_answer(house: House, rights: Rights) -> None:
    """Rights that others changed: a notice tells nothing of who asked."""
    mine = house.browser()
    async with mine.socket() as socket:
        event = await _says(house, socket, "menu")
        rights.of[event.sender.id] = "a role"
        await house.platforms["web"].send(event.chat, Message(Text.of("Bác được nhận vai trò mới.")))
        assert set(await until(socket, "n")) == {"n", "message"}
        await _answers(house, event)
        await _renews(mine, await _ticket(socket))


async def test_nothing_changes_where_rights_did_not(house: House, rights: Rights) -> None:
    browser = house.browser()
    before = await _cookie(browser)
    async with browser.socket() as socket:
        await socket.send_json(said("menu"))
        await until(socket, "ack")
        for words in ("Một", "Hai"):
            await house.platforms["web"].send(house.notes.events[-1].chat, Message(Text.of(words)))
        frames = [await socket.receive_json(timeout=5) for _ in range(2)]
        assert [set(frame) for frame in frames] == [{"n", "message"}] * 2
    assert await _cookie(browser) == before


async def test_without_a_database_nobody_is_taken_for_a_new_visitor(house: House, rights: Rights) -> None:
    browser = house.browser()
    cookie = await _cookie(browser)
    rights.away = True
    async with browser.session.get(f"{house.base}/chat") as response:
        assert response.status == 503
        assert "Set-Cookie" not in response.headers
    rights.away = False
    assert await _cookie(browser) == cookie


async def test_consent_roles_and_their_end_are_changes_and_time_is_none(db: BaseDBAsyncClient) -> None:
    """As the features write them."""
    clock, account = StillClock(), Account("web", "v")
    seen = [await standing(*account)]
    assert seen == [""]
    person = await consent.agree(account, "v", "", clock.now(), once=True)
    seen.append(await standing(*account))
    assert await standing(*account) == seen[-1]
    await people.remember(account, "v", "", clock.now())
    assert await standing(*account) == seen[-1]
    await consent.decline(account, clock.now())
    seen.append(await standing(*account))
    await consent.agree(account, "v", "", clock.now())
    seen.append(await standing(*account))
    assert len(set(seen)) == 4
    assert seen[-1].startswith(f"{person}/")


@pytest.mark.timeout(120)
async def test_whoever_becomes_a_resident_by_code_gets_another_cookie(tmp_path: Path) -> None:
    """The whole bot: the code, consent, the role, and the page's own way to the new cookie."""
    async with put_together(Settings(data_dir=tmp_path), {}) as bot:
        async with in_transaction():
            await village.fill()
            place = await units.get("lac-hien")
            assert place is not None
            made = await bot.services.invites.create(RESIDENT, place.id, by=None, now=bot.services.now())
        assert isinstance(made, Created)
        await bot.engine.start()
        (platform,) = bot.running
        listening = asyncio.create_task(platform.listen(bot.engine.receive))
        server = TestServer(bot.pages)
        await server.start_server()
        async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
            browser = Browser(session, str(server.make_url("")).rstrip("/"))
            old = await _cookie(browser)
            async with browser.socket() as socket:
                await socket.send_json(said(made.code))
                while "buttons" not in (message := message_of(await until(socket, "n"))):
                    pass
                (agree,) = [data for label, data in cast("list[list[str]]", message["buttons"]) if label == "Đồng ý"]
                await socket.send_json({"id": str(uuid4()), "press": agree})
                ticket = (await until(socket, "renew"))["renew"]
            headers = {"Origin": browser.base}
            async with session.post(f"{browser.base}/chat/renew", data=ticket, headers=headers) as answer:
                assert answer.status == 204
            assert await _cookie(browser) != old
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        await platform.close()
        await server.close()
        await bot.engine.stop()
