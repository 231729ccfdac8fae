"""The traffic light of a figure: its distance from the value that its target expects by now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Literal, NamedTuple

from bot.features.calendar.periods import Period
from bot.i18n import msg

from .model import Indicator

Light = Literal["done", "on_track", "behind", "slow", "missing", "untargeted"]
LIGHTS: Mapping[Light, tuple[str, str]] = {
    "done": ("🟢", msg("Hoàn thành")),
    "on_track": ("🟢", msg("Đúng tiến độ")),
    "behind": ("🟡", msg("Cần cố gắng")),
    "slow": ("🔴", msg("Chậm")),
    "missing": ("⚪", msg("Chưa báo cáo")),
    "untargeted": ("", msg("Không giao chỉ tiêu")),
}
"""A sign and words: colour never stands alone. Without a target there is no light, and no sign."""
_ON_TRACK, _BEHIND = Decimal("0.9"), Decimal("0.7")


class IndicatorCell(NamedTuple):
    """One indicator in one village (or a sum of them). None is "not known".

    `carried`: nothing was reported in the period, the value is an earlier one.
    """

    value: Decimal | None = None
    whole: Decimal | None = None
    target: Decimal | None = None
    carried: bool = False
    light: Light = "missing"

    @property
    def reported(self) -> bool:
        return self.value is not None and not self.carried

    @property
    def percent(self) -> Decimal | None:
        """Share of the denominator, in hundredths."""
        return None if self.value is None or not self.whole else self.value * 100 / self.whole


def light(cell: IndicatorCell, indicator: Indicator, of: Period, day: date, *, start: Decimal = Decimal(0)) -> Light:
    """Return the traffic light on a day: reached ÷ expected, where the target is expected linearly from `start`.

    An indicator that should fall is done if it stays at or under the target; nothing else of it is judged.
    """
    return judged(cell.value, cell.whole, cell.target, cell.carried, indicator, of, day, start)


def judged(
    value: Decimal | None,
    whole: Decimal | None,
    target: Decimal | None,
    carried: bool,
    indicator: Indicator,
    of: Period,
    day: date,
    start: Decimal,
) -> Light:
    """Return `light` of what a cell is to hold: a table of a thousand cells makes each of them once."""
    if target is None:
        return "untargeted" if value is not None else "missing"
    reached = value
    if indicator.kind == "ratio":
        reached = None if value is None or not whole else value * 100 / whole
    if reached is None or carried:
        return "missing"
    if indicator.direction == "down":
        return "done" if reached <= target else "slow"
    if reached >= target:
        return "done"
    expected = start + (target - start) * _share(of, day)
    if expected <= 0 or reached / expected >= _ON_TRACK:
        return "on_track"
    return "behind" if reached / expected >= _BEHIND else "slow"


@lru_cache(maxsize=64)
def _share(of: Period, day: date) -> Decimal:
    return Decimal(str(of.share(day)))
