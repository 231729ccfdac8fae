"""Announcements: written, approved by a second person, sent to every village, with a receipt that is true."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bot.features.announcements import personal_data
from bot.features.announcements.from_console.first import FirstAnnouncement
from bot.features.announcements.receipts import evidence
from bot.features.announcements.relays import proofs
from bot.features.announcements.writing import files as announcement_files
from bot.handlers.kit.base import Base
from bot.handlers.kit.desk_hooks import DeskHooks
from bot.handlers.kit.family import Contribution, Family, Work
from bot.handlers.kit.hooks import Hooks
from bot.handlers.kit.joints import Given
from bot.handlers.kit.meanings import Meaning
from bot.handlers.kit.pages import DeskPage
from bot.handlers.kit.provisions import DISPATCH, HOME
from bot.i18n import msg

from . import (
    approval,
    audience,
    common,
    files,
    first_day,
    forwarding,
    missed,
    other_channels,
    overview,
    proving,
    receipts,
    relaying,
    rewording,
    stopping,
    verification,
    village_list,
    village_ways,
    writing,
)
from .pages import PAGES

MEANINGS = (
    Meaning("wish:news", msg("Thông báo của xã"), command="thongbao"),
    Meaning("official:announce", msg("Soạn thông báo"), command="soanthongbao"),
    Meaning("official:correct", msg("Các thông báo"), command="thongbao"),
    Meaning("official:approve", msg("Tin chờ duyệt"), command="thongbao"),
    Meaning("official:recall", msg("Thu hồi tin"), command="thuhoi"),
)
"""What free words may mean beside a guide."""


def build(base: Base, given: Given, hooks: Hooks) -> Contribution:
    services, outbox, home = base.services, base.services.outbox, given[HOME]
    receipt = receipts.ReceiptConversation(
        outbox, services.jobs, base.content.search, services.reminders, services.audit
    )
    service = common.AnnouncementService(
        services.announcements, services.allowed_in, outbox.capabilities, outbox.link_to, base.poster, base.notice
    )
    news = overview.AnnouncementConversation(service, here=home.here, village=home.village_id)
    stopped = stopping.AnnouncementStopConversation(service)
    reworded = rewording.RewordConversation(service)
    written = writing.AnnouncementWritingConversation(service, services.jobs, reworded, given[DISPATCH])
    hooks.menu.add(news.menu_items, order=90)
    hooks.outstanding.add(stopped.outstanding, order=10)
    hooks.stop_means.add(stopped.ask_which)
    genuine = verification.Verification(home.here)
    hooks.group_checks.add(genuine.verify)
    proof = proving.RelayProofConversation(services.jobs)
    hooks.photos.add(proof.unasked, order=40)
    hooks.photo_hints.add(proof.hint)
    relay = relaying.RelayConversation(service, proof, base.content.search)
    first = first_day.FirstDayConversation(given[DISPATCH], base.chat_of, base.content.search)
    hooks.joined.add(first.joined)
    hooks.menu.add(first.menu_items, order=95)
    hooks.at_menu.add(first.at_menu)
    _hear(hooks, relay, receipt, reworded, written, news)
    routers = [
        receipts.build(receipt),
        relaying.build(relay),
        first_day.build(first),
        forwarding.build(forwarding.ForwardConversation(outbox, hooks.forwards, base.chat_of)),
        proving.build(proof),
        verification.build(genuine),
        overview.build(news),
        stopping.build(stopped),
        writing.build(written),
        files.build(files.AnnouncementFileConversation(service, services.jobs)),
        missed.build(missed.MissedAnnouncementConversation(service, services.audit)),
        audience.build(audience.AudienceConversation(service)),
        other_channels.build(service, services.audit),
        village_list.build(village_list.VillageListConversation(services.audit)),
        village_ways.build(village_ways.VillageWaysConversation(outbox, services.audit)),
        approval.build(approval.ApprovalConversation(service)),
    ]
    incoming = announcement_files.TakeFile(base.by_name, base.store_media, services.announcements.drafts, outbox)
    first_words = FirstAnnouncement(services.announcements.approval, outbox, services.allowed_in)
    jobs = {
        evidence.JOB: evidence.ReceiptFiles(outbox, base.store_as).make,
        announcement_files.KIND: incoming.run,
        proofs.KIND: proofs.TakeProof(base.by_name, base.store_media, outbox).run,
    }
    work = [
        Work("announcements", 30.0, services.announcements.schedule.tick),
        Work("reminders", 15.0, services.reminders.tick),
        Work("first announcement", 30.0, first_words.tick),
        Work("relays", 15.0, services.announcements.ladder.tick),
    ]
    return Contribution(routers, jobs=jobs, work=work, desk=lambda: _desk(base, service, hooks.desk))


def _desk(base: Base, service: common.AnnouncementService, desk: DeskHooks) -> Sequence[DeskPage]:
    from .desk import by_phone, card, composer, listing, today, unclear

    desk.today.add(today.lines, order=20)
    for kind in by_phone.AnnouncementByPhone(service).kinds():
        desk.in_chat.add(kind)
    return [
        listing.ListPage().page(),
        *composer.ComposerPage(service).pages(),
        *card.CardPage(service, base.store_media).pages(),
        unclear.UnclearPage().page(),
    ]


def _hear(
    hooks: Hooks,
    relay: relaying.RelayConversation,
    receipt: receipts.ReceiptConversation,
    reworded: rewording.RewordConversation,
    written: writing.AnnouncementWritingConversation,
    news: overview.AnnouncementConversation,
) -> None:
    """Add what is understood in free words."""
    hooks.understand.add(relay.understand, order=145)
    hooks.understand.add(receipt.hear_received, order=160)
    hooks.understand.add(reworded.understand, order=165)
    hooks.understand.add(news.understand, order=180)
    hooks.understand.add(written.understand, order=185)
    # After what is meant elsewhere, before the guides: “mời bà con cài VNeID” is not a wish to read about it.
    hooks.understand.add(written.understand_at_question, order=269)
    hooks.understand.add(reworded.understand_at_last, order=295)
    hooks.elsewhere.add(relay.understand, order=55)
    hooks.elsewhere.add(receipt.hear_received, order=70)
    hooks.elsewhere.add(news.understand, order=90)
    in_words = (
        Meaning("official:receipt", msg("Ai chưa nhận tin"), does=receipt.show),
        Meaning("leader:received", does=receipt.hear_received),
        Meaning("leader:pasted", does=relay.understand),
        Meaning("leader:not-pasted", does=relay.understand),
    )
    for meaning in (*MEANINGS, *in_words):
        hooks.meanings.add(meaning)


FAMILY = Family(
    "announcements",
    build,
    needs=(DISPATCH, HOME),
    always=True,
    erase_order=30,
    personal=lambda find_guide: personal_data.personal_tables(),
    pages=PAGES,
    templates=Path(__file__).parent / "desk",
)
