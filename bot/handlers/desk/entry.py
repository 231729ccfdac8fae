"""The desk: the way in from the chat, the first page, the assistant, and what is open where."""

from __future__ import annotations

from bot.features.desk import keeping
from bot.features.desk.sessions import PLATFORM
from bot.handlers.kit.base import Base
from bot.handlers.kit.family import Contribution, Family
from bot.handlers.kit.hooks import Hooks
from bot.handlers.kit.joints import Given

from . import in_chat, picture, signing_in
from .desk import assistant, sessions, today
from .desk import picture as drawing


def build(base: Base, given: Given, hooks: Hooks) -> Contribution:
    services = base.services
    door = signing_in.SigningInConversation(
        services.desk, services.audit, base.desk, base.anonymous, base.zone, is_open=PLATFORM in base.by_name
    )
    hooks.menu.add(door.menu_items, order=5)
    return Contribution(
        [
            signing_in.build(door),
            in_chat.build(services.mail, hooks.in_chat),
            picture.build(picture.TodayPictureConversation(services.jobs, services.outbox)),
        ],
        jobs={
            drawing.KIND: drawing.TodayPictureJob(
                hooks.today, services.outbox, base.store_as, base.content.catalogues.translate
            )
        },
        desk=[
            today.TodayPage(hooks.today).page(),
            assistant.AssistantPage(hooks.meanings).page(),
            sessions.SessionsPage(services.desk).page(),
        ],
    )


FAMILY = Family(
    "desk",
    build,
    tables="bot.features.desk.tables",
    personal=lambda find_guide: keeping.personal_tables(),
    kept_until=keeping.rules,
)
