"""Looking at an announcement as the groups will see it, trying it out, asking for approval, deciding."""

from __future__ import annotations

from datetime import datetime

from bot.core.context import Context
from bot.core.events import Chat, TextSent
from bot.core.lean.values import replace
from bot.core.messages import Button
from bot.core.platform import with_account
from bot.core.router import Router
from bot.core.text import Text
from bot.features.announcements import notices, store
from bot.features.announcements.actions import (
    Approve,
    AskApproval,
    GiveBack,
    GoUrgent,
    OpenAnnouncement,
    Preview,
    SendLate,
    TrySandbox,
)
from bot.features.announcements.approval import DECIDED, reason_problem
from bot.features.announcements.cost import cost
from bot.features.announcements.letter import trial
from bot.features.announcements.model import LONGEST_REASON, OPEN, Announcement, AnnouncementRefused
from bot.features.announcements.relays.model import targets
from bot.features.announcements.writing import preview
from bot.features.announcements.writing.draft import NEWER, editable
from bot.features.calendar.vietnam import VIETNAM
from bot.features.groups import channels
from bot.features.outbox.states import Klass
from bot.features.people import people
from bot.handlers.kit.typed import too_long, typed
from bot.i18n import msg, number, time_in_words

from .common import FLOW, AnnouncementService, open_button
from .cost import cost_lines

REFUSING, URGENT = "refusing", "urgent"
_ASK = "ask"
_TOLD = msg("Đã báo người soạn.")
_FROM_CONSOLE = msg("Đã ghi. Người cài đặt máy sửa lời bằng lệnh init, hoặc bác soạn tin khác.")
_NO_SANDBOX = msg(
    "Xã chưa có nhóm làm thử. Bác gõ “mời”, chọn “Mã đăng ký nhóm” rồi “Nhóm làm thử”, và thêm tôi vào một nhóm nhỏ."
)


