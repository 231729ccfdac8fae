"""Groups on messengers and the units they belong to: one row for each group, kept through upgrades and removals."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Literal

from msgspec import Struct

from bot.features import units
from bot.i18n import msg, sort_key
from bot.storage.sql import Row as PlainRow
from bot.storage.sql import Value, asked, whole
from bot.storage.tables.places import Channel as Row
from bot.storage.tables.places import Unit

Purpose = Literal["village", "commune", "team", "enterprise", "sandbox"]
PURPOSES: tuple[Purpose, ...] = ("village", "commune", "team", "enterprise", "sandbox")

# Plain SQL, because every menu of a leader asks for it.
_ALL = "select id, platform, native_id, unit_id, purpose, title, locale, active, inactive_reason from channels"
_OF_UNITS = f"{_ALL} where unit_id in ({{marks}})"
_BY_IDS = f"{_ALL} where id in ({{marks}})"
_AT_ONCE = 1_000
"""Groups that are read at once."""
LEFT = msg("tôi không còn trong nhóm")
REPLACED = msg("đã chuyển sang nhóm khác")
MOVED = msg("nhóm đã đổi mã, mã mới đã đăng ký riêng")
RETIRED = msg("thôn đã chuyển sang kênh khác")


class Channel(Struct, frozen=True):
    """A group that belongs to a unit. `reason` says why it is not `active`; `locale` None is the installation's."""

    id: int
    platform: str
    native_id: str
    unit_id: int
    purpose: Purpose
    title: str
    locale: str | None
    active: bool
    reason: str


class Registered(Struct, frozen=True):
    """The group belongs to the unit now. `news` is False when it did before, `replaced` are groups that gave way."""

    channel: Channel
    news: bool
    replaced: tuple[Channel, ...] = ()


class Conflict(Struct, frozen=True):
    """Nothing was changed: a person has to decide.

    `here` is this group's own row when it belongs to another unit or serves another purpose; `others` are groups of the
    unit on the same platform with the same purpose.
    """

    here: Channel | None
    others: tuple[Channel, ...]

    @property
    def ids(self) -> frozenset[int]:
        """The ids that the person must agree to replace."""
        return frozenset(other.id for other in self.others) | ({self.here.id} if self.here else frozenset())


async def register(
    platform: str,
    native_id: str,
    unit_id: int,
    purpose: Purpose,
    title: str,
    now: datetime,
    *,
    replacing: Collection[int] = (),
) -> Registered | Conflict:
    """Register a group for a unit, inside the caller's transaction. `replacing` are the ids of a conflict agreed to.

    A conflict that arose since that one was shown is a new conflict.
    """
    # Two groups that claim one unit at the same moment: the second one waits here and then sees the first.
    await Unit.filter(id=unit_id).select_for_update().first()
    row = await Row.get_or_none(platform=platform, native_id=native_id)
    others = await Row.filter(platform=platform, unit_id=unit_id, purpose=purpose, active=True)
    others = [other for other in others if other.native_id != native_id]
    foreign = row is not None and (row.key_of("unit"), row.purpose) != (unit_id, purpose)
    conflict = Conflict(_channel(row) if row is not None and foreign else None, tuple(map(_channel, others)))
    if not conflict.ids <= set(replacing):
        return conflict
    await Row.filter(id__in=[other.id for other in others]).update(
        active=False, inactive_reason=REPLACED, updated_at=now
    )
    news = row is None or foreign or not row.active
    if row is None:
        row = Row(platform=platform, native_id=native_id, registered_at=now)
    row.update_from_dict(
        {
            "unit_id": unit_id,
            "purpose": purpose,
            "title": title or row.title or "",
            "active": True,
            "inactive_reason": "",
            "updated_at": now,
        }
    )
    await row.save()
    return Registered(_channel(row), news, conflict.others)


