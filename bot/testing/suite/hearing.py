"""Receiving: nothing is acknowledged before it is noted, nothing is lost when that fails, nothing counts twice."""

from __future__ import annotations

import asyncio
import unicodedata

from bot.core.events import BotJoined, Commanded, Pressed, TextSent, event_from_json, event_to_json
from bot.core.messages import Message
from bot.core.text import Text
from bot.testing import inbox
from bot.testing.checking import Scene, check, only, settles, stays

from .showing import BUTTONS, HELLO


@check()
async def an_answer_finds_its_way_back_by_the_ids_of_the_event(scene: Scene) -> None:
    rig = scene.rig
    await rig.says("Xin chào", scene.kind)
    event = only(await rig.inbox.holds(1), TextSent)
    assert (event.text, event.addressed, event.chat) == ("Xin chào", True, rig.chat(scene.kind))
    assert event.chat.platform == rig.platform.name == scene.case.adapter
    assert event.at.utcoffset() is not None
    assert abs(event.at.timestamp() - rig.kit.clock.now().timestamp()) < 20 * 366 * 86_400
    stored = event_from_json(event_to_json(event))
    assert stored == event
    await rig.platform.send(stored.chat, Message(Text.verbatim(HELLO)))
    assert await scene.texts() == [HELLO]


@check("adapter", kinds=("group",))
async def what_is_said_to_one_is_not_said_to_who_spoke_last(scene: Scene) -> None:
    """Nor to who spoke first."""
    rig = scene.rig
    private, group = rig.chat("private"), rig.chat("group")
    for heard, chats in ((2, (group, private)), (4, (private, group))):
        await rig.says("Xin chào", "private")
        await rig.says("Xin chào", "group")
        await rig.inbox.holds(heard)
        for chat in chats:
            await rig.platform.send(chat, Message(Text.verbatim(f"{HELLO}, {chat.kind}")))
    for chat in (private, group):
        assert [one.text for one in await rig.shown(chat)] == [f"{HELLO}, {chat.kind}"] * 2


@check()
async def words_come_in_one_form_however_they_were_typed(scene: Scene) -> None:
    await scene.rig.says(unicodedata.normalize("NFD", "Báo cáo tuần 7"), scene.kind)
    event = only(await scene.rig.inbox.holds(1), TextSent)
    assert event.text == unicodedata.normalize("NFC", "Báo cáo tuần 7")


@check()
async def a_command_ends_where_a_stop_stands(scene: Scene) -> None:
    await scene.rig.says("/BaoCao: vneid 12", scene.kind)
    event = only(await scene.rig.inbox.holds(1), Commanded)
    assert (event.name, event.args, event.chat) == ("baocao", "vneid 12", scene.rig.chat(scene.kind))


@check()
async def two_messages_of_one_moment_are_two(scene: Scene) -> None:
    for words in ("một", "hai", "ba"):
        await scene.rig.says(words, scene.kind)
    events = await scene.rig.inbox.holds(3)
    assert [event.text for event in events if isinstance(event, TextSent)] == ["một", "hai", "ba"]
    assert len({event.id for event in events}) == 3


@check(needs=("repeats",))
async def what_the_vendor_repeats_is_the_same_event(scene: Scene) -> None:
    """By its id: the core drops it, also after a restart."""
    rig, caps = scene.rig, scene.caps
    await rig.says("Xin chào", scene.kind)
    await _is_one_when_repeated(scene)
    if caps.buttons:
        await scene.sends(Message(Text.verbatim("Chọn"), BUTTONS))
        await rig.presses("Tiếp", scene.kind)
        await _is_one_when_repeated(scene)
    if scene.case.can("sends_photo") and scene.kind == "private":
        await rig.sends_photo(b"photo")
        await _is_one_when_repeated(scene)
    if scene.case.can("adds_bot") and scene.kind == "group":
        await rig.adds_bot("Thôn Lạc Hiền")
        await _is_one_when_repeated(scene)


async def _is_one_when_repeated(scene: Scene) -> None:
    """Whether it comes again or is dropped here already."""
    box = scene.rig.inbox
    [first] = await box.holds(1)
    await scene.rig.repeats()
    assert {event.id for event in box.events} == {first.id}
    box.events.clear()


@check(kinds=("private",), needs=("acknowledged",))
async def nothing_is_acknowledged_before_it_is_noted(scene: Scene) -> None:
    rig = scene.rig
    rig.inbox.free.clear()
    saying = asyncio.create_task(rig.says("Xin chào", "private"))
    await rig.inbox.asked(1)
    assert await stays(rig.acknowledged), "the vendor forgets what is not yet on the disk"
    rig.inbox.free.set()
    async with asyncio.timeout(inbox.patience):
        await saying
    only(await rig.inbox.holds(1), TextSent)
    assert await settles(rig.acknowledged), "the vendor is never told"


