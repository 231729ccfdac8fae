"""The desk of officials: an act on a page is an event here, and the replies stand on a log that the page shows.

Options: none. The pages are those of `bot.office.desk`; this adapter brings no route.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from bot.core.platform import Platform
from bot.platforms import Kit
from bot.settings import validate

from .adapter import NAME, Desk

__all__ = ["NAME", "Desk", "create"]


class Options(BaseModel, defer_build=True):
    """`BOT_WORKDESK_…`: nothing to set, so that a misspelt name stops the start."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def create(kit: Kit) -> Platform:
    """Create the platform; raise SettingsError for an option."""
    validate(Options, kit.options, "BOT_WORKDESK_")
    return Desk(kit)
