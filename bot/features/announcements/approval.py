"""Asking for approval, giving it, refusing it, going without it: what freezes an announcement and its audience.

The approval, the list of groups and every row of the outbox are one transaction, and the approval is one conditional
UPDATE: of the state, the version, and the hashes of what was put before the approver.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from bot.core.text import clean
from bot.features import people, rights
from bot.features.audit import Audit, Detail
from bot.features.guides.contacts import Allowed
from bot.features.outbox.box import Outbox
from bot.features.outbox.hours import VIETNAM
from bot.features.people import Who
from bot.features.rights import Act
from bot.i18n import msg
from bot.storage.announcements import Announcement as Row
from bot.storage.outbox import OutboxRow

from . import store
from .audience import Resolved, resolve
from .choosing import choose
from .draft import NEWER, editable
from .holding import hold
from .lint import lint
from .model import LONGEST_REASON, Announcement, Refused, State
from .moving import move
from .notices import approvers, decides
from .posting import Posting
from .schedule import MISFIRE, plan_problem

_NOT_CHOSEN = msg("Bác chưa chọn nơi nhận {label}. Bác chọn “Nơi nhận” trước, rồi xin duyệt.")
NOBODY = msg("Chưa có nhóm nào nhận được tin này. Bác chọn nơi nhận khác, hoặc đăng ký nhóm cho thôn trước.")
_SAME_PERSON = msg("{label} do chính bác soạn, nên phải người khác duyệt.")
_NO_APPROVER = msg(
    "Chưa có ai khác được quyền duyệt {label}. Bác nhờ lãnh đạo xã vào bằng mã mời, hoặc gửi khẩn kèm lý do."
)
_DECIDED = msg("{label} không còn chờ duyệt.")
_AUDIENCE_CHANGED = msg(
    "Danh sách nhóm nhận {label} đã thay đổi từ lúc xin duyệt, nên chưa duyệt được. "
    "{label} trở lại cho người soạn xem và xin duyệt lại."
)
_CHANGED = msg("Nội dung {label} khác với bản đã xin duyệt. {label} trở lại cho người soạn.")
_PLAN_PAST = msg("Giờ hẹn gửi {label} đã qua lâu rồi. Bác trả lại để người soạn chọn giờ khác.")
_EXPIRED = msg("{label} đã hết giá trị trước khi được gửi.")
_LINT = msg("{label} còn điều phải sửa trước khi gửi. Bác xem dòng có dấu ⛔.")
_DOUBT = msg("{label} có điều cần người thứ hai xem (dòng có dấu ⚠️), nên không gửi khẩn được. Bác xin duyệt.")
_REASON = msg("Bác ghi lý do, từ 10 đến {most} chữ cái.")


class Approval:
    """`platforms` run now; groups on others get nothing. All methods run inside the caller's transaction."""

    def __init__(self, outbox: Outbox, audit: Audit) -> None:
        self._outbox = outbox
        self._audit = audit

    @property
    def platforms(self) -> Collection[str]:
        """Messengers with groups that run now."""
        return [name for name, kinds in self._outbox.capabilities.items() if "group" in kinds]

    async def resolve(self, one: Announcement, now: datetime) -> Resolved:
        """The groups that its audience comes to now, one for each part of it."""
        on = now.astimezone(VIETNAM).date()
        found = await resolve(one.audience, one.commune_id, on, self._outbox.capabilities)
        return await choose(one, found, self._outbox, now)

    async def ask(self, one: Announcement, who: Who, allowed: Allowed, now: datetime) -> Announcement | Refused:
        """Put it before the approvers as it is now; what they will be asked about is fixed by two hashes."""
        ready = await self._ready(one, who, allowed, now)
        if isinstance(ready, Refused):
            return ready
        if not await approvers(one.commune_id, one.template, now) - {who.person_id}:
            return Refused(_NO_APPROVER, {"label": one.label})
        if one.state != "draft" or not await self._freeze(one, "waiting", ready, now):
            return Refused(NEWER)
        await self._audit.append(who.person_id, "announcement.asked", _subject(one), now, _hashes(one, ready))
        return await _again(one)

    async def approve(self, one: Announcement, version: int, who: Who, now: datetime) -> Announcement | Refused:
        """Another person says yes: the list of groups is written, and a row of the outbox for each message."""
        refusal = await self._may_decide(one, version, who, now)
        if refusal is not None:
            return refusal
        if one.expires_at is not None and one.expires_at <= now:
            await move(one, "expired", now, ended_at=now)
            return Refused(_EXPIRED, {"label": one.label})
        if one.not_before is not None and one.not_before + MISFIRE < now:
            return Refused(_PLAN_PAST, {"label": one.label})
        found = await self.resolve(one, now)
        if found.fingerprint() != one.audience_hash:
            return await self._void(one, _AUDIENCE_CHANGED, now)
        if one.fingerprint() != one.content_hash:
            return await self._void(one, _CHANGED, now)
        done = await self._send(one, found, now, approver=who.person_id)
        if isinstance(done, Announcement):
            details: dict[str, Detail] = {**_hashes(one, found), "channels": done.channels, "messages": done.rows}
            await self._audit.append(who.person_id, "announcement.approved", _subject(one), now, details)
        return done

    async def give_back(
        self, one: Announcement, version: int, who: Who, reason: str, now: datetime, *, final: bool
    ) -> Announcement | Refused:
        """Another person says no: to be changed, or `final`, never."""
        refusal = await self._may_decide(one, version, who, now)
        if refusal is not None:
            return refusal
        said = clean(reason).strip()
        to: State = "cancelled" if final else "draft"
        ended = now if final else None
        if not await move(one, to, now, refusal=said, content_hash="", audience_hash="", ended_at=ended):
            return Refused(NEWER)
        act = "announcement.refused" if final else "announcement.returned"
        await self._audit.append(who.person_id, act, _subject(one), now)
        return await _again(one)

    async def override(
        self, one: Announcement, version: int, who: Who, reason: str, allowed: Allowed, now: datetime
    ) -> Announcement | Refused:
        """Its author sends it at once, without a second person, and says why; it is looked at afterwards."""
        decision = await rights.decide(who, Act.URGENT_OVERRIDE, one.commune_id, on=now)
        if not decision.allowed:
            return Refused(decision.why)
        if (problem := reason_problem(reason)) is not None:
            return problem
        said = clean(reason).strip()
        if one.version != version:
            return Refused(NEWER)
        urgent = replace(one, klass="urgent", not_before=None)
        ready = await self._ready(urgent, who, allowed, now)
        if isinstance(ready, Refused):
            return ready
        if any(finding.level == "doubt" for finding in lint(urgent, allowed)):
            return Refused(_DOUBT, {"label": one.label})
        done = await self._send(urgent, ready, now, approver=None, reason=said)
        if isinstance(done, Announcement):
            details: dict[str, Detail] = {**_hashes(urgent, ready), "channels": done.channels, "messages": done.rows}
            await self._audit.append(who.person_id, "announcement.overridden", _subject(one), now, details)
        return done

    async def _ready(self, one: Announcement, who: Who, allowed: Allowed, now: datetime) -> Resolved | Refused:
        problem = editable(one, who)
        if problem is None and one.not_before is not None:
            problem = plan_problem(one.not_before, one.expires_at, now)
        if problem is None and one.expires_at is not None and one.expires_at <= now:
            problem = Refused(_EXPIRED, {"label": one.label})
        if problem is None and any(finding.level == "error" for finding in lint(one, allowed)):
            problem = Refused(_LINT, {"label": one.label})
        if problem is None and one.audience.empty:
            problem = Refused(_NOT_CHOSEN, {"label": one.label})
        if problem is not None:
            return problem
        found = await self.resolve(one, now)
        return found if found.channels else Refused(NOBODY)

    async def _may_decide(self, one: Announcement, version: int, who: Who, now: datetime) -> Refused | None:
        decision = await rights.decide(who, Act.APPROVE_CONTENT, one.commune_id, on=now)
        if not any(decides(cell, one.template) for cell in decision.cells):
            return Refused(decision.why or msg("Việc duyệt nội dung là của lãnh đạo xã."))
        if one.state != "waiting":
            return Refused(_DECIDED, {"label": one.label})
        if not rights.another_person(one.author_id, who):
            return Refused(_SAME_PERSON, {"label": one.label})
        return Refused(NEWER) if one.version != version else None

    async def _freeze(self, one: Announcement, to: State, found: Resolved, now: datetime) -> bool:
        return await move(
            one,
            to,
            now,
            content_hash=one.fingerprint(),
            audience_hash=found.fingerprint(),
            channels=len(found.channels),
            refusal="",
        )

    async def _void(self, one: Announcement, why: str, now: datetime) -> Refused:
        await move(one, "draft", now, content_hash="", audience_hash="")
        return Refused(why, {"label": one.label})

    async def _send(
        self, one: Announcement, found: Resolved, now: datetime, *, approver: int | None, reason: str = ""
    ) -> Announcement | Refused:
        """The one UPDATE that decides, and what follows from it; zero rows and nothing was written."""
        planned = one.not_before is not None and one.not_before > now
        first = await store.get(one.corrects) if one.corrects else None
        asked = {"content_hash": one.content_hash, "audience_hash": one.audience_hash}
        if not await move(
            one,
            "approved" if planned else "sending",
            now,
            only_if=asked,
            another_than=approver,
            klass=one.klass,
            not_before=one.not_before,
            approver_id=approver,
            approved_at=now,
            reason=reason,
            content_hash=one.fingerprint(),
            audience_hash=found.fingerprint(),
            channels=len(found.channels),
            everybody=one.audience.every if first is None else first.everybody,
        ):
            return Refused(NEWER)
        posting = await Posting.of(replace(one, approved_at=now), self._outbox)
        for group in found.channels:
            await posting.to(group, now)
        if planned:
            await hold(one.id, now)
        rows = await OutboxRow.filter(announcement=one.id, resend_of=0).count()
        await Row.filter(id=one.id).update(rows=rows)
        return await _again(one)


def reason_problem(reason: str) -> Refused | None:
    """Why this is no reason for sending without a second person."""
    if 10 <= len(clean(reason).strip()) <= LONGEST_REASON:
        return None
    return Refused(_REASON, {"most": LONGEST_REASON})


async def _again(one: Announcement) -> Announcement:
    found = await store.get(one.id)
    if found is None:
        raise LookupError(f"announcement {one.id} is gone")
    return found


def _subject(one: Announcement) -> str:
    return f"announcement:{one.id}"


def _hashes(one: Announcement, found: Resolved) -> dict[str, Detail]:
    """As the audit log takes them: codes that begin with a letter."""
    return {"content": f"h{one.fingerprint()[:40]}", "audience": f"h{found.fingerprint()[:40]}"}


async def may_approve(one: Announcement, who: people.Who, now: datetime) -> bool:
    """Whether buttons for a decision are of any use to `who`."""
    decision = await rights.decide(who, Act.APPROVE_CONTENT, one.commune_id, on=now)
    return rights.another_person(one.author_id, who) and any(decides(cell, one.template) for cell in decision.cells)
