"""Which list a typed number meant, where another one that was asked for came between its typing and its handling.

What somebody writes at once may overtake itself on its way, and be answered slowly: they see the list of what they
asked last, and type a number, while what they asked before is still being answered. The bot has noted that before the
number, and so its list is the last question when the number's turn comes; in a private chat only that one's numbers
count. The bot cannot tell this from a number that was typed ahead, so the truth expects exactly that list's choice. So
it does where the number stood beside a notice whose choices never opened, for its process died in mid-call.

So may a question for words that was asked for after the typing, and was brought before the number when nobody was there
for long: then the number is what was asked for, and what the person then says to that question answers nothing.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.core.delivery import seq_answered
from bot.core.events import Chat, TextSent

if TYPE_CHECKING:
    from .little_people import Said
    from .vendor import Call
    from .world import World

_NUMBER_FOR_NAME = tuple(f"Chào {number}" for number in range(1, 10))
_OPENS_WITHIN = 0.5
"""Seconds from the answer to a call to the commit that opens its choices."""
_LINE = re.compile(r"^(\d{1,2})\. Mục (.+)$", re.MULTILINE)


def as_noted(world: World) -> list[Said]:
    """Return what was said; what must come of a number is of the last list that the bot noted before it."""
    done = [_as_noted(world, said) for said in world.said]
    taken = {one.answer.rpartition(" của ")[2] for one in done if one.answer.startswith(_NUMBER_FOR_NAME)}
    return [
        replace(one, effects=(), answer="")
        if one.answer.startswith("Chào ông ") and one.answer.rpartition(" của ")[2] in taken
        else one
        for one in done
    ]


def _as_noted(world: World, said: Said) -> Said:
    event = said.update.event
    if not isinstance(event, TextSent) or not event.text.isdecimal() or said.chat.kind != "private":
        return said
    lists = _lists(world, said.chat, event.text)
    seen = next((asked for asked, (choice, _) in lists.items() if said.effects == (choice,)), None)
    typed = world.disk.ask("select seq from inbox where platform = ? and event_id = ?", (said.chat.platform, event.id))
    closed = any(effect.startswith("got ") and cut_off(world, effect.removeprefix("got ")) for effect in said.effects)
    if not typed or (seen is None and not closed):
        return said
    if (words := _asked_for_words(world, said, int(typed[0]["seq"]))) is not None:
        token = words.about[1:]
        return replace(said, effects=(f"{token} {event.text}",), answer=f"Chào {event.text} của {token}.")
    last = max((asked for asked in lists if asked < int(typed[0]["seq"])), default=seen)
    if last is None:
        return said
    choice, stood = lists[last]
    # A list that stood there already when the number was typed would have been chosen from; one that never stood there
    # must not take the number of one that does.
    return said if last == seen or stood < said.at else replace(said, effects=(choice,), answer=f"Đã chọn {choice}.")


def _asked_for_words(world: World, number: Said, noted: int) -> Said | None:
    """Return the question for words that was asked for after the number was typed, and noted before it."""
    found = None
    for one in world.said:
        if one.about.startswith("?") and one.chat == number.chat and one.at > number.at:
            rows = world.disk.ask(
                "select seq from inbox where platform = ? and event_id = ?", (one.chat.platform, one.update.event.id)
            )
            found = one if rows and int(rows[0]["seq"]) < noted else found
    return found


def _lists(world: World, chat: Chat, number: str) -> dict[int, tuple[str, float]]:
    """Return each choice that came to stand beside this number and when, by the event that asked for its list."""
    found: dict[int, tuple[str, float]] = {}
    for call in world.vendors[chat.platform].calls:
        asked = seq_answered(call.key)
        choice = dict(_LINE.findall(call.text)).get(number)
        if call.chat == chat and call.taken is not None and asked is not None and choice is not None:
            found[asked] = min(found.get(asked, (choice, call.taken)), (choice, call.taken))
    return found


def cut_off(world: World, token: str) -> bool:
    """Whether this notice was answered before its call was, or the process died meanwhile: its numbers were closed."""
    calls = [call for vendor in world.vendors.values() for call in vendor.calls if f"Tin {token} " in call.text]
    typed = next((said.at for said in world.said if f"got {token}" in said.effects), 0.0)
    return any(
        (call.life in world.deaths and (call.heard is None or not _opened(world, call)))
        or call.heard is None
        or call.heard + _OPENS_WITHIN + world.disk_away(call.heard, typed) > typed
        for call in calls
    )


def _opened(world: World, call: Call) -> bool:
    """Whether there was time to open its choices before the process died; a disk that was away takes it, too."""
    died = world.deaths[call.life]
    return call.heard is not None and died - call.heard > 5.0 + world.disk_away(call.heard, died)
