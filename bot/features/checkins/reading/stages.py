"""The three stages of an app side by side: people know of it, have it, can use it. Having it alone is no success.

A commune may have an indicator of its own for a stage: one that is called “Biết VNeID” or “Dùng được VNeID” (perhaps
with “Người”, “Hộ” or “Số” before it) stands in that place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, get_args

from msgspec import Struct

from bot.core.text import fold
from bot.features.checkins.model import Indicator
from bot.i18n import msg

Stage = Literal["knows", "has", "uses"]
STAGES: Mapping[Stage, str] = {"knows": msg("Biết đến"), "has": msg("Đã cài, đã có"), "uses": msg("Dùng được")}

_SHIPPED: Mapping[str, Mapping[Stage, str]] = {
    msg("VNeID"): {"knows": "CQ09", "has": "CQ01", "uses": "XH01"},
    msg("Công dân số"): {"knows": "CQ10", "has": "CQ06", "uses": "CQ11"},
    msg("Gian hàng điện tử"): {"knows": "KT09", "has": "KT01", "uses": "KT02"},
    msg("Thanh toán không tiền mặt"): {"knows": "KT10", "has": "KT04", "uses": "KT06"},
}
"""App → what counts a stage of it among the shipped indicators."""
_NAMED: Mapping[Stage, tuple[str, ...]] = {"knows": ("biet", "biet den"), "has": ("cai", "co"), "uses": ("dung duoc",)}
_BEFORE = ("", "nguoi ", "ho ", "so ", "so nguoi ", "so ho ")


class App(Struct, frozen=True):
    """None: nothing counts this stage; `shipped` is the code of what could be switched on for it."""

    name: str
    stages: Mapping[Stage, Indicator | None]
    shipped: Mapping[Stage, str]


def apps(indicators: Sequence[Indicator]) -> Sequence[App]:
    """Return the apps of which at least one stage is counted."""
    by_code = {one.code: one for one in indicators}
    by_label = {fold(one.label): one for one in indicators}
    found = []
    for name, shipped in _SHIPPED.items():
        stages: dict[Stage, Indicator | None] = {}
        for stage in get_args(Stage):
            labels = (f"{before}{word} {fold(name)}" for word in _NAMED[stage] for before in _BEFORE)
            own = next((by_label[label] for label in labels if label in by_label), None)
            stages[stage] = own or by_code.get(shipped[stage])
        if any(stages.values()):
            found.append(App(name, stages, shipped))
    return found
