"""The file that the answers of a form make. Loads what writes Word files, so only the work that draws imports it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from bot.core.lean.values import replace
from bot.features import units
from bot.features.calendar.periods import period
from bot.features.calendar.vietnam import today
from bot.features.checkins import indicators, targets
from bot.features.commune.bases import register
from bot.features.commune.settings import Commune
from bot.features.units import Place

from . import correspondence, issuers
from .correspondence import MeetingDetails
from .data import Letterhead, ReportError
from .founding import FoundingMember, Seller, pledge, team_decision


async def draw(code: str, answers: Mapping[str, str], commune: Place, settings: Commune, now: datetime) -> bytes:
    """Draw the .docx of a form whose questions are answered; a skipped answer is "". Raises ReportError."""
    day = today(now)
    bases = register(settings.bases).cited(code, day)
    province = await units.parent_of(commune.id, day)
    head, name = issuers.of_commune(settings, commune, province), f"{commune.kind} {commune.name}"
    if code == "gm":
        meeting = _meeting(answers)
        head = replace(head, symbol="GM-UBND")
        return correspondence.invitation(head, f"Ủy ban nhân dân {name}", _lines(answers["guests"]), meeting)
    if code == "bb":
        head = replace(head, symbol="BB-UBND", authority=("Chủ trì",), signer="", recipients=head.recipients[-1:])
        present, concluded = _lines(answers["present"]), _lines(answers["conclusions"])
        return correspondence.minutes(head, _meeting(answers), present, answers["secretary"], concluded)
    if code == "cv":
        head = replace(head, symbol=f"UBND-{settings.letterhead.symbol}")
        return await _targets(head, name, answers, commune, day, bases)
    if code == "qd":
        return await _decision(head, name, answers, day, bases)
    head = replace(head, addressees=(f"Ủy ban nhân dân {name}",))
    return pledge(head, name, Seller(business=answers["business"], products=answers["products"]), year=day.year)


def _meeting(answers: Mapping[str, str]) -> MeetingDetails:
    starts = datetime.fromisoformat(answers["starts"])
    return MeetingDetails(
        answers["subject"], starts, answers["place"], answers["chair"], tuple(_lines(answers["agenda"]))
    )


async def _targets(
    head: Letterhead, name: str, answers: Mapping[str, str], commune: Place, day: date, bases: Sequence[str]
) -> bytes:
    of = period(answers["period"])
    villages = await units.villages(commune.id, day)
    goals = await targets.of_period(of.name, [one.id for one in villages])
    titles = {one.id: one.full_name for one in villages}
    rows = []
    for one in await indicators.active():
        by_village = {titles[goal.unit_id]: goal.value for goal in goals if goal.indicator == one.code}
        if by_village:
            rows.append(correspondence.LetterTarget(one.label, "%" if one.kind == "ratio" else one.unit, by_village))
    if not rows:
        raise ReportError(f"Kỳ {of.label} chưa giao chỉ tiêu nào. Bác gõ “chỉ tiêu” để giao trước.")
    teams = tuple(f"Tổ công nghệ số cộng đồng {title}" for title in titles.values())
    head = replace(head, addressees=teams)
    deadline, named = date.fromisoformat(answers["deadline"]), list(titles.values())
    return correspondence.target_letter(head, name, of, deadline, rows, named, bases)


async def _decision(head: Letterhead, name: str, answers: Mapping[str, str], day: date, bases: Sequence[str]) -> bytes:
    village = await units.get(answers["village"])
    if village is None:
        raise ReportError("Không còn đơn vị này.")
    members = []
    for line in _lines(answers["members"]):
        who, position, duty = (part.strip() for part in line.split("-", 2))
        members.append(FoundingMember(who, position, duty))
    recipients = ("Như Điều 4", *head.recipients[-1:])
    head = replace(head, symbol="QĐ-UBND", authority=head.authority[1:], addressees=(), recipients=recipients)
    return team_decision(head, name, f"{village.kind} {village.name}", members, year=day.year, bases=bases)


def _lines(text: str) -> Sequence[str]:
    return [line for line in text.splitlines() if line]
