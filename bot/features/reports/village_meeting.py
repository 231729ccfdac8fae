"""The papers of a meeting that a village's leader called. Loads what writes Word files."""

from __future__ import annotations

from datetime import datetime

from bot.core.lean.values import replace
from bot.core.text import fold, upper_first
from bot.features.calendar.vietnam import VIETNAM
from bot.features.meetings.model import Meeting, Minutes
from bot.features.units import Place
from bot.i18n import number

from . import correspondence, issuers, wording
from .data import Letterhead


async def invite(one: Meeting, village: Place, commune: Place, chair: str, now: datetime) -> bytes:
    """Write an invitation (Giấy mời) with the agenda."""
    head = await _head(one, village, commune, chair, "GM", now)
    name = f"{village.kind} {village.name}"
    closing = wording.INVITATION_CLOSING
    if one.kind == "team":
        head = replace(head, recipients=("Như trên", "Lưu: Tổ CNSCĐ"))
        issuer, guests = f"{wording.TEAM} {name}", f"Thành viên {wording.TEAM} {name}"
    else:
        head = replace(head, recipients=("Như trên",))
        issuer, guests = upper_first(name), f"Bà con {name}"
        closing = wording.INVITATION_CLOSING_VILLAGE
    return correspondence.invitation(head, issuer, [guests], _meeting(one, village, chair), closing=closing)


async def minutes(one: Meeting, content: Minutes, village: Place, commune: Place, chair: str, now: datetime) -> bytes:
    """Write the minutes (Biên bản họp), signed by chair and secretary."""
    head = await _head(one, village, commune, chair, "BB", now)
    present = [wording.PRESENT_COUNT.format(count=number(content.present, "vi"))]
    return correspondence.minutes(
        head, _meeting(one, village, chair), present, content.secretary, content.decisions, questions=content.questions
    )


async def _head(one: Meeting, village: Place, commune: Place, chair: str, symbol: str, now: datetime) -> Letterhead:
    """Return the letterhead: the team's papers bear its own symbol, those of a village meeting have no number."""
    team = await issuers.of_team(village, commune, now)
    signed = replace(team, authority=("Chủ trì",), signer=chair, addressees=())
    if one.kind == "team":
        return replace(signed, symbol=f"{symbol}-TCNSCĐ", recipients=("Thành viên dự họp", "Lưu: Tổ CNSCĐ"))
    return replace(signed, symbol="", issuer=(f"{village.kind} {village.name}",), recipients=("Lưu: thôn",))


def _meeting(one: Meeting, village: Place, chair: str) -> correspondence.MeetingDetails:
    """Return the meeting for a paper, which names its kind, also where its leader gave only the subject."""
    kind = f"họp {wording.TEAM}" if one.kind == "team" else f"họp {village.kind}"
    named = one.subject if fold(one.subject).startswith("hop ") else f"{kind}: {one.subject}"
    return correspondence.MeetingDetails(
        named, one.starts_at.astimezone(VIETNAM), one.place, chair or wording.BLANK, one.agenda
    )
