"""Everybody with a role in the commune: found by name, phone, role or unit, invited, listed as a workbook."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from bot.core.text import fold
from bot.features import rights
from bot.features.rights import roster
from bot.features.rights.roster import RosterEntry
from bot.handlers.kit.pages import DeskPage
from bot.handlers.people.inviting import ShowListed
from bot.i18n import msg
from bot.office.desk.visit import HOME, Answer, Do, No, Sheet, Visit

from .giving import picked, units_of
from .villages import highest_first, people_lines

ADDRESS = "/nguoi"
_PAGE = 50
_MOST_PAGES = 1000
_NOT_SO = msg("Vai trò hay đơn vị này không có trong xã. Mời chọn lại.")


class PeoplePage:
    async def show(self, visit: Visit) -> Answer:
        places = {place.id: place for place in await units_of(visit)}
        entries = highest_first(await roster.of_units(places, visit.now))
        words, role, unit = (visit.query.get(name, "").strip()[:80] for name in ("q", "vai", "noi"))
        there = next((place.id for place in places.values() if place.code == unit), None)
        found = [
            one
            for one in entries
            if _called(one, words) and role in ("", one.role) and (there is None or one.unit_id == there)
        ]
        number = page_of(visit)
        here = found[(number - 1) * _PAGE : number * _PAGE]
        offered = {role for grant in visit.who.grants for role in rights.INVITABLE.get(grant.role, ())}
        return Sheet(
            "people/people.html",
            visit.t("Người giữ vai trò"),
            {
                "lines": await people_lines(visit, here, places),
                "all": len(entries),
                "count": len(found),
                "people": len({one.person_id for one in found}),
                "away": len({one.person_id for one in found if not one.come}),
                "q": words,
                "chosen_role": role,
                "chosen_unit": unit,
                "held": [(code, visit.word(label)) for code, label in rights.ROLES.items() if _is_held(code, entries)],
                "units": [(place.code, place.full_name) for place in places.values()],
                "roles": [
                    (code, visit.word(rights.ROLES[code])) for code in reversed(list(rights.ROLES)) if code in offered
                ],
                "listed": ShowListed(""),
                "number": number,
                "more": len(found) > number * _PAGE,
                "address": f"{HOME}{ADDRESS}?{urlencode({'q': words, 'vai': role, 'noi': unit})}&",
            },
        )

    async def give(self, visit: Visit) -> Answer:
        """Begin an invitation; its code comes in the chat of whoever asked."""
        action = await picked(visit, visit.said("noi"))
        if action is None:
            return No(visit.t(_NOT_SO), 400)
        return Do(action, visit.address, visit.word("Mời người"))

    def page(self) -> DeskPage:
        about = msg("Ai làm gì, ở đâu, gọi số nào. Mời người, cho thôi vai trò, nhập và xuất danh sách.")
        return DeskPage(
            ADDRESS, self.show, self.give, act=rights.Act.INVITE, label=msg("Người"), order=32, about=about
        )  # fmt: skip


def page_of(visit: Visit) -> int:
    """Return the number of the page that is asked for, 1 for anything that is no number."""
    text = visit.query.get("trang", "")
    return min(max(int(text), 1), _MOST_PAGES) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def _called(one: RosterEntry, words: str) -> bool:
    name, digits = fold(one.name), "".join(char for char in words if char.isdigit())
    return all(word in name for word in fold(words).split()) or (len(digits) > 2 and digits in one.phone)


def _is_held(role: str, entries: Sequence[RosterEntry]) -> bool:
    return any(one.role == role for one in entries)
