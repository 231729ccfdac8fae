"""Telegram over real HTTP: what people do reaches the bot once, whatever the network does."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from bot.assembly.menu import menu
from bot.core.events import BotJoined, BotLeft, Chat, ChatMoved, Commanded, Event, PhotoSent, Pressed, TextSent
from bot.core.lean.values import replace
from bot.core.messages import Button, Message
from bot.core.platform import Platform
from bot.core.text import Text
from bot.platforms import Kit, MenuEntry, load
from bot.platforms.telegram.adapter import create
from bot.settings import Settings, SettingsError
from bot.testing.inbox import Inbox, listening
from tests.kit import StillClock, make_kit

from .fake_telegram import (
    TOKEN,
    FakeTelegram,
    Fault,
    bad_gateway,
    drop,
    half_body,
    noise,
    refuse,
    too_many,
)
from .telegram_rules import Pending


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as server:
        yield server


class GatedClock(StillClock):
    """Sleeps end when the test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()
        self.asleep = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds)
        self.asleep.set()
        await self.gate.wait()


@asynccontextmanager
async def served(telegram: FakeTelegram, clock: StillClock | None = None) -> AsyncIterator[tuple[Kit, Platform]]:
    """A bot in webhook mode behind a real port; it does not listen yet."""
    door = socket.socket()
    door.bind(("127.0.0.1", 0))
    settings = Settings(public_url=f"http://127.0.0.1:{door.getsockname()[1]}")
    kit = make_kit(telegram.options(mode="webhook"), settings=settings, clock=clock)
    platform = create(kit)
    runner = web.AppRunner(kit.web, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.SockSite(runner, door).start()
    try:
        yield kit, platform
    finally:
        await runner.cleanup()


@asynccontextmanager
async def hooked(telegram: FakeTelegram, inbox: Inbox, clock: StillClock | None = None) -> AsyncIterator[None]:
    """The same, listening."""
    async with served(telegram, clock) as (_, platform), listening(platform, inbox):
        await telegram.until(lambda: telegram.webhook)
        yield


def secret_of(telegram: FakeTelegram) -> str:
    assert telegram.webhook is not None
    return telegram.webhook[1]


def polling(telegram: FakeTelegram, clock: StillClock | None = None) -> Platform:
    return create(make_kit(telegram.options(), clock=clock))


# Settings.


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({}, "BOT_TELEGRAM_TOKEN"),
        ({"token": "my secret"}, "BOT_TELEGRAM_TOKEN"),
        ({"token": TOKEN, "mode": "push"}, "BOT_TELEGRAM_MODE"),
        ({"token": TOKEN, "api_base": "127.0.0.1"}, "BOT_TELEGRAM_API_BASE"),
        ({"token": TOKEN, "proxy": "socks5://127.0.0.1:1"}, "BOT_TELEGRAM_PROXY"),
        ({"token": TOKEN, "colour": "red"}, "BOT_TELEGRAM_COLOUR: there is no such setting"),
        ({"token": TOKEN, "mode": "webhook"}, "BOT_PUBLIC_URL"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_its_name_and_without_its_value(
    options: dict[str, str], complaint: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        load("telegram").create(make_kit(options))
    assert complaint in str(caught.value)
    assert "secret" not in str(caught.value)
    assert TOKEN not in str(caught.value)


# Starting.


async def test_menus_are_set_in_both_languages_for_private_chats_and_groups(telegram: FakeTelegram) -> None:
    """The commune's menu."""
    async with listening(create(replace(make_kit(telegram.options()), menu=menu())), Inbox()):
        await telegram.until(lambda: len(telegram.menus) == 4)
    assert set(telegram.menus) == {
        (scope, language) for scope in ("all_private_chats", "all_group_chats") for language in ("", "en")
    }
    private, group = (set(telegram.menus[scope, ""]) for scope in ("all_private_chats", "all_group_chats"))
    expected = (
        "start menu huongdan tim tieptuc trogiup ngonngu chulon huy baocao khokhan nhiemvu thongbao dangky kiemtra "
        "dovui cauhoi moi dulieu xoadulieu dung"
    )
    assert private == set(expected.split())
    assert private - group == {"cauhoi", "moi", "dulieu", "xoadulieu"}


async def test_an_app_without_a_menu_sets_none(telegram: FakeTelegram) -> None:
    inbox = Inbox()
    async with listening(polling(telegram), inbox):
        await telegram.says(telegram.person("Hoa"), "hello")
        await inbox.holds(1)
    assert telegram.menus == {}


async def test_what_telegram_would_refuse_a_whole_menu_for_is_left_out(telegram: FakeTelegram) -> None:
    entries = [MenuEntry("lend", "Lend a book"), MenuEntry("báo cáo", "Report"), MenuEntry("a" * 33, "Long"),
               MenuEntry("mine", "x" * 300, personal=True)]  # fmt: skip
    kit = replace(make_kit(telegram.options()), menu={"": entries, "hmn": entries, "de": entries[:1]})
    async with listening(create(kit), Inbox()):
        await telegram.until(lambda: len(telegram.menus) == 4)
    assert telegram.menus["all_private_chats", ""] == {"lend": "Lend a book", "mine": "x" * 256}
    assert telegram.menus["all_group_chats", ""] == {"lend": "Lend a book"}
    assert {language for _, language in telegram.menus} == {"", "de"}


async def test_a_server_that_is_down_at_the_start_is_asked_again_with_growing_pauses(telegram: FakeTelegram) -> None:
    clock, inbox = StillClock(), Inbox()
    telegram.fail("getMe", bad_gateway(), drop(accepted=False), half_body(), refuse(500, "Internal"), too_many(9))
    telegram.fail("deleteWebhook", noise())
    async with listening(polling(telegram, clock), inbox):
        await telegram.says(telegram.person("Hoa"), "chào")
        await inbox.holds(1)
    assert clock.slept == [1, 2, 4, 8, 9, 1]


@pytest.mark.parametrize("refusal", [refuse(401, "Unauthorized"), refuse(404, "Not Found")])
async def test_a_wrong_token_is_one_clear_line_and_ends_only_this_platform(
    telegram: FakeTelegram, caplog: pytest.LogCaptureFixture, refusal: Fault
) -> None:
    telegram.fail("getMe", refusal)
    platform = polling(telegram)
    with caplog.at_level(logging.INFO), pytest.raises(SettingsError, match=r"^BOT_TELEGRAM_TOKEN: "):
        await platform.listen(Inbox().note)
    await platform.close()
    assert [record for record in caplog.records if record.name.startswith("bot.")] == []  # who listens says it


async def test_a_token_that_is_revoked_later_ends_the_platform_too(telegram: FakeTelegram) -> None:
    platform = create(make_kit(telegram.options(poll_seconds="0")))
    async with listening(platform, Inbox()) as listen:
        await telegram.says(telegram.person("Hoa"), "chào")
        telegram.fail("getUpdates", refuse(401, "Unauthorized"))
        with pytest.raises(SettingsError, match="BOT_TELEGRAM_TOKEN"):
            await listen


async def test_a_webhook_address_that_telegram_refuses_is_named(telegram: FakeTelegram) -> None:
    telegram.fail("setWebhook", refuse(400, "Bad Request: bad webhook: HTTPS url must be provided for webhook"))
    kit = make_kit(telegram.options(mode="webhook"), settings=Settings(public_url="http://xa.example"))
    platform = create(kit)
    with pytest.raises(SettingsError, match=r"^BOT_PUBLIC_URL: .*HTTPS"):
        await platform.listen(Inbox().note)
    await platform.close()


async def test_a_link_opens_the_private_chat_with_a_code(telegram: FakeTelegram) -> None:
    inbox, hoa, platform = Inbox(), telegram.person("Hoa"), polling(telegram)
    assert platform.link("g_vneid_2") is None
    assert platform.group_link("g_vneid_2") is None
    async with listening(platform, inbox):
        await telegram.says(hoa, "/start g_vneid_2")
        assert platform.link("g_vneid_2") == "https://t.me/lang_bot?start=g_vneid_2"
        assert platform.link("x" * 65) is None
        assert platform.link("mã mời") is None
        assert platform.group_link("thon-lac-hien") == "https://t.me/lang_bot?startgroup=thon-lac-hien"
        assert platform.group_link("x" * 65) is None
    (event,) = inbox.events
    assert isinstance(event, Commanded)
    assert (event.name, event.args) == ("start", "g_vneid_2")


# Polling.


async def test_what_people_do_arrives_in_order_each_thing_once(telegram: FakeTelegram) -> None:
    hoa, inbox = telegram.person("Hoa", language="en"), Inbox()
    group = telegram.group("Thôn Lạc Hiền")
    async with listening(polling(telegram), inbox):
        await telegram.says(hoa, "/start ma-moi")
        await telegram.says(hoa, "@lang_bot menu", group)
        await telegram.removes_bot(hoa, group)
        await telegram.adds_bot(hoa, group)
        await telegram.blocks(hoa)
        await telegram.unblocks(hoa)
        new = await telegram.upgrades(hoa, group)
        await telegram.sends_photos(hoa)
    kinds = [type(event) for event in inbox.events]
    assert kinds == [Commanded, TextSent, BotLeft, BotJoined, BotLeft, BotJoined, ChatMoved, ChatMoved, PhotoSent]
    assert len({event.id for event in inbox.events}) == len(inbox.events) - 1  # the move is told twice
    assert inbox.events[0].sender.locale == "en"
    move = inbox.events[6]
    assert isinstance(move, ChatMoved)
    assert (move.chat.id, move.new_chat_id) == (str(group.id), str(new.id))


async def test_what_could_not_be_noted_comes_again_until_it_is(telegram: FakeTelegram) -> None:
    clock, inbox, hoa = StillClock(), Inbox(refusals=3), telegram.person("Hoa")
    async with listening(polling(telegram, clock), inbox):
        await telegram.says(hoa, "một")
        assert [event for event in inbox.events if isinstance(event, TextSent)]
        await telegram.says(hoa, "hai")
    assert [event.text for event in inbox.events if isinstance(event, TextSent)] == ["một", "hai"]
    assert inbox.attempts == 5
    assert clock.slept == [1, 2, 4]


async def test_nothing_is_confirmed_before_it_is_noted(telegram: FakeTelegram) -> None:
    entered, allowed, confirmed = asyncio.Event(), asyncio.Event(), []

    async def slow(events: Sequence[Event]) -> None:
        entered.set()
        await allowed.wait()
        confirmed.append(len(telegram.pending))

    platform = polling(telegram)
    listen = asyncio.create_task(platform.listen(slow))
    says = asyncio.create_task(telegram.says(telegram.person("Hoa"), "chào"))
    await entered.wait()
    assert len(telegram.pending) == 1
    allowed.set()
    await says
    assert confirmed == [1]
    assert telegram.pending == []
    listen.cancel()
    await asyncio.gather(listen, return_exceptions=True)
    await platform.close()


async def test_a_bot_that_died_after_noting_gets_the_same_event_under_the_same_name(telegram: FakeTelegram) -> None:
    first, second, died = Inbox(), Inbox(), asyncio.Event()

    async def note_and_die(events: Sequence[Event]) -> None:
        await first.note(events)
        died.set()
        await asyncio.Event().wait()

    platform = polling(telegram)
    listen = asyncio.create_task(platform.listen(note_and_die))
    says = asyncio.create_task(telegram.says(telegram.person("Hoa"), "chào"))
    await died.wait()
    listen.cancel()
    await asyncio.gather(listen, return_exceptions=True)
    await platform.close()
    async with listening(polling(telegram), second):
        await says
    assert [event.id for event in first.events] == [event.id for event in second.events]


async def test_updates_that_nobody_can_read_hold_up_no_others(telegram: FakeTelegram) -> None:
    inbox, hoa = Inbox(), telegram.person("Hoa")
    async with listening(polling(telegram), inbox):
        await telegram.delivers(hoa.id, message={"message_id": "?"})
        await telegram.delivers(hoa.id, brain_wave={"strength": 7})
        await telegram.delivers(hoa.id, message=7)
        await telegram.says(hoa, "chào")
    assert [event.kind for event in inbox.events] == ["said"]


async def test_updates_without_ids_make_no_hot_loop(telegram: FakeTelegram) -> None:
    clock, inbox = StillClock(), Inbox()
    nameless = Pending(1, {"message": 7}, 0)
    telegram.pending.append(nameless)
    async with listening(polling(telegram, clock), inbox):
        await telegram.until(lambda: len(telegram.called("getUpdates")) > 3)
        telegram.pending.remove(nameless)
        await telegram.says(telegram.person("Hoa"), "chào")
    assert clock.slept[:3] == [1, 2, 4]
    assert len(inbox.events) == 1


@pytest.mark.parametrize(
    "faults",
    [
        (bad_gateway(), bad_gateway()),
        (drop(accepted=False), drop(accepted=True)),
        (half_body(), noise()),
        (too_many(3), too_many()),
        (refuse(500, "Internal Server Error"), refuse(502, None)),
        (refuse(409, "Conflict: terminated by other getUpdates request"),),
    ],
    ids=["html", "dropped", "half", "429", "5xx", "conflict"],
)
async def test_a_failing_server_loses_no_update(telegram: FakeTelegram, faults: tuple[Fault, ...]) -> None:
    inbox, hoa, clock = Inbox(), telegram.person("Hoa"), StillClock()
    async with listening(polling(telegram, clock), inbox):
        await telegram.says(hoa, "một")
        telegram.fail("getUpdates", *faults)
        await telegram.says(hoa, "hai")
        await telegram.says(hoa, "ba")
        await telegram.says(hoa, "bốn")
    said = {event.id: event.text for event in inbox.events if isinstance(event, TextSent)}
    assert list(said.values()) == ["một", "hai", "ba", "bốn"]
    assert len(clock.slept) == len(faults)


async def test_an_album_that_is_still_being_sent_is_waited_for(telegram: FakeTelegram) -> None:
    clock, inbox, hoa = GatedClock(), Inbox(), telegram.person("Hoa")

    async def sends_one() -> None:
        await telegram.posts(hoa, photo=[{"file_id": "x"}], media_group_id="1")

    async with listening(polling(telegram, clock), inbox):
        parts = [asyncio.create_task(sends_one())]
        await clock.asleep.wait()
        parts += [asyncio.create_task(sends_one()) for _ in range(2)]
        await telegram.until(lambda: len(telegram.pending) == 3)
        clock.gate.set()
        await asyncio.gather(*parts)
    (event,) = inbox.events
    assert isinstance(event, PhotoSent)
    assert len(event.files) == 3


# Presses.


async def test_every_press_is_answered_and_a_late_answer_hurts_nobody(telegram: FakeTelegram) -> None:
    inbox, hoa, platform = Inbox(), telegram.person("Hoa"), polling(telegram)
    room = telegram.private(hoa)
    async with listening(platform, inbox):
        chat = Chat("telegram", str(room.id), "private")
        sent = await platform.send(chat, Message(Text.of("Bước 1"), (Button("Tiếp", "g|a|b"),)))
        pressed = [await telegram.presses(hoa, "Tiếp")]
        await telegram.until(lambda: telegram.answered)
        telegram.fail("answerCallbackQuery", refuse(400, "Bad Request: query is too old and response timeout expired"))
        await telegram.presses(hoa, "Tiếp")
        pressed.append(await telegram.presses_data(hoa, "forged", 99))
        await telegram.until(lambda: len(telegram.answered) == 2)
    assert sorted(telegram.answered) == sorted(pressed)
    presses = [event for event in inbox.events if isinstance(event, Pressed)]
    assert [(event.data, event.message_id) for event in presses] == [
        ("g|a|b", sent.message_id),
        ("g|a|b", sent.message_id),
        ("forged", "99"),
    ]


async def test_a_press_is_not_answered_before_it_is_noted(telegram: FakeTelegram) -> None:
    inbox, hoa = Inbox(refusals=1), telegram.person("Hoa")
    async with listening(polling(telegram), inbox):
        await telegram.presses_data(hoa, "x", 1)
        await telegram.until(lambda: telegram.answered)
    assert len(telegram.called("answerCallbackQuery")) == 1


async def test_a_press_that_is_delivered_again_is_answered_once(telegram: FakeTelegram) -> None:
    """Our acknowledgement was lost, so Telegram brings the same update once more."""
    inbox, hoa = Inbox(), telegram.person("Hoa")
    async with hooked(telegram, inbox):
        await telegram.presses_data(hoa, "x", 1)
        await telegram.until(lambda: telegram.answered)
        (event,) = inbox.events
        press = {"id": telegram.answered[0], "from": {"id": hoa.id, "is_bot": False, "first_name": "Hoa"}, "data": "x"}
        room = {"id": hoa.id, "type": "private"}
        body = {"callback_query": {**press, "message": {"message_id": 1, "date": 0, "chat": room}}}
        assert telegram.webhook is not None
        for _ in range(2):
            again = await telegram.push({"update_id": int(event.id[1:]), **body}, secret=telegram.webhook[1])
            assert again == 200
    assert len(telegram.called("answerCallbackQuery")) == 1


# Webhook.


async def test_a_webhook_brings_what_people_say_and_press(telegram: FakeTelegram) -> None:
    inbox, hoa = Inbox(), telegram.person("Hoa")
    async with hooked(telegram, inbox):
        await telegram.says(hoa, "chào")
        query = await telegram.presses_data(hoa, "x", 1)
        await telegram.until(lambda: telegram.answered == [query])
    assert [event.kind for event in inbox.events] == ["said", "pressed"]
    assert telegram.called("getUpdates") == []


async def test_what_waited_while_the_bot_was_down_is_brought(telegram: FakeTelegram) -> None:
    inbox, hoa = Inbox(), telegram.person("Hoa")
    waiting = asyncio.create_task(telegram.says(hoa, "chào"))
    async with hooked(telegram, inbox):
        await waiting
    assert len(inbox.events) == 1


@pytest.mark.parametrize("secret", [None, "", "wrong", "ă", "k" * 64])
async def test_without_the_secret_nothing_happens(
    telegram: FakeTelegram, secret: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    inbox, hoa = Inbox(), telegram.person("Hoa")
    query = {"id": "1", "from": hoa.json, "message": {"message_id": 1, "chat": telegram.private(hoa).json}, "data": "x"}
    async with hooked(telegram, inbox):
        before = len(telegram.calls)
        caplog.clear()
        assert await telegram.push({"update_id": 5, "callback_query": query}, secret=secret) == 401
        assert (inbox.attempts, len(telegram.calls), caplog.records) == (0, before, [])
        assert await telegram.push({"update_id": 5, "callback_query": query}, secret=secret_of(telegram)) == 200
        assert inbox.attempts == 1


async def test_a_webhook_says_503_until_the_event_is_noted(telegram: FakeTelegram) -> None:
    inbox, hoa = Inbox(refusals=1), telegram.person("Hoa")
    async with hooked(telegram, inbox):
        body = {"update_id": 5, "message": telegram._post(hoa, telegram.private(hoa), text="chào")}
        secret = secret_of(telegram)
        assert [await telegram.push(body, secret=secret) for _ in range(2)] == [503, 200]
    assert [event.id for event in inbox.events] == ["u5"]


async def test_a_webhook_says_503_while_nobody_listens(telegram: FakeTelegram) -> None:
    async with served(telegram) as (kit, platform):
        url = f"{kit.settings.public_url}/hooks/telegram"
        assert await telegram.push({"update_id": 5}, secret=kit.derive("telegram-webhook"), url=url) == 503
        assert await telegram.push({"update_id": 5}, secret="k" * 64, url=url) == 401
        await platform.close()


@pytest.mark.parametrize("body", [b"", b"{", b"null", b"[]", b"\xff\xfe", b'{"update_id": 1e999}', b"[" * 100_000])
async def test_a_body_that_is_no_update_is_swallowed_so_that_it_does_not_come_forever(
    telegram: FakeTelegram, body: bytes
) -> None:
    inbox = Inbox()
    async with hooked(telegram, inbox):
        assert await telegram.push(body, secret=secret_of(telegram)) == 200
    assert inbox.attempts == 0


async def test_a_huge_body_is_refused(telegram: FakeTelegram) -> None:
    async with hooked(telegram, Inbox()):
        assert await telegram.push(b"[" * 2_000_000, secret=secret_of(telegram)) == 413


async def test_the_photos_of_an_album_over_the_webhook_are_noted_one_by_one_and_at_once(telegram: FakeTelegram) -> None:
    """The server brings the second one only when the first is answered; to wait for it would only take time."""
    clock, inbox, hoa = StillClock(), Inbox(), telegram.person("Hoa")
    async with hooked(telegram, inbox, clock):
        await telegram.sends_photos(hoa, 3, caption="ba ảnh")
    assert [event.caption for event in inbox.events if isinstance(event, PhotoSent)] == ["ba ảnh", "", ""]
    assert clock.slept == []


# The fake itself.


async def test_two_bots_with_one_token_are_told_so(telegram: FakeTelegram) -> None:
    inbox, clock = Inbox(), StillClock()
    async with listening(polling(telegram, clock), inbox):
        await telegram.until(lambda: telegram.called("getUpdates"))
        second = create(make_kit(telegram.options(poll_seconds="0"), clock=StillClock()))
        async with listening(second, Inbox()):
            await telegram.until(lambda: len(telegram.called("getMe")) == 2 and len(telegram.called("getUpdates")) > 2)
    assert clock.slept
    assert json.loads(telegram.called("getUpdates")[0].params["allowed_updates"]) == [
        "message",
        "edited_message",
        "callback_query",
        "poll_answer",
        "my_chat_member",
    ]
