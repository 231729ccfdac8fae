"""A new text of a guide: everything that would change, and the buttons of its author and of who decides."""

from __future__ import annotations

from bot.features.guides.changes import changes
from bot.features.people import people
from bot.features.rights import Act
from bot.features.upkeep import flags, texts
from bot.features.upkeep.actions import ApproveText, RefuseText
from bot.features.upkeep.deciding import GONE, may_read, parsed
from bot.features.upkeep.texts import STATES, NewText
from bot.handlers.guides.new_texts import offers
from bot.handlers.guides.upkeep import GuideUpkeepService
from bot.handlers.kit.pages import DeskPage
from bot.office.desk.addresses import number_of
from bot.office.desk.visit import HOME, Answer, Do, No, Sheet, Visit

from .listed import ADDRESS, TEXTS


class NewTextPage:
    def __init__(self, service: GuideUpkeepService) -> None:
        self._service = service

    async def _found(self, visit: Visit) -> NewText | None:
        one = await texts.get(number_of(visit.path["id"]))
        return one if one is not None and await may_read(visit.who, one, visit.now) else None

    async def show(self, visit: Visit) -> Answer:
        one = await self._found(visit)
        old = None if one is None else self._service.shown.library.get(one.guide)
        new = None if one is None else parsed(self._service.shown, one)
        if one is None or old is None or new is None:
            return No(visit.t(GONE))
        offered = await offers(visit.who, one, old, visit.now, visit.word)
        author = "" if one.author_id is None else await people.name_of(one.author_id)
        return Sheet(
            "guides/text.html",
            visit.t("Bản sửa: {title}", title=old.title),
            {
                "one": one,
                "guide": old,
                "state": visit.word(STATES[one.state]),
                "author": author,
                "mine": one.author_id == visit.person_id,
                "changes": changes(old, new) if one.state in ("draft", "waiting") else (),
                "moved": one.state in ("draft", "waiting") and old.content != one.base,
                # The refusal asks for its reason, for which there is a form.
                "buttons": [each for each in offered if each.code != RefuseText.code],
                "refuses": any(each.code == RefuseText.code for each in offered),
                "longest": flags.LONGEST_REASON,
                "home": HOME + ADDRESS,
            },
        )

    async def refuse(self, visit: Visit) -> Answer:
        one = await self._found(visit)
        if one is None:
            return No(visit.t(GONE))
        if not visit.said("loi"):
            return No(visit.t("Chưa có chữ nào để gửi."), 400)
        act = RefuseText(one.id, number_of(visit.said("ban")))
        return Do(act, visit.address, visit.word("Không duyệt"), visit.said("loi"))

    def page(self) -> DeskPage:
        reaches = (ApproveText.code, RefuseText.code)
        return DeskPage(f"{TEXTS}/{{id:[0-9]+}}", self.show, self.refuse, act=Act.APPROVE_CONTENT, reaches=reaches)
