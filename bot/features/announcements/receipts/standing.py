"""How far several announcements have come, for lists: the counts of their receipts, with a handful of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from msgspec import Struct

from bot.features import units
from bot.features.announcements.relays.model import BY_PHONE, asks_of, pasted
from bot.features.announcements.relays.model import targets as relay_targets
from bot.storage.sql import Row, asked
from bot.storage.tables.announcements import VillageTold

from .delivery import AudienceDelivery
from .receipt import deliveries_of

_MARK = (
    "select (select version from announcements where id = ?) as version,"
    " (select count(*) from outbox where announcement = ?) as rows_written,"
    " (select max(updated_at) from outbox where announcement = ?) as row_at,"
    " (select count(ack_at) + count(played_at) from announcement_targets where announcement_id = ?) as confirmed,"
    " (select max(a.answered_at) from relay_asks a join relay_targets t on t.id = a.target_id"
    " where t.announcement_id = ?) as answered_at,"
    " (select count(*) from relay_asks a join relay_targets t on t.id = a.target_id"
    " where t.announcement_id = ? and a.proof <> '') as proofs,"
    " (select sum(steps) from relay_targets where announcement_id = ?) as steps,"
    " (select count(*) from village_told where announcement_id = ?) as told,"
    " (select count(*) from announcement_ways where announcement_id = ?) as ways,"
    " (select max(at) from oa_broadcasts where announcement_id = ?) as posted_at"
)


_ALL_ARRIVED = (
    "select announcement, count(distinct package) as packages from outbox"
    " where announcement in ({ids}) and chat_kind = 'group' group by announcement"
    " having sum(case when state <> 'sent' or package in (select package from detours) then 1 else 0 end) = 0"
)
_GROUPS = (
    "select t.announcement_id, count(*) as meant, count(t.ack_at) as confirmed,"
    " sum(case when c.purpose = 'village' then 1 else 0 end) as confirming"
    " from announcement_targets t join channels c on c.id = t.channel_id"
    " where t.announcement_id in ({ids}) group by t.announcement_id"
)
_SILENT = (
    "select t.announcement_id, t.unit_id from announcement_targets t join channels c on c.id = t.channel_id"
    " where t.announcement_id in ({ids}) and t.ack_at is null and c.purpose = 'village' order by t.id"
)


class GroupsStanding(Struct, frozen=True):
    """How far it has come in groups: `silent` are villages that have it and have not confirmed it."""

    meant: int = 0
    reached: int = 0
    confirming: int = 0
    confirmed: int = 0
    silent: Sequence[str] = ()
    undecided: int = 0


class AnnouncementStanding(Struct, frozen=True):
    """`pasted` of the `relayed` villages were told through a person; `to_call` of them are told by nobody who is not
    called.
    """

    groups: GroupsStanding = GroupsStanding()
    relayed: int = 0
    pasted: int = 0
    to_call: int = 0

    @property
    def meant(self) -> int:
        return self.groups.meant + self.relayed

    @property
    def reached(self) -> int:
        return self.groups.reached + self.pasted


async def of_each(announcement_ids: Collection[int]) -> Mapping[int, AnnouncementStanding]:
    """Return the standing of each of these announcements."""
    arrived = await _arrived(announcement_ids)
    others = await deliveries_of([number for number in announcement_ids if number not in arrived])
    groups = {**arrived, **{number: _counted(found) for number, found in others.items()}}
    villages = await relay_targets(*announcement_ids)
    asks = await asks_of([to.id for to in villages])
    told = {
        (row.key_of("announcement"), row.key_of("unit"))
        for row in await VillageTold.filter(announcement_id__in=list(announcement_ids))
    }
    found: dict[int, AnnouncementStanding] = {}
    for number in announcement_ids:
        own = [to for to in villages if to.announcement_id == number]
        missing = [to for to in own if pasted(asks[to.id]) is None]
        calls = [to for to in missing if to.steps >= BY_PHONE and (number, to.unit_id) not in told]
        found[number] = AnnouncementStanding(groups[number], len(own), len(own) - len(missing), len(calls))
    return found


def _counted(deliveries: Sequence[AudienceDelivery]) -> GroupsStanding:
    return GroupsStanding(
        meant=len(deliveries),
        reached=sum(one.state == "sent" for one in deliveries),
        confirming=sum(one.confirms for one in deliveries),
        confirmed=sum(one.target.ack_at is not None for one in deliveries),
        silent=[one.village for one in deliveries if one.silent],
        undecided=sum(len(one.undecided) for one in deliveries),
    )


async def _arrived(announcement_ids: Collection[int]) -> Mapping[int, GroupsStanding]:
    """Return those of which every message arrived where it was meant to: most, and the database counts them."""
    packages = await _by_number(_ALL_ARRIVED, announcement_ids)
    groups = await _by_number(_GROUPS, packages)
    # A group without a message of its own was called off.
    whole = {number: row for number, row in groups.items() if row["meant"] == packages[number]["packages"]}
    rows = await asked(_SILENT.format(ids=_marks(whole)), list(whole)) if whole else []
    places = await units.by_ids({int(str(row["unit_id"])) for row in rows})
    silent: defaultdict[int, list[str]] = defaultdict(list)
    for row in rows:
        silent[int(str(row["announcement_id"]))].append(places[int(str(row["unit_id"]))].full_name)
    return {
        number: GroupsStanding(
            meant := int(str(row["meant"])), meant, int(str(row["confirming"])), int(str(row["confirmed"])),
            silent[number],
        )
        for number, row in whole.items()
    }  # fmt: skip


async def _by_number(statement: str, announcement_ids: Collection[int]) -> Mapping[int, Row]:
    """Return a row for each announcement; its number comes first."""
    if not announcement_ids:
        return {}
    rows = await asked(statement.format(ids=_marks(announcement_ids)), list(announcement_ids))
    return {int(str(next(iter(row.values())))): row for row in rows}


def _marks(values: Collection[int]) -> str:
    return ", ".join("?" * len(values))


async def mark(announcement_id: int) -> str:
    """Return a text that is another one whenever the receipt may be: one statement, for who watches it."""
    rows = await asked(_MARK, [announcement_id] * _MARK.count("?"))
    return "|".join(str(value) for value in rows[0].values())
