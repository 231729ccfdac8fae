"""A task that anybody of a team may take, as the group of the village reads it."""

from __future__ import annotations

from bot.core.context import Context
from bot.core.text import Text
from bot.features import units
from bot.features.tasks import board
from bot.handlers.kit.forwarding import ForwardKind, WordsForGroup, number_in
from bot.i18n import SOURCE, weekday_date

FORWARD = "task"
_OPEN = "Tổ công nghệ số {village} có việc chờ người nhận: {title}.\nHạn: {due}."
_OUTCOME = "Xong khi: {outcome}"
_WHOM = "Ai nhận được thì nhắn Tổ trưởng."


async def _words(ctx: Context, key: str) -> WordsForGroup | None:
    """Return the task while it waits for somebody."""
    one = await board.get(number_in(key))
    place = None if one is None else await units.by_id(one.unit_id)
    if one is None or place is None or one.state != "open" or one.outside:
        return None
    lines = [Text.of(_OPEN, village=place.full_name, title=one.title, due=weekday_date(one.due_on, SOURCE))]
    if one.outcome:
        lines.append(Text.of(_OUTCOME, outcome=one.outcome))
    return WordsForGroup(place.id, Text.join("\n", [*lines, Text.of(_WHOM)]))


KIND = ForwardKind(FORWARD, _words)
