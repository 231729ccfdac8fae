"""One announcement: its words, for whom it is, what may be done with it now, and its receipt, which moves by itself."""

from __future__ import annotations

from msgspec import Struct

from bot.core.actions import pack
from bot.core.messages import Button
from bot.core.platform import NoRoom
from bot.core.text import Text
from bot.features.announcements import store
from bot.features.announcements.actions import (
    AddFiles,
    AddRecording,
    Approve,
    AskApproval,
    Cancel,
    CorrectIt,
    DropAttachment,
    GiveBack,
    GoUrgent,
    ListAnnouncements,
    OpenAnnouncement,
    PrintPoster,
    SendLate,
    ShowOtherChannels,
    TakeBack,
    TrySandbox,
)
from bot.features.announcements.model import (
    LONGEST_TEXT,
    MOST_ATTACHMENTS,
    STATES,
    Announcement,
    AnnouncementRefused,
)
from bot.features.announcements.receipts import evidence, standing
from bot.features.announcements.receipts.receipt import receipt
from bot.features.announcements.writing import files
from bot.features.announcements.writing.draft import editable
from bot.features.calendar.vietnam import today
from bot.features.jobs.queue import JobRefused
from bot.features.loudspeaker import recordings
from bot.features.people import people
from bot.features.rights import Act, decide
from bot.handlers.announcements.common import AnnouncementService
from bot.handlers.announcements.stopping import source_of
from bot.handlers.kit.media import NO_ROOM, StoreMedia
from bot.handlers.kit.pages import DeskPage
from bot.i18n import msg
from bot.office.desk.visit import Answer, Events, File, Go, No, Sheet, Visit

from . import addresses
from .receipt_part import REACHED, receipt_part

_ACTS = (Approve, GiveBack, SendLate, Cancel, CorrectIt, AskApproval)
"""What a button on the card does; all others of the chat lead to where this page is already, or a link is."""
_OTHERS = (
    AddFiles, AddRecording, DropAttachment, GoUrgent, ListAnnouncements, OpenAnnouncement, PrintPoster,
    ShowOtherChannels, TakeBack, TrySandbox,
)  # fmt: skip
"""What is done from this page besides, or is a link on it."""
_CODES = frozenset(kind.code for kind in _ACTS)
_RECORDINGS = 5
_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_NO_RECEIPT = msg("{label} chưa gửi nên chưa có biên nhận.")
_NO_FILE = msg("Chưa chọn tệp nào.")


class AttachedFile(Struct, frozen=True):
    """A file of it; `url` is where it can be looked at or heard, `drop` takes it off a draft."""

    kind: str
    alt: str
    url: str
    drop: DropAttachment | None


