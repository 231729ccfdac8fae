"""Privacy: requests about personal data with their deadlines, erasures that are not finished yet, and what is kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from bot.core.text import Text
from bot.features import audit_reading, rights, units
from bot.features.audit import Audit
from bot.features.audit_reading import AuditSearch
from bot.features.calendar.vietnam import today
from bot.features.privacy import Privacy
from bot.features.privacy_requests import register
from bot.handlers.kit.pages import DeskPage
from bot.i18n import msg, short_date
from bot.office.desk.addresses import number_of
from bot.office.desk.visit import HOME, Answer, Go, No, Sheet, TodayLine, Visit

from .people import page_of

ADDRESS = "/rieng-tu"
ERASED = "data_erased"
DUE = timedelta(hours=1)
"""An erasure is done in minutes, once the last answer has left; after an hour something is wrong."""
NEAR = timedelta(minutes=30)
_PAGE = 30
_NEAR_DUE = timedelta(days=2)


class PrivacyPage:
    """Requests to erase are carried out as they are made; what may be late is the rest: addresses and free space."""

    def __init__(self, privacy: Privacy, audit: Audit) -> None:
        self._privacy = privacy
        self._audit = audit

    async def show(self, visit: Visit) -> Answer:
        return await self._sheet(visit)

    async def take(self, visit: Visit) -> Answer:
        """Note a request that came by word of mouth or on paper, or close one."""
        done, told = True, visit.t("Đã ghi vào sổ.")
        try:
            async with visit.once(HOME + ADDRESS) as first:
                if first and visit.said("so"):
                    told = visit.t("Đã ghi là xong.")
                    done = await register.close(
                        self._audit,
                        visit.commune.id,
                        number_of(visit.said("so")),
                        visit.said("viec"),
                        visit.said("tra-loi"),
                        by=visit.person_id,
                        now=visit.now,
                    )
                elif first:
                    await register.note(
                        self._audit,
                        visit.commune.id,
                        visit.said("loai"),
                        visit.said("ai"),
                        visit.said("loi"),
                        _day(visit.said("ngay")),
                        by=visit.person_id,
                        now=visit.now,
                    )
        except register.RequestRefused as error:
            return await self._sheet(visit, visit.t(str(error)))
        return Go(HOME + ADDRESS, told) if done else No(visit.t("Yêu cầu này không còn chờ."), 409)

    async def _sheet(self, visit: Visit, wrong: Text | None = None) -> Answer:
        number = page_of(visit)
        # Of who was erased no unit is known any more: with several communes nobody sees those of another one.
        alone = await units.only_commune(today(visit.now)) is not None
        search = AuditSearch(act=ERASED)
        done = await audit_reading.find(search, limit=_PAGE + 1, skip=(number - 1) * _PAGE) if alone else []
        return Sheet(
            "people/privacy.html",
            visit.t("Quyền riêng tư"),
            {
                "waiting": [(one, one.is_late(today(visit.now))) for one in await register.waiting(visit.commune.id)],
                "closed": await register.closed(visit.commune.id, _PAGE),
                "kinds": register.KINDS,
                "states": register.STATES,
                "day": today(visit.now),
                "typed": {name: visit.said(name) for name in ("loai", "ai", "loi", "ngay", "so", "tra-loi")},
                "wrong": wrong,
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
            200 if wrong is None else 400,
        )

    async def today(self, visit: Visit) -> Sequence[TodayLine]:
        if not (await rights.decide(visit.who, rights.Act.READ_AUDIT, visit.commune.id, on=visit.now)).allowed:
            return []
        lines, day = list[TodayLine](), today(visit.now)
        erasures = await self._privacy.unfinished()
        if erasures and is_near(erasures[0], visit.now):
            text = visit.t("**{count} yêu cầu xóa dữ liệu** chưa xong.", count=len(erasures))
            lines.append(TodayLine("bad" if erasures[0] + DUE < visit.now else "late", text, HOME + ADDRESS))
        noted = await register.waiting(visit.commune.id)
        late = sum(one.is_late(day) for one in noted)
        if late:
            text = visit.t("**{count} yêu cầu về dữ liệu cá nhân** quá hạn.", count=late)
            lines.append(TodayLine("bad", text, HOME + ADDRESS))
        elif noted:
            text = visit.t("{count} yêu cầu về dữ liệu cá nhân đang làm.", count=len(noted))
            first = visit.t("Hạn gần nhất {day}.", day=short_date(noted[0].due_on, visit.locale))
            near = noted[0].due_on - day <= _NEAR_DUE
            lines.append(TodayLine("late" if near else "waits", text, HOME + ADDRESS, first))
        return lines

    def page(self) -> DeskPage:
        about = msg("Xin bot thì bot xóa ngay. Ai xin bằng lời hay bằng giấy thì ghi vào sổ ở đây để làm đúng hạn.")
        return DeskPage(
            ADDRESS, self.show, self.take, act=rights.Act.READ_AUDIT, label=msg("Quyền riêng tư"), order=84, about=about
        )  # fmt: skip


def _day(words: str) -> date:
    """Return the day that a browser sent; one long ago, which is refused, for anything else."""
    try:
        return date.fromisoformat(words)
    except ValueError:
        return date.min


def is_near(since: datetime, now: datetime) -> bool:
    """Tell whether the time for a request that came at `since` is nearly over."""
    return now >= since + DUE - NEAR
