"""Orphan files of announcements: files taken off again, never sent, or received in vain."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from bot.features.announcements.model import announcement
from bot.features.jobs import temporary_files
from bot.storage.tables.announcements import Announcement

LOOKED_AT_AFTER = timedelta(days=30)
"""So long a file stays in any case: a preview of it may stand in a chat."""


async def look_later(media: str, now: datetime) -> None:
    """Keep the file for the retention of previews; afterwards it is deleted as soon as nothing needs it."""
    await temporary_files.keep(media, now + LOOKED_AT_AFTER)


async def needed(media: str) -> bool:
    """Tell whether an announcement still names the file: pages and messages link to it."""
    return await Announcement.filter(attachments__contains=f'"{media}"').exists()


async def release(rows: Collection[Announcement]) -> None:
    """Release the files of deleted announcements: those that nothing else names are deleted at the next sweep."""
    for row in rows:
        for item in announcement(row).attachments:
            await temporary_files.keep(item.media, row.created_at)
            await temporary_files.drop(item.media, row.created_at)
