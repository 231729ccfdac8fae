"""Stopping an announcement, and putting right what has left already."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.core.context import Translate
from bot.features import rights
from bot.features.audit import Audit
from bot.features.outbox.box import Outbox
from bot.features.people import Who
from bot.features.rights import Act
from bot.i18n import msg
from bot.storage.outbox import OutboxRow

from . import store
from .approval import may_approve
from .audience import Audience
from .draft import NEWER, Drafts
from .model import LONGEST_TITLE, OPEN, RECALL, Announcement, Refused
from .moving import move

CANCELLED = "cancelled by a person"
_NOT_YOURS = msg("Việc dừng thông báo là của cán bộ xã và người đã duyệt thông báo đó.")
_OVER = msg("{label} không còn gì để hủy.")
_STILL_GOING = msg("{label} còn đang gửi. Bác chọn “Dừng gửi” trước, rồi đính chính.")
_NOBODY_HAS_IT = msg("{label} chưa đến nhóm nào nên không cần đính chính.")
_RECALL = msg("Xã thu hồi thông báo {label}. Bà con không làm theo tin đó nữa.")
_TITLE, _RECALL_TITLE = msg("Đính chính: {title}"), msg("Thu hồi: {title}")


@dataclass(frozen=True, slots=True)
class Stopped:
    """`stopped` messages will not leave any more, `sent` had left; `open` were on their way and nobody knows yet."""

    stopped: int
    sent: int
    open: int


class Stop:
    """Methods run inside the caller's transaction."""

    def __init__(self, outbox: Outbox, audit: Audit, drafts: Drafts) -> None:
        self._outbox = outbox
        self._audit = audit
        self._drafts = drafts

    async def cancel(self, one: Announcement, version: int, who: Who, now: datetime) -> Stopped | Refused:
        """Nothing more of it leaves; what is on its way cannot be taken back."""
        if not await may_stop(one, who, now):
            return Refused(_NOT_YOURS)
        if one.state not in OPEN:
            return Refused(_OVER, {"label": one.label})
        if one.version != version or not await move(one, "cancelled", now, ended_at=now):
            return Refused(NEWER)
        stopped = await self._outbox.cancel(now, announcement=one.id, reason=CANCELLED)
        sent = await OutboxRow.filter(announcement=one.id, state="sent").count()
        unknown = await OutboxRow.filter(announcement=one.id, state__in=["sending", "uncertain"]).count()
        details = {"stopped": stopped, "sent": sent, "open": unknown}
        await self._audit.append(who.person_id, "announcement.cancelled", f"announcement:{one.id}", now, details)
        return Stopped(stopped, sent, unknown)

    async def correct(
        self, one: Announcement, who: Who, text: str, now: datetime, *, source: str, recall: bool = False
    ) -> Announcement | Refused:
        """A draft that corrects it or takes it back, for exactly those groups that have the first or may have it."""
        decision = await rights.decide(who, Act.BROADCAST, one.commune_id, on=now)
        if not decision.allowed:
            return Refused(decision.why)
        if one.state in OPEN:
            return Refused(_STILL_GOING if one.rows else _NOBODY_HAS_IT, {"label": one.label})
        groups = await having(one)
        if not groups:
            return Refused(_NOBODY_HAS_IT, {"label": one.label})
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
            audience=Audience(only=groups),
        )
        if isinstance(made, Announcement):
            details = {"by": made.id, "channels": len(groups)}
            await self._audit.append(who.person_id, "announcement.corrected", f"announcement:{one.id}", now, details)
        return made

    def _title(self, one: Announcement, *, recall: bool) -> str:
        """In a list it must not be taken for the first one."""
        template = self._outbox.translate(self._outbox.locale, _RECALL_TITLE if recall else _TITLE)
        return template.format(title=one.title or one.label)[:LONGEST_TITLE]


async def may_stop(one: Announcement, who: Who, now: datetime) -> bool:
    """Who announces for the commune, and who approved this very one and may still approve such."""
    if (await rights.decide(who, Act.BROADCAST, one.commune_id, on=now)).allowed:
        return True
    return one.approver_id is not None and one.approver_id == who.person_id and await may_approve(one, who, now)


async def having(one: Announcement) -> frozenset[int]:
    """The channels that have at least a part of it, or may have."""
    rows = OutboxRow.filter(announcement=one.id, state__in=["sent", "sending", "uncertain"])
    packages: set[object] = set(await rows.values_list("package", flat=True))
    return frozenset(to.channel_id for to in await store.targets(one.id) if to.package in packages)


def recall_text(one: Announcement, translate: Translate, locale: str) -> str:
    """No messenger lets us delete what everybody has read: it is taken back by saying so."""
    return translate(locale, _RECALL).format(label=one.label)
