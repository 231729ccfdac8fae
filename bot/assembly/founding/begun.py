"""Whether an installation has to be set up: all that a start asks of the founding, which it else does without."""

from __future__ import annotations

from collections.abc import Mapping

from bot.features.commune import settings as commune
from bot.features.founding.kept import KEPT
from bot.framework.installation import DATABASE
from bot.settings import Settings


def is_new(settings: Settings, environ: Mapping[str, str]) -> bool:
    """Tell whether nobody has set this installation up: no messenger is named, and no commune, data or answers kept."""
    if "BOT_PLATFORMS" in environ or settings.database_url is not None:
        return False
    folder = settings.data_dir
    begun = (folder / KEPT).exists()
    return begun or not ((folder / commune.FILE).exists() or (folder / DATABASE).exists())
