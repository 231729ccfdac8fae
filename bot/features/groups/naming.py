"""The names of groups for people: the title, else messenger and village, since some messengers tell no titles."""

from __future__ import annotations

from bot.core.platform import with_account
from bot.features.groups.channels import Channel
from bot.storage.tables.places import Channel as Row


def called(platform: str) -> str:
    """Return a messenger's name as people read it."""
    return with_account(platform, lambda vendor: vendor.replace("_", " ").capitalize())


def name_for(title: str, platform: str, unit: str) -> str:
    """Return the name of a group; `unit` as people say it ("thôn Lạc Hiền")."""
    return title or f"Nhóm {called(platform)} {unit}".strip()


async def name_of(group: Channel, unit: str) -> str:
    """Return the same name, numbered if several groups of one unit would be called alike."""
    name = name_for(group.title, group.platform, unit)
    if group.title:
        return name
    alike = Row.filter(platform=group.platform, unit_id=group.unit_id, purpose=group.purpose, title="")
    ids = [row.id for row in await alike.order_by("id").only("id")]
    return name if len(ids) < 2 or group.id not in ids else f"{name} ({ids.index(group.id) + 1})"
