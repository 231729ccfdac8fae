"""Cancel an announcement, and correct one that was sent already."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from bot.core.context import Translate
from bot.features import rights
from bot.features.audit import Audit
from bot.features.outbox.box import Outbox
from bot.features.people.people import Who
from bot.features.rights import Act
from bot.i18n import msg
from bot.storage.core_tables.outbox import OutboxRow

from . import store
from .approval import may_approve
from .audience import Audience
from .model import LONGEST_TITLE, OPEN, RECALL, Announcement, AnnouncementRefused
from .moving import move
from .recalling import Reach, reach
from .store import Having
from .writing.draft import NEWER, Drafts

CANCELLED = "cancelled by a person"
_NOT_YOURS = msg("Việc dừng thông báo là của cán bộ xã và người đã duyệt thông báo đó.")
_OVER = msg("{label} không còn gì để hủy.")
_STILL_GOING = msg("{label} còn đang gửi. Bác chọn “Dừng gửi” trước, rồi làm lại việc này.")
_NOBODY_HAS_IT = msg("{label} chưa đến nhóm nào nên không cần đính chính.")
_RECALLED = msg("{label} đã thu hồi bằng {recall}. Bác soạn thông báo mới nếu còn điều cần nói.")
_RECALL = msg("Bà con không làm theo tin “{title}” nữa.")
_RECALL_ALL = msg("Bà con không làm theo tin “{title}” và các đính chính nữa.")
_TITLE, _RECALL_TITLE = msg("Đính chính: {title}"), msg("Thu hồi: {title}")


class Stopped(Struct, frozen=True):
    """The result of cancelling: `stopped` messages will not be sent, `sent` were sent, `open` are still unclear."""

    stopped: int
    sent: int
    open: int


class AnnouncementStop:
    """Methods run inside the caller's transaction."""

    def __init__(self, outbox: Outbox, audit: Audit, drafts: Drafts) -> None:
        self._outbox = outbox
        self._audit = audit
        self._drafts = drafts

    async def cancel(self, one: Announcement, version: int, who: Who, now: datetime) -> Stopped | AnnouncementRefused:
        """Cancel the rest of it; messages that are already being sent cannot be taken back."""
        if not await may_stop(one, who, now):
            return AnnouncementRefused(_NOT_YOURS)
        if one.state not in OPEN:
            return AnnouncementRefused(_OVER, {"label": one.label})
        if one.version != version or not await move(one, "cancelled", now, ended_at=now):
            return AnnouncementRefused(NEWER)
        stopped = await self._outbox.cancel(now, announcement=one.id, reason=CANCELLED)
        sent = await OutboxRow.filter(announcement=one.id, state="sent").count()
        unknown = await OutboxRow.filter(announcement=one.id, state__in=["sending", "uncertain"]).count()
        details = {"stopped": stopped, "sent": sent, "open": unknown}
        await self._audit.append(who.person_id, "announcement.cancelled", f"announcement:{one.id}", now, details)
        return Stopped(stopped, sent, unknown)

    async def correct(
        self, one: Announcement, who: Who, text: str, now: datetime, *, source: str
    ) -> Announcement | AnnouncementRefused:
        """Create a draft that corrects it, for exactly those groups that have the first or may have it."""
        having = await self.correctable(one, who, now)
        if isinstance(having, AnnouncementRefused):
            return having
        return await self._write(one, who, text, now, source=source, having=having)

    async def correctable(self, one: Announcement, who: Who, now: datetime) -> Having | AnnouncementRefused:
        """Return who a correction would go to. Refused for an announcement that was taken back."""
        problem = await self._problem(one, who, now)
        if problem is not None:
            return problem
        recall = await store.recall_of(one)
        if recall is not None and recall.rows:
            return AnnouncementRefused(_RECALLED, {"label": one.label, "recall": recall.label})
        return await store.having(one) or AnnouncementRefused(_NOBODY_HAS_IT, {"label": one.label})

    async def reach(self, one: Announcement, who: Who, now: datetime) -> Reach | AnnouncementRefused:
        """Return the reach of a recall: the whole chain, of which nothing may be being sent at that moment."""
        problem = await self._problem(one, who, now)
        if problem is not None:
            return problem
        found = await reach(one)
        going = next((each for each in (*found.out, *found.waiting) if each.state == "sending"), None)
        if going is not None:
            return AnnouncementRefused(_STILL_GOING, {"label": going.label})
        return found if found.having else AnnouncementRefused(_NOBODY_HAS_IT, {"label": one.label})

    async def recall(
        self, one: Announcement, who: Who, text: str, now: datetime, *, source: str
    ) -> Announcement | AnnouncementRefused:
        """Create a draft that takes back the whole chain of `one`, for every group that has any of it."""
        found = await self.reach(one, who, now)
        if isinstance(found, AnnouncementRefused):
            return found
        return await self._write(found.out[0], who, text, now, source=source, having=found.having, recall=True)

    async def _problem(self, one: Announcement, who: Who, now: datetime) -> AnnouncementRefused | None:
        decision = await rights.decide(who, Act.BROADCAST, one.commune_id, on=now)
        if not decision.allowed:
            return AnnouncementRefused(decision.why)
        if one.state in OPEN:
            return AnnouncementRefused(_STILL_GOING if one.rows else _NOBODY_HAS_IT, {"label": one.label})
        return None

    async def _write(
        self,
        one: Announcement,
        who: Who,
        text: str,
        now: datetime,
        *,
        source: str,
        having: Having,
        recall: bool = False,
    ) -> Announcement | AnnouncementRefused:
        made = await self._drafts.create(
            one.commune_id,
            who,
            now,
            title=self._title(one, recall=recall),
            text=text,
            source=source,
            template=RECALL if recall else one.template,
            klass=one.klass,
            corrects=one,
            audience=Audience(only=having.channels, relayed=having.villages),
        )
        if isinstance(made, Announcement):
            details = {"by": made.id, "channels": len(having.channels), "villages": len(having.villages)}
            await self._audit.append(who.person_id, "announcement.corrected", f"announcement:{one.id}", now, details)
        return made

    def _title(self, one: Announcement, *, recall: bool) -> str:
        """Make a title that cannot be mistaken for the first announcement's in a list."""
        template = self._outbox.translate(self._outbox.locale, _RECALL_TITLE if recall else _TITLE)
        return template.format(title=one.title or one.label)[:LONGEST_TITLE]


async def may_stop(one: Announcement, who: Who, now: datetime) -> bool:
    """Tell whether `who` may announce for the commune, or approved this one and still has that right."""
    if (await rights.decide(who, Act.BROADCAST, one.commune_id, on=now)).allowed:
        return True
    return one.approver_id is not None and one.approver_id == who.person_id and await may_approve(one, who, now)


def recall_text(found: Reach, translate: Translate, locale: str) -> str:
    """Propose the text of a recall, since no messenger lets us delete what everybody has read; "" if nothing is out."""
    if not found.out:
        return ""
    text = _RECALL if len(found.out) == 1 else _RECALL_ALL
    return translate(locale, text).format(title=found.out[0].heading)
