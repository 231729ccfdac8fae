"""The turn to send for a token: one process at a time has it, by a lease that it renews."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from bot.core.lease import Lease
from bot.core.platform import KeyValue


class SendingTurn(Protocol):
    """The right to send for one token. Its holder also takes over what an earlier holder left unfinished."""

    def came(self) -> bool:
        """Tell whether it came to us since this was last asked; true the first time."""
        ...

    async def mine(self, now: datetime) -> bool:
        """Take or renew it; False while somebody else has it."""
        ...

    async def give_up(self, now: datetime) -> None: ...


class Alone:
    """There is only this process (a lock on the data folder sees to it)."""

    def __init__(self) -> None:
        self._asked = False

    def came(self) -> bool:
        first, self._asked = not self._asked, True
        return first

    async def mine(self, now: datetime) -> bool:
        return True

    async def give_up(self, now: datetime) -> None:
        return


class LeasedTurn(Lease):
    """A lease in the small store of the platform. It keeps the pace; that no row is sent twice is the rows' fencing."""

    def __init__(self, values: KeyValue) -> None:
        super().__init__(values, "outbox sender")
