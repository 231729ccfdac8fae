"""Rules for broadcasts to the followers of an official account on Zalo, as far as they are said.

Read on 2026-11-28 in public pages of other people, none of which could be checked against the vendor's own, and they
do not all agree. The bot warns by these numbers and refuses nothing because of them.

    an account must be verified; per follower 1 a day, and 1, 4 or 6 a month by the account's package:
        vinasite.com.vn/giai-phap-su-dung-tinh-nang-broadcast (15 February 2023)
    up to five articles, looked through by the vendor for about 30 minutes; how many it went to stands in its history:
        kieuvanduc.com/huong-dan-gui-tin-nhan-broadcast, developers-zns.goby.vn/zalo-follower-api/broadcast-bai-viet
    hours: 6 to 20 in pamarketing.vn/cach-tao-bai-viet-va-gui-tin-nhan-broadcast, 8 to 22 by hearsay
    a title of at most 150 letters, and a picture: a kit of others, npm @warriorteam/redai-zalo-sdk 1.32
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta

from bot.features.calendar.vietnam import VIETNAM

PER_DAY = 1
"""To one follower."""
PER_MONTH: Mapping[str, int] = {"Cơ bản": 1, "Nâng cao": 4, "Premium": 6}
"""To one follower, by the package of the account."""
REVIEW = timedelta(minutes=30)
LONGEST_TITLE = 150
OPENS, CLOSES = time(8), time(20)
"""The hours of a day that all sources allow."""


def open_at(now: datetime) -> bool:
    """Tell whether an article that is posted now is looked through before the end of the hours."""
    local = now.astimezone(VIETNAM)
    return local.time() >= OPENS and (local + REVIEW).time() <= CLOSES and (local + REVIEW).date() == local.date()
