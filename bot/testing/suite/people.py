"""Persons: who spoke, who changed or left something, and where."""

from __future__ import annotations

from bot.core.events import BotLeft, ChatMoved, Edited, Pressed, TextSent
from bot.core.messages import Message
from bot.core.text import Text
from bot.testing.checking import Scene, check, only

from .showing import BUTTONS


@check("adapter", kinds=("group",))
async def in_a_group_each_person_is_somebody(scene: Scene) -> None:
    """And the same one as in private: rights go by it."""
    rig = scene.rig
    for who, kind in (("Hoa", "group"), ("Nam", "group"), ("Hoa", "group"), ("Hoa", "private")):
        await rig.says(f"{who} đây", "group" if kind == "group" else "private", who)
    events = await rig.inbox.holds(4)
    hoa, nam, again, alone = (event.sender for event in events)
    assert hoa.id
    assert nam.id
    assert hoa.id != nam.id
    assert hoa == again
    assert alone.id == hoa.id
    assert {event.chat for event in events[:3]} == {rig.chat("group")}
    if "names of persons" not in scene.case.lacks:
        assert ("Hoa" in hoa.name, "Nam" in nam.name) == (True, True)


@check("adapter", kinds=("private",))
async def in_private_each_person_is_somebody(scene: Scene) -> None:
    await scene.rig.says("Hoa đây", "private")
    event = only(await scene.rig.inbox.holds(1), TextSent)
    assert event.sender.id
    assert "Hoa" in event.sender.name or "names of persons" in scene.case.lacks


@check("chat")
async def who_presses_is_who_acts(scene: Scene) -> None:
    """Not whoever the message was for, nor the chat: in a group anybody may press."""
    rig = scene.rig
    if not scene.caps.buttons:
        return
    await scene.sends(Message(Text.verbatim("Chọn"), BUTTONS))
    people = ("Hoa", "Nam") if scene.kind == "group" else ("Hoa",)
    for who in people:
        await rig.says("đây", scene.kind, who)
        await rig.presses("Tiếp", scene.kind, who)
    events = await rig.inbox.holds(2 * len(people))
    assert [isinstance(event, Pressed) for event in events] == [False, True] * len(people)
    assert [event.sender.id for event in events[::2]] == [event.sender.id for event in events[1::2]]
    assert len({event.sender.id for event in events}) == len(people)


@check("chat", needs=("edits",))
async def who_mends_a_message_is_heard(scene: Scene) -> None:
    message_id = await scene.rig.edits("12 người", scene.kind)
    event = (await scene.rig.inbox.holds(2))[-1]
    assert isinstance(event, Edited)
    assert (event.text, event.message_id, event.addressed) == ("12 người", message_id, True)
    assert (event.chat, bool(event.sender.id)) == (scene.rig.chat(scene.kind), True)


@check("adapter", kinds=("group",), needs=("removes_bot",))
async def who_throws_the_bot_out_is_noticed(scene: Scene) -> None:
    await scene.rig.removes_bot()
    left = only(await scene.rig.inbox.holds(1), BotLeft)
    assert left.chat == scene.rig.chat("group")


@check("adapter", needs=("blocks",))
async def who_blocks_the_bot_is_noticed(scene: Scene) -> None:
    await scene.rig.blocks()
    left = only(await scene.rig.inbox.holds(1), BotLeft)
    assert left.chat == scene.rig.chat("private")


@check("adapter", kinds=("group",), needs=("moves_group",))
async def a_group_that_gets_another_id_is_followed(scene: Scene) -> None:
    old = scene.rig.chat("group")
    new = await scene.rig.moves_group()
    moved = await scene.rig.inbox.holds(1)
    assert {(event.chat, event.new_chat_id) for event in moved if isinstance(event, ChatMoved)} == {(old, new)}
    assert len({event.id for event in moved}) == 1
