"""The papers of a meeting that a village's leader called. Loads what writes Word files."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.core.text import fold, upper_first
from bot.features.checkins.periods import VIETNAM
from bot.features.meetings.model import Meeting, Minutes
from bot.features.units import Place
from bot.i18n import number

from . import issuers, letters, wording
from .data import Letterhead


async def invite(one: Meeting, village: Place, commune: Place, chair: str, now: datetime) -> bytes:
    """Giấy mời with the agenda."""
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
    return letters.invitation(head, issuer, [guests], _meeting(one, village, chair), closing=closing)


async def minutes(one: Meeting, said: Minutes, village: Place, commune: Place, chair: str, now: datetime) -> bytes:
    """Biên bản họp, signed by who chaired and who wrote."""
    head = await _head(one, village, commune, chair, "BB", now)
    present = [wording.PRESENT_COUNT.format(count=number(said.present, "vi"))]
    return letters.minutes(
        head, _meeting(one, village, chair), present, said.secretary, said.decisions, questions=said.questions
    )


async def _head(one: Meeting, village: Place, commune: Place, chair: str, symbol: str, now: datetime) -> Letterhead:
    """The team issues its papers under its own symbol. What a village meets about has no number."""
    team = await issuers.of_team(village, commune, now)
    signed = replace(team, authority=("Chủ trì",), signer=chair, addressees=())
    if one.kind == "team":
        return replace(signed, symbol=f"{symbol}-TCNSCĐ", recipients=("Thành viên dự họp", "Lưu: Tổ CNSCĐ"))
    return replace(signed, symbol="", issuer=(f"{village.kind} {village.name}",), recipients=("Lưu: thôn",))


def _meeting(one: Meeting, village: Place, chair: str) -> letters.Meeting:
    """A paper names the kind of meeting, also where its leader said only what it is about."""
    kind = f"họp {wording.TEAM}" if one.kind == "team" else f"họp {village.kind}"
    named = one.subject if fold(one.subject).startswith("hop ") else f"{kind}: {one.subject}"
    return letters.Meeting(named, one.starts_at.astimezone(VIETNAM), one.place, chair or wording.BLANK, one.agenda)
