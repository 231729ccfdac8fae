"""All pages of guides, their lines of the first page, and the approval that needs the chat."""

from __future__ import annotations

from collections.abc import Sequence

from bot.features.commune.commune_settings import CommuneSettings
from bot.handlers.guides.new_texts import GuideTextConversation
from bot.handlers.guides.upkeep import GuideUpkeepService
from bot.handlers.kit.desk_hooks import DeskHooks
from bot.handlers.kit.pages import DeskPage

from . import by_phone, editor, listed, one, text


def build(
    service: GuideUpkeepService, newer: GuideTextConversation, settings: CommuneSettings, desk: DeskHooks
) -> Sequence[DeskPage]:
    listing = listed.GuidesPage(service)
    desk.today.add(listing.today_lines, order=50)
    desk.in_chat.add(by_phone.GuidesByPhone(newer).kind())
    return [
        listing.page(),
        text.NewTextPage(service).page(),
        one.GuidePage(service).page(),
        editor.GuideEditor(service, settings).page(),
    ]
