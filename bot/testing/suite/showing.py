"""Sending: each declared capability has an operation that works, each absent one asks the vendor for nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Literal

from bot.core.events import PollAnswered, event_from_json, event_to_json
from bot.core.fit import FitWords, fit
from bot.core.lean.values import replace
from bot.core.messages import Attachment, Button, Message, Poll
from bot.core.platform import Capabilities, Rejected
from bot.core.text import Text, utf16_len
from bot.testing.checking import Scene, check, failure, only, with_file
from bot.testing.doubles import MemoryMedia
from bot.testing.rig import Shown

HELLO = "Chào bác"
TYPED = "a < b & c > d; *sao* _gạch_ `mã` [x](y) <b>đậm</b> &amp; [@ @all #1 \\n {x} %s 👵🏽"
"""What a person may type: markup of nobody."""
FILES: tuple[Literal["photo", "audio", "file"], ...] = ("photo", "audio", "file")
BUTTONS = (Button("Tiếp", "g|a|b"), Button("Thoát", "x"))


@dataclass(frozen=True)
class Probe:
    """`message` uses one capability; `seen` tells whether people see it.

    A chat without it refuses a message that was not fitted, or, if that is `harmless`, shows the message without it.
    """

    declared: Callable[[Capabilities], bool]
    message: Message
    seen: Callable[[Shown], bool]
    harmless: bool = False


def _attached(kind: str) -> Callable[[Shown], bool]:
    return lambda shown: shown.attachment == kind


PROBES = {
    "styles": Probe(
        lambda caps: caps.styles,
        Message(Text.of("👵 Bước **một** rồi **hai**")),
        lambda shown: shown.bold == ("một", "hai"),
        harmless=True,
    ),
    "links": Probe(
        lambda caps: caps.links,
        Message(Text.of("👵 [Trang của xã](https://xa.example/a)")),
        lambda shown: shown.links == ("https://xa.example/a",),
    ),
    "buttons": Probe(
        lambda caps: caps.buttons > 0,
        Message(Text.verbatim("Chọn"), buttons=BUTTONS),
        lambda shown: shown.buttons == (("Tiếp", "g|a|b"), ("Thoát", "x")),
    ),
    "photo": Probe(
        lambda caps: caps.photos != "none",
        Message(Text.verbatim("Nhìn"), attachment=Attachment("photo", "FILE", "màn hình", 9)),
        _attached("photo"),
    ),
    "audio": Probe(
        lambda caps: caps.audio_limit > 0,
        Message(Text.verbatim("Nghe"), attachment=Attachment("audio", "FILE", "bài loa", 9)),
        _attached("audio"),
    ),
    "file": Probe(
        lambda caps: caps.file_limit > 0,
        Message(Text.verbatim("Đọc"), attachment=Attachment("file", "FILE", "công văn", 9)),
        _attached("file"),
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
    "text_limit", "caption_limit", "buttons", "row_width", "label_limit", "button_bytes", "styles", "links",
    "edit", "reply",
    "photos", "photo_limit", "audio_limit", "file_limit", "hears_everything", "sees_replies", "forces_reply",
    "join_events", "push", "large_text", "quiz_poll", "per_second", "per_minute",
    "cost", "keeps", "answers", "window_hours",
))  # fmt: skip
"""Capabilities that a check has an operation for, or that are pace, price or promise and only the core's business."""


@check()
async def a_capability_works_if_declared_and_asks_nobody_if_not(scene: Scene) -> None:
    for name, probe in PROBES.items():
        message, rig = probe.message, scene.rig
        if message.attachment is not None:
            message = with_file(message, await scene.stored(message.attachment.kind, name.encode() * 9))
        before, chat = rig.calls(), rig.chat(scene.kind)
        if probe.declared(scene.caps) or probe.harmless:
            await scene.sends(message)
            assert rig.calls() == before + 1, name
            shown = (await rig.shown(chat))[-1]
            assert shown.text == message.text.plain, name
            assert probe.seen(shown) is probe.declared(scene.caps), name
        else:
            error = await failure(scene.sends(message))
            assert isinstance(error, Rejected), name
            assert rig.calls() == before, name


