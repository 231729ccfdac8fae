"""Photos and files from the page: what the bot is told, what the history shows, what is refused."""

from __future__ import annotations

import asyncio
import errno
import json
import logging
import os
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from html import unescape
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application, AppRunner, Request, TCPSite
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.events import Chat, Event, FileSent, Incoming, PhotoSent
from bot.core.lean.values import replace
from bot.core.platform import NoRoom, Rejected
from bot.core.sessions import Key, Session, StoreUnavailable
from bot.framework.process import words_of
from bot.platforms import Kit, Words, WordsOf
from bot.platforms.web import line, upload
from bot.platforms.web.adapter import RICH_CAPABILITIES, Web
from bot.platforms.web.pages import mount_chat
from bot.platforms.web.phone import Person, Phone
from bot.storage.media import MediaFiles
from bot.storage.store import ConversationStore
from tests.kit import MemoryLog, MemoryMedia, StillClock, catalogues, in_vietnamese, make_kit
from tests.ports import unused_port

PNG = b"\x89PNG\r\n\x1a\n a photo"
Client = TestClient[Request, Application]


class House:
    def __init__(self, kit: Kit, client: Client, web: Web, clock: StillClock) -> None:
        self.kit = kit
        self.client = client
        self.web = web
        self.clock = clock
        self.events: list[Event] = []

    async def note(self, events: object) -> None:
        assert isinstance(events, tuple)
        self.events += events

    async def sends(
        self,
        data: bytes = PNG,
        name: str = "ảnh màn hình.png",
        mime: str = "image/png",
        *,
        key: str | None = None,
        address: str = "",
        phone: str = "private",
        origin: str | None = None,
        person: str | None = None,
        caption: str = "",
    ) -> ClientResponse:
        own = str(self.client.make_url("")).rstrip("/")
        headers = {"Origin": own if origin is None else origin, "Content-Type": mime, "X-File-Name": quote(name)}
        headers["X-Caption"] = quote(caption)
        query = {"phone": phone, "id": key or str(uuid4())} | ({} if person is None else {"person": person})
        if address:
            headers["X-Forwarded-For"] = address
        return await self.client.post("/chat/file", params=query, data=data, headers=headers)

    @property
    def shown(self) -> list[str]:
        """What the history of all chats holds."""
        assert isinstance(self.kit.log, MemoryLog)
        entries = [json.loads(entry) for log in self.kit.log.entries.values() for _, entry in log]
        return [str(entry["text"][0][0]) for entry in entries]


def told(text: str) -> str:
    """A text of the page as the commune's people read it."""
    return catalogues().translate("vi", text)


@asynccontextmanager
async def opened(*, listening: bool = True, words_of: WordsOf = in_vietnamese) -> AsyncIterator[House]:
    clock = StillClock()
    kit = replace(make_kit(media=MemoryMedia(None), clock=clock), words_of=words_of)
    group = replace(RICH_CAPABILITIES, hears_everything=False)
    web = Web("web", {"private": RICH_CAPABILITIES, "group": group}, kit)
    hoa = (Person("", "Hoa"),)
    mount_chat(kit, (Phone("private", web, "private", "Hoa", hoa, ""), Phone("group", web, "group", "Nhóm", hoa, "g")))
    async with TestClient(TestServer(kit.web)) as client:
        house = House(kit, client, web, clock)
        task = asyncio.create_task(web.listen(house.note)) if listening else None
        await asyncio.sleep(0)
        yield house
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with opened() as house:
        yield house


async def test_a_photo_reaches_the_bot_and_its_name_the_history(house: House) -> None:
    assert (await house.sends()).status == 200
    (event,) = house.events
    assert isinstance(event, PhotoSent)
    (file,) = event.files
    assert (file.mime, file.size, file.name) == ("image/png", len(PNG), "ảnh màn hình.png")
    assert await house.web.fetch(file, 100) == PNG
    assert house.shown == ["📎 ảnh màn hình.png"]


async def test_another_file_is_a_file_and_its_name_is_only_a_name(house: House) -> None:
    for name, kept in ((r"C:\giấy\mẫu 1.xlsx", "mẫu 1.xlsx"), ("../../etc/passwd", "passwd"), ("", "tệp")):
        await house.sends(b"PK", name, "Nonsense/<b>")
        event = house.events[-1]
        assert isinstance(event, FileSent)
        assert (event.file.name, event.file.mime) == (kept, "application/octet-stream")


async def test_what_was_typed_meanwhile_goes_along(house: House) -> None:
    for mime in ("image/png", "application/pdf"):
        await house.sends(name="lớp.png", mime=mime, caption="Lớp học ở nhà văn hóa, otp 123456")
        event = house.events[-1]
        assert isinstance(event, PhotoSent | FileSent)
        assert event.caption == "Lớp học ở nhà văn hóa, otp 123456"
        assert house.shown[-1] == "📎 lớp.png\nLớp học ở nhà văn hóa, otp [số đã ẩn]"


