"""Recorded updates of the Zalo Bot Platform and the events that they are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.core.events import (
    Chat,
    Commanded,
    Event,
    Incoming,
    OtherSent,
    PhotoSent,
    Sender,
    TextSent,
    VoiceSent,
    event_from_json,
    event_to_json,
)
from bot.platforms._shared.http import read
from bot.platforms._shared.mention import letters, without_mention
from bot.platforms.zalo.wire import Update, parse

PAYLOADS = Path(__file__).parent / "payloads" / "zalo"
NAMES = frozenset({letters("bot.abc")})
AT = datetime.fromtimestamp(1_790_000_000, UTC)


def person(number: int, name: str) -> tuple[Chat, Sender, datetime]:
    return Chat("zalo", f"u{number}", "private"), Sender(f"u{number}", name), AT


GROUP = Chat("zalo", "zgr-77", "group")
EXPECTED: dict[str, Event] = {
    "text_wrapped": TextSent(
        "mm0000001", Chat("zalo", "u0000001", "private"), Sender("u0000001", "An"), AT, "Xin chào"
    ),
    "text_unwrapped_group_mention": Commanded("mm1", GROUP, Sender("u1", "An"), AT, "quiz", ""),
    "text_nfd_and_controls": TextSent(
        "mm2", Chat("zalo", "u2", "private"), Sender("u2", "Bình"), AT + timedelta(milliseconds=500), "tiếp"
    ),
    "command_with_arguments": Commanded("mm3", *person(3, "Chi"), "dangky", "ABC 123"),
    "text_without_sender": TextSent("mm4", Chat("zalo", "u4", "private"), Sender("", ""), AT, "2"),
    "image_photo": PhotoSent(
        "mm5", *person(5, "Dung"), (Incoming("https://zalo.example/p/5.jpg", "image/jpeg"),), "Màn hình của tôi"
    ),
    "image_photo_url_group": PhotoSent(
        "mm6", GROUP, Sender("u6", "Hoa"), AT, (Incoming("https://zalo.example/p/6.jpg", "image/jpeg"),), "ảnh đây"
    ),
    "voice": VoiceSent("mm7", *person(7, "Giang"), Incoming("https://zalo.example/v/7.aac", "audio/aac")),
    "sticker": OtherSent("mm8", *person(8, "Hà"), "sticker"),
    "unsupported": OtherSent("mm9", *person(9, "Khoa"), "unsupported"),
    "numeric_ids": TextSent("m9007199254740993", Chat("zalo", "10", "private"), Sender("10", ""), AT, "menu"),
}


def recorded(name: str) -> Event | None:
    update = read(Update, (PAYLOADS / f"{name}.json").read_bytes())
    return None if update is None else parse(update, NAMES)


@pytest.mark.parametrize("name", sorted(path.stem for path in PAYLOADS.glob("*.json")))
def test_a_recorded_update_is_the_event_it_looks_like(name: str) -> None:
    """Files that begin with `none_` mean nothing to us; every other file has its event in the table above."""
    event = recorded(name)
    assert event == (None if name.startswith("none_") else EXPECTED[name])
    if event is not None:
        assert event_from_json(event_to_json(event)) == event


def test_every_event_in_the_table_has_its_recording() -> None:
    assert set(EXPECTED) == {path.stem for path in PAYLOADS.glob("*.json") if not path.stem.startswith("none_")}


@pytest.mark.parametrize(
    ("said", "understood"),
    [
        ("@Bot Xã Yên Mô tiếp", "tiếp"),
        ("@Bot Xã Yên Mô, Tiếp", "Tiếp"),
        ("@bot xa yen mo 2", "2"),
        ("@Bot\u00a0Xã\u00a0Yên\u00a0Mô\nvneid +12\nso suc khoe =340", "vneid +12\nso suc khoe =340"),
        ("@Bot Xã Yên Mô", ""),
        ("@Ai khác tiếp", "khác tiếp"),
        ("Tiếp @Bot Xã Yên Mô", "Tiếp @Bot Xã Yên Mô"),
        ("@", ""),
    ],
)
def test_a_mention_at_the_beginning_is_not_part_of_what_was_said(said: str, understood: str) -> None:
    assert without_mention(said, frozenset({letters("Bot Xã Yên Mô")})) == understood


def test_a_private_message_keeps_its_at_sign() -> None:
    body = (PAYLOADS / "text_wrapped.json").read_text().replace("Xin chào", "@An ơi")
    update = read(Update, body.encode())
    assert update is not None
    event = parse(update, NAMES)
    assert isinstance(event, TextSent)
    assert event.text == "@An ơi"
