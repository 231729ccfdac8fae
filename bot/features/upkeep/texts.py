"""New texts of guides: sent by an officer, approved by another person as a diff, then shown instead of the file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct
from tortoise.expressions import F

from bot.i18n import msg
from bot.storage.tables.upkeep import GuideText as Row

State = Literal["draft", "waiting", "approved", "refused", "dropped"]
STATES: Mapping[State, str] = {
    "draft": msg("chưa gửi duyệt"),
    "waiting": msg("chờ duyệt"),
    "approved": msg("đã duyệt"),
    "refused": msg("không duyệt"),
    "dropped": msg("đã bỏ"),
}


class NewText(Struct, frozen=True):
    """`base` is the fingerprint of the text that it would replace. `author_id` None is somebody who was erased."""

    id: int
    unit_id: int
    guide: str
    base: str
    text: str
    state: State
    version: int
    reason: str
    author_id: int | None


async def write(unit_id: int, guide: str, base: str, text: str, *, author: int, now: datetime) -> NewText:
    """Store a draft inside the caller's transaction; an older one of the same author for this guide goes."""
    old = Row.filter(guide=guide, author_id=author, state="draft")
    await old.update(state="dropped", version=F("version") + 1)
    row = await Row.create(
        unit_id=unit_id, guide=guide, base=base, text=text, state="draft", author_id=author, created_at=now
    )
    return _new_text(row)


async def get(text_id: int) -> NewText | None:
    row = await Row.get_or_none(id=text_id)
    return None if row is None else _new_text(row)


async def move(one: NewText, to: State, *, by: int | None = None, reason: str = "", now: datetime) -> bool:
    """Move a text to another state, inside the caller's transaction.

    False when it is no more as it was seen: somebody else was faster.
    """
    changed = Row.filter(id=one.id, version=one.version, state=one.state)
    decided = {} if to == "waiting" else {"decider_id": by, "decided_at": now}
    return bool(await changed.update(state=to, reason=reason, version=F("version") + 1, **decided))


async def drafts(guide: str) -> Sequence[NewText]:
    """Return the drafts of a guide, each author's one, the newest first."""
    return [_new_text(row) for row in await Row.filter(guide=guide, state="draft").order_by("-id")]


async def begun(guide: str) -> Sequence[NewText]:
    """Return the drafts of a guide and its texts that wait for approval, the newest first."""
    return [_new_text(row) for row in await Row.filter(guide=guide, state__in=["draft", "waiting"]).order_by("-id")]


async def waiting(guide: str) -> NewText | None:
    """Return the last text of a guide that waits for approval."""
    row = await Row.filter(guide=guide, state="waiting").order_by("-id").first()
    return None if row is None else _new_text(row)


async def bases(guide: str) -> frozenset[str]:
    """Return fingerprints of the texts that approved ones of this guide have replaced."""
    rows = await Row.filter(guide=guide, state="approved").values_list("base", flat=True)
    return frozenset(map(str, rows))


async def all_waiting() -> Sequence[NewText]:
    return [_new_text(row) for row in await Row.filter(state="waiting").order_by("id")]


async def approved() -> Sequence[NewText]:
    """Return, for each guide, the text that holds instead of its file."""
    last = {row.guide: row for row in await Row.filter(state="approved").order_by("decided_at", "id")}
    return [_new_text(row) for row in last.values()]


def _new_text(row: Row) -> NewText:
    unit_id = row.key_of("unit")
    author_id = row.key_or_none("author")
    state: State = next(one for one in STATES if one == row.state)
    return NewText(row.id, unit_id, row.guide, row.base, row.text, state, row.version, row.reason, author_id)
