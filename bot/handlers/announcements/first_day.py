"""The first day of who pastes into the group of a village: how it is called, and a welcome to paste for a beginning.

It is asked once for each village that no group with the bot stands for, right after the invitation. Work left
undone waits in the menu, and is not asked for again.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.events import TextSent
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text
from bot.features import units
from bot.features.announcements.relays import answering, village_groups
from bot.features.announcements.relays.letter import PASTED
from bot.features.announcements.relays.village_groups import LONGEST
from bot.features.calendar.vietnam import today
from bot.features.people import people
from bot.features.units import Place
from bot.handlers.kit.forwarding import own_villages
from bot.handlers.kit.provisions import Dispatch
from bot.handlers.kit.speaker import account_of, in_private, to_menu
from bot.handlers.kit.typed import typed
from bot.i18n import msg
from bot.understanding.ranking import Ranking

from .forwarding import ChatOf, hand_out
from .relaying import is_sign_of_done

FLOW, NAME, PASTE = "village-group", "name", "paste"
_UNIT = "unit"
_ASK = msg(
    "Nhóm Zalo của {village} tên gì? Bác gõ đúng tên nhóm trong điện thoại. Xã có tin cho thôn, tôi gửi bác, "
    "bác chuyển vào nhóm ấy."
)
_WELCOME = (
    "Ủy ban nhân dân {commune}\n"
    "Kính gửi bà con {village}. Từ nay tin của xã được chuyển vào nhóm này, tin nào cũng ghi tên Ủy ban và số của tin. "
    "Bà con không phải cài thêm gì. Tin hỏi mã OTP, mật khẩu hay xin tiền không phải tin của xã."
)
_PASTE = msg(
    "Tôi ghi: nhóm Zalo “{group}”. Ở trên là lời chào của xã: bác nhấn giữ tin ấy, chọn Chuyển tiếp, chọn nhóm này. "
    "Xong bác chọn giúp tôi."
)
_DONE = msg(
    "✅ Xong rồi, cảm ơn bác. Xã có tin cho thôn, tôi gửi bác như thế: bác chuyển vào nhóm “{group}”, rồi báo tôi."
)
_SKIPPED = msg("Vâng. Khi nào cần, bác gõ “nhóm của thôn”.")
_KNOWN = msg("Nhóm Zalo của {village}: “{group}”.")
_NONE = msg("Việc này của người dán tin vào nhóm của thôn, ở thôn mà tôi không có trong nhóm.")
_SKIP, _RENAME = msg("Bỏ qua"), msg("Sửa tên nhóm")
_NOT_NAME, _LABEL = msg("Không phải tên nhóm"), msg("Nhóm Zalo của thôn")


class OpenVillageGroup(Action, code="vg1"):
    """Go on with the first day where it was left; for unit 0 of the person's first village."""

    unit: int


class SkipVillageGroup(Action, code="vg2"):
    unit: int


class WelcomePasted(Action, code="vg3"):
    unit: int


class NotVillageGroup(Action, code="vg4"):
    """The words taken for the name are something else: it is asked for again."""

    unit: int


class RenameVillageGroup(Action, code="vg5"):
    unit: int


