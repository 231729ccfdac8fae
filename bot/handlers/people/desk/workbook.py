"""The list of people as a workbook: exported, and imported with every change shown before anything is written."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.platform import NoRoom, owner_of
from bot.core.text import Text
from bot.features import rights
from bot.features.calendar.vietnam import today
from bot.features.desk.sessions import PLATFORM
from bot.features.jobs.queue import JobRefused
from bot.features.workbook import UnreadableFile
from bot.features.workbook.book import Proposal
from bot.features.workbook.office import scope_of, workbook_of
from bot.handlers.kit.media import NO_ROOM, Uploads
from bot.handlers.kit.pages import DeskPage
from bot.handlers.people.importing import WriteList
from bot.i18n import msg
from bot.office.desk.visit import Answer, File, Sheet, Visit

from .people import ADDRESS

_EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_LARGEST = 2_000_000
_SHOWN = 500
_NO_FILE = msg("Chưa chọn tệp. Mời chọn tệp .xlsx rồi bấm lại.")
_UNREADABLE = msg("Không đọc được tệp: {why}.")
_MARKS = {"+": msg("thêm"), "~": msg("đổi"), "-": msg("bớt"), "!": msg("sai")}
_GRADES = {"+": "fine", "~": "waits", "-": "late", "!": "bad"}


class WorkbookPage:
    def __init__(self, uploads: Uploads) -> None:
        self._uploads = uploads

    async def export(self, visit: Visit) -> Answer:
        book = await workbook_of(visit.who, visit.commune.id, visit.now)
        data = await book.export(scope_of(visit.commune.id, visit.now))
        return File(f"danh-sach-{visit.commune.code}-{today(visit.now):%Y-%m-%d}.xlsx", _EXCEL, data)

    async def show(self, visit: Visit) -> Answer:
        return self._sheet(visit)

    async def take(self, visit: Visit) -> Answer:
        """Read the workbook and show its changes; it is written once its sender agrees in the chat."""
        sent = visit.files.get("tep")
        if sent is None or not sent.data:
            return self._sheet(visit, visit.t(_NO_FILE))
        book = await workbook_of(visit.who, visit.commune.id, visit.now)
        try:
            proposal = await book.propose(sent.data, scope_of(visit.commune.id, visit.now))
        except UnreadableFile as error:
            return self._sheet(visit, visit.t(_UNREADABLE, why=str(error)))
        except JobRefused as refused:
            return self._sheet(visit, visit.t(refused.template, **refused.values))
        if not proposal.clean or not proposal.changes:
            return self._sheet(visit, proposal=proposal)
        try:
            name = await self._uploads.receive(sent.data, owner_of(PLATFORM, str(visit.person_id)))
        except NoRoom:
            return self._sheet(visit, visit.t(NO_ROOM))
        write = WriteList(visit.commune.id, name, proposal.mark, len(proposal.changes), sure=False)
        return self._sheet(visit, proposal=proposal, write=write)

    def _sheet(
        self,
        visit: Visit,
        wrong: Text | None = None,
        *,
        proposal: Proposal | None = None,
        write: WriteList | None = None,
    ) -> Answer:
        changes = () if proposal is None else proposal.changes
        # What is wrong comes first: it is all that there is to do.
        ordered = sorted(changes, key=lambda one: one.mark != "!")
        return Sheet(
            "people/import.html",
            visit.t("Nhập danh sách từ Excel"),
            {
                "wrong": wrong,
                "read": proposal is not None,
                "faults": sum(one.mark == "!" for one in changes),
                "count": len(changes),
                "changes": [
                    (_GRADES[one.mark], visit.word(_MARKS[one.mark]), f"{one.sheet}!{one.cell}", one.text)
                    for one in ordered[:_SHOWN]
                ],
                "hidden_ones": max(0, len(changes) - _SHOWN),
                "write": write,
            },
            200 if wrong is None else 400,
        )

    def pages(self) -> Sequence[DeskPage]:
        act = rights.Act.INVITE
        about = msg("Mỗi thay đổi được kê ra trước, chưa ghi gì. Đồng ý thì bấm trên điện thoại của mình.")
        return [
            DeskPage(f"{ADDRESS}/danh-sach.xlsx", self.export, act=act),
            DeskPage(
                f"{ADDRESS}/nhap",
                self.show,
                self.take,
                act=act,
                about=about,
                largest=_LARGEST,
                reaches=(WriteList.code,),
            ),
        ]
