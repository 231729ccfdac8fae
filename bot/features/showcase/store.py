"""Products as they are stored. Every change is one conditional update; False or None means that somebody was first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from bot.features.calendar.vietnam import today
from bot.features.jobs import temporary_files
from bot.features.showcase.tables import Product as Row

from .model import ASKED_BEFORE, SEASON, STATES, TERMS, UNPUBLISHED_FOR, Price, Product, State, product

Value = str | int | bool | datetime | date | None
UNPUBLISHED: tuple[State, ...] = ("draft", "waiting", "returned")


async def write(
    unit_id: int, owner_id: int, name: str, text: str, price: Price, contact: str, *, behalf: bool, now: datetime
) -> Product:
    """Store a draft, inside the caller's transaction; it is hidden until its owner has read it and agreed."""
    row = await Row.create(
        unit_id=unit_id, owner_id=owner_id, behalf=behalf, name=name, text=text, price=price.amount, per=price.per,
        contact=contact, state="draft", changed_at=now,
    )  # fmt: skip
    return product(row)


async def get(product_id: int) -> Product | None:
    row = await Row.get_or_none(id=product_id)
    return None if row is None else product(row)


async def rewrite(one: Product, new: Mapping[str, Value], now: datetime) -> Product | None:
    """Change the words, in whatever state: it is a draft again, to which its owner has not agreed."""
    anew: Mapping[str, Value] = {"agreed_at": None, "terms": "", "reason": "", "ends_on": None}
    moved = await _move(one, tuple(STATES), "draft", {**anew, **new}, now)
    return await get(one.id) if moved else None


async def illustrate(one: Product, photo: str, now: datetime) -> Product | None:
    """Set another photo, "" for none, inside the caller's transaction; the old one goes at the next sweep of files."""
    fresh = await rewrite(one, {"photo": photo}, now)
    if fresh is not None and one.photo:
        await temporary_files.keep(one.photo, now)
    if fresh is not None and photo:
        await temporary_files.settle(photo)
    return fresh


async def hand_in(one: Product, now: datetime) -> bool:
    """Hand it in to the commune: its owner agrees to what was shown."""
    return await _move(one, ("draft",), "waiting", {"agreed_at": now, "terms": TERMS}, now)


async def publish(one: Product, by: int, now: datetime) -> bool:
    shown: Mapping[str, Value] = {"ends_on": today(now) + SEASON, "reason": ""}
    return await _move(one, ("waiting",), "published", {**shown, "reviewer_id": by}, now)


async def give_back(one: Product, reason: str, by: int, now: datetime) -> bool:
    """Give it back: it is not shown, or no longer, until its owner has changed it."""
    gone: Mapping[str, Value] = {"reason": reason, "reviewer_id": by, "ends_on": None}
    return await _move(one, ("waiting", "published"), "returned", gone, now)


async def renew(one: Product, now: datetime) -> bool:
    """Renew it for another season: the words are those that were agreed to and looked at."""
    more: Mapping[str, Value] = {"ends_on": today(now) + SEASON}
    return await _move(one, ("published",), "published", more, now)


async def remove(one: Product, now: datetime) -> bool:
    """Delete the row and the photo, inside the caller's transaction; False if it is no longer as it was seen."""
    gone = bool(await Row.filter(id=one.id, version=one.version).delete())
    if gone and one.photo:
        await temporary_files.keep(one.photo, now)
    return gone


async def of_owner(person_id: int) -> Sequence[Product]:
    return [product(row) for row in await Row.filter(owner_id=person_id).order_by("id")]


async def waiting(unit_ids: Sequence[int]) -> Sequence[Product]:
    """Return the products that an official has to look at, the oldest first."""
    rows = await Row.filter(unit_id__in=list(unit_ids), state="waiting").order_by("changed_at", "id")
    return [product(row) for row in rows]


# For the clock


async def near_end(now: datetime) -> Sequence[Product]:
    """Return the products whose season ends soon."""
    rows = Row.filter(state="published", ends_on__gte=today(now), ends_on__lte=today(now) + ASKED_BEFORE)
    return [product(row) for row in await rows.order_by("id")]


async def over(now: datetime) -> Sequence[Product]:
    """Return the products whose season is over."""
    rows = await Row.filter(state="published", ends_on__lt=today(now)).order_by("id")
    return [product(row) for row in rows]


async def left_lying(now: datetime) -> Sequence[Product]:
    rows = await Row.filter(state__in=list(UNPUBLISHED), changed_at__lt=now - UNPUBLISHED_FOR).order_by("id")
    return [product(row) for row in rows]


async def _move(one: Product, before: Sequence[State], after: State, new: Mapping[str, Value], now: datetime) -> bool:
    held = Row.filter(id=one.id, version=one.version, state__in=list(before))
    return bool(await held.update(**new, state=after, version=one.version + 1, changed_at=now))
