"""The page of good practice: what waits for the commune, and what it published within a year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from bot.core.messages import Button
from bot.core.text import Text
from bot.features import units
from bot.features.calendar.vietnam import today
from bot.features.practices import practices
from bot.features.practices.practices import STATES, Practice
from bot.features.rights import Act
from bot.handlers.kit.pages import DeskPage
from bot.handlers.practices.common import NewPractice, OpenPractice, PracticeService, ShowPracticeDigest, may_review
from bot.i18n import msg
from bot.office.desk.addresses import leaf
from bot.office.desk.cards import Card, Section, Top, sheet_of
from bot.office.desk.visit import HOME, Answer, Grade, TodayLine, Visit

ADDRESS = "/cach-lam-hay"
_RECENT = timedelta(days=365)


class PracticesPage:
    def __init__(self, service: PracticeService) -> None:
        self._service = service

    async def show(self, visit: Visit) -> Answer:
        day, names = today(visit.now), await _names(visit)
        reviews = await may_review(visit.who, visit.commune.id, visit.now)
        waits = await practices.waiting(list(names)) if reviews else []
        shown = leaf(visit, await practices.published(list(names), day - _RECENT, day))
        word = visit.word
        opening = word("Mở")
        sections = [
            Section(
                word("Đã đăng"),
                [self._card(visit, one, names, [Button.to(opening, OpenPractice(one.id))]) for one in shown.rows],
                word("Một năm qua chưa đăng cách làm hay nào. Tổ gửi bằng cách nhắn bot: cách làm hay."),
            )
        ]
        if waits:
            offers = [self._card(visit, one, names, self._service.offer(one, word)) for one in waits]
            sections.insert(0, Section(word("Chờ xã xem"), offers))
        top = Top(
            [
                Button.to(word("Gửi cách làm hay"), NewPractice()),
                Button.to(word("Tổng hợp tháng"), ShowPracticeDigest(f"{day:%Y-%m}")),
            ]
        )
        return sheet_of(visit, visit.t("Cách làm hay"), sections, top, shown)

    def _card(self, visit: Visit, one: Practice, names: Mapping[int, str], buttons: Sequence[Button]) -> Card:
        lines: list[Text | str] = [
            names.get(one.unit_id, ""),
            visit.t("Cách làm: {text}", text=one.text),
            visit.t("Kết quả: {result}", result=one.result),
        ]
        if one.named:
            lines.append(visit.t("Có nêu tên người, đã được đồng ý."))
        badge: Grade = "waits" if one.state == "waiting" else "fine"
        return Card(one.title, lines, visit.word(STATES[one.state]), badge, buttons)

    async def today_lines(self, visit: Visit) -> Sequence[TodayLine]:
        """Say how many good practices wait for a look."""
        if not await may_review(visit.who, visit.commune.id, visit.now):
            return []
        waits = await practices.waiting(list(await _names(visit)))
        text = visit.t("{count} cách làm hay chờ xem", count=len(waits))
        return [TodayLine("waits", text, HOME + ADDRESS)] if waits else []

    def page(self) -> DeskPage:
        about = msg("Cách làm các thôn gửi lên; xã xem rồi đăng cho các thôn học theo.")
        return DeskPage(ADDRESS, self.show, act=Act.GOOD_PRACTICE, label=msg("Cách làm hay"), order=68, about=about)


async def _names(visit: Visit) -> Mapping[int, str]:
    below = await units.descendants(visit.commune.id, today(visit.now))
    return {one.id: one.full_name for one in (visit.commune, *below)}
