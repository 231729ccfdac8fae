"""Who sends for a token: one process at a time, by a lease that it renews."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Protocol

from bot.core.platform import KeyValue

LEASE = timedelta(seconds=30)
_KEY = "outbox sender"


class Turn(Protocol):
    """The right to send for one token. `alone`: nobody else ever has it, so what an earlier process left is ours."""

    @property
    def alone(self) -> bool: ...

    async def mine(self, now: datetime) -> bool:
        """Take or renew it; False while somebody else has it."""
        ...

    async def give_up(self, now: datetime) -> None: ...


class Alone:
    """There is only this process (a lock on the data folder sees to it)."""

    alone = True

    async def mine(self, now: datetime) -> bool:
        return True

    async def give_up(self, now: datetime) -> None:
        return


class LeasedTurn:
    """A lease in the small store of the platform. It keeps the pace; that no row is sent twice is the rows' fencing."""

    alone = False

    def __init__(self, values: KeyValue) -> None:
        self._values = values
        self._name = uuid.uuid4().hex

    async def mine(self, now: datetime) -> bool:
        held = await self._values.get(_KEY)
        holder, until = _parse(held)
        if holder == self._name and until - now > LEASE / 2:
            return True
        if holder != self._name and until > now:
            return False
        return await self._values.swap(_KEY, held, f"{self._name} {(now + LEASE).timestamp()}")

    async def give_up(self, now: datetime) -> None:
        held = await self._values.get(_KEY)
        if _parse(held)[0] == self._name:
            await self._values.swap(_KEY, held, f"{self._name} {now.timestamp()}")


def _parse(held: str | None) -> tuple[str, datetime]:
    if held is None:
        return "", datetime.fromtimestamp(0).astimezone()
    holder, _, until = held.partition(" ")
    return holder, datetime.fromtimestamp(float(until)).astimezone()
