"""The conversation beside the pages: whatever the bot does for an official in a chat, it does here as well."""

from __future__ import annotations

from collections.abc import Sequence

from bot.features.desk.sessions import PLATFORM
from bot.handlers.kit.joints import Hook
from bot.handlers.kit.meanings import Meaning
from bot.handlers.kit.pages import DeskPage
from bot.i18n import msg
from bot.office.desk.visit import HOME, Answer, Sheet, Visit

ADDRESS = "/tro-ly"


class AssistantPage:
    """All wishes of officials as buttons, and a line to type into; the replies stand above."""

    def __init__(self, meanings: Hook[Meaning]) -> None:
        self._meanings = meanings

    def _commands(self, visit: Visit, *, official: bool) -> Sequence[tuple[str, str]]:
        """Return the commands with their labels: those of officials, or what an official does as anybody else may."""
        own = {one.command for one in self._meanings if one.kind == "official"}
        found = {
            one.command: visit.word(one.label)
            for one in self._meanings
            if one.command and one.label and (one.command in own) == official
        }
        return sorted(found.items(), key=lambda item: item[1])

    async def show(self, visit: Visit) -> Answer:
        return Sheet(
            "desk/assistant.html",
            visit.t("Trợ lý"),
            {
                "commands": self._commands(visit, official=True),
                "others": self._commands(visit, official=False),
                "back": HOME + ADDRESS,
                "platform": PLATFORM,
            },
        )

    def page(self) -> DeskPage:
        about = msg("Gõ hay bấm như trong chat; bot trả lời ngay ở đây, cùng quyền và cùng nhật ký.")
        return DeskPage(ADDRESS, self.show, label=msg("Trợ lý"), order=95, about=about)
