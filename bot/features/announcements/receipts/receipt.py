"""The receipt of an announcement, group by group: read from its rows in the outbox, never from a flag beside them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from functools import cached_property, partial
from typing import cast

from msgspec import Struct, field

from bot.core.lean.values import replace
from bot.features import units
from bot.features.announcements import other_channels, store
from bot.features.announcements.model import Announcement, AnnouncementTarget
from bot.features.announcements.oa import broadcasts
from bot.features.announcements.oa.broadcasts import OaBroadcast
from bot.features.announcements.relays.model import targets as relay_targets
from bot.features.calendar.vietnam import local_day
from bot.features.groups import channels
from bot.features.in_turns import in_turns
from bot.features.outbox.states import State
from bot.features.units import Place
from bot.storage.core_tables.outbox import Detour
from bot.storage.event_reads import remembered_once
from bot.storage.lite.made_of import MadeOf
from bot.storage.prepared import marks, rows_of
from bot.storage.sql import Sql, asked, current, moment

from . import relayed, told
from .delivery import WORST, AudienceDelivery, PackagePart, Standing, standing
from .relayed import RelayedDelivery, RelayLine

_STATES: Mapping[str, State] = {state: state for state in WORST}
_NEVER: tuple[State, str] = ("cancelled", "")
_AT_ONCE = 1_000
"""Rows that are read before others have their turn: a country has ninety thousand groups."""
_START: tuple[str, int, int] = ("", 0, 0)


class Receipt(Struct, frozen=True, dict=True):
    """`total` counts the rows that were frozen; `unreached` names chosen villages that had no living group then.

    Those of `removed` had one that has put the bot out.

    `other_channels` are codes of how it was passed on outside of the bot.
    `deliveries` are as many as the audiences that were frozen, however many groups were tried. `relayed` are the
    villages told through a person; of those only the pasted ones are reached. `without` are the villages of `unreached`
    and `removed`; `also` are the ways in which an official says that a village was told besides, by unit id.
    `oa` is what was posted to the official account's followers, who are no village; `for_oa`: somebody is to post it.
    """

    announcement: Announcement
    deliveries: tuple[AudienceDelivery, ...]
    rows: Mapping[State, int]
    unreached: tuple[str, ...]
    other_channels: tuple[str, ...]
    removed: tuple[str, ...] = ()
    relayed: tuple[RelayedDelivery, ...] = ()
    without: tuple[Place, ...] = ()
    also: Mapping[int, Sequence[str]] = field(default_factory=dict)
    oa: OaBroadcast | None = None
    for_oa: bool = False

    @property
    def total(self) -> int:
        return sum(self.rows.values())

    @cached_property
    def standing(self) -> Standing:
        return standing(self.deliveries)

    def groups(self, *states: State) -> tuple[AudienceDelivery, ...]:
        found = [self.standing.by_state[state] for state in states if state in self.standing.by_state]
        if len(found) <= 1:
            return found[0] if found else ()
        return tuple([one for one in self.deliveries if one.state in states])

    @property
    def waiting(self) -> tuple[AudienceDelivery, ...]:
        return self.groups("pending", "held", "leased", "sending")

    @property
    def trouble(self) -> tuple[AudienceDelivery, ...]:
        """Groups that do not have all of it and will not get it without help."""
        return self.groups("failed", "expired", "cancelled", "uncertain")

    @property
    def diverted(self) -> tuple[AudienceDelivery, ...]:
        """Deliveries in another group than the one meant at first."""
        return self.standing.diverted

    @property
    def acknowledged(self) -> tuple[AudienceDelivery, ...]:
        return self.standing.acknowledged

    @property
    def played(self) -> tuple[AudienceDelivery, ...]:
        return self.standing.played

    @property
    def reached(self) -> int:
        """How many groups and villages have it, of `meant`."""
        return len(self.groups("sent")) + sum(one.pasted is not None for one in self.relayed)

    @property
    def meant(self) -> int:
        return len(self.deliveries) + len(self.relayed)

    @property
    def proofs(self) -> int:
        """How many pictures of groups are kept."""
        return sum(line.proof for one in self.relayed for line in one.lines)

    @property
    def to_call(self) -> tuple[RelayedDelivery, ...]:
        """Villages whose people have to be told by telephone."""
        return tuple(one for one in self.relayed if one.by_phone and one.target.unit_id not in self.also)

    @property
    def over(self) -> bool:
        """Whether nothing is being sent any more and nothing waits for a person."""
        return not self.waiting and not self.standing.undecided


async def receipt(announcement_id: int, on: date) -> Receipt | None:
    """Return the receipt; None for an announcement that does not exist. Before it is frozen there are no deliveries."""
    with remembered_once():
        one = await store.get(announcement_id)
        return None if one is None else await _receipt(one, on)


async def _receipt(one: Announcement, on: date) -> Receipt:
    read = await _read([one.id])
    villages = await relayed.of(one)
    instead_of = await _detours(read, [each.target.package for each in villages])
    later = {
        package
        for each in villages
        for line in each.lines
        for package in _not_frozen(line, first=line.later or each.target.package in instead_of)
    }  # counted apart, as those of other groups are
    reached = {each.target.unit_id for each in villages}
    async for some in in_turns(read.deliveries):
        reached.update([each.target.unit_id for each in some])
    unreached, removed = await _without(one, reached, on)
    on_foot = tuple(await other_channels.of(one.id))
    chained = await _chained(read.deliveries, instead_of)
    by_package = {each.target.package: each for each in read.deliveries} if villages and instead_of else {}
    through_people = tuple(relayed.after(each, by_package, instead_of) for each in villages)
    names_of = [tuple(place.full_name for place in places) for places in (unreached, removed)]
    return Receipt(
        one, chained, _frozen_rows(read, instead_of.keys() | later), names_of[0], on_foot, names_of[1],
        through_people, (*unreached, *removed), await told.of(one.id), await broadcasts.of(one.id),
        await broadcasts.wanted(one),
    )  # fmt: skip


async def deliveries_of(announcement_ids: Collection[int]) -> Mapping[int, Sequence[AudienceDelivery]]:
    """Return the deliveries of several announcements as their receipts have them, without all else of a receipt."""
    if not announcement_ids:
        return {}
    read = await _read(announcement_ids)
    instead_of = await _detours(read, [to.package for to in await relay_targets(*announcement_ids)])
    found: dict[int, list[AudienceDelivery]] = {number: [] for number in announcement_ids}
    for one in await _chained(read.deliveries, instead_of):
        found[one.target.announcement_id].append(one)
    return found


class _Read(Struct, frozen=True):
    """The groups of announcements, each as it was delivered, all rows by their package, and what went elsewhere.

    `rows` counts the rows by their states, without repeats. `instead_of` has the package of each group that got it in
    the place of another one, with the one in whose place.
    """

    deliveries: Sequence[AudienceDelivery]
    parts: Mapping[str, tuple[PackagePart, ...]]
    rows: Mapping[State, int]
    instead_of: Mapping[str, str]


_READ: MadeOf[_Read] = MadeOf()


async def _read(announcement_ids: Collection[int]) -> _Read:
    """Put the rows of announcements together: those of a commune once, as long as nobody has changed any of them."""
    numbers = list(announcement_ids)
    parts, groups = await _part_rows(numbers), await store.frozen_rows(numbers)
    if len(parts) < _AT_ONCE and len(groups) < _AT_ONCE:
        return _READ.of((parts, groups), partial(_read_of, parts, groups))
    reading = _Reading()
    while parts:
        reading.take_parts(parts)
        parts = await _part_rows(numbers, reading.behind) if len(parts) == _AT_ONCE else ()
    while groups:
        last = reading.take_groups(groups)
        groups = await store.frozen_rows(numbers, last) if len(groups) == _AT_ONCE else ()
    return reading.read()


def _read_of(parts: Sequence[Sequence[object]], groups: Sequence[Sequence[object]]) -> _Read:
    reading = _Reading()
    reading.take_parts(parts)
    reading.take_groups(groups)
    return reading.read()


class _Reading:
    """A receipt being put together of rows as they come, all parts first. `behind` names the last part."""

    def __init__(self) -> None:
        self.behind: tuple[str, int, int] = _START
        self._parts: dict[str, tuple[PackagePart, ...]] = {}
        self._counts: Counter[State] = Counter()
        self._deliveries: list[AudienceDelivery] = []
        self._instead_of: dict[str, str] = {}

    def take_parts(self, rows: Sequence[Sequence[object]]) -> None:
        found, counts = self._parts, self._counts
        for row_id, package, part, state, reason, decision, resend_of, at in cast("Sequence[_PartColumns]", rows):
            made = PackagePart(row_id, part, _STATES[state], reason, decision, resend_of, moment(at))
            found[package] = (*found.get(package, ()), made)
            counts[made.state] += not resend_of
            self.behind = package, part, row_id

    def take_groups(self, rows: Sequence[Sequence[object]]) -> int:
        """Return the number of the last one."""
        last = 0
        for one in store.frozen(rows):
            package = one.target.package
            self._deliveries.append(_delivery(one, self._parts.get(package, ())))
            if one.instead_of:
                self._instead_of[package] = one.instead_of
            last = one.target.id
        return last

    def read(self) -> _Read:
        return _Read(tuple(self._deliveries), self._parts, self._counts, self._instead_of)


def _frozen_rows(read: _Read, but: Collection[str]) -> Mapping[State, int]:
    """Count the rows that were frozen by their states: those of all packages but a few, without repeats."""
    rows = Counter(read.rows)
    rows.subtract(part.state for package in but for part in read.parts.get(package, ()) if not part.resend_of)
    return {state: count for state, count in rows.items() if count}


def _not_frozen(line: RelayLine, *, first: bool) -> Sequence[str]:
    """Return the packages to a person that were made after the approval; `first`: also the first one was."""
    packages = (*line.earlier, line.package)
    return packages if first else packages[1:]


async def row_of(row_id: int) -> tuple[int, str] | None:
    """Return (announcement, package) of a row of the outbox; None if no announcement has such a row."""
    rows = await asked("select announcement, package from outbox where id = ? and announcement > 0", [row_id])
    return (int(str(rows[0]["announcement"])), str(rows[0]["package"])) if rows else None


def _delivery(one: store.FrozenTarget, parts: tuple[PackagePart, ...]) -> AudienceDelivery:
    counting = _counting(parts)
    seen = [part.seen_as for part in counting] or [_NEVER]
    # Mostly it is one message.
    state, reason = seen[0] if len(seen) == 1 else min(seen, key=lambda one: WORST.index(one[0]))
    at = counting[0].at if len(counting) == 1 else max((part.at for part in counting), default=None)
    return AudienceDelivery(one.target, one.village, one.group, one.purpose == "village", counting, state, reason, at)


async def _detours(read: _Read, packages: Sequence[str]) -> Mapping[str, str]:
    """Map each package to the one in whose place it went, since that one did not reach its group.

    `packages` are those of villages that are told through a person.
    """
    found = dict(read.instead_of)
    async for some in in_turns(packages):
        rows = await rows_of(Detour, f"package in ({marks(len(some))})", some)
        found.update((row.package, row.instead_of) for row in rows)
    return found


async def _chained(
    deliveries: Sequence[AudienceDelivery], instead_of: Mapping[str, str]
) -> tuple[AudienceDelivery, ...]:
    """Return one delivery for each audience: the last group tried, with those before it.

    A confirmation from any counts. They stand where the group stood that was tried first.
    """
    if not instead_of:
        return tuple(deliveries)
    moved = {*instead_of, *instead_of.values()}
    places: dict[str, int] = {}
    found: list[AudienceDelivery | None] = []
    async for some in in_turns(deliveries):
        for one in some:
            package = one.target.package
            if package in moved:
                places[package] = len(found)
            found.append(one)
    for place in places.values():
        found[place] = None
    for package in places.keys() - instead_of.values():
        last, before = deliveries[places[package]], _before(package, instead_of, places, deliveries)
        first = places[before[0].target.package]
        found[first] = replace(last, target=_confirmed(last, before), before=before)
    return tuple([one for one in found if one is not None])


def _before(
    package: str, instead_of: Mapping[str, str], places: Mapping[str, int], deliveries: Sequence[AudienceDelivery]
) -> tuple[AudienceDelivery, ...]:
    """Return the groups that were tried before this package's, the first one first."""
    before: list[AudienceDelivery] = []
    while package in instead_of:
        package = instead_of[package]
        before.insert(0, deliveries[places[package]])
    return tuple(before)


