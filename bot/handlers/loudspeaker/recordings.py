"""The loudspeaker: officials make a recording and hear it before it is used, villages note when they played it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from textwrap import shorten

from bot.core.context import Context
from bot.core.events import FileSent, Incoming, TextSent, VoiceSent
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text
from bot.features import rights
from bot.features.audio.script import LONGEST_TEXT, script
from bot.features.audio.sound import MOST_BYTES, MOST_SECONDS, NoSoundTools, TooLarge, TooLong
from bot.features.checkins.scope import FigureScope, scope
from bot.features.jobs.queue import Jobs
from bot.features.loudspeaker import making, mastering, recordings
from bot.features.loudspeaker.actions import (
    DropRecording,
    HearRecording,
    ListRecordings,
    OpenLoudspeaker,
    ReadText,
    RedoRecording,
    ShowPlan,
    ShowPlays,
    UseRecording,
)
from bot.features.loudspeaker.recordings import Kind, LoudspeakerRecording
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.features.rights import Act
from bot.features.units import Place

from . import wording as texts
from .plan import LoudspeakerPlanConversation
from .plays import LoudspeakerPlayConversation
from .wording import UrlOf

FLOW = "loudspeaker"
SOUND, TEXT = "sound", "text"
_TITLE = 60
"""Characters of a text by which its recording is known."""
_SHOWN = 6
_LISTED = 10


class LoudspeakerConversation:
    """`has_voice`: a machine can read aloud here; `url_of` is the public address of a stored file."""

    def __init__(
        self,
        jobs: Jobs,
        played: LoudspeakerPlayConversation,
        plan: LoudspeakerPlanConversation,
        *,
        has_voice: bool,
        url_of: UrlOf,
    ) -> None:
        self._jobs = jobs
        self._played = played
        self._plan = plan
        self._has_voice = has_voice
        self._url_of = url_of

    async def command(self, ctx: Context) -> None:
        """Handle `/loa`: officials make recordings in private; leaders see the recordings they may play.

        With days and hours behind it, it sets the plan.
        """
        if ctx.args and await self._plan.understand(ctx, f"loa {ctx.args}"):
            return
        found = await self._scope(ctx)
        if found is None:
            ctx.reply(ctx.t("Việc phát loa là của cán bộ xã và Tổ công nghệ số của thôn."))
        elif ctx.private and await self._makes(ctx, found.commune.id):
            self._show_overview(ctx)
        else:
            await self._played.offer(ctx, found)

    async def open(self, ctx: Context, action: OpenLoudspeaker) -> None:
        await self.command(ctx)

    async def menu_items(self, ctx: Context) -> Sequence[Button]:
        """Return a button of the menu for those who make recordings or play them."""
        who = await people.who(_account(ctx), ctx.now)
        if not (await rights.decide(who, Act.ACKNOWLEDGE, None, on=ctx.now)).allowed:
            return []
        return [Button.to(ctx.word("Loa truyền thanh"), OpenLoudspeaker())]

    # Making one

    def _show_overview(self, ctx: Context) -> None:
        if not mastering.installed():
            ctx.reply(ctx.t(NoSoundTools.template), self._lists(ctx))
            return
        ctx.wait_for(FLOW, SOUND)
        ctx.reply(
            ctx.t(
                "Bác gửi **tin thoại** đọc thông báo, hoặc tệp mp3, m4a, ogg, wav, dài nhất 10 phút. Tôi chỉnh cho đều "
                "tiếng, thêm chuông đầu và cuối, rồi gửi lại để bác nghe thử."
            ),
            [Button.to(ctx.word("Đọc văn bản"), ReadText()), *self._lists(ctx)],
        )

    def _lists(self, ctx: Context) -> list[Button]:
        return [
            Button.to(ctx.word("Bản đã duyệt"), ListRecordings()),
            Button.to(ctx.word("Nhật ký phát loa"), ShowPlays()),
            Button.to(ctx.word("Lịch phát loa"), ShowPlan("")),
        ]

    async def sounded(self, ctx: Context) -> None:
        """Take a voice note or a file that was asked for."""
        event = ctx.event
        if isinstance(event, TextSent):
            ctx.reply(ctx.t("Bác gửi tin thoại hoặc tệp tiếng, hoặc chọn “Đọc văn bản”. Gõ “hủy” để thôi."))
        elif isinstance(event, VoiceSent) and event.seconds > MOST_SECONDS:
            ctx.reply(ctx.t(TooLong.template))
        elif isinstance(event, VoiceSent | FileSent):
            caption = event.caption if isinstance(event, FileSent) else ""
            if event.file.size > MOST_BYTES:
                ctx.reply(ctx.t(TooLarge.template))
                return
            await self._begin(ctx, "voice", caption.strip() or PurePath(event.file.name).stem, file=event.file)

    async def read(self, ctx: Context, action: ReadText) -> None:
        if await self._official(ctx) is None:
            return
        if not mastering.installed():
            ctx.reply(ctx.t(NoSoundTools.template))
        elif not self._has_voice:
            ctx.reply(ctx.t(making.NoVoice.template))
        else:
            self._ask_text(ctx)

    def _ask_text(self, ctx: Context) -> None:
        ctx.wait_for(FLOW, TEXT)
        ctx.reply(ctx.t("Bác gõ hoặc dán nội dung cần đọc."), expects="text")

    async def texted(self, ctx: Context) -> None:
        if not isinstance(ctx.event, TextSent):
            return
        written = ctx.event.text
        if len(written) > LONGEST_TEXT:
            ctx.reply(
                ctx.t("Nội dung dài quá {most} chữ cái, bà con khó theo dõi. Bác gửi bản ngắn hơn.", most=LONGEST_TEXT),
                expects="text",
            )
            return
        script_text = script(written)
        if not script_text:
            ctx.reply(ctx.t("Tin này không có chữ nào để đọc. Bác gõ lại giúp tôi."), expects="text")
            return
        await self._begin(ctx, "read", shorten(written, _TITLE, placeholder="…"), text=script_text)

    async def _begin(
        self, ctx: Context, kind: Kind, title: str, *, text: str = "", file: Incoming | None = None
    ) -> None:
        ctx.leave_flow()
        commune = await self._official(ctx)
        if commune is None:
            return
        who = await people.who(_account(ctx), ctx.now)
        name = title or ctx.t("Bản thu {time}", time=texts.moment(ctx.now, ctx.locale)).plain
        async with ctx.changes():
            one = await recordings.begin(commune.id, kind, name, author=who.person_id, now=ctx.now, script=text)
            await making.ask(self._jobs, one, ctx.chat, ctx.locale, ctx.now, file)
            if kind == "read":
                ctx.reply(ctx.t("Máy đọc như sau, tôi gửi bản nghe thử ngay:\n\n{script}", script=text))
            else:
                ctx.reply(ctx.t("Tôi đang làm bản phát loa, xong tôi gửi bác nghe thử ngay."))

    # Hearing it

    async def use(self, ctx: Context, action: UseRecording) -> None:
        one = await self._heard(ctx, action.recording)
        if one is None:
            return
        who = await people.who(_account(ctx), ctx.now)
        async with ctx.changes():
            if await recordings.decide(one.id, "approved", who.person_id, ctx.now):
                ctx.reply(
                    ctx.t("✅ Đã duyệt bản số {id}. Bác gắn bản này vào thông báo khi soạn tin.", id=one.id),
                    self._lists(ctx),
                )
            else:
                await self._say_state(ctx, one.id)

    async def redo(self, ctx: Context, action: RedoRecording) -> None:
        """Drop the recording and ask for it again."""
        one = await self._heard(ctx, action.recording)
        if one is None:
            return
        async with ctx.changes():
            if not await recordings.decide(one.id, "dropped", None, ctx.now):
                await self._say_state(ctx, one.id)
            elif one.kind == "read":
                self._ask_text(ctx)
            else:
                ctx.wait_for(FLOW, SOUND)
                ctx.reply(ctx.t("Bác gửi lại tin thoại hoặc tệp tiếng."), expects="text")

    async def drop(self, ctx: Context, action: DropRecording) -> None:
        one = await self._heard(ctx, action.recording)
        if one is None:
            return
        async with ctx.changes():
            if await recordings.decide(one.id, "dropped", None, ctx.now):
                ctx.reply(ctx.t("Đã bỏ bản số {id}.", id=one.id))
            else:
                await self._say_state(ctx, one.id)

    async def _say_state(self, ctx: Context, recording_id: int) -> None:
        one = await recordings.get(recording_id)
        if one is not None and one.state == "approved":
            ctx.reply(ctx.t("Bản số {id} đã được duyệt rồi.", id=one.id))
        else:
            ctx.reply(ctx.t("Bản số {id} không còn nữa. Bác gõ “loa” để làm bản khác.", id=recording_id))

    async def hear(self, ctx: Context, action: HearRecording) -> None:
        one = await self._heard(ctx, action.recording)
        if one is None:
            return
        if one.state in ("ready", "approved"):
            message = texts.heard(one, ctx.translate, ctx.locale)
            ctx.reply(message.text, message.buttons, attachment=message.attachment)
        else:
            await self._say_state(ctx, one.id)

    async def list(self, ctx: Context, action: ListRecordings) -> None:
        commune = await self._official(ctx)
        if commune is None:
            return
        found = await recordings.ready_recordings(commune.id, _LISTED)
        if not found:
            ctx.reply(ctx.t("Xã chưa có bản phát loa nào được duyệt."))
            return
        lines = [ctx.t("Bản phát loa đã duyệt, mới nhất trước:")]
        lines += [texts.line(ctx, ctx.t("Số {id}", id=one.id), one, self._url_of) for one in found]
        buttons = [Button.to(ctx.word("Nghe bản số") + f" {one.id}", HearRecording(one.id)) for one in found[:_SHOWN]]
        ctx.reply(Text.join("\n", lines), buttons)

    # Who and where

    async def _heard(self, ctx: Context, recording_id: int) -> LoudspeakerRecording | None:
        """Return a recording of the official's own commune; refuse otherwise."""
        commune = await self._official(ctx)
        one = None if commune is None else await recordings.get(recording_id)
        if commune is not None and (one is None or one.commune_id != commune.id):
            ctx.reply(ctx.t("Không còn bản phát loa này."))
            return None
        return one

    async def _official(self, ctx: Context) -> Place | None:
        """Return the commune for which the person makes announcements; refuse otherwise."""
        found = await self._scope(ctx)
        if found is not None and await self._makes(ctx, found.commune.id):
            return found.commune
        ctx.reply(ctx.t("Việc làm bản phát loa là của cán bộ xã."))
        return None

    async def _makes(self, ctx: Context, commune_id: int) -> bool:
        who = await people.who(_account(ctx), ctx.now)
        return (await rights.decide(who, Act.BROADCAST, commune_id, on=ctx.now)).allowed

    async def _scope(self, ctx: Context) -> FigureScope | None:
        return await scope(_account(ctx), None if ctx.private else ctx.chat.id, ctx.now)


def _account(ctx: Context) -> Account:
    return Account(ctx.chat.platform, ctx.sender.id)


def build(conversation: LoudspeakerConversation) -> Router:
    router = Router()
    router.command("loa", "loa truyền thanh", "phát loa", "bản phát loa")(conversation.command)
    router.action(OpenLoudspeaker)(conversation.open)
    router.action(ReadText)(conversation.read)
    router.action(UseRecording)(conversation.use)
    router.action(RedoRecording)(conversation.redo)
    router.action(DropRecording)(conversation.drop)
    router.action(ListRecordings)(conversation.list)
    router.action(HearRecording)(conversation.hear)
    router.step(FLOW, SOUND, VoiceSent, FileSent, TextSent)(conversation.sounded)
    router.step(FLOW, TEXT, TextSent, prose=True)(conversation.texted)
    return router
