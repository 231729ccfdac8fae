"""The apps that a visit may have been about, and how many people were helped to which stage of each.

Knowing of an app, having it and being able to use it are told apart: having it alone is no success.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import get_args

from msgspec import Struct

from bot.features.checkins.reading.stages import Stage
from bot.features.visits.tables import VisitStage
from bot.i18n import msg


class VisitApp(Struct, frozen=True):
    """`topic` is the area it belongs to, `signs` are folded words by which a message names it."""

    name: str
    topic: str
    signs: tuple[str, ...]


APPS: Mapping[str, VisitApp] = {
    "vneid": VisitApp(msg("VNeID"), "chinh-quyen-so", ("vneid", "dinh danh")),
    "cong-dan-so": VisitApp(msg("Công dân số"), "chinh-quyen-so", ("cong dan so",)),
    "dich-vu-cong": VisitApp(msg("Cổng Dịch vụ công"), "chinh-quyen-so", ("dich vu cong",)),
    "ban-hang": VisitApp(msg("Gian hàng điện tử"), "kinh-te-so", ("ban hang", "gian hang", "shopee")),
    "thanh-toan": VisitApp(
        msg("Thanh toán không tiền mặt"), "kinh-te-so", ("thanh toan", "ngan hang", "qr", "vi dien tu")
    ),
    "vssid": VisitApp(msg("VssID"), "xa-hoi-so", ("vssid",)),
    "suc-khoe": VisitApp(msg("Sổ sức khỏe điện tử"), "xa-hoi-so", ("so suc khoe",)),
}

Reached = Mapping[str, Mapping[Stage, int]]
"""People helped, by app and stage."""


async def reached_in(unit_ids: Sequence[int], first: date, last: date) -> Reached:
    """Count visits in these units whose stage was said."""
    rows = await VisitStage.filter(
        visit__unit_id__in=list(unit_ids), visit__day__gte=first, visit__day__lte=last
    ).values_list("app", "stage", "visit__people")
    counts: Counter[tuple[str, str]] = Counter()
    for app, stage, people in rows:
        counts[app, stage] += people
    found = {app: {stage: counts[app, stage] for stage in get_args(Stage) if counts[app, stage]} for app in APPS}
    return {app: stages for app, stages in found.items() if stages}
