"""One note beside the figures of a report: while it waits for "Đúng", or afterwards."""

from __future__ import annotations

from bot.core.context import Context
from bot.core.events import TextSent
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.sessions import VersionConflict
from bot.core.text import Text
from bot.features.checkins import answers, reported
from bot.features.checkins.actions import AddNote, DropNote, ShowReported
from bot.features.checkins.answers import LONGEST_NOTE, Answer
from bot.handlers.kit.typed import too_long
from bot.i18n import msg

from .answers import FLOW, WAITS, CheckinAnswerConversation
from .common import IN_PRIVATE, NO_ROLE, CheckinService, is_addressed_here, text_of

NOTE = "note"
_ASK = msg("Bác gõ một lời ghi cho số vừa báo, ví dụ “máy quét của thôn bị hỏng”. Gõ “hủy” để thôi.")
_HOW = msg("Muốn ghi chú, bác gõ cả lời ghi, ví dụ “ghi chú máy quét của thôn bị hỏng”.")
_KEPT = msg("✅ Đã ghi chú. Cán bộ xã đọc được cùng với số liệu.")
_DROPPED = msg("Đã bỏ ghi chú. Số liệu tôi vẫn giữ.")
_NO_FIGURES = msg("Bác báo số liệu trước, rồi gõ “ghi chú” và lời ghi.")


class CheckinNoteConversation:
    """`waiting` knows the report that waits in a chat, and whose a report is."""

    def __init__(self, service: CheckinService, waiting: CheckinAnswerConversation) -> None:
        self._service = service
        self._answers = waiting

    async def command(self, ctx: Context) -> None:
        """Handle `/ghichu`, with or without words: the note goes to the pending report, else to one's last one."""
        text = ctx.args.strip().lstrip(":").strip()
        waiting = await self._answers.waiting(ctx)
        if waiting is not None and not text:
            await self._answers.show_again(ctx, waiting, ctx.t(WAITS), ctx.t(_HOW))
        elif waiting is not None:
            if not too_long(ctx, text, LONGEST_NOTE):
                await self._answers.rewrite(ctx, waiting, waiting.body.model_copy(update={"note": text}))
        elif (answer := await self._last(ctx)) is None:
            ctx.reply(ctx.t(_NO_FIGURES))
        elif not text:
            await self.ask(ctx, AddNote(answer.id))
        else:
            await self._keep(ctx, answer, text)

    async def ask(self, ctx: Context, action: AddNote) -> None:
        answer = await self._allowed(ctx, action.answer)
        if answer is None:
            return
        lines = [ctx.t("Ghi chú đang có: {text}", text=answer.body.note)] if answer.body.note else []
        buttons = [self._drop(ctx, answer)] if answer.body.note else []
        ctx.wait_for(FLOW, NOTE, {"answer": str(answer.id)})
        ctx.reply(Text.join("\n", [*lines, ctx.t(_ASK)]), buttons, expects="text")

    async def take_answer(self, ctx: Context) -> None:
        flow = ctx.flow
        if flow is None or not is_addressed_here(ctx):
            return
        answer = await self._allowed(ctx, int(flow.data["answer"]))
        if answer is None:
            ctx.leave_flow()
        else:
            await self._keep(ctx, answer, text_of(ctx).strip())

    async def _keep(self, ctx: Context, answer: Answer, text: str) -> None:
        if not text or too_long(ctx, text, LONGEST_NOTE):
            return
        ctx.leave_flow()
        async with ctx.changes():
            fresh = await answers.annotate(answer, text)
            if fresh is None:
                raise VersionConflict
            place = await self._service.place(answer.unit_id)
            look = Button.to(ctx.word("Xem số đã báo"), ShowReported(place.code))
            reply = ctx.t("Ghi chú: {text}", text=text)
            ctx.reply(Text.join("\n", [ctx.t(_KEPT), reply]), [look, self._drop(ctx, fresh)])

    async def drop(self, ctx: Context, action: DropNote) -> None:
        answer = await self._allowed(ctx, action.answer)
        if answer is None:
            return
        if answer.version != action.version:
            ctx.reply(ctx.t("Ghi chú này đã đổi hoặc đã bỏ rồi."))
            return
        async with ctx.changes():
            await reported.drop_note(answer)
            ctx.leave_flow()
            ctx.replace(ctx.t(_DROPPED))

    def _drop(self, ctx: Context, answer: Answer) -> Button:
        return Button.to(ctx.word("Bỏ ghi chú"), DropNote(answer.id, answer.version))

    async def _last(self, ctx: Context) -> Answer | None:
        """Return the sender's last report, in a group only one of the group's village."""
        found = await self._service.scope(ctx)
        if found is None or found.who.person_id is None:
            return None
        last = await answers.last_of(found.who.person_id)
        here = found.here is not None and last is not None and last.unit_id == found.here.id
        return last if ctx.private or here else None

    async def _allowed(self, ctx: Context, answer_id: int) -> Answer | None:
        """Return figures that count and are the sender's or theirs to sign; otherwise say what is wrong."""
        found, answer = await self._service.scope(ctx), await answers.get(answer_id)
        if found is None:
            ctx.reply(ctx.t(NO_ROLE))
        elif answer is None or answer.state != "done" or not answer.body.lines:
            ctx.reply(ctx.t(_NO_FIGURES))
        elif not ctx.private and (found.here is None or answer.unit_id != found.here.id):
            ctx.reply(ctx.t(IN_PRIVATE))
        elif await self._answers.mine(ctx, answer):
            return answer
        return None


def build(conversation: CheckinNoteConversation) -> Router:
    router = Router()
    router.command("ghichu", "ghi chú", "thêm ghi chú", takes_args=True)(conversation.command)
    router.action(AddNote)(conversation.ask)
    router.action(DropNote)(conversation.drop)
    router.step(FLOW, NOTE, TextSent, prose=True)(conversation.take_answer)
    return router
