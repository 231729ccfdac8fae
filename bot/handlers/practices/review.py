"""Reviewing a good practice: putting it better, publishing it with credit to the village, or saying why not."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.context import Context
from bot.core.events import TextSent
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text
from bot.features import units
from bot.features.calendar.vietnam import VIETNAM
from bot.features.notices.mail import Mail
from bot.features.people import people
from bot.features.people.people import Who
from bot.features.practices import practices
from bot.features.practices.practices import LONGEST_REASON, LONGEST_TEXT, Practice
from bot.features.rights.table import LEADER
from bot.handlers.kit.speaker import account_of, to_menu
from bot.handlers.kit.typed import too_long, typed
from bot.i18n import msg

from .common import FLOW, EditPractice, PracticeService, PublishPractice, RefusePractice, UsePractice, full, may_review

EDIT, REASON = "edit", "reason"

_NEWS = msg(
    "**Cách làm hay của {village}: {title}**\n{text}\nKết quả: {result}\n"
    "Cảm ơn {village}. Tổ trưởng thôn nào làm theo thì chọn nút dưới đây."
)


class PracticeReviewConversation:
    def __init__(self, service: PracticeService) -> None:
        self.service = service

    async def publish(self, ctx: Context, action: PublishPractice) -> None:
        """Publish to the commune-wide group with credit to the village; the author cannot."""
        found = await self.waiting(ctx, action.practice, action.version)
        if found is None:
            return
        one, who = found
        if one.author_id == who.person_id:
            ctx.reply(ctx.t("Tin do chính bác viết, nên một người khác ở xã đăng giúp."))
            return
        async with ctx.changes():
            if who.person_id is None or not await practices.publish(one, who.person_id, ctx.now):
                await self.service.newer(ctx, one.id)
                return
            await self.service.audit.append(who.person_id, "practice_published", f"practice:{one.id}", ctx.now)
            groups = await self._announce(ctx, one)
            reply = ctx.t("✅ Đã đăng lên nhóm chung toàn xã. Tôi đã báo cho người gửi.")
            if not groups:
                reply = ctx.t("✅ Đã đăng. Xã chưa có nhóm chung nên tôi báo riêng cho Tổ trưởng các thôn.")
            ctx.replace(reply, to_menu(ctx))

    async def _announce(self, ctx: Context, one: Practice) -> int:
        """Send it to the commune's groups; without one, tell the villages' leaders. Return how many groups."""
        place, commune = await units.by_id(one.unit_id), await units.commune_of(one.unit_id)

        async def write(mail: Mail) -> tuple[Text, Sequence[Button]]:
            text = mail.t(_NEWS, village=full(place), title=one.title, text=one.text, result=one.result)
            return text, [Button.to(mail.word("Áp dụng ở thôn tôi"), UsePractice(one.id, ""))]

        key = f"clh{one.id}:out"
        thanks = self.service.mail.t("Xã đã đăng cách làm hay của bác: “{title}”. Cảm ơn bác.", title=one.title)
        await self.service.mail.later.tell(one.author_id, thanks, key=key, now=ctx.now)
        if commune is None:
            return 0
        told = await self.service.mail.later.groups(commune.id, "commune", write, key=key, now=ctx.now)
        if not told:
            leaders = [
                holder.person_id
                for village in await units.villages(commune.id, ctx.now.astimezone(VIETNAM).date())
                for holder in await people.holders(LEADER, village.id, ctx.now)
                if village.id != one.unit_id
            ]
            text, buttons = await write(self.service.mail)
            await self.service.mail.later.tell_all(leaders, text, buttons, key=key, now=ctx.now)
        return told

    async def begin_edit(self, ctx: Context, action: EditPractice) -> None:
        if await self.waiting(ctx, action.practice, action.version) is not None:
            ctx.wait_for(FLOW, EDIT, {"id": str(action.practice), "version": str(action.version)})
            ctx.reply(ctx.t("Bác gõ lại phần “làm thế nào”, cả đoạn."), expects="text")

    async def begin_refuse(self, ctx: Context, action: RefusePractice) -> None:
        if await self.waiting(ctx, action.practice, action.version) is not None:
            ctx.wait_for(FLOW, REASON, {"id": str(action.practice), "version": str(action.version)})
            ctx.reply(ctx.t("Vì sao không đăng? Bác gõ một câu, tôi gửi cho người viết."), expects="text")

    async def take_edit(self, ctx: Context) -> None:
        flow, words = ctx.flow, typed(ctx)
        if flow is None or not words:
            return
        if too_long(ctx, words, LONGEST_TEXT):
            return
        ctx.leave_flow()
        found = await self.waiting(ctx, int(flow.data["id"]), int(flow.data["version"]))
        if found is None:
            return
        async with ctx.changes():
            new = await practices.edit(found[0], words)
            fresh = await practices.get(found[0].id)
            if not new or fresh is None:
                await self.service.newer(ctx, found[0].id)
                return
            ctx.reply(await self.service.card(ctx, fresh), self.service.offer(fresh))

    async def take_reason(self, ctx: Context) -> None:
        flow, words = ctx.flow, typed(ctx)
        if flow is None or not words:
            return
        if too_long(ctx, words, LONGEST_REASON):
            return
        ctx.leave_flow()
        found = await self.waiting(ctx, int(flow.data["id"]), int(flow.data["version"]))
        if found is None:
            return
        one, who = found
        async with ctx.changes():
            if who.person_id is None or not await practices.refuse(one, words, who.person_id):
                await self.service.newer(ctx, one.id)
                return
            await self.service.audit.append(who.person_id, "practice_refused", f"practice:{one.id}", ctx.now)
            told = self.service.mail.t("Xã chưa đăng “{title}”: {reason}", title=one.title, reason=words)
            await self.service.mail.later.tell(one.author_id, told, key=f"clh{one.id}:no", now=ctx.now)
            ctx.reply(ctx.t("Đã ghi. Tôi đã báo lý do cho người viết."), to_menu(ctx))

    async def waiting(self, ctx: Context, practice_id: int, version: int) -> tuple[Practice, Who] | None:
        """Return a practice waiting for review in its shown version, for a reviewer; otherwise say why not."""
        one = await practices.get(practice_id)
        who = await people.who(account_of(ctx), ctx.now)
        if one is None:
            ctx.reply(ctx.t("Không còn tin này, hoặc tin không phải của bác."), to_menu(ctx))
        elif not await may_review(who, one.unit_id, ctx.now):
            ctx.reply(ctx.t("Việc duyệt cách làm hay là của cán bộ xã."), to_menu(ctx))
        elif one.version != version or one.state != "waiting":
            await self.service.newer(ctx, one.id)
        else:
            return one, who
        return None


def build(conversation: PracticeReviewConversation) -> Router:
    router = Router()
    router.action(PublishPractice)(conversation.publish)
    router.action(EditPractice)(conversation.begin_edit)
    router.action(RefusePractice)(conversation.begin_refuse)
    router.step(FLOW, EDIT, TextSent, prose=True)(conversation.take_edit)
    router.step(FLOW, REASON, TextSent, prose=True)(conversation.take_reason)
    return router