async def test_a_repeat_of_the_page_is_the_same_event_and_one_line(house: House) -> None:
    key = str(uuid4())
    for _ in range(2):
        assert (await house.sends(key=key)).status == 200
    assert len({event.id for event in house.events}) == 1
    assert len(house.shown) == 1


async def test_a_secret_in_a_name_stays_out_of_the_history(house: House) -> None:
    await house.sends(name="mật khẩu: abc123 cccd 001085123456.png")
    assert "abc123" not in house.shown[0]
    assert "001085123456" not in house.shown[0]


async def test_in_a_group_the_bot_sees_what_is_shown_to_it_alone(house: House) -> None:
    """Red without `hears`: the bot kept what people showed each other."""
    assert (await house.sends(phone="group", caption="lớp học tối qua")).status == 200
    assert isinstance(house.kit.media, MemoryMedia)
    assert (house.events, house.kit.media.incoming) == ([], {})
    assert house.shown == ["📎 ảnh màn hình.png\nlớp học tối qua"]
    await house.sends(phone="group", caption="@bot bc vneid +12")
    (event,) = house.events
    assert isinstance(event, PhotoSent)
    assert (event.caption, event.addressed) == ("bc vneid +12", True)


async def test_pages_of_others_and_strangers_send_nothing(house: House) -> None:
    assert (await house.sends(origin="https://evil.example")).status == 403
    assert (await house.sends(person="nobody")).status == 403
    assert (await house.sends(phone="unknown")).status == 404
    assert (await house.sends(key="1 or 1=1")).status == 400
    assert house.events == []
    assert isinstance(house.kit.media, MemoryMedia)
    assert house.kit.media.incoming == {}


async def test_too_large_empty_and_no_room_are_told_in_words(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "LIMIT", 100)
    for data in (b"x" * 101, b"x" * 10_000):
        answer = await house.sends(data)
        assert (answer.status, await answer.text()) == (413, told(upload.TOO_LARGE))
    answer = await house.sends(b"")
    assert (answer.status, await answer.text()) == (400, told(upload.EMPTY))

    async def full(data: bytes, owner: str) -> str:
        raise NoRoom

    monkeypatch.setattr(house.kit.media, "receive", full)
    answer = await house.sends()
    assert (answer.status, await answer.text()) == (503, told(upload.FULL))
    assert house.events == []
    assert house.shown == []


@pytest.mark.parametrize("why", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
async def test_a_disk_that_fills_up_in_the_middle_of_a_file_is_told_in_a_sentence_and_costs_nothing_else(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, why: int
) -> None:
    """Red without the mechanism: an error 500 in English, and half a file that kept the room from others."""
    incoming, write_bytes = tmp_path / "media-incoming", Path.write_bytes
    monkeypatch.setattr(house.kit.media, "receive", MediaFiles(tmp_path / "media", tmp_path, None).receive)
    assert (await house.sends(b"first", key=str(uuid4()))).status == 200

    def filling(path: Path, data: bytes) -> int:
        write_bytes(path, data[:3])
        raise OSError(why, os.strerror(why))

    key = str(uuid4())
    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", filling)
        answer = await house.sends(key=key)
    said = upload.LOST if why == errno.EIO else upload.FULL
    assert (answer.status, await answer.text()) == (503, told(said))
    assert [path.read_bytes() for path in incoming.iterdir()] == [b"first"]
    assert (len(house.events), len(house.shown)) == (1, 1)
    assert (await house.sends(key=key)).status == 200, "the same file again, once there is room"
    assert sorted(path.read_bytes() for path in incoming.iterdir()) == sorted([b"first", PNG])
    assert (len(house.events), len(house.shown)) == (2, 2)


async def test_one_address_has_its_share_of_a_day_and_others_theirs(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload, "OF_ONE_ADDRESS", 2 * len(PNG))
    statuses = [(await house.sends(address="8.8.8.8")).status for _ in range(3)]
    assert statuses == [200, 200, 429]
    assert (await house.sends(address="9.9.9.9")).status == 200
    statuses = [(await house.sends()).status for _ in range(3)]
    assert statuses == [200, 200, 429], "a stranger may stand in our own network, too"
    house.clock.time += timedelta(days=1)
    assert (await house.sends(address="8.8.8.8")).status == 200


async def test_few_are_received_at_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "_AT_ONCE_OF_ONE", 0)
    assert (await house.sends(address="8.8.8.8")).status == 503
    assert (await house.sends()).status == 503, "one device of the office is no more than a stranger"
    monkeypatch.setattr(upload, "_AT_ONCE_OF_ONE", 1)
    assert (await house.sends()).status == 200
    monkeypatch.setattr(upload, "_AT_ONCE", 0)
    answer = await house.sends()
    assert (answer.status, await answer.text()) == (503, told(upload.BUSY))


