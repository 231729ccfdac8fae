"""Fitting: whatever a chat can show, nothing of a message is lost and no label is dead."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.actions import token_of
from bot.core.answers import Chosen, recognise
from bot.core.events import Chat
from bot.core.fit import POLL_WHY, Fitted, FitWords, fit, split
from bot.core.messages import (
    Attachment,
    Button,
    Expects,
    Message,
    Poll,
    answers_of,
    message_from_json,
    message_to_json,
)
from bot.core.platform import Capabilities
from bot.core.sessions import SHARED, Key, OpenList, Session
from bot.core.text import Span, Text, utf16_len
from bot.i18n import Catalogues
from bot.testing import PLAIN, RICH, FakePlatform

WORDS = FitWords(partial(Catalogues.load().translate, "vi"))
CHAT = Chat("fake", "1", "private")
AT = datetime(2026, 11, 24, tzinfo=UTC)
LINK = "https://xa.example/l"
LETTERS = st.sampled_from([*"abcđêộỳ019 \n.!?,()”", "👩", "🌾", "…", "\n\n", "bác ", "Thôn "])
words = st.lists(LETTERS, max_size=60).map("".join)
spans = st.builds(
    Span, words, st.sampled_from(["plain", "bold", "italic", "code"]), st.sampled_from([None, None, LINK])
)
texts = st.lists(spans, max_size=6).map(lambda items: Text.join("", [Text((span,)) for span in items]))
labels = st.text(alphabet="abcđêộ 019👩", min_size=1, max_size=30).map(str.strip).filter(bool)
buttons = st.lists(
    st.builds(Button, labels, st.text(alphabet="abc|%-0", min_size=1, max_size=100), st.booleans()),
    max_size=8,
    unique_by=lambda b: b,
).map(tuple)
attachments = st.builds(
    Attachment,
    st.sampled_from(["photo", "audio", "file"]),
    st.just("f.bin"),
    words.filter(lambda alt: bool(alt.strip())),
    st.integers(0, 2000),
)
capabilities = st.builds(
    Capabilities,
    text_limit=st.integers(30, 400),
    caption_limit=st.integers(0, 60),
    buttons=st.sampled_from([0, 3, 100]),
    row_width=st.integers(1, 8),
    label_limit=st.sampled_from([0, 10, 64]),
    button_bytes=st.sampled_from([20, 64]),
    styles=st.booleans(),
    links=st.booleans(),
    photos=st.sampled_from(["upload", "url", "none"]),
    photo_limit=st.sampled_from([0, 1000]),
    audio_limit=st.sampled_from([0, 1000]),
    file_limit=st.sampled_from([0, 1000]),
    large_text=st.booleans(),
)
messages = st.builds(
    Message,
    text=texts,
    buttons=buttons,
    attachment=st.none() | attachments,
    expects=st.sampled_from(["choice", "text", "figure", "quiz"]),
    large=st.booleans(),
).filter(lambda message: bool(message.text.plain.strip()) or message.attachment is not None)
addresses = st.sampled_from([None, "https://xa.example/media/f.bin"])


def _squashed(text: str) -> str:
    return "".join(text.split())


def _expanded(text: Text, caps: Capabilities) -> str:
    """The text as it must read: where links cannot be hidden behind words their address follows."""
    if caps.links:
        return text.plain
    return "".join(span.text if span.link in (None, span.text) else f"{span.text} ({span.link})" for span in text.spans)


def _must_read(message: Message, fitted: Fitted, caps: Capabilities, address: str | None, hint: str) -> str:
    after = ""
    item = message.attachment
    if item is not None and not any(part.attachment for part in fitted.parts):
        if item.kind == "photo":
            after = f"[Hình: {item.alt}]"
        else:
            name = "Âm thanh" if item.kind == "audio" else "Tệp"
            alt = "" if item.alt in message.text.plain.split("\n") else item.alt  # a line of its own already
            after = f"[{name}: {item.alt}]" if address is None else f"{name}: {alt}\n{address}"
    long = [button for button in message.buttons if utf16_len(button.label) > caps.label_limit]
    if fitted.listed:
        after += "".join(f"{n}. {b.label}" for n, b in enumerate(answers_of(message.buttons), fitted.first))
        apart = [button for button in message.buttons if button.apart]
        if fitted.parts[-1].buttons:
            after += "".join(button.label for button in apart if button in long)
        elif apart:
            after += hint + "Bác có thể gõ: " + " · ".join(button.label.upper() for button in apart)
        else:
            after += hint
    elif message.buttons and not fitted.parts[-1].buttons:
        after += "Bác có thể gõ: " + " · ".join(button.label for button in message.buttons)
    else:
        after += "".join(button.label for button in long if button.label not in message.text.plain)
    return _expanded(message.text, caps) + after


@given(message=messages, caps=capabilities, address=addresses, first=st.integers(1, 20))
def test_every_part_is_accepted_and_together_they_say_everything(
    message: Message, caps: Capabilities, address: str | None, first: int
) -> None:
    fitted = fit(message, caps, link_to=lambda _: address, words=WORDS, first=first, hint="(Gõ số.)")
    chat = FakePlatform({"private": caps})

    async def send() -> None:
        for part in fitted.parts:
            await chat.send(CHAT, part)

    asyncio.run(send())
    said = "".join(part.text.plain for part in fitted.parts)
    assert _squashed(said) == _squashed(_must_read(message, fitted, caps, address, "(Gõ số.)"))
    shown = [part.attachment for part in fitted.parts if part.attachment is not None]
    assert shown in ([], [message.attachment])


@given(message=messages, caps=capabilities)
def test_every_action_is_reached_by_exactly_one_button_number_or_word(message: Message, caps: Capabilities) -> None:
    fitted = fit(message, caps, link_to=lambda _: None, words=WORDS, first=5)
    shown = fitted.parts[-1].buttons
    assert not any(part.buttons for part in fitted.parts[:-1])
    if shown:
        numbers = iter(range(fitted.first, 40))
        ordered = [*answers_of(message.buttons), *(one for one in message.buttons if one.apart)]
        for button, meant in zip(shown, ordered if fitted.listed else message.buttons, strict=True):
            cut = button.label.endswith("…") and meant.label.startswith(button.label[:-1])
            number = fitted.listed and not meant.apart and button.label == str(next(numbers))
            assert number or cut or button.label == meant.label
        assert (
            len([one for one in shown if one.label.endswith("…")]) <= 1 or message.expects == "figure" or fitted.listed
        )
        known = {token_of(packed): packed for packed in fitted.stored}
        data = [one.data for one in (ordered if fitted.listed else message.buttons)]
        assert [known.get(button.data, button.data) for button in shown] == data
        assert all(len(button.data.encode()) <= caps.button_bytes for button in shown)
    elif message.expects == "figure":
        assert not fitted.listed
    else:
        assert fitted.listed == message.buttons
        assert not fitted.stored


@given(message=messages.filter(lambda message: message.expects == "choice" and bool(message.buttons)))
def test_the_number_that_stands_before_a_label_picks_its_action(message: Message) -> None:
    caps = PLAIN["private"]
    fitted = fit(message, caps, link_to=lambda _: None, words=WORDS)
    session = Session(Key("fake", "1"))
    session.open_list(OpenList(message.buttons, fitted.first, True, "choice", SHARED, ""))
    for number, button in enumerate(answers_of(message.buttons), fitted.first):
        assert f"{number}. {button.label}" in "\n".join(part.text.plain for part in fitted.parts)
        said = "hai" if number == 2 else f"số {number}."
        assert recognise(session, SHARED, said) == Chosen(button)


def _styled(text: Text) -> list[tuple[str, str, str | None]]:
    return [(char, span.style, span.link) for span in text.spans for char in span.text if not char.isspace()]


@given(text=texts, limit=st.integers(5, 60))
def test_a_split_keeps_each_character_in_its_style_and_every_part_within_the_limit(text: Text, limit: int) -> None:
    parts = split(text, limit)
    assert [char for part in parts for char in _styled(part)] == _styled(text)
    assert all(0 < utf16_len(part.plain) <= limit for part in parts)


@given(text=texts.filter(lambda text: bool(text.plain.strip())), caps=capabilities, large=st.booleans())
def test_styles_and_links_stay_where_the_chat_can_show_them(text: Text, caps: Capabilities, *, large: bool) -> None:
    fitted = fit(Message(text, large=large), caps, link_to=lambda _: None, words=WORDS)
    shown = [char for part in fitted.parts for char in _styled(part.text)]
    if caps.links:
        assert shown == [(char, style if caps.styles else "plain", link) for char, style, link in _styled(text)]
    else:
        assert all(link is None for _, _, link in shown)
        assert caps.styles or all(style == "plain" for _, style, _ in shown)


clusters = st.lists(
    st.sampled_from(["e", "o\u0302\u0301", "a\u0306\u0323", "👩", "\U0001f33e", "đ", " ", "\n"]), max_size=80
)


@given(letters=clusters, limit=st.integers(6, 40))
@pytest.mark.fault(13, "marks of their own, emoji")
def test_a_split_never_parts_a_letter_from_its_marks_nor_half_an_emoji(letters: list[str], limit: int) -> None:
    parts = split(Text.verbatim("".join(letters)), limit)
    left = [letter for letter in letters if not letter.isspace()]
    for part in parts:
        said = _squashed(part.plain)
        said.encode("utf-8")
        while said:
            assert said.startswith(left[0])
            said = said.removeprefix(left.pop(0))
    assert not left


def test_a_cut_is_made_at_a_paragraph_else_a_line_else_a_word() -> None:
    text = Text.verbatim("Đoạn một dài.\n\nĐoạn hai\ndòng hai có chữ dài")
    assert [part.plain for part in split(text, 24)] == ["Đoạn một dài.", "Đoạn hai", "dòng hai có chữ dài"]
    assert [part.plain for part in split(Text.verbatim("một hai ba bốn"), 10)] == ["một hai ba", "bốn"]
    assert [part.plain for part in split(Text.verbatim("x" * 25), 10)] == ["x" * 10, "x" * 10, "x" * 5]


@given(message=messages)
def test_large_letters_lose_nothing(message: Message) -> None:
    small = Message(message.text, message.buttons, message.attachment, message.expects)
    large = Message(message.text, message.buttons, message.attachment, message.expects, large=True)
    for caps in (RICH["private"], PLAIN["private"]):
        said = [
            _squashed("".join(part.text.plain for part in fit(m, caps, link_to=lambda _: None, words=WORDS).parts))
            for m in (small, large)
        ]
        assert said[0] == said[1]


def test_large_letters_are_one_sentence_for_each_message_and_a_list_stays_together() -> None:
    text = Text.verbatim("Bác mở máy. Bấm nút xanh lúc 7.30 sáng! Xong chưa?")
    options = (Button("Rồi.", "a"), Button("Chưa", "b"))
    fitted = fit(Message(text, options, large=True), PLAIN["private"], link_to=lambda _: None, words=WORDS)
    assert [part.text.plain for part in fitted.parts] == [
        "Bác mở máy.",
        "Bấm nút xanh lúc 7.30 sáng!",
        "Xong chưa?",
        "1. Rồi.\n2. Chưa",
    ]
    rich = fit(Message(text, options, large=True), RICH["private"], link_to=lambda _: None, words=WORDS)
    assert [len(part.buttons) for part in rich.parts] == [0, 0, 2]


def test_only_the_first_part_answers_an_earlier_message_and_only_where_it_can() -> None:
    short, long = Message(Text.verbatim("Thôi họp."), reply_to="7"), Message(Text.verbatim("a " * 3000), reply_to="7")
    for message, shown in ((short, ["7"]), (long, ["7", ""])):
        rich = fit(message, RICH["group"], link_to=lambda _: None, words=WORDS)
        assert [part.reply_to for part in rich.parts] == shown
        plain = fit(message, PLAIN["group"], link_to=lambda _: None, words=WORDS)
        assert {part.reply_to for part in plain.parts} == {""}
        assert message_from_json(message_to_json(rich.parts[0])) == rich.parts[0]


def test_where_the_chat_can_show_large_letters_it_is_asked_to() -> None:
    fitted = fit(
        Message(Text.verbatim("Một. Hai."), large=True),
        Capabilities(text_limit=100, large_text=True),
        link_to=lambda _: None,
        words=WORDS,
    )
    assert [(part.text.plain, part.large) for part in fitted.parts] == [("Một. Hai.", True)]


@pytest.mark.parametrize("length", [64, 65])
def test_only_data_that_is_too_long_becomes_a_token(length: int) -> None:
    data = "x" * length
    message = Message(Text.verbatim("?"), (Button("Đi", data), Button("Ở", "a")))
    fitted = fit(message, RICH["private"], link_to=lambda _: None, words=WORDS)
    assert [button.data for button in fitted.parts[0].buttons] == [data if length == 64 else token_of(data), "a"]
    assert fitted.stored == (() if length == 64 else (data,))


def test_a_long_caption_follows_its_photo_and_carries_the_buttons() -> None:
    message = Message(Text.verbatim("chữ " * 300), (Button("Đi", "a"),), Attachment("photo", "p.png", "Màn hình"))
    photo, text = fit(message, RICH["private"], link_to=lambda _: None, words=WORDS).parts
    assert (photo.attachment, bool(photo.text), photo.buttons) == (message.attachment, False, ())
    assert (text.text.plain, text.buttons) == (("chữ " * 300).strip(), message.buttons)


@pytest.mark.parametrize("expects", ["choice", "text", "quiz"])
def test_where_nobody_can_answer_no_choices_are_shown_and_no_words_for_them(expects: Expects) -> None:
    message = Message(Text.verbatim("Mai cắt điện."), (Button("Đã nhận", "r|1"),), expects=expects)
    fitted = fit(
        message, Capabilities(text_limit=459, answers=False), link_to=lambda _: None, words=WORDS, hint="Gõ số"
    )
    assert [part.text.plain for part in fitted.parts] == ["Mai cắt điện."]
    assert not fitted.listed
    assert not fitted.stored


def test_a_file_that_becomes_a_link_is_named_once() -> None:
    for text, shown in (
        ("TB-0001\nBão số 5", f"TB-0001\nBão số 5\n\nÂm thanh: {LINK}"),
        ("", f"Âm thanh: Bão số 5\n{LINK}"),
    ):
        message = Message(Text.verbatim(text), attachment=Attachment("audio", "a.mp3", "Bão số 5"))
        (part,) = fit(message, PLAIN["private"], link_to=lambda _: LINK, words=WORDS).parts
        assert part.text.plain == shown


def test_a_photo_without_a_public_address_is_told_in_words() -> None:
    message = Message(Text.verbatim("Bấm nút."), attachment=Attachment("photo", "p.png", "Nút xanh ở góc phải"))
    (part,) = fit(message, PLAIN["private"], link_to=lambda _: None, words=WORDS).parts
    assert part.text.plain == "Bấm nút.\n\n[Hình: Nút xanh ở góc phải]"
    (shown,) = fit(message, PLAIN["private"], link_to=lambda _: "https://xa.example/p.png", words=WORDS).parts
    assert shown.attachment == message.attachment


_TITLE = "Khai sinh, thường trú, thẻ bảo hiểm y tế cho trẻ dưới 6 tuổi (làm một lần)"


def test_one_title_that_is_too_long_takes_no_button_from_the_others() -> None:
    """Seen: one of 74 letters among five, and the whole list had to be typed."""
    message = Message(Text.of("Bác cần bài nào?"), (Button("Cài VNeID", "a"), Button(_TITLE, "b"), Button("Khác", "c")))
    [part] = fit(message, RICH["private"], link_to=lambda _: None, words=WORDS).parts
    assert [button.data for button in part.buttons] == ["a", "b", "c"]
    assert part.buttons[1].label.endswith("…")
    assert utf16_len(part.buttons[1].label) <= RICH["private"].label_limit
    assert _TITLE in part.text.plain


def test_a_list_of_long_titles_has_buttons_with_numbers() -> None:
    way = Button("Thoát", "x", apart=True)
    message = Message(Text.of("Bác cần bài nào?"), (Button(_TITLE, "a"), Button(f"{_TITLE} nữa", "b"), way))
    fitted = fit(message, RICH["private"], link_to=lambda _: None, words=WORDS, first=4)
    [part] = fitted.parts
    assert f"4. {_TITLE}\n5. {_TITLE} nữa" in part.text.plain
    assert [(button.label, button.data) for button in part.buttons] == [("4", "a"), ("5", "b"), ("Thoát", "x")]
    assert part.rows == (2, 1)
    assert fitted.listed == message.buttons


def test_in_plain_text_a_way_out_has_no_number() -> None:
    message = Message(
        Text.of("Ai được hỏi mã OTP?"),
        (Button("Không ai", "a"), Button("Công an", "b"), Button("Thoát", "x", apart=True)),
        expects="quiz",
    )
    [part] = fit(message, PLAIN["private"], link_to=lambda _: None, words=WORDS, hint="(Gõ số.)").parts
    assert part.text.plain.endswith("1. Không ai\n2. Công an\n\n(Gõ số.)\n\nBác có thể gõ: THOÁT")


def test_a_label_that_just_fits_is_shown_whole_beside_one_that_does_not() -> None:
    message = Message(Text.of("Bác cần bài nào?"), (Button("Mười chữ x", "a"), Button("Một hai ba bốn", "b")))
    caps = Capabilities(text_limit=100, buttons=10, label_limit=10, button_bytes=64)
    [part] = fit(message, caps, link_to=lambda _: None, words=WORDS, hint="").parts
    assert [button.label for button in part.buttons] == ["Mười chữ x", "Một hai…"]


def test_buttons_below_a_photo_stand_in_the_rows_that_were_asked_for() -> None:
    keys = tuple(Button(name, name) for name in "abc")
    message = Message(Text.of("Nhìn hình."), keys, Attachment("photo", "p.png", "Nút xanh"), rows=(2, 1))
    [part] = fit(message, RICH["private"], link_to=lambda _: None, words=WORDS).parts
    assert (part.buttons, part.rows) == (keys, (2, 1))


def test_a_poll_with_too_long_a_reason_is_shown_as_a_message() -> None:
    choices = (Button("Có", "a"), Button("Không", "b"))
    for length, native in ((POLL_WHY, True), (POLL_WHY + 1, False)):
        message = Message(Text.of("Ai được hỏi mã OTP?"), choices, poll=Poll(2, 1, "x" * length))
        [part] = fit(message, RICH["group"], link_to=lambda _: None, words=WORDS).parts
        assert (part.poll is not None) == native
    assert POLL_WHY == 200, "Telegram's limit"


def test_where_there_are_no_polls_a_quiz_is_a_message_with_buttons() -> None:
    choices = (Button("Có", "a"), Button("Không", "b"))
    message = Message(Text.of("Ai được hỏi mã OTP?"), choices, poll=Poll(2, 1, "Không ai cả."))
    [part] = fit(message, RICH["private"], link_to=lambda _: None, words=WORDS).parts
    assert (part.poll, part.buttons) == (None, choices)
