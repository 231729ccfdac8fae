"""The job behind the papers of a village's meeting: the invitation and the minutes as Word files."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from bot.features import units
from bot.features.calendar.vietnam import VIETNAM, today
from bot.features.jobs.queue import JobRefused, chat_of
from bot.features.meetings import book
from bot.features.meetings.model import Meeting, Minutes
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.handlers.papers.documents import Drawn, PaperNotices
from bot.i18n import msg

from .common import NOT_LEADER, leads

KIND = "meeting paper"
INVITATION, MINUTES = "gm", "bb"
_TITLES = {INVITATION: msg("Giấy mời họp"), MINUTES: msg("Biên bản họp")}


class MeetingPaperOrder(Struct, frozen=True):
    """Which paper; `secretary` is for minutes and is kept nowhere but in the body of the job, emptied at its end."""

    meeting: int
    what: str
    secretary: str = ""

    def body(self) -> dict[str, str]:
        return {"meeting": str(self.meeting), "what": self.what, "secretary": self.secretary}


class MeetingPaperJob:
    """Implements JobFunction."""

    def __init__(self, outbox: PaperNotices) -> None:
        self._outbox = outbox

    async def __call__(self, body: Mapping[str, str], now: datetime) -> None:
        chat, one = chat_of(body), await book.get(int(body["meeting"]))
        if chat is None:
            return
        if one is None:
            raise JobRefused(msg("Không còn cuộc họp này."))
        who = await people.who(Account(chat.platform, body["person"]), now)
        village, commune = await units.by_id(one.unit_id), await units.commune_of(one.unit_id, today(now))
        if village is None or commune is None or not await leads(who, one.unit_id, now):
            raise JobRefused(NOT_LEADER)
        from bot.features.reports import village_meeting  # loads what writes Word files

        if body["what"] == MINUTES:
            content = await village_meeting.minutes(one, await _minutes_of(one, body), village, commune, who.name, now)
        else:
            content = await village_meeting.invite(one, village, commune, who.name, now)
        day = one.starts_at.astimezone(VIETNAM).date()
        name = f"{body['what'].upper()}-{village.code}-{day.isoformat()}.docx"
        about = Drawn(village.id, f"d{body['what']}", who.person_id)
        await self._outbox.send(body, name, content, _TITLES[body["what"]], now, about=about)


async def _minutes_of(one: Meeting, body: Mapping[str, str]) -> Minutes:
    decisions = [each.text for each in await book.points(one.id, "decision")]
    questions = [each.text for each in await book.points(one.id, "question")]
    return Minutes(one.present or 0, body["secretary"], decisions, questions)
