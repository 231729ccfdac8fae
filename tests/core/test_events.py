"""Events are written down before they are acknowledged: they come back as they were."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.events import (
    BotJoined,
    BotLeft,
    Chat,
    ChatMoved,
    Commanded,
    Edited,
    Event,
    FileSent,
    Heard,
    Incoming,
    OtherSent,
    PhotoSent,
    Pressed,
    Sender,
    TextSent,
    UnreadableEvent,
    VoiceSent,
    event_from_json,
    event_to_json,
    is_addressed,
)

chats = st.builds(Chat, st.text(), st.text(), st.sampled_from(["private", "group"]))
senders = st.builds(Sender, st.text(), st.text(), st.none() | st.text())
moments = st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC))
common = {"id": st.text(), "chat": chats, "sender": senders, "at": moments}
incoming = st.builds(Incoming, st.text(), st.text(), st.integers(0, 10**12), st.text())
findings = st.lists(st.text(), max_size=2).map(tuple)
events: st.SearchStrategy[Event] = st.one_of(
    st.builds(TextSent, **common, text=st.text(), addressed=st.booleans(), findings=findings),
    st.builds(Edited, **common, text=st.text(), message_id=st.text(), addressed=st.booleans(), findings=findings),
    st.builds(Commanded, **common, name=st.text(), args=st.text(), findings=findings),
    st.builds(Pressed, **common, data=st.text(), message_id=st.none() | st.text()),
    st.builds(VoiceSent, **common, file=incoming, seconds=st.integers(0, 9999), addressed=st.booleans()),
    st.builds(Heard, **common, text=st.text(), findings=findings),
    st.builds(PhotoSent, **common, files=st.lists(incoming, max_size=3).map(tuple), caption=st.text()),
    st.builds(FileSent, **common, file=incoming, caption=st.text(), findings=findings),
    st.builds(OtherSent, **common, what=st.text(), addressed=st.booleans()),
    st.builds(BotJoined, **common, title=st.text()),
    st.builds(BotLeft, **common),
    st.builds(ChatMoved, **common, new_chat_id=st.text()),
)
AT = datetime(2026, 11, 24, tzinfo=UTC)
GROUP = Chat("fake", "g", "group")
HOA = Sender("1", "Hoa")


@given(event=events)
def test_a_noted_event_is_the_same_when_it_is_read_again(event: Event) -> None:
    assert event_from_json(json.loads(json.dumps(event_to_json(event), ensure_ascii=False))) == event


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (TextSent("1", GROUP, HOA, AT, text="chào"), True),
        (TextSent("1", GROUP, HOA, AT, text="chào", addressed=False), False),
        (VoiceSent("1", GROUP, HOA, AT, Incoming("r", "audio/ogg"), addressed=False), False),
        (Pressed("1", GROUP, HOA, AT, data="x"), True),
        (Commanded("1", GROUP, HOA, AT, name="menu", args=""), True),
        (BotJoined("1", GROUP, HOA, AT, title="Thôn"), True),
    ],
)
def test_presses_commands_and_service_events_are_always_meant_for_the_bot(event: Event, *, expected: bool) -> None:
    assert is_addressed(event) is expected


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"kind": "said"},
        {**event_to_json(TextSent("1", GROUP, HOA, AT, text="x")), "chat": "g"},
        {**event_to_json(TextSent("1", GROUP, HOA, AT, text="x")), "at": "hôm qua"},
        {**event_to_json(TextSent("1", GROUP, HOA, AT, text="x")), "kind": "dreamt"},
        {**event_to_json(TextSent("1", GROUP, HOA, AT, text="x")), "extra": 1},
        {**event_to_json(TextSent("1", GROUP, HOA, AT, text="x")), "findings": "otp"},
        # As many letters as the list would have parts: only the look at the type tells.
        {**event_to_json(TextSent("1", GROUP, HOA, AT, text="x")), "chat": "abc"},
        {**event_to_json(TextSent("1", GROUP, HOA, AT, text="x")), "sender": "abc"},
        {**event_to_json(TextSent("1", GROUP, HOA, AT, text="x")), "chat": ["fake", "g"]},
        {**event_to_json(TextSent("1", GROUP, HOA, AT, text="x")), "at": None},
        {**event_to_json(VoiceSent("1", GROUP, HOA, AT, Incoming("r", "audio/ogg"))), "file": "ab1d"},
        {**event_to_json(PhotoSent("1", GROUP, HOA, AT, (Incoming("r", "image/png"),))), "files": {}},
        {**event_to_json(PhotoSent("1", GROUP, HOA, AT, (Incoming("r", "image/png"),))), "files": ["ab1d"]},
    ],
)
def test_what_is_no_noted_event_is_refused(broken: dict[str, object]) -> None:
    with pytest.raises(UnreadableEvent):
        event_from_json(broken)
