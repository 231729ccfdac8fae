"""Groups on messengers and the units they belong to: one row for each group, kept through upgrades and removals."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from tortoise.queryset import QuerySet

from bot.features import units
from bot.i18n import msg, sort_key
from bot.storage.places import Channel as Row
from bot.storage.places import Unit

Purpose = Literal["village", "commune", "team", "enterprise", "sandbox"]
PURPOSES: tuple[Purpose, ...] = ("village", "commune", "team", "enterprise", "sandbox")

LEFT = msg("tôi không còn trong nhóm")
REPLACED = msg("đã chuyển sang nhóm khác")
MOVED = msg("nhóm đã đổi mã, mã mới đã đăng ký riêng")
RETIRED = msg("thôn đã chuyển sang kênh khác")


@dataclass(frozen=True, slots=True)
class Channel:
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


@dataclass(frozen=True, slots=True)
class Registered:
    """The group belongs to the unit now. `news` is False when it did before, `replaced` are groups that gave way."""

    channel: Channel
    news: bool
    replaced: tuple[Channel, ...] = ()


@dataclass(frozen=True, slots=True)
class Conflict:
    """Nothing was changed: a person has to decide.

    `here` is this group's own row when it belongs to another unit or serves another purpose; `others` are groups of the
    unit on the same platform with the same purpose.
    """

    here: Channel | None
    others: tuple[Channel, ...]

    @property
    def ids(self) -> frozenset[int]:
        """What the person must agree to replace."""
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
    """Give a group to a unit, inside the caller's transaction. `replacing` are the ids of a conflict agreed to.

    What came up since that conflict was shown is a new conflict.
    """
    # Two groups that claim one unit at the same moment: the second one waits here and then sees the first.
    await Unit.filter(id=unit_id).select_for_update().first()
    row = await Row.get_or_none(platform=platform, native_id=native_id)
    others = await Row.filter(platform=platform, unit_id=unit_id, purpose=purpose, active=True)
    others = [other for other in others if other.native_id != native_id]
    foreign = row is not None and (_unit_id(row), row.purpose) != (unit_id, purpose)
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
    """The group goes on under another id. None when there is nothing (more) to move.

    Messengers tell it twice, and perhaps say that the bot left the old group: the move wins, in either order.
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
    """The bot can no longer write there. None when this is no news."""
    row = await Row.get_or_none(platform=platform, native_id=native_id, active=True)
    return None if row is None else await _set(row, active=False, reason=reason, now=now)


async def joined(platform: str, native_id: str, title: str, now: datetime) -> Channel | None:
    """The bot is (again) in a group; its channel, if the group is known.

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
    """The other groups of its unit with its purpose, on any messenger."""
    found = await _listed(Row.filter(unit_id=one.unit_id, purpose=one.purpose), None, active_only)
    return [other for other in found if other.id != one.id]


async def take_over(one: Channel, now: datetime) -> list[Channel] | None:
    """Make it the only group of its people, inside the caller's transaction; those that gave way.

    None when it cannot be: the bot is not in it any more.
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
    """A group that was retired is again one of its people's, beside the others; False when it is none such."""
    row = await Row.get_or_none(id=one.id, active=False, inactive_reason=RETIRED)
    if row is None or await _served(row):
        return False
    await _set(row, active=True, reason="", now=now)
    return True


async def of_chat(platform: str, native_id: str) -> Channel | None:
    row = await Row.get_or_none(platform=platform, native_id=native_id)
    return None if row is None else _channel(row)


async def of_unit(unit_id: int, on: date, *, purpose: Purpose | None = None, active_only: bool = True) -> list[Channel]:
    """The groups of a unit and of the units that were merged into it, in natural order of their titles."""
    return (await of_each([unit_id], on, purpose=purpose, active_only=active_only))[unit_id]


async def of_each(
    unit_ids: Collection[int], on: date, *, purpose: Purpose | None = None, active_only: bool = True
) -> dict[int, list[Channel]]:
    """The same of units of which none was merged into another one, by their ids: two questions for all of them."""
    parts = await units.parts_of_each(unit_ids, on)
    owner = {part.id: unit_id for unit_id, gone in parts.items() for part in gone} | {one: one for one in unit_ids}
    found: dict[int, list[Channel]] = {unit_id: [] for unit_id in unit_ids}
    for channel in await _listed(Row.filter(unit_id__in=list(owner)), purpose, active_only):
        found[owner[channel.unit_id]].append(channel)
    return found


async def of_commune(commune_id: int, on: date, *, active_only: bool = True) -> list[Channel]:
    """Every group of a commune and of its villages."""
    below = [one.id for one in await units.descendants(commune_id, on)]
    found = await of_each([commune_id, *below], on, active_only=active_only)
    return [channel for groups in found.values() for channel in groups]


async def set_locale(platform: str, native_id: str, chosen: str, now: datetime) -> None:
    """What the commune sends there is in this language from now on; nothing happens in a group that is no channel."""
    await Row.filter(platform=platform, native_id=native_id).update(locale=chosen, updated_at=now)


async def _listed(query: QuerySet[Row], purpose: Purpose | None, active_only: bool) -> list[Channel]:
    if purpose is not None:
        query = query.filter(purpose=purpose)
    if active_only:
        query = query.filter(active=True)
    found: Sequence[Channel] = [_channel(row) for row in await query]
    return sorted(found, key=lambda channel: (sort_key(channel.title), channel.id))


async def _served(row: Row) -> bool:
    """Whether another group does the work of this one."""
    same = Row.filter(platform=row.platform, unit_id=_unit_id(row), purpose=row.purpose, active=True)
    return await same.exclude(id=row.id).exists()


async def _set(row: Row, *, active: bool, reason: str, now: datetime) -> Channel:
    row.active, row.inactive_reason, row.updated_at = active, reason, now
    await row.save(update_fields=["active", "inactive_reason", "updated_at"])
    return _channel(row)


def _channel(row: Row) -> Channel:
    purpose = next(known for known in PURPOSES if known == row.purpose)
    return Channel(
        row.id, row.platform, row.native_id, _unit_id(row), purpose, row.title, row.locale, row.active,
        row.inactive_reason,
    )  # fmt: skip


def _unit_id(row: Row) -> int:
    # Tortoise adds the columns of foreign keys at run time, so no type checker knows them.
    value: int = row.__dict__["unit_id"]
    return value
