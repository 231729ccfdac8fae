"""Matrix: who is heard and where, how far the news were read, invitations, what was missed, keys of a restart."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest

from bot.core.events import (
    BotJoined,
    BotLeft,
    Chat,
    Commanded,
    Edited,
    Event,
    FileSent,
    OtherSent,
    PhotoSent,
    TextSent,
)
from bot.core.messages import Attachment, Button, Message
from bot.core.platform import ChatGone, RateLimited, Rejected, TokenRefused
from bot.core.text import Text
from bot.platforms import Kit
from bot.platforms._shared.news import SINCE
from bot.platforms.matrix.adapter import Matrix, create
from bot.settings import SettingsError
from bot.testing.doubles import MemoryValues, next_start
from bot.testing.inbox import Inbox, listening
from bot.testing.vendor import error
from tests.kit import make_kit

from .fake_matrix import BOT, BOT_NAME, DIRECT, GROUP, HOA, JOIN, NAM, REST, SEND, SYNC, FakeMatrix

PRIVATE, VILLAGE = Chat("matrix", DIRECT, "private"), Chat("matrix", GROUP, "group")


@dataclass
class Bot:
    """The adapter on a homeserver, as often as it is begun."""

    server: FakeMatrix
    kit: Kit
    stack: AsyncExitStack

    async def begins(self) -> tuple[Matrix, Inbox]:
        """Begin (once more) on what was stored; return when it waits for news."""
        platform, inbox = create(next_start(self.kit)), Inbox()
        assert isinstance(platform, Matrix)
        before = self.server.calls.count(SYNC)
        first = self.kit.values.values.get(SINCE) is None  # type: ignore[attr-defined]
        await self.stack.enter_async_context(listening(platform, inbox))
        await self.server.called(SYNC, before + (2 if first else 1))
        return platform, inbox

    async def stops(self) -> None:
        await self.stack.aclose()


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    async with FakeMatrix() as server, AsyncExitStack() as stack:
        yield Bot(server, make_kit(server.options(), values=MemoryValues()), stack)


def words(events: list[Event]) -> list[str]:
    return [event.text for event in events if isinstance(event, TextSent)]


async def test_what_was_said_before_it_first_came_is_not_said_to_it(bot: Bot) -> None:
    await bot.server.says("từ năm ngoái", room=DIRECT)
    _, inbox = await bot.begins()
    await bot.server.says("menu", room=DIRECT)
    assert words(await inbox.holds(1)) == ["menu"]


async def test_what_was_said_while_it_was_away_is_heard_after_the_restart(bot: Bot) -> None:
    _, inbox = await bot.begins()
    await bot.server.says("một", room=DIRECT)
    await inbox.holds(1)
    await bot.server.until(bot_has_read(bot.server))
    await bot.stops()
    for number in ("hai", "ba", "bốn", "năm", "sáu"):
        await bot.server.says(number, room=DIRECT)
    bot.server.page = 2  # no answer holds more of one room
    _, inbox = await bot.begins()
    assert words(await inbox.holds(5)) == ["hai", "ba", "bốn", "năm", "sáu"]


def bot_has_read(server: FakeMatrix) -> Callable[[], bool]:
    return lambda: server.read >= len(server.stream)


async def test_a_room_that_is_ours_no_more_holds_up_no_other(bot: Bot) -> None:
    """What was missed there cannot be had; the rest is heard."""
    await bot.begins()
    await bot.server.until(bot_has_read(bot.server))
    await bot.stops()
    bot.server.page = 1
    for number in ("một", "hai"):
        await bot.server.says(number, room=GROUP, calls=True)
    await bot.server.says("menu", room=DIRECT)
    bot.server.fail("messages", error(403, "M_FORBIDDEN Guest access not allowed"))
    _, inbox = await bot.begins()
    assert sorted(words(await inbox.holds(2))) == ["hai", "menu"]


async def test_who_invites_it_to_talk_in_private_is_greeted_and_it_stays_private(bot: Bot) -> None:
    platform, inbox = await bot.begins()
    await bot.server.invites("!moi:xa.example", by=NAM, direct=True)
    [event] = await inbox.holds(1)
    assert isinstance(event, Commanded)
    assert (event.name, event.chat) == ("start", Chat("matrix", "!moi:xa.example", "private"))
    await platform.send(event.chat, Message(Text.verbatim("Chào bác")))
    await bot.server.until(bot_has_read(bot.server))
    assert bot.server.direct == {HOA: [DIRECT], NAM: ["!moi:xa.example"]}
    await bot.stops()
    _, inbox = await bot.begins()
    await bot.server.says("menu", room="!moi:xa.example", who=NAM)
    [event] = await inbox.holds(1)
    assert event.chat.kind == "private"


async def test_what_was_said_before_it_joined_is_not_said_to_it(bot: Bot) -> None:
    _, inbox = await bot.begins()
    await bot.server.posts("!cu:xa.example", HOA, {"msgtype": "m.text", "body": "chuyện cũ"})
    await bot.server.invites("!cu:xa.example", name="Thôn Lạc Hiền")
    events = await inbox.holds(2)
    assert [type(event) for event in events if event.chat.id == "!cu:xa.example"] in (
        [BotJoined],
        [TextSent, BotJoined],
    )


async def test_an_invitation_from_a_dead_server_makes_it_deaf_to_nobody(bot: Bot) -> None:
    _, inbox = await bot.begins()
    bot.server.fail(JOIN, *[error(502, "M_UNKNOWN Failed to make_join via any server")] * 9)
    await bot.server.invites("!xa:dead.example", by="@x:dead.example")
    await bot.server.says("menu", room=DIRECT)
    assert words(await inbox.holds(1)) == ["menu"]


async def test_an_invitation_is_accepted_although_the_server_stumbled(bot: Bot) -> None:
    _, inbox = await bot.begins()
    bot.server.fail(JOIN, error(500, "M_UNKNOWN Internal server error"))
    await bot.server.invites("!thon:moi.example", name="Thôn Lạc Hiền")
    [joined] = await inbox.holds(1)
    assert isinstance(joined, BotJoined)
    assert joined.title == "Thôn Lạc Hiền"


@pytest.mark.parametrize(
    ("body", "text", "addressed"),
    [
        (f"{BOT_NAME}: menu", "menu", True),
        (f"@{BOT_NAME.upper()}, menu", "menu", True),
        (f"{BOT} menu", "menu", True),
        ("langso menu", "menu", True),
        ("langsoan menu", "langsoan menu", False),
        (f"hỏi {BOT_NAME} xem", f"hỏi {BOT_NAME} xem", False),
    ],
)
async def test_in_a_group_it_is_called_by_its_name(bot: Bot, body: str, text: str, *, addressed: bool) -> None:
    _, inbox = await bot.begins()
    await bot.server.says(body, room=GROUP)
    [event] = await inbox.holds(1)
    assert isinstance(event, TextSent)
    assert (event.text, event.addressed) == (text, addressed)


async def test_an_edit_may_be_a_command_and_is_none_of_another_room(bot: Bot) -> None:
    _, inbox = await bot.begins()
    for new in ("12 người", "/menu"):
        await bot.server.edits("$1", new, room=DIRECT)
    edited, commanded = await inbox.holds(2)
    assert isinstance(edited, Edited)
    assert (edited.text, edited.message_id) == ("12 người", "$1")
    assert isinstance(commanded, Commanded)


async def test_what_it_cannot_read_it_notices_and_what_is_no_message_it_passes_over(bot: Bot) -> None:
    _, inbox = await bot.begins()
    await bot.server.posts(DIRECT, HOA, {"algorithm": "m.megolm.v1.aes-sha2"}, "m.room.encrypted")
    await bot.server.posts(DIRECT, HOA, {"m.relates_to": {"key": "👍"}}, "m.reaction")
    await bot.server.says("x", room=DIRECT, msgtype="m.location")
    await bot.server.says("x", room=DIRECT, msgtype="m.image", file={"url": "mxc://x/y"})
    events = await inbox.holds(3)
    assert [type(event) for event in events] == [OtherSent] * 3


async def test_a_file_has_its_name_and_its_words(bot: Bot) -> None:
    platform, inbox = await bot.begins()
    await bot.server.sends_media("m.file", b"%PDF", room=DIRECT, body="Xem giúp tôi", filename="don.pdf")
    await bot.server.sends_media("m.image", b"photo", room=GROUP, body="anh.jpg")
    file, photo = await inbox.holds(2)
    assert isinstance(file, FileSent)
    assert isinstance(photo, PhotoSent)
    assert (file.file.name, file.caption, photo.caption, photo.addressed) == ("don.pdf", "Xem giúp tôi", "", False)
    assert await platform.fetch(file.file, 10) == b"%PDF"


@pytest.mark.parametrize(
    "ref", ["mxc://xa.example/../../account", "mxc://xa.example/a/b", "https://xa.example/a", "mxc://a b/c", "mxc:///c"]
)
async def test_no_forged_address_of_a_file_is_asked_for(bot: Bot, ref: str) -> None:
    platform, inbox = await bot.begins()
    await bot.server.posts(DIRECT, HOA, {"msgtype": "m.file", "body": "x", "url": ref})
    [event] = await inbox.holds(1)
    assert isinstance(event, FileSent)
    with pytest.raises(Rejected):
        await platform.fetch(event.file, 10)


async def test_one_key_is_one_message_in_each_room_alone(bot: Bot) -> None:
    platform, _ = await bot.begins()
    for chat in (PRIVATE, VILLAGE, PRIVATE):
        await platform.send(chat, Message(Text.verbatim("Chào bác")), key="row:1")
    assert (bot.server.heard(DIRECT), bot.server.heard(GROUP)) == (["Chào bác"], ["Chào bác"])


async def test_links_and_styles_stand_in_html_and_in_plain_words(bot: Bot) -> None:
    platform, _ = await bot.begins()
    await platform.send(PRIVATE, Message(Text.of("Mở [Cổng](https://xa.example/?a=1&b=2)\n**<b>**")))
    [posted] = [one for one in bot.server.stream if one.event["sender"] == BOT]
    assert posted.content["body"] == "Mở Cổng (https://xa.example/?a=1&b=2)\n<b>"
    html = 'Mở <a href="https://xa.example/?a=1&amp;b=2">Cổng</a><br><strong>&lt;b&gt;</strong>'
    assert posted.content["formatted_body"] == html


async def test_nobody_is_called_by_what_was_typed(bot: Bot) -> None:
    platform, _ = await bot.begins()
    await platform.send(VILLAGE, Message(Text.verbatim("@room họp")))
    [posted] = [one for one in bot.server.stream if one.event["sender"] == BOT]
    assert posted.content["m.mentions"] == {}


async def test_a_photo_is_uploaded_once_for_all_rooms(bot: Bot) -> None:
    platform, _ = await bot.begins()
    photo = Attachment("photo", await bot.kit.media.store(b"\x89PNG", "image/png"), "màn hình", 4)
    for chat in (PRIVATE, VILLAGE):
        await platform.send(chat, Message(Text.verbatim("Nhìn"), attachment=photo))
    assert bot.server.calls.count("upload") == 1
    with pytest.raises(Rejected):
        await platform.send(PRIVATE, Message(Text.verbatim("Chọn"), (Button("Tiếp", "t"),)))


async def test_who_left_a_private_room_is_gone(bot: Bot) -> None:
    _, inbox = await bot.begins()
    await bot.server.changes_member(DIRECT, HOA, "leave")
    await bot.server.changes_member(GROUP, NAM, "leave")
    await bot.server.says("menu", room=GROUP, calls=True)
    left, said = await inbox.holds(2)
    assert isinstance(left, BotLeft)
    assert (left.chat, words([said])) == (PRIVATE, ["menu"])


async def test_a_change_of_its_own_name_is_no_joining(bot: Bot) -> None:
    _, inbox = await bot.begins()
    await bot.server.changes_member(GROUP, BOT, "join")
    await bot.server.says("menu", room=GROUP, calls=True)
    assert words(await inbox.holds(1)) == ["menu"]


@pytest.mark.parametrize(
    ("fault", "decision"),
    [
        (error(429, "M_LIMIT_EXCEEDED Too Many Requests"), RateLimited),
        (error(404, "M_NOT_FOUND Unknown room"), ChatGone),
        (error(403, "M_USER_SUSPENDED You are suspended"), TokenRefused),
        (error(413, "M_TOO_LARGE event too large"), Rejected),
    ],
)
async def test_each_no_is_a_decision(bot: Bot, fault: object, decision: type[Exception]) -> None:
    platform, _ = await bot.begins()
    bot.server.fail(SEND, fault)  # type: ignore[arg-type]
    with pytest.raises(decision):
        await platform.send(PRIVATE, Message(Text.verbatim("Chào bác")))


async def test_it_begins_although_the_server_is_still_starting(bot: Bot) -> None:
    bot.server.fail(REST, *[error(503, "M_UNKNOWN starting")] * 3)
    _, inbox = await bot.begins()
    await bot.server.says("menu", room=DIRECT)
    assert words(await inbox.holds(1)) == ["menu"]


@pytest.mark.parametrize("missing", ["homeserver", "token"])
def test_what_it_needs_is_named(missing: str) -> None:
    options = {"homeserver": "https://xa.example", "token": "t"}
    del options[missing]
    with pytest.raises(SettingsError, match=f"BOT_MATRIX_{missing.upper()}"):
        create(make_kit(options))