async def test_what_cannot_be_noted_is_told_in_words(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(event: Event) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(house.web, "note", broken)
    answer = await house.sends()
    assert (answer.status, await answer.text()) == (503, told(upload.LOST))


async def test_what_is_refused_is_told_in_the_language_of_the_chat() -> None:
    """Mechanism: the adapter asks its kit for the words of the chat, also for those that the page has to say alone."""
    asked: list[Chat] = []

    async def shouted(chat: Chat) -> Words:
        asked.append(chat)
        return str.upper

    async with opened(words_of=shouted) as house:
        assert await (await house.sends(b"")).text() == upload.EMPTY.upper()
        page = unescape(await (await house.client.get("/chat")).text())
        for text in (upload.TOO_LARGE, upload.UNSENT, line.TOO_LONG):
            assert text.upper() in page
    assert {(one.platform, one.kind) for one in asked} == {("web", "private")}


async def test_the_language_is_the_one_of_the_conversation_and_without_a_database_the_commune_s(
    db: BaseDBAsyncClient,
) -> None:
    class Away(ConversationStore):
        async def load(self, key: Key, kind: str) -> Session:
            raise StoreUnavailable("the disk is full")

    store = ConversationStore(db)
    await store.save(Session(Key("web", "anna"), locale="en"))
    said = [
        (await words_of(catalogues().translate, where, "vi")(Chat("web", chat, "private")))(upload.EMPTY)
        for where, chat in ((store, "anna"), (store, "somebody"), (Away(db), "anna"))
    ]
    vietnamese = "Tệp này không có gì bên trong. Bác chọn lại giúp tôi."
    assert said == ["This file is empty. Please choose it again.", vietnamese, vietnamese]


async def test_bytes_that_are_no_letters_are_no_error(house: House) -> None:
    own = str(house.client.make_url("")).rstrip("/")
    for value in ("%FF%00%ED%A0%80", "\udcff\udcfe", "%F0%9F"):
        headers = {"Origin": own, "Content-Type": "image/png", "X-File-Name": value, "X-Caption": value}
        query = {"phone": "private", "id": str(uuid4())}
        answer = await house.client.post("/chat/file", params=query, data=PNG, headers=headers)
        assert answer.status == 200
    for event in house.events:
        assert isinstance(event, PhotoSent)
        (event.caption + event.files[0].name).encode()
    "".join(house.shown).encode()


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
@pytest.mark.parametrize(
    ("length", "half"),
    [(b"Content-Length: 1000", b"x" * 500), (b"Transfer-Encoding: chunked", b"1f4\r\n" + b"x" * 100)],
    ids=["length", "chunked"],
)
async def test_who_goes_away_in_the_middle_of_a_file_is_no_error_and_leaves_nothing(
    house: House, caplog: pytest.LogCaptureFixture, length: bytes, half: bytes, *, reset: bool
) -> None:
    """As a phone that loses its network does; red without `_let_leave`: a traceback of forty lines each time."""
    caplog.set_level(logging.DEBUG, "bot.framework.web_app")
    # Not TestServer: unlike the program's it cancels a request whose sender is gone.
    runner = AppRunner(house.kit.web, access_log=None)
    await runner.setup()
    await TCPSite(runner, "127.0.0.1", port := unused_port()).start()
    own = f"127.0.0.1:{port}"
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"POST /chat/file?phone=private&id={uuid4()} HTTP/1.1\r\nHost: {own}\r\nOrigin: http://{own}\r\n"
    writer.write(head.encode() + b"Content-Type: image/png\r\nExpect: 100-continue\r\n" + length + b"\r\n\r\n")
    assert b"100 Continue" in await reader.readline(), "the file is awaited"
    writer.write(half)
    if reset:
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.close()
    async with asyncio.timeout(30):
        while not caplog.records:  # noqa: ASYNC110 - what is logged wakes nobody
            await asyncio.sleep(0)
    await runner.cleanup()
    assert [line.levelname for line in caplog.records] == ["DEBUG"]
    assert isinstance(house.kit.media, MemoryMedia)
    assert (house.events, house.shown, house.kit.media.incoming) == ([], [], {})


async def test_before_the_bot_listens_nothing_is_taken() -> None:
    async with opened(listening=False) as house:
        assert (await house.sends()).status == 503
        assert house.shown == []


async def test_a_file_that_is_gone_or_larger_than_asked_for_is_refused(house: House) -> None:
    await house.sends()
    (event,) = house.events
    assert isinstance(event, PhotoSent)
    with pytest.raises(Rejected, match="large"):
        await house.web.fetch(event.files[0], len(PNG) - 1)
    with pytest.raises(Rejected, match="no longer"):
        await house.web.fetch(Incoming("../secret_key", "image/png", 1), 100)