@check()
async def more_choices_than_a_chat_shows_are_refused(scene: Scene) -> None:
    """By the adapter or by its vendor, but never shown with some of them lost."""
    many = tuple(Button(f"Mục {number}", f"g|{number}") for number in range(scene.caps.buttons + 1))
    assert isinstance(await failure(scene.sends(Message(Text.verbatim("Chọn"), many))), Rejected)
    assert await scene.texts() == []


@check()
async def nothing_is_declared_that_no_check_proves(scene: Scene) -> None:
    absent = Capabilities(text_limit=0)
    declared = {f.name for f in fields(Capabilities) if getattr(scene.caps, f.name) != getattr(absent, f.name)}
    assert declared <= PROVED


@check()
async def what_was_typed_stays_words(scene: Scene) -> None:
    await scene.sends(TYPED)
    await scene.sends(Message(Text.of("**Bước 1:** ") + Text.verbatim(TYPED)))
    shown = scene.rig.as_shown(TYPED, scene.kind)
    assert await scene.texts() == [shown, f"Bước 1: {shown}"]


@check()
async def messages_stand_in_their_order_in_their_chat_alone(scene: Scene) -> None:
    words = [f"Tin số {number}" for number in range(4)]
    ids = [await scene.sends(text) for text in words]
    assert await scene.texts() == words
    assert len(set(ids)) == len(ids) or set(ids) == {""}
    assert all(isinstance(one, str) for one in ids)
    for kind in scene.case.kinds:
        if kind != scene.kind:
            assert await scene.rig.shown(scene.rig.chat(kind)) == []


@check()
async def a_message_can_be_named_where_that_is_needed(scene: Scene) -> None:
    named = await scene.sends(HELLO)
    assert named or not (scene.caps.edit or scene.caps.reply)
    assert named or "ids of messages" in scene.case.lacks


@check()
async def a_message_is_shown_with_the_one_that_it_answers(scene: Scene) -> None:
    first = await scene.sends("Mai cúp điện")
    await scene.sends(Message(Text.verbatim("Đã thu hồi"), reply_to=first))
    newest = (await scene.rig.shown(scene.rig.chat(scene.kind)))[-1]
    assert "Đã thu hồi" in newest.text
    assert newest.answers == ("Mai cúp điện" if scene.caps.reply else "")


@check(kinds=("private",), needs=("deletes",))
async def a_message_arrives_whose_older_one_was_deleted(scene: Scene) -> None:
    old = await scene.sends("Mai cúp điện")
    await scene.rig.deletes(old)
    await scene.sends(Message(Text.verbatim("Đã thu hồi"), reply_to=old))
    await scene.sends("Bước 2", replacing=old)
    assert (await scene.texts())[-2:] == ["Đã thu hồi", "Bước 2"]


@check()
async def a_fitted_message_loses_no_word_no_choice_and_no_file(scene: Scene) -> None:
    text = Text.of("**Bước 1.** Bác mở [Cổng dịch vụ công](https://dichvucong.gov.vn/p). ") + Text.verbatim(
        "👵 nhé " * 900
    )
    message = Message(text, (Button("Tiếp", "g|a|b"), Button("Tôi bị kẹt", "k")), await scene.stored("audio", b"ID3"))
    fitted = fit(message, scene.caps, link_to=scene.rig.kit.media.url, words=FitWords())
    for part in fitted.parts:
        await scene.sends(part)
    shown = await scene.rig.shown(scene.rig.chat(scene.kind))
    assert len(shown) == len(fitted.parts)
    seen = " ".join(
        " ".join((item.text, *item.links, item.attachment, *(label for label, _ in item.buttons))) for item in shown
    )
    assert seen.count("👵") == 900
    for words in ("Bước 1.", "https://dichvucong.gov.vn/p", "Tiếp", "Tôi bị kẹt"):
        assert words in seen
    assert "audio" in seen or "what it shows" in seen


@check()
async def a_file_comes_with_all_its_words_and_its_buttons(scene: Scene) -> None:
    caps = scene.caps
    room = {"photo": caps.photos != "none", "audio": caps.audio_limit > 0, "file": caps.file_limit > 0}
    for kind in FILES if caps.caption_limit else ():
        if not room[kind]:
            continue
        message = Message(Text.verbatim("é" * caps.caption_limit), BUTTONS if caps.buttons else ())
        item = await scene.stored(kind, kind.encode() * 9)
        await scene.sends(with_file(message, item))
        shown = (await scene.rig.shown(scene.rig.chat(scene.kind)))[-1]
        assert shown.text == message.text.plain
        assert shown.attachment == kind
        assert shown.buttons == tuple((one.label, one.data) for one in message.buttons)


