"""The page of the archive: issued papers by year and words, and the forms of new ones."""

from __future__ import annotations

from bot.core.messages import Button
from bot.core.text import Text
from bot.features.papers import archive
from bot.features.papers.actions import OpenPaper, RecordPaper
from bot.features.papers.model import FORMS, READERS, Paper
from bot.features.rights import Act
from bot.handlers.kit.pages import DeskPage
from bot.handlers.papers.archive import NOT_READER
from bot.i18n import long_date, msg
from bot.office.desk.addresses import leaf, number_of
from bot.office.desk.cards import Card, Section, Top, sheet_of
from bot.office.desk.visit import Answer, No, Visit

ADDRESS = "/van-ban"


class PapersPage:
    async def show(self, visit: Visit) -> Answer:
        reader = await archive.reader(visit.who, visit.now)
        if reader is None or reader.commune.id != visit.commune.id:
            return No(visit.t(NOT_READER), 403)
        papers = [one for one in await archive.of_commune(reader.commune.id) if reader.may_read(one)]
        years = sorted({one.signed_on.year for one in papers}, reverse=True)
        wanted, year = visit.query.get("tim", "").strip()[:100], number_of(visit.query.get("nam", ""))
        if wanted:
            papers = list(archive.matching(papers, wanted))
        elif year:
            papers = [one for one in papers if one.signed_on.year == year]
        shown = leaf(visit, papers)
        links = [(visit.word("mọi năm"), "", not year), *((str(one), f"nam={one}", one == year) for one in years)]
        records = [Button.to(visit.word("Ghi văn bản đã ký"), RecordPaper(""))] if reader.official else []
        writes = [("vanban", visit.word("Soạn văn bản")), ("cancu", visit.word("Văn bản căn cứ"))]
        top = Top(records, writes if reader.official else [], links if len(years) > 1 else [], wanted)
        empty = (
            visit.word("Không có văn bản nào như vậy.")
            if wanted or year
            else visit.word("Kho chưa có văn bản nào. Văn bản đã ký thì chọn “Ghi văn bản đã ký”.")
        )
        cards = [self._card(visit, one) for one in shown.rows]
        return sheet_of(visit, visit.t("Văn bản đã ban hành"), [Section("", cards, empty)], top, shown)

    def _card(self, visit: Visit, one: Paper) -> Card:
        names = "; ".join(visit.word(READERS[name].name) for name in one.readers) or visit.word("chỉ cán bộ xã")
        title = visit.t(
            "{kind} số {label}, {day}",
            kind=visit.word(FORMS[one.form].name), label=one.label, day=long_date(one.signed_on, visit.locale),
        ).plain  # fmt: skip
        lines: list[Text | str] = [one.subject, visit.t("Nơi nhận: {names}", names=names)]
        return Card(title, lines, buttons=[Button.to(visit.word("Mở, lấy tệp"), OpenPaper(one.id))])

    def page(self) -> DeskPage:
        about = msg("Kho văn bản đã ký; soạn văn bản mới theo mẫu. Tệp mở ra ở đầu trang.")
        return DeskPage(ADDRESS, self.show, act=Act.EXPORT_REPORTS, label=msg("Văn bản"), order=60, about=about)
