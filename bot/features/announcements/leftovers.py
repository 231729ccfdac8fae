"""Files of announcements that nobody needs any more: taken off again, never sent, or come in vain."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from bot.features import passing
from bot.storage.announcements import Announcement
from bot.storage.loudspeaker import Recording
from bot.storage.media import LONGEST_NAME

from .model import announcement

LOOKED_AT_AFTER = timedelta(days=30)
"""So long a file stays in any case: a preview of it may stand in a chat."""


async def look_later(media: str, now: datetime) -> None:
    """From then on the file goes when nothing needs it."""
    await passing.keep(media, now + LOOKED_AT_AFTER)


async def needed(media: str) -> bool:
    """Whether an announcement or an approved recording still names the file; their pages and messages lead to it."""
    attached = Announcement.filter(attachments__contains=f'"{media}"')
    if await attached.exists():
        return True
    # A name from before they were shortened fits no recording, and the library refuses to ask for it.
    return len(media) <= LONGEST_NAME and await Recording.exists(media=media, state="approved")


async def release(rows: Collection[Announcement]) -> None:
    """These announcements are deleted: the files that only they name go at the next sweep of files."""
    for row in rows:
        for item in announcement(row).attachments:
            await passing.keep(item.media, row.created_at)
            await passing.drop(item.media, row.created_at)
