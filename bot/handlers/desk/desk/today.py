"""The first page, on one A4: what is late, red, unconfirmed, waiting, broken; each line leads to where it is mended."""

from __future__ import annotations

from collections.abc import Sequence

from bot.features.at_once import each
from bot.features.rights.table import ROLES
from bot.handlers.desk.signing_in import SendTodayPicture
from bot.handlers.kit.joints import Hook
from bot.handlers.kit.pages import DeskPage, Today
from bot.i18n import msg
from bot.office.desk.visit import Answer, Sheet, TodayLine, Visit

_GRADES = ("bad", "late", "waits", "plan", "fine")


async def lines_of(families: Hook[Today], visit: Visit) -> Sequence[TodayLine]:
    """Return what all families say of today, the worst first."""
    of_each = await each([family(visit) for family in families])
    return sorted((line for lines in of_each for line in lines), key=lambda line: _GRADES.index(line.grade))


class TodayPage:
    """Join what the families say; `lines` are theirs."""

    def __init__(self, lines: Hook[Today]) -> None:
        self._lines = lines

    async def show(self, visit: Visit) -> Answer:
        found = await lines_of(self._lines, visit)
        roles = [visit.word(ROLES[grant.role]) for grant in visit.who.grants]
        return Sheet(
            "desk/today.html",
            visit.t("Hôm nay ở {place}", place=visit.commune.full_name),
            {"lines": found, "at": visit.now, "roles": ", ".join(dict.fromkeys(roles))},
        )

    def page(self) -> DeskPage:
        return DeskPage("", self.show, label=msg("Hôm nay"), order=0, reaches=(SendTodayPicture.code,))
