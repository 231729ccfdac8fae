"""Reading announcements and the groups that they were frozen for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from typing import NamedTuple, cast

from msgspec import Struct
from tortoise.expressions import Q

from bot.core.text import fold
from bot.features import units
from bot.features.groups.naming import name_for
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.prepared import marks, row_of, rows_of
from bot.storage.sql import Sql, asked, current, holds, moment_or_none, whole
from bot.storage.tables.announcements import Announcement as Row
from bot.storage.tables.announcements import AnnouncementTarget as TargetRow
from bot.storage.tables.announcements import RelayAsk as AskRow

from .model import OPEN, RECALL, Announcement, AnnouncementTarget, State, announcement, number_in, target

_AT_ONCE = 1_000
"""Targets that are read at once: of an announcement to a whole country there are ninety thousand.

It stands in the statements as a number: a limit that PostgreSQL does not know makes it read all targets by their number
once it keeps the plan, from the sixth time on.
"""
_TARGETS = (
    "select id, announcement_id, channel_id, unit_id, platform, native_id, ack_at, ack_by_id, played_at, played_by_id,"
    f" reminders from announcement_targets where announcement_id in ({{marks}}) and id > ? order by id limit {_AT_ONCE}"
)
_FROZEN = (
    "select t.id, t.announcement_id, t.channel_id, t.unit_id, t.platform, t.native_id, t.ack_at, t.ack_by_id,"
    " t.played_at, t.played_by_id, t.reminders, u.kind, u.name, u.fictitious, c.title, c.platform as messenger,"
    " c.purpose, d.instead_of from announcement_targets t join units u on u.id = t.unit_id"
    " join channels c on c.id = t.channel_id"
    " left join detours d on d.package = 'tb' || t.announcement_id || ':' || t.channel_id"
    f" where t.announcement_id in ({{marks}}) and t.id > ? order by t.id limit {_AT_ONCE}"
)


_TargetColumns = tuple[int, int, int, int, str, str, object, int | None, object, int | None, int]


async def get(announcement_id: int) -> Announcement | None:
    row = await row_of(Row, "id = ?", [announcement_id])
    return None if row is None else announcement(row)


async def by_number(commune_id: int, number: int) -> Announcement | None:
    """Return the announcement of a commune with this number, as in `TB-0123`."""
    row = await Row.get_or_none(commune_id=commune_id, number=number)
    return None if row is None else announcement(row)


async def open_ones(commune_id: int) -> Sequence[Announcement]:
    """List those that are being written, wait or are being sent, the newest first."""
    rows = await Row.filter(commune_id=commune_id, state__in=OPEN).order_by("-id")
    return [announcement(row) for row in rows]


async def listed(
    commune_id: int, *, words: str = "", state: State | None = None, start: int = 0, limit: int
) -> Sequence[Announcement]:
    """List a commune's announcements, the newest first: those in a state, or with these words in title or text.

    Titles are found without their marks, texts letter for letter; a number (`TB-0012`) finds just that one.
    """
    rows = Row.filter(commune_id=commune_id)
    if state is not None:
        rows = rows.filter(state=state)
    number = number_in(words)
    if number is not None:
        rows = rows.filter(number=number)
    elif words:
        meant = fold(words).split()
        titles = await rows.values_list("id", "title")
        named = {key for key, title in titles if all(word in fold(str(title)) for word in meant)}
        saying = await asked(
            f"select id from announcements where commune_id = ? and {holds('text')}", [commune_id, words]
        )
        rows = rows.filter(id__in=[*named, *(int(str(row["id"])) for row in saying)])
    return [announcement(row) for row in await rows.order_by("-id").offset(start).limit(limit)]


async def released(commune_id: int, *, before: int | None = None, limit: int) -> Sequence[Announcement]:
    """List a commune's announcements that somebody has approved, the newest first; those with a number below one."""
    rows = Row.filter(commune_id=commune_id, approved_at__isnull=False)
    if before is not None:
        rows = rows.filter(number__lt=before)
    return [announcement(row) for row in await rows.order_by("-number").limit(limit)]


async def open_of(person_id: int) -> Sequence[Announcement]:
    """List the open ones that a person wrote or approved, in any commune."""
    rows = await Row.filter(Q(author_id=person_id) | Q(approver_id=person_id), state__in=OPEN).order_by("-id")
    return [announcement(row) for row in rows]


async def ended(commune_id: int, limit: int) -> Sequence[Announcement]:
    """List those that went out (also in part, or cancelled on the way), the newest first."""
    rows = await Row.filter(commune_id=commune_id, rows__gt=0).exclude(state__in=OPEN).order_by("-id").limit(limit)
    return [announcement(row) for row in rows]


async def targets(*announcement_ids: int) -> Sequence[AnnouncementTarget]:
    """Return the groups of announcements: as bare values, since a list of twenty has thousands."""
    found: list[AnnouncementTarget] = []
    async for rows in _pages(_TARGETS, announcement_ids):
        found += [_target(*row) for row in cast("Sequence[_TargetColumns]", rows)]
    return found


