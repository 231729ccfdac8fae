"""The public part of the showcase: published products by village, without a word about who wrote them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime

from msgspec import Struct
from tortoise.queryset import QuerySet

from bot.features import units
from bot.features.calendar.vietnam import today
from bot.features.showcase.tables import Product as Row
from bot.features.units import Place

from .model import Product, product


class Stall(Struct, frozen=True):
    """A village with `count` products; `unit_ids` are it and what was merged into it."""

    place: Place
    unit_ids: frozenset[int]
    count: int


async def stalls(commune_id: int, now: datetime) -> Sequence[Stall]:
    """Return the villages of a commune that show something, in natural order."""
    day = today(now)
    villages = await units.villages(commune_id, day)
    parts = await units.parts_of_each([one.id for one in villages], day)
    ids = {one.id: frozenset({one.id, *(part.id for part in parts[one.id])}) for one in villages}
    shown = _shown({unit_id for own in ids.values() for unit_id in own}, now)
    counts = Counter(int(str(unit_id)) for unit_id in await shown.values_list("unit_id", flat=True))
    found = [Stall(one, ids[one.id], sum(counts[unit_id] for unit_id in ids[one.id])) for one in villages]
    return [one for one in found if one.count]


async def products(
    unit_ids: Collection[int], now: datetime, limit: int, before: int | None = None
) -> Sequence[Product]:
    """Return the products of a village, the newest first; with `before` only smaller ids."""
    rows = _shown(unit_ids, now) if before is None else _shown(unit_ids, now).filter(id__lt=before)
    return [product(row) for row in await rows.order_by("-id").limit(limit)]


def _shown(unit_ids: Collection[int], now: datetime) -> QuerySet[Row]:
    """Select products in season: its end holds by itself, whenever the clock comes by."""
    return Row.filter(unit_id__in=list(unit_ids), state="published", ends_on__gte=today(now))
