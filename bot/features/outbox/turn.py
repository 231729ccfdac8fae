"""The turn to send for a token: one process at a time has it, by a lease that it renews."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
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

    def ask_anew(self) -> None:
        """Rely on nothing that was seen before: its holder has given it up."""
        ...


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

    def ask_anew(self) -> None:
        return


class LeasedTurn(Lease):
    """A lease in the small store of the platform. It keeps the pace; that no row is sent twice is the rows' fencing.

    The store is asked again only when the last answer may have changed: an installation has a sender for each account
    in each process. `tell` lets the others know that the turn is free.
    """

    def __init__(self, values: KeyValue, tell: Callable[[], None] = lambda: None) -> None:
        super().__init__(values, "outbox sender")
        self._tell = tell
        self._asked = datetime.max.replace(tzinfo=UTC)
        self._mine = False

    async def mine(self, now: datetime) -> bool:
        # A clock that was set back is no reason to rely on it for longer.
        if not self._asked <= now < self.sure_until:
            self.ask_anew()
            self._mine = await super().mine(now)
            self._asked = now
        return self._mine

    async def give_up(self, now: datetime) -> None:
        self.ask_anew()
        await super().give_up(now)
        self._tell()

    def ask_anew(self) -> None:
        self._asked = datetime.max.replace(tzinfo=UTC)
