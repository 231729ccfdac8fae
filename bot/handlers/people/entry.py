"""People: home, consent and erasing, roles and accounts, invitations, and who is listed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from bot.features.desk.sessions import PLATFORM as DESK
from bot.features.jobs import temporary_files
from bot.features.jobs.late import late
from bot.features.jobs.queue import JobFunction
from bot.features.privacy_requests import personal_data as requests_kept
from bot.handlers.kit.base import Base
from bot.handlers.kit.desk_hooks import DeskHooks
from bot.handlers.kit.family import Contribution, Family
from bot.handlers.kit.hooks import Hooks
from bot.handlers.kit.joints import Given, Provision
from bot.handlers.kit.meanings import Meaning, doing
from bot.handlers.kit.pages import DeskPage
from bot.handlers.kit.provisions import CONSENT, GROUP_CODES, HOME
from bot.i18n import msg

from . import (
    accounts,
    group_codes,
    group_slips,
    home,
    importing,
    inviting,
    listed,
    me,
    privacy,
    refusals,
    refused_wishes,
    roster,
    slips,
    wrong_codes,
)

MEANINGS = (
    Meaning("wish:erase", msg("Xóa dữ liệu của tôi"), command="xoadulieu"),
    Meaning("wish:withdraw", msg("Thôi đồng ý, xóa dữ liệu"), command="xoadulieu"),
    Meaning("wish:my-data", msg("Dữ liệu của tôi"), command="dulieu"),
    Meaning("wish:name", msg("Sửa tên tôi"), command="suaten"),
    Meaning("wish:home", msg("Thôn của tôi"), command="thon"),
    Meaning("official:invite", msg("Mời người"), command="moi"),
    Meaning("official:who-not-joined", msg("Ai chưa vào"), command="chuavao"),
    Meaning("official:roster", msg("Ai giữ vai trò nào"), command="nguoilam"),
    Meaning("official:groups", msg("Mã nhóm"), command="dangky"),
    Meaning("leader:group-code", msg("Mã nhóm"), command="dangky"),
)
"""What free words may mean beside a guide."""


def build(base: Base, given: Given, hooks: Hooks) -> Contribution:
    services = base.services
    at_home = home.HomeConversation(services.commune_settings, base.zone, hooks.resume, services.homes)
    consent = privacy.PrivacyConversation(services.privacy, at_home.here, base.zone, hooks.stop_means)
    codes = inviting.Codes(base.store_media, base.links_at, base.add_links_at, keep_until=temporary_files.keep)
    invites = inviting.InviteConversation(services.invites, codes)
    of_groups = group_codes.GroupCodeConversation(services.invites, codes, services.plans, services.jobs)
    own = accounts.AccountsConversation(
        services.invites,
        services.audit,
        consent,
        codes,
        is_messenger=lambda name: name not in base.anonymous and name != DESK,
        tell=services.tell_person,
        belongs=at_home.belongs,
        first=hooks.new_role,
        joined=hooks.joined,
        homes=services.homes,
    )
    entry = me.OwnEntryConversation(services.audit, services.desk, base.zone)
    holders = roster.RosterConversation(services.audit, services.tell_person)
    absent = listed.ListedPeopleConversation(services.invites, codes, services.jobs)
    hooks.menu.add(at_home.menu_items, order=100)
    hooks.links.add(own.open_link, order=40)
    hooks.links.add(wrong_codes.open_link, order=60)
    hooks.after_help.add(at_home.ask_village_once, order=20)
    hooks.understand.add(own.understand, order=10)
    hooks.understand.add(consent.understand, order=120)
    hooks.understand.add(at_home.understand, order=130)
    hooks.understand.add(wrong_codes.understand, order=315)
    hooks.elsewhere.add(own.understand, order=10)
    hooks.asking_for_help.add(own.understand, order=10)
    hooks.asking_for_help.add(consent.understand, order=20)
    routers = [
        home.build(at_home),
        privacy.build(consent),
        accounts.build(own),
        me.build(entry),
        roster.build(holders),
        refusals.build(services.audit),
        inviting.build(invites),
        group_codes.build(of_groups),
        importing.build(importing.ImportConversation(services.jobs)),
        listed.build(absent),
    ]
    jobs: dict[str, JobFunction] = {
        importing.KIND: late(partial(_writing, base)),
        slips.KIND: slips.SlipJob(services.invites, services.outbox, base.store_as, base.links_at),
        group_slips.KIND: group_slips.GroupSlipJob(services.invites, services.outbox, base.store_as, base.add_links_at),
    }
    in_words = (
        Meaning("wish:code", msg("Tôi có mã mời"), does=own.ask_code),
        Meaning("leader:handover", msg("Thôi vai trò"), does=own.hand_over),
        Meaning("leader:work", msg("Việc của tôi là gì"), does=doing(own.command)),
        Meaning("leader:invite", msg("Mời người"), does=invites.in_words),
    )
    _mean(hooks, *MEANINGS, *in_words, *refused_wishes.MEANINGS)
    provided: dict[Provision[Any], object] = {HOME: at_home, CONSENT: consent, GROUP_CODES: of_groups.offer}
    desk = partial(_desk, base, hooks.desk, (invites, absent), (holders, own, entry))
    return Contribution(routers, provided, jobs, desk=desk)


def _writing(base: Base) -> JobFunction:
    from .import_job import ImportJob

    return ImportJob(base.uploads, base.services.outbox, base.services.audit)


def _mean(hooks: Hooks, *meanings: Meaning) -> None:
    for meaning in meanings:
        hooks.meanings.add(meaning)


def _desk(
    base: Base,
    desk: DeskHooks,
    giving: tuple[inviting.InviteConversation, listed.ListedPeopleConversation],
    ending: tuple[roster.RosterConversation, accounts.AccountsConversation, me.OwnEntryConversation],
) -> Sequence[DeskPage]:
    """Return the pages for officials, and add what they have to say on the first one and what the phone is asked."""
    from .desk import kept, people, villages, workbook
    from .desk.by_phone import EndingByPhone, GivingByPhone, ListByPhone
    from .desk.person import PersonPage

    kinds = [*GivingByPhone(*giving).kinds(), *EndingByPhone(*ending).kinds(), ListByPhone(base.uploads).kind()]
    for kind in kinds:
        desk.in_chat.add(kind)
    of_villages = villages.VillagesPage(base.services.outbox)
    of_privacy = kept.PrivacyPage(base.services.privacy, base.services.audit)
    desk.today.add(of_villages.today, order=60)
    desk.today.add(of_privacy.today, order=80)
    return [
        *of_villages.pages(),
        people.PeoplePage().page(),
        *workbook.WorkbookPage(base.uploads).pages(),
        PersonPage(base.services.audit, desk.of_person).page(),
        of_privacy.page(),
    ]


FAMILY = Family(
    "people",
    build,
    provides=(HOME, CONSENT, GROUP_CODES),
    tables="bot.features.privacy_requests.tables",
    personal=lambda find_guide: requests_kept.personal_tables(),
    kept_until=requests_kept.rules,
    always=True,
    templates=Path(__file__).parent / "desk",
)
