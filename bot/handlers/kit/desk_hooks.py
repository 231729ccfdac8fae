"""The desk's part of all families: made where the desk is open, else when the first of it is asked for.

It is a tenth of all modules, so a bot whose desk is closed starts without it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from threading import Lock

from bot.handlers.kit.by_phone import ByPhone
from bot.handlers.kit.joints import FamilyError, Hook
from bot.handlers.kit.pages import DeskPage, OfPerson, Today

MakeDesk = Callable[[], Sequence[DeskPage]]
"""Returns a family's pages of the desk, and adds to the hooks of the desk what belongs to them."""


class DeskHooks:
    """Keep what families bring to the desk, their pages and three hooks, which may be read when it is `made`."""

    def __init__(self) -> None:
        self.today: Hook[Today] = Hook("today")
        """Lines of the first page of the desk: late, red, unconfirmed, waiting, broken."""
        self.of_person: Hook[OfPerson] = Hook("of person")
        """What the page of one person says besides roles: what they told, what they do."""
        self.in_chat: Hook[ByPhone] = Hook("in chat")
        """Acts that a page only prepares (approving, roles, erasing): their button is pressed again in the chat."""
        self._families: list[tuple[str, MakeDesk]] = []
        self._pages: dict[str, DeskPage] | None = None
        self._making = Lock()

    def add(self, family: str, make: MakeDesk) -> None:
        """Add a family's part; nothing of it is imported before `make` is called."""
        self._families.append((family, make))

    def pages(self) -> Sequence[DeskPage]:
        """Make the desk if it is not made, and return its pages. Raises FamilyError for an address of two pages."""
        with self._making:
            if self._pages is None:
                self._pages = self._made()
        return tuple(self._pages.values())

    async def made(self) -> None:
        """Make the desk while others are answered: its modules take longer to import than anybody may wait."""
        if self._pages is None:
            await asyncio.to_thread(self.pages)

    def _made(self) -> dict[str, DeskPage]:
        pages: dict[str, DeskPage] = {}
        for family, make in self._families:
            for page in make():
                if page.path in pages:
                    raise FamilyError(f"{family}: there is a page {page.path!r} of the desk already")
                pages[page.path] = page
        for hook in (self.today, self.of_person, self.in_chat):
            hook.freeze()
        return pages
