"""What every platform keeps to, whatever it is: one suite over all adapters, each against its fake."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import dataclass, fields, replace

import pytest
from aiohttp import ClientSession

from bot.core.events import (
    BotJoined,
    ChatKind,
    Commanded,
    Incoming,
    PhotoSent,
    PollAnswered,
    Said,
    event_from_json,
    event_to_json,
)
from bot.core.fit import Words, fit
from bot.core.messages import Attachment, Button, Message, Poll
from bot.core.platform import (
    Capabilities,
    ChatGone,
    ChatReplaced,
    PlatformError,
    RateLimited,
    Rejected,
    Unreachable,
)
from bot.core.text import Text, utf16_len

from .rigs import CASES, Case, Rig, Shown

EVERY_CHAT = pytest.mark.parametrize(
    ("case", "kind"), [pytest.param(case, kind, id=f"{case.name}-{kind}") for case in CASES for kind in case.kinds]
)
EVERY_PLATFORM = pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CASES])
EVERY_WEBHOOK = pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CASES if case.webhook])
HELLO = Message(Text.verbatim("Chào bác"))


def caps_of(rig: Rig, kind: ChatKind) -> Capabilities:
    return rig.platform.capabilities[kind]


# Capabilities: each declared one has an operation that works, each absent one asks the vendor for nothing.


@dataclass(frozen=True)
class Probe:
    """`message` uses one capability; `seen` tells whether people see it.

    Where it is absent, a message that was not fitted is refused, or, if `harmless`, shown without it.
    """

    declared: Callable[[Capabilities], bool]
    message: Message
    seen: Callable[[Shown], bool]
    harmless: bool = False


def attached(kind: str) -> Callable[[Shown], bool]:
    return lambda shown: shown.attachment == kind


PROBES = {
    "styles": Probe(
        lambda caps: caps.styles,
        Message(Text.of("👵 Bước **một**")),
        lambda shown: shown.bold == ("một",),
        harmless=True,
    ),
    "links": Probe(
        lambda caps: caps.links,
        Message(Text.of("[Trang của xã](https://xa.example/a)")),
        lambda shown: shown.links == ("https://xa.example/a",),
    ),
    "buttons": Probe(
        lambda caps: caps.buttons > 0,
        Message(Text.verbatim("Chọn"), buttons=(Button("Tiếp", "g|a|b"), Button("Thoát", "x"))),
        lambda shown: shown.buttons == (("Tiếp", "g|a|b"), ("Thoát", "x")),
    ),
    "photo": Probe(
        lambda caps: caps.photos != "none",
        Message(Text.verbatim("Nhìn"), attachment=Attachment("photo", "FILE", "màn hình", 9)),
        attached("photo"),
    ),
    "audio": Probe(
        lambda caps: caps.audio_limit > 0,
        Message(Text.verbatim("Nghe"), attachment=Attachment("audio", "FILE", "bài loa", 9)),
        attached("audio"),
    ),
    "file": Probe(
        lambda caps: caps.file_limit > 0,
        Message(Text.verbatim("Đọc"), attachment=Attachment("file", "FILE", "công văn", 9)),
        attached("file"),
    ),
    "forces_reply": Probe(
        lambda caps: caps.forces_reply,
        Message(Text.verbatim("Bác gặp khó khăn gì?"), expects="text"),
        lambda shown: shown.asks_for_reply,
        harmless=True,
    ),
    "large_text": Probe(
        lambda caps: caps.large_text,
        Message(Text.verbatim("Chữ lớn cho bác"), large=True),
        lambda shown: shown.large,
        harmless=True,
    ),
}
PROVED = frozenset((
    "text_limit", "caption_limit", "buttons", "row_width", "label_limit", "button_bytes", "styles", "links", "edit",
    "photos", "photo_limit", "audio_limit", "file_limit", "hears_everything", "sees_replies", "forces_reply",
    "join_events", "push", "large_text", "quiz_poll", "per_second", "per_minute",
    "cost",
))  # fmt: skip
"""Capabilities that a test below has an operation for, or that are pace or price and only the core's business."""


async def with_file(message: Message, rig: Rig) -> Message:
    if message.attachment is None:
        return message
    name = await rig.kit.media.store(b"123456789", "image/png")
    return replace(message, attachment=replace(message.attachment, media=name))


@EVERY_CHAT
@pytest.mark.parametrize("name", PROBES)
async def test_a_capability_works_if_declared_and_asks_nobody_if_not(case: Case, kind: ChatKind, name: str) -> None:
    probe = PROBES[name]
    async with case.open() as rig:
        chat, message = rig.chat(kind), await with_file(probe.message, rig)
        before = rig.calls()
        if probe.declared(caps_of(rig, kind)) or probe.harmless:
            await rig.platform.send(chat, message)
            assert rig.calls() == before + 1
            [shown] = rig.shown(chat)
            assert shown.text == message.text.plain
            assert probe.seen(shown) is probe.declared(caps_of(rig, kind))
        else:
            with pytest.raises(Rejected):
                await rig.platform.send(chat, message)
            assert rig.calls() == before


