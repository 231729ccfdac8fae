"""One request for help: the person's words for whoever has taken it, and an answer box."""

from __future__ import annotations

from bot.core.messages import Button
from bot.features.help import helpers, requests
from bot.features.help.actions import AnswerRequest
from bot.features.help.requests import LONGEST_TEXT, Request
from bot.features.help.service import HelpService
from bot.features.rights import Act
from bot.handlers.guides.page import OpenStep
from bot.handlers.kit.pages import DeskPage
from bot.office.desk.addresses import number_of
from bot.office.desk.visit import HOME, Answer, Do, No, Sheet, Visit

from .listed import ADDRESS, RequestsPage


class RequestPage:
    def __init__(self, help_: HelpService) -> None:
        self._help = help_
        self._list = RequestsPage(help_)

    async def show(self, visit: Visit) -> Answer:
        found = await helpers.entrance(visit.who, number_of(visit.path["id"]), visit.now)
        if isinstance(found, str):
            return No(visit.t(found), sentence=found)
        one, person_id = found
        words, mine = self._help.words, one.helper_id == person_id and one.state in ("taken", "answered")
        # The person's words are for the helper who has taken the request, and for nobody else.
        thread = await requests.messages(one.id) if mine else []
        return Sheet(
            "help/one.html",
            visit.t("Yêu cầu giúp số {id}", id=one.id),
            {
                "row": self._list.row(visit, one, await self._help.unit_name(one.unit_id)),
                "one": one,
                "device": words.device(one, visit.locale),
                "mine": mine,
                "thread": thread,
                "buttons": self._buttons(visit, one, mine=mine),
                "photos": AnswerRequest(one.id, one.version) if any(each.photo for each in thread) else None,
                "longest": LONGEST_TEXT,
                "home": HOME + ADDRESS,
            },
        )

    def _buttons(self, visit: Visit, one: Request, *, mine: bool) -> list[Button]:
        if not mine:
            return list(self._help.words.offer(one)) if one.state == "waiting" else []
        step = [Button.to(visit.word("Xem bước này"), OpenStep(one.guide, one.step))] if one.guide else []
        return [*step, *self._help.words.at_work(one, visit.locale)[1:]]

    async def take(self, visit: Visit) -> Answer:
        """Give the answer to the conversation, which tells the person."""
        found = await helpers.entrance(visit.who, number_of(visit.path["id"]), visit.now)
        if isinstance(found, str):
            return No(visit.t(found), sentence=found)
        if not visit.said("loi"):
            return No(visit.t("Chưa có chữ nào để gửi."), 400)
        act = AnswerRequest(found[0].id, number_of(visit.said("ban")))
        return Do(act, visit.address, visit.word("Trả lời"), visit.said("loi"))

    def page(self) -> DeskPage:
        return DeskPage(f"{ADDRESS}/{{id}}", self.show, self.take, act=Act.ANSWER_HELP)
