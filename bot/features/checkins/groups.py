"""The group of an indicator: one of the three audiences of the commune's guideline, or the team itself.

A commune's own indicator is grouped by its name: one that names no business is about residents.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.features.guides.audiences import ENTERPRISES, HOUSEHOLDS, RESIDENTS
from bot.i18n import msg

from .model import Indicator

TEAM = msg("việc của Tổ và của xã")
_TEAM = frozenset(
    {"TT02", "TT03", "TT04", "TT06", "TC01", "TC02", "TC03", "CQ08", "AT01", "AT02", "VM01", "CL01", "CL02", "CH01"}
)
_NAMED: Mapping[str, tuple[str, ...]] = {
    ENTERPRISES.name: ("doanh nghiệp", "hợp tác xã"),
    HOUSEHOLDS.name: ("kinh doanh", "cơ sở", "gian hàng", "lên sàn", "cam kết chất lượng"),
}
GROUPS = (RESIDENTS.name, HOUSEHOLDS.name, ENTERPRISES.name, TEAM)
"""In the order in which they are shown."""


def by_group(indicators: Sequence[Indicator]) -> Mapping[str, Sequence[Indicator]]:
    """Sort every indicator into one group; groups without any are left out."""
    found = {group: [one for one in indicators if _group(one) == group] for group in GROUPS}
    return {group: those for group, those in found.items() if those}


def _group(one: Indicator) -> str:
    if one.code in _TEAM:
        return TEAM
    label = one.label.lower()
    return next((group for group, words in _NAMED.items() if any(word in label for word in words)), RESIDENTS.name)
