"""Ways to pass on an announcement outside of the bot: at meetings, from house to house, on paper.

They are notes for those who run the campaign: the approved words do not change, so no approval is withdrawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.i18n import msg
from bot.storage.prepared import rows_of
from bot.storage.tables.announcements import AnnouncementWay as Row

OTHER_CHANNELS: Mapping[str, str] = {
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
FOR_ALL = tuple(way for way in OTHER_CHANNELS if way != "groups")
"""What is noted for the whole commune. Pasting into the villages' own groups is asked of each village's relay."""


async def of(announcement_id: int) -> Sequence[str]:
    """Return the noted codes of WAYS, in the order of WAYS."""
    found = {row.way for row in await rows_of(Row, "announcement_id = ?", [announcement_id])}
    return [way for way in OTHER_CHANNELS if way in found]


async def put(announcement_id: int, way: str, *, on: bool) -> bool:
    """Note or remove a way, inside the caller's transaction; False if nothing changed. `way` is a code of WAYS."""
    if not on:
        return bool(await Row.filter(announcement_id=announcement_id, way=way).delete())
    _, new = await Row.get_or_create(announcement_id=announcement_id, way=way)
    return new