@check(kinds=("private",), needs=("retries",))
async def what_could_not_be_noted_comes_again(scene: Scene) -> None:
    rig = scene.rig
    rig.inbox.refusals = 1
    await rig.says("Xin chào", "private")
    await rig.inbox.asked(1)
    await rig.retries()
    event = only(await rig.inbox.holds(1), TextSent)
    assert event.text == "Xin chào"
    if scene.case.can("sends_photo"):
        rig.inbox.events.clear()
        rig.inbox.attempts, rig.inbox.refusals = 0, 1
        await rig.sends_photo(b"photo")
        await rig.inbox.asked(1)
        await rig.retries()
        assert len(await rig.inbox.holds(1)) == 1


@check("adapter")
async def whoever_speaks_hears_that_it_could_not_be_noted(scene: Scene) -> None:
    """`listen` ends with the error if nothing comes again by itself."""
    rig = scene.rig
    if scene.case.can("retries"):
        return
    rig.inbox.refusals = 1
    await rig.says("Xin chào", "private")
    listener = rig.inbox.listener
    assert listener is not None
    assert await settles(listener.done)
    assert isinstance(listener.exception(), OSError)


@check("adapter", needs=("says_and_goes",))
async def the_last_words_count_too(scene: Scene) -> None:
    await scene.rig.says_and_goes("Xin chào")
    assert only(await scene.rig.inbox.holds(1), TextSent).text == "Xin chào"


@check("adapter", needs=("says_from_tomorrow",))
async def nothing_was_said_in_the_future(scene: Scene) -> None:
    await scene.rig.says_from_tomorrow("Xin chào")
    event = only(await scene.rig.inbox.holds(1), TextSent)
    assert event.at <= scene.rig.kit.clock.now()


@check("adapter", needs=("says_beside_noise",))
async def what_comes_beside_something_unreadable_is_heard(scene: Scene) -> None:
    await scene.rig.says_beside_noise("Xin chào")
    assert only(await scene.rig.inbox.holds(1), TextSent).text == "Xin chào"


@check()
async def a_press_brings_what_its_button_carried(scene: Scene) -> None:
    rig, caps = scene.rig, scene.caps
    if not caps.buttons:
        return
    data = "d" * caps.button_bytes
    wide = (*BUTTONS, BUTTONS[0].__class__("Dài", data))
    message_id = await scene.sends(Message(Text.verbatim("Chọn"), wide))
    await rig.presses("Dài", scene.kind)
    event = only(await rig.inbox.holds(1), Pressed)
    assert (event.chat, event.data) == (rig.chat(scene.kind), data)
    assert event.message_id == message_id or "message of a press" in scene.case.lacks
    assert event.sender.id
    assert event_from_json(event_to_json(event)) == event
    if scene.case.can("is_kept_waiting"):
        assert await settles(lambda: not rig.is_kept_waiting()), "the button is still turning"


@check("adapter", kinds=("group",), needs=("another_bot_says",))
async def other_bots_are_not_listened_to(scene: Scene) -> None:
    await scene.rig.another_bot_says("menu")
    await scene.rig.says("xong", "group")
    assert only(await scene.rig.inbox.holds(1), TextSent).text == "xong"


@check("adapter", kinds=("group",), needs=("calls_another_bot",))
async def a_command_to_another_bot_is_none_to_ours(scene: Scene) -> None:
    await scene.rig.calls_another_bot()
    await scene.rig.says("xong", "group")
    [event] = await scene.rig.inbox.holds(1)
    assert isinstance(event, TextSent)


@check("adapter", kinds=("group",))
async def in_a_group_the_bot_hears_what_its_platform_declares(scene: Scene) -> None:
    rig, caps = scene.rig, scene.rig.platform.capabilities["group"]
    if scene.case.can("overheard"):
        await rig.overheard("trưa nay ăn gì")
    await rig.says("menu", "group")
    overheard = [("trưa nay ăn gì", False)] if caps.hears_everything else []
    events = await rig.inbox.holds(len(overheard) + 1)
    said = [(event.text, event.addressed) for event in events if isinstance(event, TextSent)]
    # Whoever has opened the bot's ears wider brings more; then it is not taken for the bot's own business.
    assert said in ([*overheard, ("menu", True)], [("trưa nay ăn gì", False), ("menu", True)])
    if caps.sees_replies:
        heard = len(events)
        await rig.platform.send(rig.chat("group"), Message(Text.verbatim(HELLO)))
        await rig.replies("chào bot")
        reply = (await rig.inbox.holds(heard + 1))[-1]
        assert isinstance(reply, TextSent)
        assert (reply.text, reply.addressed) == ("chào bot", True)


@check("adapter", kinds=("group",), needs=("adds_bot",))
async def who_adds_the_bot_to_a_group_is_noticed(scene: Scene) -> None:
    await scene.rig.adds_bot("Thôn Lạc Hiền")
    joined = only(await scene.rig.inbox.holds(1), BotJoined)
    assert joined.chat == scene.rig.chat("group")
    assert joined.title == "Thôn Lạc Hiền" or "names of groups" in scene.case.lacks
