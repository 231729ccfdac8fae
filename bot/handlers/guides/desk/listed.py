"""The guides with their state and the day of the next review; new texts that wait; lines of the first page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from msgspec import Struct

from bot.core.text import Text, fold
from bot.features import rights
from bot.features.calendar.vietnam import today
from bot.features.guides.model import Guide
from bot.features.people.people import Who
from bot.features.rights import Act
from bot.features.upkeep import checks, flags, texts
from bot.features.upkeep.deciding import may_read
from bot.features.upkeep.texts import NewText
from bot.handlers.guides.upkeep import GuideUpkeepService, owner_of
from bot.handlers.kit.pages import DeskPage
from bot.i18n import msg
from bot.office.desk.addresses import leaf
from bot.office.desk.visit import HOME, Answer, Grade, Sheet, TodayLine, Visit

ADDRESS = "/bai"
TEXTS = f"{ADDRESS}/ban-sua"
_DUE, _WAITING, _ALL = "can-kiem", "cho-duyet", "tat-ca"
_FILTERS: Mapping[str, str] = {_DUE: msg("cần xem lại"), _WAITING: msg("bản sửa chờ duyệt"), _ALL: msg("tất cả bài")}


class GuideRow(Struct, frozen=True):
    """A guide as the list shows it. `again` is the day of the next review, `text` the new text that waits."""

    guide: Guide
    owner: str
    again: date | None
    flagged: int
    badge: Grade
    state: str
    text: int


async def waiting_for(who: Who, visit: Visit) -> Sequence[NewText]:
    """Return the new texts that wait and that somebody may read."""
    return [one for one in await texts.all_waiting() if await may_read(who, one, visit.now)]


class GuidesPage:
    def __init__(self, service: GuideUpkeepService) -> None:
        self._service = service

    async def show(self, visit: Visit) -> Answer:
        library, day = self._service.shown.library, today(visit.now)
        flagged, waiting = await flags.counts(), {one.guide: one for one in await waiting_for(visit.who, visit)}
        due = {one.guide.slug for one in checks.due(library, flagged, day)}
        which, wanted = visit.query.get("loc", _DUE), visit.query.get("tim", "").strip()[:100]
        rows = [self._row(visit, guide, flagged, waiting, due) for guide in library]
        if wanted:
            which = _ALL
            rows = [row for row in rows if fold(wanted) in fold(f"{row.guide.title} {' '.join(row.guide.keywords)}")]
        elif which == _DUE:
            rows = [row for row in rows if row.guide.slug in due]
        elif which == _WAITING:
            rows = [row for row in rows if row.text]
        rows.sort(key=lambda row: (-row.flagged, row.again or date.min, row.guide.slug))
        shown = leaf(visit, rows)
        return Sheet(
            "guides/listed.html",
            visit.t("Bài hướng dẫn"),
            {
                "rows": shown.rows,
                "page": shown,
                "count": len(rows),
                "all": len(library),
                "filters": {key: visit.word(label) for key, label in _FILTERS.items()},
                "which": which,
                "wanted": wanted,
                "home": HOME + ADDRESS,
                "texts": HOME + TEXTS,
            },
        )

    def _row(
        self, visit: Visit, guide: Guide, flagged: Mapping[str, int], waiting: Mapping[str, NewText], due: set[str]
    ) -> GuideRow:
        again = None if guide.verified is None else guide.verified + timedelta(days=guide.review_every)
        steps = flagged.get(guide.slug, 0)
        badge: Grade
        if steps:
            badge, state = "bad", visit.t("{count} bước có người báo khác", count=steps).plain
        elif guide.archival:
            badge, state = "fine", visit.word("bản lưu")
        elif guide.verified is None:
            badge, state = "waits", visit.word("chưa ai kiểm tra")
        elif guide.slug in due:
            badge, state = "late", visit.word("đến hạn kiểm lại")
        else:
            badge, state = "fine", visit.word("còn đúng")
        text = waiting.get(guide.slug)
        return GuideRow(guide, visit.word(owner_of(guide)), again, steps, badge, state, 0 if text is None else text.id)

    async def today_lines(self, visit: Visit) -> Sequence[TodayLine]:
        """Say which guides look different to people, which are due, and which new texts wait."""
        lines: list[TodayLine] = []
        commune = visit.commune.id
        home = HOME + ADDRESS
        if (await rights.decide(visit.who, Act.VERIFY_GUIDE, commune, on=visit.now)).allowed:
            library = self._service.shown.library
            due = checks.due(library, await flags.counts(), today(visit.now))
            flagged = [one for one in due if one.flagged]
            if flagged:
                text = visit.t("{count} bài hướng dẫn có bước bà con báo khác", count=len(flagged))
                lines.append(
                    TodayLine(
                        "late",
                        text,
                        f"{home}/{flagged[0].guide.slug}",
                        Text.verbatim(flagged[0].guide.title),
                    )
                )
            if len(due) > len(flagged):
                text = visit.t("{count} bài hướng dẫn cần kiểm tra trên máy thật", count=len(due) - len(flagged))
                lines.append(TodayLine("plan", text, f"{home}?loc={_DUE}"))
        if (await rights.decide(visit.who, Act.APPROVE_CONTENT, commune, on=visit.now)).allowed:
            waiting = await waiting_for(visit.who, visit)
            if waiting:
                text = visit.t("{count} bản sửa bài hướng dẫn chờ duyệt", count=len(waiting))
                lines.append(TodayLine("waits", text, f"{HOME}{TEXTS}/{waiting[0].id}"))
        return lines

    def page(self) -> DeskPage:
        about = msg("Bài nào cần xem lại, ai phụ trách, bản sửa nào chờ duyệt.")
        return DeskPage(ADDRESS, self.show, act=Act.APPROVE_CONTENT, label=msg("Bài hướng dẫn"), order=50, about=about)
