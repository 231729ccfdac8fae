"""Articles that officials posted to the followers of the official account, as they say.

Such followers live anywhere and nobody knows in which village, so nothing of it counts as a village reached.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from bot.features.announcements import other_channels, store
from bot.features.announcements.model import Announcement
from bot.features.calendar.vietnam import VIETNAM
from bot.storage.prepared import marks, row_of
from bot.storage.tables.announcements import OaBroadcast as Row

WAY = "oa"
"""The code of this way in OTHER_CHANNELS."""
MOST_FOLLOWERS = 9_999_999


class OaBroadcast(Struct, frozen=True):
    """`followers` is how many it went to, as the official read it; None as long as they have not said."""

    followers: int | None
    at: datetime


async def of(announcement_id: int) -> OaBroadcast | None:
    """Return what was said; None if nobody has posted it."""
    row = await row_of(Row, "announcement_id = ?", [announcement_id])
    return None if row is None else OaBroadcast(row.followers, row.at)


async def posted(announcement_id: int, now: datetime) -> bool:
    """Record that it is posted, inside the caller's transaction; False if that was recorded before."""
    _, new = await Row.get_or_create({"at": now}, announcement_id=announcement_id)
    return new


async def went_to(announcement_id: int, followers: int) -> bool:
    """Record how many followers it went to, inside the caller's transaction; False if it was never posted."""
    return bool(await Row.filter(announcement_id=announcement_id).update(followers=followers))


async def take_back(announcement_id: int) -> bool:
    """Forget that it is posted, inside the caller's transaction; False if nobody had said so."""
    return bool(await Row.filter(announcement_id=announcement_id).delete())


async def wanted(one: Announcement) -> bool:
    """Tell whether somebody is to post it: an official chose this way, or posted what it puts right.

    Only what was approved for everybody may be read by everybody.
    """
    if not one.rows or not one.everybody:
        return False
    if WAY in await other_channels.of(one.id):
        return True
    numbers = [each.id for each in await store.chain(one)]
    return await row_of(Row, f"announcement_id in ({marks(len(numbers))})", numbers) is not None


async def count(commune_id: int, now: datetime, *, but: int) -> tuple[int, int]:
    """Return how many articles the commune posted today and in this month, without that of the announcement `but`."""
    today = now.astimezone(VIETNAM).replace(hour=0, minute=0, second=0, microsecond=0)
    rows = Row.filter(announcement__commune_id=commune_id).exclude(announcement_id=but)
    return await rows.filter(at__gte=today).count(), await rows.filter(at__gte=today.replace(day=1)).count()
