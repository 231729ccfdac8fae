"""What the bot says on Telegram, as people see it, and what becomes of it when Telegram refuses."""

from __future__ import annotations

import asyncio
import logging
import socket
import traceback
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.events import Chat, Incoming
from bot.core.lean.values import replace
from bot.core.messages import Attachment, Button, Message
from bot.core.platform import ChatGone, ChatReplaced, PlatformError, RateLimited, Rejected, Unreachable
from bot.core.sessions import StoreUnavailable
from bot.core.text import Span, Style, Text
from bot.platforms.telegram.adapter import create
from bot.platforms.telegram.write import CAPABILITIES, sending
from bot.testing.inbox import Inbox, listening
from tests.kit import MemoryMedia, MemoryValues, StillClock, make_kit

from .fake_telegram import (
    TOKEN,
    FakeTelegram,
    Fault,
    Key,
    Person,
    Room,
    bad_gateway,
    drop,
    half_body,
    noise,
    refuse,
    too_many,
)

HELLO = Message(Text.of("Chào **bác**"))
NEXT = (Button("Tiếp", "g|a|b"), Button("Thoát", "x"))


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as server:
        yield server


class Bot:
    """The adapter with one private chat and one group, its memory at hand."""

    def __init__(self, telegram: FakeTelegram, values: MemoryValues | None = None) -> None:
        self.telegram = telegram
        self.values = values or MemoryValues()
        self.media = MemoryMedia()
        self.clock = StillClock()
        kit = make_kit(telegram.options(), values=self.values, media=self.media, clock=self.clock)
        self.platform = create(kit)
        self.hoa: Person = telegram.person("Hoa")
        telegram.private(self.hoa)
        self.village: Room = telegram.group("Thôn Lạc Hiền")
        self.private = Chat("telegram", str(self.hoa.id), "private")
        self.group = Chat("telegram", str(self.village.id), "group")

    async def sends(self, message: Message, chat: Chat | None = None, replacing: str | None = None) -> str:
        return (await self.platform.send(chat or self.private, message, replacing=replacing)).message_id

    async def fails(self, message: Message = HELLO, chat: Chat | None = None) -> PlatformError:
        with pytest.raises(PlatformError) as caught:
            await self.sends(message, chat)
        return caught.value

    async def stores(self, data: bytes) -> str:
        return await self.media.store(data, "image/png")


@pytest.fixture
async def bot(telegram: FakeTelegram) -> AsyncIterator[Bot]:
    one = Bot(telegram)
    yield one
    await one.platform.close()


def attached(kind: str, media: str, text: str = "", buttons: tuple[Button, ...] = ()) -> Message:
    assert kind in ("photo", "audio", "file")
    return Message(Text.of(text), buttons, Attachment(kind, media, "ảnh màn hình"))  # type: ignore[arg-type]  # see above


# What is shown.


async def test_styles_and_links_cover_the_words_they_belong_to_also_after_an_emoji(bot: Bot) -> None:
    text = Text.of("😀 **Bước 1** 🇻🇳 _mở_ `VNeID` tại [cổng](https://dichvucong.gov.vn) {name}", name="**x** <b>")
    message_id = await bot.sends(Message(text))
    (shown,) = bot.telegram.shown(bot.hoa)
    assert shown.id == int(message_id)
    assert shown.text == "😀 Bước 1 🇻🇳 mở VNeID tại cổng **x** <b>"
    assert shown.styled == (
        ("bold", "Bước 1", ""),
        ("italic", "mở", ""),
        ("code", "VNeID", ""),
        ("text_link", "cổng", "https://dichvucong.gov.vn"),
    )


STYLES: st.SearchStrategy[Style] = st.sampled_from(["plain", "bold", "italic", "code"])


@given(st.lists(st.tuples(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), STYLES), max_size=8))
def test_an_entity_s_slice_of_utf16_units_is_the_span_s_text(parts: list[tuple[str, Style]]) -> None:
    text = Text(tuple(Span(words, style) for words, style in parts))
    chat, item = Chat("telegram", "1", "private"), Attachment("photo", "a", "ảnh")
    method = sending(chat, Message(text), item, "file-id")
    units = text.plain.encode("utf-16-le")
    sliced = [
        (units[2 * entity["offset"] : 2 * (entity["offset"] + entity["length"])].decode("utf-16-le"), entity["type"])
        for entity in method.model_dump()["caption_entities"]
    ]
    assert sliced == [(words, style) for words, style in parts if style != "plain"]


