"""The buttons by which officials get to the figures of quality."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.actions import Action


@dataclass(frozen=True)
class ShowOpinions(Action, code="ykx"):
    """How people found it in a whole month, `2026-10`; "" is the last one."""

    month: str
