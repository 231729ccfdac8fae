"""The changes of indicators with their days: a figure of a past month is read as it was counted then."""

from __future__ import annotations

from bot.features.checkins.actions import ShowIndicatorChanges
from bot.features.checkins.indicator_history import history
from bot.features.rights import Act
from bot.handlers.kit.pages import DeskPage
from bot.handlers.targets.indicator_changes import change_line
from bot.i18n import msg
from bot.office.desk.addresses import leaf
from bot.office.desk.cards import Card, Section, Top, sheet_of
from bot.office.desk.visit import Answer, Visit

from .goals import TARGETS

CHANGES = f"{TARGETS}/da-doi"


class IndicatorChangesPage:
    async def show(self, visit: Visit) -> Answer:
        past, code = await history(), visit.query.get("chi-tieu", "")[:8]
        page = leaf(visit, list(reversed(past.of(code) if code else past.changes)))
        cards = [Card(f"{one.after.ma} · {one.after.ten}", [change_line(visit, one)]) for one in page.rows]
        empty = visit.word("Từ khi cài, chưa chỉ tiêu nào đổi.")
        links = [(visit.word("Mọi chỉ tiêu đã đổi"), "", False)] if code else []
        title = visit.t("Chỉ tiêu đã đổi")
        return sheet_of(visit, title, [Section("", cards, empty)], Top(links=links), page)

    def page(self) -> DeskPage:
        about = msg("Tên và cách tính cũ của chỉ tiêu, mới nhất trước. Người quản trị đổi bằng tệp Excel.")
        reaches = (ShowIndicatorChanges.code,)
        return DeskPage(CHANGES, self.show, act=Act.EXPORT_REPORTS, about=about, reaches=reaches)
