"""The services that the conversations and the jobs of an installation share, and how they are made.

Part of the composition root, with bot.assembly.app and bot.assembly.families: no other module imports it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.assembly.families import discover, personal
from bot.core.events import ChatKind
from bot.core.fit import LinkTo
from bot.core.platform import Capabilities, Usage
from bot.features import privacy
from bot.features.announcements.receipts.reminding import LADDERS, Reminders
from bot.features.announcements.relays.asking import ReadAt, nowhere
from bot.features.audit import Audit
from bot.features.calendar.vietnam import VIETNAM
from bot.features.checkins.rounds import Rounds
from bot.features.commune.commune_settings import CommuneSettings
from bot.features.commune.quiet import CommuneDigest, CommuneQuiet
from bot.features.desk.sessions import DeskSessions
from bot.features.guides.model import Guide
from bot.features.help.service import HelpService
from bot.features.help.words import HelpWords
from bot.features.invites import Invites
from bot.features.jobs.queue import Jobs
from bot.features.outbox.box import Outbox, Wake
from bot.features.outbox.homes import Homes
from bot.features.outbox.rows import Rows
from bot.features.practices import methods, practices, remarks
from bot.features.privacy import received as received_files
from bot.features.privacy.received import ReceivedFiles
from bot.features.programs.tokens import Tokens
from bot.features.programs.webhooks import Webhooks
from bot.features.quality.for_report import QualityOf
from bot.features.quality.opinions import Opinions
from bot.features.reports import Reports
from bot.features.upkeep.shown import LibrarySync
from bot.handlers.kit.base import Content, Services
from bot.handlers.kit.family import Family


def make_services(
    key: bytes,
    db: BaseDBAsyncClient,
    content: Content,
    capabilities: Mapping[str, Mapping[ChatKind, Capabilities]],
    *,
    link_to: LinkTo,
    locale: str,
    now: Callable[[], datetime],
    wake: Wake,
    zone: ZoneInfo = VIETNAM,
    usage: Mapping[str, Callable[[], Awaitable[Usage | None]]] | None = None,
    ladders: Mapping[str, Sequence[timedelta]] = LADDERS,
    off: Mapping[str, str] = MappingProxyType({}),
    received: ReceivedFiles | None = None,
    families: Sequence[Family] | None = None,
    read_at: ReadAt = nowhere,
    webhooks_anywhere: bool = False,
    homes: Homes = MappingProxyType({}),
) -> Services:
    """Make the services.

    `wake` is called after a row is put into the outbox; `usage` asks a platform for its month's usage. `ladders` are
    the steps of the reminders to those who have not confirmed an announcement. `off` as in `Base`. `families` are all
    families that keep personal data, those switched off too; None finds them. `received` holds the files from the page,
    if there is one. `read_at` is where residents read an announcement, by the code of their village.
    `webhooks_anywhere`: other programs may be told at any address, for tests. `homes`: the communes of bots that belong
    to one.
    """
    audit = Audit(key)
    invites = Invites(key, audit)
    kept = make_privacy(key, audit, invites, content.guides.get, received, families)
    translate = content.catalogues.translate
    commune_settings = CommuneSettings(content.communes)
    quiet = CommuneQuiet(commune_settings, zone)
    outbox = Outbox(
        Rows(db, translate), capabilities, translate, link_to, locale=locale, quiet=quiet, wake=wake, usage=usage or {},
        digest=CommuneDigest(commune_settings, zone), off=off, homes=homes,
    )  # fmt: skip
    return Services(
        DeskSessions(key, now),
        audit,
        invites,
        kept,
        outbox,
        commune_settings,
        Rounds(outbox, content.commune.cut_off),
        Jobs(db),
        Reminders(outbox, translate, locale, ladders),
        _reports(db, audit, commune_settings, content),
        HelpService(outbox, HelpWords(translate, content.guides, zone, locale), commune_settings.of, zone),
        LibrarySync(content.guides, content.index),
        Tokens(key, audit, now),
        Webhooks(key, audit, now, open_to_all=webhooks_anywhere),
        now,
        read_at,
        homes,
    )


def _reports(db: BaseDBAsyncClient, audit: Audit, settings: CommuneSettings, content: Content) -> Reports:
    cut_off = content.commune.cut_off
    return Reports(
        db,
        audit,
        settings.of,
        cut_off,
        practices.for_report,
        remarks.for_report,
        QualityOf(Opinions(db, cut_off)),
        methods.for_report,
    )


def make_privacy(
    key: bytes,
    audit: Audit,
    invites: Invites,
    find_guide: Callable[[str], Guide | None] = lambda slug: None,
    received: ReceivedFiles | None = None,
    families: Sequence[Family] | None = None,
) -> privacy.Privacy:
    """Join what all families keep of people, those switched off too, in the order in which it can be erased.

    Rows that name a person go before the person.
    """
    return privacy.Privacy(
        key,
        audit,
        [
            *privacy.chats.personal_tables(find_guide),
            *([] if received is None else received_files.personal_tables(received)),
            *personal(discover() if families is None else families, find_guide),
            *privacy.personal_data.personal_tables(invites.subjects),
        ],
    )
