"""The communes of an installation as they are now: the files, overridden by changes that officials made in chat.

A change made in chat wins over the file until it is reset to the file's value. Other processes see it at their next
`refresh`; the one that made it refreshes at once.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple, get_args

from msgspec import Struct
from pydantic import JsonValue, ValidationError
from tortoise.expressions import F

from bot.features import units
from bot.features.calendar.vietnam import today
from bot.features.commune.settings import Commune, Communes, QuietSettings
from bot.storage.tables.commune import CommuneSetting, SettingVersion
from bot.storage.tables.places import Unit

log = logging.getLogger(__name__)

Field = Literal["phone", "hours", "centre", "contacts", "channels", "quiet", "help", "hosts", "phones"]
FIELDS: tuple[Field, ...] = get_args(Field)
_AT_ONCE = 200
"""Communes of which something is made before others have their turn."""
KEPT = 10
"""So many versions of a setting can be taken back."""
_ALLOW = frozenset({"hosts", "phones"})
UNKNOWN = Commune(name="của bác", province="của bác")
"""Stands in while it is not known at home in which of several communes somebody is: “xã của bác”."""


class WrongValue(Exception):
    """A setting cannot have this value."""


class Setting(Struct, frozen=True):
    """`version` is 0 for what was never changed in chat; `changed` is False when the file's value holds."""

    version: int
    changed: bool


class Past(Struct, frozen=True):
    """The value of a setting from `since` on.

    `value` None is the file's, and `since` None is before the first change.
    """

    version: int
    value: JsonValue
    since: datetime | None


class _Source(NamedTuple):
    """All that a commune is made of, beside its file."""

    name: str
    kind: str
    province: str
    several: bool
    changed: Sequence[tuple[str, str]]


class CommuneSettings:
    """`files` are the communes as their files have them."""

    def __init__(self, files: Communes) -> None:
        self._files = files
        self._known: Mapping[str, Commune] = {}
        self._made: dict[str, tuple[_Source, Commune]] = {}
        self._called: Mapping[tuple[str, ...], Sequence[str]] = {}
        self.quiet: Sequence[QuietSettings] = (files.own.quiet,)
        """The quiet hours of all communes, each once."""
        self.fresh = False

    @property
    def own(self) -> Commune:
        """The commune of an installation with one; of several the one of `commune.toml`."""
        if self._files.own.code or len(self._known) != 1:
            return self._known.get(self._files.own.code, self._files.own)
        return next(iter(self._known.values()))

    @property
    def several(self) -> bool:
        return len(self._known) > 1

    @property
    def all(self) -> Sequence[Commune]:
        """Every commune that exists now, in natural order."""
        return tuple(self._known.values()) or (self._files.own,)

    def of(self, code: str) -> Commune | None:
        """Return a commune by its unit's code; None if it does not exist now."""
        return self._known.get(code)

    def called(self, words: str) -> Sequence[Commune]:
        """Return the communes of this name, with or without marks and kind; in a country it may be several."""
        return [self._known[code] for code in self._called.get(units.search_key(words), ())]

    async def refresh(self, now: datetime) -> None:
        """Read the units and the changes made in chat. Call it outside of transactions that may roll back.

        It asks the same few statements however many communes there are, and makes anew only what has changed.
        """
        day = today(now)
        places = await units.communes(day)
        changed: dict[int, list[tuple[str, str]]] = {}
        for unit_id, field, value in (
            await CommuneSetting.exclude(value="").order_by("id").values_list("unit_id", "field", "value")
        ):
            changed.setdefault(int(unit_id), []).append((str(field), str(value)))
        above = await units.by_ids({place.parent_id for place in places if place.parent_id is not None})
        made: dict[str, tuple[_Source, Commune]] = {}
        for number, place in enumerate(places, 1):
            # A merged province is passed over as everywhere; few are.
            province = above.get(place.parent_id or 0)
            if province is not None and province.merged(day):
                province = await units.parent_of(place.id, day)
            source = _Source(
                place.name, place.kind, province.name if province else place.name, len(places) > 1,
                tuple(changed.get(place.id, ())),
            )  # fmt: skip
            before = self._made.get(place.code)
            kept = before is not None and before[0] == source
            made[place.code] = before if before is not None and kept else (source, self._make(place.code, source))
            if number % _AT_ONCE == 0:
                await asyncio.sleep(0)  # others have their turn
        if list(made.items()) != list(self._made.items()):
            self._known = {code: commune for code, (_, commune) in made.items()}
            self._called = await _by_name(self._known)
            self.quiet = tuple({(one.quiet.start, one.quiet.end): one.quiet for one in self.all}.values())
        self._made, self.fresh = made, True

    def _make(self, code: str, source: _Source) -> Commune:
        base = self._files.of(code) if source.several else self._files.own
        if base is None or (source.several and base.code != code):
            base = Commune(name=source.name, kind=source.kind, province=source.province)
        base = base.model_copy(update={"code": code})
        for field, value in source.changed:
            base = _changed_or_same(base, field, value)
        return base

    async def settings(self, unit_id: int) -> Mapping[Field, Setting]:
        """Return every field with its version, as it is stored now."""
        rows = {row.field: row for row in await CommuneSetting.filter(unit_id=unit_id)}
        return {
            field: Setting(rows[field].version, bool(rows[field].value)) if field in rows else Setting(0, False)
            for field in FIELDS
        }

    async def change(
        self, unit_id: int, commune: Commune, field: Field, value: JsonValue, version: int, now: datetime
    ) -> bool:
        """Store a value inside the caller's transaction; None resets it to the file's value.

        False if somebody changed the field since `version`. Raises WrongValue. After the commit call `refresh`.
        """
        if value is not None:
            check(commune, field, value)
        await CommuneSetting.bulk_create(
            [CommuneSetting(unit_id=unit_id, field=field, changed_at=now)], ignore_conflicts=True
        )
        stored = "" if value is None else json.dumps(value, ensure_ascii=False)
        held = CommuneSetting.filter(unit_id=unit_id, field=field, version=version)
        before = await held.first()
        if before is None or not await held.update(value=stored, version=F("version") + 1, changed_at=now):
            return False
        # What was changed before versions were kept has no row yet.
        known = [(version, before.value, before.changed_at)] if version else []
        await SettingVersion.bulk_create(
            [
                SettingVersion(unit_id=unit_id, field=field, version=number, value=text, changed_at=at)
                for number, text, at in [*known, (version + 1, stored, now)]
            ],
            ignore_conflicts=True,
        )
        await SettingVersion.filter(unit_id=unit_id, field=field, version__lte=version + 1 - KEPT).delete()
        return True

    async def past(self, unit_id: int, field: Field) -> Sequence[Past]:
        """Return the earlier values of a setting, the newest first, without the version that is in force now."""
        now = (await self.settings(unit_id))[field].version
        rows = await SettingVersion.filter(unit_id=unit_id, field=field, version__lt=now).order_by("-version")
        known = [Past(row.version, json.loads(row.value) if row.value else None, row.changed_at) for row in rows]
        whole = len(known) == now - 1
        return [*known, Past(0, None, None)] if whole and now else known


