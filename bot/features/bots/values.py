"""The store of a further account's adapter, sealed: one of them keeps its newest token there."""

from __future__ import annotations

from bot.core.platform import START_LINK, KeyValue
from bot.storage.sealed_text import seal, unseal


class SealedValues:
    """Implements KeyValue. The form of the links is no secret, and is read by commands without the key."""

    def __init__(self, values: KeyValue, key: bytes, platform: str) -> None:
        self._values = values
        self._key = key
        self._platform = platform

    async def get(self, key: str) -> str | None:
        """Return a value. Raises SealBroken."""
        return self._opened(key, await self._values.get(key))

    async def swap(self, key: str, old: str | None, new: str) -> bool:
        # What is sealed looks another way each time, so what stands there is opened and compared.
        stored = await self._values.get(key)
        if self._opened(key, stored) != old:
            return False
        return await self._values.swap(key, stored, new if key == START_LINK else seal(self._key, self._row(key), new))

    def _opened(self, key: str, stored: str | None) -> str | None:
        return stored if stored is None or key == START_LINK else unseal(self._key, self._row(key), stored)

    def _row(self, key: str) -> str:
        return row_of(self._platform, key)


def row_of(platform: str, key: str) -> str:
    """Name the row of a value, for its seal."""
    return f"{platform} {key}"
