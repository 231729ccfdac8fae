"""Recorded webhooks of a Zalo Official Account, the events that they are, and who signed them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.core.events import (
    BotJoined,
    BotLeft,
    Chat,
    Commanded,
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
from bot.platforms._shared.mention import letters
from bot.platforms.zalo_oa.wire import Signer, Update, parse, signature

PAYLOADS = Path(__file__).parent / "payloads" / "zalo_oa"
NAMES = frozenset({letters("Xã Yên Mô")})
AT = datetime.fromtimestamp(1_790_000_000, UTC)
NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
GROUP = Chat("zalo_oa", "g77", "group")
IN_GROUP = (GROUP, Sender("u1", ""), AT)


def person(number: int) -> tuple[Chat, Sender, datetime]:
    return Chat("zalo_oa", f"u{number}", "private"), Sender(f"u{number}", ""), AT


def photo(number: int) -> tuple[Incoming, ...]:
    return (Incoming(f"https://zalo.example/p/{number}.jpg", "image/jpeg"),)


SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
EXPECTED: dict[str, Event] = {
    "text": TextSent("mm1", *person(1), "Xin chào"),
    "text_nfd": TextSent("mm2", *person(2), "Tiếp"),
    "command": Commanded("mm3", *person(3), "dangky", "ABC 123"),
    "press": Pressed("mm4", *person(4), "g|cai-vneid|kiem-tra"),
    "hash_typed": TextSent("mm4b", *person(4), "#vneid"),
    "image": PhotoSent("mm5", *person(5), photo(5), "Màn hình của tôi"),
    "audio": VoiceSent("mm6", *person(6), Incoming("https://zalo.example/v/6.m4a?x=1", "audio/mp4")),
    "file": FileSent("mm7", *person(7), Incoming("https://zalo.example/f/7", SHEET, 1024, "so lieu.xlsx")),
    "sticker": OtherSent("mm8", *person(8), "sticker"),
    "link": TextSent("mm9", *person(9), "https://dichvucong.gov.vn"),
    "location": OtherSent("mm10", *person(9), "location"),
    "group_text": TextSent("mm11", *IN_GROUP, "trưa nay ăn gì", addressed=False),
    "group_mention": TextSent("mm12", *IN_GROUP, "menu"),
    "group_mention_of_another": TextSent("mm13", *IN_GROUP, "@Hoa menu", addressed=False),
    "group_command": Commanded("mm14", *IN_GROUP, "quiz", ""),
    "group_image": PhotoSent("mm15", *IN_GROUP, photo(15), addressed=False),
    "number_ids": TextSent("m9007199254740993", Chat("zalo_oa", "10", "private"), Sender("10", ""), AT, "menu"),
    "follow": Commanded("follow:u1:1790000000000", *person(1), "start", ""),
    "unfollow": BotLeft("unfollow:u1:1790000000000", *person(1)),
    "create_group": BotJoined("create_group:g77:1790000000000", GROUP, Sender("", ""), AT, "Thôn Lạc Hiền"),
    "delete_group": BotLeft("delete_group:g77:1790000000000", GROUP, Sender("", ""), AT),
    "from_the_future": TextSent("mm16", *person(1)[:2], NOW, "menu"),
}


def recorded(name: str) -> Event | None:
    update = read(Update, (PAYLOADS / f"{name}.json").read_bytes())
    return None if update is None else parse(update, NAMES, NOW)


@pytest.mark.parametrize("name", sorted(path.stem for path in PAYLOADS.glob("*.json")))
def test_a_recorded_update_is_the_event_it_looks_like(name: str) -> None:
    """Files that begin with `none_` mean nothing to us; every other file has its event in the table above."""
    event = recorded(name)
    assert event == (None if name.startswith("none_") else EXPECTED[name])
    if event is not None:
        assert event_from_json(event_to_json(event)) == event


def test_every_event_in_the_table_has_its_recording() -> None:
    assert set(EXPECTED) == {path.stem for path in PAYLOADS.glob("*.json") if not path.stem.startswith("none_")}


# Computed once by hand from the documented formula: application id, raw body, timestamp, the account's own key.
APP = "1234567890123456789"
BODY = (
    '{"app_id":"1234567890123456789","sender":{"id":"u1"},"recipient":{"id":"oa1"},"event_name":"user_send_text",'
    '"message":{"text":"Xin chào","msg_id":"m1"},"timestamp":"1790000000000"}'
).encode()
MAC = "0f7f352f53fced372ddbf15a08b2d858857f3756200f5ba903769f9b1714f66e"
SIGNER = Signer(APP, "oa-secret-test", "app-secret-test")


@pytest.mark.parametrize("header", [f"mac={MAC}", MAC, f"mac={MAC.upper()}", f" mac={MAC}"])
def test_the_documented_signature_over_the_raw_bytes_is_accepted(header: str) -> None:
    assert SIGNER.signed(BODY, header)


@pytest.mark.parametrize(
    ("body", "header"),
    [
        (BODY, ""),
        (BODY, "mac="),
        (BODY, f"mac={MAC[:-1]}"),
        (BODY.replace(b"u1", b"u2"), f"mac={MAC}"),
        (BODY.replace(b'","', b'", "'), f"mac={MAC}"),
        (BODY.replace(b"1790000000000", b"1790000000001"), f"mac={MAC}"),
        (BODY, "mac=" + signature(APP, BODY, "1790000000000", "")),
    ],
)
def test_other_bytes_another_time_or_another_key_are_not(body: bytes, header: str) -> None:
    assert not SIGNER.signed(body, header)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (signature(APP, BODY, "1790000000000", "app-secret-test"), "the application's secret key"),
        (signature(APP, BODY, "7", "oa-secret-test"), "the time in the header"),
        ("0" * 64, ""),
    ],
)
def test_the_log_can_say_what_a_refused_call_was_signed_with(wrong: str, said: str) -> None:
    assert not SIGNER.signed(BODY, wrong)
    assert SIGNER.guess(BODY, wrong, "7") == said
