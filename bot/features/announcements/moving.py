"""Every change of an announcement's row: one conditional UPDATE that names the states it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from bot.features import happenings
from bot.storage.tables.announcements import Announcement as Row

from .model import FOLLOWS, Announcement, State

Value = str | int | bool | datetime | None


class ForbiddenAnnouncementMove(Exception):
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
    """Move `one` to another state; return False if it is no longer as the caller saw it.

    Also False if `only_if` does not hold, or if person `another_than` is its author. Raises ForbiddenMove. An
    announcement that ends without having been sent to anybody releases its files.
    """
    check([one.state], to)
    if to in ("cancelled", "expired") and not one.rows:
        columns["attachments"] = "[]"
    held = Row.filter(id=one.id, version=one.version, state=one.state, **(only_if or {}))
    if another_than is not None:
        held = held.filter(author_id__not=another_than)  # one without an author included
    moved = bool(await held.update(state=to, version=one.version + 1, updated_at=now, **columns))
    if moved and to == "done":
        await happenings.note(happenings.ANNOUNCEMENT_SENT, [(one.commune_id, str(one.id))], now)
    return moved


def check(before: Iterable[State], after: State) -> None:
    """Check that the states may change so; raises ForbiddenMove."""
    for state in before:
        if after not in FOLLOWS[state]:
            raise ForbiddenAnnouncementMove(f"{state} -> {after}")
