"""Buttons under what was heard."""

from __future__ import annotations

from bot.core.actions import Action


class HeardRight(Action, code="ngd"):
    """`note` is the id of what was read back: an older button does not confirm something newer."""

    note: str


class SayAgain(Action, code="ngl"):
    pass


class TypeInstead(Action, code="ngg"):
    pass
