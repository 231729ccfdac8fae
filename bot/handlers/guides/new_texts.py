"""A new text of a guide: an officer sends the file, reads what would change, and another person approves it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from hashlib import sha256

from bot.core.context import Context
from bot.core.events import FileSent, PhotoSent, TextSent, VoiceSent
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text
from bot.features import rights
from bot.features.guides.changes import StepChange, changes
from bot.features.guides.model import MOST_OF_WORD, Guide
from bot.features.jobs.queue import Jobs, answer_to
from bot.features.people import people
from bot.features.people.people import Who
from bot.features.rights import Act, another_person
from bot.features.upkeep import flags, incoming, outgoing, texts
from bot.features.upkeep.actions import (
    ApproveText,
    DropText,
    HandInText,
    OpenGuideCheck,
    OpenText,
    RefuseText,
    SendText,
    TakeWord,
)
from bot.features.upkeep.deciding import GONE, SEVERAL, may_approve, may_read, parsed
from bot.features.upkeep.texts import STATES, NewText, State
from bot.handlers.kit.speaker import account_of, in_private, to_menu
from bot.handlers.kit.typed import too_long, typed
from bot.i18n import msg

from .upkeep import FLOW, GuideUpkeepService

FILE, WHY_NOT = "file", "why-not"
_MEGABYTE = 1_000_000
_SAME_PERSON = msg("Bản này do bác soạn, cần một người khác duyệt.")
_NEWER = msg("Bản sửa này vừa thay đổi, tình hình bây giờ: {state}.")


class GuideTextConversation:
    """`several`: whether the installation serves several communes, none of which may change all others' guides."""

    def __init__(self, service: GuideUpkeepService, jobs: Jobs, several: Callable[[], bool]) -> None:
        self._service = service
        self._jobs = jobs
        self._several = several

    # Sending

    async def ask(self, ctx: Context, action: SendText) -> None:
        if await self._service.officer(ctx) is None:
            return
        guide = self._service.guide(ctx, action.guide)
        if guide is None:
            return
        if self._several():
            ctx.reply(
                ctx.t(SEVERAL),
                to_menu(ctx),
            )
            return
        ctx.wait_for(FLOW, FILE, {"guide": guide.slug})
        ctx.reply(
            ctx.t(
                "Bác gửi tệp Word (.docx) của bài “{title}” vào đây. Trong Word, tên mỗi bước để kiểu Heading 1; "
                "mẹo bắt đầu bằng “Mẹo:”, cảnh báo bằng “Chú ý:”.",
                title=guide.title,
            ),
            [
                Button.to(ctx.word("Lấy tệp Word của bài"), TakeWord(guide.slug)),
                Button.to(ctx.word("Để sau"), OpenGuideCheck(guide.slug)),
            ],
        )

    async def take(self, ctx: Context, action: TakeWord) -> None:
        """Queue a Word file of the guide; the worker writes it and sends it as a message of its own."""
        if await self._service.officer(ctx) is None:
            return
        guide = self._service.guide(ctx, action.guide)
        if guide is None:
            return
        event = sha256(f"{ctx.chat.platform} {ctx.chat.id} {ctx.event.id}".encode()).hexdigest()[:32]
        async with ctx.changes():
            body = {"guide": guide.slug, "event": event, **answer_to(ctx.chat)}
            await self._jobs.ask(outgoing.KIND, body, key=f"bkw:{event}", now=ctx.now)
            ctx.reply(ctx.t("Tôi đang làm tệp Word, xong tôi gửi bác ngay."))

    async def file(self, ctx: Context) -> None:
        """Queue the Word file that was sent; the worker reads it and answers in a message of its own."""
        flow = ctx.flow
        found = None if flow is None else await self._service.officer(ctx)
        guide = None if flow is None else self._service.guide(ctx, flow.data["guide"])
        if found is None or guide is None or found[0].person_id is None:
            ctx.leave_flow()
            return
        later = [Button.to(ctx.word("Để sau"), OpenGuideCheck(guide.slug))]
        event = ctx.event
        if not isinstance(event, FileSent):
            ctx.reply(ctx.t("Tôi đang chờ tệp Word của bài. Bác gửi tệp, hoặc để sau."), later)
            return
        if event.file.size > MOST_OF_WORD:
            ctx.reply(ctx.t("Tệp lớn quá {most} MB nên tôi không nhận được.", most=MOST_OF_WORD // _MEGABYTE), later)
            return
        async with ctx.changes():
            ctx.leave_flow()
            body = incoming.body(guide.slug, found[1].id, found[0].person_id, event.file, ctx.chat)
            await self._jobs.ask(incoming.KIND, body, key=f"bk:{event.id}"[-120:], now=ctx.now)
            ctx.reply(ctx.t("Tôi đã nhận và đang đọc. Xong tôi báo bác ngay."), to_menu(ctx))

    # Reading

    async def open(self, ctx: Context, action: OpenText) -> None:
        """Show all that would change, never cut: the approver must have seen it."""
        if not in_private(ctx):
            return
        one, who = await texts.get(action.text), await people.who(account_of(ctx), ctx.now)
        if one is None or not await may_read(who, one, ctx.now):
            ctx.reply(ctx.t(GONE), to_menu(ctx))
            return
        old = self._service.shown.library.get(one.guide)
        new = parsed(self._service.shown, one)
        if old is None or new is None:
            ctx.reply(ctx.t(GONE), to_menu(ctx))
            return
        lines = [ctx.t("**{title}**, bản sửa {state}.", title=old.title, state=ctx.word(STATES[one.state]))]
        if one.reason:
            lines.append(ctx.t("Lý do: {reason}", reason=one.reason))
        if one.state in ("draft", "waiting"):
            lines += [_told(ctx, change) for change in changes(old, new)]
        ctx.reply(Text.join("\n\n", lines), [*await offers(who, one, old, ctx.now, ctx.word), *to_menu(ctx)])

    # Deciding

    async def hand_in(self, ctx: Context, action: HandInText) -> None:
        found = await self._own(ctx, action.text, action.version, "draft")
        if found is None:
            return
        who, one, guide = found
        if guide.content != one.base:
            ctx.reply(ctx.t("Bài vừa đổi sau khi bác gửi tệp. Bác gửi lại tệp để so với bản mới."), to_menu(ctx))
            return
        async with ctx.changes():
            if not await texts.move(one, "waiting", now=ctx.now):
                await self._newer(ctx, one.id)
                return
            await self._service.audit.append(who.person_id, "guide_text_handed_in", f"guide_text:{one.id}", ctx.now)
            told = await self._service.notices.ask_approval(one, guide, ctx.now)
            reply = (
                ctx.t("✅ Đã gửi lãnh đạo xã duyệt. Có kết quả tôi báo bác.")
                if told
                else ctx.t("✅ Đã ghi. Chưa báo được lãnh đạo nào; bác nhờ lãnh đạo gõ: kiểm bài")
            )
            ctx.reply(reply, to_menu(ctx))

    async def drop(self, ctx: Context, action: DropText) -> None:
        found = await self._own(ctx, action.text, action.version, "draft", "waiting")
        if found is None:
            return
        async with ctx.changes():
            if not await texts.move(found[1], "dropped", by=found[0].person_id, now=ctx.now):
                await self._newer(ctx, found[1].id)
                return
            ctx.reply(ctx.t("Đã bỏ bản sửa này."), to_menu(ctx))

    async def approve(self, ctx: Context, action: ApproveText) -> None:
        found = await self.waiting(ctx, action.text, action.version)
        if found is None:
            return
        who, one, old = found
        new = await asyncio.to_thread(parsed, self._service.shown, one)
        if old.content != one.base or new is None:
            ctx.reply(ctx.t("Bài vừa đổi sau khi bản này được gửi. Người soạn cần gửi lại tệp."), to_menu(ctx))
            return
        async with ctx.changes():
            if not await texts.move(one, "approved", by=who.person_id, now=ctx.now):
                await self._newer(ctx, one.id)
                return
            steps = {change.step for change in changes(old, new)}
            flagged = {each.step for each in await flags.open_flags(one.guide)}
            await self._service.notices.close(old, steps & flagged, "", ctx.now)
            await self._service.audit.append(who.person_id, "guide_text_approved", f"guide_text:{one.id}", ctx.now)
            await self._service.notices.decided(one, old, "", ctx.now)
            ctx.reply(ctx.t("✅ Đã duyệt. Bà con thấy bản mới của bài “{title}”.", title=new.title), to_menu(ctx))
        await self._service.refresh()

    async def begin_refuse(self, ctx: Context, action: RefuseText) -> None:
        if await self.waiting(ctx, action.text, action.version) is None:
            return
        ctx.wait_for(FLOW, WHY_NOT, {"text": str(action.text), "version": str(action.version)})
        ctx.reply(ctx.t("Vì sao chưa duyệt? Bác gõ một câu để người soạn biết mà sửa."), expects="text")

    async def take_reason_not(self, ctx: Context) -> None:
        flow, words = ctx.flow, typed(ctx)
        if flow is None or not words:
            return
        if too_long(ctx, words, flags.LONGEST_REASON):
            return
        ctx.leave_flow()
        found = await self.waiting(ctx, int(flow.data["text"]), int(flow.data["version"]))
        if found is None:
            return
        who, one, guide = found
        async with ctx.changes():
            if not await texts.move(one, "refused", by=who.person_id, reason=words, now=ctx.now):
                await self._newer(ctx, one.id)
                return
            await self._service.audit.append(who.person_id, "guide_text_refused", f"guide_text:{one.id}", ctx.now)
            await self._service.notices.decided(one, guide, words, ctx.now)
            ctx.reply(ctx.t("Đã ghi. Tôi đã báo lý do cho người soạn."), to_menu(ctx))

    # Who, and which

    async def _own(self, ctx: Context, text_id: int, version: int, *states: str) -> tuple[Who, NewText, Guide] | None:
        """Return a text of one's own in its shown version and in one of these states; otherwise say how it is."""
        if not in_private(ctx):
            return None
        one, who = await texts.get(text_id), await people.who(account_of(ctx), ctx.now)
        guide = None if one is None else self._service.shown.library.get(one.guide)
        if one is None or guide is None or who.person_id is None or one.author_id != who.person_id:
            ctx.reply(ctx.t(GONE), to_menu(ctx))
        elif one.version != version or one.state not in states:
            await self._newer(ctx, one.id)
        elif await self._service.officer(ctx) is not None:
            return who, one, guide
        return None

    async def waiting(self, ctx: Context, text_id: int, version: int) -> tuple[Who, NewText, Guide] | None:
        """Return a text waiting for approval, in its shown version, for another person who may approve it."""
        if not in_private(ctx):
            return None
        one, who = await texts.get(text_id), await people.who(account_of(ctx), ctx.now)
        guide = None if one is None else self._service.shown.library.get(one.guide)
        if one is None or guide is None or not await may_read(who, one, ctx.now):
            ctx.reply(ctx.t(GONE), to_menu(ctx))
        elif not await may_approve(who, one, guide, ctx.now):
            ctx.reply(ctx.t(rights.refusal(who, Act.APPROVE_CONTENT, one.unit_id)), to_menu(ctx))
        elif one.author_id is not None and not another_person(one.author_id, who):
            ctx.reply(ctx.t(rights.own_work(who, f"guide_text:{one.id}", _SAME_PERSON)), to_menu(ctx))
        elif one.version != version or one.state != "waiting":
            await self._newer(ctx, one.id)
        else:
            return who, one, guide
        return None

    def changes_of(self, one: NewText, guide: Guide) -> Sequence[StepChange]:
        """Return how a text differs from the guide; nothing where it cannot be read any more."""
        new = parsed(self._service.shown, one)
        return [] if new is None else changes(guide, new)

    async def _newer(self, ctx: Context, text_id: int) -> None:
        one = await texts.get(text_id)
        state: State = "dropped" if one is None else one.state
        ctx.reply(
            ctx.t(_NEWER, state=ctx.word(STATES[state])),
            [Button.to(ctx.word("Xem bản sửa"), OpenText(text_id)), *to_menu(ctx)],
        )


async def offers(who: Who, one: NewText, guide: Guide, now: datetime, word: Callable[[str], str]) -> Sequence[Button]:
    """Return the buttons of its author, or of somebody else who decides about it."""
    mine = one.author_id == who.person_id
    if one.state == "draft" and mine:
        return [
            Button.to(word("Gửi duyệt"), HandInText(one.id, one.version)),
            Button.to(word("Bỏ bản này"), DropText(one.id, one.version)),
        ]
    if one.state != "waiting":
        return []
    if mine:
        return [Button.to(word("Rút lại bản này"), DropText(one.id, one.version))]
    if not await may_approve(who, one, guide, now):
        return []
    return [
        Button.to(word("Duyệt"), ApproveText(one.id, one.version)),
        Button.to(word("Không duyệt"), RefuseText(one.id, one.version)),
    ]


def _told(ctx: Context, change: StepChange) -> Text:
    """Put one change in words: the step, the old lines, the new lines."""
    head = {
        "head": ctx.t("**{title}**", title=change.title),
        "changed": ctx.t("**Bước “{title}”** đổi:", title=change.title),
        "added": ctx.t("**Bước mới “{title}”:**", title=change.title),
        "removed": ctx.t("**Bỏ bước “{title}”:**", title=change.title),
    }[change.kind]
    old = [ctx.t("− Cũ: {line}", line=line) for line in change.before]
    new = [ctx.t("+ Mới: {line}", line=line) for line in change.after]
    return Text.join("\n", [head, *old, *new])


def build(conversation: GuideTextConversation) -> Router:
    router = Router()
    router.action(SendText)(conversation.ask)
    router.action(TakeWord)(conversation.take)
    router.action(OpenText)(conversation.open)
    router.action(HandInText)(conversation.hand_in)
    router.action(DropText)(conversation.drop)
    router.action(ApproveText)(conversation.approve)
    router.action(RefuseText)(conversation.begin_refuse)
    router.step(FLOW, FILE, TextSent, FileSent, PhotoSent, VoiceSent)(conversation.file)
    router.step(FLOW, WHY_NOT, TextSent, prose=True)(conversation.take_reason_not)
    return router
