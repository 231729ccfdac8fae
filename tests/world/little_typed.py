"""Which list a typed number meant, where another one that was asked for came between its typing and its handling.

What somebody writes at once may overtake itself on its way, and be answered slowly: they see the list of what they
asked last, and type a number, while what they asked before is still being answered. The bot has noted that before the
number, and so its list is the last question when the number's turn comes; in a private chat only that one's numbers
count. The bot cannot tell this from a number that was typed ahead, so the truth expects exactly that list's choice.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.core.delivery import seq_answered
from bot.core.events import Chat, TextSent

if TYPE_CHECKING:
    from .little_people import Said
    from .world import World

_LINE = re.compile(r"^(\d{1,2})\. Mục (.+)$", re.MULTILINE)


def as_noted(world: World) -> list[Said]:
    """Return what was said; what must come of a number is of the last list that the bot noted before it."""
    return [_as_noted(world, said) for said in world.said]


def _as_noted(world: World, said: Said) -> Said:
    event = said.update.event
    if not isinstance(event, TextSent) or not event.text.isdecimal() or said.chat.kind != "private":
        return said
    lists = _lists(world, said.chat, event.text)
    seen = next((asked for asked, (choice, _) in lists.items() if said.effects == (choice,)), None)
    typed = world.disk.ask("select seq from inbox where platform = ? and event_id = ?", (said.chat.platform, event.id))
    if seen is None or not typed:
        return said
    last = max((asked for asked in lists if asked < int(typed[0]["seq"])), default=seen)
    choice, stood = lists[last]
    # A list that stood there already when the number was typed would have been chosen from; one that never stood there
    # must not take the number of one that does.
    return said if last == seen or stood < said.at else replace(said, effects=(choice,), answer=f"Đã chọn {choice}.")


def _lists(world: World, chat: Chat, number: str) -> dict[int, tuple[str, float]]:
    """Return each choice that came to stand beside this number and when, by the event that asked for its list."""
    found: dict[int, tuple[str, float]] = {}
    for call in world.vendors[chat.platform].calls:
        asked = seq_answered(call.key)
        choice = dict(_LINE.findall(call.text)).get(number)
        if call.chat == chat and call.taken is not None and asked is not None and choice is not None:
            found[asked] = min(found.get(asked, (choice, call.taken)), (choice, call.taken))
    return found