class CardPage:
    def __init__(self, service: AnnouncementService, store_media: StoreMedia) -> None:
        self._service = service
        self._store_media = store_media

    async def show(self, visit: Visit) -> Answer:
        one = await addresses.named(visit)
        return one if isinstance(one, No) else await self._sheet(visit, one)

    async def _sheet(
        self, visit: Visit, one: Announcement, *, why: str = "", typed: str = "", status: int = 200
    ) -> Sheet:
        service, here = self._service, addresses.of(one)
        offers = await service.offers(visit, visit.who, one)
        corrects = pack(CorrectIt(one.id, recall=False))
        mine = editable(one, visit.who) is None
        writes = (await decide(visit.who, Act.BROADCAST, one.commune_id, on=visit.now)).allowed
        found = await receipt(one.id, today(visit.now)) if one.rows else None
        shows = {
            "one": one,
            "state": visit.word(STATES[one.state]),
            "grade": addresses.GRADES[one.state],
            "author": "" if one.author_id is None else await people.name_of(one.author_id),
            "facts": await service.facts(visit, one, found),
            "findings": await service.findings(visit, one),
            "acts": [(each.label, each.data) for each in offers if each.code in _CODES and each.data != corrects],
            "more": await self._more(visit, one, mine=mine, writes=writes),
            "corrects": any(each.data == corrects for each in offers),
            "longest": LONGEST_TEXT,
            "edit": addresses.of(one, addresses.EDIT) if mine else "",
            "files": self._files(one, mine=mine),
            "adds": addresses.of(one, addresses.FILES) if mine and len(one.attachments) < MOST_ATTACHMENTS else "",
            "recordings": await self._recordings(visit, one) if mine else [],
            "poster": await service.poster_of(visit, one) or "",
            "page": (service.notice(visit.commune.code, one.label) or "") if one.rows and one.everybody else "",
            "live": addresses.of(one, addresses.LIVE),
            "workbook": addresses.of(one, addresses.WORKBOOK),
            "back": here,
            "why": why,
            "typed": typed,
            "receipt": await receipt_part(visit, one, found) if writes else None,
            "watched": bool(one.rows) and writes,
            "at": visit.now,
        }
        return Sheet(
            "announcements/one.html", visit.t("{label} · {title}", label=one.label, title=one.heading), shows, status
        )

    async def _more(self, visit: Visit, one: Announcement, *, mine: bool, writes: bool) -> list[Button]:
        """Return what is seldom done, beside what the card of the chat offers at once."""
        found = []
        if writes:
            found.append(Button.to(visit.word("Đưa tin bằng cách khác"), ShowOtherChannels(one.id)))
        if mine:
            found.append(Button.to(visit.word("Gửi vào nhóm làm thử"), TrySandbox(one.id, one.version)))
            found.append(Button.to(visit.word("Gửi khẩn, không chờ duyệt"), GoUrgent(one.id, one.version)))
        return found

    def _files(self, one: Announcement, *, mine: bool) -> list[AttachedFile]:
        return [
            AttachedFile(
                item.kind,
                item.alt,
                self._service.link_to(item.media) or "",
                DropAttachment(one.id, one.version, item.media[:12]) if mine else None,
            )
            for item in one.attachments
        ]

    async def _recordings(self, visit: Visit, one: Announcement) -> list[Button]:
        made = await recordings.ready_recordings(one.commune_id, _RECORDINGS)
        known = {item.media for item in one.attachments}
        return [
            Button.to(each.title[:60], AddRecording(one.id, one.version, each.id))
            for each in made
            if each.media not in known
        ]

    # Forms

    async def correct(self, visit: Visit) -> Answer:
        """Write the correction of what was sent: a draft for exactly those who have the first one."""
        one = await addresses.named(visit)
        if isinstance(one, No):
            return one
        text = visit.said("noi-dung")
        async with visit.once(addresses.of(one)) as first:
            if not first:
                return Go(await visit.led_to())
            made = await self._service.features.stop.correct(
                one, visit.who, text, visit.now, source=await source_of(one)
            )
            if isinstance(made, Announcement):
                await visit.leads(addresses.of(made, addresses.EDIT))
        if isinstance(made, AnnouncementRefused):
            return await self._refused(visit, one, made, text)
        note = visit.t("Đã soạn đính chính cho đúng {groups} nhóm đã có tin cũ.", groups=len(made.audience.only))
        return Go(addresses.of(made, addresses.EDIT), note)

    async def add_file(self, visit: Visit) -> Answer:
        """Store a file that was chosen on the page and attach it, checked as one that came over a messenger."""
        one = await addresses.named(visit)
        if isinstance(one, No):
            return one
        upload = visit.files.get("tep")
        refusal = editable(one, visit.who)
        if refusal is None and (upload is None or not upload.data):
            refusal = AnnouncementRefused(_NO_FILE)
        if refusal is not None or upload is None:
            return await self._refused(visit, one, refusal or AnnouncementRefused(_NO_FILE))
        try:
            item = await files.stored(upload.data, visit.said("loi") or upload.name, self._store_media, visit.now)
        except JobRefused as refused:
            return await self._refused(visit, one, AnnouncementRefused(refused.template, refused.values))
        except NoRoom:
            return await self._refused(visit, one, AnnouncementRefused(NO_ROOM))
        async with visit.once(addresses.of(one)) as first:
            fresh = await store.get(one.id) if first else None
            refusal = await self._service.features.drafts.attach(fresh, visit.who, item, visit.now) if fresh else None
        if refusal is not None:
            return await self._refused(visit, one, refusal)
        return Go(addresses.of(one), visit.t("Đã thêm vào {label}: {name}.", label=one.label, name=item.alt))

    async def _refused(self, visit: Visit, one: Announcement, refusal: AnnouncementRefused, typed: str = "") -> Sheet:
        """Show the announcement as it is now, with the reason; what was typed stays in its box."""
        why = visit.t(refusal.why, **refusal.values).plain
        return await self._sheet(visit, await store.get(one.id) or one, why=why, typed=typed, status=409)

    # The receipt

    async def live(self, visit: Visit) -> Answer:
        """Send the receipt whenever it has changed."""
        one = await addresses.named(visit)
        if isinstance(one, No):
            return one
        label = one.id

        async def mark() -> str:
            return await standing.mark(label)

        async def part(at: Visit) -> Sheet | No:
            now = await addresses.named(at)
            if isinstance(now, No):
                return now
            return Sheet(
                "announcements/receipt.html",
                Text(),
                {"receipt": await receipt_part(at, now, await receipt(now.id, today(at.now))), "at": at.now},
            )

        return Events(mark, part)

    async def workbook(self, visit: Visit) -> Answer:
        one = await addresses.named(visit)
        if isinstance(one, No):
            return one
        found = await receipt(one.id, today(visit.now)) if one.rows else None
        if found is None:
            return No(visit.t(_NO_RECEIPT, label=one.label))
        name, data = await evidence.file_of(found, visit.now)
        return File(name, _WORKBOOK, data)

    def pages(self) -> list[DeskPage]:
        reaches = [
            kind.code
            for kind in (*_ACTS, *_OTHERS, GoUrgent, TrySandbox, ShowOtherChannels, AddRecording, DropAttachment)
        ]
        return [
            DeskPage(addresses.ONE, self.show, self.correct, reaches=(*reaches, *REACHED)),
            DeskPage(addresses.FILES, None, self.add_file, largest=files.LIMITS["file"] + 64 * 1024),
            DeskPage(addresses.LIVE, self.live, act=Act.BROADCAST),
            DeskPage(addresses.WORKBOOK, self.workbook, act=Act.BROADCAST),
        ]