def field_of(name: str) -> Field | None:
    return next((one for one in FIELDS if one == name), None)


def check(commune: Commune, field: Field, value: JsonValue) -> Commune:
    """Return the commune with this value; raises WrongValue."""
    data = commune.model_dump(mode="json")
    (data["allow"] if field in _ALLOW else data)[field] = value
    try:
        return Commune.model_validate(data)
    except ValidationError as error:
        raise WrongValue(str(error.errors(include_url=False)[0]["msg"])) from None


def value_of(commune: Commune, field: Field) -> JsonValue:
    """Return a setting in the form in which it is stored."""
    data: dict[str, JsonValue] = commune.model_dump(mode="json")
    allow = data["allow"]
    return allow[field] if field in _ALLOW and isinstance(allow, dict) else data[field]


def _changed_or_same(commune: Commune, field: str, stored: str) -> Commune:
    """Apply a stored value, or log and ignore one that this version rejects: it must not stop the bot."""
    known = field_of(field)
    try:
        return commune if known is None else check(commune, known, json.loads(stored))
    except (WrongValue, json.JSONDecodeError) as error:
        log.error("the stored setting %s of %s is left out: %s", field, commune.code, error)
        return commune


async def _by_name(known: Mapping[str, Commune]) -> Mapping[tuple[str, ...], Sequence[str]]:
    found: dict[tuple[str, ...], list[str]] = {}
    for number, (code, commune) in enumerate(known.items(), 1):
        found.setdefault(units.search_key(commune.full_name), []).append(code)
        if number % _AT_ONCE == 0:
            await asyncio.sleep(0)
    return found


async def commune_id(code: str) -> int | None:
    """Return the id of a commune's unit by its code."""
    row = await Unit.get_or_none(code=code)
    return None if row is None else int(row.id)
