"""One training session: how it stands, how many came and answered, and what its trainer does next."""

from __future__ import annotations

from bot.core.text import Text
from bot.features import rights, units
from bot.features.learning import seats, sessions
from bot.features.learning.sessions import STATES
from bot.features.learning.training_actions import ListTraining, OpenTraining
from bot.features.rights import Act
from bot.handlers.kit.pages import DeskPage
from bot.handlers.learning.training_wording import buttons, counts, heading
from bot.i18n import msg
from bot.office.desk.addresses import number_of
from bot.office.desk.cards import Card, Section, sheet_of
from bot.office.desk.visit import Answer, No, Visit

_GONE = msg("Không còn buổi tập huấn này.")
_HERE = frozenset({OpenTraining.code, ListTraining.code})
"""Buttons of the chat that lead to this page, or to the one before it."""


class TrainingPage:
    async def show(self, visit: Visit) -> Answer:
        one = await sessions.get(number_of(visit.path["id"]))
        commune = None if one is None else await units.commune_of(one.unit_id)
        if one is None or commune is None or commune.id != visit.commune.id:
            return No(visit.t(_GONE))
        decision = await rights.decide(visit.who, Act.TEACH, one.unit_id, on=visit.now)
        if not decision.allowed:
            return No(visit.t(decision.why), 403, decision.why)
        lines = [await heading(visit, one), *counts(visit, one, await seats.results(one))]
        asked = [question.text for question in one.questions]
        card = Card(
            one.title,
            lines,
            visit.word(STATES[one.state]),
            "waits" if one.live else "fine",
            [each for each in buttons(visit, one) if each.code not in _HERE],
            asked,
        )
        return sheet_of(visit, Text.verbatim(visit.word("Buổi tập huấn")), [Section("", [card])])

    def page(self, address: str) -> DeskPage:
        about = msg("Mở và đóng câu hỏi, ghi số người dự, lấy kết quả. Trả lời hiện ở đầu trang.")
        return DeskPage(f"{address}/{{id:[0-9]+}}", self.show, act=Act.TEACH, about=about, reaches=(OpenTraining.code,))
