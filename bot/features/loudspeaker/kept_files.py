"""The files that announcements and recordings still need."""

from __future__ import annotations

from bot.features.announcements.writing import leftovers
from bot.features.loudspeaker.tables import Recording
from bot.storage.media import LONGEST_NAME


async def needed(media: str) -> bool:
    """Tell whether an announcement or approved recording still names the file: pages and messages link to it."""
    if await leftovers.needed(media):
        return True
    # A name from before they were shortened fits no recording, and the library refuses to ask for it.
    return len(media) <= LONGEST_NAME and await Recording.exists(media=media, state="approved")
