"""The words of an announcement are kept once; each row still says the whole of its own message."""

from __future__ import annotations

import json

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from bot.core.messages import Button, Message, message_to_json
from bot.core.sessions import Key
from bot.core.text import Text
from bot.features.announcements.actions import Received
from bot.features.outbox import bodies
from bot.features.privacy import retention
from bot.features.privacy.chats import forget_chat
from bot.storage.core_tables.outbox import OutboxBody, OutboxRow
from bot.testing import RICH

from .outbox_rig import Rig, Scripted, private

WORDS = Text.of("**Mời họp** thôn lúc {at}", at="19 giờ")


@pytest.fixture
def rig(db: BaseDBAsyncClient) -> Rig:
    return Rig(db, Scripted(RICH))


def message(target: int) -> Message:
    return Message(WORDS, (Button.to("Đã nhận", Received(7, target)),))


async def announced(rig: Rig, *names: str) -> None:
    for target, name in enumerate(names, start=1):
        await rig.outbox.add(
            private(name), message(target), key=f"tb7:{name}", now=rig.clock.now(), klass="routine", announcement=7,
            answering=True,
        )  # fmt: skip


async def stored() -> list[Message]:
    return await bodies.messages_of(await OutboxRow.all().order_by("id"))


async def test_words_are_kept_once_and_buttons_with_each_row(rig: Rig) -> None:
    await announced(rig, "a", "b", "c")
    assert await OutboxBody.all().count() == 1
    assert not any("Mời họp" in row.message for row in await OutboxRow.all())
    assert await stored() == [message(1), message(2), message(3)]


async def test_a_notice_keeps_its_words_to_itself(rig: Rig) -> None:
    """They may have a person's name in them, which is taken out when the person goes."""
    await rig.outbox.add(private("a"), Message(WORDS), key="n1", now=rig.clock.now())
    assert await OutboxBody.all().count() == 0
    assert await stored() == [Message(WORDS)]


async def test_rows_of_an_earlier_version_are_parted_and_say_the_same(rig: Rig) -> None:
    await announced(rig, "a", "b")
    for target, row in enumerate(await OutboxRow.all().order_by("id"), start=1):
        whole = json.dumps(message_to_json(message(target)), ensure_ascii=False)
        await OutboxRow.filter(id=row.id).update(message=whole, body_id=0)
    await OutboxBody.all().delete()
    assert await stored() == [message(1), message(2)]
    assert [await bodies.part_old_rows() for _ in range(2)] == [2, 0]
    assert await OutboxBody.all().count() == 1
    assert await stored() == [message(1), message(2)]


async def test_the_nightly_sweep_parts_them(rig: Rig) -> None:
    await announced(rig, "a")
    (row,) = await OutboxRow.all()
    await OutboxRow.filter(id=row.id).update(message=json.dumps(message_to_json(message(1))), body_id=0)
    (rule,) = [one for one in retention.rules(None) if one.table == "outbox"]  # type: ignore[arg-type]
    await retention.sweep([rule], rig.clock.now())
    assert (await OutboxRow.get(id=row.id)).body_id > 0
    assert await stored() == [message(1)]


async def test_words_go_with_the_last_row_that_says_them(rig: Rig) -> None:
    await announced(rig, "a", "b")
    for name, left in (("a", 1), ("b", 0)):
        async with in_transaction("default"):
            await forget_chat(Key("fake", name))
        assert await OutboxBody.all().count() == left
        assert await OutboxRow.all().count() == left
