"""Messages to others about guides: residents who waited, officers to be reminded, approvers and authors."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from msgspec import Struct

from bot.core.events import Chat
from bot.core.messages import Button, Message
from bot.core.text import Text
from bot.features.guides import pages
from bot.features.guides.markdown import plain
from bot.features.guides.model import Guide
from bot.features.notices.mail import Mail
from bot.features.outbox.box import Outbox
from bot.features.people import people
from bot.features.rights.table import CHAIR, OFFICER
from bot.i18n import msg, short_date

from . import flags
from .actions import ListChecks, OpenText
from .checks import OWNERS, DueCheck
from .texts import NewText

_LISTED = 8
_MENDED = msg("Bài “{title}”, bước “{step}” đã được xem lại. {reason}\nCảm ơn bác đã báo.")
_UPDATED = msg("Nay bài đã sửa theo màn hình mới.")


class UpkeepNotices(Struct, frozen=True):
    """Everything is written inside the caller's transaction."""

    outbox: Outbox

    @property
    def mail(self) -> Mail:
        return Mail(self.outbox)

    async def close(self, guide: Guide, steps: Collection[str], reason: str, now: datetime) -> int:
        """Close the flags of these steps and tell who waited; "" says that the text was changed. Returns how many."""
        waiting = await flags.close(guide.slug, steps, now)
        translate = self.outbox.translate
        for one in waiting:
            if one.platform not in self.outbox.capabilities:
                continue
            step = guide.steps.get(one.step)
            text = Text.of(
                translate(one.locale, _MENDED),
                title=pages.title(guide, one.locale, translate),
                step=one.step if step is None else plain(pages.localised(guide, step, one.locale, translate).title),
                reason=reason or translate(one.locale, _UPDATED),
            )
            chat = Chat(one.platform, one.chat, "private")
            await self.outbox.add(chat, Message(text), key=f"bk{one.flag}:mended", now=now, locale=one.locale)
        return len(waiting)

    async def remind(self, unit_id: int, due: Sequence[DueCheck], now: datetime) -> None:
        """Send one message about all guides that are due to each officer of the commune."""
        t, word = self.mail.t, self.mail.word
        lines = [t("**{count} bài hướng dẫn** cần kiểm tra lại trên máy thật:", count=len(due))]
        lines += [t("• {title} ({why})", title=one.guide.title, why=self.why(one)) for one in due[:_LISTED]]
        if len(due) > _LISTED:
            lines.append(t("Và {count} bài nữa.", count=len(due) - _LISTED))
        lines.append(t("Bác mở từng bài trên điện thoại, làm thử rồi xác nhận. Tuần sau tôi nhắc lại bài còn thiếu."))
        officers = [one.person_id for one in await people.holders(OFFICER, unit_id, now)]
        button = Button.to(word("Xem bài cần kiểm tra"), ListChecks(1))
        await self.mail.tell_all(officers, Text.join("\n", lines), [button], key=f"bkr{unit_id}:{now:%Y%m%d}", now=now)

    def why(self, one: DueCheck) -> Text:
        """Say why a guide is due, and whose it is."""
        t = self.mail.t
        owner = self.mail.word(OWNERS.get(one.guide.owner, one.guide.owner))
        if one.flagged:
            return t("{count} bước có người báo khác, phụ trách: {owner}", count=one.flagged, owner=owner)
        if one.since is None:
            return t("chưa ai kiểm tra, phụ trách: {owner}", owner=owner)
        day = short_date(one.since, self.mail.locale)
        return t("đến hạn {day}, phụ trách: {owner}", day=day, owner=owner)

    async def ask_approval(self, one: NewText, guide: Guide, now: datetime) -> int:
        """Tell the chairs of the commune that a text waits; return how many can be reached."""
        chairs = [each.person_id for each in await people.holders(CHAIR, one.unit_id, now)]
        text = self.mail.t("Có bản sửa bài hướng dẫn “{title}” chờ bác duyệt.", title=guide.title)
        button = Button.to(self.mail.word("Xem chỗ sửa"), OpenText(one.id))
        others = [person for person in chairs if person != one.author_id]
        return await self.mail.asking.tell_all(others, text, [button], key=f"bkt{one.id}:ask{one.version}", now=now)

    async def decided(self, one: NewText, guide: Guide, reason: str, now: datetime) -> None:
        """Tell the author the decision; `reason` is "" for an approval."""
        if reason:
            text = self.mail.t("Bản sửa bài “{title}” chưa được duyệt: {reason}", title=guide.title, reason=reason)
        else:
            text = self.mail.t("Bản sửa bài “{title}” đã được duyệt, bà con đã thấy bản mới.", title=guide.title)
        await self.mail.tell(one.author_id, text, key=f"bkt{one.id}:done", now=now)
