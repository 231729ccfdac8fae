"""The ground on which the public pages of all families stand."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from bot.features.commune.settings import Commune

from .offline_page import FindPicture
from .shelf import Shelf


@dataclass(frozen=True)
class PageGround:
    """`unit_of` is the id of a commune, None for one that does not exist now; `picture` finds a file of the guides.

    `home`: the address / is a page like the others, and not the demo's phones.
    """

    shelf: Shelf
    unit_of: Callable[[Commune], Awaitable[int | None]]
    now: Callable[[], datetime]
    picture: FindPicture
    home: bool
