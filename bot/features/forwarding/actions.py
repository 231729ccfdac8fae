"""The button under a message to who pastes into the group of a village."""

from __future__ import annotations

from collections.abc import Callable

from bot.core.actions import Action
from bot.core.messages import Button
from bot.i18n import msg

_LABEL = msg("Lấy tin để chuyển vào nhóm")


class TakeWords(Action, code="fw"):
    """“Lấy tin để chuyển vào nhóm”: the words of `kind` about `key`, in a message of their own."""

    kind: str
    key: str


def words_button(kind: str, key: str, word: Callable[[str], str], label: str = _LABEL) -> Button:
    """Return the offer. Nothing is sent before somebody wants it: many a plan counts each message."""
    return Button.to(word(label), TakeWords(kind, key))
