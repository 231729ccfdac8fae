"""How far the messages to a person have come, read from their rows in the outbox."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from msgspec import Struct

from bot.core.events import Chat
from bot.features.outbox.detours import is_stuck
from bot.features.outbox.states import WAITING, State
from bot.storage.core_tables.outbox import OutboxRow


class PackageLook(Struct, frozen=True):
    """`at` is when the person had the words, or may have had them; None before.

    `reason` says why they do not have them: the state and reason of the first message. `lost` will not come any more,
    `stuck` not soon. `undecided` are the rows of which nobody knows whether they arrived.
    """

    chat: Chat
    at: datetime | None
    state: State
    reason: str
    lost: bool
    stuck: bool
    undecided: tuple[int, ...]


async def look(packages: Collection[str]) -> Mapping[str, PackageLook]:
    """Return how far each of these packages has come."""
    found: dict[str, list[OutboxRow]] = {package: [] for package in packages}
    if not found:
        return {}
    for row in await OutboxRow.filter(package__in=list(packages)).order_by("part", "id"):
        found[row.package].append(row)
    return {package: _look(rows) for package, rows in found.items() if rows}


def _look(rows: list[OutboxRow]) -> PackageLook:
    words = [row for row in rows if row.part == 1]
    first = next((row for row in words if row.state == "sent"), words[-1])
    on_its_way = any(row.state in (*WAITING, "sending") for row in rows)
    has = first.state in ("sent", "uncertain")
    at = max(row.updated_at for row in rows if row.state in ("sent", "uncertain")) if has else None
    stuck = any(is_stuck(row.state, row.reason) for row in rows)
    return PackageLook(
        chat=Chat(first.platform, first.chat_id, "private"),
        at=None if first.state == "sent" and on_its_way and not stuck else at,
        state=next(state for state in _STATES if state == first.state),
        reason=first.reason,
        lost=first.state in ("failed", "expired", "cancelled"),
        stuck=stuck and not has,
        undecided=tuple(row.id for row in rows if row.state == "uncertain" and not row.decision),
    )


_STATES: tuple[State, ...] = (
    "pending", "held", "leased", "sending", "sent", "failed", "cancelled", "expired", "uncertain",
)  # fmt: skip