@EVERY_CHAT
async def test_nothing_is_declared_that_this_suite_does_not_prove(case: Case, kind: ChatKind) -> None:
    async with case.open() as rig:
        caps = caps_of(rig, kind)
        absent = Capabilities(text_limit=0)
        declared = {f.name for f in fields(Capabilities) if getattr(caps, f.name) != getattr(absent, f.name)}
        assert declared <= PROVED


@EVERY_CHAT
async def test_a_fitted_message_loses_no_word_no_choice_and_no_file(case: Case, kind: ChatKind) -> None:
    async with case.open() as rig:
        chat = rig.chat(kind)
        text = Text.of("**Bước 1.** Bác mở [Cổng dịch vụ công](https://dichvucong.gov.vn/p). ") + Text.verbatim(
            "👵 nhé " * 900
        )
        item = Attachment("audio", await rig.kit.media.store(b"ID3", "audio/mpeg"), "bài đọc", 3)
        message = Message(text, (Button("Tiếp", "g|a|b"), Button("Tôi bị kẹt", "k")), item)
        fitted = fit(message, caps_of(rig, kind), link_to=rig.kit.media.url, words=Words())
        for part in fitted.parts:
            await rig.platform.send(chat, part)
        shown = rig.shown(chat)
        assert len(shown) == len(fitted.parts)
        seen = " ".join(
            " ".join((item.text, *item.links, item.attachment, *(label for label, _ in item.buttons))) for item in shown
        )
        assert seen.count("👵") == 900
        for words in ("Bước 1.", "https://dichvucong.gov.vn/p", "Tiếp", "Tôi bị kẹt"):
            assert words in seen
        assert "audio" in seen or "bài đọc" in seen


@EVERY_CHAT
async def test_the_declared_limits_are_the_real_ones(case: Case, kind: ChatKind) -> None:
    async with case.open() as rig:
        chat, caps = rig.chat(kind), caps_of(rig, kind)
        longest = "👵" * (caps.text_limit // 2)
        await rig.platform.send(chat, Message(Text.verbatim(longest)))
        assert utf16_len(rig.shown(chat)[-1].text) == caps.text_limit
        if caps.photos != "none":
            photo = Attachment("photo", await rig.kit.media.store(b"\x89PNG", "image/png"), "màn hình", 4)
            await rig.platform.send(chat, Message(Text.verbatim("é" * caps.caption_limit), attachment=photo))
            assert len(rig.shown(chat)[-1].text) == caps.caption_limit
        if caps.buttons:
            widest = Button("ệ" * caps.label_limit, "a" * caps.button_bytes)
            many = tuple(Button(f"Nút {n}", f"n|{n}") for n in range(caps.buttons - 1))
            rows = (caps.row_width,) if len(many) >= caps.row_width else ()
            await rig.platform.send(chat, Message(Text.verbatim("Chọn"), (*many, widest), rows=rows))
            assert rig.shown(chat)[-1].buttons == (*((b.label, b.data) for b in many), (widest.label, widest.data))


@EVERY_CHAT
async def test_a_message_takes_the_place_of_another_only_where_it_can(case: Case, kind: ChatKind) -> None:
    async with case.open() as rig:
        chat = rig.chat(kind)
        first = await rig.platform.send(chat, Message(Text.verbatim("Bước 1")))
        second = await rig.platform.send(chat, Message(Text.verbatim("Bước 2")), replacing=first.message_id)
        texts = [shown.text for shown in rig.shown(chat)]
        if caps_of(rig, kind).edit:
            assert (texts, second) == (["Bước 2"], first)
        else:
            assert texts == ["Bước 1", "Bước 2"]
            assert second != first


# Events.


@EVERY_CHAT
async def test_an_answer_finds_its_way_back_by_the_ids_of_the_event(case: Case, kind: ChatKind) -> None:
    async with case.open() as rig:
        await rig.says("Xin chào", kind)
        [event] = await rig.inbox.holds(1)
        assert isinstance(event, Said)
        assert (event.text, event.addressed, event.chat) == ("Xin chào", True, rig.chat(kind))
        assert event.chat.platform == rig.platform.name == case.name
        assert event.at.utcoffset() is not None
        stored = event_from_json(event_to_json(event))
        assert stored == event
        sent = await rig.platform.send(stored.chat, HELLO)
        assert [shown.text for shown in rig.shown(event.chat)] == ["Chào bác"]
        assert isinstance(sent.message_id, str)
        assert sent.message_id


@EVERY_CHAT
async def test_a_command_ends_where_a_stop_stands(case: Case, kind: ChatKind) -> None:
    async with case.open() as rig:
        await rig.says("/BaoCao: vneid 12", kind)
        [event] = await rig.inbox.holds(1)
        assert isinstance(event, Commanded)
        assert (event.name, event.args) == ("baocao", "vneid 12")


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CASES if "group" in case.kinds])
async def test_in_a_group_the_bot_hears_what_its_platform_declares(case: Case) -> None:
    async with case.open() as rig:
        caps = caps_of(rig, "group")
        await rig.overheard("trưa nay ăn gì")
        await rig.says("menu", "group")
        overheard = [("trưa nay ăn gì", False)] if caps.hears_everything else []
        events = await rig.inbox.holds(len(overheard) + 1)
        said = [(event.text, event.addressed) for event in events if isinstance(event, Said)]
        assert said == [*overheard, ("menu", True)]
        if caps.sees_replies:
            await rig.platform.send(rig.chat("group"), HELLO)
            await rig.replies("chào bot")
            reply = (await rig.inbox.holds(2))[-1]
            assert isinstance(reply, Said)
            assert (reply.text, reply.addressed) == ("chào bot", True)
        if caps.join_events:
            heard = len(rig.inbox.events)
            await rig.adds_bot()
            joined = (await rig.inbox.holds(heard + 1))[-1]
            assert isinstance(joined, BotJoined)
            assert joined.chat == rig.chat("group")


