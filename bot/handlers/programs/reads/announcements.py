"""Announcements that somebody has approved, and their receipts: which village has it, and has said so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import Field

from bot.features import units
from bot.features.announcements import store
from bot.features.announcements.model import Announcement, State, number_in
from bot.features.announcements.receipts import standing, villages
from bot.features.announcements.receipts.receipt import receipt
from bot.features.announcements.receipts.standing import AnnouncementStanding
from bot.features.announcements.receipts.villages import VillageReceipt
from bot.features.calendar.vietnam import today
from bot.features.rights import Act
from bot.features.units import Place
from bot.office.api.reading import Answer, ApiRead, Asked, Listed, NotThere, Parameter, Shown

_LABEL = Parameter("label", "The number of the announcement.", "TB-0001", "TB-[0-9]{4,7}", place="path")
_NONE = NotThere("The commune has no approved announcement with this number.")


class ShownAnnouncement(Shown):
    """An announcement as it was approved, and how far it has come."""

    label: str = Field(examples=["TB-0012"])
    title: str = Field(description="Empty where it has none.")
    text: str
    source: str = Field(description="The paper that it goes back to; empty where none was named.")
    urgent: bool
    state: State
    corrects: str | None = Field(description="The label of the announcement that this one corrects or recalls.")
    approved_at: datetime
    not_before: datetime | None = Field(description="When it was meant to leave; null for at once.")
    expires_at: datetime | None
    ended_at: datetime | None = Field(description="When the last message of it was sent or given up.")
    meant: int = Field(description="Groups, and villages told through a person, that it was meant for.")
    reached: int = Field(description="Those of them that have it.")
    confirming: int = Field(description="Villages that were asked to say that they have it.")
    confirmed: int = Field(description="Those of them that have said so.")


class ReceivingVillage(Shown):
    """A village in a receipt."""

    village: str = Field(description="The code of the village.")
    name: str
    way: Literal["group", "relay", "none"] = Field(
        description="In a group with the bot, by a person who passes it on, or by neither."
    )
    told: bool = Field(description="The village has it.")
    unclear: bool = Field(description="Nobody knows whether it arrived; an official decides.")
    confirmed_at: datetime | None
    played_at: datetime | None = Field(description="When it was played over the loudspeaker.")
    also: list[str] = Field(description="Ways in which an official says that it was told besides.")


class ShownReceipt(Shown):
    """The receipt of an announcement, counted from its messages."""

    announcement: str = Field(examples=["TB-0012"])
    state: State
    meant: int
    reached: int
    villages: list[ReceivingVillage]


async def _listed(asked: Asked) -> Answer:
    before = int(asked.cursor) if asked.cursor else None
    found = await store.released(asked.commune.id, before=before, limit=asked.limit + 1)
    some = found[: asked.limit]
    how_far = await standing.of_each([one.id for one in some if one.rows])
    labels = await _labels([one.corrects for one in some])
    shown = [_shown(one, how_far.get(one.id, AnnouncementStanding()), labels) for one in some]
    return Listed(shown, str(some[-1].number) if len(found) > asked.limit else "")


async def _one(asked: Asked) -> Answer:
    one = await _named(asked)
    if one is None:
        return _NONE
    how_far = await standing.of_each([one.id]) if one.rows else {}
    return _shown(one, how_far.get(one.id, AnnouncementStanding()), await _labels([one.corrects]))


async def _receipt(asked: Asked) -> Answer:
    one = await _named(asked)
    found = None if one is None else await receipt(one.id, today(asked.now))
    if one is None or found is None:
        return _NONE
    lines = await villages.of(found)
    places = await units.by_ids({each.unit_id for each in lines})
    return ShownReceipt(
        announcement=one.label,
        state=one.state,
        meant=found.meant,
        reached=found.reached,
        villages=[_line(each, places) for each in lines if each.unit_id in places],
    )


async def _named(asked: Asked) -> Announcement | None:
    number = number_in(asked.value("label"))
    one = None if number is None else await store.by_number(asked.commune.id, number)
    return one if one is not None and one.approved_at is not None else None


async def _labels(ids: list[int]) -> Mapping[int, str]:
    found = [await store.get(number) for number in {*ids} - {0}]
    return {one.id: one.label for one in found if one is not None}


def _shown(one: Announcement, how_far: AnnouncementStanding, labels: Mapping[int, str]) -> ShownAnnouncement:
    return ShownAnnouncement(
        label=one.label,
        title=one.title,
        text=one.text,
        source=one.source,
        urgent=one.urgent,
        state=one.state,
        corrects=labels.get(one.corrects),
        approved_at=one.approved_at or one.updated_at,
        not_before=one.not_before,
        expires_at=one.expires_at,
        ended_at=one.ended_at,
        meant=how_far.meant,
        reached=how_far.reached,
        confirming=how_far.groups.confirming,
        confirmed=how_far.groups.confirmed,
    )


def _line(one: VillageReceipt, places: Mapping[int, Place]) -> ReceivingVillage:
    last = one.groups[-1] if one.groups and one.relayed is None else None
    return ReceivingVillage(
        village=places[one.unit_id].code,
        name=places[one.unit_id].full_name,
        way="relay" if one.relayed is not None else "group" if one.groups else "none",
        told=one.told,
        unclear=last is not None and bool(last.undecided),
        confirmed_at=None if last is None else last.target.ack_at,
        played_at=None if last is None else last.target.played_at,
        also=list(one.also),
    )


def reads() -> list[ApiRead]:
    act, path = Act.BROADCAST, "/announcements/{label}"
    return [
        ApiRead("/announcements", "announcements", "The approved announcements, the newest first.", "announcements",
                act, ShownAnnouncement, _listed),
        ApiRead(path, "announcement", "One approved announcement.", "announcements", act, ShownAnnouncement, _one,
                listed=False, parameters=(_LABEL,)),
        ApiRead(f"{path}/receipt", "receipt", "Which villages have it.", "receipts", act, ShownReceipt, _receipt,
                listed=False, parameters=(_LABEL,)),
    ]  # fmt: skip
