"""Changing a setting of a commune: once for each version, in the audit log without its text, in force at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from msgspec import Struct
from pydantic import JsonValue

from bot.features.audit import Audit

from .commune_settings import CommuneSettings, Field, check, value_of
from .settings import Commune
from .words import read

LISTS: frozenset[Field] = frozenset({"contacts", "channels", "hosts", "phones"})
"""Settings that are lists; what is typed is one more item."""
QuietChanged = Callable[[datetime], Awaitable[None]]


class SettingChanges(Struct, frozen=True):
    """`quiet_changed` looks again at what quiet hours hold."""

    settings: CommuneSettings
    audit: Audit
    quiet_changed: QuietChanged

    async def make(
        self,
        person_id: int | None,
        unit_id: int,
        commune: Commune,
        field: Field,
        value: JsonValue,
        version: int,
        now: datetime,
    ) -> bool:
        """Change the setting if its version is still `version`, inside the caller's transaction.

        None is the file's value. Raises WrongValue. After the commit call `settings.refresh`.
        """
        if not await self.settings.change(unit_id, commune, field, value, version, now):
            return False
        details: dict[str, str | int | bool] = {"field": field, "version": version + 1, "to_file": value is None}
        await self.audit.append(person_id, "setting_changed", f"unit:{unit_id}", now, details)
        if field == "quiet":
            await self.quiet_changed(now)
        return True


def typed(commune: Commune, field: Field, words: str) -> JsonValue:
    """Return the value that a setting has with what was typed. Raises Unreadable, and WrongValue."""
    value = read(field, words)
    if field in LISTS:
        known = value_of(commune, field)
        value = [*(known if isinstance(known, list) else []), value]
    return value_of(check(commune, field, value), field)
