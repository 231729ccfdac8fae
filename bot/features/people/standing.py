"""The rights of an account as one short text, which differs after each change of them."""

from __future__ import annotations

from bot.storage.sql import asked

# Rows only come to be or end by somebody's doing; that a role runs out by itself is no change that anybody made.
_STANDING = (
    "select a.person_id, (select max(c.id) from consents c where c.account_id = a.id) as said,"
    " (select count(*) from roles r where r.person_id = a.person_id) as given,"
    " (select count(*) from roles r where r.person_id = a.person_id and r.ended_at is not null) as ended"
    " from accounts a where a.platform = ? and a.native_id = ?"
)


async def standing(platform: str, native_id: str) -> str:
    """Return a text that differs after each consent, role, link and end of a role; "" for a stranger.

    Raises StoreUnavailable.
    """
    rows = await asked(_STANDING, [platform, native_id])
    if not rows:
        return ""
    return "/".join(str(rows[0][name] or "") for name in ("person_id", "said", "given", "ended"))
