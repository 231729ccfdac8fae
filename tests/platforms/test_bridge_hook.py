"""Who may write to us through the bridge, and what is made of it."""

from __future__ import annotations

import json

import pytest

from bot.core.events import BotJoined, Commanded, Edited, FileSent, PhotoSent, Pressed, TextSent, VoiceSent
from bot.core.platform import TokenRefused
from bot.platforms.bridge.adapter import create
from bot.platforms.bridge.wire import REASONS, Noted, read_events
from bot.settings import SettingsError
from bot.testing.inbox import Inbox
from tests.kit import make_kit

from .bridge_rig import HOA, both, said
from .fake_bridge import SECRET, FakeGateway
from .test_bridge_document import DOCS


async def test_another_secret_ends_the_listening_and_says_what_to_mend() -> None:
    async with FakeGateway(secret="x" * 40) as gateway:
        kit = make_kit({"url": gateway.base, "secret": SECRET})
        bridge = create(kit)
        with pytest.raises(SettingsError, match="BOT_BRIDGE_SECRET"):
            await bridge.listen(Inbox().note)
        with pytest.raises(TokenRefused):
            await bridge.send(HOA, said("chào"))
        await bridge.close()


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"url": "http://gw"},
        {"url": "gw.example", "secret": SECRET},
        {"url": "http://gw", "secret": "short"},
        {"url": "http://gw", "secret": SECRET, "colour": "red"},
        {"url": "http://gw", "secret": SECRET, "name": "có dấu"},
    ],
)
async def test_wrong_settings_stop_the_start_and_do_not_show_the_secret(options: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match=r"^BOT_BRIDGE_") as error:
        create(make_kit(options))
    assert "short" not in str(error.value)


@pytest.mark.parametrize(("skew", "status"), [(-301, 401), (-299, 200), (299, 200), (301, 401)])
async def test_a_signature_is_good_for_five_minutes(skew: float, status: int) -> None:
    async with both(FakeGateway()) as two:
        body = json.dumps({"events": [two.gateway.said("chào")]}).encode()
        assert await two.gateway.posts(body, SECRET, skew=skew) == status
        assert len(two.inbox.events) == (status == 200)


async def test_a_signature_belongs_to_one_body_and_one_time() -> None:
    async with both(FakeGateway()) as two:
        body = json.dumps({"events": [two.gateway.said("chào")]}).encode()
        assert await two.gateway.posts(body, SECRET, altered=body.replace(b"Hoa", b"Lan")) == 401
        assert await two.gateway.posts(body, SECRET, at="1764000000") == 401
        for at in ("", "now", "-1", "1e9", "9" * 400, "٣"):
            assert await two.gateway.posts(body, SECRET, at=at) == 401
        assert two.inbox.attempts == 0


async def test_a_body_without_end_is_read_no_further_than_the_limit() -> None:
    async with both(FakeGateway()) as two:
        assert await two.gateway.posts(b" " * 1_100_000, SECRET) == 413


async def test_a_request_that_is_played_again_has_the_ids_it_had() -> None:
    """The inbox knows them; a new id would need a new signature."""
    async with both(FakeGateway()) as two:
        body = json.dumps({"events": [two.gateway.said("chào")]}).encode()
        for _ in range(2):
            assert await two.gateway.posts(body, SECRET) == 200
        first, second = two.inbox.events
        assert first == second


async def test_what_could_not_be_noted_is_not_acknowledged() -> None:
    async with both(FakeGateway()) as two:
        two.inbox.refusals = 1
        event = two.gateway.said("chào")
        assert await two.gateway.tell(event) == 503
        assert await two.gateway.tell(event) == 200
        assert [type(event) for event in two.inbox.events] == [TextSent]


