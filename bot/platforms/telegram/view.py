"""The bot as Telegram sees it: its name, the webhook that is set, and how Telegram's own calls went."""

from __future__ import annotations

from datetime import datetime

from bot.core.platform import ChatGone, RateLimited, Rejected, TokenRefused, Unreachable, VendorView
from bot.core.text import clean

from .api import Api

TROUBLE_SECONDS = 3600.0
"""Of Telegram's failed calls only those of the last hour count: it keeps the last one until a webhook is set anew."""
WORDS_LIMIT = 200


async def seen_by(api: Api, wanted: str, now: datetime) -> VendorView:
    """Ask who we are and which webhook is set; `wanted` is ours. Raises TokenRefused and Unreachable."""
    try:
        me, hook = await api.me(), await api.hook()
    except Rejected:  # a malformed token makes an address that Telegram does not know
        raise TokenRefused from None
    except (ChatGone, RateLimited) as error:
        raise Unreachable(str(error), maybe_sent=False) from None
    recent = now.timestamp() - hook.last_error_date < TROUBLE_SECONDS
    return VendorView(
        name=f"@{me.username}" if me.username else "",
        hook=hook.url,
        wanted=wanted,
        waiting=hook.pending_update_count,
        trouble=clean(hook.last_error_message)[:WORDS_LIMIT] if recent else "",
        clock=api.clock,
    )