@check()
async def two_pictures_are_two_and_one_is_one(scene: Scene) -> None:
    if scene.caps.photos == "none":
        return
    first, second = await scene.stored("photo", b"\x89PNG one"), await scene.stored("photo", b"\x89PNG two")
    for item in (first, second, first):
        await scene.sends(Message(Text.verbatim("Nhìn"), attachment=item))
    files = [shown.file for shown in await scene.rig.shown(scene.rig.chat(scene.kind))]
    assert files[0] == files[2] != files[1]
    assert all(files)


@check()
async def a_picture_for_many_at_once_is_one(scene: Scene) -> None:
    """An announcement on a thin line: each further upload of the same picture is a minute of it."""
    if scene.caps.photos == "none":
        return
    message = Message(Text.verbatim("Nhìn"), attachment=await scene.stored("photo", b"\x89PNG one"))
    await asyncio.gather(*(scene.sends(message) for _ in range(5)))
    shown = await scene.rig.shown(scene.rig.chat(scene.kind))
    assert [one.text for one in shown] == ["Nhìn"] * 5
    assert len({one.file for one in shown}) == 1


@check(kinds=("private",), needs=("forgets_uploads",))
async def a_picture_arrives_that_the_vendor_has_forgotten(scene: Scene) -> None:
    item = await scene.stored("photo", b"\x89PNG one")
    for words in ("Nhìn", "Nhìn lại"):
        await scene.sends(Message(Text.verbatim(words), attachment=item))
        scene.rig.forgets_uploads()
    assert await scene.texts() == ["Nhìn", "Nhìn lại"]


@check(kinds=("private",))
async def a_file_that_is_not_there_is_a_refusal_and_shows_nothing(scene: Scene) -> None:
    """Not a message without it: the receipt would say that people were told."""
    media = scene.rig.kit.media
    if "missing files" in scene.case.lacks or scene.caps.photos == "none":
        return
    assert isinstance(media, MemoryMedia)
    media.public = None
    error = await failure(scene.sends(Message(Text.verbatim("Nhìn"), attachment=Attachment("photo", "gone", "ảnh", 9))))
    assert isinstance(error, Rejected)
    assert await scene.texts() == []


