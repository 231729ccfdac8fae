"""The ground on which the public pages of all families stand."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from msgspec import Struct

from bot.features.commune.settings import Commune

from .offline_page import FindPicture
from .shelf import Shelf


class PageGround(Struct, frozen=True):
    """`unit_of` is the id of a commune, None for one that does not exist now; `picture` finds a file of the guides.

    `home`: the address / is a page like the others, and not the demo's phones.
    """

    shelf: Shelf
    unit_of: Callable[[Commune], Awaitable[int | None]]
    now: Callable[[], datetime]
    picture: FindPicture
    home: bool
