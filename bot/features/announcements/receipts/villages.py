"""A receipt village by village: which way was used, why the next one, and what else was reported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from bot.features.announcements.relays import ways

from .delivery import AudienceDelivery
from .receipt import Receipt
from .relayed import RelayedDelivery


class VillageReceipt(Struct, frozen=True):
    """`groups` are the village's groups that were tried, in their order; the last one has it unless it is `relayed`.

    `removed`: its group had put the bot out. `also` are codes of OTHER_CHANNELS, `left` the ways of people that are
    still open to it, in the village's order.
    """

    unit_id: int
    village: str
    groups: tuple[AudienceDelivery, ...] = ()
    relayed: RelayedDelivery | None = None
    removed: bool = False
    also: Sequence[str] = ()
    left: Sequence[ways.Way] = ()

    @property
    def told(self) -> bool:
        if self.relayed is not None:
            return self.relayed.pasted is not None
        return bool(self.groups) and self.groups[-1].state == "sent"


async def of(found: Receipt) -> Sequence[VillageReceipt]:
    """Return the villages of a receipt: first those that nobody has told in any way, then those told otherwise."""
    known: dict[int, tuple[str, tuple[AudienceDelivery, ...], RelayedDelivery | None, bool]] = {}
    for one in found.deliveries:
        if one.confirms:
            known[one.target.unit_id] = (one.village, (*one.before, one), None, False)
    for each in found.relayed:
        known[each.target.unit_id] = (each.village, each.before, each, False)
    for place in found.without:
        known.setdefault(place.id, (place.full_name, (), None, place.full_name in found.removed))
    order = await ways.of_each(list(known))
    made = [
        VillageReceipt(unit_id, *each, found.also.get(unit_id, ()), _left(unit_id, order, found.also))
        for unit_id, each in known.items()
    ]
    return sorted(made, key=lambda one: (one.told, bool(one.also)))


def _left(
    unit_id: int, order: Mapping[int, Sequence[ways.Way]], also: Mapping[int, Sequence[str]]
) -> Sequence[ways.Way]:
    return [way for way in ways.by_people(order[unit_id]) if way not in also.get(unit_id, ())]
