"""Other programs: what they read at `/api/v1`, and the addresses that are told what has happened."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from bot.features import happenings
from bot.features.programs import personal_data
from bot.features.programs.deliveries import Deliveries
from bot.handlers.kit.base import Base, Services
from bot.handlers.kit.family import Contribution, Family
from bot.handlers.kit.hooks import Hooks
from bot.handlers.kit.joints import Given
from bot.handlers.kit.pages import DeskPage

from . import pages


def build(base: Base, given: Given, hooks: Hooks) -> Contribution:
    services = base.services
    translate = partial(base.content.catalogues.translate, services.outbox.locale)
    sending = Deliveries(services.webhooks, services.audit, base.post, services.tell_officers, translate, services.now)
    return Contribution(
        jobs={happenings.JOB: sending.run},
        routes=pages.routes(base),
        desk=lambda: _desk(services),
    )


def _desk(services: Services) -> Sequence[DeskPage]:
    from .desk.page import ProgramsPage

    return ProgramsPage(services).pages()


FAMILY = Family(
    "programs",
    build,
    always=True,
    personal=lambda find_guide: personal_data.personal_tables(),
    kept_until=personal_data.rules,
    templates=Path(__file__).parent / "desk",
)
