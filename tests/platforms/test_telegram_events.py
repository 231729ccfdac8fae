"""What people do on Telegram, as recorded updates, and what the bot understands."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.core.events import (
    BotJoined,
    BotLeft,
    Chat,
    ChatMoved,
    Commanded,
    Edited,
    Event,
    FileSent,
    Incoming,
    OtherSent,
    PhotoSent,
    Pressed,
    Sender,
    TextSent,
    VoiceSent,
    event_from_json,
    event_to_json,
)
from bot.platforms._shared.http import read
from bot.platforms.telegram.parse import Heard, Me, join_albums, parse
from bot.platforms.telegram.wire import Update

PAYLOADS = Path(__file__).parent / "payloads" / "telegram"
NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
AT = datetime(2025, 11, 24, 16, 0, tzinfo=UTC)
ME = Me(123456, "lang_bot")
HOA = Sender("7001", "Hoa Nguyễn", "vi")
NOBODY = Sender("", "")
PRIVATE = Chat("telegram", "7001", "private")
GROUP = Chat("telegram", "-4001", "group")
SUPER = Chat("telegram", "-1001234567890", "group")
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def said(text: str, chat: Chat = PRIVATE, sender: Sender = HOA, *, addressed: bool = True) -> TextSent:
    return TextSent("", chat, sender, AT, text, addressed)


def commanded(name: str, args: str = "", chat: Chat = PRIVATE, sender: Sender = HOA) -> Commanded:
    return Commanded("", chat, sender, AT, name, args)


UNDERSTOOD: dict[str, Event | None] = {
    "private_text": said("Tôi  bị kẹt ở bước 2 😀"),
    "private_text_decomposed": said("hòa"),
    "deep_link": commanded("start", "g_cai-vneid_kiem-tra"),
    "command_private_upper_case": commanded("tim", "lừa đảo\nqua mạng"),
    "command_for_us_in_group": commanded("baocao", "vneid +12", GROUP),
    "group_link_with_a_code": commanded("start", "thon-lac-hien_7Q", GROUP),
    "command_for_another_bot": None,
    "group_overheard": said("trưa nay họp nhé @lang_bots", GROUP, addressed=False),
    "group_mention_first": said("menu", GROUP),
    "group_mention_last": said("giúp tôi với @lang_bot", GROUP),
    "group_mention_and_command": commanded("menu", "", GROUP),
    "group_text_mention": said("ơi menu", GROUP),
    "group_text_mention_of_a_person": said("Hoa ơi", GROUP, addressed=False),
    "group_reply_to_the_bot": said("2", SUPER),
    "group_reply_to_a_person": said("2", SUPER, addressed=False),
    "anonymous_administrator": commanded("dangky", "", SUPER, Sender("", "Thôn Lạc Hiền")),
    "channel_speaks_in_group": said("Tin mới", SUPER, Sender("", "Tin xã Yên Mô"), addressed=False),
    "no_sender": said("menu", GROUP, NOBODY),
    "another_bot_speaks": None,
    "channel_post": None,
    "message_in_channel": None,
    "edited_text": Edited("", GROUP, HOA, AT, "vneid +13", "501"),
    "edited_caption": Edited("", PRIVATE, HOA, AT, "ảnh nhà văn hóa", "501"),
    "edited_live_location": None,
    "press": Pressed("", PRIVATE, HOA, NOW, "g|cai-vneid|tai-ve", "501"),
    "press_on_inaccessible_message": Pressed("", SUPER, HOA, NOW, "g|cai-vneid|tai-ve", "12"),
    "press_on_inline_message": None,
    "press_on_game": None,
    "vote": None,
    "voice": VoiceSent("", PRIVATE, HOA, AT, Incoming("v1", "audio/ogg", 51234), 14),
    "voice_of_20_mb": VoiceSent("", PRIVATE, HOA, AT, Incoming("v2", "audio/ogg", 21_000_000), 3600),
    "audio": VoiceSent("", PRIVATE, HOA, AT, Incoming("a1", "audio/mpeg", 900_000, "loa sáng.mp3"), 61),
    "photo": PhotoSent("", GROUP, HOA, AT, (Incoming("large", "image/jpeg", 98_000),), "ảnh điểm sóng"),
    "album": PhotoSent(
        "", GROUP, HOA, AT, tuple(Incoming(f"p{n}", "image/jpeg") for n in range(3)), "ba ảnh cho @lang_bot"
    ),
    "file": FileSent("", PRIVATE, HOA, AT, Incoming("d1", SHEET, 20480, "chỉ tiêu.xlsx"), "chỉ tiêu quý 4"),
    "video": FileSent("", PRIVATE, HOA, AT, Incoming("vi1", "video/mp4", 77)),
    "gif_as_reply": OtherSent("", GROUP, HOA, AT, "animation"),
    "sticker": OtherSent("", PRIVATE, HOA, AT, "sticker"),
    "place": OtherSent("", PRIVATE, HOA, AT, "venue"),
    "contact": OtherSent("", PRIVATE, HOA, AT, "contact"),
    "poll": OtherSent("", GROUP, HOA, AT, "poll", addressed=False),
    "bot_added": BotJoined("", GROUP, HOA, AT, "Thôn Lạc Hiền"),
    "bot_promoted": None,
    "bot_removed": BotLeft("", GROUP, HOA, AT),
    "bot_restricted_and_out": BotLeft("", SUPER, HOA, AT),
    "bot_blocked": BotLeft("", PRIVATE, HOA, AT),
    "bot_unblocked": BotJoined("", PRIVATE, HOA, AT, ""),
    "bot_added_to_channel": None,
    "service_somebody_joined": None,
    "service_pinned": None,
    "unknown_content": None,
    "unknown_update": None,
    "unreadable": None,
}


def heard(payload: str) -> list[Heard]:
    updates = [read(Update, raw) for raw in json.loads((PAYLOADS / f"{payload}.json").read_text())]
    return [parse(update, ME, NOW) for update in updates if update is not None]


def nameless(event: Event) -> dict[str, object]:
    return event_to_json(event) | {"id": ""}


@pytest.mark.parametrize("payload", UNDERSTOOD)
def test_an_update_becomes_the_event_that_the_person_meant(payload: str) -> None:
    expected = UNDERSTOOD[payload]
    events = join_albums(heard(payload))
    assert [nameless(event) for event in events] == ([nameless(expected)] if expected is not None else [])
    for event in events:
        assert event_from_json(event_to_json(event)) == event


def test_every_recorded_update_is_in_the_table() -> None:
    assert {path.stem for path in PAYLOADS.glob("*.json")} == {*UNDERSTOOD, "migration_pair"}


def test_an_event_is_named_after_its_update_so_that_a_repeat_is_known() -> None:
    raw = json.loads((PAYLOADS / "private_text.json").read_text())[0]
    (event,) = join_albums(heard("private_text"))
    assert event.id == f"u{raw['update_id']}"


@pytest.mark.parametrize("order", [slice(None), slice(None, None, -1)], ids=["as usual", "reversed"])
def test_both_messages_of_a_supergroup_upgrade_tell_the_same_move(order: slice) -> None:
    events = join_albums(heard("migration_pair")[order])
    assert {(type(event), event.id, event.chat) for event in events} == {(ChatMoved, "moved-4001", GROUP)}
    assert [event.new_chat_id for event in events if isinstance(event, ChatMoved)] == [SUPER.id] * 2


def test_albums_of_two_chats_and_the_words_between_them_stay_apart() -> None:
    def photo(number: int, chat_id: int, album: str) -> Heard:
        chat = {"id": chat_id, "type": "private"}
        sizes = [{"file_id": f"f{number}"}]
        post = {"message_id": number, "date": 1, "chat": chat, "photo": sizes, "media_group_id": album}
        update = read(Update, {"update_id": number, "message": post})
        assert update is not None
        return parse(update, ME, NOW)

    events = join_albums([photo(1, 5, "a"), photo(2, 6, "a"), *heard("private_text"), photo(3, 5, "a")])
    assert [[file.ref for file in event.files] if isinstance(event, PhotoSent) else event.kind for event in events] == [
        ["f1", "f3"],
        ["f2"],
        "said",
    ]


def test_an_album_that_comes_again_with_more_photos_is_not_taken_for_a_repeat() -> None:
    album = heard("album")
    (first,) = join_albums(album[:1])
    (whole,) = join_albums(album)
    assert first.id != whole.id


@pytest.mark.parametrize(
    "change",
    [{"text": "nửa chữ \ud800"}, {"date": 10**15}, {"date": -1}, {"message_id": 10**400}, {"message_id": 2**60}],
    ids=["half a character", "year 31 million", "before 1970", "endless number", "too large a number"],
)
def test_an_update_that_could_not_be_stored_is_not_read(change: dict[str, object]) -> None:
    post = {"message_id": 1, "date": 1, "chat": {"id": 5, "type": "private"}, "text": "chào"}
    assert read(Update, {"update_id": 1, "message": post}) is not None
    assert read(Update, {"update_id": 1, "message": {**post, **change}}) is None