class ApprovalConversation:
    def __init__(self, service: AnnouncementService) -> None:
        self._service = service
        self._approval = service.features.approval
        self._outbox = service.features.outbox

    async def preview(self, ctx: Context, action: Preview) -> None:
        """Show the announcement as it will look, one message for each look."""
        found = await self._service.opened(ctx, action.announcement)
        if found is None:
            return
        one = found[1]
        resolved = await self._approval.resolve(one, ctx.now)
        seen = await preview.in_groups(one, resolved, self._outbox, self._approval.platforms)
        for look in seen:
            reply = ctx.t(
                "Trên {platforms}, bà con thấy {count} tin:",
                platforms=", ".join(with_account(name, str.capitalize) for name in look.platforms),
                count=number(len(look.messages), ctx.locale),
            )
            ctx.reply(Text.join("\n\n", [reply, *(Text.verbatim(_framed(message)) for message in look.messages)]))
        for item in one.attachments:
            ctx.reply(Text.verbatim(item.alt), attachment=item)
        needs = await cost(one, resolved, self._outbox, ctx.now)
        lines = [
            ctx.t(
                "Tổng cộng {count} tin tới {groups} nhóm.",
                count=number(sum(need.calls for need in needs), ctx.locale),
                groups=len(resolved.channels),
            )
        ]
        lines += await cost_lines(ctx, one, needs, through_people=bool(resolved.relayed))
        ctx.reply(Text.join("\n", lines), await self._service.offers(ctx, found[0], one))

    async def try_out(self, ctx: Context, action: TrySandbox) -> None:
        found = await self._service.opened(ctx, action.announcement)
        if found is None:
            return
        one = found[1]
        groups = [
            group
            for group in await channels.of_unit(one.commune_id, ctx.now.astimezone(VIETNAM).date(), purpose="sandbox")
            if group.platform in self._approval.platforms
        ]
        if not groups:
            ctx.reply(ctx.t(_NO_SANDBOX), [open_button(ctx, one)])
            return
        messages = trial(
            await preview.composed(one, self._outbox, target=0), self._outbox.translate, self._outbox.locale
        )
        async with ctx.changes():
            for group in groups:
                chat = Chat(group.platform, group.native_id, "group")
                key = f"tb{one.id}-{one.version}-try:{group.id}:{ctx.event.id}"[:90]
                await self._outbox.add(chat, messages, key=key, now=ctx.now, answering=True)
            ctx.reply(ctx.t("Đã gửi bản thử vào {count} nhóm làm thử.", count=len(groups)), [open_button(ctx, one)])

    async def ask(self, ctx: Context, action: AskApproval) -> None:
        found = await self._service.opened(ctx, action.announcement)
        if found is None:
            return
        who, one = found
        async with ctx.changes():
            asked = (
                await self._approval.ask(one, who, await self._service.allowed(one.commune_id), ctx.now)
                if one.version == action.version
                else AnnouncementRefused(NEWER)
            )
            if isinstance(asked, AnnouncementRefused):
                await self._service.refused(ctx, asked, one.id)
                return
            told = 0
            for person in sorted(await notices.approvers(asked.commune_id, asked.template, ctx.now)):
                if person != who.person_id:
                    told += await self._show_to(ctx, person, asked, msg("Có thông báo chờ duyệt."), _ASK)
            await self._service.show(
                ctx,
                one.id,
                ctx.t(
                    "Đã chốt {groups} nhóm và xin duyệt, tôi đã báo {count} người có quyền duyệt.",
                    groups=number(asked.channels, ctx.locale),
                    count=told,
                ),
            )

    async def approve(self, ctx: Context, action: Approve) -> None:
        found = await self._service.opened(ctx, action.announcement)
        if found is None:
            return
        who, _ = found
        async with ctx.changes():
            # Inside the transaction, so that of two who press at once the second one sees what the first one did.
            one = await store.get(action.announcement)
            if one is None:
                return
            done = await self._approval.approve(one, action.version, who, ctx.now)
            if isinstance(done, AnnouncementRefused):
                fresh = await store.get(one.id)
                if one.state == "waiting" and fresh is not None and fresh.state == "draft":
                    text = Text.of(self._outbox.translate(self._outbox.locale, done.why), **done.values)
                    await self._tell_author(ctx, fresh, text, "void")
                if done.why == DECIDED and one.approved_at is not None and one.state in (*OPEN, "done"):
                    self._decided_before(ctx, one, one.approved_at)
                else:
                    await self._service.refused(ctx, done, one.id)
                return
            self._outbox.wake()
            text = Text.of(
                self._outbox.translate(
                    self._outbox.locale, msg("{label} đã được duyệt cho {groups} nhóm, gồm {rows} tin.")
                ),
                label=done.label,
                groups=done.channels,
                rows=done.rows,
            )
            await self._tell_author(ctx, done, text, "approved")
            lines = [ctx.t("✅ Đã duyệt cho {groups} nhóm, {rows} tin.", groups=done.channels, rows=done.rows)]
            if villages := len(await targets(done.id)):
                lines.append(ctx.t("{count} thôn qua người đưa tin.", count=number(villages, ctx.locale)))
            await self._service.show(ctx, one.id, Text.join(" ", lines))

    def _decided_before(self, ctx: Context, one: Announcement, approved_at: datetime) -> None:
        """Say in one line that it is decided: the card with all actions has stood there since the first press."""
        ctx.reply(
            ctx.t(
                "{label} không còn chờ duyệt: đã duyệt lúc {time}, nay {state}.",
                label=one.label,
                time=time_in_words(approved_at.astimezone(VIETNAM).time(), ctx.locale),
                state=self._service.state(ctx, one),
            )
        )

    async def give_back(self, ctx: Context, action: GiveBack) -> None:
        found = await self._service.opened(ctx, action.announcement)
        if found is None:
            return
        data = {"id": str(action.announcement), "version": str(action.version), "final": str(int(action.final))}
        ctx.wait_for(FLOW, REFUSING, data)
        ctx.reply(ctx.t("Bác ghi lý do cho người soạn, một tin ngắn."), expects="text")

    async def gave_back(self, ctx: Context) -> None:
        flow = ctx.flow
        if flow is None or too_long(ctx, answer := typed(ctx), LONGEST_REASON):
            return
        ctx.leave_flow()
        found = await self._service.opened(ctx, int(flow.data["id"]))
        if found is None:
            return
        who, one = found
        final = flow.data["final"] == "1"
        async with ctx.changes():
            done = await self._approval.give_back(one, int(flow.data["version"]), who, answer, ctx.now, final=final)
            if isinstance(done, AnnouncementRefused):
                await self._service.refused(ctx, done, one.id)
                return
            what = msg("{label} không được duyệt.") if final else msg("{label} được trả lại để sửa.")
            text = Text.of(self._outbox.translate(self._outbox.locale, what), label=one.label)
            text += Text.verbatim(f"\n“{done.refusal}”")
            await self._tell_author(ctx, done, text, "back")
            await self._service.show(ctx, one.id, ctx.t(_FROM_CONSOLE if one.from_console else _TOLD))

    async def urgent(self, ctx: Context, action: GoUrgent) -> None:
        found = await self._service.opened(ctx, action.announcement)
        if found is None:
            return
        who, one = found
        refusal = editable(one, who) or (None if one.version == action.version else AnnouncementRefused(NEWER))
        if refusal is not None:
            await self._service.refused(ctx, refusal, one.id)
            return
        resolved = await self._approval.resolve(one, ctx.now)
        ctx.wait_for(FLOW, URGENT, {"id": str(one.id), "version": str(one.version)})
        reply = ctx.t(
            "{label} sẽ đi ngay tới {groups} nhóm, kể cả giờ nghỉ, không chờ người thứ hai. "
            "Việc này được ghi lại và lãnh đạo xã xem sau. Bác ghi lý do để gửi, hoặc gõ “hủy”.",
            label=one.label,
            groups=number(len(resolved.channels), ctx.locale),
        )
        now_urgent = replace(one, klass="urgent", not_before=None)
        ctx.reply(Text.join("\n", [reply, *await self._service.cost(ctx, now_urgent, resolved)]), expects="text")

    async def went_urgent(self, ctx: Context) -> None:
        flow = ctx.flow
        if flow is None:
            return
        reason = typed(ctx)
        if (problem := reason_problem(reason)) is not None:
            # In a hurry people write “gấp”: they are asked again and need not begin anew.
            ctx.reply(ctx.t(problem.why, **problem.values), expects="text")
            return
        ctx.leave_flow()
        found = await self._service.opened(ctx, int(flow.data["id"]))
        if found is None:
            return
        who, one = found
        async with ctx.changes():
            done = await self._approval.override(
                one, int(flow.data["version"]), who, reason, await self._service.allowed(one.commune_id), ctx.now
            )
            if isinstance(done, AnnouncementRefused):
                await self._service.refused(ctx, done, one.id)
                return
            for person in sorted(await notices.approvers(done.commune_id, done.template, ctx.now)):
                if person != who.person_id:
                    await self._show_to(ctx, person, done, msg("Tin khẩn vừa gửi không chờ duyệt."), "urgent")
            await self._service.show(ctx, one.id, ctx.t("Đã gửi khẩn tới {groups} nhóm.", groups=done.channels))

    async def send_late(self, ctx: Context, action: SendLate) -> None:
        found = await self._service.opened(ctx, action.announcement)
        if found is None:
            return
        one = found[1]
        async with ctx.changes():
            refusal = await self._service.features.schedule.send_late(one, action.version, ctx.now)
            if refusal is not None:
                await self._service.refused(ctx, refusal, one.id)
                return
            await self._service.show(ctx, one.id, ctx.t("Đã cho gửi."))

    async def _show_to(self, ctx: Context, person_id: int, one: Announcement, note: str, what: str) -> bool:
        """Send the card to somebody else, with the actions open to them."""
        who = await people.who_is(person_id, ctx.now)
        text = Text.join("\n\n", [ctx.t(note), await self._service.card(ctx, one)])
        buttons = await self._service.offers(ctx, who, one)
        key = f"tb{one.id}-{one.version}-{what}"
        klass: Klass = "request" if what == _ASK else "notice"
        return await notices.tell(self._outbox, person_id, text, key, ctx.now, buttons, klass=klass)

    async def _tell_author(self, ctx: Context, one: Announcement, text: Text, what: str) -> None:
        button = Button.to(
            self._outbox.translate(self._outbox.locale, msg("Mở")) + f" {one.label}", OpenAnnouncement(one.id)
        )
        await notices.tell(self._outbox, one.author_id, text, f"tb{one.id}-{one.version}-{what}", ctx.now, [button])


def _framed(message: str) -> str:
    """Set a message off from the words around it: a chat has no other frame."""
    return "\n".join(f"│ {line}" for line in message.split("\n"))


def build(conversation: ApprovalConversation) -> Router:
    router = Router()
    router.action(Preview)(conversation.preview)
    router.action(TrySandbox)(conversation.try_out)
    router.action(AskApproval)(conversation.ask)
    router.action(Approve)(conversation.approve)
    router.action(GiveBack)(conversation.give_back)
    router.action(GoUrgent)(conversation.urgent)
    router.action(SendLate)(conversation.send_late)
    steps = {REFUSING: conversation.gave_back, URGENT: conversation.went_urgent}
    for step, handler in steps.items():
        router.step(FLOW, step, TextSent, prose=True)(handler)
    return router
