"""The commune's own web chat: one page, one WebSocket, a history that the server keeps.

Options: none. `BOT_WEB_ORIGINS` is a setting of the core.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from bot.core.platform import Platform
from bot.platforms import Kit
from bot.settings import validate

from .adapter import RICH_CAPABILITIES, Web
from .pages import mount_chat
from .phone import Person, Phone
from .words import TITLE

NAME = "web"


class Options(BaseModel, defer_build=True):
    """`BOT_WEB_…`: nothing to set, so that a misspelt name stops the start."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def create(kit: Kit) -> Platform:
    """Create the platform with its routes below `/chat` in `kit.web`; raise SettingsError."""
    validate(Options, kit.options, "BOT_WEB_")
    platform = Web(NAME, {"private": RICH_CAPABILITIES}, kit)
    mount_chat(kit, (Phone("resident", platform, "private", kit.title or kit.words(TITLE), (Person("", ""),), ""),))
    return platform
