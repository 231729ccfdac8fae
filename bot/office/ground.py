"""The ground on which the public pages of all families stand."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from bot.features.commune.settings import Commune

from .shelf import Shelf

FindPicture = Callable[[str], Path | None]
"""The path of a picture, by its name in the guides folder (`img/the-can-cuoc.png`); None if it is missing."""


class PageGround(Struct, frozen=True):
    """`unit_of` is the id of a commune, None for one that does not exist now; `picture` finds a file of the guides.

    `home`: the address / is a page like the others, and not the demo's phones.
    """

    shelf: Shelf
    unit_of: Callable[[Commune], Awaitable[int | None]]
    now: Callable[[], datetime]
    picture: FindPicture
    home: bool
