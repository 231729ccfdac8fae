"""Good practice: what there is, handing one in, taking it up in another village, the month's digest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from bot.core.context import Context
from bot.core.events import TextSent
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text, upper_first
from bot.features import rights, units
from bot.features.calendar.vietnam import VIETNAM
from bot.features.people import people
from bot.features.practices import practices
from bot.features.practices.practices import LONGEST_RESULT, LONGEST_TEXT, LONGEST_TITLE, Practice
from bot.features.rights import Act
from bot.features.rights.table import OFFICER
from bot.handlers.kit.speaker import account_of, in_private, to_menu
from bot.handlers.kit.typed import too_long, typed
from bot.i18n import msg

from .common import (
    FLOW,
    DropPractice,
    HandIn,
    NewPractice,
    OpenPractice,
    PracticeService,
    ShowPracticeDigest,
    UsePractice,
    commune_of,
    full,
    led,
    may_review,
    month_of,
    same_commune,
    writes_for,
)

TITLE, TEXT, RESULT = "title", "text", "result"
_SHOWN, _RECENT = 8, timedelta(days=92)

_WHAT = msg("Bác đặt tên ngắn cho cách làm, ví dụ: Lớp VNeID buổi tối ở nhà văn hóa.")
_HOW = msg("Thôn đã làm thế nào, để nơi khác làm theo được? Bác gõ vài câu.")
_WITH_WHAT = msg("Kết quả ra sao? Bác gõ một câu, có con số thì tốt.")
_NAMED = msg("Trong tin có nêu tên người nào không? Nêu tên ai thì phải được người ấy đồng ý.")
_ASK_THEM = msg(
    "Bác hỏi người ấy trước, được đồng ý thì chọn “Có, đã đồng ý”. Hoặc bỏ tin này rồi viết lại không nêu tên."
)


class PracticeConversation:
    def __init__(self, service: PracticeService) -> None:
        self.service = service

    async def menu_items(self, ctx: Context) -> Sequence[Button]:
        """Return a button for those who may write or review."""
        who = await people.who(account_of(ctx), ctx.now)
        return [Button.to(ctx.word("Gửi cách làm hay"), NewPractice())] if await writes_for(ctx, who) else []

    async def command(self, ctx: Context) -> None:
        """Handle `/cachlamhay`: list the practices and, for an officer, the waiting ones; offer to write one."""
        if not in_private(ctx):
            return
        who = await people.who(account_of(ctx), ctx.now)
        commune = await commune_of(ctx, who)
        if commune is None:
            ctx.reply(ctx.t((await rights.decide(who, Act.GOOD_PRACTICE, None, on=ctx.now)).why), to_menu(ctx))
            return
        today = ctx.now.astimezone(VIETNAM).date()
        ids = [commune.id, *(one.id for one in await units.descendants(commune.id, today))]
        found = list(await practices.published(ids, today - _RECENT, today))[:_SHOWN]
        waits = list(await practices.waiting(ids)) if await may_review(who, commune.id, ctx.now) else []
        lines = [ctx.t("**Cách làm hay** của {unit} gần đây:", unit=commune.full_name)]
        if not found:
            lines = [
                ctx.t("{unit} chưa đăng cách làm hay nào trong ba tháng qua.", unit=upper_first(commune.full_name))
            ]
        lines += [await self._line(ctx, one) for one in found]
        buttons = [Button.to(ctx.word("Xem xét") + f": {one.title}"[:50], OpenPractice(one.id)) for one in waits]
        buttons += [Button.to(ctx.word("Mở") + f": {one.title}"[:50], OpenPractice(one.id)) for one in found]
        buttons += await self.menu_items(ctx)
        buttons.append(Button.to(ctx.word("Tổng hợp tháng"), ShowPracticeDigest(f"{today:%Y-%m}")))
        ctx.reply(Text.join("\n", lines), [*buttons, *to_menu(ctx)])

    async def _line(self, ctx: Context, one: Practice) -> Text:
        place = await units.by_id(one.unit_id)
        count = len(await practices.users(one.id))
        used = ctx.t(", {count} thôn áp dụng", count=count) if count else Text()
        return ctx.t("• {title} ({village}", title=one.title, village=full(place)) + used + Text.verbatim(")")

    # Writing

    async def begin(self, ctx: Context, action: NewPractice) -> None:
        who = await people.who(account_of(ctx), ctx.now)
        if not in_private(ctx):
            return
        if await writes_for(ctx, who) is None:
            ctx.reply(ctx.t((await rights.decide(who, Act.GOOD_PRACTICE, None, on=ctx.now)).why), to_menu(ctx))
            return
        ctx.wait_for(FLOW, TITLE)
        ctx.reply(ctx.t(_WHAT), expects="text")

    async def take_title(self, ctx: Context) -> None:
        self._next(ctx, "title", LONGEST_TITLE, TEXT, _HOW)

    async def take_text(self, ctx: Context) -> None:
        self._next(ctx, "text", LONGEST_TEXT, RESULT, _WITH_WHAT)

    def _next(self, ctx: Context, name: str, longest: int, step: str, asked: str) -> None:
        flow, words = ctx.flow, typed(ctx)
        if flow is None or not words:
            return
        if too_long(ctx, words, longest):
            return
        ctx.wait_for(FLOW, step, {**flow.data, name: words})
        ctx.reply(ctx.t(asked), expects="text")

    async def take_result(self, ctx: Context) -> None:
        flow, words = ctx.flow, typed(ctx)
        if flow is None or not words:
            return
        if too_long(ctx, words, LONGEST_RESULT):
            return
        who = await people.who(account_of(ctx), ctx.now)
        place = await writes_for(ctx, who)
        ctx.leave_flow()
        if place is None:
            ctx.reply(ctx.t((await rights.decide(who, Act.GOOD_PRACTICE, None, on=ctx.now)).why), to_menu(ctx))
            return
        async with ctx.changes():
            one = await practices.write(
                place.id, flow.data["title"], flow.data["text"], words, author=who.person_id, now=ctx.now
            )
            ctx.reply(
                Text.join("\n\n", [await self.service.card(ctx, one), ctx.t(_NAMED)]), self._about_names(ctx, one)
            )

    def _about_names(self, ctx: Context, one: Practice) -> list[Button]:
        return [
            Button.to(ctx.word("Không nêu tên ai"), HandIn(one.id, one.version, "no")),
            Button.to(ctx.word("Có, đã đồng ý"), HandIn(one.id, one.version, "yes")),
            Button.to(ctx.word("Có, chưa hỏi"), HandIn(one.id, one.version, "ask")),
            Button.to(ctx.word("Bỏ tin này"), DropPractice(one.id, one.version)),
        ]

    async def hand_in(self, ctx: Context, action: HandIn) -> None:
        one = await self._own(ctx, action.practice, action.version)
        if one is None:
            return
        if action.named not in ("no", "yes"):
            ctx.reply(ctx.t(_ASK_THEM), self._about_names(ctx, one))
            return
        async with ctx.changes():
            new = await practices.hand_in(one, named=action.named == "yes")
            fresh = await practices.get(one.id)
            if not new or fresh is None:
                await self.service.newer(ctx, one.id)
                return
            commune = await units.commune_of(one.unit_id)
            text = Text.join(
                "\n", [self.service.mail.t("Có cách làm hay mới, bác xem giúp:"), await self.service.card(ctx, fresh)]
            )
            for officer in [] if commune is None else await people.holders(OFFICER, commune.id, ctx.now):
                await self.service.mail.tell(
                    officer.person_id, text, self.service.offer(fresh), key=f"clh{one.id}:new", now=ctx.now
                )
            ctx.replace(ctx.t("✅ Đã gửi xã xem. Tôi sẽ báo bác khi xã đăng."), to_menu(ctx))

    async def drop(self, ctx: Context, action: DropPractice) -> None:
        one = await self._own(ctx, action.practice, action.version)
        if one is None:
            return
        async with ctx.changes():
            if not await practices.drop(one):
                await self.service.newer(ctx, one.id)
                return
            ctx.replace(ctx.t("Đã bỏ tin này."), to_menu(ctx))

    async def _own(self, ctx: Context, practice_id: int, version: int) -> Practice | None:
        """Return a draft in its shown version for its author; otherwise say why not, or show it anew."""
        one = await practices.get(practice_id)
        who = await people.who(account_of(ctx), ctx.now)
        if one is None or who.person_id is None or one.author_id != who.person_id:
            ctx.reply(ctx.t("Không còn tin này, hoặc tin không phải của bác."), to_menu(ctx))
        elif one.version != version or one.state != "draft":
            await self.service.newer(ctx, one.id)
        else:
            return one
        return None

    async def open(self, ctx: Context, action: OpenPractice) -> None:
        one = await practices.get(action.practice)
        who = await people.who(account_of(ctx), ctx.now)
        reviews = one is not None and await may_review(who, one.unit_id, ctx.now)
        mine = one is not None and one.author_id is not None and one.author_id == who.person_id
        near = one is not None and await same_commune(ctx, who, one.unit_id)
        if one is None or not (reviews or mine or (one.state == "published" and near)):
            ctx.reply(ctx.t("Không còn tin này, hoặc tin không phải của bác."), to_menu(ctx))
            return
        buttons = self.service.offer(one) if reviews and one.state == "waiting" else []
        if one.state == "published":
            buttons = [Button.to(ctx.word("Áp dụng ở thôn tôi"), UsePractice(one.id, ""))]
        ctx.reply(await self.service.card(ctx, one), [*buttons, *to_menu(ctx)])

    # Taking it up

    async def use(self, ctx: Context, action: UsePractice) -> None:
        one = await practices.get(action.practice)
        who = await people.who(account_of(ctx), ctx.now)
        places = await led(ctx, who)
        if one is None or one.state != "published" or not await same_commune(ctx, who, one.unit_id):
            ctx.reply(ctx.t("Cách làm này không còn đăng ở xã của bác."))
            return
        others = [place for place in places if place.id != one.unit_id]
        if not others:
            reply = (
                ctx.t("Đây là cách làm của thôn bác.") if places else ctx.t("Tổ trưởng, Tổ phó của thôn chọn nút này.")
            )
            ctx.reply(reply)
            return
        place = next((each for each in others if each.code == action.unit), others[0] if len(others) == 1 else None)
        if place is None:
            ctx.reply(ctx.t("Thôn nào áp dụng?"), [Button.to(p.full_name, UsePractice(one.id, p.code)) for p in others])
            return
        async with ctx.changes():
            new = await practices.use(one.id, place.id, by=who.person_id, now=ctx.now)
            count = len(await practices.users(one.id))
            if not new:
                ctx.reply(
                    ctx.t(
                        "{village} đã ghi áp dụng từ trước; cả xã có {count} thôn.",
                        village=upper_first(place.full_name),
                        count=count,
                    )
                )
                return
            told = self.service.mail.t(
                "{village} áp dụng cách làm của bác: “{title}”.", village=upper_first(place.full_name), title=one.title
            )
            await self.service.mail.later.tell(one.author_id, told, key=f"clh{one.id}:use{place.id}", now=ctx.now)
            ctx.reply(
                ctx.t(
                    "✅ {village} áp dụng “{title}”. Đã có {count} thôn làm theo.",
                    village=upper_first(place.full_name),
                    title=one.title,
                    count=count,
                )
            )

    async def digest(self, ctx: Context, action: ShowPracticeDigest) -> None:
        """Show the month's text, ready to be sent on or read out."""
        days = month_of(action.month)
        who = await people.who(account_of(ctx), ctx.now)
        commune = await commune_of(ctx, who)
        if days is None or commune is None or not in_private(ctx):
            return
        ids = [commune.id, *(one.id for one in await units.descendants(commune.id, days[1]))]
        found = await practices.published(ids, *days)
        before = Button.to(ctx.word("Tháng trước"), ShowPracticeDigest(f"{days[0] - timedelta(days=1):%Y-%m}"))
        month = f"{days[0]:%m/%Y}"
        if not found:
            ctx.reply(ctx.t("Tháng {month} xã chưa đăng cách làm hay nào.", month=month), [before, *to_menu(ctx)])
            return
        lines = [ctx.t("**Cách làm hay tháng {month}, {unit}**", month=month, unit=commune.full_name)]
        for at, one in enumerate(reversed(found), start=1):
            count = len(await practices.users(one.id))
            place = await units.by_id(one.unit_id)
            lines.append(
                ctx.t("{at}. {title} ({village}): {result} ({count} thôn áp dụng)", at=at, title=one.title,
                      village=full(place), result=one.result.rstrip(" ."), count=count)
            )  # fmt: skip
        ctx.reply(Text.join("\n", lines), [before, *to_menu(ctx)])


def build(conversation: PracticeConversation) -> Router:
    router = Router()
    router.command("cachlamhay", "cách làm hay", "mô hình hay", "điển hình")(conversation.command)
    router.action(NewPractice)(conversation.begin)
    router.action(HandIn)(conversation.hand_in)
    router.action(DropPractice)(conversation.drop)
    router.action(OpenPractice)(conversation.open)
    router.action(UsePractice)(conversation.use)
    router.action(ShowPracticeDigest)(conversation.digest)
    router.step(FLOW, TITLE, TextSent, prose=True)(conversation.take_title)
    router.step(FLOW, TEXT, TextSent, prose=True)(conversation.take_text)
    router.step(FLOW, RESULT, TextSent, prose=True)(conversation.take_result)
    return router
