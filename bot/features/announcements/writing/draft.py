"""Write an announcement: only its author changes it, and every change withdraws an approval."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from bot.core.lean.values import replace
from bot.core.messages import Attachment
from bot.core.text import clean
from bot.features.announcements.audience import Audience
from bot.features.announcements.model import (
    LONGEST_SOURCE,
    LONGEST_TEXT,
    LONGEST_TITLE,
    MOST_ATTACHMENTS,
    Announcement,
    AnnouncementRefused,
    Klass,
    announcement,
    attachments_to_json,
)
from bot.features.announcements.moving import Value
from bot.features.audit import Audit
from bot.features.people.people import Who
from bot.i18n import msg
from bot.storage.tables.announcements import Announcement as Row
from bot.storage.tables.places import Unit

from . import leftovers
from .wording import without_title

NEWER = msg("Bản này vừa được cập nhật, tình hình bây giờ ở dưới.")
_NOT_AUTHOR = msg("Chỉ người soạn {label} sửa được.")
_NOT_OPEN = msg("{label} không còn sửa được nữa. Bác hủy rồi soạn bản mới, hoặc gửi đính chính.")
_TOO_LONG = msg("Nội dung dài {length} chữ cái, nhiều nhất {most}. Bác rút gọn, hoặc gửi kèm tệp.")
_NO_TEXT = msg("Tin chưa có chữ nào. Bác gõ lại giúp tôi.")
_TITLE_TOO_LONG = msg("Tên tin dài quá {most} chữ cái. Bác đặt ngắn hơn giúp tôi.")
_SOURCE_TOO_LONG = msg("Nguồn dài quá {most} chữ cái. Bác ghi ngắn hơn giúp tôi.")
_TOO_MANY = msg("Một tin gửi kèm nhiều nhất {most} tệp. Bác bỏ bớt trước khi thêm.")
_FIXED = msg("Đính chính chỉ gửi đúng những nhóm đã có tin cũ, nên nơi nhận không đổi được.")


class DraftParts(Struct, frozen=True):
    """All that its author sets of a draft, at once."""

    title: str
    text: str
    source: str
    klass: Klass
    not_before: datetime | None
    expires_at: datetime | None
    audience: Audience

    def of(self, one: Announcement) -> Announcement:
        """Return the announcement as it would be with these parts; nothing is written."""
        return replace(
            one,
            title=_line(self.title),
            text=without_title(self.title, clean(self.text)),
            source=_line(self.source),
            klass=self.klass,
            not_before=self.not_before,
            expires_at=self.expires_at,
            audience=one.audience if one.audience.fixed else self.audience,
        )


class Drafts:
    """Writes drafts. All methods run inside the caller's transaction."""

    def __init__(self, audit: Audit) -> None:
        self._audit = audit

    async def create(
        self,
        commune_id: int,
        who: Who | None,
        now: datetime,
        *,
        title: str,
        text: str,
        source: str,
        template: str = "",
        klass: Klass = "routine",
        not_before: datetime | None = None,
        expires_at: datetime | None = None,
        corrects: Announcement | None = None,
        audience: Audience | None = None,
    ) -> Announcement | AnnouncementRefused:
        """Create a draft with the next number of the commune. `who` None is the machine's console."""
        problem = _text_problem(text) or _title_problem(title)
        if problem is not None:
            return problem
        # Two who begin at the same moment: the second one waits here and then sees the first one's number.
        await Unit.filter(id=commune_id).select_for_update().first()
        author = None if who is None else who.person_id
        row = await Row.create(
            commune_id=commune_id,
            number=await self._next_number(commune_id),
            klass=klass,
            template=template,
            title=_line(title),
            text=without_title(title, clean(text)),
            source=_line(source)[:LONGEST_SOURCE],
            not_before=not_before,
            expires_at=expires_at,
            audience=(audience or Audience()).to_json(),
            author_id=author,
            corrects=0 if corrects is None else corrects.id,
            created_at=now,
            updated_at=now,
        )
        made = announcement(row)
        details = {"number": made.number, "corrects": made.corrects}
        await self._audit.append(author, "announcement.created", f"announcement:{made.id}", now, details)
        return made

    async def imagined(
        self, commune_id: int, who: Who, now: datetime, parts: DraftParts, template: str = ""
    ) -> Announcement:
        """Return what `create` would make of these parts, with the number it would have; nothing is written."""
        number = await self._next_number(commune_id)
        row = Row(
            id=0, commune_id=commune_id, number=number, template=template, author_id=who.person_id, audience="{}",
            created_at=now, updated_at=now,
        )  # fmt: skip
        return parts.of(announcement(row))

    async def _next_number(self, commune_id: int) -> int:
        last = await Row.filter(commune_id=commune_id).order_by("-number").first()
        return 1 if last is None else last.number + 1

    async def set_parts(
        self, one: Announcement, who: Who, parts: DraftParts, now: datetime
    ) -> AnnouncementRefused | None:
        """Set all parts together; parts that are as they were withdraw nothing."""
        problem = editable(one, who) or _text_problem(parts.text) or _title_problem(parts.title)
        if problem is None and len(_line(parts.source)) > LONGEST_SOURCE:
            problem = AnnouncementRefused(_SOURCE_TOO_LONG, {"most": LONGEST_SOURCE})
        made = parts.of(one)
        if problem is not None or made == one:
            return problem
        return await self._change(
            one,
            who,
            now,
            title=made.title,
            text=made.text,
            source=made.source,
            klass=made.klass,
            not_before=made.not_before,
            expires_at=made.expires_at,
            audience=made.audience.to_json(),
        )

    async def set_text(self, one: Announcement, who: Who, text: str, now: datetime) -> AnnouncementRefused | None:
        return await self.set_words(one, who, one.title, text, now)

    async def set_title(self, one: Announcement, who: Who, title: str, now: datetime) -> AnnouncementRefused | None:
        return await self.set_words(one, who, title, one.text, now)

    async def set_words(
        self, one: Announcement, who: Who, title: str, text: str, now: datetime
    ) -> AnnouncementRefused | None:
        """Set title and text together.

        Groups see one above the other, so the text must not begin with the title again.
        """
        problem = _text_problem(text) or _title_problem(title)
        if problem is not None:
            return problem
        words = without_title(title, clean(text))
        return await self._change(one, who, now, title=_line(title), text=words)

    async def set_source(self, one: Announcement, who: Who, source: str, now: datetime) -> AnnouncementRefused | None:
        if len(_line(source)) > LONGEST_SOURCE:
            return AnnouncementRefused(_SOURCE_TOO_LONG, {"most": LONGEST_SOURCE})
        return await self._change(one, who, now, source=_line(source))

    async def set_plan(
        self, one: Announcement, who: Who, at: datetime | None, now: datetime
    ) -> AnnouncementRefused | None:
        """Schedule it; None sends it as soon as it is approved.

        `schedule.plan_problem` says which times are possible.
        """
        return await self._change(one, who, now, not_before=at)

    async def set_expiry(
        self, one: Announcement, who: Who, at: datetime | None, now: datetime
    ) -> AnnouncementRefused | None:
        return await self._change(one, who, now, expires_at=at)

    async def set_klass(self, one: Announcement, who: Who, klass: Klass, now: datetime) -> AnnouncementRefused | None:
        return await self._change(one, who, now, klass=klass)

    async def set_audience(
        self, one: Announcement, who: Who, audience: Audience, now: datetime
    ) -> AnnouncementRefused | None:
        if one.audience.fixed:
            return AnnouncementRefused(_FIXED)
        return await self._change(one, who, now, audience=audience.to_json())

    async def rewrite_from_console(
        self, one: Announcement, text: str, audience: Audience, now: datetime
    ) -> AnnouncementRefused | None:
        """Set words and audience of what was written at the machine's console."""
        problem = _text_problem(text)
        if problem is not None:
            return problem
        return await self._change(one, None, now, text=clean(text), audience=audience.to_json())

    async def attach(self, one: Announcement, who: Who, item: Attachment, now: datetime) -> AnnouncementRefused | None:
        """Append a stored file; the same file is attached only once."""
        if any(known.media == item.media for known in one.attachments):
            return None
        if len(one.attachments) >= MOST_ATTACHMENTS:
            return AnnouncementRefused(_TOO_MANY, {"most": MOST_ATTACHMENTS})
        return await self._attachments(one, who, [*one.attachments, item], now)

    async def detach(self, one: Announcement, who: Who, media: str, now: datetime) -> AnnouncementRefused | None:
        """Remove the file of this name; it is deleted later if nothing else uses it."""
        if any(item.media == media for item in one.attachments):
            await leftovers.look_later(media, now)
        return await self._attachments(one, who, [item for item in one.attachments if item.media != media], now)

    async def _attachments(
        self, one: Announcement, who: Who, items: Sequence[Attachment], now: datetime
    ) -> AnnouncementRefused | None:
        return await self._change(one, who, now, attachments=attachments_to_json(items))

    async def _change(
        self, one: Announcement, who: Who | None, now: datetime, **columns: Value
    ) -> AnnouncementRefused | None:
        """Write a change.

        A draft that waited for approval is a plain draft again, so approving the old version fails.
        """
        problem = editable(one, who)
        if problem is not None:
            return problem
        held = Row.filter(id=one.id, version=one.version, state=one.state)
        fresh: dict[str, Value] = {"state": "draft", "content_hash": "", "audience_hash": "", "refusal": ""}
        changed = await held.update(**columns, **fresh, version=one.version + 1, updated_at=now)
        return None if changed else AnnouncementRefused(NEWER)


def editable(one: Announcement, who: Who | None) -> AnnouncementRefused | None:
    """Return why `who`, None for the machine's console, cannot change it; None if they can."""
    mine = one.from_console if who is None else one.author_id is not None and one.author_id == who.person_id
    if not mine:
        return AnnouncementRefused(_NOT_AUTHOR, {"label": one.label})
    if one.state not in ("draft", "waiting"):
        return AnnouncementRefused(_NOT_OPEN, {"label": one.label})
    return None


def _text_problem(text: str) -> AnnouncementRefused | None:
    answer = clean(text).strip()
    if not answer:
        return AnnouncementRefused(_NO_TEXT)
    if len(answer) > LONGEST_TEXT:
        return AnnouncementRefused(_TOO_LONG, {"length": len(answer), "most": LONGEST_TEXT})
    return None


def _title_problem(title: str) -> AnnouncementRefused | None:
    line = _line(title)
    if not line:
        return AnnouncementRefused(_NO_TEXT)
    return AnnouncementRefused(_TITLE_TOO_LONG, {"most": LONGEST_TITLE}) if len(line) > LONGEST_TITLE else None


def _line(text: str) -> str:
    """Put the text on one line."""
    return " ".join(clean(text).split())
