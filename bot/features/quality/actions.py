"""The buttons by which officials get to the figures of quality."""

from __future__ import annotations

from bot.core.actions import Action


class ShowOpinions(Action, code="ykx"):
    """How people found it in a whole month, `2026-10`; "" is the last one."""

    month: str


class ShowChecks(Action, code="gm"):
    """The visits that were drawn, to be asked about again."""


class DrawChecks(Action, code="gmd"):
    """Draw until so many wait."""

    count: int


class OpenAbilityCheck(Action, code="gmo"):
    check: int


class NoteCheck(Action, code="gmn"):
    """`result` is able, forgot or absent."""

    check: int
    result: str


class RedoCheck(Action, code="gmr"):
    """Ask again, since the noted result is wrong. `result` is the one that stands there."""

    check: int
    result: str


class ReportChecks(Action, code="gmb"):
    """Begin a report of these results: of a village's code in a quarter, `2026-Q4`."""

    unit: str
    period: str
