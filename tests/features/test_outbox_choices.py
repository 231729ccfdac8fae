"""The numbers of a notice when it leaves, and what they mean once it has arrived."""

from __future__ import annotations

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.actions import Action
from bot.core.messages import Button, Message
from bot.core.platform import Unreachable
from bot.core.sessions import SHARED, Key, OpenList, Session
from bot.core.text import Text

from .outbox_rig import NAME, Rig, private

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
KEY = Key(NAME, "hoa")


class _Thank(Action, code="tk"):
    notice: int


NOTICE = Message(Text.verbatim("Bác đã nhận chưa?"), (Button.to("Đã nhận", _Thank(5)),))
ASKED = (Button("Đúng", "a"), Button("Sửa", "b"))


async def _is_asked(rig: Rig, seq: int) -> None:
    session = await rig.store.load(KEY, "private")
    session.open_list(OpenList(ASKED, 1, True, "choice", SHARED, "", seq))
    await rig.store.save(session)


async def test_a_notice_that_waited_leaves_with_numbers_that_no_question_has(db: BaseDBAsyncClient) -> None:
    """Written in the evening it was “1”; in the morning “1” was the answer to what its reader had asked."""
    rig = Rig(db)
    await rig.outbox.add(private("hoa"), NOTICE, key="k1", now=rig.clock.now())
    await _is_asked(rig, 1)
    await rig.sender.run()
    ((_, heard),) = rig.platform.accepted
    assert "3. Đã nhận" in heard
    lists = (await rig.store.load(KEY, "private")).lists
    assert [(item.first, item.buttons[0].label) for item in lists] == [(1, "Đúng"), (3, "Đã nhận")]


async def test_the_number_of_a_question_asked_while_a_notice_was_on_its_way_is_the_question_s(
    db: BaseDBAsyncClient,
) -> None:
    rig = Rig(db)

    async def asked() -> None:
        await _is_asked(rig, 1)

    rig.platform.script.append(asked)
    await rig.outbox.add(private("hoa"), NOTICE, key="k1", now=rig.clock.now())
    await rig.sender.run()
    assert [item.buttons for item in (await rig.store.load(KEY, "private")).lists] == [ASKED]


async def test_who_answers_a_notice_whose_call_had_no_clear_answer_is_understood(db: BaseDBAsyncClient) -> None:
    rig = Rig(db)
    rig.platform.script.append(Unreachable("the line broke", maybe_sent=True))
    await rig.store.save(Session(KEY))
    await rig.outbox.add(private("hoa"), NOTICE, key="k1", now=rig.clock.now())
    await rig.sender.run()
    assert await rig.states() == ["uncertain(the line broke)"]
    (choices,) = (await rig.store.load(KEY, "private")).lists
    assert choices.numbers == range(1, 2)
