"""An official's part of the archive: recording what was signed, its files, who may read it, sending it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.core.context import Context
from bot.core.events import FileSent, Incoming, PhotoSent, TextSent, VoiceSent
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text, fold
from bot.features.announcements.writing.files import problem
from bot.features.audit import Audit
from bot.features.calendar.vietnam import today
from bot.features.jobs.queue import Jobs
from bot.features.outbox.box import Outbox
from bot.features.papers import archive, files
from bot.features.papers.actions import (
    AddPaperFile,
    ChooseReaders,
    ConfirmPaper,
    DropPaper,
    DropPaperFiles,
    ListPapers,
    OpenPaper,
    RecordPaper,
    SendPaper,
    ToggleReader,
)
from bot.features.papers.archive import ArchiveReader
from bot.features.papers.model import FORMS, LONGEST_SUBJECT, READERS, Paper, read_signed
from bot.features.papers.sending import send
from bot.features.papers.signed_word import WRONG_TYPE
from bot.features.people import people
from bot.handlers.kit.speaker import account_of, to_menu
from bot.handlers.kit.typed import answer, too_long
from bot.i18n import long_date, msg

from .archive import FLOW, ArchiveConversation, names

SIGNED, SUBJECT, READY, FILE = "signed", "subject", "ready", "file"
_OVER = frozenset({"bo qua", "xong", "du roi", "khong", "khong co", "thoi"})
_ON = "✓ "

_OFFICIALS = msg("Việc ghi văn bản vào kho là của cán bộ xã.")
_SIGNED = msg("Văn bản số mấy, ký ngày nào? Bác gõ ví dụ: 12/{symbol} ngày {day}.")
_UNCLEAR = msg("Tôi chưa đọc được số và ngày.")
_FUTURE = msg("Ngày này chưa tới. Kho chỉ giữ văn bản đã ký.")
_SUBJECT = msg("Văn bản về việc gì? Bác gõ như trích yếu trên văn bản.")
_NEWER = msg("Văn bản này vừa thay đổi, tình hình bây giờ:")
_FILE = msg("Bác gửi bản đã ký vào đây: tệp PDF, Word hoặc ảnh chụp từng trang. Chưa có thì bác gõ BỎ QUA.")


class PaperRecordingConversation:
    def __init__(self, shown: ArchiveConversation, jobs: Jobs, audit: Audit, outbox: Outbox) -> None:
        self._shown = shown
        self._jobs = jobs
        self._audit = audit
        self._outbox = outbox

    async def command(self, ctx: Context) -> None:
        """Handle `/ghivanban`."""
        await self.begin(ctx, RecordPaper(""))

    # Recording

    async def begin(self, ctx: Context, action: RecordPaper) -> None:
        if await self._official(ctx) is None:
            return
        form = FORMS.get(action.form)
        if form is None:
            buttons = [Button.to(ctx.word(one.name), RecordPaper(code)) for code, one in FORMS.items()]
            ctx.reply(ctx.t("Bác ghi loại văn bản nào đã ký?"), [*buttons, *to_menu(ctx)])
            return
        ctx.wait_for(FLOW, SIGNED, {"form": action.form})
        ctx.reply(self._ask_signed(ctx, action.form), expects="text")

    def _ask_signed(self, ctx: Context, form: str) -> Text:
        day = today(ctx.now)
        return ctx.t(_SIGNED, symbol=FORMS[form].symbol, day=f"{day.day}/{day.month}/{day.year}")

    async def take_signed(self, ctx: Context) -> None:
        data, words = answer(ctx)
        reader = await self._official(ctx)
        if reader is None:
            return
        found, day = read_signed(words, today(ctx.now)), today(ctx.now)
        if found is None:
            ctx.reply(Text.join(" ", [ctx.t(_UNCLEAR), self._ask_signed(ctx, data["form"])]), expects="text")
            return
        if found.day > day:
            ctx.reply(ctx.t(_FUTURE), expects="text")
            return
        symbol = found.symbol or FORMS[data["form"]].symbol
        known = await archive.same(reader.commune.id, found.number, symbol, found.day)
        if known is not None:
            ctx.leave_flow()
            await self._shown.show(ctx, reader, known, ctx.t("Số này đã có trong kho:"))
            return
        kept = {"number": str(found.number), "symbol": symbol, "day": found.day.isoformat()}
        ctx.wait_for(FLOW, SUBJECT, {**data, **kept})
        ctx.reply(ctx.t(_SUBJECT), expects="text")

    async def take_subject(self, ctx: Context) -> None:
        data, words = answer(ctx)
        subject = " ".join(words.split()).rstrip(" .,;")
        if too_long(ctx, subject, LONGEST_SUBJECT):
            return
        if not subject:
            ctx.reply(ctx.t(_SUBJECT), expects="text")
            return
        ctx.wait_for(FLOW, READY, {**data, "subject": subject})
        form, day = FORMS[data["form"]], date.fromisoformat(data["day"])
        ctx.reply(
            ctx.t(
                "**{kind} số {label}**, {day}\n{subject}\nNơi nhận: {names}\nĐúng là văn bản đã ký chưa ạ?",
                kind=ctx.word(form.name),
                label=f"{int(data['number']):02}/{data['symbol']}",
                day=long_date(day, ctx.locale),
                subject=subject,
                names=names(ctx, form.readers),
            ),
            self._confirm(ctx, data["form"]),
        )

    def _confirm(self, ctx: Context, form: str) -> list[Button]:
        return [
            Button.to(ctx.word("Đúng, ghi vào kho"), ConfirmPaper()),
            Button.to(ctx.word("Làm lại"), RecordPaper(form)),
            *to_menu(ctx),
        ]

    async def take_other_words(self, ctx: Context) -> None:
        """Remind of the two choices when words come instead of a yes."""
        data, _ = answer(ctx)
        ctx.reply(
            ctx.t("Tôi chưa ghi. Bác chọn “Đúng, ghi vào kho”, hoặc “Làm lại”."), self._confirm(ctx, data["form"])
        )

    async def confirm(self, ctx: Context, action: ConfirmPaper) -> None:
        reader, flow = await self._official(ctx), ctx.flow
        if reader is None:
            return
        if flow is None or (flow.name, flow.step) != (FLOW, READY):
            await self._shown.listed(ctx, ListPapers(0))
            return
        data, who = flow.data, await people.who(account_of(ctx), ctx.now)
        day = date.fromisoformat(data["day"])
        async with ctx.changes():
            ctx.leave_flow()
            one = await archive.record(
                reader.commune.id, data["form"], int(data["number"]), data["symbol"], day, data["subject"],
                by=who.person_id, now=ctx.now,
            )  # fmt: skip
            if one is None:
                known = await archive.same(reader.commune.id, int(data["number"]), data["symbol"], day)
                if known is not None:
                    await self._shown.show(ctx, reader, known, ctx.t("Số này đã có trong kho:"))
                return
            await self._note(ctx, "paper_recorded", one)
            ctx.wait_for(FLOW, FILE, {"id": str(one.id)})
            replies = [ctx.t("✅ Đã ghi số {label} vào kho.", label=one.label), ctx.t(_FILE)]
            ctx.reply(Text.join("\n", replies), expects="text")

    # Files

    async def ask_file(self, ctx: Context, action: AddPaperFile) -> None:
        found = await self._mine(ctx, action.paper)
        if found is not None:
            ctx.wait_for(FLOW, FILE, {"id": str(found[1].id)})
            ctx.reply(ctx.t(_FILE), expects="text")

    async def file(self, ctx: Context) -> None:
        """Queue the file: the worker fetches and checks it, and answers in a message of its own."""
        data, words = answer(ctx)
        found = await self._mine(ctx, int(data["id"]))
        if found is None:
            ctx.leave_flow()
            return
        reader, one = found
        if isinstance(ctx.event, TextSent):
            if fold(words).strip(" .") in _OVER:
                ctx.leave_flow()
                await self._shown.show(ctx, reader, one)
            else:
                ctx.reply(ctx.t("Tôi đang chờ tệp. Bác gửi tệp, hoặc gõ XONG."), expects="text")
            return
        sent = _sent(ctx)
        wrong = next((refused for each in sent if (refused := problem(each)) is not None), None)
        if wrong is not None or not sent:
            ctx.reply(ctx.t(WRONG_TYPE) if wrong is None else ctx.t(wrong.why, **wrong.values), expects="text")
            return
        async with ctx.changes():
            for number, each in enumerate(sent):
                body = files.body(one, each, ctx.chat, person=ctx.sender.id, locale=ctx.locale)
                await self._jobs.ask(files.KIND, body, key=f"vb{one.id}:{ctx.event.id}:{number}"[-120:], now=ctx.now)
            ctx.reply(
                ctx.t("Tôi đã nhận và đang lưu. Còn trang nữa thì bác gửi tiếp, đủ rồi thì gõ XONG."), expects="text"
            )

    async def drop_files(self, ctx: Context, action: DropPaperFiles) -> None:
        found = await self._mine(ctx, action.paper, action.version)
        if found is None:
            return
        reader, one = found
        async with ctx.changes():
            await archive.detach(one, ctx.now)
            await self._note(ctx, "paper_files_dropped", one)
            await self._shown.show(ctx, reader, one, ctx.t("Đã bỏ các tệp của văn bản này."))

    # Who reads it

    async def choose(self, ctx: Context, action: ChooseReaders) -> None:
        found = await self._mine(ctx, action.paper)
        if found is not None:
            self._offer_readers(ctx, found[1])

    def _offer_readers(self, ctx: Context, one: Paper) -> None:
        buttons = [
            Button.to(
                (_ON if name in one.readers else "") + ctx.word(each.name), ToggleReader(one.id, one.version, name)
            )
            for name, each in READERS.items()
        ]
        reply = ctx.t(
            "Số {label} gửi những nơi nào? Đang chọn: {names}", label=one.label, names=names(ctx, one.readers)
        )
        ctx.replace(reply, [*buttons, Button.to(ctx.word("Xong"), OpenPaper(one.id))])

    async def toggle(self, ctx: Context, action: ToggleReader) -> None:
        found = await self._mine(ctx, action.paper, action.version)
        if found is None or action.reader not in READERS:
            return
        one = found[1]
        async with ctx.changes():
            done = await archive.set_readers(one, set(one.readers) ^ {action.reader})
            now = await archive.get(one.id)
            if done and now is not None:
                await self._note(ctx, "paper_readers", one)
                self._offer_readers(ctx, now)

    async def send(self, ctx: Context, action: SendPaper) -> None:
        found = await self._mine(ctx, action.paper, action.version)
        if found is None:
            return
        one = found[1]
        if not action.sure:
            count = len(await archive.recipients(one, ctx.now))
            if not count:
                ctx.reply(ctx.t("Chưa có ai giữ vai trò ở những nơi nhận này."), self._back(ctx, one))
                return
            replies = [ctx.t("Gửi số {label} cho **{count} người**?", label=one.label, count=count)]
            replies.append(ctx.t("Nơi nhận: {names}", names=names(ctx, one.readers)))
            if not await archive.files(one.id):
                replies.append(ctx.t("⚠️ Chưa có bản đã ký, nên tôi chỉ báo số và tên văn bản."))
            yes = Button.to(ctx.word("Đúng, gửi"), SendPaper(one.id, one.version, sure=True))
            ctx.reply(Text.join("\n", replies), [yes, *self._back(ctx, one)])
            return
        async with ctx.changes():
            sent = await send(self._outbox, one, ctx.now)
            await self._note(ctx, "paper_sent", one)
            note = ctx.t("✅ Đã gửi số {label} cho {count} người.", label=one.label, count=sent.told)
            if sent.missed:
                note += ctx.t(" {count} người tôi chưa nhắn được, bác báo giúp nhé.", count=sent.missed)
            ctx.reply(note, self._back(ctx, one))

    async def drop(self, ctx: Context, action: DropPaper) -> None:
        found = await self._mine(ctx, action.paper, action.version)
        if found is None:
            return
        one = found[1]
        if not action.sure:
            yes = Button.to(ctx.word("Đúng, xóa"), DropPaper(one.id, one.version, sure=True))
            asked = ctx.t("Xóa số {label} và các tệp khỏi kho? Chỉ xóa khi bác ghi nhầm.", label=one.label)
            ctx.reply(asked, [yes, *self._back(ctx, one)])
            return
        async with ctx.changes():
            if await archive.drop(one, ctx.now):
                await self._note(ctx, "paper_dropped", one)
                back = Button.to(ctx.word("Văn bản đã ban hành"), ListPapers(0))
                ctx.reply(ctx.t("Đã xóa số {label} khỏi kho.", label=one.label), [back, *to_menu(ctx)])

    def _back(self, ctx: Context, one: Paper) -> Sequence[Button]:
        return [Button.to(ctx.word("Mở") + f" {one.label}"[:40], OpenPaper(one.id)), *to_menu(ctx)]

    async def _note(self, ctx: Context, act: str, one: Paper) -> None:
        who = await people.who(account_of(ctx), ctx.now)
        details: dict[str, str | int | bool] = {"number": one.number, "form": one.form}
        await self._audit.append(who.person_id, act, f"paper:{one.id}", ctx.now, details)

    async def _official(self, ctx: Context) -> ArchiveReader | None:
        reader = await self._shown.reader(ctx)
        if reader is not None and not reader.official:
            ctx.leave_flow()
            ctx.reply(ctx.t(_OFFICIALS), to_menu(ctx))
            return None
        return reader

    async def _mine(
        self, ctx: Context, paper_id: int, version: int | None = None
    ) -> tuple[ArchiveReader, Paper] | None:
        """Return a paper in its shown version for an official of its commune; else say why not, or show it anew."""
        if await self._official(ctx) is None:
            return None
        found = await self._shown.opened(ctx, paper_id)
        if found is not None and version is not None and found[1].version != version:
            ctx.leave_flow()
            await self._shown.show(ctx, *found, ctx.t(_NEWER))
            return None
        return found


def _sent(ctx: Context) -> tuple[Incoming, ...]:
    event = ctx.event
    if isinstance(event, PhotoSent):
        return event.files
    return (event.file,) if isinstance(event, FileSent) else ()


def build(conversation: PaperRecordingConversation) -> Router:
    router = Router()
    router.command("ghivanban", "ghi văn bản", "ghi văn bản đã ký", "vào sổ văn bản")(conversation.command)
    router.action(RecordPaper)(conversation.begin)
    router.action(ConfirmPaper)(conversation.confirm)
    router.action(AddPaperFile)(conversation.ask_file)
    router.action(DropPaperFiles)(conversation.drop_files)
    router.action(ChooseReaders)(conversation.choose)
    router.action(ToggleReader)(conversation.toggle)
    router.action(SendPaper)(conversation.send)
    router.action(DropPaper)(conversation.drop)
    router.step(FLOW, SIGNED, TextSent)(conversation.take_signed)
    router.step(FLOW, SUBJECT, TextSent, prose=True)(conversation.take_subject)
    router.step(FLOW, READY, TextSent)(conversation.take_other_words)
    router.step(FLOW, FILE, TextSent, PhotoSent, FileSent, VoiceSent)(conversation.file)
    return router
