"""Buttons under what was heard."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.actions import Action


@dataclass(frozen=True)
class HeardRight(Action, code="ngd"):
    """`note` is the id of what was read back: an older button does not confirm something newer."""

    note: str


@dataclass(frozen=True)
class SayAgain(Action, code="ngl"):
    pass


@dataclass(frozen=True)
class TypeInstead(Action, code="ngg"):
    pass
