"""Writing an announcement: only its author changes it, and every change takes an approval back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.core.messages import Attachment
from bot.core.text import clean
from bot.features.audit import Audit
from bot.features.people import Who
from bot.i18n import msg
from bot.storage.announcements import Announcement as Row
from bot.storage.places import Unit

from . import leftovers
from .audience import Audience
from .model import (
    LONGEST_SOURCE,
    LONGEST_TEXT,
    LONGEST_TITLE,
    MOST_ATTACHMENTS,
    Announcement,
    Klass,
    Refused,
    announcement,
    attachments_to_json,
)
from .moving import Value

NEWER = msg("Bản này vừa được cập nhật, tình hình bây giờ ở dưới.")
_NOT_AUTHOR = msg("Chỉ người soạn {label} sửa được.")
_NOT_OPEN = msg("{label} không còn sửa được nữa. Bác hủy rồi soạn bản mới, hoặc gửi đính chính.")
_TOO_LONG = msg("Nội dung dài {length} chữ cái, nhiều nhất {most}. Bác rút gọn, hoặc gửi kèm tệp.")
_NO_TEXT = msg("Tin chưa có chữ nào. Bác gõ lại giúp tôi.")
_TITLE_TOO_LONG = msg("Tên tin dài quá {most} chữ cái. Bác đặt ngắn hơn giúp tôi.")
_SOURCE_TOO_LONG = msg("Nguồn dài quá {most} chữ cái. Bác ghi ngắn hơn giúp tôi.")
_TOO_MANY = msg("Một tin gửi kèm nhiều nhất {most} tệp. Bác bỏ bớt trước khi thêm.")
_FIXED = msg("Đính chính chỉ gửi đúng những nhóm đã có tin cũ, nên nơi nhận không đổi được.")


class Drafts:
    """Writes drafts. All methods run inside the caller's transaction."""

    def __init__(self, audit: Audit) -> None:
        self._audit = audit

    async def create(
        self,
        commune_id: int,
        who: Who,
        now: datetime,
        *,
        title: str,
        text: str,
        source: str,
        template: str = "",
        klass: Klass = "routine",
        expires_at: datetime | None = None,
        corrects: Announcement | None = None,
        audience: Audience | None = None,
    ) -> Announcement | Refused:
        """A new draft with the next number of the commune."""
        problem = _text_problem(text) or _title_problem(title)
        if problem is not None:
            return problem
        # Two who begin at the same moment: the second one waits here and then sees the first one's number.
        await Unit.filter(id=commune_id).select_for_update().first()
        last = await Row.filter(commune_id=commune_id).order_by("-number").first()
        row = await Row.create(
            commune_id=commune_id,
            number=1 if last is None else last.number + 1,
            klass=klass,
            template=template,
            title=_line(title),
            text=clean(text).strip(),
            source=_line(source)[:LONGEST_SOURCE],
            expires_at=expires_at,
            audience=(audience or Audience()).to_json(),
            author_id=who.person_id,
            corrects=0 if corrects is None else corrects.id,
            created_at=now,
            updated_at=now,
        )
        made = announcement(row)
        details = {"number": made.number, "corrects": made.corrects}
        await self._audit.append(who.person_id, "announcement.created", f"announcement:{made.id}", now, details)
        return made

    async def set_text(self, one: Announcement, who: Who, text: str, now: datetime) -> Refused | None:
        return _text_problem(text) or await self._change(one, who, now, text=clean(text).strip())

    async def set_title(self, one: Announcement, who: Who, title: str, now: datetime) -> Refused | None:
        return _title_problem(title) or await self._change(one, who, now, title=_line(title))

    async def set_source(self, one: Announcement, who: Who, source: str, now: datetime) -> Refused | None:
        if len(_line(source)) > LONGEST_SOURCE:
            return Refused(_SOURCE_TOO_LONG, {"most": LONGEST_SOURCE})
        return await self._change(one, who, now, source=_line(source))

    async def set_plan(self, one: Announcement, who: Who, at: datetime | None, now: datetime) -> Refused | None:
        """When it is to go; None: as soon as it is approved. `schedule.problem` says what may be planned."""
        return await self._change(one, who, now, not_before=at)

    async def set_expiry(self, one: Announcement, who: Who, at: datetime | None, now: datetime) -> Refused | None:
        return await self._change(one, who, now, expires_at=at)

    async def set_klass(self, one: Announcement, who: Who, klass: Klass, now: datetime) -> Refused | None:
        return await self._change(one, who, now, klass=klass)

    async def set_audience(self, one: Announcement, who: Who, audience: Audience, now: datetime) -> Refused | None:
        if one.audience.only:
            return Refused(_FIXED)
        return await self._change(one, who, now, audience=audience.to_json())

    async def attach(self, one: Announcement, who: Who, item: Attachment, now: datetime) -> Refused | None:
        """Put a stored file at the end; the same file twice is there once."""
        if any(known.media == item.media for known in one.attachments):
            return None
        if len(one.attachments) >= MOST_ATTACHMENTS:
            return Refused(_TOO_MANY, {"most": MOST_ATTACHMENTS})
        return await self._attachments(one, who, [*one.attachments, item], now)

    async def detach(self, one: Announcement, who: Who, media: str, now: datetime) -> Refused | None:
        """Take off the file of this name; it goes in time, if nothing else has it."""
        if any(item.media == media for item in one.attachments):
            await leftovers.look_later(media, now)
        return await self._attachments(one, who, [item for item in one.attachments if item.media != media], now)

    async def _attachments(
        self, one: Announcement, who: Who, items: Sequence[Attachment], now: datetime
    ) -> Refused | None:
        return await self._change(one, who, now, attachments=attachments_to_json(items))

    async def _change(self, one: Announcement, who: Who, now: datetime, **columns: Value) -> Refused | None:
        """Write; what waited for approval is a draft again, so an approval of the old version finds nothing."""
        problem = editable(one, who)
        if problem is not None:
            return problem
        held = Row.filter(id=one.id, version=one.version, state=one.state)
        fresh: dict[str, Value] = {"state": "draft", "content_hash": "", "audience_hash": "", "refusal": ""}
        changed = await held.update(**columns, **fresh, version=one.version + 1, updated_at=now)
        return None if changed else Refused(NEWER)


def editable(one: Announcement, who: Who) -> Refused | None:
    """Why `who` cannot change it; None when they can."""
    if one.author_id is None or one.author_id != who.person_id:
        return Refused(_NOT_AUTHOR, {"label": one.label})
    if one.state not in ("draft", "waiting"):
        return Refused(_NOT_OPEN, {"label": one.label})
    return None


def _text_problem(text: str) -> Refused | None:
    said = clean(text).strip()
    if not said:
        return Refused(_NO_TEXT)
    if len(said) > LONGEST_TEXT:
        return Refused(_TOO_LONG, {"length": len(said), "most": LONGEST_TEXT})
    return None


def _title_problem(title: str) -> Refused | None:
    said = _line(title)
    if not said:
        return Refused(_NO_TEXT)
    return Refused(_TITLE_TOO_LONG, {"most": LONGEST_TITLE}) if len(said) > LONGEST_TITLE else None


def _line(text: str) -> str:
    """On one line."""
    return " ".join(clean(text).split())