# Polls.

QUIZ = Message(
    Text.verbatim("Ai được hỏi mã OTP?"),
    (Button("Ngân hàng", "a|1"), Button("Công an", "a|2"), Button("Không ai cả", "a|3"), Button("Câu tiếp", "n|1")),
    expects="quiz",
    poll=Poll(3, 2, "Không ai được hỏi mã OTP."),
)


@EVERY_CHAT
async def test_a_quiz_is_a_native_poll_where_there_is_one_and_choices_elsewhere(case: Case, kind: ChatKind) -> None:
    async with case.open() as rig:
        chat, caps = rig.chat(kind), caps_of(rig, kind)
        fitted = fit(QUIZ, caps, link_to=rig.kit.media.url, words=Words())
        for part in fitted.parts:
            await rig.platform.send(chat, part)
        shown = rig.shown(chat)[-1]
        assert QUIZ.text.plain in shown.text
        labels = [label for label, _ in shown.buttons]
        if not caps.quiz_poll:
            assert shown.poll == ()
            assert all(button.label in labels or button.label in shown.text for button in QUIZ.buttons)
            return
        assert (shown.poll, labels) == (("Ngân hàng", "Công an", "Không ai cả"), ["Câu tiếp"])
        await rig.votes("Công an", kind)
        [event] = await rig.inbox.holds(1)
        assert isinstance(event, PollAnswered)
        assert (event.chat, event.data) == (chat, "a|2")
        assert event.sender.id
        assert event_from_json(event_to_json(event)) == event


@EVERY_CHAT
async def test_the_declared_limits_of_a_poll_are_the_real_ones(case: Case, kind: ChatKind) -> None:
    async with case.open() as rig:
        if not caps_of(rig, kind).quiz_poll:
            return
        choices = tuple(Button(f"{at}".rjust(100, "ệ"), f"a|{at}") for at in range(10))
        widest = Message(Text.verbatim("ệ" * 300), choices, poll=Poll(10, 9, "ệ" * 200))
        [part] = fit(widest, caps_of(rig, kind), link_to=rig.kit.media.url, words=Words()).parts
        assert part.poll is not None
        await rig.platform.send(rig.chat(kind), part)
        assert rig.shown(rig.chat(kind))[-1].poll == tuple(button.label for button in choices)
        for wider in (
            replace(widest, text=Text.verbatim("ệ" * 301)),
            replace(widest, poll=Poll(10, 9, "ệ" * 201)),
            replace(widest, buttons=(Button("ệ" * 101, "a"), *choices[1:])),
        ):
            fitted = fit(wider, caps_of(rig, kind), link_to=rig.kit.media.url, words=Words())
            assert all(part.poll is None for part in fitted.parts)


# Files that people send.