def test_every_kind_of_event_is_understood_and_receipts_are_none() -> None:
    body = (DOCS.parent / "tests/platforms/payloads/bridge/events.json").read_bytes()
    events, unread = read_events(body, {"private", "group"}, FakeGateway().clock.now())
    assert unread == []
    kinds = ["said", "commanded", "pressed", "photo", "voice", "file", "other", "joined", "left", "moved", "edited"]
    assert [event.kind for event in events] == kinds
    text, command, press, photo, voice, file, _, joined, _, _, edited = events
    assert isinstance(text, TextSent)
    assert (text.text, text.addressed, text.sender.name, text.sender.locale) == ("Xin chào", True, "Hoa", "vi")
    assert isinstance(command, Commanded)
    assert (command.name, command.args) == ("start", "abc-1")
    assert isinstance(press, Pressed)
    assert (press.data, press.message_id) == ("g|a|b", "7")
    assert isinstance(photo, PhotoSent)
    assert (photo.files[0].ref, photo.caption) == ("https://gw.example/1.jpg", "hình đây")
    assert isinstance(voice, VoiceSent)
    assert voice.seconds == 7
    assert isinstance(file, FileSent)
    assert file.file.name == "cong-van.pdf"
    assert isinstance(joined, BotJoined)
    assert joined.title == "Thôn Đồng Sen"
    assert isinstance(edited, Edited)
    assert (edited.sender.id, edited.addressed) == ("12", False)


def test_one_event_that_is_none_does_not_keep_the_others_and_a_fast_clock_makes_no_future() -> None:
    now = FakeGateway().clock.now()
    good = {"id": "e1", "type": "text", "at": "2090-01-01T00:00:00Z", "text": "chào"} | {
        "chat": {"id": "c1", "kind": "private"}
    }
    bad = [7, None, {}, good | {"id": ""}, good | {"id": "a\x00b"}, good | {"at": "0001-01-01T00:00:00+14:00"}]
    bad += [good | {"type": "dance"}, good | {"at": "2026-11-24T08:00:00"}, good | {"chat": {"id": "c1", "kind": "x"}}]
    bad += [good | {"type": "press"}, good | {"type": "photo"}, good | {"text": "\u202e"}, good | {"id": "x" * 201}]
    [event], unread = read_events(json.dumps({"events": [*bad, good]}).encode(), {"private"}, now)
    assert event.at == now
    assert [one.event for one in unread] == list(range(len(bad)))


@pytest.mark.parametrize("body", [b"", b"garbage", b"\xff\xfe", b"[]", b"7", b"{}", b'{"events": 7}', b'{"event": []}'])
async def test_a_body_that_is_no_batch_is_told_so(body: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """It does not get better by coming again, so it is acknowledged."""
    async with both(FakeGateway()) as two:
        assert await two.gateway.posts(body, SECRET) == 200
        noted = Noted.model_validate_json(two.gateway.answered)
        assert (noted.taken, noted.not_read, noted.why[0].event) == (0, 1, None)
        assert noted.why[0].why
        assert two.inbox.attempts == 0
    assert len([record for record in caplog.records if record.levelname == "WARNING"]) == 1


async def test_a_gateway_learns_which_of_its_events_were_not_read_and_why(caplog: pytest.LogCaptureFixture) -> None:
    async with both(FakeGateway()) as two:
        good = two.gateway.said("chào")
        bad = [
            good | {"id": "e7", "at": "2026-11-24T08:00:00"},
            good | {"id": "e8", "type": "photo"},
            good | {"id": "e9", "chat": {"id": "c1", "kind": "room"}},
            "Mẹ tôi ốm",
        ]
        receipt = good | {"id": "r1", "type": "receipt", "state": "read", "message_id": "1"}
        assert await two.gateway.posts(json.dumps({"events": [*bad, good, receipt]}).encode(), SECRET) == 200
        noted = Noted.model_validate_json(two.gateway.answered)
        assert (noted.taken, noted.not_read) == (1, 4)
        assert [(one.event, one.id) for one in noted.why] == [(0, "e7"), (1, "e8"), (2, "e9"), (3, "")]
        assert noted.why[0].why.startswith("at: ")
        assert noted.why[1].why.startswith("photo: ")
        assert noted.why[2].why.startswith("chat.kind: ")
        many = [bad[-1]] * 50
        assert await two.gateway.posts(json.dumps({"events": many}).encode(), SECRET) == 200
        noted = Noted.model_validate_json(two.gateway.answered)
        assert (noted.not_read, len(noted.why)) == (50, REASONS)
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len(warnings) == 2, "one line for each request"
    assert "1 events were taken, 4 could not be read" in warnings[0]
    assert not any("ốm" in line for line in warnings)