class FirstDayConversation:
    def __init__(self, dispatch: Dispatch, chat_of: ChatOf, search: Ranking) -> None:
        self._search = search
        self._dispatch = dispatch
        self._chat_of = chat_of

    # Where it begins

    async def joined(self, ctx: Context) -> tuple[Text, Sequence[Button]]:
        """Ask who has just taken a role, inside the caller's transaction, unless the village was asked before."""
        for place in await own_villages(ctx) if ctx.private else ():
            if await village_groups.unasked(place.id):
                await village_groups.put(place.id, "name", ctx.now)
                return self._question(ctx, place)
        return Text(), ()

    async def menu_items(self, ctx: Context) -> Sequence[Button]:
        """Return the way back to what was left undone."""
        for place in await own_villages(ctx) if ctx.private else ():
            found = await village_groups.of(place.id)
            if found is not None and found.waits:
                return [Button.to(ctx.word(_LABEL), OpenVillageGroup(place.id))]
        return []

    async def at_menu(self, ctx: Context) -> Text:
        """Wait for no name any more: it would be the next words."""
        if ctx.flow is not None and ctx.flow.name == FLOW:
            ctx.leave_flow()
        return Text()

    async def command(self, ctx: Context) -> None:
        await self.open(ctx, OpenVillageGroup(0))

    async def open(self, ctx: Context, action: OpenVillageGroup) -> None:
        place = await self._place(ctx, action.unit)
        if place is None:
            return
        found = await village_groups.of(place.id)
        if found is None or not found.name:
            async with ctx.changes():
                await village_groups.put(place.id, "name", ctx.now)
                self._ask_name(ctx, place)
        elif found.stage == "paste":
            await self._ask_to_paste(ctx, place, found.name)
        else:
            rename = Button.to(ctx.word(_RENAME), RenameVillageGroup(place.id))
            ctx.reply(ctx.t(_KNOWN, village=place.full_name, group=found.name), [rename, *to_menu(ctx)])

    # The name

    def _ask_name(self, ctx: Context, place: Place) -> None:
        ctx.reply(*self._question(ctx, place), expects="text")

    def _question(self, ctx: Context, place: Place) -> tuple[Text, Sequence[Button]]:
        ctx.wait_for(FLOW, NAME, {_UNIT: str(place.id)})
        return ctx.t(_ASK, village=place.full_name), [
            Button.to(ctx.word(_SKIP), SkipVillageGroup(place.id), apart=True)
        ]

    async def rename(self, ctx: Context, action: RenameVillageGroup) -> None:
        place = await self._place(ctx, action.unit)
        if place is not None:
            self._ask_name(ctx, place)

    async def named(self, ctx: Context) -> None:
        """Take the next words as the name; later ones, long ones and questions are something else."""
        place, words = await self._waiting(ctx), typed(ctx)
        if place is None or not self._is_asked(ctx, place) or len(words) > LONGEST or "?" in words:
            await self._otherwise(ctx)
            return
        async with ctx.changes():
            ctx.leave_flow()
            before = await village_groups.of(place.id)
            pasted = before is not None and before.stage == "done"
            await village_groups.put(place.id, "done" if pasted else "paste", ctx.now, name=words)
            if pasted:
                ctx.reply(ctx.t(_KNOWN, village=place.full_name, group=words), to_menu(ctx))
            else:
                await self._ask_to_paste(ctx, place, words)

    async def not_a_name(self, ctx: Context, action: NotVillageGroup) -> None:
        place = await self._place(ctx, action.unit)
        found = None if place is None else await village_groups.of(place.id)
        if place is None or found is None or not found.name:
            return
        ctx.leave_flow()
        async with ctx.changes():
            await village_groups.put(place.id, "name", ctx.now, name="")
            self._ask_name(ctx, place)

    # The welcome

    async def _ask_to_paste(self, ctx: Context, place: Place, group: str) -> None:
        ctx.wait_for(FLOW, PASTE, {_UNIT: str(place.id)})
        commune = await units.commune_of(place.id, today(ctx.now))
        named = "" if commune is None else commune.full_name
        welcome = Text.of(_WELCOME, commune=named, village=place.full_name)
        await hand_out(ctx, welcome, place.id, self._chat_of)
        buttons = [
            Button.to(ctx.word(PASTED), WelcomePasted(place.id)),
            Button.to(ctx.word(_SKIP), SkipVillageGroup(place.id)),
            Button.to(ctx.word(_NOT_NAME), NotVillageGroup(place.id)),
        ]
        ctx.reply(ctx.t(_PASTE, group=group), buttons)

    async def heard_pasted(self, ctx: Context) -> None:
        """Take “đã dán” below the welcome, unless an announcement is waited for as well."""
        place = await self._waiting(ctx)
        who = await people.who(account_of(ctx), ctx.now)
        asked = [] if who.person_id is None else await answering.waiting_for(who.person_id, ctx.now)
        done = is_sign_of_done(typed(ctx)) or self._search.means(typed(ctx), "leader:pasted")
        if place is None or asked or not done:
            await self._otherwise(ctx)
        else:
            await self.pasted(ctx, WelcomePasted(place.id))

    async def pasted(self, ctx: Context, action: WelcomePasted) -> None:
        await self._end(ctx, action.unit, done=True)

    async def skip(self, ctx: Context, action: SkipVillageGroup) -> None:
        await self._end(ctx, action.unit, done=False)

    async def _end(self, ctx: Context, unit: int, *, done: bool) -> None:
        place = await self._place(ctx, unit)
        found = None if place is None else await village_groups.of(place.id)
        if place is None or found is None:
            return
        async with ctx.changes():
            self._leave(ctx)
            if done and found.name:
                await village_groups.put(place.id, "done", ctx.now)
                ctx.reply(ctx.t(_DONE, group=found.name), to_menu(ctx))
                return
            if found.waits:
                await village_groups.put(place.id, "skipped", ctx.now)
            ctx.reply(ctx.t(_SKIPPED), to_menu(ctx))

    # Who and where

    async def _place(self, ctx: Context, unit: int) -> Place | None:
        """Return the village if the person pastes there; refuse otherwise: the number may be forged."""
        if not in_private(ctx):
            return None
        places = await own_villages(ctx)
        found = next((place for place in places if unit in (0, place.id)), None)
        if found is None:
            ctx.reply(ctx.t(_NONE), to_menu(ctx))
        return found

    async def _waiting(self, ctx: Context) -> Place | None:
        """Return the village of the question that is open."""
        flow = ctx.flow
        places = await own_villages(ctx) if flow is not None and ctx.private else []
        return next((place for place in places if flow is not None and flow.data[_UNIT] == str(place.id)), None)

    def _is_asked(self, ctx: Context, place: Place) -> bool:
        """Tell whether the name is what was asked last: after anything else the words are no answer to it."""
        last = {button.data for item in ctx.session.lists[-1:] for button in item.buttons}
        return Button.to("", SkipVillageGroup(place.id)).data in last

    async def _otherwise(self, ctx: Context) -> None:
        self._leave(ctx)
        await self._dispatch.otherwise(ctx)

    def _leave(self, ctx: Context) -> None:
        if ctx.flow is not None and ctx.flow.name == FLOW:
            ctx.leave_flow()


def build(conversation: FirstDayConversation) -> Router:
    router = Router()
    router.command("nhomthon", "nhóm của thôn", "nhóm zalo của thôn", "tên nhóm thôn")(conversation.command)
    router.action(OpenVillageGroup)(conversation.open)
    router.action(SkipVillageGroup)(conversation.skip)
    router.action(WelcomePasted)(conversation.pasted)
    router.action(NotVillageGroup)(conversation.not_a_name)
    router.action(RenameVillageGroup)(conversation.rename)
    router.step(FLOW, NAME, TextSent)(conversation.named)
    router.step(FLOW, PASTE, TextSent)(conversation.heard_pasted)
    return router
