"""Matrix against a real homeserver: `make matrix-real`. Its contract, as far as a server does what it is asked to.

What a fake is for (faults, forgetting, a wrong clock) is excused; all else is said and seen by clients of their own.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession
from pydantic import JsonValue

from bot.core.events import BotJoined, Chat, ChatKind, PhotoSent, TextSent
from bot.core.lean.values import replace
from bot.core.messages import Message
from bot.core.platform import Platform, RateLimited, Unreachable
from bot.core.text import Text
from bot.platforms import Kit
from bot.platforms.matrix.adapter import Matrix, create
from bot.testing.checking import Item
from bot.testing.doubles import MemoryValues, make_kit, next_start
from bot.testing.inbox import Inbox, listening, set_patience
from bot.testing.rig import Shown
from bot.testing.suite import items
from bot.testing.walks import WALKS, walk

from . import synapse
from .rigs import Shipped, matrix_rig
from .synapse import Client, serving, until

pytestmark = [
    pytest.mark.matrix_real,
    pytest.mark.skipif(not synapse.PYTHON, reason="SYNAPSE_PYTHON names no environment with matrix-synapse"),
]
SERVED: list[str] = []
"""The address of the homeserver that runs now."""
PATIENCE = 30


class RealRig(Shipped):
    """The adapter on a real homeserver, in a private room with Hoa and a group with her and Nam."""

    knows_keys = True
    rooms: dict[ChatKind, str]

    def __init__(self, bot: Client, people: dict[str, Client], platform: Platform, kit: Kit, inbox: Inbox) -> None:
        super().__init__(platform, kit, inbox)
        self._bot = bot
        self._people = people
        self._hoa = people["Hoa"]
        self.secrets = (bot.token,)
        self._calls = 0
        assert isinstance(platform, Matrix)
        ask = platform._api.ask

        async def counted(method: str, path: str, **more: object) -> object:
            self._calls += "/send/" in path
            return await ask(method, path, **more)  # type: ignore[arg-type]

        platform._api.ask = counted  # type: ignore[assignment, method-assign]

    async def begins(self) -> None:
        """Hoa opens both rooms; the bot comes in by itself."""
        nam = self._people["Nam"]
        private = await self._hoa.opens(self._bot.id, direct=True)
        group = await self._hoa.opens(self._bot.id, name="Thôn", besides=(nam.id,))
        await nam.joins(group)
        self.rooms = {"private": private, "group": group}
        await self.inbox.holds(2)
        self.inbox.events.clear()
        self.inbox.attempts = 0

    def chat(self, kind: ChatKind) -> Chat:
        return Chat("matrix", self.rooms[kind], kind)

    async def shown(self, chat: Chat) -> list[Shown]:
        return [
            Shown(one.text, one.bold, one.links, attachment=one.kind, answers=one.answers, file=one.url)
            for one in await self._hoa.sees(chat.id, self._bot.id)
        ]

    def calls(self) -> int:
        return self._calls

    def _named(self, text: str, kind: ChatKind) -> str:
        return f"{self._bot.id}: {text}" if kind == "group" else text

    async def says(self, text: str, kind: ChatKind, who: str = "Hoa") -> None:
        person = self._hoa if kind == "private" else self._people[who]
        await person.posts(self.rooms[kind], {"msgtype": "m.text", "body": self._named(text, kind)})

    async def retries(self) -> None:
        """The adapter asks again by itself from where it was."""

    async def overheard(self, text: str) -> None:
        await self._hoa.posts(self.rooms["group"], {"msgtype": "m.text", "body": text})

    async def replies(self, text: str) -> None:
        newest = (await self._hoa.sees(self.rooms["group"], self._bot.id))[-1].id
        answer: JsonValue = {"m.in_reply_to": {"event_id": newest}}
        await self._hoa.posts(self.rooms["group"], {"msgtype": "m.text", "body": text, "m.relates_to": answer})

    async def edits(self, text: str, kind: ChatKind) -> str:
        room = self.rooms[kind]
        number = await self._hoa.posts(room, {"msgtype": "m.text", "body": self._named("sai", kind)})
        relation: JsonValue = {"rel_type": "m.replace", "event_id": number}
        new: JsonValue = {"msgtype": "m.text", "body": self._named(text, kind)}
        await self._hoa.posts(
            room, {"msgtype": "m.text", "body": f"* {text}", "m.relates_to": relation, "m.new_content": new}
        )
        return number

    async def sends_other(self) -> None:
        await self._hoa.posts(self.rooms["private"], {"body": "😀", "url": "mxc://x/y", "info": {}}, "m.sticker")

    async def another_bot_says(self, text: str) -> None:
        await self._people["Nam"].posts(
            self.rooms["group"], {"msgtype": "m.notice", "body": self._named(text, "group")}
        )

    async def adds_bot(self, title: str) -> None:
        """A group of this name is the bot's group from now on."""
        self.rooms["group"] = await self._hoa.opens(self._bot.id, name=title)

    async def removes_bot(self) -> None:
        await self._hoa.throws_out(self.rooms["group"], self._bot.id)

    async def blocks(self) -> None:
        await self._hoa.leaves(self.rooms["private"])

    async def deletes(self, message_id: str) -> None:
        await self._hoa.redacts(self.rooms["private"], message_id)


@asynccontextmanager
async def real() -> AsyncIterator[RealRig]:
    [base] = SERVED
    async with ClientSession() as http:
        bot, hoa, nam = [await Client.registers(base, http, name) for name in ("langso", "hoa", "nam")]
        kit, inbox = make_kit({"homeserver": base, "token": bot.token}), Inbox()
        rig = RealRig(bot, {"Hoa": hoa, "Nam": nam}, create(kit), kit, inbox)
        async with listening(rig.platform, inbox):
            values = kit.values
            assert isinstance(values, MemoryValues)
            await until(lambda: "since" in values.values)
            await rig.begins()
            yield rig


