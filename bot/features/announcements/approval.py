"""Approvals: request, grant, reject, override. They freeze an announcement and its audience.

The approval, the list of groups and every row of the outbox are one transaction, and the approval is one conditional
UPDATE: of the state, the version, and the hashes of what was put before the approver.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from bot.core.lean.values import replace
from bot.core.text import clean
from bot.features import rights
from bot.features.audit import Audit, Detail
from bot.features.calendar.vietnam import today
from bot.features.guides.contacts import Allowed
from bot.features.outbox.box import Outbox
from bot.features.people import people
from bot.features.people.people import Who
from bot.features.rights import Act
from bot.i18n import msg
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.tables.announcements import Announcement as Row

from . import store
from .audience import ResolvedAudience, resolve
from .choosing import choose
from .model import LONGEST_REASON, RECALL, Announcement, AnnouncementRefused, State
from .moving import move
from .notices import approvers, decides
from .on_hold import hold
from .posting import Posting
from .recalling import make_way
from .relays.asking import ReadAt, RelayPosting, nowhere
from .relays.assigning import assign
from .schedule import MISFIRE, plan_problem
from .writing.draft import NEWER, editable
from .writing.lint import lint

_NOT_CHOSEN = msg("Bác chưa chọn nơi nhận {label}. Bác chọn “Nơi nhận” trước, rồi xin duyệt.")
NOBODY = msg("Chưa có nhóm nào nhận được tin này. Bác chọn nơi nhận khác, hoặc đăng ký nhóm cho thôn trước.")
_SAME_PERSON = msg("{label} do chính bác soạn, nên phải người khác duyệt.")
_NO_APPROVER = msg(
    "Chưa có ai khác được quyền duyệt {label}. Bác nhờ lãnh đạo xã vào bằng mã mời, hoặc gửi khẩn kèm lý do."
)
DECIDED = msg("{label} không còn chờ duyệt.")
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

    def __init__(self, outbox: Outbox, audit: Audit, read_at: ReadAt = nowhere) -> None:
        self._outbox = outbox
        self._audit = audit
        self._read_at = read_at

    @property
    def platforms(self) -> Collection[str]:
        """Messengers with groups that run now."""
        return [name for name, kinds in self._outbox.capabilities.items() if "group" in kinds]

    async def resolve(self, one: Announcement, now: datetime) -> ResolvedAudience:
        """Return what the audience resolves to now: a group for each of its members, and villages with their relays."""
        on = today(now)
        found = await resolve(one.audience, one.commune_id, on, self._outbox.capabilities_for(one.commune_id))
        return await choose(one, await assign(one, found, self._outbox, now), self._outbox, now)

    async def ask(
        self, one: Announcement, who: Who | None, allowed: Allowed, now: datetime
    ) -> Announcement | AnnouncementRefused:
        """Submit the announcement for approval as it is now; two hashes fix the content and audience to be approved.

        `who` None is the machine's console, for what was written there.
        """
        ready = await self._ready(one, who, allowed, now)
        if isinstance(ready, AnnouncementRefused):
            return ready
        person_id = None if who is None else who.person_id
        if not await approvers(one.commune_id, one.template, now) - {person_id}:
            return AnnouncementRefused(_NO_APPROVER, {"label": one.label})
        if one.state != "draft" or not await self._freeze(one, "waiting", ready, now):
            return AnnouncementRefused(NEWER)
        await self._audit.append(person_id, "announcement.asked", _subject(one), now, _hashes(one, ready))
        return await _again(one)

    async def approve(
        self, one: Announcement, version: int, who: Who, now: datetime
    ) -> Announcement | AnnouncementRefused:
        """Approve it as a second person: freeze the list of groups and add a row to the outbox for each message."""
        refusal = await self._may_decide(one, version, who, now)
        if refusal is not None:
            return refusal
        if one.expires_at is not None and one.expires_at <= now:
            await move(one, "expired", now, ended_at=now)
            return AnnouncementRefused(_EXPIRED, {"label": one.label})
        if one.not_before is not None and one.not_before + MISFIRE < now:
            return AnnouncementRefused(_PLAN_PAST, {"label": one.label})
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
    ) -> Announcement | AnnouncementRefused:
        """Reject it as a second person: return it to its author for changes or, if `final`, cancel it."""
        refusal = await self._may_decide(one, version, who, now)
        if refusal is not None:
            return refusal
        answer = clean(reason).strip()
        to: State = "cancelled" if final else "draft"
        ended = now if final else None
        if not await move(one, to, now, refusal=answer, content_hash="", audience_hash="", ended_at=ended):
            return AnnouncementRefused(NEWER)
        act = "announcement.refused" if final else "announcement.returned"
        await self._audit.append(who.person_id, act, _subject(one), now)
        return await _again(one)

    async def override(
        self, one: Announcement, version: int, who: Who, reason: str, allowed: Allowed, now: datetime
    ) -> Announcement | AnnouncementRefused:
        """Send it at once on its author's word, with a reason and no second person; it is reviewed afterwards."""
        decision = await rights.decide(who, Act.URGENT_OVERRIDE, one.commune_id, on=now)
        if not decision.allowed:
            return AnnouncementRefused(decision.why)
        if (problem := reason_problem(reason)) is not None:
            return problem
        answer = clean(reason).strip()
        if one.version != version:
            return AnnouncementRefused(NEWER)
        urgent = replace(one, klass="urgent", not_before=None)
        ready = await self._ready(urgent, who, allowed, now)
        if isinstance(ready, AnnouncementRefused):
            return ready
        if any(finding.level == "doubt" for finding in lint(urgent, allowed)):
            return AnnouncementRefused(_DOUBT, {"label": one.label})
        done = await self._send(urgent, ready, now, approver=None, reason=answer)
        if isinstance(done, Announcement):
            details: dict[str, Detail] = {**_hashes(urgent, ready), "channels": done.channels, "messages": done.rows}
            await self._audit.append(who.person_id, "announcement.overridden", _subject(one), now, details)
        return done

    async def _ready(
        self, one: Announcement, who: Who | None, allowed: Allowed, now: datetime
    ) -> ResolvedAudience | AnnouncementRefused:
        problem = editable(one, who)
        if problem is None and one.not_before is not None:
            problem = plan_problem(one.not_before, one.expires_at, now)
        if problem is None and one.expires_at is not None and one.expires_at <= now:
            problem = AnnouncementRefused(_EXPIRED, {"label": one.label})
        if problem is None and any(finding.level == "error" for finding in lint(one, allowed)):
            problem = AnnouncementRefused(_LINT, {"label": one.label})
        if problem is None and one.audience.empty:
            problem = AnnouncementRefused(_NOT_CHOSEN, {"label": one.label})
        if problem is not None:
            return problem
        found = await self.resolve(one, now)
        return AnnouncementRefused(NOBODY) if found.nobody else found

    async def _may_decide(self, one: Announcement, version: int, who: Who, now: datetime) -> AnnouncementRefused | None:
        decision = await rights.decide(who, Act.APPROVE_CONTENT, one.commune_id, on=now)
        if not any(decides(cell, one.template) for cell in decision.cells):
            return AnnouncementRefused(decision.why or rights.refusal(who, Act.APPROVE_CONTENT, one.commune_id))
        if one.state != "waiting":
            return AnnouncementRefused(DECIDED, {"label": one.label})
        if not one.from_console and not rights.another_person(one.author_id, who):
            return AnnouncementRefused(rights.own_work(who, _subject(one), _SAME_PERSON), {"label": one.label})
        return AnnouncementRefused(NEWER) if one.version != version else None

    async def _freeze(self, one: Announcement, to: State, found: ResolvedAudience, now: datetime) -> bool:
        return await move(
            one,
            to,
            now,
            content_hash=one.fingerprint(),
            audience_hash=found.fingerprint(),
            channels=len(found.channels),
            refusal="",
        )

    async def _void(self, one: Announcement, why: str, now: datetime) -> AnnouncementRefused:
        await move(one, "draft", now, content_hash="", audience_hash="")
        return AnnouncementRefused(why, {"label": one.label})

    async def _send(
        self, one: Announcement, found: ResolvedAudience, now: datetime, *, approver: int | None, reason: str = ""
    ) -> Announcement | AnnouncementRefused:
        """Run the one UPDATE that decides, then write all that depends on it; write nothing if it matched no row."""
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
            return AnnouncementRefused(NEWER)
        if one.template == RECALL:
            await make_way(one, approver or one.author_id, self._outbox, self._audit, now)
        # The first package is the canary: a person's, who tells a village with few messages, before a group's.
        through_people = await RelayPosting.of(replace(one, approved_at=now), self._outbox, self._read_at)
        for village in found.relayed:
            await through_people.to(village, now)
        posting = await Posting.of(replace(one, approved_at=now), self._outbox)
        await posting.to_each(found.channels, now)
        if planned:
            await hold(one.id, now)
        rows = await OutboxRow.filter(announcement=one.id, resend_of=0).count()
        await Row.filter(id=one.id).update(rows=rows)
        return await _again(one)


def reason_problem(reason: str) -> AnnouncementRefused | None:
    """Return why this reason does not justify sending without a second person; None if it does."""
    if 10 <= len(clean(reason).strip()) <= LONGEST_REASON:
        return None
    return AnnouncementRefused(_REASON, {"most": LONGEST_REASON})


async def _again(one: Announcement) -> Announcement:
    found = await store.get(one.id)
    if found is None:
        raise LookupError(f"announcement {one.id} is gone")
    return found


def _subject(one: Announcement) -> str:
    return f"announcement:{one.id}"


def _hashes(one: Announcement, found: ResolvedAudience) -> dict[str, Detail]:
    """Return both hashes as the audit log accepts them: codes that begin with a letter."""
    return {"content": f"h{one.fingerprint()[:40]}", "audience": f"h{found.fingerprint()[:40]}"}


async def may_approve(one: Announcement, who: people.Who, now: datetime) -> bool:
    """Tell whether `who` may decide about it, so that buttons for a decision are of use."""
    decision = await rights.decide(who, Act.APPROVE_CONTENT, one.commune_id, on=now)
    another = one.from_console or rights.another_person(one.author_id, who)
    return another and any(decides(cell, one.template) for cell in decision.cells)
