"""How a village's team works with its people: each village chooses for itself, and may add a way of its own."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from msgspec import Struct
from tortoise.expressions import Q

from bot.core.text import clean, fold
from bot.features import units
from bot.features.calendar.periods import Period
from bot.features.calendar.vietnam import today
from bot.features.practices.tables import VillageMethod as Row
from bot.features.reports.data import VillageMethods
from bot.i18n import msg
from bot.storage.tables.places import Unit

METHODS: Mapping[str, str] = {
    "den-nha": msg("đến từng nhà"),
    "lop-toi": msg("lớp buổi tối"),
    "ngoai-cho": msg("ngoài chợ"),
    "nha-van-hoa": msg("ở nhà văn hóa"),
    "loa": msg("loa truyền thanh"),
    "nhom-chat": msg("nhóm chat của thôn"),
    "hop-thon": msg("trong buổi họp thôn"),
    "con-chau": msg("nhờ con cháu chỉ cho ông bà"),
    "doan-the": msg("qua các hội, đoàn thể"),
}
"""The methods a village may choose from."""
OWN = "own"
"""The code of the one way that a village adds itself."""
LONGEST_OWN = 60

_SIGNS: Mapping[str, tuple[str, ...]] = {
    "den-nha": ("den nha", "den tung nha", "tung nha", "tai nha", "go cua"),
    "lop-toi": ("lop buoi toi", "lop toi", "buoi toi"),
    "ngoai-cho": ("ngoai cho", "o cho", "tai cho", "cho phien"),
    "nha-van-hoa": ("nha van hoa", "nvh"),
    "loa": ("loa", "truyen thanh"),
    "nhom-chat": ("nhom chat", "nhom cua thon", "nhom thon"),
    "hop-thon": ("hop thon", "buoi hop", "cuoc hop"),
    "con-chau": ("con chau",),
    "doan-the": ("doan the", "hoi phu nu", "hoi nong dan", "cuu chien binh", "doan thanh nien"),
}
_WHOLE = {"cho": "ngoai-cho", "nha": "den-nha", "lop": "lop-toi", "hop": "hop-thon"}
"""Answers so short that inside other words they mean something else."""


class ChosenMethods(Struct, frozen=True):
    """The present methods of a village: codes of METHODS in their order, and its own way, "" for none."""

    codes: tuple[str, ...]
    own: str

    def __bool__(self) -> bool:
        return bool(self.codes or self.own)

    @property
    def labels(self) -> tuple[str, ...]:
        """Vietnamese; the last one, the own, are somebody's words."""
        return (*(METHODS[code] for code in self.codes), *([self.own] if self.own else []))


def method_in(words: str) -> str:
    """Return the code of the method that somebody names, "" for none of the list."""
    answer = fold(words).strip(" .,;:!")
    if answer in _WHOLE:
        return _WHOLE[answer]
    first, *rest = answer.split() or [""]
    if first == "nhom" and len(rest) <= 3:  # by the name of the messenger, which is not known here
        return "nhom-chat"
    return next((code for code, signs in _SIGNS.items() if any(f" {sign} " in f" {answer} " for sign in signs)), "")


def own_of(words: str) -> str:
    """Return a way in a village's own words, ready to be kept; "" when there is nothing, or too much, to keep."""
    plain = " ".join(clean(words).split()).rstrip(" .,;")
    return plain if 0 < len(plain) <= LONGEST_OWN else ""


async def of_village(unit_id: int, on: date) -> ChosenMethods:
    return (await of_each([unit_id], on))[unit_id]


async def of_each(unit_ids: Collection[int], on: date) -> dict[int, ChosenMethods]:
    """Return the methods of villages on a day, by their ids; those of merged parts pass to the village."""
    return await _between(unit_ids, on, on)


async def choose(unit_id: int, code: str, now: datetime, *, on: bool) -> bool:
    """Take up a way of METHODS, or give it up, inside the caller's transaction; False when it is so already."""
    if code not in METHODS:
        return False
    await _alone(unit_id)
    held = Row.filter(unit_id__in=await _parts(unit_id, now), method=code, ended_on__isnull=True)
    if await held.exists() is on:
        return False
    if on:
        await Row.create(unit_id=unit_id, method=code, since=today(now))
    else:
        await _end(unit_id, code, now)
    return True


async def set_own(unit_id: int, words: str, now: datetime) -> bool:
    """Put a way of the village's own in the place of the last one; "" takes it away. False when it is so already."""
    await _alone(unit_id)
    if (await of_village(unit_id, today(now))).own == words:
        return False
    await _end(unit_id, OWN, now)
    if words:
        await Row.create(unit_id=unit_id, method=OWN, own=words, since=today(now))
    return True


async def for_report(villages: Mapping[int, str], of: Period) -> Sequence[VillageMethods]:
    """Return the methods of villages in a period, by the names under which a report knows them, in that order."""
    found = await _between(list(villages), of.first, of.last)
    return [
        VillageMethods(name, tuple(METHODS[code] for code in found[unit_id].codes), found[unit_id].own)
        for unit_id, name in villages.items()
        if found[unit_id]
    ]


async def _between(unit_ids: Collection[int], first: date, last: date) -> dict[int, ChosenMethods]:
    parts = await units.parts_of_each(unit_ids, last)
    owner = {part.id: unit_id for unit_id, gone in parts.items() for part in gone} | {one: one for one in unit_ids}
    still = Q(ended_on__isnull=True) | Q(ended_on__gt=first)
    codes: dict[int, set[str]] = {unit_id: set() for unit_id in unit_ids}
    own: dict[int, str] = dict.fromkeys(unit_ids, "")
    for row in await Row.filter(still, unit_id__in=list(owner), since__lte=last).order_by("id"):
        unit_id = owner[row.key_of("unit")]
        if row.method == OWN:
            own[unit_id] = row.own
        else:
            codes[unit_id].add(row.method)
    return {
        unit_id: ChosenMethods(tuple(code for code in METHODS if code in codes[unit_id]), own[unit_id])
        for unit_id in unit_ids
    }  # fmt: skip


async def _end(unit_id: int, code: str, now: datetime) -> None:
    """End a method. One chosen today and given up today was never done."""
    held = Row.filter(unit_id__in=await _parts(unit_id, now), method=code, ended_on__isnull=True)
    await held.filter(since=today(now)).delete()
    await held.update(ended_on=today(now))


async def _parts(unit_id: int, now: datetime) -> list[int]:
    return [unit_id, *(part.id for part in await units.merged_parts(unit_id, today(now)))]


async def _alone(unit_id: int) -> None:
    """Lock the village: of two who choose at the same moment the second waits and then sees the first one's choice."""
    await Unit.filter(id=unit_id).select_for_update().first()
