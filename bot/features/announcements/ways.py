"""How an announcement is passed on outside of the bot: at meetings, from house to house, on paper.

It is for who runs the campaign: the words that were approved do not change by it, so no approval is taken back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.i18n import msg
from bot.storage.announcements import AnnouncementWay as Row

WAYS: Mapping[str, str] = {
    "meeting": msg("họp thôn"),
    "speaker": msg("loa truyền thanh"),
    "visit": msg("đến nhà"),
    "leaflet": msg("tờ rơi"),
    "groups": msg("nhóm của thôn ngoài bot"),
    "oa": msg("trang OA của xã"),
    "site": msg("trang thông tin của xã"),
}
OF_VILLAGE = ("meeting", "speaker", "visit", "leaflet", "groups")
"""What only the village's own people can do, so they are asked to."""


async def of(announcement_id: int) -> Sequence[str]:
    """Codes of WAYS, in their order."""
    found = {row.way for row in await Row.filter(announcement_id=announcement_id)}
    return [way for way in WAYS if way in found]


async def put(announcement_id: int, way: str, *, on: bool) -> bool:
    """Inside the caller's transaction; False when it was so already. `way` is a code of WAYS."""
    if not on:
        return bool(await Row.filter(announcement_id=announcement_id, way=way).delete())
    _, new = await Row.get_or_create(announcement_id=announcement_id, way=way)
    return new
