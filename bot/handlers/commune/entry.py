"""The commune: its settings, its groups and how they move, and how the messengers are."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from bot.features.announcements import relay_people
from bot.features.announcements.relay_people import Relay
from bot.features.desk.sessions import PLATFORM as DESK
from bot.features.group_moves import GroupMoves
from bot.features.health import Health
from bot.handlers.kit.base import Base
from bot.handlers.kit.desk_hooks import DeskHooks
from bot.handlers.kit.family import Contribution, Family
from bot.handlers.kit.hooks import Hooks
from bot.handlers.kit.joints import Given
from bot.handlers.kit.meanings import Meaning
from bot.handlers.kit.pages import DeskPage
from bot.handlers.kit.provisions import GROUP_CODES, HOME
from bot.i18n import msg

from . import channel_news, giving, group_moves, group_wishes, groups, health, history, registering, settings

MEANINGS = (
    Meaning("official:settings", msg("Cài đặt của xã"), command="caidat"),
    Meaning("official:status", msg("Tình trạng bot"), command="trangthai"),
)
"""What free words may mean beside a guide."""


def build(base: Base, given: Given, hooks: Hooks) -> Contribution:
    services, home = base.services, given[HOME]
    of_commune = settings.SettingsConversation(services.commune_settings, services.audit, services.outbox.quiet_changed)
    moving = group_moves.GroupMoveConversation(GroupMoves(services.outbox, services.audit), services.tell_officers)
    given_groups = giving.Giving(services.tell_officers, services.audit)
    wishes = group_wishes.GroupWishes(services.invites, services.mail, given_groups, services.audit)

    async def relays(unit_ids: Collection[int], now: datetime) -> Mapping[int, tuple[Relay, ...]]:
        return await relay_people.of_each(unit_ids, services.outbox, now)

    registered = groups.VillageGroupConversation(
        registering.Registration(
            invites=services.invites,
            plans=services.plans,
            giving=given_groups,
            wishes=wishes,
            offer=moving.offer,
            relays=relays,
            homes=services.homes,
        ),
        tell_officers=services.tell_officers,
        commune=home.here,
        audit=services.audit,
        make_code=given[GROUP_CODES],
    )
    hooks.menu.add(of_commune.menu_items, order=110)
    hooks.links.add(registered.open_link, order=50)
    hooks.understand.add(of_commune.understand, order=100)
    hooks.group_language.add(registered.set_language)
    past = history.SettingsHistoryConversation(
        services.commune_settings, of_commune.entrance, of_commune.change, base.zone
    )
    news = channel_news.ChannelNews(of_commune.entrance, services.announcements.drafts)
    state = Health(base.platforms, base.off, services.outbox.rows.planned, but=DESK, homes=services.homes)
    for meaning in MEANINGS:
        hooks.meanings.add(meaning)
    return Contribution(
        [
            settings.build(of_commune),
            history.build(past),
            channel_news.build(news),
            health.build(
                health.HealthConversation(state, services.audit, services.outbox.wake, relays, examined=base.examined)
            ),
            groups.build(registered, checks=hooks.group_checks),
            group_wishes.build(wishes),
            group_moves.build(moving),
        ],
        desk=lambda: _desk(base, state, of_commune, hooks.desk),
    )


def _desk(base: Base, state: Health, of_commune: settings.SettingsConversation, desk: DeskHooks) -> Sequence[DeskPage]:
    from .desk import groups as groups_page
    from .desk import health as health_page
    from .desk import log as log_page
    from .desk import settings as settings_page

    of_health = health_page.HealthPage(state, examined=base.examined)
    desk.today.add(of_health.today, order=70)
    return [
        of_health.page(),
        log_page.LogPage(base.services.audit).page(),
        groups_page.GroupsPage().page(),
        *settings_page.SettingsPage(of_commune.changes).pages(),
    ]


FAMILY = Family("commune", build, needs=(HOME, GROUP_CODES), always=True, templates=Path(__file__).parent / "desk")
