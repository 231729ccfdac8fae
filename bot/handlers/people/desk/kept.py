"""Privacy: whose erasure is not finished yet and by when it must be, those of the last months, and what is kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.features import audit_reading, rights, units
from bot.features.audit_reading import AuditSearch
from bot.features.calendar.vietnam import today
from bot.features.privacy import Privacy
from bot.handlers.kit.pages import DeskPage
from bot.i18n import msg
from bot.office.desk.visit import HOME, Answer, Sheet, TodayLine, Visit

from .people import page_of

ADDRESS = "/rieng-tu"
ERASED = "data_erased"
DUE = timedelta(hours=1)
"""An erasure is done in minutes, once the last answer has left; after an hour something is wrong."""
NEAR = timedelta(minutes=30)
_PAGE = 30


class PrivacyPage:
    """Requests to erase are carried out as they are made; what may be late is the rest: addresses and free space."""

    def __init__(self, privacy: Privacy) -> None:
        self._privacy = privacy

    async def show(self, visit: Visit) -> Answer:
        number = page_of(visit)
        # Of who was erased no unit is known any more: with several communes nobody sees those of another one.
        alone = await units.only_commune(today(visit.now)) is not None
        search = AuditSearch(act=ERASED)
        done = await audit_reading.find(search, limit=_PAGE + 1, skip=(number - 1) * _PAGE) if alone else []
        return Sheet(
            "people/privacy.html",
            visit.t("Quyền riêng tư"),
            {
                "open": [(at, at + DUE, at + DUE < visit.now) for at in await self._privacy.unfinished()],
                "done": done[:_PAGE],
                "alone": alone,
                "number": number,
                "more": len(done) > _PAGE,
                "address": f"{HOME}{ADDRESS}?",
                "tables": [
                    (visit.word(one.title), visit.word(one.why), visit.word(one.until)) for one in self._privacy.tables
                ],
            },
        )

    async def today(self, visit: Visit) -> Sequence[TodayLine]:
        if not (await rights.decide(visit.who, rights.Act.READ_AUDIT, visit.commune.id, on=visit.now)).allowed:
            return []
        waiting = await self._privacy.unfinished()
        if not waiting or not is_near(waiting[0], visit.now):
            return []
        text = visit.t("**{count} yêu cầu xóa dữ liệu** chưa xong.", count=len(waiting))
        return [TodayLine("bad" if waiting[0] + DUE < visit.now else "late", text, HOME + ADDRESS)]

    def page(self) -> DeskPage:
        about = msg("Ai xin xóa dữ liệu thì bot xóa ngay; ở đây là việc chưa xong, việc đã xong, và bot giữ gì.")
        return DeskPage(
            ADDRESS, self.show, act=rights.Act.READ_AUDIT, label=msg("Quyền riêng tư"), order=84, about=about
        )  # fmt: skip


def is_near(since: datetime, now: datetime) -> bool:
    """Tell whether the time for a request that came at `since` is nearly over."""
    return now >= since + DUE - NEAR
