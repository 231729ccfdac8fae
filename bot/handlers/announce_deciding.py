"""Looking at an announcement as the groups will see it, trying it out, asking for approval, deciding."""

from __future__ import annotations

from dataclasses import replace

from bot.core.context import Context
from bot.core.events import Chat, Said
from bot.core.messages import Button, Message
from bot.core.router import Router
from bot.core.text import Text
from bot.features import channels, people, units
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
from bot.features.announcements.approval import reason_problem
from bot.features.announcements.cost import cost
from bot.features.announcements.draft import NEWER, editable
from bot.features.announcements.letter import letter, trial
from bot.features.announcements.model import LONGEST_REASON, Announcement, Refused
from bot.features.announcements.preview import looks
from bot.features.outbox.hours import VIETNAM
from bot.i18n import msg, number

from .announce_cost import cost_lines
from .announce_desk import FLOW, Desk, open_button
from .typed import too_long, typed

REFUSING, URGENT = "refusing", "urgent"
_NO_SANDBOX = msg(
    "Xã chưa có nhóm làm thử. Bác gõ “mời”, chọn “Mã đăng ký nhóm” rồi “Nhóm làm thử”, và thêm tôi vào một nhóm nhỏ."
)


class DecidingTalk:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._approval = desk.features.approval
        self._post = desk.features.outbox

    async def preview(self, ctx: Context, action: Preview) -> None:
        """One message for each way in which it will look."""
        found = await self._desk.opened(ctx, action.announcement)
        if found is None:
            return
        one = found[1]
        resolved = await self._approval.resolve(one, ctx.now)
        used = [channel.platform for channel in resolved.channels] or list(self._approval.platforms)
        groups = [self._desk.capabilities[name]["group"] for name in used]
        messages = await self._letter(one, target=1, hears_everything=all(caps.hears_everything for caps in groups))
        seen = looks(
            messages,
            used,
            self._desk.capabilities,
            link_to=self._desk.link_to,
            translate=self._post.translate,
            locale=self._post.locale,
        )
        for look in seen:
            said = ctx.t(
                "Trên {platforms}, bà con thấy {count} tin:",
                platforms=", ".join(name.capitalize() for name in look.platforms),
                count=number(len(look.messages), ctx.locale),
            )
            ctx.reply(Text.join("\n\n", [said, *(Text.verbatim(message) for message in look.messages)]))
        for item in one.attachments:
            ctx.reply(Text.verbatim(item.alt), attachment=item)
        needs = await cost(one, resolved, self._post, ctx.now)
        lines = [
            ctx.t(
                "Tổng cộng {count} tin tới {groups} nhóm.",
                count=number(sum(need.calls for need in needs), ctx.locale),
                groups=len(resolved.channels),
            )
        ]
        lines += cost_lines(ctx, one, needs)
        ctx.reply(Text.join("\n", lines), await self._desk.offers(ctx, found[0], one))

    async def try_out(self, ctx: Context, action: TrySandbox) -> None:
        found = await self._desk.opened(ctx, action.announcement)
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
        messages = trial(await self._letter(one, target=0), self._post.translate, self._post.locale)
        async with ctx.changes():
            for group in groups:
                chat = Chat(group.platform, group.native_id, "group")
                key = f"tb{one.id}-{one.version}-try:{group.id}:{ctx.event.id}"[:90]
                await self._post.add(chat, messages, key=key, now=ctx.now, answering=True)
            ctx.reply(ctx.t("Đã gửi bản thử vào {count} nhóm làm thử.", count=len(groups)), [open_button(ctx, one)])

    async def ask(self, ctx: Context, action: AskApproval) -> None:
        found = await self._desk.opened(ctx, action.announcement)
        if found is None:
            return
        who, one = found
        async with ctx.changes():
            asked = (
                await self._approval.ask(one, who, await self._desk.allowed(one.commune_id), ctx.now)
                if one.version == action.version
                else Refused(NEWER)
            )
            if isinstance(asked, Refused):
                await self._desk.refused(ctx, asked, one.id)
                return
            told = 0
            for person in sorted(await notices.approvers(asked.commune_id, asked.template, ctx.now)):
                if person != who.person_id:
                    told += await self._show_to(ctx, person, asked, msg("Có thông báo chờ duyệt."), "ask")
            await self._desk.show(
                ctx,
                one.id,
                ctx.t(
                    "Đã chốt {groups} nhóm và xin duyệt, tôi đã báo {count} người có quyền duyệt.",
                    groups=number(asked.channels, ctx.locale),
                    count=told,
                ),
            )

    async def approve(self, ctx: Context, action: Approve) -> None:
        found = await self._desk.opened(ctx, action.announcement)
        if found is None:
            return
        who, _ = found
        async with ctx.changes():
            # Inside the transaction, so that of two who press at once the second one sees what the first one did.
            one = await store.get(action.announcement)
            if one is None:
                return
            done = await self._approval.approve(one, action.version, who, ctx.now)
            if isinstance(done, Refused):
                fresh = await store.get(one.id)
                if one.state == "waiting" and fresh is not None and fresh.state == "draft":
                    text = Text.of(self._post.translate(self._post.locale, done.why), **done.values)
                    await self._tell_author(ctx, fresh, text, "void")
                await self._desk.refused(ctx, done, one.id)
                return
            self._post.wake()
            text = Text.of(
                self._post.translate(
                    self._post.locale, msg("{label} đã được duyệt cho {groups} nhóm, gồm {rows} tin.")
                ),
                label=done.label,
                groups=done.channels,
                rows=done.rows,
            )
            await self._tell_author(ctx, done, text, "approved")
            await self._desk.show(
                ctx, one.id, ctx.t("✅ Đã duyệt cho {groups} nhóm, {rows} tin.", groups=done.channels, rows=done.rows)
            )

    async def give_back(self, ctx: Context, action: GiveBack) -> None:
        found = await self._desk.opened(ctx, action.announcement)
        if found is None:
            return
        data = {"id": str(action.announcement), "version": str(action.version), "final": str(int(action.final))}
        ctx.wait_for(FLOW, REFUSING, data)
        ctx.reply(ctx.t("Bác ghi lý do cho người soạn, một tin ngắn."), expects="text")

    async def gave_back(self, ctx: Context) -> None:
        flow = ctx.flow
        if flow is None or too_long(ctx, said := typed(ctx), LONGEST_REASON):
            return
        ctx.leave_flow()
        found = await self._desk.opened(ctx, int(flow.data["id"]))
        if found is None:
            return
        who, one = found
        final = flow.data["final"] == "1"
        async with ctx.changes():
            done = await self._approval.give_back(one, int(flow.data["version"]), who, said, ctx.now, final=final)
            if isinstance(done, Refused):
                await self._desk.refused(ctx, done, one.id)
                return
            what = msg("{label} không được duyệt.") if final else msg("{label} được trả lại để sửa.")
            text = Text.of(self._post.translate(self._post.locale, what), label=one.label)
            text += Text.verbatim(f"\n“{done.refusal}”")
            await self._tell_author(ctx, done, text, "back")
            await self._desk.show(ctx, one.id, ctx.t("Đã báo người soạn."))

    async def urgent(self, ctx: Context, action: GoUrgent) -> None:
        found = await self._desk.opened(ctx, action.announcement)
        if found is None:
            return
        who, one = found
        refusal = editable(one, who) or (None if one.version == action.version else Refused(NEWER))
        if refusal is not None:
            await self._desk.refused(ctx, refusal, one.id)
            return
        resolved = await self._approval.resolve(one, ctx.now)
        ctx.wait_for(FLOW, URGENT, {"id": str(one.id), "version": str(one.version)})
        said = ctx.t(
            "{label} sẽ đi ngay tới {groups} nhóm, kể cả giờ nghỉ, không chờ người thứ hai. "
            "Việc này được ghi lại và lãnh đạo xã xem sau. Bác ghi lý do để gửi, hoặc gõ “hủy”.",
            label=one.label,
            groups=number(len(resolved.channels), ctx.locale),
        )
        now_urgent = replace(one, klass="urgent", not_before=None)
        ctx.reply(Text.join("\n", [said, *await self._desk.cost(ctx, now_urgent, resolved)]), expects="text")

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
        found = await self._desk.opened(ctx, int(flow.data["id"]))
        if found is None:
            return
        who, one = found
        async with ctx.changes():
            done = await self._approval.override(
                one, int(flow.data["version"]), who, reason, await self._desk.allowed(one.commune_id), ctx.now
            )
            if isinstance(done, Refused):
                await self._desk.refused(ctx, done, one.id)
                return
            for person in sorted(await notices.approvers(done.commune_id, done.template, ctx.now)):
                if person != who.person_id:
                    await self._show_to(ctx, person, done, msg("Tin khẩn vừa gửi không chờ duyệt."), "urgent")
            await self._desk.show(ctx, one.id, ctx.t("Đã gửi khẩn tới {groups} nhóm.", groups=done.channels))

    async def send_late(self, ctx: Context, action: SendLate) -> None:
        found = await self._desk.opened(ctx, action.announcement)
        if found is None:
            return
        one = found[1]
        async with ctx.changes():
            refusal = await self._desk.features.clock.send_late(one, action.version, ctx.now)
            if refusal is not None:
                await self._desk.refused(ctx, refusal, one.id)
                return
            await self._desk.show(ctx, one.id, ctx.t("Đã cho gửi."))

    async def _letter(self, one: Announcement, *, target: int, hears_everything: bool = True) -> list[Message]:
        commune = await units.by_id(one.commune_id)
        first = await store.get(one.corrects) if one.corrects else None
        return letter(
            one,
            commune="" if commune is None else commune.full_name,
            corrects="" if first is None else first.label,
            translate=self._post.translate,
            locale=self._post.locale,
            hears_everything=hears_everything,
            target=target,
        )

    async def _show_to(self, ctx: Context, person_id: int, one: Announcement, note: str, what: str) -> bool:
        """The card, to somebody else, with what they may do."""
        who = await people.who_is(person_id, ctx.now)
        text = Text.join("\n\n", [ctx.t(note), await self._desk.card(ctx, one)])
        buttons = await self._desk.offers(ctx, who, one)
        return await notices.tell(self._post, person_id, text, f"tb{one.id}-{one.version}-{what}", ctx.now, buttons)

    async def _tell_author(self, ctx: Context, one: Announcement, text: Text, what: str) -> None:
        button = Button.to(
            self._post.translate(self._post.locale, msg("Mở")) + f" {one.label}", OpenAnnouncement(one.id)
        )
        await notices.tell(self._post, one.author_id, text, f"tb{one.id}-{one.version}-{what}", ctx.now, [button])


def build(talk: DecidingTalk) -> Router:
    router = Router()
    router.action(Preview)(talk.preview)
    router.action(TrySandbox)(talk.try_out)
    router.action(AskApproval)(talk.ask)
    router.action(Approve)(talk.approve)
    router.action(GiveBack)(talk.give_back)
    router.action(GoUrgent)(talk.urgent)
    router.action(SendLate)(talk.send_late)
    steps = {REFUSING: talk.gave_back, URGENT: talk.went_urgent}
    for step, handler in steps.items():
        router.step(FLOW, step, Said, prose=True)(handler)
    return router
