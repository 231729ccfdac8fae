"""Words for the group of a village that takes no bot: a family writes them, who pastes there takes and forwards them.

A family offers the button under a message that it sends anyhow (`offer`), and adds to `hooks.forwards` who writes the
words when the button is pressed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from msgspec import Struct

from bot.core.context import Context
from bot.core.lean import patterns
from bot.core.messages import Button
from bot.core.text import Text
from bot.features.forwarding import villages
from bot.features.forwarding.actions import words_button
from bot.features.people import people
from bot.features.units import Place

from .speaker import account_of

_ID = patterns.compile(r"[1-9][0-9]{0,17}")


class WordsForGroup(Struct, frozen=True):
    """Words for the people of a village: nothing in them is meant for who forwards them. `then` are offered below.

    They stay Vietnamese, whatever the language of the person: they are the village's words, not the bot's.
    """

    unit_id: int
    text: Text
    then: Sequence[Button] = ()


class ForwardKind(Struct, frozen=True):
    """`write(ctx, key)` returns the words about what `key` names, which may be forged; None if there is no such thing.

    Whether the person pastes into the group of that village is checked by the caller.
    """

    name: str
    write: Callable[[Context, str], Awaitable[WordsForGroup | None]]


async def offer(ctx: Context, unit_id: int, kind: str, key: str | int) -> list[Button]:
    """Return the button for who speaks in private and pastes into the group of this village; none for others."""
    pastes = any(place.id == unit_id for place in await own_villages(ctx)) if ctx.private else False
    return [words_button(kind, str(key), ctx.word)] if pastes else []


async def own_villages(ctx: Context) -> Sequence[Place]:
    """Return the villages into whose group the speaker pastes because the bot is not in it."""
    who = await people.who(account_of(ctx), ctx.now)
    return [] if who.person_id is None else await villages.pasted_by(who.person_id, ctx.now)


def number_in(key: str) -> int:
    """Return the id that a key is, which may be forged; 0 is nobody's."""
    return int(key) if _ID.fullmatch(key) else 0
