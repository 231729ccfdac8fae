"""Stopping an announcement in conversation, and putting right what has left already."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.context import Context
from bot.core.events import Said
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text
from bot.features import people, rights, units
from bot.features.announcements import stop, store
from bot.features.announcements.actions import Cancel, CorrectIt, ListAnnouncements, OpenAnnouncement
from bot.features.announcements.model import LONGEST_TEXT, Announcement, Refused
from bot.features.announcements.stop import Stopped
from bot.features.people import Who
from bot.features.rights import Act
from bot.i18n import msg, number

from .announce_desk import FLOW, Desk, account
from .privacy import Mute
from .typed import too_long, typed

CORRECTION = "correction"
_SHOWN = 3
_YOURS = msg("Tin {label} của bác vẫn còn ({state}).")
_APPROVED = msg("Tin {label} bác đã duyệt vẫn còn ({state}).")


class StopTalk:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def outstanding(self, ctx: Context) -> tuple[Text, Sequence[Button]]:
        """What may be taken for stopped with the conversation: one's own leaves as soon as somebody approves it, and
        what one has approved is on its way."""
        who, own = await self._own(ctx)
        lines: list[Text] = []
        buttons: list[Button] = []
        for one in [one for one in own if one.state != "draft"][:_SHOWN]:
            said = _YOURS if one.author_id == who.person_id else _APPROVED
            lines.append(ctx.t(said, label=one.label, state=self._desk.state(ctx, one)))
            stops = ctx.word("Dừng gửi") if one.rows else ctx.word("Hủy tin")
            buttons.append(Button.to(f"{stops} {one.label}", Cancel(one.id, one.version, sure=False)))
        return Text.join("\n", lines), buttons

    async def ask_which(self, ctx: Context) -> bool:
        """“Dừng” from who wrote or approved what is on its way: it may be that, or the bot's own letters."""
        _, own = await self._own(ctx)
        own = [one for one in own if one.rows][:_SHOWN]
        if not own:
            return False
        lines = [
            Text.verbatim("• ")
            + ctx.t("{label} “{title}” ({state})", label=one.label, title=one.title, state=self._desk.state(ctx, one))
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
        """What the person wrote or approved, is not over and may be stopped by them, the newest first; in private."""
        who = await people.who(account(ctx), ctx.now)
        found = [] if who.person_id is None or not ctx.private else await store.open_of(who.person_id)
        return who, [one for one in found if await stop.may_stop(one, who, ctx.now)]

    async def cancel(self, ctx: Context, action: Cancel) -> None:
        found = await self._desk.opened(ctx, action.announcement)
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
            done = await self._desk.features.stop.cancel(one, action.version, who, ctx.now)
            if isinstance(done, Refused):
                await self._desk.refused(ctx, done, one.id)
            else:
                decision = await rights.decide(who, Act.BROADCAST, one.commune_id, on=ctx.now)
                said = self._stopped(ctx, one, done, corrects=decision.allowed)
                await self._desk.show(ctx, one.id, said)

    def _stopped(self, ctx: Context, one: Announcement, done: Stopped, *, corrects: bool) -> Text:
        if not one.rows:
            return ctx.t("Đã hủy {label}. Chưa gửi cho nhóm nào.", label=one.label)
        said = ctx.t(
            "Đã dừng {label}: {stopped} tin không gửi nữa, {sent} tin đã chuyển tới nhóm từ trước.",
            label=one.label,
            stopped=number(done.stopped, ctx.locale),
            sent=number(done.sent, ctx.locale),
        )
        if done.open:
            said += ctx.t(" {open} tin đang trên đường, chưa rõ đến hay chưa.", open=number(done.open, ctx.locale))
        if done.sent or done.open:
            said += (
                ctx.t(" Nếu tin sai, bác chọn “Đính chính”.")
                if corrects
                else ctx.t(" Nếu tin sai, bác báo cán bộ xã đính chính.")
            )
        return said

    async def correct(self, ctx: Context, action: CorrectIt) -> None:
        found = await self._desk.opened(ctx, action.announcement)
        if found is None:
            return
        one = found[1]
        if action.recall:
            # Two who press, or one who presses twice, take it back once.
            if (known := await self._desk.recall_of(one)) is not None:
                await self._desk.show(ctx, known.id, ctx.t("Đã có tin thu hồi {label}:", label=one.label))
                return
            post = self._desk.features.outbox
            text = stop.recall_text(one, post.translate, post.locale)
            await self._write_correction(ctx, one, text, recall=True)
            return
        ctx.wait_for(FLOW, CORRECTION, {"id": str(one.id)})
        ctx.reply(
            ctx.t("Bác gõ nội dung đúng. Tin đính chính chỉ gửi cho những nhóm đã có {label}.", label=one.label),
            expects="text",
        )

    async def corrected(self, ctx: Context) -> None:
        flow = ctx.flow
        if flow is None or not isinstance(ctx.event, Said) or too_long(ctx, typed(ctx), LONGEST_TEXT):
            return
        ctx.leave_flow()
        found = await self._desk.opened(ctx, int(flow.data["id"]))
        if found is not None:
            await self._write_correction(ctx, found[1], ctx.event.text)

    async def _write_correction(self, ctx: Context, one: Announcement, text: str, *, recall: bool = False) -> None:
        who = await people.who(account(ctx), ctx.now)
        commune = await units.by_id(one.commune_id)
        office = "" if commune is None else f"Ủy ban nhân dân {commune.full_name}"
        source = office if recall else one.source or office
        async with ctx.changes():
            made = await self._desk.features.stop.correct(one, who, text, ctx.now, source=source, recall=recall)
            if isinstance(made, Refused):
                await self._desk.refused(ctx, made, one.id)
            else:
                groups = len(made.audience.only)
                note = ctx.t(
                    "Đã soạn đính chính cho đúng {groups} nhóm đã có tin cũ. Bác xem rồi xin duyệt.", groups=groups
                )
                await self._desk.show(ctx, made.id, note)


def build(talk: StopTalk) -> Router:
    router = Router()
    router.action(Cancel)(talk.cancel)
    router.action(CorrectIt)(talk.correct)
    router.step(FLOW, CORRECTION, Said, prose=True)(talk.corrected)
    return router
