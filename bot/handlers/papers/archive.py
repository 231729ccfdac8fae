"""The archive of issued papers in a chat: by year, by number or words, and the file again for who may read it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.core.context import Context
from bot.core.events import TextSent
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text
from bot.features.papers import archive
from bot.features.papers.actions import (
    AddPaperFile,
    ChooseReaders,
    DropPaper,
    DropPaperFiles,
    FindPapers,
    ListPapers,
    OpenPaper,
    RecordPaper,
    SendPaper,
)
from bot.features.papers.archive import ArchiveReader
from bot.features.papers.model import FORMS, READERS, Paper
from bot.features.papers.sending import attachment
from bot.features.people import people
from bot.handlers.kit.speaker import account_of, in_private, to_menu
from bot.handlers.kit.typed import typed
from bot.i18n import long_date, msg, short_date

FLOW, FIND = "paper", "find"
NOT_READER = msg("Kho văn bản là của cán bộ xã và những nơi nhận văn bản.")
_GONE = msg("Không còn văn bản này trong kho.")
_SHOWN = 12

Reaches = Callable[[Context, str, int], bool]
"""Whether this chat can show a file of the media store, or at least lead to it."""


class ArchiveConversation:
    def __init__(self, reaches: Reaches) -> None:
        self._reaches = reaches

    async def menu_items(self, ctx: Context) -> Sequence[Button]:
        """Return the buttons below the forms of `/vanban`, for officials."""
        return [
            Button.to(ctx.word("Văn bản đã ban hành"), ListPapers(0)),
            Button.to(ctx.word("Ghi văn bản đã ký"), RecordPaper("")),
        ]

    async def shown(self, ctx: Context) -> bool:
        """Show a reader the papers that the words name, or the latest; return False without the right to read."""
        reader = await archive.reader(await people.who(account_of(ctx), ctx.now), ctx.now)
        if reader is None:
            return False
        if ctx.args.strip():
            await self._find(ctx, reader, ctx.args)
        else:
            await self._list(ctx, reader, 0)
        return True

    async def command(self, ctx: Context) -> None:
        """Handle `/luutru`, “văn bản đã ban hành”, “tìm văn bản họp thôn”."""
        reader = await self.reader(ctx)
        if reader is not None:
            await self.shown(ctx)

    async def listed(self, ctx: Context, action: ListPapers) -> None:
        reader = await self.reader(ctx)
        if reader is not None:
            await self._list(ctx, reader, action.year)

    async def _list(self, ctx: Context, reader: ArchiveReader, year: int) -> None:
        papers = [one for one in await archive.of_commune(reader.commune.id) if reader.may_read(one)]
        if not papers:
            more = await self.menu_items(ctx) if reader.official else []
            ctx.reply(ctx.t("Kho chưa có văn bản nào gửi tới bác."), [*more[1:], *to_menu(ctx)])
            return
        years = sorted({one.signed_on.year for one in papers}, reverse=True)
        chosen = year if year in years else years[0]
        title = ctx.t(
            "**Văn bản đã ban hành năm {year}**, {commune}:", year=str(chosen), commune=reader.commune.full_name
        )
        others = [Button.to(ctx.word("Năm") + f" {other}", ListPapers(other)) for other in years if other != chosen]
        self._show_list(ctx, reader, [one for one in papers if one.signed_on.year == chosen], title, others)

    def _show_list(
        self, ctx: Context, reader: ArchiveReader, papers: Sequence[Paper], title: Text, others: Sequence[Button] = ()
    ) -> None:
        lines = [title]
        lines += [
            ctx.t(
                "• {label}, {day}: {subject}",
                label=one.label, day=short_date(one.signed_on, ctx.locale), subject=one.subject[:100],
            )
            for one in papers[:_SHOWN]
        ]  # fmt: skip
        if len(papers) > _SHOWN:
            lines.append(ctx.t("… và {count} văn bản nữa. Bác chọn “Tìm văn bản”.", count=len(papers) - _SHOWN))
        buttons = [Button.to(f"{ctx.word('Mở')} {one.label}"[:60], OpenPaper(one.id)) for one in papers[:_SHOWN]]
        buttons += [*others, Button.to(ctx.word("Tìm văn bản"), FindPapers())]
        if reader.official:
            buttons.append(Button.to(ctx.word("Ghi văn bản đã ký"), RecordPaper("")))
        ctx.reply(Text.join("\n", lines), [*buttons, *to_menu(ctx)])

    async def find(self, ctx: Context, action: FindPapers) -> None:
        if await self.reader(ctx) is not None:
            ctx.wait_for(FLOW, FIND)
            ctx.reply(ctx.t("Bác gõ số văn bản, hoặc vài chữ trong tên văn bản."), expects="text")

    async def take_find(self, ctx: Context) -> None:
        ctx.leave_flow()
        reader = await self.reader(ctx)
        if reader is not None:
            await self._find(ctx, reader, typed(ctx))

    async def _find(self, ctx: Context, reader: ArchiveReader, words: str) -> None:
        papers = [one for one in await archive.of_commune(reader.commune.id) if reader.may_read(one)]
        found = archive.matching(papers, words)
        if not found:
            again = [Button.to(ctx.word("Tìm văn bản"), FindPapers()), *to_menu(ctx)]
            ctx.reply(ctx.t("Tôi không thấy văn bản nào có “{words}”.", words=words.strip()[:80]), again)
        elif len(found) == 1:
            await self.show(ctx, reader, found[0])
        else:
            self._show_list(ctx, reader, found, ctx.t("Văn bản có “{words}”:", words=words.strip()[:80]))

    async def open(self, ctx: Context, action: OpenPaper) -> None:
        found = await self.opened(ctx, action.paper)
        if found is not None:
            await self.show(ctx, *found)

    async def show(self, ctx: Context, reader: ArchiveReader, one: Paper, note: Text | None = None) -> None:
        """Show the card and each file; the actions stand under the last."""
        files = await archive.files(one.id)
        lines = [] if note is None else [note]
        lines.append(self.card(ctx, one))
        if not files:
            lines.append(ctx.t("Chưa có bản đã ký trong kho."))
        buttons = self._offers(ctx, one, files=len(files)) if reader.official else []
        buttons += [Button.to(ctx.word("Văn bản đã ban hành"), ListPapers(one.signed_on.year)), *to_menu(ctx)]
        reach = [item for item in files if self._reaches(ctx, item.media, item.size)]
        if len(reach) < len(files):
            lines.append(ctx.t("Kênh này không nhận được tệp. Bác mở tôi trên kênh khác để lấy bản đã ký."))
        ctx.reply(Text.join("\n", lines), [] if reach else buttons)
        for at, item in enumerate(reach, start=1):
            shown = buttons if at == len(reach) else []
            ctx.reply(Text.verbatim(item.title), shown, attachment=attachment(item))

    def card(self, ctx: Context, one: Paper) -> Text:
        lines = [
            ctx.t(
                "**{kind} số {label}**, {day}",
                kind=ctx.word(FORMS[one.form].name), label=one.label, day=long_date(one.signed_on, ctx.locale),
            ),
            Text.verbatim(one.subject),
        ]  # fmt: skip
        lines.append(ctx.t("Nơi nhận: {names}", names=names(ctx, one.readers)))
        return Text.join("\n", lines)

    def _offers(self, ctx: Context, one: Paper, *, files: int) -> list[Button]:
        found = [Button.to(ctx.word("Thêm bản đã ký"), AddPaperFile(one.id))] if files < archive.MOST_FILES else []
        found.append(Button.to(ctx.word("Đổi nơi nhận"), ChooseReaders(one.id)))
        if one.readers:
            found.append(Button.to(ctx.word("Gửi cho nơi nhận"), SendPaper(one.id, one.version, sure=False)))
        if files:
            found.append(Button.to(ctx.word("Bỏ các tệp"), DropPaperFiles(one.id, one.version)))
        return [*found, Button.to(ctx.word("Xóa khỏi kho"), DropPaper(one.id, one.version, sure=False))]

    async def reader(self, ctx: Context) -> ArchiveReader | None:
        """Return the person as a reader, with the papers open to them; refuse if there are none."""
        if not in_private(ctx):
            return None
        found = await archive.reader(await people.who(account_of(ctx), ctx.now), ctx.now)
        if found is None:
            ctx.leave_flow()
            ctx.reply(ctx.t(NOT_READER), to_menu(ctx))
        return found

    async def opened(self, ctx: Context, paper_id: int) -> tuple[ArchiveReader, Paper] | None:
        """Return a paper that the person may read; any other is reported as gone."""
        reader = await self.reader(ctx)
        if reader is None:
            return None
        one = await archive.get(paper_id)
        if one is None or not reader.may_read(one):
            ctx.leave_flow()
            ctx.reply(ctx.t(_GONE), to_menu(ctx))
            return None
        return reader, one


def names(ctx: Context, readers: Sequence[str]) -> str:
    """Put “Nơi nhận” on one line; the names have commas of their own."""
    return "; ".join(ctx.word(READERS[name].name) for name in readers) or ctx.word("chỉ cán bộ xã")


def build(conversation: ArchiveConversation) -> Router:
    router = Router()
    words = ("văn bản đã ban hành", "kho văn bản", "tìm văn bản", "lưu trữ văn bản")
    router.command("luutru", *words, takes_args=True)(conversation.command)
    router.action(ListPapers)(conversation.listed)
    router.action(FindPapers)(conversation.find)
    router.action(OpenPaper)(conversation.open)
    router.step(FLOW, FIND, TextSent, prose=True)(conversation.take_find)
    return router
