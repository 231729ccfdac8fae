"""Files of an announcement: photos, recordings, documents that its author sends, and recordings approved by ear."""

from __future__ import annotations

from bot.core.context import Context
from bot.core.events import FileSent, Incoming, PhotoSent, TextSent, VoiceSent
from bot.core.messages import Button
from bot.core.router import Router
from bot.features.announcements.actions import AddFiles, AddRecording, DropAttachment
from bot.features.announcements.writing import files
from bot.features.jobs.queue import Jobs
from bot.features.loudspeaker import recordings

from .common import FLOW, AnnouncementService, open_button

FILE = "file"
_RECORDINGS = 5


class AnnouncementFileConversation:
    def __init__(self, service: AnnouncementService, jobs: Jobs) -> None:
        self._service = service
        self._drafts = service.features.drafts
        self._jobs = jobs

    async def ask(self, ctx: Context, action: AddFiles) -> None:
        found = await self._service.mine(ctx, action.announcement, 0)
        if found is None:
            return
        one = found[1]
        ctx.wait_for(FLOW, FILE, {"id": str(one.id)})
        made = await recordings.ready_recordings(one.commune_id, _RECORDINGS)
        ctx.reply(
            ctx.t(
                "Bác gửi ảnh, bản ghi âm (MP3, M4A, OGG, WAV), tệp PDF, Word hoặc Excel vào đây, mỗi lần một tệp. "
                "Ảnh thì bác ghi kèm một dòng nói trong ảnh có gì."
            ),
            [
                *(Button.to(f"🔊 {each.title}"[:40], AddRecording(one.id, one.version, each.id)) for each in made),
                open_button(ctx, one),
            ],
        )

    async def file(self, ctx: Context) -> None:
        """Queue the file: the worker fetches and checks it, and answers in a message of its own."""
        flow = ctx.flow
        found = None if flow is None else await self._service.mine(ctx, int(flow.data["id"]), 0)
        if found is None:
            ctx.leave_flow()
            return
        who, one = found
        if isinstance(ctx.event, TextSent):
            ctx.reply(ctx.t("Tôi đang chờ tệp. Bác gửi tệp, hoặc mở lại tin."), [open_button(ctx, one)])
            return
        sent, caption = _sent(ctx)
        problem = next((wrong for one_file in sent if (wrong := files.problem(one_file)) is not None), None)
        if problem is not None or who.person_id is None:
            if problem is not None:
                ctx.reply(ctx.t(problem.why, **problem.values), [open_button(ctx, one)])
            return
        async with ctx.changes():
            for number, one_file in enumerate(sent):
                body = files.body(one, who.person_id, one_file, caption, ctx.chat)
                key = f"tb{one.id}:{ctx.event.id}:{number}"[-120:]
                await self._jobs.ask(files.KIND, body, key=key, now=ctx.now)
            ctx.reply(ctx.t("Tôi đã nhận và đang lưu. Xong tôi báo bác ngay."), [open_button(ctx, one)])

    async def add_recording(self, ctx: Context, action: AddRecording) -> None:
        found = await self._service.mine(ctx, action.announcement, action.version)
        made = await recordings.get(action.recording)
        if found is None:
            return
        who, one = found
        if made is None or made.state != "approved" or made.commune_id != one.commune_id:
            ctx.reply(ctx.t("Bản ghi này chưa được duyệt nên chưa gửi được."), [open_button(ctx, one)])
            return
        async with ctx.changes():
            ctx.leave_flow()
            await self._service.changed(ctx, one, await self._drafts.attach(one, who, made.attachment, ctx.now))

    async def drop(self, ctx: Context, action: DropAttachment) -> None:
        found = await self._service.mine(ctx, action.announcement, action.version)
        if found is None:
            return
        who, one = found
        media = next((item.media for item in one.attachments if item.media.startswith(action.media)), "")
        async with ctx.changes():
            await self._service.changed(ctx, one, await self._drafts.detach(one, who, media, ctx.now))


def _sent(ctx: Context) -> tuple[tuple[Incoming, ...], str]:
    event = ctx.event
    if isinstance(event, PhotoSent):
        return event.files, event.caption
    if isinstance(event, FileSent):
        return (event.file,), event.caption
    return ((event.file,), "") if isinstance(event, VoiceSent) else ((), "")


def build(conversation: AnnouncementFileConversation) -> Router:
    router = Router()
    router.action(AddFiles)(conversation.ask)
    router.action(AddRecording)(conversation.add_recording)
    router.action(DropAttachment)(conversation.drop)
    router.step(FLOW, FILE, TextSent, PhotoSent, FileSent, VoiceSent)(conversation.file)
    return router
