"""One's own roles, the browsers in which one's desk is open, and closing it."""

from __future__ import annotations

from bot.features.desk.sessions import DeskSessions
from bot.features.rights.table import ROLES
from bot.features.units import by_ids
from bot.handlers.desk.signing_in import EndSession
from bot.handlers.kit.pages import DeskPage
from bot.i18n import msg
from bot.office.desk.addresses import number_of
from bot.office.desk.visit import HOME, Answer, Go, Sheet, Visit

ADDRESS = "/toi"


class SessionsPage:
    def __init__(self, sessions: DeskSessions) -> None:
        self._sessions = sessions

    async def show(self, visit: Visit) -> Answer:
        places = await by_ids({grant.unit_id for grant in visit.who.grants if grant.unit_id is not None})
        roles = [
            (visit.word(ROLES[grant.role]), places[grant.unit_id].full_name if grant.unit_id in places else "")
            for grant in visit.who.grants
        ]
        shows = {"sessions": await self._sessions.open_of(visit.person_id), "roles": roles}
        return Sheet("desk/sessions.html", visit.t("{name}", name=visit.who.name), shows)

    async def end(self, visit: Visit) -> Answer:
        number = visit.said("phien")
        count = await self._sessions.end(visit.person_id, number_of(number) if number else None)
        return Go(HOME + ADDRESS, visit.t("Đã đóng {count} bàn làm việc.", count=count))

    def page(self) -> DeskPage:
        about = msg("Vai trò của bác, và những máy đang mở bàn làm việc bằng tên bác.")
        return DeskPage(ADDRESS, self.show, self.end, about=about, reaches=(EndSession.code,))
