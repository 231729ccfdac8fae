"""The commune's answer to a difficulty, as the group of the village reads it."""

from __future__ import annotations

from collections.abc import Callable

from bot.core.context import Context
from bot.core.text import Text
from bot.features import units
from bot.features.difficulties import difficulties
from bot.features.difficulties.difficulties import STATES, Difficulty
from bot.handlers.kit.forwarding import ForwardKind, WordsForGroup, number_in

FORWARD = "difficulty"


async def answered(one: Difficulty, t: Callable[..., Text], word: Callable[[str], str]) -> Text:
    place = await units.by_id(one.unit_id)
    return t(
        "Xã trả lời khó khăn số {id} của {village}:\n“{text}”\n**{state}**: {response}",
        id=one.id,
        village="" if place is None else place.full_name,
        text=one.text,
        state=word(STATES[one.state]),
        response=one.response,
    )


async def _words(ctx: Context, key: str) -> WordsForGroup | None:
    """Return the answer as it stands now."""
    one = await difficulties.get(number_in(key))
    if one is None or not one.response:
        return None
    return WordsForGroup(one.unit_id, await answered(one, Text.of, str))


KIND = ForwardKind(FORWARD, _words)
