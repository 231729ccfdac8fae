"""The page of words that were not understood: one press names the meaning."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.text import Text
from bot.features import rights
from bot.features.rights import Act
from bot.features.unheard import words
from bot.features.unheard.words import Unheard
from bot.handlers.kit.pages import DeskPage
from bot.handlers.unheard.naming import NamingConversation
from bot.i18n import msg
from bot.office.desk.addresses import Leaf, page_number
from bot.office.desk.cards import Card, Section, sheet_of
from bot.office.desk.visit import HOME, Answer, TodayLine, Visit

ADDRESS = "/loi-chua-hieu"
_PAGE = 10


class UnheardPage:
    def __init__(self, naming: NamingConversation) -> None:
        self._naming = naming

    async def show(self, visit: Visit) -> Answer:
        number = page_number(visit)
        found = await words.listed(_codes(visit), (number - 1) * _PAGE, _PAGE + 1)
        shown = Leaf[object](found[:_PAGE], number, len(found) > _PAGE)
        cards = [self._card(visit, one) for one in found[:_PAGE]]
        empty = visit.word("Không còn câu nào chờ. Chỉ câu của người đã đồng ý mới có ở đây, mỗi câu 30 ngày.")
        return sheet_of(visit, visit.t("Câu chưa hiểu"), [Section("", cards, empty)], page=shown)

    def _card(self, visit: Visit, one: Unheard) -> Card:
        title, word = self._naming.title, visit.word
        offered = [name for meaning in one.offered if (name := title(word, meaning))]
        lines = [
            visit.t("Tôi đã đưa ra: {titles}.", titles="; ".join(offered)) if offered else Text(),
            visit.t("Sau đó bác ấy mở: {title}.", title=title(word, one.chosen)) if one.chosen else Text(),
        ]
        buttons = self._naming.buttons(word, one, self._naming.perhaps(word, one))
        return Card(f"“{one.text}”", [line for line in lines if line], buttons=buttons)

    async def today_lines(self, visit: Visit) -> Sequence[TodayLine]:
        """Say how many words wait for their meaning."""
        if not (await rights.decide(visit.who, Act.VERIFY_GUIDE, visit.commune.id, on=visit.now)).allowed:
            return []
        _, count = await words.latest(_codes(visit))
        if not count:
            return []
        return [TodayLine("plan", visit.t("{count} câu chưa hiểu chờ nói nghĩa", count=count), HOME + ADDRESS)]

    def page(self) -> DeskPage:
        about = msg("Bấm nghĩa đúng của từng câu. Còn thấy tên hay số của ai thì bấm “Bỏ câu này”.")
        return DeskPage(ADDRESS, self.show, act=Act.VERIFY_GUIDE, label=msg("Câu chưa hiểu"), order=66, about=about)


def _codes(visit: Visit) -> Sequence[str]:
    return visit.commune.code, ""  # a commune that is alone may have no code in its file
