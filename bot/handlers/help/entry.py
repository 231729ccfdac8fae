"""Help: somebody is stuck, a person of the village is asked, and the directory of whom else to ask."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bot.features.help import personal_data, photos
from bot.features.help.scheduled_work import HelpSchedule
from bot.features.help.service import HelpService
from bot.features.jobs import temporary_files
from bot.handlers.kit.base import Base
from bot.handlers.kit.desk_hooks import DeskHooks
from bot.handlers.kit.family import Contribution, Family, Work
from bot.handlers.kit.hooks import Hooks
from bot.handlers.kit.joints import Given
from bot.handlers.kit.meanings import Meaning, doing
from bot.handlers.kit.pages import DeskPage
from bot.handlers.kit.provisions import AFTER_HELP, CONSENT, DISPATCH, HAND_OVER, HOME, ask_nothing
from bot.i18n import msg

from . import asking, calling, directory, helping, own_requests, rota

MEANINGS = (
    Meaning("wish:help-status", msg("Việc bác đã nhờ"), command="giupdo"),
    Meaning("wish:phone", msg("Số điện thoại cần gọi"), command="danhba"),
    Meaning("wish:hours", msg("Giờ làm việc, nơi làm việc"), command="danhba"),
    Meaning("official:help", msg("Bà con đang nhờ giúp"), command="giupdo"),
)
"""What free words may mean beside a guide."""


def build(base: Base, given: Given, hooks: Hooks) -> Contribution:
    services, home, clock = base.services, given[HOME], HelpSchedule(base.services.help)
    contacts = directory.DirectoryConversation(home.here, base.store_media, temporary_files.keep, base.content.search)
    helpers = helping.HelperConversation(services.help, clock)
    asked = own_requests.OwnRequests(services.help, services.jobs, given.get(AFTER_HELP) or ask_nothing)
    dispatch = given[DISPATCH]
    wanted = asking.AskingConversation(
        services.help,
        asked,
        base.content.guides,
        given[CONSENT],
        home,
        asking.Elsewhere(hooks.asking_for_help, dispatch.otherwise, dispatch.give_up),
    )
    stuck = calling.HelpConversation(asked, wanted, helpers.list_for_helpers, base.content.search)
    hooks.at_menu.add(stuck.at_menu, order=20)
    hooks.links.add(stuck.open_link, order=30)
    hooks.outstanding.add(asked.outstanding, order=20)
    hooks.photo_hints.add(asked.of_photo)
    hooks.understand.add(contacts.understand, order=110)
    hooks.understand.add(stuck.understand, order=190)
    hooks.understand.add(stuck.understand_stuck, order=265)
    hooks.understand.add(stuck.understand_matter, order=320)
    hooks.elsewhere.add(contacts.understand, order=40)
    hooks.elsewhere.add(stuck.understand, order=100)
    for meaning in MEANINGS:
        hooks.meanings.add(meaning)
    in_words = (
        Meaning("wish:human", msg("Nhờ người giúp"), does=stuck.to_a_person),
        Meaning("wish:call-me", msg("Nhờ gọi lại"), does=stuck.call_back),
        Meaning("wish:ill", msg("Trong nhà có người ốm"), does=doing(contacts.advise_the_ill)),
    )
    for meaning in in_words:
        hooks.meanings.add(meaning)
    return Contribution(
        [
            directory.build(contacts),
            asking.build(wanted),
            calling.build(stuck),
            own_requests.build(asked),
            helping.build(helpers),
            rota.build(rota.RotaConversation()),
        ],
        {HAND_OVER: stuck.hand_over},
        {photos.KIND: photos.TakeHelpPhoto(base.by_name, base.store_media, services.help).run},
        [Work("help", 15.0, clock.tick)],
        lambda: _desk(services.help, hooks.desk),
    )


def _desk(service: HelpService, desk: DeskHooks) -> Sequence[DeskPage]:
    from .desk import listed, one

    requests = listed.RequestsPage(service)
    desk.today.add(requests.today_lines, order=20)
    return [requests.page(), one.RequestPage(service).page()]


FAMILY = Family(
    "help",
    build,
    needs=(HOME, CONSENT, DISPATCH),
    wants=(AFTER_HELP,),
    provides=(HAND_OVER,),
    always=True,
    personal=personal_data.personal_tables,
    kept_until=personal_data.rules,
    templates=Path(__file__).parent / "desk",
)
