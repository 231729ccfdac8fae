"""The demo's part of a bot that is put together: its commune, its phones, and what is in its database at the start."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import time

from tortoise.transactions import in_transaction

from bot.core.platform import Platform
from bot.features import units
from bot.features.audit import Audit
from bot.features.commune.settings import DEMO, Commune, QuietSettings
from bot.features.demo import figures, goods, quality, village
from bot.features.desk.sessions import PLATFORM as DESK
from bot.framework.process import CLOCK
from bot.handlers.kit.base import Services
from bot.i18n import msg
from bot.office.desk.visit import HOME
from bot.platforms import Kit, load
from bot.platforms.web import NAME as WEB
from bot.platforms.web import stage
from bot.storage.media import MediaFiles


class Stage:
    """Implements what a demo does otherwise than an installation."""

    ladders = village.LADDERS
    is_here = staticmethod(village.is_here)
    at_the_desk = staticmethod(village.at_the_desk)

    def commune(self) -> Commune:
        """Return the demo's commune without quiet hours: its visitors are awake at night."""
        return DEMO.model_copy(update={"quiet": QuietSettings(start=time(), end=time())})

    async def fill(self, services: Services, media: MediaFiles) -> None:
        """Fill the database of a new demo; one that is there stays as it is."""
        await _settle(services.audit)
        await village.record(media.store_as, CLOCK.now())
        await goods.fill(village.COMMUNE, media.store, CLOCK.now())
        await _plan(services)

    def platforms(
        self, kits: Mapping[str, Kit], named: Sequence[tuple[str, str]], anew: Callable[[], None] | None
    ) -> Sequence[Platform]:
        kit = kits[WEB]
        phones = stage.all_phones(kit)
        at_the_desk = [(HOME, msg("Bàn làm việc"))] if DESK in kits else []
        stage.mount_stage(kit, phones, [*named, *at_the_desk], anew)
        made: dict[str, Platform] = {phone.platform.name: phone.platform for phone in phones}
        return [*made.values(), *(load(DESK).create(kits[DESK]) for name in kits if name == DESK)]


async def _settle(audit: Audit) -> None:
    """Give the stage's people the roles that are written on their phones."""
    now = CLOCK.now()
    async with in_transaction():
        await village.fill()
        await figures.fill(village.COMMUNE, now)
        await village.settle(
            stage.PLATFORM,
            {key: (f"{key}-{stage.EVERYBODY}", f"{chat}-{stage.EVERYBODY}") for key, chat in stage.OFFICIALS.items()},
            {unit: f"{key}-{stage.EVERYBODY}" for unit, key in stage.GROUPS.items()},
            now,
        )
        await village.settle(
            stage.PLAIN,
            {key: (f"{key}-{stage.EVERYBODY}", f"{chat}-{stage.EVERYBODY}") for key, chat in stage.RELAYS.items()},
            {},
            now,
        )
        await audit.append(None, "demo_settled", f"unit:{village.COMMUNE}", now)
        await quality.fill(village.VILLAGE, now)


async def _plan(services: Services) -> None:
    """Schedule weekly rounds for the demo's villages; in an installation the officers decide for theirs."""
    place = await units.get(village.COMMUNE)
    if place is not None:
        await services.rounds.plan(place.id, "week", CLOCK.now())
