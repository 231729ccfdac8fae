"""What a gateway says that it can do is heeded before anything else, and within sane limits."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping

import pytest
from aiohttp.test_utils import TestServer

from bot.core.events import Chat
from bot.core.messages import Attachment, Message
from bot.core.platform import START_LINK, Rejected, Unreachable, Usage
from bot.core.text import Text
from bot.platforms.bridge.adapter import KEPT, READ_AGAIN, create
from bot.platforms.bridge.capabilities import CAUTIOUS
from bot.settings import Settings
from tests.kit import MemoryValues, make_kit

from .bridge_rig import HOA, both, said
from .fake_bridge import RICH_CHAT, RICH_PROFILE, FakeGateway, Fault


async def test_what_a_gateway_says_is_known_before_anything_is_handled() -> None:
    gateway = FakeGateway({**RICH_PROFILE, "start_link": "https://chat.example/xa?start={code}"})
    async with gateway:
        kit = make_kit(gateway.options(), settings=Settings(public_url="https://xa.example"))
        bridge = create(kit)
        assert bridge.capabilities == {"private": CAUTIOUS}
        async with TestServer(kit.web):  # it does not listen yet
            assert bridge.capabilities["private"].buttons == RICH_CHAT["buttons"]
            assert "group" in bridge.capabilities
            assert bridge.link("a-1") == "https://chat.example/xa?start=a-1"
            assert bridge.link("a b") is None
            assert await kit.values.get(START_LINK) == "https://chat.example/xa?start={code}"
        await bridge.close()


@pytest.mark.parametrize(
    ("lie", "heeded"),
    [
        ({"text_limit": 10**9}, 4096),
        ({"text_limit": -5}, 70),
        ({"text_limit": "many"}, 70),
        ({"text_limit": None}, 70),
        ({"text_limit": 1e300}, 70),
    ],
)
async def test_limits_beyond_all_sense_are_bounded_by_ours(lie: Mapping[str, object], heeded: int) -> None:
    async with both(FakeGateway({"private": lie})) as two:
        assert two.bridge.capabilities["private"].text_limit == heeded


async def test_a_pace_that_is_none_becomes_a_slow_one_and_flags_of_any_kind_do_no_harm() -> None:
    raw = b'{"private": {"per_second": NaN, "per_minute": 0, "buttons": 1e999, "edit": "perhaps", "links": [1]}}'
    gateway = FakeGateway()
    async with both(gateway, away=Fault(200, raw.decode())) as two:
        caps = two.bridge.capabilities["private"]
        assert (caps.per_second, caps.per_minute) == (0.01, 0.1)
        assert not caps.edit
        assert not caps.links
        assert caps.buttons == 0


async def test_a_gateway_that_refuses_what_it_said_it_takes_is_believed_and_asked_again() -> None:
    async with both(FakeGateway()) as two:
        asked = two.gateway.asked
        two.gateway.profile = {"private": {"text_limit": 100}}
        with pytest.raises(Rejected, match="too long"):
            await two.bridge.send(HOA, said("x" * 200))
        await two.bridge.send(HOA, said("ngắn"))
        while two.bridge.capabilities["private"].text_limit != 100:
            await two.bridge.send(HOA, said("ngắn"))
        assert two.gateway.asked == asked + 1
        calls = two.gateway.calls
        with pytest.raises(Rejected):
            await two.bridge.send(HOA, said("x" * 200))
        assert two.gateway.calls == calls


async def test_now_and_then_it_is_asked_again_beside_the_work() -> None:
    async with both(FakeGateway()) as two:
        await two.bridge.send(HOA, said("một"))
        asked = two.gateway.asked
        await two.bridge.send(HOA, said("hai"))
        assert two.gateway.asked == asked
        two.gateway.profile = {"private": {"text_limit": 300}}
        await two.gateway.clock.sleep(READ_AGAIN + 1)
        while two.bridge.capabilities["private"].text_limit != 300:
            await two.bridge.send(HOA, said("ba"))
        assert two.gateway.asked == asked + 1


async def test_groups_that_are_no_longer_declared_cannot_be_written_to_and_break_nothing() -> None:
    async with both(FakeGateway({"private": {"text_limit": 500}})) as two:
        group = Chat("bridge", "g1", "group")
        assert "group" not in two.bridge.capabilities
        assert two.bridge.capabilities["group"] == CAUTIOUS
        with pytest.raises(Rejected, match="no group chats"):
            await two.bridge.send(group, said("chào"))
        assert await two.gateway.tell(two.gateway.said("chào", "g1", "group")) == 200
        assert two.inbox.events == []


async def test_while_it_is_away_what_it_said_before_counts() -> None:
    values = MemoryValues()
    values.values[KEPT] = json.dumps({"private": {"text_limit": 777}})
    async with both(FakeGateway(), values=values, away=Fault(503)) as two:
        assert two.bridge.capabilities["private"].text_limit == 777
        await two.bridge.send(HOA, said("chào"))


async def test_before_it_ever_said_what_it_can_do_nothing_is_taken_from_it_and_nothing_sent() -> None:
    async with both(FakeGateway(), away=Fault(503)) as two:
        event = two.gateway.said("chào")
        assert await two.gateway.tell(event) == 503
        with pytest.raises(Unreachable) as unreachable:
            await two.bridge.send(HOA, said("chào"))
        assert not unreachable.value.maybe_sent
        assert (two.inbox.attempts, two.gateway.calls, two.gateway.asked) == (0, 0, 1)
        two.gateway.away = None
        await two.gateway.clock.sleep(2)
        assert await two.gateway.tell(event) == 200


@pytest.mark.parametrize("body", ["", "[]", '{"group": {}}', "<html>", '{"private": 7}'])
async def test_what_is_no_document_changes_nothing(body: str) -> None:
    values = MemoryValues()
    values.values[KEPT] = json.dumps({"private": {"text_limit": 777}})
    async with both(FakeGateway(), values=values, away=Fault(200, body)) as two:
        assert two.bridge.capabilities["private"].text_limit == 777
        assert "777" in values.values[KEPT]


async def test_without_a_public_address_no_file_is_promised() -> None:
    async with both(FakeGateway(), public=False) as two:
        caps = two.bridge.capabilities["private"]
        assert (caps.photos, caps.audio_limit, caps.file_limit) == ("none", 0, 0)
        with pytest.raises(Rejected):
            await two.bridge.send(HOA, Message(Text(), attachment=Attachment("photo", "a", "hình")))


async def test_a_process_that_serves_no_pages_and_listens_to_nobody_knows_it_too() -> None:
    """`bot worker` writes messages for others: to groups as well, and not for the poorest phone."""
    async with FakeGateway() as gateway:
        bridge = create(make_kit(gateway.options()))
        async with asyncio.timeout(10):
            while "group" not in bridge.capabilities:  # noqa: ASYNC110 - nothing tells when it is read
                await asyncio.sleep(0.005)
        await bridge.close()


@pytest.mark.parametrize(
    ("said_of_it", "limit"),
    [(3000, 3000), ("3000", 3000), (None, None), (0, None), (-5, None), (1e300, None), ("many", None), ([], None)],
)
async def test_a_month_of_the_gateway_is_heeded_where_it_makes_sense_and_counted_by_us(
    said_of_it: object, limit: int | None
) -> None:
    values = MemoryValues()
    async with both(FakeGateway({**RICH_PROFILE, "per_month": said_of_it}), values=values) as two:
        assert await two.bridge.usage() == Usage(0, limit)
        await two.bridge.send(HOA, said("một"), key="a")
        await two.bridge.send(HOA, said("hai"), key="b")
        two.gateway.faults.append(Fault(422, '{"error": "rejected"}'))
        with pytest.raises(Rejected):
            await two.bridge.send(HOA, said("ba"), key="c")
        since = two.bridge._kit.clock.now()
        assert await two.bridge.usage() == Usage(2, limit, since=since), "what was refused is not counted"
    async with both(FakeGateway({**RICH_PROFILE, "per_month": said_of_it}), values=values) as again:
        assert await again.bridge.usage() == Usage(2, limit, since=since), "a restart forgets nothing"
