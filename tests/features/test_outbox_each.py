"""Packages that are put into the outbox together stand there as if they were put in one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from bot.core.events import Chat
from bot.core.messages import Button, Message
from bot.core.sessions import VersionConflict
from bot.core.text import Text
from bot.features.outbox import bodies
from bot.features.outbox.box import Parcel
from bot.features.outbox.rows import Rows
from bot.features.outbox.states import CANARY
from bot.storage.core_tables.outbox import OutboxRow

from .outbox_rig import Rig, group, private


@pytest.fixture
def rig(db: BaseDBAsyncClient) -> Rig:
    return Rig(db)


_WORDS = Text.verbatim("Mời bà con họp thôn.")
_LISTED = Message(_WORDS, (Button("Đã nhận", "a"), Button("Để sau", "b")))


def _parcels(chats: Sequence[Chat]) -> list[Parcel]:
    """Some with a list that becomes numbers, two of them for one chat, and one key a second time."""
    files = [Message(Text.verbatim("Tờ thứ hai. " * 400))]
    each = [Parcel(chat, [_LISTED, *files * (nth % 2)], f"tb1:{nth}", "vi") for nth, chat in enumerate(chats)]
    return [*each, each[0]]


async def _rows() -> list[dict[str, Any]]:
    """Return all rows as they stand, with their words in the place of the numbers of these."""
    rows = await OutboxRow.all().order_by("id")
    said = await bodies.messages_of(rows)
    stored = await OutboxRow.all().order_by("id").values()
    return [
        {**row, "id": None, "body_id": bool(row["body_id"]), "said": message}
        for row, message in zip(stored, said, strict=True)
    ]


async def test_together_they_are_as_one_after_the_other(rig: Rig) -> None:
    now = rig.clock.now()
    await rig.outbox.add(group("g-1"), _LISTED, key="tb1:1", now=now, announcement=1)
    parcels = _parcels([group("g-0"), group("g-1"), private("p"), group("g-0"), private("p"), group("g-2")])
    said: list[bool] = []
    wanted: list[dict[str, Any]] = []

    async def one_by_one() -> None:
        async with in_transaction("default"):
            for one in parcels:
                new = await rig.outbox.add(
                    one.chat, one.messages, key=one.key, now=now, announcement=1, klass="routine"
                )
                said.append(new)
            wanted.extend(await _rows())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await one_by_one()
    async with in_transaction("default"):
        new = await rig.outbox.add_each(parcels, now=now, announcement=1, klass="routine")
    assert new == sum(said) == 5
    assert await _rows() == wanted


async def test_the_first_is_the_canary_of_all_others(rig: Rig) -> None:
    parcels = [Parcel(group(f"g-{nth}"), [Message(_WORDS)], f"tb1:{nth}", "vi") for nth in range(900)]
    async with in_transaction("default"):
        await rig.outbox.add_each(parcels, now=rig.clock.now(), announcement=1)
    rows = await OutboxRow.all().order_by("id")
    assert [row.package for row in rows] == [one.key for one in parcels]
    assert [row.reason for row in rows] == ["", *[CANARY] * 899]
    assert len({row.body_id for row in rows}) == 1
    assert rows[0].body_id


async def test_whoever_comes_at_the_same_moment_is_not_overwritten(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mechanism: what another process has put in since it was asked for makes the whole of it begin anew."""
    now = rig.clock.now()
    parcels = [Parcel(group(f"g-{nth}"), [Message(_WORDS)], f"tb1:{nth}", "vi") for nth in range(3)]
    await rig.outbox.add(parcels[1].chat, Message(_WORDS), key=parcels[1].key, now=now, announcement=1)

    async def nothing(*_: object) -> frozenset[str]:
        return frozenset()

    monkeypatch.setattr(Rows, "present", nothing)

    async def adds() -> None:
        async with in_transaction("default"):
            await rig.outbox.add_each(parcels, now=now, announcement=1)

    with pytest.raises(VersionConflict):
        await adds()
    assert await OutboxRow.all().count() == 1
