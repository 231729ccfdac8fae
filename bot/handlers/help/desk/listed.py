"""The open requests for help, those without a helper first, and how fast each village answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from msgspec import Struct

from bot.core.messages import Button
from bot.core.text import Text
from bot.features import rights
from bot.features.help import figures, helpers, requests
from bot.features.help.actions import ShowRota
from bot.features.help.requests import Request
from bot.features.help.service import HelpService
from bot.features.rights import Act
from bot.handlers.kit.pages import DeskPage
from bot.i18n import msg
from bot.office.desk.addresses import leaf
from bot.office.desk.visit import HOME, Answer, Grade, Sheet, TodayLine, Visit

ADDRESS = "/giup-do"


class RequestRow(Struct, frozen=True):
    """A request as a list shows it. `late`: it was promised before now."""

    one: Request
    place: str
    what: str
    state: str
    badge: Grade
    late: bool
    mine: bool


class SpeedRow(Struct, frozen=True):
    """A village's month: how many asked, how many were answered, and the wait in the middle."""

    place: str
    asked: int
    answered: int
    wait: str


class RequestsPage:
    def __init__(self, help_: HelpService) -> None:
        self._help = help_

    async def show(self, visit: Visit) -> Answer:
        places = await helpers.places(visit.who, visit.now)
        found = await requests.open_in(places)
        shown = leaf(visit, found)
        speeds = await figures.speeds(list(places), visit.now, self._help.zone) if found or places else {}
        rota = (await rights.decide(visit.who, Act.ASSIGN_TASKS, None, on=visit.now)).allowed
        return Sheet(
            "help/listed.html",
            visit.t("Bà con cần giúp"),
            {
                "rows": [self.row(visit, one, places[one.unit_id].full_name) for one in shown.rows],
                "page": shown,
                "speeds": [
                    SpeedRow(places[unit].full_name, one.asked, one.answered, _wait(visit, one.wait))
                    for unit, one in speeds.items()
                ],
                "rota": Button.to(visit.word("Lịch trực"), ShowRota("")) if rota else None,
                "home": HOME + ADDRESS,
            },
        )

    def row(self, visit: Visit, one: Request, place: str) -> RequestRow:
        words = self._help.words
        late = one.state == "waiting" and one.promised_at is not None and one.promised_at < visit.now
        badges: dict[str, Grade] = {"waiting": "waits", "taken": "plan"}
        badge = "late" if late else badges.get(one.state, "fine")
        mine = one.helper_id == visit.person_id
        state = words.state(one, visit.now, visit.locale)
        return RequestRow(one, place, words.what(one, visit.locale), state, badge, late, mine)

    async def today_lines(self, visit: Visit) -> Sequence[TodayLine]:
        """Say how many residents wait for a helper, and which of them was promised an answer by now."""
        places = await helpers.places(visit.who, visit.now)
        found = [one for one in await requests.open_in(places) if one.state == "waiting"] if places else []
        if not found:
            return []
        oldest = min(found, key=lambda one: (one.created_at, one.id))
        row = self.row(visit, oldest, places[oldest.unit_id].full_name)
        more = visit.t(
            "Lâu nhất: số {id}, {unit}, {state}: {what}",
            id=oldest.id, unit=row.place, state=row.state, what=row.what,
        )  # fmt: skip
        broken = any(one.promised_at is not None and one.promised_at < visit.now for one in found)
        text = visit.t("{count} bà con chờ người giúp", count=len(found))
        return [TodayLine("bad" if broken else "waits", text, f"{HOME}{ADDRESS}/{oldest.id}", more)]

    def page(self) -> DeskPage:
        about = msg("Việc bà con nhờ, việc đã hứa đứng trước. Lời của bà con chỉ người nhận giúp đọc được.")
        return DeskPage(ADDRESS, self.show, act=Act.ANSWER_HELP, label=msg("Giúp bà con"), order=42, about=about)


def _wait(visit: Visit, span: timedelta | None) -> str:
    return "" if span is None else span_words(visit, span).plain


def span_words(visit: Visit, span: timedelta) -> Text:
    """Put a span in words: `12 phút`, `2 giờ 5 phút`, `3 ngày`."""
    minutes = int(span.total_seconds() // 60)
    if minutes < 60:
        return visit.t("{minutes} phút", minutes=minutes)
    if minutes < 24 * 60:
        return visit.t("{hours} giờ {minutes} phút", hours=minutes // 60, minutes=minutes % 60)
    return visit.t("{days} ngày", days=minutes // (24 * 60))
