"""Those who help: what waits in the village, taking it, answering, handing it on; for officials how long it takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from bot.core.context import Context
from bot.core.events import TextSent
from bot.core.messages import Attachment, Button
from bot.core.router import Router
from bot.core.text import Text
from bot.features import rights
from bot.features.help import figures, helpers, requests
from bot.features.help.actions import (
    AnswerRequest,
    DeclineRequest,
    HaveCalled,
    OpenRequest,
    ShowRota,
    TakeRequest,
)
from bot.features.help.requests import Request
from bot.features.help.scheduled_work import AT_WORK, HelpSchedule
from bot.features.help.service import HelpService
from bot.features.help.words import PHOTO_ALT
from bot.features.people import people
from bot.features.rights import Act
from bot.features.units import Place
from bot.handlers.guides.page import OpenStep
from bot.handlers.kit.speaker import account_of, in_private, to_menu

FLOW = "giupba"
_ANSWER = "traloi"
_MOST_SHOWN, _MOST_PHOTOS = 8, 3


class HelperConversation:
    def __init__(self, help_: HelpService, clock: HelpSchedule) -> None:
        self._help = help_
        self._clock = clock

    # What waits

    async def list_for_helpers(self, ctx: Context) -> bool:
        """List the waiting requests; return False for somebody who may not answer anywhere."""
        who = await people.who(account_of(ctx), ctx.now)
        places = await helpers.places(who, ctx.now)
        if not places:
            return False
        found = await requests.open_in(places)
        lines = [ctx.t("Bà con đang chờ giúp: {count}.", count=len(found))]
        lines += [self._line(ctx, one, places) for one in found[:_MOST_SHOWN]]
        if len(found) > _MOST_SHOWN:
            lines.append(ctx.t("… và {count} yêu cầu nữa.", count=len(found) - _MOST_SHOWN))
        if who.has(*rights.OFFICIALS):
            lines += await self._speeds(ctx, places)
        buttons = [self._help.words.opener(one, ctx.locale) for one in found[:_MOST_SHOWN]]
        if (await rights.decide(who, Act.ASSIGN_TASKS, None, on=ctx.now)).allowed:
            buttons.append(Button.to(ctx.word("Lịch trực"), ShowRota("")))
        ctx.reply(Text.join("\n", lines), [*buttons, *to_menu(ctx)])
        return True

    def _line(self, ctx: Context, one: Request, places: Mapping[int, Place]) -> Text:
        return ctx.t(
            "• Số {id}, {unit}, chờ {wait}, {state}: {what}",
            id=one.id,
            unit=places[one.unit_id].full_name,
            wait=_span(ctx, ctx.now - one.created_at),
            state=self._help.words.state(one, ctx.now, ctx.locale),
            what=self._help.words.what(one, ctx.locale),
        )

    async def _speeds(self, ctx: Context, places: Mapping[int, Place]) -> list[Text]:
        """List the median time to the first answer, this month, by village; for officials."""
        found = await figures.speeds(list(places), ctx.now, self._help.zone)
        if not found:
            return []
        lines = [ctx.t("Tháng này, thời gian chờ câu trả lời đầu tiên (ở giữa):")]
        for unit_id, speed in found.items():
            unit, asked = places[unit_id].full_name, speed.asked
            if speed.wait is None:
                lines.append(ctx.t("• {unit}: chưa trả lời, {asked} người hỏi", unit=unit, asked=asked))
            else:
                wait = _span(ctx, speed.wait)
                lines.append(
                    ctx.t(
                        "• {unit}: {wait}, trả lời {answered}/{asked} người hỏi",
                        unit=unit, wait=wait, answered=speed.answered, asked=asked,
                    )
                )  # fmt: skip
        return lines

    # Taking and handing on

    async def open(self, ctx: Context, action: OpenRequest) -> None:
        found = await self._entrance(ctx, action.request)
        if found is not None:
            await self._show(ctx, found[0], found[1])

    async def take(self, ctx: Context, action: TakeRequest) -> None:
        """Give the request to the first of two who press at the same time, and tell the other."""
        found = await self._entrance(ctx, action.request)
        if found is None:
            return
        one, person_id = found
        hours = await self._help.hours(one.unit_id, ctx.now)
        async with ctx.changes():
            until = ctx.now + AT_WORK * hours.patience
            if one.version != action.version or not await requests.take(one, person_id, until, ctx.now):
                await self._show(ctx, await requests.get(one.id) or one, person_id)
                return
            fresh = await requests.get(one.id) or one
            await self._help.tell_asker(fresh, self._help.words.taken(fresh), f"taken{fresh.version}", ctx.now)
            await self._at_work(ctx, fresh)

    async def decline(self, ctx: Context, action: DeclineRequest) -> None:
        """Note "not now" and ask the next helper at once."""
        found = await self._entrance(ctx, action.request)
        if found is None:
            return
        one, person_id = found
        async with ctx.changes():
            ctx.leave_flow()
            if one.version != action.version or not one.open:
                await self._show(ctx, one, person_id)
                return
            if one.helper_id == person_id:
                await self._clock.give_on(one, ctx.now)
                await requests.set_asked(one.id, person_id, "declined")
            elif await requests.is_asked(one.id, person_id) and await requests.claim(one):
                await requests.set_asked(one.id, person_id, "declined")
                await self._clock.say_turn(one, await self._help.next(one, ctx.now), ctx.now)
            ctx.reply(ctx.t("Vâng, cảm ơn bác đã cho biết. Tôi nhờ người khác."), to_menu(ctx))

    # Answering

    async def ask_answer(self, ctx: Context, action: AnswerRequest) -> None:
        found = await self._entrance(ctx, action.request)
        if found is None:
            return
        one, person_id = found
        if one.version != action.version or not _is_at_work(one, person_id):
            await self._show(ctx, one, person_id)
            return
        await self._at_work(ctx, one)

    async def answered(self, ctx: Context) -> None:
        flow = ctx.flow
        ctx.leave_flow()
        if flow is not None and isinstance(ctx.event, TextSent):
            await self._answer(ctx, int(flow.data["id"]), int(flow.data["version"]), ctx.event.text)

    async def have_called(self, ctx: Context, action: HaveCalled) -> None:
        ctx.leave_flow()
        await self._answer(ctx, action.request, action.version, "")

    async def _answer(self, ctx: Context, request_id: int, version: int, text: str) -> None:
        """Store the answer `text`; "" means that they have spoken to each other."""
        found = await self._entrance(ctx, request_id)
        if found is None:
            return
        one, person_id = found
        words = self._help.words
        async with ctx.changes():
            known = one.version == version and _is_at_work(one, person_id)
            if not known or not await requests.answered(one, ctx.now):
                await self._show(ctx, await requests.get(one.id) or one, person_id)
                return
            if text:
                text = (await requests.write(one.id, text, person_id, ctx.now)).text
            fresh = await requests.get(one.id) or one
            message = words.answer(fresh, text) if text else words.have_called(fresh)
            if await self._help.tell_asker(fresh, message, f"answer{fresh.version}", ctx.now):
                reply = ctx.t("✅ Đã chuyển cho bà con. Bà con cần hỏi lại, tôi báo bác. Cảm ơn bác.")
            else:
                reply = ctx.t("Đã ghi, nhưng tôi không nhắn được cho bà con nữa. Cảm ơn bác.")
            ctx.reply(reply, [Button.to(ctx.word("Nhắn thêm"), AnswerRequest(fresh.id, fresh.version)), *to_menu(ctx)])

    # Showing

    async def _at_work(self, ctx: Context, one: Request) -> None:
        """Show the resident's words to the helper who has taken the request, and to nobody else."""
        ctx.wait_for(FLOW, _ANSWER, {"id": str(one.id), "version": str(one.version)})
        written = await requests.messages(one.id)
        words = self._help.words
        lines = [
            ctx.t(
                "Bác giúp yêu cầu số {id}: {what}. Điện thoại: {device}.",
                id=one.id, what=words.what(one, ctx.locale), device=words.device(one, ctx.locale),
            )
        ]  # fmt: skip
        if written:
            lines.append(words.thread(written, ctx.locale))
        if one.contact:
            lines.append(ctx.t("Bà con nhờ gọi: {contact}", contact=one.contact))
        lines.append(ctx.t("Bác gõ câu trả lời bằng một tin, tôi chuyển cho bà con. Đừng hỏi mật khẩu, mã OTP."))
        buttons = list(words.at_work(one, ctx.locale)[1:])
        if one.guide:
            buttons.insert(0, Button.to(ctx.word("Xem bước này"), OpenStep(one.guide, one.step)))
        for photo in [each.photo for each in written if each.photo][-_MOST_PHOTOS:]:
            picture = Attachment("photo", photo, ctx.word(PHOTO_ALT))
            ctx.reply(ctx.t("Ảnh của bà con (yêu cầu số {id}):", id=one.id), attachment=picture)
        ctx.reply(Text.join("\n", lines), buttons, expects="text")

    async def _show(self, ctx: Context, one: Request, person_id: int) -> None:
        """Show the state of the request, with the actions open to this person now."""
        words = self._help.words
        buttons: Sequence[Button] = ()
        if not one.open:
            text = ctx.t("Yêu cầu số {id} đã xong rồi. Cảm ơn bác.", id=one.id)
        elif _is_at_work(one, person_id):
            text = ctx.t("Bác đang giúp yêu cầu số {id}: {what}.", id=one.id, what=words.what(one, ctx.locale))
            buttons = words.at_work(one, ctx.locale)
        elif one.state != "waiting":
            text = ctx.t("Yêu cầu số {id} đã có người khác nhận giúp. Cảm ơn bác.", id=one.id)
        else:
            text = ctx.t(
                "Yêu cầu số {id} ở {unit}, {state}: {what}. Điện thoại: {device}.",
                id=one.id, unit=await self._help.unit_name(one.unit_id), state=words.state(one, ctx.now, ctx.locale),
                what=words.what(one, ctx.locale), device=words.device(one, ctx.locale),
            )  # fmt: skip
            buttons = words.offer(one)
        ctx.reply(text, [*buttons, *to_menu(ctx)])

    # Who may

    async def _entrance(self, ctx: Context, request_id: int) -> tuple[Request, int] | None:
        """Return the request and a person who may answer there now; None after saying why not."""
        if not in_private(ctx):
            return None
        who = await people.who(account_of(ctx), ctx.now)
        found = await helpers.entrance(who, request_id, ctx.now)
        if isinstance(found, tuple):
            return found
        ctx.reply(ctx.t(found), to_menu(ctx))
        return None


def build(service: HelperConversation) -> Router:
    router = Router()
    router.action(OpenRequest)(service.open)
    router.action(TakeRequest)(service.take)
    router.action(DeclineRequest)(service.decline)
    router.action(AnswerRequest)(service.ask_answer)
    router.action(HaveCalled)(service.have_called)
    router.step(FLOW, _ANSWER, TextSent, prose=True)(service.answered)
    return router


def _is_at_work(one: Request, person_id: int) -> bool:
    return one.helper_id == person_id and one.state in ("taken", "answered")


def _span(ctx: Context, span: timedelta) -> str:
    """Put a span in words: `12 phút`, `2 giờ 5 phút`, `3 ngày`."""
    minutes = int(span.total_seconds() // 60)
    if minutes < 60:
        return ctx.t("{minutes} phút", minutes=minutes).plain
    if minutes < 24 * 60:
        return ctx.t("{hours} giờ {minutes} phút", hours=minutes // 60, minutes=minutes % 60).plain
    return ctx.t("{days} ngày", days=minutes // (24 * 60)).plain