def _confirmed(last: AudienceDelivery, before: Sequence[AudienceDelivery]) -> AnnouncementTarget:
    acked = next((one.target for one in (last, *before) if one.target.ack_at is not None), last.target)
    played = next((one.target for one in (last, *before) if one.target.played_at is not None), last.target)
    return replace(
        last.target, ack_at=acked.ack_at, ack_by=acked.ack_by, played_at=played.played_at, played_by=played.played_by
    )


def _counting(parts: tuple[PackagePart, ...]) -> tuple[PackagePart, ...]:
    """Return of each message and its repeats the one that arrived, else the newest."""
    if len(parts) == 1:
        return parts
    by_number: dict[int, PackagePart] = {}
    for part in parts:
        before = by_number.get(part.number)
        if before is None or before.state != "sent":
            by_number[part.number] = part
    return tuple(by_number.values())


async def _without(
    one: Announcement, reached: Collection[int], on: date
) -> tuple[tuple[Place, ...], tuple[Place, ...]]:
    """Return the chosen villages told in no way: those without a group, and those whose group has removed the bot."""
    if not reached or one.audience.fixed:
        return (), ()
    day = on if one.approved_at is None else local_day(one.approved_at)
    villages = await units.villages(one.commune_id, day)
    missing = [place for place in villages if place.id not in reached and one.audience.has_village(place)]
    if not missing:
        return (), ()
    groups = await channels.of_each([place.id for place in missing], day, purpose="village", active_only=False)
    # The bot may be back by now: it was there before, so it was put out in between.
    known = {place.id for place in missing if any(_was_put_out(group) for group in groups[place.id])}
    return (
        tuple(place for place in missing if place.id not in known),
        tuple(place for place in missing if place.id in known),
    )


def _was_put_out(group: channels.Channel) -> bool:
    return group.active or group.reason == channels.LEFT


async def _part_rows(
    announcement_ids: Sequence[int], behind: tuple[str, int, int] = _START
) -> Sequence[Sequence[object]]:
    """Return the rows of announcements in the outbox behind one of them, a thousand at most."""
    return await Sql(current()).tuples(
        "select id, package, part, state, reason, decision, resend_of, updated_at from outbox"
        f" where announcement in ({marks(len(announcement_ids))}) and (package, part, id) > (?, ?, ?)"
        f" order by package, part, id limit {_AT_ONCE}",
        [*announcement_ids, *behind],
        current(),
    )


_PartColumns = tuple[int, str, int, str, str, str, int, object]
