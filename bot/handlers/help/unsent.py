"""A request for help that is not sent yet: its words are kept from question to question, and through a restart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from bot.core.actions import Action, Codec, UnknownAction
from bot.core.context import Context
from bot.core.small_words import NO, READY, YES, without_courtesy
from bot.core.text import Text
from bot.features.help.actions import MATTER, AskFromUnit, AskPerson, AskWithDevice
from bot.features.help.requests import LONGEST_TEXT
from bot.handlers.people.privacy import Agree

from .own_requests import FLOW

TOPIC = "giup"
"""What consent to a request is called."""
CONSENT, PLACE, PHONE = "dongy", "noi", "may"
"""The questions, as steps of the flow."""
_QUESTIONS = frozenset({CONSENT, PLACE, PHONE})
_LONGEST_QUOTE = 200
_CODEC = Codec((AskPerson, AskFromUnit, AskWithDevice, Agree))


class Unsent(Struct, frozen=True):
    """Hold the step of a guide asked about (both "" for a question of one's own), and the words about it so far.

    `unit` is known from the question of the phone on; `again`: that was asked a second time.
    """

    question: str
    guide: str
    step: str
    words: str
    unit: str
    again: bool


def unsent(ctx: Context) -> Unsent | None:
    flow = ctx.flow
    if flow is None or flow.name != FLOW or flow.step not in _QUESTIONS:
        return None
    data = flow.data
    return Unsent(flow.step, data["guide"], data["step"], data["words"], data.get("unit", ""), "again" in data)


def words_about(ctx: Context, guide: str) -> str:
    """Return the words said for a request about this guide."""
    one = unsent(ctx)
    return one.words if one is not None and one.guide == guide else ""


def ask(ctx: Context, question: str, guide: str, step: str, words: str, *, unit: str = "", again: bool = False) -> None:
    """Keep what is known while a question is asked: words typed there are more of the request."""
    data = {"guide": guide, "step": step, "words": words, "unit": unit}
    ctx.wait_for(FLOW, question, {**data, "again": "1"} if again else data)


def drop(ctx: Context) -> None:
    """Drop the request that was to be sent."""
    if unsent(ctx) is not None:
        ctx.leave_flow()


def with_more(words: str, more: str) -> str:
    """Append new words to those so far; a number or a small word is no part of a request."""
    more = " ".join(more.split())
    says_nothing = not any(char.isalpha() for char in more) or without_courtesy(more) in YES | NO | READY
    return words if says_nothing else f"{words}\n{more}".strip()[:LONGEST_TEXT]


def rewritten(words: str, changed: str) -> str:
    """Replace the part that was edited afterwards: the one that is most like the new words."""
    from difflib import SequenceMatcher

    parts = words.split("\n")
    new = " ".join(changed.split())
    at = max(range(len(parts)), key=lambda one: SequenceMatcher(None, parts[one], new).ratio())
    return "\n".join([*parts[:at], new, *parts[at + 1 :]])[:LONGEST_TEXT]


def quoted(ctx: Context, words: str) -> list[Text]:
    """Quote the words to be sent, above the next question."""
    if not words:
        return []
    shown = " ".join(words.split())
    shown = shown if len(shown) <= _LONGEST_QUOTE else f"{shown[:_LONGEST_QUOTE].rstrip()}…"
    return [ctx.t("Lời bác nhờ: “{words}”. Bác không nhờ nữa thì gõ “hủy”.", words=shown)]


def is_asked(ctx: Context) -> bool:
    """Return whether the question is still open: something else may have been asked since."""
    actions = _open_actions(ctx)
    return any(
        isinstance(one, AskFromUnit | AskWithDevice) or (isinstance(one, Agree) and one.topic == TOPIC)
        for one in actions
    )


def stuck_at(ctx: Context) -> AskPerson | None:
    """Return the step at which help is offered now, unless something else waits for words."""
    return next((one for one in _offered(ctx) if one.guide), None)


def is_asked_for_matter(ctx: Context) -> bool:
    """Return whether a person stuck in no guide was asked what it is about, and nothing else waits for words."""
    return AskPerson("", MATTER) in _offered(ctx)


def _offered(ctx: Context) -> Sequence[AskPerson]:
    if not ctx.private or (ctx.flow is not None and unsent(ctx) is None):
        return ()
    return [one for one in _open_actions(ctx) if isinstance(one, AskPerson)]


def _open_actions(ctx: Context) -> Iterable[Action]:
    for item in reversed(ctx.session.lists):
        for button in item.buttons:
            try:
                yield _CODEC.unpack(button.data)
            except UnknownAction:
                continue