SERVER_DOES = "a real server does it when it does"
[FAKE] = matrix_rig.CASES
CASE = replace(
    FAKE,
    open=real,
    faults=(),
    lacks={
        **FAKE.lacks,
        **dict.fromkeys(
            (
                "repeats", "acknowledged", "goes_away", "disturbs", "revokes_token", "loses_next_upload",
                "loses_next_download", "is_busy_at_next_download", "forgets_photos", "sends_photo", "sends_voice",
                "sends_file", "says_from_tomorrow", "says_beside_noise",
            ),
            SERVER_DOES,
        ),
    },
)  # fmt: skip


@pytest.fixture(scope="module")
def homeserver() -> Iterator[str]:
    set_patience(PATIENCE)
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as base:
        SERVED[:] = [base]
        yield base
    set_patience(10)


@pytest.mark.parametrize("item", [pytest.param(item, id=item.name) for item in items(CASE)])
def test_the_contract_is_kept_on_a_real_homeserver(item: Item, homeserver: str) -> None:
    asyncio.run(item.run())


@pytest.mark.parametrize("kind", ["private", "group"])
@pytest.mark.parametrize("name", WALKS)
def test_people_get_through_on_a_real_homeserver(name: str, kind: ChatKind, homeserver: str) -> None:
    asyncio.run(walk(CASE, kind, name))


def _said(words: str) -> Message:
    return Message(Text.verbatim(words))


def test_a_call_whose_answer_was_lost_is_known_when_it_is_made_again(homeserver: str) -> None:
    """Also by another start of the bot, with another connection."""

    async def scene() -> None:
        async with real() as rig:
            await rig.platform.send(rig.chat("private"), _said("Chào bác"), key="row:1")
            again = rig.another_start()
            await again.send(rig.chat("private"), _said("Chào bác"), key="row:1")
            await again.send(rig.chat("group"), _said("Chào bà con"), key="row:1")
            await again.close()
            assert [one.text for one in await rig.shown(rig.chat("private"))] == ["Chào bác"]
            assert [one.text for one in await rig.shown(rig.chat("group"))] == ["Chào bà con"]

    asyncio.run(scene())


def test_what_was_said_while_the_bot_was_away_is_all_heard_in_order(homeserver: str) -> None:
    """More than one answer holds."""

    async def scene() -> None:
        async with real() as rig:
            listener = rig.inbox.listener
            assert listener is not None
            await rig.says("một", "private")
            await rig.inbox.holds(1)
            values = rig.kit.values
            assert isinstance(values, MemoryValues)
            await asyncio.sleep(0.5)  # until the token is kept
            listener.cancel()
            await asyncio.gather(listener, return_exceptions=True)
            for number in range(130):
                await rig.says(f"{number}", "private")
            inbox, again = Inbox(), create(next_start(rig.kit))
            async with listening(again, inbox):
                heard = await inbox.holds(130)
            assert [event.text for event in heard if isinstance(event, TextSent)] == [f"{n}" for n in range(130)]

    asyncio.run(scene())


def test_a_photo_of_a_person_is_fetched_whole(homeserver: str) -> None:
    async def scene() -> None:
        async with real() as rig:
            data = b"\xff\xd8photo" * 1000
            address = await rig._hoa.uploads(data)
            await rig._hoa.posts(rig.rooms["private"], {"msgtype": "m.image", "body": "anh.jpg", "url": address})
            [event] = await rig.inbox.holds(1)
            assert isinstance(event, PhotoSent)
            assert await rig.platform.fetch(event.files[0], len(data)) == data
            gone = replace(event.files[0], ref="mxc://xa.example/nothing")
            with pytest.raises(Exception, match="404"):
                await rig.platform.fetch(gone, 10)

    asyncio.run(scene())


def test_a_second_group_is_a_group_and_a_restart_still_knows_which_room_is_private(homeserver: str) -> None:
    async def scene() -> None:
        async with real() as rig:
            await rig.adds_bot("Thôn Lạc Hiền")
            [joined] = await rig.inbox.holds(1)
            assert isinstance(joined, BotJoined)
            assert joined.title == "Thôn Lạc Hiền"
            inbox, again = Inbox(), create(next_start(rig.kit))
            listener = rig.inbox.listener
            assert listener is not None
            listener.cancel()
            async with listening(again, inbox):
                await rig.says("menu", "private")
                [event] = await inbox.holds(1)
                assert event.chat == rig.chat("private")

    asyncio.run(scene())


async def _says_too_much(rig: RealRig) -> None:
    for number in range(30):
        await rig.platform.send(rig.chat("private"), _said(f"Tin {number}"))


def test_a_server_with_its_own_limits_says_for_how_long_to_wait() -> None:
    """And a token that it does not know is refused, whatever is sent."""

    async def scene(base: str) -> None:
        async with real() as rig:
            with pytest.raises(RateLimited) as limited:
                await _says_too_much(rig)
            assert limited.value.scope == "token"
            assert limited.value.retry_after is not None
            assert 0 < limited.value.retry_after < 60
            stranger = create(make_kit({"homeserver": base, "token": "guessed"}))
            with pytest.raises(Unreachable, match="token was refused"):
                await stranger.send(rig.chat("private"), _said("Chào bác"))
            await stranger.close()

    set_patience(PATIENCE)
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder), pace="") as base:
        SERVED[:] = [base]
        asyncio.run(scene(base))
