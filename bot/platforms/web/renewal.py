"""The right of an open socket to speak for its visitor, and to the ticket for a new cookie after a change of rights.

The log decides, so it is the same in every process and at every speed of reading: the first reply that bears other
rights answers the event that changed them, and the ticket belongs to the socket on which that event was said.
"""

from __future__ import annotations

from collections import deque
from enum import Enum

from bot.platforms import Kit

from .frames import rights_in
from .visitor import Visitor

LEFT_FOR = 15.0
"""Seconds for the page to fetch its new cookie: another tab of that browser, closed before, would come as a stranger,
and the cookie of a stranger would take the place of the one that the page has to show."""
_MOST_OWN = 64


class Holds(Enum):
    """Whether a socket still speaks for its visitor."""

    ON = "as before"
    ANEW = "with other rights, which were asked for here"
    NO = "not any more: they were asked for elsewhere"


class Renewal:
    """The rights of one socket. `visitor` is who it speaks for, with the rights that go with its cookie."""

    def __init__(self, kit: Kit, visitor: Visitor) -> None:
        self._kit = kit
        self.visitor = visitor
        self.is_over = False
        self._begun_after = 0
        self._own: deque[str] = deque(maxlen=_MOST_OWN)

    async def begin(self) -> bool:
        """Note the end of the log; return False if the rights are others already.

        Entries up to here tell of rights from before the cookie was looked at.
        """
        if self.visitor.key:
            for number, _ in await self._kit.log.since(self.visitor.id, 0, limit=1):
                self._begun_after = number
        return await self.is_current()

    def said(self, event_id: str) -> None:
        """Note that an event was said here, and nowhere before: everybody who looks at the chat reads its id."""
        if event_id not in self._own:
            self._own.append(event_id)

    async def is_current(self) -> bool:
        """Tell whether the rights are still those of the cookie."""
        return await self.visitor.changed(self._kit) is None

    async def may_begin_at(self, number: int) -> bool:
        """Tell whether a page may go on after entry `number`: it must not pass by the one that tells of a change."""
        return number <= self._begun_after or await self.is_current()

    async def look(self, number: int, entry: str, seen: int) -> Holds:
        """Look at an entry before it is shown; `seen` is the one before, as far as this socket knows."""
        if not self.visitor.key or number <= self._begun_after:
            return Holds.ON
        rights = rights_in(entry)
        if rights is None or rights == self.visitor.mark(self._kit):
            return Holds.ON
        changed = await self.visitor.changed(self._kit)
        answered = await self._kit.answered(self.visitor.id, number) if changed is not None else None
        if changed is None or answered is None:  # what was sent unasked tells nothing of who asked
            return Holds.ON
        if answered in self._own and number == seen + 1:
            self.visitor = changed
            return Holds.ANEW
        self.is_over = True
        return Holds.NO

    @property
    def ticket(self) -> str:
        return self.visitor.ticket(self._kit)