async def moved(platform: str, old: str, new: str, now: datetime) -> Channel | None:
    """Move the group to another id. None if there is nothing (more) to move.

    Messengers report it twice, and may say that the bot left the old group: the move wins, in either order.
    """
    row = await Row.get_or_none(platform=platform, native_id=old)
    if row is None or old == new:
        return None
    if await Row.exists(platform=platform, native_id=new):
        # Somebody registered the new group before we heard of the move: that decision is the younger one.
        if row.active:
            await _set(row, active=False, reason=MOVED, now=now)
        return None
    if not row.active and row.inactive_reason == LEFT and not await _served(row):
        row.active, row.inactive_reason = True, ""
    row.native_id, row.updated_at = new, now
    await row.save()
    return _channel(row)


async def left(platform: str, native_id: str, reason: str, now: datetime) -> Channel | None:
    """Record that the bot can no longer write there. None if that was known."""
    row = await Row.get_or_none(platform=platform, native_id=native_id, active=True)
    return None if row is None else await _set(row, active=False, reason=reason, now=now)


async def joined(platform: str, native_id: str, title: str, now: datetime) -> Channel | None:
    """Record that the bot is (again) in a group; return its channel, if the group is known.

    It serves its unit again unless another group has taken its place meanwhile.
    """
    row = await Row.get_or_none(platform=platform, native_id=native_id)
    if row is None:
        return None
    if title and title != row.title:
        await renamed(platform, native_id, title, now)
        row.title = title
    if row.active or row.inactive_reason != LEFT or await _served(row):
        return _channel(row)
    return await _set(row, active=True, reason="", now=now)


async def renamed(platform: str, native_id: str, title: str, now: datetime) -> None:
    await Row.filter(platform=platform, native_id=native_id).update(title=title, updated_at=now)


async def get(channel_id: int) -> Channel | None:
    row = await Row.get_or_none(id=channel_id, purpose__in=PURPOSES)
    return None if row is None else _channel(row)


async def same_people(one: Channel, *, active_only: bool = True) -> list[Channel]:
    """Return the other groups of its unit with its purpose, on any messenger."""
    found = await _listed([one.unit_id], one.purpose, active_only)
    return [other for other in found if other.id != one.id]


async def take_over(one: Channel, now: datetime) -> list[Channel] | None:
    """Make it the only group of its people, inside the caller's transaction; return the groups that gave way.

    None if that is impossible because the bot is no longer in it.
    """
    # Two who press at the same moment: the second one waits here and then sees what the first one did.
    await Unit.filter(id=one.unit_id).select_for_update().first()
    row = await Row.get(id=one.id)
    if not row.active and row.inactive_reason not in (RETIRED, REPLACED):
        return None
    if not row.active:
        await _set(row, active=True, reason="", now=now)
    others = await Row.filter(unit_id=one.unit_id, purpose=one.purpose, active=True).exclude(id=one.id).order_by("id")
    return [await _set(other, active=False, reason=RETIRED, now=now) for other in others]


async def bring_back(one: Channel, now: datetime) -> bool:
    """Reactivate a retired group, beside the others of its people; False if it is not retired or its place is taken."""
    row = await Row.get_or_none(id=one.id, active=False, inactive_reason=RETIRED)
    if row is None or await _served(row):
        return False
    await _set(row, active=True, reason="", now=now)
    return True


async def of_chat(platform: str, native_id: str) -> Channel | None:
    row = await Row.get_or_none(platform=platform, native_id=native_id)
    return None if row is None else _channel(row)


async def of_unit(unit_id: int, on: date, *, purpose: Purpose | None = None, active_only: bool = True) -> list[Channel]:
    """Return the groups of a unit and of the units that were merged into it, in natural order of their titles."""
    return (await of_each([unit_id], on, purpose=purpose, active_only=active_only))[unit_id]


async def of_each(
    unit_ids: Collection[int], on: date, *, purpose: Purpose | None = None, active_only: bool = True
) -> dict[int, list[Channel]]:
    """Return the groups of several units by unit id, in two queries; none of the units was merged into another one."""
    owner = await _owners(unit_ids, on)
    found: dict[int, list[Channel]] = {unit_id: [] for unit_id in unit_ids}
    for channel in await _listed(owner, purpose, active_only):
        found[owner[channel.unit_id]].append(channel)
    return found


