"""Messengers that take what nobody asked for only for a while after somebody wrote, or never."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.events import Chat, ChatKind, Sender, TextSent
from bot.core.lean.values import replace
from bot.core.platform import Capabilities
from bot.features.outbox.rows import Rows
from bot.features.outbox.states import CANARY
from bot.features.outbox.upkeep import Due
from bot.storage.core_tables.conversation import InboxEvent
from bot.storage.core_tables.outbox import OutboxRow
from bot.testing import PLAIN
from tests.features.outbox_rig import Rig, Scripted, group, private, same

NARROW: Mapping[ChatKind, Capabilities] = {
    "private": replace(PLAIN["private"], push="window", window_hours=24.0),
    "group": replace(PLAIN["group"], push="never"),
}


async def _writes(rig: Rig, chat: Chat) -> None:
    await rig.store.record([TextSent(f"e-{chat.id}", chat, Sender("1", "Hoa"), rig.clock.now(), "chào")])
    await InboxEvent.all().update(noted_at=rig.clock.now())


async def test_what_waited_for_another_does_not_leave_for_a_chat_that_is_shut(db: BaseDBAsyncClient) -> None:
    """The first of an announcement arrives, and the same look that lets the others go holds these."""
    rig = Rig(db, Scripted(NARROW))
    for number, chat in enumerate((private("a"), private("b"), group("g"))):
        await rig.add(chat, "tin", key=f"k{number}", announcement=1)
    await OutboxRow.filter(package="k0").update(state="sent", reason="")
    await OutboxRow.exclude(package="k0").update(state="held", reason=CANARY)
    await rig.run_out()
    assert [await rig.states(f"k{number}") for number in range(3)] == [["sent"], ["held(window)"], ["held(window)"]]
    assert rig.platform.accepted == []


class _Interrupted(Rows):
    """Something happens after a look has asked for what is due."""

    def __init__(self, rig: Rig, happens: Callable[[], Awaitable[object]]) -> None:
        super().__init__(rig.db, same)
        self._happens: list[Callable[[], Awaitable[object]]] = [happens]

    async def due(self, platforms: Sequence[str], now: datetime, ended: datetime) -> dict[str, Due]:
        found = await super().due(platforms, now, ended)
        if self._happens:
            await self._happens.pop()()
        return found


@pytest.mark.parametrize(("chat", "state"), [(private("a"), "sent"), (private("b"), "held"), (group("g"), "held")])
async def test_what_is_let_go_during_a_look_does_not_leave_for_a_chat_that_is_shut(
    db: BaseDBAsyncClient, chat: Chat, state: str
) -> None:
    rig = Rig(db, Scripted(NARROW))
    await _writes(rig, private("a"))
    await rig.add(chat, "tin")
    await OutboxRow.all().update(state="held", reason="restored")
    sender = rig.new_sender(rows=_Interrupted(rig, lambda: rig.rows.resume(0, rig.clock.now())))
    await sender.run()
    assert (await rig.row()).state == state
    assert len(rig.platform.accepted) == (state == "sent")
