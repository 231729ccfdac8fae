"""`/thongbao`: officials see what is on its way and begin anew; everybody else reads what their village was told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from bot.core.context import Context
from bot.core.lean import patterns
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.small_words import words_only
from bot.core.text import Text, fold
from bot.features import units
from bot.features.announcements import public, store
from bot.features.announcements.actions import (
    ListAnnouncements,
    NewAnnouncement,
    OpenAnnouncement,
    PrintPoster,
    ReadNotice,
)
from bot.features.announcements.letter import moment
from bot.features.announcements.model import Announcement, number_in
from bot.features.announcements.public import PublicNotice
from bot.features.at_once import at_once, each
from bot.features.calendar.vietnam import VIETNAM
from bot.features.commune.settings import Commune
from bot.features.groups import channels
from bot.features.help.actions import AskPerson
from bot.features.people import people
from bot.handlers.kit.speaker import to_menu
from bot.i18n import msg, short_date

from .common import FLOW, AnnouncementService, account, commune_to_write_for, open_button

_SHOWN, _READ = 8, 5
_NO_POSTER = msg("Tin này không có áp phích. Áp phích chỉ có cho tin gửi cả xã, đã tới nơi và chưa đính chính.")

_OF_ONE = patterns.compile(
    r"(?:thu hoi|dinh chinh|huy|dung(?: gui)?|sua)(?: tin| thong bao)? (?P<label>tb[ -]*\d{1,7})"
)
Village = Callable[[Context], Awaitable[int | None]]
"""Where somebody lives, as far as they said."""


class AnnouncementConversation:
    def __init__(self, service: AnnouncementService, *, here: Callable[[Context], Commune], village: Village) -> None:
        self.service = service
        self._here = here
        self._village = village

    async def command(self, ctx: Context) -> None:
        if ctx.flow is not None and ctx.flow.name == FLOW:
            ctx.leave_flow()
        who = await people.who(account(ctx), ctx.now)
        commune = await commune_to_write_for(ctx, who) if ctx.private else None
        if commune is None:
            await self._latest(ctx)
            return
        running, over = await at_once(store.open_ones(commune.id), store.ended(commune.id, _SHOWN))
        lines = [ctx.t("**Thông báo của {commune}**", commune=commune.full_name)]
        lines += [self._line(ctx, one) for one in [*running[:_SHOWN], *over[: max(2, _SHOWN - len(running))]]]
        if len(lines) == 1:
            lines.append(ctx.t("Chưa có thông báo nào."))
        buttons = [Button.to(ctx.word("Soạn mới"), NewAnnouncement("?"))]
        buttons += [
            Button.to(f"{one.label} {one.title}"[:40], OpenAnnouncement(one.id))
            for one in [*running[:_SHOWN], *over[: max(2, _SHOWN - len(running))]]
        ]
        ctx.reply(Text.join("\n", lines), [*buttons, *to_menu(ctx)])

    async def understand(self, ctx: Context, words: str) -> bool:
        """Show the card for `thu hồi TB-0001`, with its buttons, if it is of one's commune or approved by oneself."""
        asked = _OF_ONE.fullmatch(fold(words_only(words))) if ctx.private else None
        number = None if asked is None else number_in(asked["label"])
        if number is None:
            return False
        who = await people.who(account(ctx), ctx.now)
        commune = await commune_to_write_for(ctx, who)
        one = None if commune is None else await store.by_number(commune.id, number)
        if one is None and who.person_id is not None:
            one = next((each for each in await store.open_of(who.person_id) if each.number == number), None)
        if one is not None:
            await self.open(ctx, OpenAnnouncement(one.id))
        return one is not None

    def _line(self, ctx: Context, one: Announcement) -> Text:
        return ctx.t(
            "• {label}, {day}: {title} ({state})",
            label=one.label,
            day=short_date(one.updated_at.astimezone(VIETNAM).date(), ctx.locale),
            title=one.title,
            state=self.service.state(ctx, one),
        )

    async def listed(self, ctx: Context, action: ListAnnouncements) -> None:
        await self.command(ctx)

    async def open(self, ctx: Context, action: OpenAnnouncement) -> None:
        if ctx.flow is not None and ctx.flow.name == FLOW:
            ctx.leave_flow()
        found = await self.service.opened(ctx, action.announcement)
        if found is not None:
            await self.service.show(ctx, found[1].id)

    async def poster(self, ctx: Context, action: PrintPoster) -> None:
        """Give the poster's address in words: it is opened at the office's computer, which has the printer."""
        found = await self.service.opened(ctx, action.announcement)
        if found is None:
            return
        address = await self.service.poster_of(ctx, found[1])
        if address is None:
            await self.service.show(ctx, found[1].id, ctx.t(_NO_POSTER))
            return
        reply = ctx.t("Áp phích {label}, khổ A4. Bác mở trên máy tính rồi in:", label=found[1].label)
        ctx.reply(Text.join("\n", [reply, Text.verbatim(address)]), [open_button(ctx, found[1])])

    async def menu_items(self, ctx: Context) -> Sequence[Button]:
        """Return a button for a writer, and for everybody else if there is something to read."""
        who = await people.who(account(ctx), ctx.now)
        writes = ctx.private and await commune_to_write_for(ctx, who) is not None
        if not writes and not await public.is_any(*await self._whose(ctx), ctx.now, _READ):
            return []
        return [Button.to(ctx.word("Thông báo của xã"), ListAnnouncements())]

    # Reading

    async def _latest(self, ctx: Context) -> None:
        notices = await self._readable(ctx)
        if not notices:
            person = Button.to(ctx.word("Hỏi người trong thôn"), AskPerson("", ""))
            ctx.reply(ctx.t("Chưa có thông báo nào của xã."), [person, *to_menu(ctx)] if ctx.private else [])
            return
        lines = [ctx.t("Thông báo mới nhất:")]
        lines += [
            Text.verbatim(
                f"• TB-{one.number:04}, {short_date(one.at.astimezone(VIETNAM).date(), ctx.locale)}: {one.title}"
            )
            for one in notices
        ]
        buttons = [Button.to(ctx.word("Đọc") + f" TB-{one.number:04}", ReadNotice(one.number)) for one in notices]
        ctx.reply(Text.join("\n", lines), [*buttons, *(to_menu(ctx) if ctx.private else [])], for_all=True)

    async def read(self, ctx: Context, action: ReadNotice) -> None:
        """Show a notice that everybody or the person's villages were sent; its number may be forged."""
        found = next((one for one in await self._readable(ctx) if one.number == action.number), None)
        home = await self._home(ctx)
        if found is None and home is not None:
            found = await public.notice(home, action.number, ctx.now)
        if found is None:
            ctx.reply(ctx.t("Không có thông báo này."))
            return
        back = [Button.to(ctx.word("Các thông báo"), ListAnnouncements())]
        ctx.reply(self._notice(ctx, found), [] if found.attachments else back)
        for at, item in enumerate(found.attachments, start=1):
            last = at == len(found.attachments)
            ctx.reply(Text.verbatim(item.alt), back if last else [], attachment=item)

    def _notice(self, ctx: Context, one: PublicNotice) -> Text:
        lines = [
            ctx.t("**TB-{number} · {title}**", number=f"{one.number:04}", title=one.title),
            Text.verbatim(moment(one.at, ctx.locale)),
        ]
        if one.corrects is not None:
            lines.append(ctx.t("Đính chính thông báo TB-{number}", number=f"{one.corrects:04}"))
        if one.corrected_by is not None:
            lines.append(ctx.t("⚠️ Đã được đính chính bằng TB-{number}", number=f"{one.corrected_by:04}"))
        blocks = [Text.join("\n", lines), one.text]
        if one.source:
            blocks.append(ctx.t("Nguồn: {source}", source=one.source))
        return Text.join("\n\n", blocks)

    async def _readable(self, ctx: Context) -> Sequence[PublicNotice]:
        """Return the notices to this village; in private, to the villages of the person's roles, else the commune."""
        places, home = await self._whose(ctx)
        told = await each([public.announced_to(place, ctx.now, _READ) for place in places])
        found = {one.number: one for some in told for one in some}
        if not found and home is not None:
            return await public.published(home, ctx.now, _READ)
        return sorted(found.values(), key=lambda one: -one.number)[:_READ]

    async def _whose(self, ctx: Context) -> tuple[Sequence[int], int | None]:
        """Return the ids of the units whose notices are read here, and of the commune if these have none."""
        if ctx.private:
            who, village, home = await at_once(people.who(account(ctx), ctx.now), self._village(ctx), self._home(ctx))
            places = [grant.unit_id for grant in who.grants if grant.unit_id is not None]
            places += [] if village is None else [village]
        else:
            channel, home = await at_once(channels.of_chat(ctx.chat.platform, ctx.chat.id), self._home(ctx))
            places = [] if channel is None else [channel.unit_id]
        return places, home

    async def _home(self, ctx: Context) -> int | None:
        """Return the id of the commune whose news a stranger reads: every menu asks, and needs no more of it."""
        known = await units.id_of(self._here(ctx).code)
        if known is not None:
            return known
        alone = await units.only_commune(ctx.now.astimezone(VIETNAM).date())
        return None if alone is None else alone.id


def build(conversation: AnnouncementConversation) -> Router:
    router = Router()
    router.command("thongbao", "thông báo", "thông báo của xã", "tin của xã")(conversation.command)
    # Only as a whole: “thu hồi đất …” is a resident's question.
    router.command("thuhoi", "thu hồi", "thu hồi tin", "hủy tin", "không gửi nữa")(conversation.command)
    router.action(ListAnnouncements)(conversation.listed)
    router.action(OpenAnnouncement)(conversation.open)
    router.action(PrintPoster)(conversation.poster)
    router.action(ReadNotice)(conversation.read)
    return router