async def having(unit_ids: Collection[int], on: date, purpose: Purpose) -> frozenset[int]:
    """Return those of several units for which `of_each` returns an active group."""
    owner = await _owners(unit_ids, on)
    return frozenset([owner[whole(row["unit_id"])] for row in await _rows(owner, purpose, active_only=True)])


async def _owners(unit_ids: Collection[int], on: date) -> Mapping[int, int]:
    """Return, by the ids of these units and of those that were merged into them, to which of these they belong."""
    parts = await units.parts_of_each(unit_ids, on)
    return {part.id: unit_id for unit_id, gone in parts.items() for part in gone} | {one: one for one in unit_ids}


async def by_ids(channel_ids: Collection[int]) -> dict[int, Channel]:
    """Return these groups by their ids."""
    found: dict[int, Channel] = {}
    ids = list(channel_ids)
    for at in range(0, len(ids), _AT_ONCE):
        some = ids[at : at + _AT_ONCE]
        rows = await asked(_BY_IDS.format(marks=", ".join("?" * len(some))), some)
        found |= {one.id: one for one in map(_channel_in, rows)}
    return found


async def of_commune(commune_id: int, on: date, *, active_only: bool = True) -> list[Channel]:
    """Return every group of a commune and of its villages."""
    below = [one.id for one in await units.descendants(commune_id, on)]
    found = await of_each([commune_id, *below], on, active_only=active_only)
    return [channel for groups in found.values() for channel in groups]


async def set_locale(platform: str, native_id: str, chosen: str, now: datetime) -> None:
    """Set the language in which the commune writes there; no effect in a group that is no channel."""
    await Row.filter(platform=platform, native_id=native_id).update(locale=chosen, updated_at=now)


async def _listed(unit_ids: Collection[int], purpose: Purpose | None, active_only: bool) -> list[Channel]:
    found = [_channel_in(row) for row in await _rows(unit_ids, purpose, active_only=active_only)]
    return sorted(found, key=lambda channel: (sort_key(channel.title), channel.id))


async def _rows(unit_ids: Collection[int], purpose: Purpose | None, *, active_only: bool) -> Sequence[PlainRow]:
    if not unit_ids:
        return []
    text = _OF_UNITS.format(marks=", ".join("?" * len(unit_ids)))
    values: list[Value] = [*unit_ids]
    if purpose is not None:
        text, values = f"{text} and purpose = ?", [*values, purpose]
    if active_only:
        text = f"{text} and active"
    return await asked(text, values)


async def _served(row: Row) -> bool:
    """Tell whether another group does the work of this one."""
    same = Row.filter(platform=row.platform, unit_id=row.key_of("unit"), purpose=row.purpose, active=True)
    return await same.exclude(id=row.id).exists()


async def _set(row: Row, *, active: bool, reason: str, now: datetime) -> Channel:
    row.active, row.inactive_reason, row.updated_at = active, reason, now
    await row.save(update_fields=["active", "inactive_reason", "updated_at"])
    return _channel(row)


def _channel(row: Row) -> Channel:
    return Channel(
        row.id, row.platform, row.native_id, row.key_of("unit"), _purpose(row.purpose), row.title, row.locale,
        row.active, row.inactive_reason,
    )  # fmt: skip


def _channel_in(row: PlainRow) -> Channel:
    locale = row["locale"]
    return Channel(
        whole(row["id"]),
        str(row["platform"]),
        str(row["native_id"]),
        whole(row["unit_id"]),
        _purpose(str(row["purpose"])),
        str(row["title"]),
        None if locale is None else str(locale),
        bool(row["active"]),
        str(row["inactive_reason"]),
    )


def _purpose(name: str) -> Purpose:
    return _PURPOSES[name]


_PURPOSES: Mapping[str, Purpose] = {purpose: purpose for purpose in PURPOSES}
