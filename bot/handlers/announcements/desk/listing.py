"""All announcements of the commune, newest first, with a search; each with its state and how far it has come."""

from __future__ import annotations

from urllib.parse import urlencode

from msgspec import Struct

from bot.features.announcements import store
from bot.features.announcements.model import STATES, Announcement
from bot.features.announcements.receipts import standing
from bot.features.announcements.receipts.standing import AnnouncementStanding
from bot.features.rights import Act
from bot.handlers.kit.pages import DeskPage
from bot.i18n import msg
from bot.office.desk.visit import HOME, Answer, Grade, Sheet, Visit

from . import addresses

_PAGE, _MOST_PAGES, _LONGEST_WORDS = 20, 10_000, 100


class ListedAnnouncement(Struct, frozen=True):
    """A line of the list."""

    one: Announcement
    to: str
    state: str
    grade: Grade
    standing: AnnouncementStanding


class ListPage:
    async def show(self, visit: Visit) -> Answer:
        words = " ".join(visit.query.get("tim", "").split())[:_LONGEST_WORDS]
        state = next((known for known in STATES if known == visit.query.get("tt")), None)
        number = visit.query.get("trang", "")
        page = min(max(int(number), 1), _MOST_PAGES) if number.isdecimal() and len(number) < 9 else 1
        found = await store.listed(
            visit.commune.id, words=words, state=state, start=(page - 1) * _PAGE, limit=_PAGE + 1
        )
        here = found[:_PAGE]
        how_far = await standing.of_each([one.id for one in here if one.rows])
        query = urlencode({name: value for name, value in (("tim", words), ("tt", state or "")) if value})
        return Sheet(
            "announcements/list.html",
            visit.t("Thông báo"),
            {
                "lines": [
                    ListedAnnouncement(
                        one,
                        addresses.of(one),
                        visit.word(STATES[one.state]),
                        addresses.GRADES[one.state],
                        how_far.get(one.id, AnnouncementStanding()),
                    )
                    for one in here
                ],
                "words": words,
                "state": state or "",
                "states": [(name, visit.word(label)) for name, label in STATES.items()],
                "number": page,
                "more": len(found) > _PAGE,
                "address": f"{HOME}{addresses.LIST}?{query}{'&' if query else ''}",
                "new": HOME + addresses.NEW,
            },
        )

    def page(self) -> DeskPage:
        about = msg("Mọi tin của xã: đang soạn, chờ duyệt, đã gửi; bấm vào để xem biên nhận từng thôn.")
        return DeskPage(addresses.LIST, self.show, act=Act.BROADCAST, label=msg("Thông báo"), order=10, about=about)
