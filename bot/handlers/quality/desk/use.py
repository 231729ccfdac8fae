"""How guides are used in the commune, and one of them by step, week and village; small counts are hidden."""

from __future__ import annotations

from bot.core.messages import Button
from bot.core.text import Text
from bot.features.guides.library import Library
from bot.features.guides.model import Guide
from bot.features.insight import FEWEST, Tallies, Use, shown
from bot.features.quality.actions import ShowOpinions
from bot.features.rights import Act
from bot.handlers.kit.pages import DeskPage
from bot.handlers.quality import insight
from bot.handlers.quality.insight import DrawUse, ListUse, ShowUse
from bot.i18n import msg
from bot.office.desk.addresses import leaf
from bot.office.desk.cards import Card, Section, Top, sheet_of
from bot.office.desk.visit import HOME, Answer, No, Visit

ADDRESS = "/bai-duoc-xem"
_GUIDE = "bai"


class GuideUsePage:
    def __init__(self, library: Library, tallies: Tallies) -> None:
        self._library = library
        self._tallies = tallies

    async def show(self, visit: Visit) -> Answer:
        slug = visit.query.get(_GUIDE, "")
        if not slug:
            return await self._all(visit)
        guide = self._library.get(slug)
        if guide is None:
            return No(visit.t("Bài hướng dẫn này nay không còn nữa."))
        return await self._one(visit, guide)

    async def _all(self, visit: Visit) -> Answer:
        first_steps = {guide.slug: guide.start for guide in self._library}
        used = await insight.used_in(self._tallies, visit.commune, first_steps, visit.now)
        seen = [slug for slug in insight.ranking(used) if shown(used[slug].started.total()) is not None]
        page = leaf(visit, seen)
        cards = [
            Card(
                self._library.guides[slug].title,
                [insight.sums(visit, used[slug])],
                to=f"{HOME}{ADDRESS}?{_GUIDE}={slug}",
            )
            for slug in page.rows
        ]
        empty = visit.t("Chưa bài nào có từ {fewest} lượt xem.", fewest=FEWEST).plain
        top = Top([Button.to(visit.word("Bà con thấy thế nào"), ShowOpinions(""))], note=insight.note(visit))
        title = visit.t("Bài được xem {span}", span=insight.span(visit))
        return sheet_of(visit, title, [Section("", cards, empty)], top, page)

    async def _one(self, visit: Visit, guide: Guide) -> Answer:
        found = await insight.used_in(self._tallies, visit.commune, {guide.slug: guide.start}, visit.now)
        use, word = found.get(guide.slug, Use()), visit.word
        cards = [Card(word("Lượt xem"), [insight.sums(visit, use)],
                      buttons=[Button.to(word("Vẽ biểu đồ"), DrawUse(guide.slug))])]  # fmt: skip
        if shown(use.started.total()) is not None:
            parts = (
                (word("Tới từng bước"), insight.steps(visit, guide, use)),
                (word("Bắt đầu xem, theo tuần"), insight.by_week(visit, use)),
                (word("Bắt đầu xem, theo thôn"), insight.by_village(visit, use.started)),
                (word("Xem xong, theo thôn"), insight.by_village(visit, use.completed)),
            )
            cards += [Card(head, lines or [word("• chưa có")]) for head, lines in parts]
        top = Top(links=[(word("Mọi bài"), "", False)], note=insight.note(visit))
        return sheet_of(visit, Text.verbatim(guide.title), [Section("", cards)], top)

    def page(self) -> DeskPage:
        about = msg("Bốn tuần gần đây bà con xem bài nào, dừng ở bước nào, thôn nào xem; chỉ đếm lượt, không ghi ai.")
        reaches = (ListUse.code, ShowUse.code)
        return DeskPage(
            ADDRESS, self.show, act=Act.EXPORT_REPORTS, label=msg("Bài được xem"), order=52, about=about,
            reaches=reaches,
        )  # fmt: skip
