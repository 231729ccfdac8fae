"""Every change of an announcement's row: one conditional UPDATE that names the states it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from bot.storage.announcements import Announcement as Row

from .model import FOLLOWS, Announcement, State

Value = str | int | bool | datetime | None


class ForbiddenMove(Exception):
    """A transition that is not in the table: a bug of the caller."""


async def move(
    one: Announcement,
    to: State,
    now: datetime,
    *,
    only_if: Mapping[str, Value] | None = None,
    another_than: int | None = None,
    **columns: Value,
) -> bool:
    """Bring `one` into another state; False when it is no longer as the caller saw it.

    Nor when `only_if` does not hold, or when person `another_than` is its author. Raises ForbiddenMove. What ends
    without having been sent to anybody lets go of its files.
    """
    check([one.state], to)
    if to in ("cancelled", "expired") and not one.rows:
        columns["attachments"] = "[]"
    held = Row.filter(id=one.id, version=one.version, state=one.state, **(only_if or {}))
    if another_than is not None:
        held = held.exclude(author_id=another_than)
    return bool(await held.update(state=to, version=one.version + 1, updated_at=now, **columns))


def check(before: Iterable[State], after: State) -> None:
    """Raises ForbiddenMove."""
    for state in before:
        if after not in FOLLOWS[state]:
            raise ForbiddenMove(f"{state} -> {after}")
