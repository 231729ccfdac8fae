"""Stopping an announcement in conversation, and putting right what has left already."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.context import Context
from bot.core.events import TextSent
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text
from bot.features import rights, units
from bot.features.announcements import stop, store
from bot.features.announcements.actions import (
    Cancel,
    CorrectIt,
    ListAnnouncements,
    OpenAnnouncement,
    TakeBack,
)
from bot.features.announcements.model import LONGEST_TEXT, Announcement, AnnouncementRefused
from bot.features.announcements.recalling import Reach
from bot.features.announcements.stop import Stopped
from bot.features.people import people
from bot.features.people.people import Who
from bot.features.rights import Act
from bot.handlers.kit.typed import too_long, typed
from bot.handlers.people.privacy import Mute
from bot.i18n import msg, number

from .common import FLOW, AnnouncementService, account
from .relay_wording import SAME_RELAYS
from .writing import office_of

CORRECTION = "correction"
_SHOWN = 3
_YOURS = msg("Tin {label} của bác vẫn còn ({state}).")
_APPROVED = msg("Tin {label} bác đã duyệt vẫn còn ({state}).")


class AnnouncementStopConversation:
    def __init__(self, service: AnnouncementService) -> None:
        self._service = service

    async def outstanding(self, ctx: Context) -> tuple[Text, Sequence[Button]]:
        """List announcements that the person may believe stopped with the conversation.

        One's own leaves as soon as somebody approves it, and one that was approved by them is being sent.
        """
        who, own = await self._own(ctx)
        lines: list[Text] = []
        buttons: list[Button] = []
        for one in [one for one in own if one.state != "draft"][:_SHOWN]:
            reply = _YOURS if one.author_id == who.person_id else _APPROVED
            lines.append(ctx.t(reply, label=one.label, state=self._service.state(ctx, one)))
            stops = ctx.word("Dừng gửi") if one.rows else ctx.word("Hủy tin")
            buttons.append(Button.to(f"{stops} {one.label}", Cancel(one.id, one.version, sure=False)))
        return Text.join("\n", lines), buttons

    async def ask_which(self, ctx: Context) -> bool:
        """Ask the writer or approver of a message being sent whether “dừng” means it, or the bot's own notices."""
        _, own = await self._own(ctx)
        own = [one for one in own if one.rows][:_SHOWN]
        if not own:
            return False
        lines = [
            Text.verbatim("• ")
            + ctx.t(
                "{label} “{title}” ({state})", label=one.label, title=one.title, state=self._service.state(ctx, one)
            )
            for one in own
        ]
        ctx.reply(
            Text.join(
                "\n",
                [
                    ctx.t("Bác đã soạn hoặc duyệt tin này, nay chưa gửi xong:"),
                    *lines,
                    ctx.t("Bác muốn dừng việc nào? Tin nào đã đến nhóm thì không lấy lại được."),
                ],
            ),
            [
                *(Button.to(ctx.word("Dừng gửi") + f" {one.label}", Cancel(one.id, one.version, True)) for one in own),
                Button.to(ctx.word("Dừng nhắn cho tôi"), Mute(True)),
                Button.to(ctx.word("Không, để nguyên"), ListAnnouncements()),
            ],
        )
        return True

    async def _own(self, ctx: Context) -> tuple[Who, list[Announcement]]:
        """Return open announcements by the person or approved by them, theirs to stop, newest first; in private."""
        who = await people.who(account(ctx), ctx.now)
        found = [] if who.person_id is None or not ctx.private else await store.open_of(who.person_id)
        return who, [one for one in found if await stop.may_stop(one, who, ctx.now)]

    async def cancel(self, ctx: Context, action: Cancel) -> None:
        found = await self._service.opened(ctx, action.announcement)
        if found is None:
            return
        who, one = found
        if not action.sure and one.version == action.version:
            ctx.reply(
                ctx.t(
                    "Bác dừng {label} “{title}”? Tin nào đã đến nhóm thì không lấy lại được.",
                    label=one.label,
                    title=one.title,
                ),
                [
                    Button.to(ctx.word("Đúng, dừng lại"), Cancel(one.id, one.version, sure=True)),
                    Button.to(ctx.word("Không, để nguyên"), OpenAnnouncement(one.id)),
                ],
            )
            return
        async with ctx.changes():
            done = await self._service.features.stop.cancel(one, action.version, who, ctx.now)
            if isinstance(done, AnnouncementRefused):
                await self._service.refused(ctx, done, one.id)
            else:
                decision = await rights.decide(who, Act.BROADCAST, one.commune_id, on=ctx.now)
                reply = self._stopped(ctx, one, done, corrects=decision.allowed)
                await self._service.show(ctx, one.id, reply)

    def _stopped(self, ctx: Context, one: Announcement, done: Stopped, *, corrects: bool) -> Text:
        if not one.rows:
            return ctx.t("Đã hủy {label}. Chưa gửi cho nhóm nào.", label=one.label)
        reply = ctx.t(
            "Đã dừng {label}: {stopped} tin không gửi nữa, {sent} tin đã chuyển tới nhóm từ trước.",
            label=one.label,
            stopped=number(done.stopped, ctx.locale),
            sent=number(done.sent, ctx.locale),
        )
        if done.open:
            reply += ctx.t(" {open} tin đang trên đường, chưa rõ đến hay chưa.", open=number(done.open, ctx.locale))
        if done.sent or done.open:
            reply += (
                ctx.t(" Nếu tin sai, bác chọn “Đính chính”.")
                if corrects
                else ctx.t(" Nếu tin sai, bác báo cán bộ xã đính chính.")
            )
        return reply

    async def correct(self, ctx: Context, action: CorrectIt) -> None:
        found = await self._service.opened(ctx, action.announcement)
        if found is None:
            return
        who, one = found
        if action.recall:
            await self._ask_recall(ctx, who, one)
            return
        problem = await self._service.features.stop.correctable(one, who, ctx.now)
        if isinstance(problem, AnnouncementRefused):
            await self._service.refused(ctx, problem, one.id)
            return
        ctx.wait_for(FLOW, CORRECTION, {"id": str(one.id)})
        ctx.reply(
            ctx.t("Bác gõ nội dung đúng. Tin đính chính chỉ gửi cho những nhóm đã có {label}.", label=one.label),
            expects="text",
        )

    async def corrected(self, ctx: Context) -> None:
        flow = ctx.flow
        if flow is None or not isinstance(ctx.event, TextSent) or too_long(ctx, typed(ctx), LONGEST_TEXT):
            return
        ctx.leave_flow()
        found = await self._service.opened(ctx, int(flow.data["id"]))
        if found is not None:
            await self._write_correction(ctx, found[1], ctx.event.text)

    async def _ask_recall(self, ctx: Context, who: Who, one: Announcement) -> None:
        """List everything that the recall will take back, before a word of it is written."""
        found = await self._reach(ctx, who, one)
        if found is None:
            return
        lines = [ctx.t("Bác thu hồi tin này?") if len(found.out) == 1 else ctx.t("Bác thu hồi cả các tin này?")]
        lines += [
            Text.verbatim("• ")
            + ctx.t(
                "{label} “{title}” ({state})",
                label=each.label,
                title=each.heading,
                state=self._service.state(ctx, each),
            )
            for each in found.out
        ]
        lines += [
            ctx.t(
                "{label} ({state}) sẽ hủy khi tin thu hồi được duyệt.",
                label=each.label,
                state=self._service.state(ctx, each),
            )
            for each in found.waiting
        ]
        lines.append(
            ctx.t(
                "Tin thu hồi là một tin mới, ngắn, có chuông báo, gửi tới đúng {groups} nhóm đã có tin. "
                "Tin cũ không xóa được.",
                groups=number(len(found.having.channels), ctx.locale),
            )
        )
        if villages := len(found.having.villages):
            lines.append(ctx.t(SAME_RELAYS, villages=number(villages, ctx.locale)))
        ctx.reply(
            Text.join("\n", lines),
            [
                Button.to(ctx.word("Đúng, soạn tin thu hồi"), TakeBack(one.id, found.newest)),
                Button.to(ctx.word("Không, để nguyên"), OpenAnnouncement(one.id)),
            ],
        )

    async def _reach(self, ctx: Context, who: Who, one: Announcement) -> Reach | None:
        """Return what a recall would take back; otherwise say why not. Two presses recall once."""
        if (known := await store.recall_of(one)) is not None:
            await self._service.show(ctx, known.id, ctx.t("Đã có tin thu hồi {label}:", label=one.label))
            return None
        found = await self._service.features.stop.reach(one, who, ctx.now)
        if isinstance(found, AnnouncementRefused):
            await self._service.refused(ctx, found, one.id)
            return None
        return found

    async def take_back(self, ctx: Context, action: TakeBack) -> None:
        opened = await self._service.opened(ctx, action.announcement)
        if opened is None:
            return
        who, one = opened
        found = await self._reach(ctx, who, one)
        if found is None:
            return
        if found.newest != action.newest:
            await self._ask_recall(ctx, who, one)
            return
        outbox = self._service.features.outbox
        text, source = stop.recall_text(found, outbox.translate, outbox.locale), await _office(one)
        async with ctx.changes():
            made = await self._service.features.stop.recall(one, who, text, ctx.now, source=source)
            note = msg("Đã soạn tin thu hồi cho đúng {groups} nhóm đã có tin cũ. Bác xem rồi xin duyệt.")
            await self._written(ctx, one, made, note)

    async def _write_correction(self, ctx: Context, one: Announcement, text: str) -> None:
        who = await people.who(account(ctx), ctx.now)
        source = await source_of(one)
        async with ctx.changes():
            made = await self._service.features.stop.correct(one, who, text, ctx.now, source=source)
            note = msg("Đã soạn đính chính cho đúng {groups} nhóm đã có tin cũ. Bác xem rồi xin duyệt.")
            await self._written(ctx, one, made, note)

    async def _written(
        self, ctx: Context, one: Announcement, made: Announcement | AnnouncementRefused, note: str
    ) -> None:
        if isinstance(made, AnnouncementRefused):
            await self._service.refused(ctx, made, one.id)
        else:
            lines = [ctx.t(note, groups=len(made.audience.only))]
            if made.audience.relayed:
                lines.append(ctx.t(SAME_RELAYS, villages=len(made.audience.relayed)))
            await self._service.show(ctx, made.id, Text.join("\n", lines))


async def source_of(one: Announcement) -> str:
    """Return the source of what puts it right: its own, or the office."""
    return one.source or await _office(one)


async def _office(one: Announcement) -> str:
    commune = await units.by_id(one.commune_id)
    return "" if commune is None else office_of(commune)


def build(conversation: AnnouncementStopConversation) -> Router:
    router = Router()
    router.action(Cancel)(conversation.cancel)
    router.action(CorrectIt)(conversation.correct)
    router.action(TakeBack)(conversation.take_back)
    router.step(FLOW, CORRECTION, TextSent, prose=True)(conversation.corrected)
    return router