class FrozenTarget(NamedTuple):
    """A group that an announcement was frozen for, with what a receipt says of it.

    `village` and `group` are their names, `instead_of` is the package in whose place it got its own, "" mostly.
    """

    target: AnnouncementTarget
    village: str
    group: str
    purpose: str
    instead_of: str


async def frozen_rows(announcement_ids: Sequence[int], behind: int = 0) -> Sequence[Sequence[object]]:
    """Return what `frozen` makes the groups of announcements of, behind the number of one, a thousand at most."""
    text, on = _FROZEN.format(marks=marks(len(announcement_ids))), current()
    return await Sql(on).tuples(text, [*announcement_ids, behind], on)


def frozen(rows: Iterable[Sequence[object]]) -> Iterator[FrozenTarget]:
    """Yield the groups of announcements as `targets` has them."""
    for *row, kind, name, fictitious, title, messenger, purpose, instead_of in rows:
        village = units.full_name(str(kind), str(name), fictitious=bool(fictitious))
        group = name_for(str(title), str(messenger), village)
        target = _target(*cast("_TargetColumns", row))
        yield FrozenTarget(target, village, group, str(purpose), str(instead_of or ""))


async def _pages(statement: str, announcement_ids: Sequence[int]) -> AsyncIterator[Sequence[Sequence[object]]]:
    """Yield the rows of a statement about the groups of announcements, a thousand at a time."""
    text, on, behind = statement.format(marks=marks(len(announcement_ids))), current(), 0
    while rows := await Sql(on).tuples(text, [*announcement_ids, behind], on):
        yield rows
        if len(rows) < _AT_ONCE:
            return
        behind = whole(rows[-1][0])


def _target(
    row_id: int,
    announcement_id: int,
    channel_id: int,
    unit_id: int,
    platform: str,
    native_id: str,
    ack_at: object,
    ack_by: int | None,
    played_at: object,
    played_by: int | None,
    reminders: int,
) -> AnnouncementTarget:
    return AnnouncementTarget(
        row_id, announcement_id, channel_id, unit_id, platform, native_id, moment_or_none(ack_at), ack_by,
        moment_or_none(played_at), played_by, reminders,
    )  # fmt: skip


class Having(Struct, frozen=True):
    """The channels, and the villages told through a person, that have at least a part of it, or may have."""

    channels: frozenset[int] = frozenset()
    villages: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.channels or self.villages)

    def __or__(self, other: Having) -> Having:
        return Having(self.channels | other.channels, self.villages | other.villages)


async def having(one: Announcement) -> Having:
    """Return who has at least a part of it, or may have."""
    rows = OutboxRow.filter(announcement=one.id, state__in=["sent", "sending", "uncertain"])
    packages: set[object] = set(await rows.values_list("package", flat=True))
    asks = await AskRow.filter(target__announcement_id=one.id).values_list("package", "target__unit_id")
    return Having(
        frozenset(to.channel_id for to in await targets(one.id) if to.package in packages),
        frozenset(int(str(unit_id)) for package, unit_id in asks if package in packages),
    )


async def target_of(target_id: int) -> AnnouncementTarget | None:
    row = await TargetRow.get_or_none(id=target_id)
    return None if row is None else target(row)


async def unconfirmed(unit_id: int, limit: int) -> Sequence[tuple[Announcement, AnnouncementTarget]]:
    """List what a village was sent and has not confirmed, the newest first."""
    rows = TargetRow.filter(unit_id=unit_id, ack_at__isnull=True, announcement__state__in=("sending", "done"))
    found = [target(row) for row in await rows.order_by("-id").limit(limit)]
    asked = [(await get(one.announcement_id), one) for one in found]
    return [(one, where) for one, where in asked if one is not None]


async def corrections(announcement_id: int) -> Sequence[Announcement]:
    """List the announcements that correct this one, oldest first; each is younger than what it corrects."""
    rows = await rows_of(Row, "corrects = ? and id > ?", [announcement_id, announcement_id])
    return [announcement(row) for row in rows]


async def chain(one: Announcement) -> Sequence[Announcement]:
    """Return its whole chain, oldest first.

    The chain is the first announcement, all corrections of it or of a correction, and their recall.
    """
    found = [await first(one)]
    for each in found:
        found += await corrections(each.id)
    return sorted(found, key=lambda each: each.id)


async def first(one: Announcement) -> Announcement:
    """Return the first announcement of its chain; most are that themselves.

    Only an older one is corrected: a damaged row that names itself must not keep the bot walking in a circle.
    """
    while 0 < one.corrects < one.id and (before := await get(one.corrects)) is not None:
        one = before
    return one


async def standing(one: Announcement) -> Sequence[Announcement]:
    """Return the corrections and the recall of it that are sent or may still be."""
    recall = await recall_of(one)
    later = [each for each in await corrections(one.id) if stands(each) and each.template != RECALL]
    return [*later, *([recall] if recall is not None and recall.id != one.id else [])]


async def recall_of(one: Announcement) -> Announcement | None:
    """Return the announcement that takes its whole chain back, or is going to; None without one."""
    return next((each for each in await chain(one) if each.template == RECALL and stands(each)), None)


def stands(one: Announcement) -> bool:
    """Tell whether it is sent or may still be."""
    return one.state not in ("cancelled", "expired")
