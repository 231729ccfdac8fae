"""One way to change a value of any class: of `dataclasses`, or `msgspec.Struct` outside the core."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import replace as replace  # by this name the type checker knows the fields of both
else:

    def replace(one, /, **changes):
        """Return a copy with these fields changed, as `copy.replace` of Python 3.13 does."""
        made = getattr(type(one), "__replace__", None)
        return dataclasses.replace(one, **changes) if made is None else made(one, **changes)