@pytest.mark.parametrize(
    ("labels", "rows", "shown"),
    [
        (("A", "B"), (), [["A"], ["B"]]),
        (("A", "B", "C"), (2, 1), [["A", "B"], ["C"]]),
        (("A", "B", "C"), (2,), [["A", "B"], ["C"]]),
        (
            ("Tiếp", "Quay lại", "Đọc lại", "Tôi bị kẹt", "Thoát"),
            (5,),
            [["Tiếp", "Quay lại", "Đọc lại"], ["Tôi bị kẹt", "Thoát"]],
        ),
        (("x" * 40, "y"), (2,), [["x" * 40], ["y"]]),
        (tuple("0123456789"), (10,), [list("01234567"), list("89")]),
    ],
)
async def test_buttons_stand_in_rows_that_a_phone_can_show(
    bot: Bot, labels: tuple[str, ...], rows: tuple[int, ...], shown: list[list[str]]
) -> None:
    await bot.sends(Message(Text.of("Bác chọn"), tuple(Button(label, "x") for label in labels), rows=rows))
    (message,) = bot.telegram.shown(bot.hoa)
    assert [[key.text for key in row] for row in message.keyboard] == shown


async def test_a_question_for_words_opens_the_reply_box_in_a_group_only(bot: Bot) -> None:
    question = Message(Text.of("Khó khăn gì ạ?"), expects="text")
    await bot.sends(question, bot.group)
    await bot.sends(replace(question, buttons=NEXT), bot.group)
    await bot.sends(question)
    assert [message.forces_reply for message in bot.telegram.shown(bot.village)] == [True, False]
    assert [message.forces_reply for message in bot.telegram.shown(bot.hoa)] == [False]


async def test_a_message_that_answers_another_one_is_shown_with_it_and_arrives_without_it(bot: Bot) -> None:
    old = await bot.sends(HELLO, bot.group)
    for answered in (old, "987654", "", "not-a-number"):
        await bot.sends(replace(HELLO, reply_to=answered), bot.group)
    assert [message.answers for message in bot.telegram.shown(bot.village)] == [0, int(old), 0, 0, 0]


@pytest.mark.parametrize("kind", ["private", "group"])
async def test_everything_that_is_declared_fits_at_its_limit(bot: Bot, kind: str) -> None:
    chat = bot.private if kind == "private" else bot.group
    caps = CAPABILITIES[chat.kind]
    label = "k" * caps.label_limit
    many = tuple(Button(label, "d" * caps.button_bytes) for _ in range(caps.buttons))
    one = await bot.sends(Message(Text.verbatim("x" * caps.text_limit), many), chat)
    for of in ("photo", "audio", "file"):
        name = await bot.stores(of.encode())
        await bot.sends(attached(of, name, "y" * caps.caption_limit), chat)
    assert await bot.sends(Message(Text.of("**mới**")), chat, one) == one
    shown = bot.telegram.shown(bot.hoa if kind == "private" else bot.village)
    assert [message.kind for message in shown] == ["text", "photo", "audio", "document"]
    assert (shown[0].text, shown[0].keyboard, shown[0].edits) == ("mới", (), 1)


async def test_the_id_under_which_a_message_was_sent_is_the_id_that_its_button_brings(bot: Bot) -> None:
    sent = await bot.sends(Message(Text.of("Bước 1"), NEXT))
    inbox = Inbox()
    async with listening(create(make_kit(bot.telegram.options())), inbox):
        await bot.telegram.presses(bot.hoa, "Tiếp")
    assert [getattr(event, "message_id", None) for event in inbox.events] == [sent]
    assert await bot.sends(Message(Text.of("Bước 2")), inbox.events[0].chat, sent) == sent


# Files.


