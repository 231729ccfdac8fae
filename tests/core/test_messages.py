"""Messages wait in the database until they are sent: they come out as they went in."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.messages import Attachment, Button, Expects, Message, message_from_json, message_to_json
from bot.core.text import Span, Text

EXPECTS: tuple[Expects, ...] = ("choice", "text", "quiz")
spans = st.builds(
    Span, st.text(), st.sampled_from(["plain", "bold", "italic", "code"]), st.none() | st.just("https://xa.example")
)
messages = st.builds(
    Message,
    text=st.lists(spans, max_size=4).map(lambda items: Text(tuple(items))),
    buttons=st.lists(st.builds(Button, st.text(), st.text()), max_size=4).map(tuple),
    attachment=st.none()
    | st.builds(Attachment, st.sampled_from(["photo", "audio", "file"]), st.text(), st.text(), st.integers(0, 10**9)),
    expects=st.sampled_from(EXPECTS),
    rows=st.lists(st.integers(1, 8), max_size=3).map(tuple),
    large=st.booleans(),
)


@given(message=messages)
def test_a_stored_message_is_the_same_when_it_is_read(message: Message) -> None:
    stored = json.loads(json.dumps(message_to_json(message), ensure_ascii=False))
    assert message_from_json(stored) == message


@pytest.mark.parametrize(
    ("stored", "error"),
    [
        ({"t": "chữ"}, TypeError),
        ({"t": [], "b": "nút"}, TypeError),
        ({"t": [], "r": 1}, TypeError),
        ({"t": [], "e": "anything"}, ValueError),
    ],
)
def test_what_is_no_stored_message_is_refused(stored: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error, match="not a stored message"):
        message_from_json(stored)
