"""The acting account, on one platform."""

from __future__ import annotations

from typing import NamedTuple


class Account(NamedTuple):
    """`person` is the platform's own id of the person, as a string."""

    platform: str
    person: str
