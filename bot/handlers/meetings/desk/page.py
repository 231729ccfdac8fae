"""The page of meetings: which village meets or met, when and about what; whoever calls them opens them here."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.lean.values import replace
from bot.core.messages import Button
from bot.core.text import Text
from bot.features import units
from bot.features.calendar.vietnam import today
from bot.features.meetings import book
from bot.features.meetings.actions import NewMeeting, OpenMeeting
from bot.features.meetings.model import KINDS, Meeting
from bot.features.meetings.notices import moment
from bot.features.rights import Act
from bot.handlers.kit.pages import DeskPage
from bot.handlers.meetings.common import STATES, leads
from bot.i18n import msg
from bot.office.desk.cards import Card, Section, Top, sheet_of
from bot.office.desk.visit import HOME, Answer, Grade, No, Visit

ADDRESS = "/hop"
_SHOWN = 60
_GONE = msg("Không có cuộc họp này trong xã.")


class MeetingsPage:
    async def show(self, visit: Visit) -> Answer:
        villages = {one.id: one.full_name for one in await units.villages(visit.commune.id, today(visit.now))}
        led = {one for one in villages if await leads(visit.who, one, visit.now)}
        cards = [
            self._card(visit, one, villages[one.unit_id], leads_it=one.unit_id in led)
            for one in await book.of_units(list(villages), _SHOWN)
        ]
        word = visit.word
        new = [
            Button.to(word("Mời họp Tổ"), NewMeeting("team", "")),
            Button.to(word("Mời bà con họp"), NewMeeting("village", "")),
        ]
        empty = word("Chưa thôn nào mời họp. Tổ trưởng mời bằng cách nhắn bot: họp thôn.")
        return sheet_of(visit, visit.t("Họp Tổ, họp thôn"), [Section("", cards, empty)], Top(new if led else []))

    def _card(self, visit: Visit, one: Meeting, village: str, *, leads_it: bool) -> Card:
        lines: list[Text | str] = [
            one.subject,
            visit.t("Lúc {time}, tại {place}.", time=moment(one.starts_at, visit.locale), place=one.place),
        ]
        if one.present is not None:
            lines.append(visit.t("Số người dự: {count}.", count=one.present))
        badge: Grade = "fine" if one.state == "held" else "waits"
        buttons = [Button.to(visit.word("Mở"), OpenMeeting(one.id))] if leads_it else []
        return Card(f"{visit.word(KINDS[one.kind])}, {village}", lines, visit.word(STATES[one.state]), badge, buttons,
                    to=f"{HOME}{ADDRESS}/{one.id}")  # fmt: skip

    async def show_one(self, visit: Visit) -> Answer:
        """Show a meeting with its minutes: what was decided, and what the leader passed on to the commune.

        Other questions are the leader's, who calls the meeting, until they pass them on.
        """
        villages = {one.id: one.full_name for one in await units.villages(visit.commune.id, today(visit.now))}
        number = visit.path.get("hop", "")
        one = await book.get(int(number)) if number.isascii() and number.isdigit() and len(number) < 16 else None
        if one is None or one.unit_id not in villages or one.state == "cancelled":
            return No(visit.t(_GONE))
        word, led = visit.word, await leads(visit.who, one.unit_id, visit.now)
        asked = [each for each in await book.points(one.id, "question") if led or each.passed_on]
        decided = await book.points(one.id, "decision")
        sections = [
            Section("", [replace(self._card(visit, one, villages[one.unit_id], leads_it=led), to="")]),
            Section(word("Nội dung"), _items(one.agenda)),
            Section(word("Việc đã quyết"), _items([each.text for each in decided]), word("Chưa có biên bản.")),
            Section(word("Bà con hỏi, đã chuyển lên xã"), _items([each.text for each in asked if each.passed_on])),
            Section(word("Bà con hỏi, chưa chuyển"), _items([each.text for each in asked if not each.passed_on])),
        ]
        kept = [each for each in sections if each.cards or each.empty]
        return sheet_of(visit, Text.verbatim(one.subject), kept)

    def pages(self) -> Sequence[DeskPage]:
        about = msg("Thôn nào họp, lúc nào, về việc gì. Mời họp và ghi biên bản là việc của Tổ trưởng, Tổ phó.")
        of_one = msg("Nội dung họp, việc đã quyết, điều bà con hỏi mà Tổ đã chuyển lên xã.")
        return [
            DeskPage(ADDRESS, self.show, act=Act.ASSIGN_TASKS, label=msg("Họp thôn"), order=46, about=about),
            DeskPage(f"{ADDRESS}/{{hop}}", self.show_one, act=Act.ASSIGN_TASKS, about=of_one),
        ]


def _items(lines: Sequence[str]) -> Sequence[Card]:
    """Return one card with all lines; none without any."""
    return [Card("", lines)] if lines else []
