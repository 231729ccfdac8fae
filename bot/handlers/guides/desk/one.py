"""One guide: how far it can be trusted, what people reported, and everything an officer can do with it."""

from __future__ import annotations

from bot.core.messages import Button
from bot.core.text import Text
from bot.features import rights
from bot.features.people import people
from bot.features.rights import Act
from bot.features.upkeep import flags, texts
from bot.features.upkeep.actions import CheckStep, CloseFlags, ConfirmGuide, TakeWord
from bot.features.upkeep.texts import STATES
from bot.handlers.guides.upkeep import GuideUpkeepService, owner_of, step_title
from bot.handlers.kit.pages import DeskPage
from bot.office.desk.visit import HOME, Answer, No, Sheet, Visit

from .listed import ADDRESS, TEXTS


class GuidePage:
    def __init__(self, service: GuideUpkeepService) -> None:
        self._service = service

    async def show(self, visit: Visit) -> Answer:
        guide = self._service.shown.library.get(visit.path["slug"])
        if guide is None:
            return No(visit.t("Bài hướng dẫn này nay không còn nữa."))
        checks_ = (await rights.decide(visit.who, Act.VERIFY_GUIDE, visit.commune.id, on=visit.now)).allowed
        flagged = await flags.open_flags(guide.slug)
        begun = [one for one in await texts.begun(guide.slug) if one.unit_id == visit.commune.id]
        names = await people.names_of({one.author_id for one in begun if one.author_id is not None})
        closing = [
            Button.to(
                f"{visit.word('Đóng báo khác')}: {step_title(guide, one.step)}"[:60], CloseFlags(guide.slug, one.step)
            )
            for one in flagged
        ]
        return Sheet(
            "guides/one.html",
            Text.verbatim(guide.title),
            {
                "guide": guide,
                "owner": visit.word(owner_of(guide)),
                "flags": [(one, step_title(guide, one.step)) for one in flagged],
                "facts": [(one.in_language(visit.locale), one.source) for one in guide.facts if one.open],
                "texts": [(one, visit.word(STATES[one.state]), names.get(one.author_id or 0, "")) for one in begun],
                "overtaken": await self._service.shown.overtaken(guide.slug),
                "checks": checks_,
                "buttons": [
                    Button.to(visit.word("Kiểm từng bước"), CheckStep(guide.slug, guide.start)),
                    Button.to(visit.word("Đã kiểm tra, còn đúng"), ConfirmGuide(guide.slug, guide.content)),
                    *closing,
                    Button.to(visit.word("Lấy tệp Word của bài"), TakeWord(guide.slug)),
                ]
                if checks_
                else [],
                "home": HOME + ADDRESS,
                "to_texts": HOME + TEXTS,
            },
        )

    def page(self) -> DeskPage:
        return DeskPage(f"{ADDRESS}/{{slug}}", self.show, act=Act.APPROVE_CONTENT)
