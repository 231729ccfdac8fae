"""A resident's own requests: adding a sentence, a photo or a telephone number, and saying whether it helped."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext

from bot.core.context import Context
from bot.core.events import PhotoSent, TextSent
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.small_words import NO, READY, YES, without_courtesy
from bot.core.text import Text, upper_first
from bot.features import units
from bot.features.announcements.writing import files
from bot.features.help import photos, requests
from bot.features.help.actions import (
    AskPerson,
    CloseRequest,
    DropPhoto,
    GiveContact,
    SayMore,
    ShowMine,
    StillStuck,
)
from bot.features.help.requests import Request
from bot.features.help.scheduled_work import AT_WORK
from bot.features.help.service import HelpService, HelpTurn
from bot.features.jobs.queue import Jobs
from bot.features.people import people
from bot.features.units import Place
from bot.handlers.guides.page import OpenStep
from bot.handlers.kit.provisions import AskAfterHelp
from bot.handlers.kit.speaker import account_of, in_private, to_menu
from bot.handlers.quality.opinions import NOTHING

FLOW = "nhogiup"
_MORE, _CONTACT = "them", "goi"
_NO_WORD = (
    YES | NO | READY | {"khong can", "khong can nua", "thoi khong can", "thoi khong can nua", "thoi khoi", "chua"}
)


class OwnRequests:
    """The resident's side of requests that exist. `jobs` fetch photos, `ask` how they found the help."""

    def __init__(self, help_: HelpService, jobs: Jobs, ask: AskAfterHelp) -> None:
        self._help = help_
        self._jobs = jobs
        self._ask = ask

    # Just sent

    async def sent(self, ctx: Context, one: Request, turn: HelpTurn, place: Place) -> None:
        invited = ctx.t(
            "Bác kể thêm một câu, hoặc gửi ảnh màn hình, thì người giúp dễ hiểu hơn. Đừng gửi mật khẩu, mã OTP."
        )
        ctx.wait_for(FLOW, _MORE, {"id": str(one.id)})
        buttons = list(self._help.words.while_waiting(one)[1:])
        if one.guide:
            buttons.append(Button.to(ctx.word("Quay lại bước này"), OpenStep(one.guide, one.step)))
        ctx.reply(Text.join("\n", [await self._turn(ctx, turn, place), invited]), buttons, expects="text")

    async def _turn(self, ctx: Context, turn: HelpTurn, place: Place) -> Text:
        """Say who is asked now, and by when an answer comes."""
        words = self._help.words
        by = "" if turn.promised_at is None else words.promise(turn.promised_at, ctx.now, ctx.locale)
        if turn.kind == "village":
            return ctx.t(
                "✅ Tôi đang nhờ Tổ công nghệ số {unit}. Ai nhận giúp, tôi báo bác ngay.", unit=place.full_name
            )
        if turn.kind == "night":
            return ctx.t("✅ Giờ này mọi người nghỉ. Việc của bác được xem đầu tiên: có trả lời trước {by}.", by=by)
        if turn.kind == "nobody":
            commune = await self._help.commune(place.id, ctx.now)
            if not commune.phone:
                return ctx.t("Tôi đã ghi lại, nhưng hiện chưa có ai nhận được. Có người, tôi báo bác ngay.")
            return ctx.t(
                "Tôi đã ghi lại, nhưng hiện chưa có ai nhận được. Bác gọi {phone} giúp nhé.", phone=commune.phone
            )
        if turn.kind == "centre" and place.level == "village":
            return ctx.t(
                "✅ {unit} hiện chưa có ai nhận được, nên tôi chuyển thẳng cho cán bộ xã. "
                "Cán bộ trả lời bác trước {by}.",
                unit=upper_first(place.full_name),
                by=by,
            )
        return ctx.t("✅ Tôi đã chuyển cho cán bộ xã. Có người trả lời bác trước {by}.", by=by)

    # While it waits, and after the answer

    async def show_mine(self, ctx: Context, action: ShowMine) -> None:
        one = await self._own(ctx, action.request)
        if one is not None:
            self.show(ctx, one)

    async def say_more(self, ctx: Context, action: SayMore) -> None:
        one = await self._own(ctx, action.request)
        if one is None or not self._is_open(ctx, one):
            return
        ctx.wait_for(FLOW, _MORE, {"id": str(one.id)})
        ctx.reply(
            ctx.t("Bác gõ một câu, hoặc gửi ảnh màn hình. Bác đừng gửi mật khẩu, mã OTP, số căn cước."), expects="text"
        )

    async def more(self, ctx: Context) -> None:
        """Pass a sentence or a photo on to the helper."""
        one = await self._of_flow(ctx)
        if one is None or not self._is_open(ctx, one):
            return
        event = ctx.event
        if isinstance(event, TextSent) and without_courtesy(event.text) in _NO_WORD:
            # Said to us, and nothing for whoever helps to read.
            self.show(ctx, one)
            return
        if isinstance(event, PhotoSent):
            refused = files.problem(event.files[0])
            if refused is not None:
                ctx.reply(ctx.t(refused.why, **refused.values), self._buttons(ctx, one))
                return
        async with ctx.changes():
            text = event.text if isinstance(event, TextSent) else event.caption if isinstance(event, PhotoSent) else ""
            fresh = await self._back_to_helper(one, ctx)
            if isinstance(event, PhotoSent):
                for file in event.files[:3]:
                    key = f"help{one.id}:{ctx.event.id}:{file.ref}"[-120:]
                    await self._jobs.ask(photos.KIND, photos.body(fresh, file, ctx.chat), key=key, now=ctx.now)
            if text.strip():
                await self._write(ctx, fresh, text)
            photo = isinstance(event, PhotoSent)
            read_back = ctx.t("Tôi đang nhận ảnh của bác.") if photo else self._passed_on(ctx, fresh)
            ctx.reply(read_back, self._buttons(ctx, fresh))

    async def add(self, ctx: Context, one: Request, words: str, *, changing: bool) -> None:
        """Add words to an open request, and show it in any case. `changing`: inside `ctx.changes()`."""
        if not words:
            self.show(ctx, one)
            return
        async with nullcontext() if changing else ctx.changes():
            fresh = await self._back_to_helper(one, ctx)
            await self._write(ctx, fresh, words)
            ctx.reply(self._passed_on(ctx, fresh), self._buttons(ctx, fresh))

    async def _write(self, ctx: Context, one: Request, text: str) -> None:
        written = await requests.write(one.id, text, None, ctx.now)
        await self._help.tell_helper(one, self._help.words.more(one, written.text), f"more{written.id}", ctx.now)

    def _passed_on(self, ctx: Context, one: Request) -> Text:
        if one.state == "taken":
            return ctx.t("Tôi đã chuyển lời bác cho người giúp.")
        return ctx.t("Tôi đã ghi lời bác. Ai nhận giúp sẽ đọc được.")

    async def _back_to_helper(self, one: Request, ctx: Context) -> Request:
        """Ask the helper who answered once more; return the request as it is now."""
        if one.state == "answered":
            hours = await self._help.hours(one.unit_id, ctx.now)
            await requests.asked_back(one, ctx.now + AT_WORK * hours.patience, ctx.now)
        return await requests.get(one.id) or one

    async def give_contact(self, ctx: Context, action: GiveContact) -> None:
        one = await self._own(ctx, action.request)
        if one is None or not self._is_open(ctx, one):
            return
        ctx.wait_for(FLOW, _CONTACT, {"id": str(one.id)})
        ctx.reply(
            ctx.t("Bác gõ số điện thoại, thêm tên nếu bác muốn, ví dụ: Hoa, 0912 345 678. Chỉ người nhận giúp thấy."),
            expects="text",
        )

    async def contact(self, ctx: Context) -> None:
        answer = " ".join(ctx.event.text.split()) if isinstance(ctx.event, TextSent) else ""
        if not 8 <= sum(char.isdigit() for char in answer) <= 12 or len(answer) > requests.LONGEST_CONTACT:
            ctx.reply(ctx.t("Số điện thoại có 10 chữ số. Bác gõ lại giúp tôi, hoặc gõ “hủy”."), expects="text")
            return
        one = await self._of_flow(ctx)
        if one is None or not self._is_open(ctx, one):
            return
        async with ctx.changes():
            await requests.set_contact(one, answer)
            note = self._help.words.contact(one, answer)
            await self._help.tell_helper(one, note, f"contact:{ctx.event.id}"[:60], ctx.now)
            ctx.reply(
                ctx.t("Đã ghi. Người nhận giúp sẽ gọi cho bác: {contact}.", contact=answer), self._buttons(ctx, one)
            )

    async def drop_photo(self, ctx: Context, action: DropPhoto) -> None:
        written = await requests.message(action.message)
        one = None if written is None else await self._own(ctx, written.request_id)
        if written is None or one is None or not written.from_asker or not written.photo:
            if written is None:
                ctx.reply(ctx.t("Ảnh này đã xóa rồi."), to_menu(ctx))
            return
        async with ctx.changes():
            await requests.drop_photo(written, ctx.now)
            ctx.reply(ctx.t("Đã xóa ảnh."), self._buttons(ctx, one))

    async def close(self, ctx: Context, action: CloseRequest) -> None:
        one = await self._own(ctx, action.request)
        if one is None:
            return
        async with ctx.changes():
            ctx.leave_flow()
            if one.version != action.version or not one.open or not await requests.close(one, ctx.now):
                self.show(ctx, await requests.get(one.id) or one)
                return
            thanks = self._help.words.thanks(one)
            await self._help.tell_helper(one, thanks, f"closed{one.version}", ctx.now)
            onward = [Button.to(ctx.word("Quay lại bước này"), OpenStep(one.guide, one.step))] if one.guide else []
            place = await units.by_id(one.unit_id) if one.state == "answered" else None
            asked, moods = NOTHING if place is None else await self._ask(ctx, place.code)
            done = ctx.t("Tốt quá! Khi nào cần, bác lại gõ “giúp đỡ”.")
            ctx.reply(
                Text.join("\n\n", [done, asked] if asked else [done]),
                [*moods, *onward, *to_menu(ctx)],
                rows=(len(moods),) if moods else (),
            )

    async def still_stuck(self, ctx: Context, action: StillStuck) -> None:
        """Ask the next helper, who gets all that was written."""
        one = await self._own(ctx, action.request)
        place = None if one is None else await units.by_id(one.unit_id)
        if one is None or place is None:
            return
        async with ctx.changes():
            known = one.version == action.version and one.state == "answered"
            if not known or not await requests.free(one, ctx.now):
                self.show(ctx, await requests.get(one.id) or one)
                return
            fresh = await requests.get(one.id) or one
            await self.sent(ctx, fresh, await self._help.next(fresh, ctx.now), place)

    # What is there

    def show(self, ctx: Context, one: Request) -> None:
        states = {
            "waiting": ctx.t("Tôi đang tìm người giúp bác về {what}.", what=self._what(ctx, one)),
            "taken": ctx.t("Có người đang giúp bác về {what}. Bác chờ câu trả lời nhé.", what=self._what(ctx, one)),
            "answered": ctx.t("Người giúp đã trả lời bác về {what}. Bác làm được chưa?", what=self._what(ctx, one)),
            "closed": ctx.t("Việc này đã xong rồi: {what}.", what=self._what(ctx, one)),
        }
        text = states[one.state]
        if one.state == "waiting" and one.promised_at is not None and one.promised_at > ctx.now:
            by = self._help.words.promise(one.promised_at, ctx.now, ctx.locale)
            text += ctx.t(" Có trả lời trước {by}.", by=by)
        ctx.reply(text, self._buttons(ctx, one))

    async def list_them(self, ctx: Context, own: Sequence[Request], *, unsent: str = "") -> None:
        """List the person's requests; `unsent` are words for one more than the limit."""
        buttons = [Button.to(ctx.word("Mở số") + f" {one.id}", ShowMine(one.id)) for one in own]
        lines = [ctx.t("• Số {id}: {what}", id=one.id, what=self._what(ctx, one)) for one in own]
        if len(own) < requests.MOST_OPEN:
            buttons.append(Button.to(ctx.word("Hỏi việc khác"), AskPerson("", "")))
        head = [ctx.t("Việc bác đang nhờ:")]
        if unsent:
            head.insert(0, ctx.t("Bác đang nhờ đủ {most} việc, nên lời vừa rồi tôi chưa gửi.", most=requests.MOST_OPEN))
        ctx.reply(Text.join("\n", [*head, *lines]), [*buttons, *to_menu(ctx)])

    async def outstanding(self, ctx: Context) -> tuple[Text, Sequence[Button]]:
        """List the open requests after “hủy”, as the person may think that no help comes any more."""
        own = await self.mine(ctx) if ctx.private else []
        lines = [ctx.t("Việc bác nhờ vẫn còn: {what}.", what=self._what(ctx, one)) for one in own]
        return Text.join("\n", lines), [Button.to(ctx.word("Mở số") + f" {one.id}", ShowMine(one.id)) for one in own]

    async def of_photo(self, ctx: Context) -> tuple[Text, Sequence[Button]]:
        """Explain how to send a photo to the helper, which may have been meant; nothing is passed on unasked."""
        own = await self.mine(ctx) if ctx.private else []
        if not own:
            return Text(), []
        reply = ctx.t("Ảnh để người giúp bác xem thì bác chọn “Viết thêm, gửi ảnh” trước, rồi gửi lại.")
        return reply, [Button.to(ctx.word("Viết thêm, gửi ảnh"), SayMore(own[-1].id, own[-1].version))]

    def _buttons(self, ctx: Context, one: Request) -> Sequence[Button]:
        if not one.open:
            return to_menu(ctx)
        words = self._help.words
        return words.after_answer(one) if one.state == "answered" else words.while_waiting(one)

    def _is_open(self, ctx: Context, one: Request) -> bool:
        if not one.open:
            self.show(ctx, one)
        return one.open

    def _what(self, ctx: Context, one: Request) -> str:
        return self._help.words.what(one, ctx.locale)

    async def mine(self, ctx: Context) -> Sequence[Request]:
        who = await people.who(account_of(ctx), ctx.now)
        return await requests.open_of(who.account_id) if who.account_id else []

    async def _own(self, ctx: Context, request_id: int) -> Request | None:
        """Return a request of the person who pressed, on any messenger of theirs; refuse otherwise."""
        if not in_private(ctx):
            return None
        who = await people.who(account_of(ctx), ctx.now)
        one = await requests.get(request_id)
        if one is None or who.person_id is None or await requests.asker_person(one) != who.person_id:
            ctx.reply(ctx.t("Tôi không thấy việc này trong các việc bác nhờ."), to_menu(ctx))
            return None
        return one

    async def _of_flow(self, ctx: Context) -> Request | None:
        flow = ctx.flow
        ctx.leave_flow()
        return None if flow is None else await self._own(ctx, int(flow.data["id"]))


def build(conversation: OwnRequests) -> Router:
    router = Router()
    router.action(ShowMine)(conversation.show_mine)
    router.action(SayMore)(conversation.say_more)
    router.action(GiveContact)(conversation.give_contact)
    router.action(DropPhoto)(conversation.drop_photo)
    router.action(CloseRequest)(conversation.close)
    router.action(StillStuck)(conversation.still_stuck)
    router.step(FLOW, _MORE, TextSent, PhotoSent, prose=True)(conversation.more)
    router.step(FLOW, _CONTACT, TextSent)(conversation.contact)
    return router
