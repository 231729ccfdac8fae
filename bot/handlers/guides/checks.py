"""An officer tries guides again: what is due, each step as a resident sees it, still right or different."""

from __future__ import annotations

from collections.abc import Callable

from bot.core.context import Context
from bot.core.events import TextSent
from bot.core.messages import Attachment, Button
from bot.core.router import Router
from bot.core.text import Text
from bot.features import rights
from bot.features.commune.settings import Commune
from bot.features.guides import pages
from bot.features.guides.model import Guide, GuideStep
from bot.features.people import people
from bot.features.rights import Act
from bot.features.upkeep import checks, flags, texts
from bot.features.upkeep.actions import (
    CheckStep,
    CloseFlags,
    ConfirmGuide,
    ListChecks,
    OpenGuideCheck,
    OpenText,
    SendText,
    StepDiffers,
)
from bot.handlers.kit.speaker import account_of, to_menu
from bot.handlers.kit.typed import too_long, typed

from .upkeep import FLOW, GuideUpkeepService, after, step_title, to_list, today

DIFFERS, REASON = "differs", "reason"
_PAGE = 8


class GuideCheckConversation:
    def __init__(self, service: GuideUpkeepService, commune: Callable[[Context], Commune]) -> None:
        self._service = service
        self._commune = commune

    async def command(self, ctx: Context) -> None:
        """Handle `/kiembai`: list the guides due for a check; for a mere approver, the texts that wait."""
        if not ctx.private or not await self._list_waiting(ctx):
            await self.list_due(ctx, ListChecks(1))

    async def _list_waiting(self, ctx: Context) -> bool:
        """List the texts waiting for a mere approver; return False for a checker, and for somebody who is neither."""
        who = await people.who(account_of(ctx), ctx.now)
        verify = await rights.decide(who, Act.VERIFY_GUIDE, None, on=ctx.now)
        approve = await rights.decide(who, Act.APPROVE_CONTENT, None, on=ctx.now)
        if verify.allowed or not approve.allowed:
            return False
        waiting = [
            one
            for one in await texts.all_waiting()
            if (await rights.decide(who, Act.APPROVE_CONTENT, one.unit_id, on=ctx.now)).allowed
        ]
        reply = (
            ctx.t("**Bản sửa bài hướng dẫn** chờ bác duyệt: {count}.", count=len(waiting))
            if waiting
            else ctx.t("Không có bản sửa bài hướng dẫn nào chờ duyệt.")
        )
        library = self._service.shown.library
        titles = {one.id: guide.title for one in waiting if (guide := library.get(one.guide)) is not None}
        ctx.reply(reply, [*(Button.to(title[:60], OpenText(key)) for key, title in titles.items()), *to_menu(ctx)])
        return True

    async def list_due(self, ctx: Context, action: ListChecks) -> None:
        if await self._service.officer(ctx) is None:
            return
        library = self._service.shown.library
        due = checks.due(library, await flags.counts(), today(ctx))
        if not due:
            ctx.reply(ctx.t("Mọi bài hướng dẫn đều còn hạn kiểm tra, chưa bài nào bị báo khác."), to_menu(ctx))
            return
        start = (max(action.page, 1) - 1) * _PAGE
        shown = due[start : start + _PAGE] or due[:_PAGE]
        lines = [ctx.t("**{count}/{all} bài** cần kiểm tra trên máy thật.", count=len(due), all=len(library))]
        lines += [ctx.t("• {title}: {why}", title=one.guide.title, why=self._service.notices.why(one)) for one in shown]
        lines.append(ctx.t("Bác chọn một bài để kiểm."))
        buttons = [Button.to(one.guide.title[:60], OpenGuideCheck(one.guide.slug)) for one in shown]
        if start + _PAGE < len(due):
            buttons.append(Button.to(ctx.word("Xem tiếp"), ListChecks(action.page + 1)))
        ctx.reply(Text.join("\n", lines), [*buttons, *to_menu(ctx)])

    async def open(self, ctx: Context, action: OpenGuideCheck) -> None:
        if await self._service.officer(ctx) is None:
            return
        guide = self._service.guide(ctx, action.guide)
        if guide is not None:
            await self._service.show(ctx, guide)

    # Step by step

    async def step(self, ctx: Context, action: CheckStep) -> None:
        """Show the page of a step; "" is the end after the last one."""
        if await self._service.officer(ctx) is None:
            return
        guide = self._service.guide(ctx, action.guide)
        if guide is None:
            return
        ctx.leave_flow()
        step = guide.steps.get(action.step)
        if step is not None:
            self._put_step(ctx, guide, step)
        elif action.step:
            await self._service.show(ctx, guide, ctx.t("Bài vừa được sửa, bước ấy không còn. Bác kiểm lại từ đầu."))
        else:
            await self._done(ctx, guide)

    def _put_step(self, ctx: Context, guide: Guide, step: GuideStep) -> None:
        number = list(guide.steps).index(step.id) + 1
        shown = pages.localised(guide, step, ctx.locale, ctx.translate)
        text = pages.text(guide, shown, ctx.locale, ctx.translate, self._commune(ctx).values)
        labels = [option.label for option in shown.options] or list(shown.quiz.choices if shown.quiz else ())
        parts = [ctx.t("Bước {number}/{all}. Bà con thấy thế này:", number=number, all=len(guide.steps)), text]
        if labels:
            parts.append(ctx.t("Các nút để chọn: {labels}", labels=" / ".join(labels)))
        parts.append(ctx.t("Trên điện thoại của bác có đúng như vậy không?"))
        picture = shown.picture
        ctx.reply(
            Text.join("\n\n", parts),
            [
                Button.to(ctx.word("Đúng"), CheckStep(guide.slug, after(guide, step.id))),
                Button.to(ctx.word("Khác rồi"), StepDiffers(guide.slug, step.id)),
                Button.to(ctx.word("Để sau"), OpenGuideCheck(guide.slug)),
            ],
            attachment=Attachment("photo", f"guides/{picture.file}", picture.alt) if picture is not None else None,
        )

    async def _done(self, ctx: Context, guide: Guide) -> None:
        found = sum(one.officers for one in await flags.open_flags(guide.slug))
        if found:
            reply = ctx.t("Bác đã xem hết bài; còn {count} chỗ cán bộ ghi là khác. Bác gửi bản sửa nhé.", count=found)
            ctx.reply(reply, [Button.to(ctx.word("Gửi bản sửa"), SendText(guide.slug)), to_list(ctx)])
            return
        ctx.reply(
            ctx.t("Bác đã xem hết bài “{title}”. Mọi bước còn đúng thì bác xác nhận.", title=guide.title),
            [Button.to(ctx.word("Đã kiểm tra, còn đúng"), ConfirmGuide(guide.slug, guide.content)), to_list(ctx)],
        )

    async def differs(self, ctx: Context, action: StepDiffers) -> None:
        if await self._service.officer(ctx) is None:
            return
        guide = self._service.guide(ctx, action.guide)
        if guide is None:
            return
        if action.step not in guide.steps:
            await self._service.show(ctx, guide)
            return
        ctx.wait_for(FLOW, DIFFERS, {"guide": guide.slug, "step": action.step})
        ctx.reply(ctx.t("Khác ở chỗ nào? Bác gõ một câu, ví dụ: nút “Đăng nhập” nay ở góc trên."), expects="text")

    async def take_differs(self, ctx: Context) -> None:
        flow, words = ctx.flow, typed(ctx)
        if flow is None or not words:
            return
        if too_long(ctx, words, flags.LONGEST_NOTE):
            return
        ctx.leave_flow()
        found, guide = await self._service.officer(ctx), self._service.guide(ctx, flow.data["guide"])
        step = flow.data["step"]
        if found is None or guide is None:
            return
        async with ctx.changes():
            await flags.officer_note(guide.slug, step, words, found[0].person_id, ctx.now)
            following = after(guide, step) if step in guide.steps else ""
            ctx.reply(
                ctx.t("✅ Đã ghi chỗ khác ở bước “{step}”.", step=step_title(guide, step)),
                [Button.to(ctx.word("Bước tiếp theo"), CheckStep(guide.slug, following)), to_list(ctx)],
            )

    async def confirm(self, ctx: Context, action: ConfirmGuide) -> None:
        """Confirm only the text that was looked at."""
        found, guide = await self._service.officer(ctx), self._service.guide(ctx, action.guide)
        if found is None or guide is None:
            return
        who, place = found
        if guide.content != action.content:
            await self._service.show(ctx, guide, ctx.t("Bài vừa được sửa sau khi bác xem. Bác kiểm lại bản mới giúp."))
            return
        if sum(one.officers for one in await flags.open_flags(guide.slug)):
            note = ctx.t("Bài còn chỗ cán bộ ghi là khác. Bác đóng chỗ đó hoặc gửi bản sửa, rồi mới xác nhận được.")
            await self._service.show(ctx, guide, note)
            return
        async with ctx.changes():
            if await checks.confirm(place.id, guide, who.person_id, today(ctx)):
                await self._service.audit.append(
                    who.person_id, "guide_checked", f"guide:{guide.slug}", ctx.now, {"unit": place.id}
                )
            ctx.reply(
                ctx.t("✅ Đã ghi: bài “{title}” còn đúng. Bà con thấy ngày kiểm tra ở đầu bài.", title=guide.title),
                [to_list(ctx), *to_menu(ctx)],
            )
        await self._service.refresh()

    # Flags

    async def begin_close(self, ctx: Context, action: CloseFlags) -> None:
        if await self._service.officer(ctx) is None:
            return
        guide = self._service.guide(ctx, action.guide)
        if guide is None:
            return
        if action.step not in {one.step for one in await flags.open_flags(guide.slug)}:
            await self._service.show(ctx, guide, ctx.t("Chỗ báo khác này đã đóng rồi."))
            return
        ctx.wait_for(FLOW, REASON, {"guide": guide.slug, "step": action.step})
        ctx.reply(
            ctx.t("Bác gõ lý do đóng, ví dụ: đã thử lại, nút vẫn ở chỗ cũ. Người đã báo sẽ đọc câu này."),
            expects="text",
        )

    async def take_reason(self, ctx: Context) -> None:
        flow, words = ctx.flow, typed(ctx)
        if flow is None or not words:
            return
        if too_long(ctx, words, flags.LONGEST_REASON):
            return
        ctx.leave_flow()
        found, guide = await self._service.officer(ctx), self._service.guide(ctx, flow.data["guide"])
        if found is None or guide is None:
            return
        step = flow.data["step"]
        async with ctx.changes():
            told = await self._service.notices.close(guide, [step], words, ctx.now)
            details: dict[str, str | int | bool] = {"step": step, "told": told}
            await self._service.audit.append(
                found[0].person_id, "guide_flags_closed", f"guide:{guide.slug}", ctx.now, details
            )
            ctx.reply(
                ctx.t("✅ Đã đóng báo khác ở bước “{step}”, báo lại cho {count} người.",
                      step=step_title(guide, step), count=told),
                [Button.to(ctx.word("Mở lại bài"), OpenGuideCheck(guide.slug)), to_list(ctx)],
            )  # fmt: skip


def build(conversation: GuideCheckConversation) -> Router:
    router = Router()
    router.command("kiembai", "kiểm bài", "kiểm bài hướng dẫn", "kiểm tra bài hướng dẫn")(conversation.command)
    router.action(ListChecks)(conversation.list_due)
    router.action(OpenGuideCheck)(conversation.open)
    router.action(CheckStep)(conversation.step)
    router.action(StepDiffers)(conversation.differs)
    router.action(ConfirmGuide)(conversation.confirm)
    router.action(CloseFlags)(conversation.begin_close)
    router.step(FLOW, DIFFERS, TextSent, prose=True)(conversation.take_differs)
    router.step(FLOW, REASON, TextSent, prose=True)(conversation.take_reason)
    return router
