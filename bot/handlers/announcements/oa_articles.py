"""Posting an announcement to the followers of the official account: the bot writes the article, a person posts it."""

from __future__ import annotations

from bot.core.context import Context
from bot.core.events import TextSent
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text
from bot.core.words.numbers import digits
from bot.features import rights, units
from bot.features.announcements import recalling
from bot.features.announcements.actions import OpenReceipt
from bot.features.announcements.model import Announcement
from bot.features.announcements.oa import article, broadcasts, rules
from bot.features.announcements.oa.actions import CountLater, ShowArticle, TellNotPosted, TellPosted
from bot.features.announcements.relays.answering import stands
from bot.features.audit import Audit
from bot.features.people.people import Who
from bot.features.rights import Act
from bot.handlers.kit.typed import typed
from bot.i18n import msg, number

from .common import AnnouncementService
from .receipt_wording import oa_line

FLOW, FOLLOWERS = "oa-article", "followers"
_MOST_WORDS = 12
_NOT_YET = msg("{label} chưa duyệt xong nên chưa đăng được.")
_NOT_FOR_ALL = msg("{label} chỉ cho vài thôn, còn trang OA thì ai quan tâm cũng đọc được, nên tôi không soạn bài.")
_OVER = msg("{label} đã dừng, hết hạn hoặc có bản sau, nên bác đừng đăng.")
_TAKE_OFF = msg("⚠️ {label} đã dừng, hết hạn hoặc có bản sau: bác gỡ bài trên trang OA giúp.")
_HOW = msg(
    "Bác vào oa.zalo.me, tạo bài viết: dòng đầu ở trên là tên bài, phần sau là nội dung. Thêm một ảnh bìa, "
    "rồi Broadcast tới tất cả người quan tâm. Bài phát rồi, bác chọn “Đã phát trên OA”."
)
_RULES = msg(
    "Theo các trang công khai, chưa kiểm chứng với Zalo: OA phải xác thực. Bài chờ duyệt khoảng {minutes} phút. "
    "Mỗi người nhận {day} bài một ngày, một tháng {months} bài tùy gói."
)
_HOURS = msg("⚠️ Giờ này có thể Zalo chưa phát: nên đăng từ {opens} đến {closes} giờ.")
_TODAY = msg("⚠️ Hôm nay xã đã đăng {count} bài: người đã nhận bài trước có thể không nhận bài này.")
_MONTH = msg("Tháng này xã đã đăng {count} bài khác.")
_URGENT = msg("⚠️ Tin khẩn thì đừng chờ trang OA: gọi điện, phát loa trước.")
_HOW_MANY = msg(
    "Bài {label} đã phát tới bao nhiêu người quan tâm? Bác gõ số “đã gửi” trong lịch sử Broadcast, ví dụ 1234. "
    "Chưa thấy số thì bác để sau."
)
_NO_NUMBER = msg("Tôi chưa đọc được số. Bác gõ một số, ví dụ 1234.")
_DROPPED = msg("Tôi đã bỏ: {label} chưa đăng trang OA.")
_NEVER = msg("{label} chưa ghi là đã đăng trang OA.")


