"""Whether somebody who writes much is at work: presses of an official are not a flood."""

from __future__ import annotations

from datetime import datetime

from bot.features.people import people
from bot.features.people.accounts import Account

from .table import OBSERVER, RESIDENT


async def is_at_work(account: Account, now: datetime) -> bool:
    """Tell whether the person has a role with which one works for others."""
    who = await people.who(account, now)
    return any(grant.role not in (RESIDENT, OBSERVER) for grant in who.grants)
