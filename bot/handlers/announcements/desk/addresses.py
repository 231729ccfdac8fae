"""The addresses of announcements at the desk, and what they name."""

from __future__ import annotations

from collections.abc import Mapping

from bot.features.announcements import store
from bot.features.announcements.model import Announcement, State, number_in
from bot.handlers.announcements.common import may_open
from bot.i18n import msg
from bot.office.desk.visit import HOME, Grade, No, Visit

LIST, NEW, NEW_BESIDE = "/thong-bao", "/thong-bao/soan", "/thong-bao/soan/ben"
ONE = "/thong-bao/{label}"
EDIT, BESIDE, FILES = f"{ONE}/sua", f"{ONE}/ben", f"{ONE}/tep"
LIVE, WORKBOOK, UNCLEAR = f"{ONE}/song", f"{ONE}/bien-nhan", f"{ONE}/chua-ro"

GRADES: Mapping[State, Grade] = {
    "draft": "plan",
    "waiting": "waits",
    "approved": "plan",
    "late": "late",
    "sending": "waits",
    "done": "fine",
    "cancelled": "bad",
    "expired": "late",
}
_NOT_THERE = msg("Xã không có thông báo này.")


def of(one: Announcement, page: str = ONE) -> str:
    """Return the address of a page of an announcement."""
    return HOME + page.format(label=one.label)


async def named(visit: Visit) -> Announcement | No:
    """Return the announcement of one's own commune that the address names, for who writes or approves there."""
    number = number_in(visit.path.get("label", "")[:16])
    one = None if number is None else await store.by_number(visit.commune.id, number)
    if one is None:
        return No(visit.t(_NOT_THERE))
    refusal = await may_open(one, visit.who, visit.now)
    return No(visit.t(refusal), 403, refusal) if refusal else one