@EVERY_PLATFORM
async def test_a_photo_that_a_person_sent_is_fetched_whole_or_refused(case: Case) -> None:
    data = b"photo" * 10_000
    async with case.open() as rig:
        if not await rig.sends_photo(data):
            with pytest.raises(Rejected):
                await rig.platform.fetch(Incoming("a", "image/jpeg"), len(data))
            return
        [event] = await rig.inbox.holds(1)
        assert isinstance(event, PhotoSent)
        [photo] = event.files
        assert await rig.platform.fetch(photo, len(data)) == data
        with pytest.raises(Rejected):
            await rig.platform.fetch(photo, len(data) - 1)
        rig.loses_next_download()
        with pytest.raises(Unreachable) as lost:
            await rig.platform.fetch(photo, len(data))
        assert not lost.value.maybe_sent
        assert await rig.platform.fetch(photo, len(data)) == data
        rig.forgets_photos()
        with pytest.raises(Rejected):
            await rig.platform.fetch(photo, len(data))


@EVERY_PLATFORM
async def test_a_link_to_add_the_bot_to_a_group_carries_the_code_where_there_is_one(case: Case) -> None:
    async with case.open() as rig:
        link = rig.platform.group_link("abc-123")
        assert (link is not None) == (case.name == "telegram")
        assert link is None or link.endswith("?startgroup=abc-123")


@EVERY_WEBHOOK
async def test_a_forged_secret_is_401_and_leaves_no_trace(case: Case) -> None:
    async with case.open() as rig:
        calls = rig.calls()
        for secret in (None, "", "x" * 64, rig.kit.derive(case.webhook)[:-1]):
            for body in case.bodies():
                assert await rig.posts(body, secret) == 401
        assert rig.inbox.attempts == 0
        assert rig.calls() == calls


@EVERY_WEBHOOK
async def test_an_unknown_payload_is_no_event_and_no_exception(case: Case, caplog: pytest.LogCaptureFixture) -> None:
    async with case.open() as rig:
        for body in (
            b"",
            b"null",
            b"[]",
            b"{}",
            b"{",
            b"7",
            b"\xff",
            b'{"update_id":1,"new":{}}',
            b'{"event_name":"x"}',
        ):
            assert await rig.posts(body, rig.kit.derive(case.webhook)) == 200
        assert rig.inbox.attempts == 0
    assert [record.getMessage() for record in caplog.records if record.levelname in ("ERROR", "CRITICAL")] == []


@EVERY_WEBHOOK
async def test_a_packed_body_is_refused_in_words(case: Case) -> None:
    async with case.open() as rig, ClientSession() as http:
        secret = rig.kit.derive(case.webhook)
        places = rig.kit.web.router.resources()
        [path] = [place.canonical for place in places if any(route.method == "POST" for route in place)]
        known = dict.fromkeys(
            ("X-Telegram-Bot-Api-Secret-Token", "X-Bot-Api-Secret-Token", "X-Bridge-Timestamp", "X-Bridge-Signature"),
            secret,
        )
        async with http.post(
            f"{rig.kit.settings.public_url}{path.replace('{secret}', secret)}",
            data=gzip.compress(b"{}"),
            headers={**known, "Content-Encoding": "gzip"},
        ) as answer:
            assert answer.status == 415
            assert await answer.text() == "Máy của xã không nhận nội dung đã nén. Bác gửi lại, không nén, giúp nhé."
        assert rig.inbox.attempts == 0


# Failures.

DECISIONS: dict[str, tuple[type[PlatformError], bool | None]] = {
    "the content is refused": (Rejected, None),
    "the chat is gone": (ChatGone, None),
    "the chat has a new id": (ChatReplaced, None),
    "too many messages": (RateLimited, None),
    "the token is refused": (Unreachable, False),
    "the vendor is broken": (Unreachable, True),
    "a page in HTML": (Unreachable, True),
    "half an answer": (Unreachable, True),
    "dropped before acceptance": (Unreachable, True),
    "dropped after acceptance": (Unreachable, True),
}


@pytest.mark.parametrize(
    ("case", "fault"), [pytest.param(case, fault, id=f"{case.name}-{fault}") for case in CASES for fault in case.faults]
)
@pytest.mark.fault(3, "every answer of each messenger, over real HTTP")
async def test_every_failure_of_the_vendor_is_a_decision_after_one_call(case: Case, fault: str) -> None:
    decision, maybe_sent = DECISIONS[fault]
    async with case.open() as rig:
        assert set(rig.faults) == set(case.faults)
        rig.faults[fault]()
        before = rig.calls()
        with pytest.raises(PlatformError) as caught:
            await rig.platform.send(rig.chat("private"), HELLO)
        assert isinstance(caught.value, decision)
        if isinstance(caught.value, Unreachable):
            assert caught.value.maybe_sent is maybe_sent
        assert rig.calls() == before + 1
        assert rig.kit.options.get("token", "no token") not in str(caught.value)
        await rig.platform.send(rig.chat("private"), HELLO)
        assert rig.shown(rig.chat("private"))[-1].text == "Chào bác"
