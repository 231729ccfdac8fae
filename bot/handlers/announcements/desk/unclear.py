"""Messages of an announcement that may have arrived or not, decided all at once or group by group."""

from __future__ import annotations

from bot.core.text import Text, upper_first
from bot.features.announcements.receipts.actions import OpenIncident
from bot.features.announcements.receipts.incidents import Incident, incidents
from bot.features.announcements.receipts.receipt import receipt
from bot.features.calendar.vietnam import today
from bot.features.rights import Act
from bot.handlers.announcements.receipt_wording import decisions, happened
from bot.handlers.announcements.unclear import decide_all
from bot.handlers.kit.pages import DeskPage
from bot.i18n import msg
from bot.office.desk.cards import Card, Section, Top, sheet_of
from bot.office.desk.visit import Answer, No, Visit

from . import addresses


class UnclearPage:
    async def show(self, visit: Visit) -> Answer:
        one = await addresses.named(visit)
        if isinstance(one, No):
            return one
        found = await receipt(one.id, today(visit.now)) if one.rows else None
        these = incidents(found) if found is not None else []
        sections = [self._section(visit, each) for each in these]
        empty = visit.t("Mọi tin của {label} đều rõ đã tới hay chưa.", label=one.label).plain
        top = Top(decide_all(visit, one, these) if these else [])
        title = visit.t("{label}: tin chưa rõ đã tới chưa", label=one.label)
        return sheet_of(visit, title, sections or [Section("", [], empty)], top)

    def _section(self, visit: Visit, incident: Incident) -> Section:
        cards = []
        for delivery, part in incident.parts:
            what = visit.word("lời thông báo") if part.number == 1 else visit.word("tệp kèm theo")
            lines: list[Text | str] = [visit.t("Nhóm “{group}”, {what}.", group=delivery.group, what=what)]
            buttons = decisions(visit, part)
            cards.append(Card(upper_first(delivery.village), lines, visit.word("chưa rõ"), "bad", buttons))
        return Section(happened(visit, incident), cards)

    def page(self) -> DeskPage:
        about = msg("Hỏi Tổ trưởng xem nhóm đã thấy tin chưa. Gửi lại thì nhóm đã có tin sẽ thấy hai lần.")
        return DeskPage(addresses.UNCLEAR, self.show, act=Act.BROADCAST, about=about, reaches=(OpenIncident.code,))
