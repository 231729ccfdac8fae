"""Whether somebody may join a place through a bot: one that belongs to a commune lets nobody into another one."""

from __future__ import annotations

from bot.features import units
from bot.features.outbox.homes import Homes
from bot.i18n import msg

ELSEWHERE = msg(
    "Mã này là của nơi khác, ở đây tôi chỉ lo việc của {commune}. Bác dùng mã trên bot của nơi ấy; mã vẫn còn."
)


async def refusing(homes: Homes, platform: str, unit_id: int) -> str | None:
    """Return the name of the only commune that a bot serves, where the unit does not lie in it; None where it may."""
    home = homes.get(platform)
    if home is None or unit_id == home.unit_id or await units.is_inside(unit_id, home.unit_id):
        return None
    commune = await units.by_id(home.unit_id)
    return home.code if commune is None else commune.full_name
