"""One person: their roles, how to reach them, what they told and do, and what was done to their roles by whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from bot.core.text import Text
from bot.features import audit_reading, rights, units
from bot.features.audit import Audit
from bot.features.audit_reading import AuditEntry, AuditSearch
from bot.features.audit_words import ACTS, READ
from bot.features.people import people
from bot.features.privacy.names import called
from bot.features.rights import roster
from bot.features.rights.roster import PastRole
from bot.features.units import Place
from bot.handlers.kit.joints import Hook
from bot.handlers.kit.pages import DeskPage
from bot.i18n import msg
from bot.office.desk.visit import HOME, Answer, No, OfPerson, Sheet, Visit

from .villages import people_lines

ADDRESS = "/nguoi/{nguoi}"
_GONE = msg("Không có người này trong xã, hoặc dữ liệu của người đó không còn nữa.")
_TAKEN = "role_taken"
_MOST = 50


class _Messenger(Struct, frozen=True):
    name: str
    reachable: bool
    muted: bool


class _Done(Struct, frozen=True):
    """A change of a role of the person: when, which, by whom."""

    at: datetime
    act: str
    by: str


class PersonPage:
    """A person who has or had a role in the commune. `parts` are what families know of them."""

    def __init__(self, audit: Audit, parts: Hook[OfPerson]) -> None:
        self._audit = audit
        self._parts = parts

    async def show(self, visit: Visit) -> Answer:
        number = visit.path.get("nguoi", "")
        person_id = int(number) if number.isascii() and number.isdigit() and len(number) < 16 else 0
        places = {place.id: place for place in [visit.commune, *await units.everything(visit.commune.id)]}
        past = await roster.ever(person_id, places)
        if not past:
            return No(visit.t(_GONE))
        held = [one for one in await roster.of_units(places, visit.now) if one.person_id == person_id]
        name = await people.name_of(person_id) or visit.word("một người")
        reads = await rights.decide(visit.who, rights.Act.READ_AUDIT, visit.commune.id, on=visit.now)
        return Sheet(
            "people/person.html",
            Text.verbatim(name),
            {
                "lines": await people_lines(visit, held, places),
                "phone": held[0].phone if held else "",
                "messengers": [
                    _Messenger(called(one.platform), one.reachable, one.muted) for one in await people.linked(person_id)
                ],
                "ended": [
                    (visit.word(rights.ROLES[one.role]), places[one.unit_id].full_name, one.since, one.until(visit.now))
                    for one in past
                    if one.until(visit.now) is not None
                ],
                "parts": [part for known in self._parts for part in await known(visit, person_id)],
                "done": await self._done(visit, person_id, past, places) if reads.allowed else None,
                "log": f"{HOME}/nhat-ky",
            },
        )

    async def _done(
        self, visit: Visit, person_id: int, past: Sequence[PastRole], places: Mapping[int, Place]
    ) -> Sequence[_Done]:
        """Return what the log has about the roles; that it was read is noted in it, as on the page of the log."""
        taken = await audit_reading.find(AuditSearch(people=[person_id], act=_TAKEN), limit=_MOST)
        subjects = [f"grant:{one.grant_id}" for one in past] + [f"{one.kind}:{one.subject}" for one in taken]
        found = await audit_reading.find(AuditSearch(subjects=subjects), limit=_MOST)
        await self._audit.append_seldom(visit.person_id, READ, f"unit:{visit.commune.id}", visit.now)
        return [
            _Done(one.at, f"{_act(visit, one)}{_about(visit, one, places)}", audit_reading.actor_name(one, visit.word))
            for one in found
        ]

    def page(self) -> DeskPage:
        about = msg("Vai trò, cách liên lạc, việc đã báo và đang làm; ai cho vai trò, ai cho thôi.")
        return DeskPage(ADDRESS, self.show, act=rights.Act.INVITE, about=about)


def _act(visit: Visit, one: AuditEntry) -> str:
    return visit.word(ACTS[one.act]) if one.act in ACTS else one.act


def _about(visit: Visit, one: AuditEntry, places: Mapping[int, Place]) -> str:
    """Return the role and the unit of an entry, as far as it names them."""
    role, unit = one.details.get("role"), one.details.get("unit")
    words = [visit.word(rights.ROLES[str(role)])] if role in rights.ROLES else []
    words += [places[unit].full_name] if isinstance(unit, int) and unit in places else []
    return f": {', '.join(words)}" if words else ""
