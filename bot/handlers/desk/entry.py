"""The desk: the way in from the chat, the first page, the assistant, and what is open where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.features.desk import keeping
from bot.features.desk.sessions import PLATFORM
from bot.handlers.kit.base import Base, Services
from bot.handlers.kit.family import Contribution, Family
from bot.handlers.kit.hooks import Hooks
from bot.handlers.kit.joints import Given
from bot.handlers.kit.pages import DeskPage

from . import in_chat, picture, signing_in


def build(base: Base, given: Given, hooks: Hooks) -> Contribution:
    services = base.services
    door = signing_in.SigningInConversation(
        services.desk, services.audit, base.desk, base.anonymous, base.zone, is_open=PLATFORM in base.by_name
    )
    hooks.menu.add(door.menu_items, order=5)

    async def drawn(body: Mapping[str, str], now: datetime) -> None:
        # The chat may ask for the picture where no desk is open.
        await hooks.desk.made()
        from .desk.picture import TodayPictureJob

        draw = TodayPictureJob(hooks.desk.today, services.outbox, base.store_as, base.content.catalogues.translate)
        await draw(body, now)

    return Contribution(
        [
            signing_in.build(door),
            in_chat.build(services.mail, hooks.desk.in_chat),
            picture.build(picture.TodayPictureConversation(services.jobs, services.outbox)),
        ],
        jobs={picture.KIND: drawn},
        desk=lambda: _desk(services, hooks),
    )


def _desk(services: Services, hooks: Hooks) -> Sequence[DeskPage]:
    from .desk import assistant, sessions, today

    return [
        today.TodayPage(hooks.desk.today).page(),
        assistant.AssistantPage(hooks.meanings).page(),
        sessions.SessionsPage(services.desk).page(),
    ]


FAMILY = Family(
    "desk",
    build,
    tables="bot.features.desk.tables",
    personal=lambda find_guide: keeping.personal_tables(),
    kept_until=keeping.rules,
)
