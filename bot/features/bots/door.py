"""The way from a page to accounts: whoever runs adapters looks at what was typed, before it is sealed and kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class AccountRefused(Exception):
    """An account cannot have these settings; the text is one clear line without any secret."""


class AccountDoor(Protocol):
    def vendors(self) -> Sequence[str]:
        """Return the messengers on which there can be further accounts."""
        ...

    def name_of(self, vendor: str, code: str) -> str:
        """Return the platform of a new account; raise AccountRefused."""
        ...

    async def sealed(self, name: str, typed: str, old: str = "") -> str:
        """Return `typed` (NAME=VALUE lines) over the sealed settings `old`, tried and sealed; raise AccountRefused."""
        ...

    def changed(self) -> None:
        """Let those who run accounts look at the rows soon."""
        ...