@check()
async def the_declared_limits_are_the_real_ones(scene: Scene) -> None:
    rig, caps, chat = scene.rig, scene.caps, scene.rig.chat(scene.kind)
    await scene.sends("👵" * (caps.text_limit // 2))
    assert utf16_len((await rig.shown(chat))[-1].text) == caps.text_limit // 2 * 2
    if caps.photos == "upload" and caps.photo_limit:
        largest = await scene.stored("photo", b"\x89PNG" + bytes(caps.photo_limit - 4))
        await scene.sends(Message(Text.verbatim("Nhìn") if caps.caption_limit else Text(), attachment=largest))
        assert (await rig.shown(chat))[-1].attachment == "photo"
    if caps.buttons:
        widest = Button("ệ" * caps.label_limit, "a" * caps.button_bytes)
        many = tuple(Button(f"Nút {n}", f"n|{n}") for n in range(caps.buttons - 1))
        rows = (caps.row_width,) if len(many) >= caps.row_width else ()
        await scene.sends(Message(Text.verbatim("Chọn"), (*many, widest), rows=rows))
        wanted = (*((b.label, b.data) for b in many), (widest.label, widest.data))
        assert (await rig.shown(chat))[-1].buttons == wanted


@check()
async def what_does_not_fit_is_refused_and_not_cut(scene: Scene) -> None:
    too_many = tuple(Button(f"Nút {n}", f"n|{n}") for n in range(scene.caps.buttons + 1))
    wrong = [Message(Text.verbatim("Chọn"), too_many)]
    if "refusing a long text" not in scene.case.lacks:
        wrong.append(Message(Text.verbatim("a" * (scene.caps.text_limit + 1))))
    for message in wrong:
        assert isinstance(await failure(scene.sends(message)), Rejected)
    assert await scene.texts() == []


@check()
async def a_message_takes_the_place_of_another_only_where_it_can(scene: Scene) -> None:
    first = await scene.sends("Bước 1")
    second = await scene.sends("Bước 2", replacing=first)
    third = await scene.sends("Bước 3", replacing=second)
    if scene.caps.edit:
        assert (await scene.texts(), second, third) == (["Bước 3"], first, first)
    else:
        assert await scene.texts() == ["Bước 1", "Bước 2", "Bước 3"]
        assert second != first or not second


@check()
async def a_message_that_was_replaced_has_no_buttons_any_more(scene: Scene) -> None:
    """Also where a picture gives way to words, which few messengers can do in place."""
    caps = scene.caps
    if not (caps.edit and caps.buttons and caps.caption_limit and caps.photos != "none"):
        return
    item = await scene.stored("photo", b"\x89PNG")
    first = await scene.sends(Message(Text.verbatim("Chọn"), BUTTONS, item))
    second = await scene.sends(Message(Text.verbatim("Xong"), BUTTONS[:1]), replacing=first)
    await scene.sends(Message(Text.verbatim("Xong hẳn"), attachment=item), replacing=second)
    shown = await scene.rig.shown(scene.rig.chat(scene.kind))
    assert shown[-1].text == "Xong hẳn"
    assert shown[-1].attachment == "photo"
    assert [one.buttons for one in shown if one.buttons] == []


# Polls.

QUIZ = Message(
    Text.verbatim("Ai được hỏi mã OTP?"),
    (Button("Ngân hàng", "a|1"), Button("Công an", "a|2"), Button("Không ai cả", "a|3"), Button("Câu tiếp", "n|1")),
    expects="quiz",
    poll=Poll(3, 2, "Không ai được hỏi mã OTP."),
)


@check(kinds=("group",))
async def a_quiz_is_a_native_poll_where_there_is_one_and_choices_elsewhere(scene: Scene) -> None:
    rig = scene.rig
    fitted = fit(QUIZ, scene.caps, link_to=rig.kit.media.url, words=FitWords())
    for part in fitted.parts:
        await scene.sends(part)
    shown = (await rig.shown(rig.chat(scene.kind)))[-1]
    assert QUIZ.text.plain in shown.text
    labels = [label for label, _ in shown.buttons]
    if not scene.caps.quiz_poll:
        assert shown.poll == ()
        assert all(button.label in labels or button.label in shown.text for button in QUIZ.buttons)
        return
    assert (shown.poll, labels) == (("Ngân hàng", "Công an", "Không ai cả"), ["Câu tiếp"])
    assert (shown.right, shown.why) == (2, "Không ai được hỏi mã OTP.")
    await rig.votes("Công an", scene.kind)
    event = only(await rig.inbox.holds(1), PollAnswered)
    assert (event.chat, event.data) == (rig.chat(scene.kind), "a|2")
    assert event_from_json(event_to_json(event)) == event
    await rig.votes("Không ai cả", scene.kind, "Nam")
    hoa, nam = await rig.inbox.holds(2)
    assert isinstance(nam, PollAnswered)
    assert (nam.data, bool(hoa.sender.id), hoa.sender.id != nam.sender.id) == ("a|3", True, True)


@check()
async def the_declared_limits_of_a_poll_are_the_real_ones(scene: Scene) -> None:
    if not scene.caps.quiz_poll:
        return
    link_to = scene.rig.kit.media.url
    choices = tuple(Button(f"{at}".rjust(100, "ệ"), f"a|{at}") for at in range(10))
    widest = Message(Text.verbatim("ệ" * 300), choices, poll=Poll(10, 9, "ệ" * 200))
    [part] = fit(widest, scene.caps, link_to=link_to, words=FitWords()).parts
    assert part.poll is not None
    await scene.sends(part)
    shown = (await scene.rig.shown(scene.rig.chat(scene.kind)))[-1]
    assert (shown.poll, shown.text) == (tuple(button.label for button in choices), widest.text.plain)
    for wider in (
        replace(widest, text=Text.verbatim("ệ" * 301)),
        replace(widest, poll=Poll(10, 9, "ệ" * 201)),
        replace(widest, buttons=(Button("ệ" * 101, "a"), *choices[1:])),
    ):
        fitted = fit(wider, scene.caps, link_to=link_to, words=FitWords())
        assert all(part.poll is None for part in fitted.parts)