class OaArticleConversation:
    def __init__(self, service: AnnouncementService, audit: Audit) -> None:
        self._service = service
        self._audit = audit

    async def show(self, ctx: Context, action: ShowArticle) -> None:
        """Give the article in a message of its own, to be copied, and below it how it is posted."""
        found = await self._opened(ctx, action.announcement)
        if found is None:
            return
        one = found[1]
        refusal = await self._refusal(ctx, one)
        if refusal is not None:
            ctx.reply(ctx.t(refusal, label=one.label), [_receipt(ctx, one)])
            return
        ctx.reply(await self._article(one))
        buttons = [Button.to(ctx.word("Đã phát trên OA"), TellPosted(one.id)), _receipt(ctx, one)]
        ctx.reply(Text.join("\n", [ctx.t(_HOW), *await self._doubts(ctx, one), _rules(ctx)]), buttons)

    async def posted(self, ctx: Context, action: TellPosted) -> None:
        """Record that it is posted, then ask how many it went to, which the vendor shows only later."""
        found = await self._opened(ctx, action.announcement)
        if found is None:
            return
        who, one = found
        if not one.rows or not one.everybody:
            ctx.reply(ctx.t(_NOT_FOR_ALL if one.rows else _NOT_YET, label=one.label), [_receipt(ctx, one)])
            return
        async with ctx.changes():
            if await broadcasts.posted(one.id, ctx.now):
                await self._noted(ctx, who, one, {"posted": True})
            ctx.wait_for(FLOW, FOLLOWERS, {"id": str(one.id)})
            lines = [ctx.t(_HOW_MANY, label=one.label)]
            if not await stands(one, ctx.now):
                lines.insert(0, ctx.t(_TAKE_OFF, label=one.label))
            ctx.reply(Text.join("\n", lines), self._meanwhile(ctx, one), expects="figure")

    async def later(self, ctx: Context, action: CountLater) -> None:
        """Stop waiting for the number; the receipt has a button for it."""
        found = await self._opened(ctx, action.announcement)
        _stop_asking(ctx)
        posted = None if found is None else await broadcasts.of(found[1].id)
        if found is not None and posted is not None:
            ctx.reply(oa_line(ctx, posted), [_receipt(ctx, found[1])])

    async def not_posted(self, ctx: Context, action: TellNotPosted) -> None:
        found = await self._opened(ctx, action.announcement)
        if found is None:
            return
        who, one = found
        async with ctx.changes():
            _stop_asking(ctx)
            if await broadcasts.take_back(one.id):
                await self._noted(ctx, who, one, {"posted": False})
            ctx.reply(ctx.t(_DROPPED, label=one.label), [_receipt(ctx, one)])

    async def followers(self, ctx: Context) -> None:
        flow = ctx.flow
        found = None if flow is None else await self._opened(ctx, int(flow.data["id"]))
        if found is None:
            ctx.leave_flow()
            return
        who, one = found
        count = count_in(typed(ctx))
        if count is None:
            ctx.reply(ctx.t(_NO_NUMBER), self._meanwhile(ctx, one), expects="figure")
            return
        async with ctx.changes():
            ctx.leave_flow()
            if await broadcasts.went_to(one.id, count):
                await self._noted(ctx, who, one, {"followers": count})
            posted = await broadcasts.of(one.id)
            line = ctx.t(_NEVER, label=one.label) if posted is None else oa_line(ctx, posted)
            ctx.reply(line, [_receipt(ctx, one)])

    async def _opened(self, ctx: Context, announcement_id: int) -> tuple[Who, Announcement] | None:
        """Return the announcement for somebody who writes those of this commune; refuse otherwise."""
        found = await self._service.opened(ctx, announcement_id)
        if found is None:
            return None
        if not (await rights.decide(found[0], Act.BROADCAST, found[1].commune_id, on=ctx.now)).allowed:
            ctx.reply(ctx.t("Việc ghi cách đưa tin là của người soạn thông báo của xã."))
            return None
        return found

    async def _refusal(self, ctx: Context, one: Announcement) -> str | None:
        if not one.rows or one.state == "approved":
            return _NOT_YET
        if not one.everybody:
            return _NOT_FOR_ALL
        return None if await stands(one, ctx.now) else _OVER

    async def _article(self, one: Announcement) -> Text:
        """Write the article in the language of the commune, as all its announcements are."""
        outbox, place = self._service.features.outbox, await units.by_id(one.commune_id)
        commune = "" if place is None else place.full_name
        text = article.text(
            one,
            commune=commune,
            corrects=await recalling.named(one, outbox.translate, outbox.locale),
            address=None if place is None else self._service.notice(place.code, one.label),
            translate=outbox.translate,
            locale=outbox.locale,
        )
        return Text.join("\n\n", [Text.verbatim(article.title(one, commune)), text])

    async def _doubts(self, ctx: Context, one: Announcement) -> list[Text]:
        """Say what may keep it from people, as far as others tell of the vendor's rules."""
        today, month = await broadcasts.count(one.commune_id, ctx.now, but=one.id)
        lines = [ctx.t(_URGENT)] if one.urgent else []
        if not rules.open_at(ctx.now):
            lines.append(ctx.t(_HOURS, opens=rules.OPENS.hour, closes=rules.CLOSES.hour))
        if today >= rules.PER_DAY:
            lines.append(ctx.t(_TODAY, count=number(today, ctx.locale)))
        if month:
            lines.append(ctx.t(_MONTH, count=number(month, ctx.locale)))
        return lines

    def _meanwhile(self, ctx: Context, one: Announcement) -> list[Button]:
        return [
            Button.to(ctx.word("Để sau"), CountLater(one.id)),
            Button.to(ctx.word("Bấm nhầm, chưa phát"), TellNotPosted(one.id)),
        ]

    async def _noted(self, ctx: Context, who: Who, one: Announcement, details: dict[str, str | int | bool]) -> None:
        await self._audit.append(who.person_id, "announcement.oa", f"announcement:{one.id}", ctx.now, details)


def count_in(words: str) -> int | None:
    """Return the one whole number that was typed, alone or in a short sentence; None if there is none, or several."""
    parts = words.split()
    found = [read for part in parts[:_MOST_WORDS] if (read := digits(part.strip(".,!?"))) is not None]
    if len(parts) > _MOST_WORDS or len(found) != 1 or not found[0].clear or found[0].value % 1:
        return None
    return int(found[0].value) if found[0].value <= broadcasts.MOST_FOLLOWERS else None


def _stop_asking(ctx: Context) -> None:
    if ctx.flow is not None and ctx.flow.name == FLOW:
        ctx.leave_flow()


def _rules(ctx: Context) -> Text:
    months = ", ".join(f"{most} ({package})" for package, most in rules.PER_MONTH.items())
    minutes = round(rules.REVIEW.total_seconds() / 60)
    return ctx.t(_RULES, minutes=minutes, day=rules.PER_DAY, months=months)


def _receipt(ctx: Context, one: Announcement) -> Button:
    return Button.to(ctx.word("Biên nhận"), OpenReceipt(one.id))


def build(conversation: OaArticleConversation) -> Router:
    router = Router()
    router.action(ShowArticle)(conversation.show)
    router.action(TellPosted)(conversation.posted)
    router.action(CountLater)(conversation.later)
    router.action(TellNotPosted)(conversation.not_posted)
    router.step(FLOW, FOLLOWERS, TextSent)(conversation.followers)
    return router