async def test_a_picture_is_uploaded_once_and_then_named(bot: Bot) -> None:
    photo = attached("photo", await bot.stores(b"png"), "Bước **1**")
    await bot.sends(photo)
    await bot.sends(photo, bot.group)
    again = Bot(bot.telegram, bot.values)
    await again.sends(photo)
    await again.platform.close()
    calls = bot.telegram.called("sendPhoto")
    assert [list(call.files.values()) for call in calls] == [[b"png"], [], []]
    assert bot.telegram.shown(bot.village)[0].styled == (("bold", "1", ""),)


async def test_a_picture_for_many_at_once_is_uploaded_once(bot: Bot) -> None:
    photo = attached("photo", await bot.stores(b"png"))
    await asyncio.gather(*(bot.sends(photo) for _ in range(5)))
    assert sum(len(call.files) for call in bot.telegram.called("sendPhoto")) == 1
    assert len(bot.telegram.shown(bot.hoa)) == 5


async def test_a_picture_that_takes_long_holds_up_no_other(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    """Red with one lock for all files: a drawing of a guide waited for somebody else's report of 20 MB."""
    large, small = await bot.stores(b"large"), await bot.stores(b"small")
    begun, goes_on, read = asyncio.Event(), asyncio.Event(), bot.media.read

    async def slowly(name: str) -> bytes:
        if name == large:
            begun.set()
            await goes_on.wait()
        return await read(name)

    monkeypatch.setattr(bot.media, "read", slowly)
    slow = asyncio.create_task(bot.sends(attached("photo", large)))
    await begun.wait()
    async with asyncio.timeout(10):
        await bot.sends(attached("photo", small))
    goes_on.set()
    await slow
    assert [list(call.files.values()) for call in bot.telegram.called("sendPhoto")] == [[b"small"], [b"large"]]


async def test_a_picture_whose_id_cannot_be_kept_is_sent_all_the_same(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def swap(key: str, old: str | None, new: str) -> bool:
        raise StoreUnavailable("database or disk is full")

    monkeypatch.setattr(bot.values, "swap", swap)
    await bot.sends(attached("photo", await bot.stores(b"png")))
    assert len(bot.telegram.shown(bot.hoa)) == 1


async def test_a_picture_that_telegram_forgot_is_uploaded_again(bot: Bot) -> None:
    photo = attached("photo", await bot.stores(b"png"))
    await bot.sends(photo)
    bot.telegram.forget_files()
    await bot.sends(photo)
    await bot.sends(photo)
    assert [len(call.files) for call in bot.telegram.called("sendPhoto")] == [1, 0, 1, 0]


async def test_another_token_does_not_use_the_file_ids_of_this_one(bot: Bot) -> None:
    await bot.sends(attached("photo", await bot.stores(b"png")))
    async with FakeTelegram("654321:other") as other:
        second = Bot(other, bot.values)
        await second.sends(attached("photo", await second.stores(b"png")))
        await second.platform.close()
        assert [len(call.files) for call in other.called("sendPhoto")] == [1]
    assert all(TOKEN not in key for key in bot.values.values)


async def test_a_picture_that_is_no_longer_stored_is_rejected_without_a_call(bot: Bot) -> None:
    assert isinstance(await bot.fails(attached("photo", "gone")), Rejected)
    assert bot.telegram.calls == []


async def test_a_file_that_is_too_large_is_rejected(bot: Bot) -> None:
    photo = attached("photo", await bot.stores(b"\0" * (10 * 1024 * 1024 + 1)))
    assert isinstance(await bot.fails(photo), Rejected)


# Replacing.


async def test_a_page_takes_the_place_of_the_one_before(bot: Bot) -> None:
    first = await bot.sends(Message(Text.of("Bước 1"), NEXT))
    assert await bot.sends(Message(Text.of("Bước **2**"), NEXT[:1]), replacing=first) == first
    (shown,) = bot.telegram.shown(bot.hoa)
    assert (shown.text, shown.keys, shown.edits) == ("Bước 2", (Key("Tiếp", "g|a|b"),), 1)


async def test_the_same_page_again_is_a_success(bot: Bot) -> None:
    page = Message(Text.of("Bước 1"), NEXT)
    first = await bot.sends(page)
    assert await bot.sends(page, replacing=first) == first
    assert len(bot.telegram.shown(bot.hoa)) == 1


async def test_the_same_page_again_asks_for_no_edit(bot: Bot) -> None:
    page = Message(Text.of("Bước 1"), NEXT)
    first = await bot.sends(page)
    assert await bot.sends(page, replacing=first) == first
    assert bot.telegram.called("editMessageText") == []
    other = Message(Text.of("Bước 2"), NEXT)
    for shown in (other, other, page):
        assert await bot.sends(shown, replacing=first) == first
    assert len(bot.telegram.called("editMessageText")) == 2
    assert [message.text for message in bot.telegram.shown(bot.hoa)] == ["Bước 1"]


async def test_no_text_is_put_in_the_place_of_a_picture(bot: Bot) -> None:
    """Telegram would refuse it; the words come anew, as they do after the refusal."""
    first = await bot.sends(attached("photo", await bot.stores(b"png"), "Bước 1", NEXT))
    assert await bot.sends(Message(Text.of("Bước 2")), replacing=first) != first
    assert bot.telegram.called("editMessageText") == []


async def test_a_picture_gives_way_to_another_picture_with_its_caption(bot: Bot) -> None:
    first = await bot.sends(attached("photo", await bot.stores(b"one"), "Bước 1", NEXT))
    second = attached("photo", await bot.stores(b"two"), "Bước **2**", NEXT)
    assert await bot.sends(second, replacing=first) == first
    (shown,) = bot.telegram.shown(bot.hoa)
    assert bot.telegram.files[shown.file_id] == b"two"
    assert (shown.text, shown.styled, len(shown.keys)) == ("Bước 2", (("bold", "2", ""),), 2)
    await bot.sends(second)
    assert sum(len(call.files) for call in bot.telegram.calls) == 2  # the edit's upload is known afterwards


async def test_words_after_a_picture_come_anew_and_the_picture_loses_its_buttons(bot: Bot) -> None:
    first = await bot.sends(attached("photo", await bot.stores(b"png"), "Bước 1", NEXT))
    second = await bot.sends(Message(Text.of("Bước 2"), NEXT), replacing=first)
    old, new = bot.telegram.shown(bot.hoa)
    assert (str(old.id), old.kind, old.keys) == (first, "photo", ())
    assert (str(new.id), new.text, len(new.keys)) == (second, "Bước 2", 2)


async def test_a_question_that_needs_the_reply_box_comes_anew(bot: Bot) -> None:
    first = await bot.sends(Message(Text.of("Bước 1"), NEXT), bot.group)
    await bot.sends(Message(Text.of("Khó khăn gì ạ?"), expects="text"), bot.group, first)
    old, new = bot.telegram.shown(bot.village)
    assert (old.keys, new.forces_reply) == ((), True)


async def test_old_buttons_that_stay_do_not_make_a_failure_of_a_message_that_was_sent(bot: Bot) -> None:
    first = await bot.sends(attached("photo", await bot.stores(b"png"), "Bước 1", NEXT))
    bot.telegram.fail("editMessageReplyMarkup", bad_gateway())
    assert await bot.sends(Message(Text.of("Bước 2")), replacing=first) != first


@pytest.mark.parametrize("old", ["999", "0", "-1", "", "web-7"])
async def test_a_message_that_is_gone_is_replaced_by_a_new_one(bot: Bot, old: str) -> None:
    await bot.sends(Message(Text.of("Bước 2")), replacing=old)
    assert [message.text for message in bot.telegram.shown(bot.hoa)] == ["Bước 2"]


async def test_a_message_that_is_too_old_for_an_edit_is_replaced_by_a_new_one(bot: Bot) -> None:
    first = await bot.sends(Message(Text.of("Bước 1"), NEXT))
    bot.telegram.fail("editMessageText", refuse(400, "Bad Request: message can't be edited"))
    assert await bot.sends(Message(Text.of("Bước 2")), replacing=first) != first


# Refusals.


def gone(reason: str) -> tuple[Fault, PlatformError]:
    return refuse(403, f"Forbidden: {reason}"), ChatGone(reason)


def rejected(reason: str) -> tuple[Fault, PlatformError]:
    return refuse(400, f"Bad Request: {reason}"), Rejected(reason)


DECISIONS: tuple[tuple[Fault, PlatformError], ...] = (
    (too_many(7), RateLimited(7)),
    (too_many(), RateLimited(5)),
    (refuse(429, "Too Many Requests: retry after 30"), RateLimited(30)),
    (
        refuse(400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=-1001234567890),
        ChatReplaced("-1001234567890"),
    ),
    gone("bot was blocked by the user"),
    gone("user is deactivated"),
    gone("bot can't initiate conversation with a user"),
    gone("bot was kicked from the group chat"),
    gone("bot was kicked from the supergroup chat"),
    gone("bot is not a member of the supergroup chat"),
    gone("the group chat was deleted"),
    (refuse(400, "Bad Request: chat not found"), ChatGone("chat not found")),
    rejected("message is too long"),
    rejected("message caption is too long"),
    rejected("message text is empty"),
    rejected("BUTTON_DATA_INVALID"),
    rejected("reply markup is too long"),
    rejected("can't parse entities: Unsupported start tag"),
    rejected("not enough rights to send text messages to the chat"),
    (refuse(404, "Not Found: method not found"), Rejected("Not Found: method not found")),
    (refuse(413, "Request Entity Too Large"), Rejected("the file is too large")),
    (refuse(401, "Unauthorized"), Unreachable("the token was refused", maybe_sent=False)),
    (refuse(500, "Internal Server Error"), Unreachable("error 500: Internal Server Error", maybe_sent=True)),
    (refuse(502, None), Unreachable("error 502: ", maybe_sent=True)),
    (bad_gateway(), Unreachable("sendMessage: HTTP 502 without a readable answer", maybe_sent=True)),
    (noise(), Unreachable("sendMessage: HTTP 200 without a readable answer", maybe_sent=True)),
    (half_body(), Unreachable("sendMessage: ClientPayloadError", maybe_sent=True)),
    (drop(accepted=True), Unreachable("sendMessage: ServerDisconnectedError", maybe_sent=True)),
    (drop(accepted=False), Unreachable("sendMessage: ServerDisconnectedError", maybe_sent=True)),
)


@pytest.mark.parametrize(("fault", "decision"), DECISIONS, ids=[str(row[1]) + row[0].answer for row in DECISIONS])
async def test_every_refusal_is_one_of_the_decisions(bot: Bot, fault: Fault, decision: PlatformError) -> None:
    bot.telegram.fail("sendMessage", fault)
    error = await bot.fails()
    assert isinstance(error, type(decision))
    assert vars(error) == vars(decision)
    await bot.sends(HELLO)
    assert len(bot.telegram.accepted) == 1 + fault.accepted


async def test_a_server_that_is_not_there_surely_has_not_accepted_anything(telegram: FakeTelegram) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        direct = create(make_kit({"token": TOKEN, "api_base": base}))
        proxied = create(make_kit(telegram.options(proxy=base)))
        for platform in (direct, proxied):
            with pytest.raises(Unreachable) as caught:
                await platform.send(Chat("telegram", "1", "private"), HELLO)
            assert not caught.value.maybe_sent
            await platform.close()
    assert telegram.calls == []


async def test_an_answer_that_never_comes_leaves_it_open_whether_the_message_is_out(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(bot.platform._api.post.__kwdefaults__, "seconds", 0.05)  # type: ignore[attr-defined]
    never = asyncio.Event()
    bot.telegram.fail("sendMessage", Fault("as usual", held=never))
    error = await bot.fails()
    assert isinstance(error, Unreachable)
    assert error.maybe_sent


async def test_a_group_that_became_a_supergroup_names_its_new_id(bot: Bot) -> None:
    new = await bot.telegram.upgrades(bot.hoa, bot.village, tell=False)
    error = await bot.fails(chat=bot.group)
    assert isinstance(error, ChatReplaced)
    assert error.new_chat_id == str(new.id)


async def test_when_two_chats_are_told_to_wait_it_is_the_token_that_is_too_fast(bot: Bot) -> None:
    bot.telegram.fail("sendMessage", too_many(7), too_many(3), too_many(7), too_many(7))
    errors = [await bot.fails(chat=chat) for chat in (bot.private, bot.private, bot.group)]
    assert [error.scope for error in errors if isinstance(error, RateLimited)] == ["chat", "chat", "token"]
    await bot.clock.sleep(8)
    last = await bot.fails(chat=bot.private)
    assert isinstance(last, RateLimited)
    assert last.scope == "chat"


# Secrets.


@pytest.mark.parametrize(("fault", "decision"), DECISIONS, ids=[str(row[1]) + row[0].answer for row in DECISIONS])
async def test_no_error_and_no_log_line_holds_the_token(
    bot: Bot, fault: Fault, decision: PlatformError, caplog: pytest.LogCaptureFixture
) -> None:
    told = f"{fault.error.description} {TOKEN}" if fault.error is not None else ""
    if fault.error is not None and fault.error.description is not None:
        fault = refuse(fault.error.code, told, **fault.error.parameters)
    bot.telegram.fail("sendMessage", fault)
    bot.telegram.fail("getMe", fault)
    with caplog.at_level(logging.DEBUG):
        error = await bot.fails()
        listen = asyncio.create_task(bot.platform.listen(Inbox().note))
        await bot.telegram.until(lambda: len(bot.telegram.called("getMe")) > 0)
        listen.cancel()
        (end,) = await asyncio.gather(listen, return_exceptions=True)
    secret = TOKEN.split(":")[1]
    assert isinstance(end, BaseException)
    for text in (*("".join(traceback.format_exception(e)) for e in (error, end)), repr(error), caplog.text):
        assert secret not in text


async def test_a_connection_error_does_not_hold_the_token(caplog: pytest.LogCaptureFixture) -> None:
    platform = create(make_kit({"token": TOKEN, "api_base": "http://127.0.0.1:99999"}))
    with caplog.at_level(logging.DEBUG), pytest.raises(Unreachable) as caught:
        await platform.send(Chat("telegram", "1", "private"), HELLO)
    await platform.close()
    assert not caught.value.maybe_sent
    assert TOKEN.split(":")[1] not in "".join(traceback.format_exception(caught.value)) + caplog.text


# Files that people sent.


def sent_file(size: int = 0) -> Incoming:
    return Incoming("in-1", "image/jpeg", size)


async def test_a_file_whose_size_is_told_is_refused_without_a_call(bot: Bot) -> None:
    with pytest.raises(Rejected):
        await bot.platform.fetch(sent_file(size=21_000_000), 20_000_000)
    assert bot.telegram.calls == []


@pytest.mark.parametrize(
    ("fault", "decision"),
    [
        (refuse(400, "Bad Request: file is too big"), Rejected("file is too big")),
        (too_many(7), RateLimited(7)),
        (refuse(401, "Unauthorized"), Unreachable("the token was refused", maybe_sent=False)),
        (bad_gateway(), Unreachable("getFile: HTTP 502 without a readable answer", maybe_sent=False)),
        (drop(accepted=True), Unreachable("getFile: ServerDisconnectedError", maybe_sent=False)),
    ],
    ids=["too big", "429", "401", "html", "dropped"],
)
async def test_a_file_that_telegram_does_not_give_is_a_decision(
    bot: Bot, fault: Fault, decision: PlatformError
) -> None:
    bot.telegram.files["in-1"] = b"jpeg"
    bot.telegram.fail("getFile", fault)
    with pytest.raises(PlatformError) as caught:
        await bot.platform.fetch(sent_file(), 100)
    assert isinstance(caught.value, type(decision))
    assert vars(caught.value) == vars(decision)
    assert await bot.platform.fetch(sent_file(), 100) == b"jpeg"


async def test_a_download_that_fails_does_not_tell_the_token(bot: Bot) -> None:
    bot.telegram.files["in-1"] = b"jpeg" * 100
    bot.telegram.file_faults += [half_body(), bad_gateway()]
    for _ in range(2):
        with pytest.raises(Unreachable) as caught:
            await bot.platform.fetch(sent_file(), 1000)
        assert not caught.value.maybe_sent
        assert TOKEN.split(":")[1] not in "".join(traceback.format_exception(caught.value))
