"""Answers of the person who pastes announcements into the group of a village: it is done, or it cannot be."""

from __future__ import annotations

import re
from datetime import datetime

from bot.core.context import Context
from bot.core.events import TextSent
from bot.core.lean import patterns
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.small_words import words_only
from bot.core.text import Text, fold, upper_first
from bot.features.announcements import relay_people, store
from bot.features.announcements.model import Announcement
from bot.features.announcements.relays import answering
from bot.features.announcements.relays.actions import SayNotPasted, SayPasted, TellNotPasted, TellPasted
from bot.features.announcements.relays.letter import NOT_PASTED, PASTED
from bot.features.announcements.relays.model import RelayAsk, RelayTarget, ask_of, asks_of, pasted, target_of
from bot.features.outbox.box import Outbox
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.handlers.kit.speaker import to_menu
from bot.i18n import msg
from bot.understanding.ranking import Ranking

from .common import AnnouncementService
from .proving import RelayProofConversation
from .relay_wording import outdated, time_of, village_of

_ENOUGH = 40
"""So many letters of an announcement, beside its label, are that announcement."""
_KNOWN = 20
_LINK = patterns.compile(r"/t/([a-z0-9]{16})\b")
_LABEL = patterns.compile(r"\bTB[ -]*(\d{1,7})\b", re.IGNORECASE)
_THUMBS = frozenset("👍👌✅🆗")
_BARE = frozenset({"xong", "xong roi", "da xong", "ok", "oke", "roi", "da roi"})

_GONE = msg("Không còn tin này nữa.")
_NOT_YOURS = msg("Tin này đang nhờ người khác dán, không phải bác. Cảm ơn bác.")
_THANKS = msg("✅ Đã ghi: {village} có {label} lúc {time}. Cảm ơn bác.")
_SHOW = msg("Muốn thì bác gửi thêm một ảnh chụp nhóm: chỉ cán bộ xã xem được, ảnh xóa sau một năm.")
_AGAIN = msg("Tôi ghi rồi: {village} có {label} từ lúc {time}, qua {name}.")
_BY_ANOTHER = msg("Tôi ghi bác cũng đã dán {label}. {village} có tin từ lúc {time}, qua {name}.")
_ASKED_ANOTHER = msg("Đã ghi: bác chưa dán được {label}. Tôi nhờ người khác của {village}. Dán được sau bác vẫn báo.")
_TELLS_OFFICE = msg("Đã ghi: bác chưa dán được {label}. Tôi báo xã. Dán được sau thì bác vẫn báo cho tôi.")
_WHICH = msg("Bác đã dán tin nào vào nhóm?")
_WHICH_NOT = msg("Bác chưa dán được tin nào?")
_NOTHING = msg("Tôi không thấy tin nào đang nhờ bác dán vào nhóm.")
_NOT_ASKED = msg("Tôi không nhờ bác dán {label} vào nhóm nào.")
_CAME_BACK = msg("Bác chuyển nhầm tin {label} về đây. Nhờ bác chuyển vào nhóm của {village}, rồi chọn “{pasted}”.")
_HAS_IT = msg("Bác chuyển nhầm tin {label} về đây. {village} có tin từ lúc {time}, qua {name}, bác không cần dán nữa.")


class RelayConversation:
    """The answers of who was asked. Thanks are left out if each message is one of a plan."""

    def __init__(self, service: AnnouncementService, proof: RelayProofConversation, search: Ranking) -> None:
        self._proof = proof
        self._search = search
        self._answers = service.features.answers
        self._outbox: Outbox = service.features.outbox

    async def pasted(self, ctx: Context, action: TellPasted | SayPasted) -> None:
        if not await self._unclear(ctx, done=True) and (found := await self._found(ctx, action.ask)) is not None:
            await self._say_pasted(ctx, *found, proven=isinstance(action, TellPasted))

    async def not_pasted(self, ctx: Context, action: TellNotPasted | SayNotPasted) -> None:
        if not await self._unclear(ctx, done=False) and (found := await self._found(ctx, action.ask)) is not None:
            await self._say_not_pasted(ctx, *found, proven=isinstance(action, TellNotPasted))

    async def understand(self, ctx: Context, words: str) -> bool:
        """Take “dán rồi”, a thumb, “chưa dán được TB-0001” from who was asked, or who might have been."""
        if not ctx.private:
            return False
        returned = "\n" in words.strip() or _LINK.search(words) is not None
        named = None if returned else _LABEL.search(words)
        rest = words if named is None else _LABEL.sub(" ", words).strip()
        not_done = bool(rest) and self._search.means(rest, "leader:not-pasted")
        done = bool(rest) and not not_done and self._search.means(rest, "leader:pasted")
        sign = is_sign_of_done(rest)
        if not (done or not_done or sign or returned):
            return False
        who = await people.who(Account(ctx.chat.platform, ctx.sender.id), ctx.now)
        if who.person_id is None:
            return False
        if _LINK.search(words) or not (done or not_done or sign):
            return await _came_back(ctx, who.person_id, words)
        asks = await self._meant(who.person_id, ctx.now, None if named is None else int(named[1]), done=not not_done)
        if not (done or not_done):  # a sign says something only to who waits for it
            waiting = await answering.waiting_for(who.person_id, ctx.now)
            asks = [each for each in asks if each in waiting]
        if asks:
            await self._answered(ctx, asks, done=not not_done)
            return True
        return (done or not_done) and await self._not_asked(ctx, who.person_id, named)

    async def _meant(self, person_id: int, now: datetime, number: int | None, *, done: bool) -> list[RelayAsk]:
        """Return the asks that the words may be about: those that wait, else the last one; of a `number` its own.

        Of what cannot be pasted the last one only if it was answered: “đã dán” was the wrong number.
        """
        waiting, latest = await answering.waiting_for(person_id, now), await answering.latest(person_id, now, _KNOWN)
        if number is not None:
            labels = {each.id: await _number_of(each) for each in latest}
            latest = [each for each in latest if labels[each.id] == number]
            waiting = [each for each in waiting if labels.get(each.id) == number]
        last = [each for each in latest[:1] if done or each.state in ("pasted", "refused", "withdrawn")]
        return waiting or (latest if number is not None else last)

    async def _answered(self, ctx: Context, asks: list[RelayAsk], *, done: bool) -> None:
        if len(asks) > 1:
            await self._ask_which(ctx, _WHICH if done else _WHICH_NOT, asks, done=done)
        elif done:
            await self.pasted(ctx, SayPasted(asks[0].id))
        else:
            await self.not_pasted(ctx, SayNotPasted(asks[0].id))

    async def _not_asked(self, ctx: Context, person_id: int, named: re.Match[str] | None) -> bool:
        """Tell who may be asked that nothing waits for them; everybody else's words are not for this family."""
        if named is not None and await answering.latest(person_id, ctx.now, 1):
            ctx.reply(ctx.t(_NOT_ASKED, label=f"TB-{int(named[1]):04d}"))
            return True
        if not any(grant.role in relay_people.ROLES for grant in await people.grants_of(person_id, ctx.now)):
            return False
        ctx.reply(ctx.t(_NOTHING))
        return True

    async def _unclear(self, ctx: Context, *, done: bool) -> bool:
        """Ask about which one it is if the label of the buttons was typed while several wait: all of them bear it."""
        heard = fold(words_only(ctx.event.text)) if isinstance(ctx.event, TextSent) else ""
        label = fold(words_only(ctx.word(PASTED if done else NOT_PASTED)))
        if not ctx.private or not any(letter.isalpha() for letter in heard) or heard not in label:
            return False
        who = await people.who(Account(ctx.chat.platform, ctx.sender.id), ctx.now)
        open_ones = [] if who.person_id is None else await answering.waiting_for(who.person_id, ctx.now)
        if len(open_ones) < 2:
            return False
        await self._ask_which(ctx, _WHICH if done else _WHICH_NOT, open_ones, done=done)
        return True

    async def _ask_which(self, ctx: Context, question: str, asks: list[RelayAsk], *, done: bool) -> None:
        buttons: list[Button] = []
        for ask in asks:
            to = await target_of(ask.target_id)
            one = None if to is None else await store.get(to.announcement_id)
            if to is not None and one is not None:
                label = f"{one.label}, {await village_of(to)}"
                buttons.append(Button.to(label, SayPasted(ask.id) if done else SayNotPasted(ask.id)))
        ctx.reply(ctx.t(question), buttons)

    async def _found(self, ctx: Context, ask_id: int) -> tuple[RelayAsk, RelayTarget, Announcement] | None:
        """Return an ask of the person who speaks, with what it is about; refuse otherwise."""
        ask = await ask_of(ask_id)
        who = await people.who(Account(ctx.chat.platform, ctx.sender.id), ctx.now)
        # A stranger's press learns nothing about what was asked of whom.
        if ask is not None and (who.person_id is None or who.person_id != ask.person_id):
            ctx.reply(ctx.t(_NOT_YOURS))
            return None
        to = None if ask is None else await target_of(ask.target_id)
        one = None if to is None else await store.get(to.announcement_id)
        if ask is None or to is None or one is None:
            ctx.reply(ctx.t(_GONE), to_menu(ctx) if ctx.private else [])
            return None
        return ask, to, one

    async def _say_pasted(
        self, ctx: Context, ask: RelayAsk, to: RelayTarget, one: Announcement, *, proven: bool
    ) -> None:
        async with ctx.changes():
            if (over := await outdated(ctx, one, to, done=True)) is not None:
                # It is kept all the same: the group has it.
                await self._answers.pasted(ask, ctx.now, proven=proven, stands=False)
                ctx.reply(over)
                return
            before = pasted((await asks_of([to.id]))[to.id])
            new = await self._answers.pasted(ask, ctx.now, proven=proven)
            first = pasted((await asks_of([to.id]))[to.id])
            if first is None:
                return
            if pictures := ctx.take_photos():
                await self._proof.take(ctx, ask, pictures)
            values = {"label": one.label, "village": await village_of(to), "time": time_of(ctx, first)}
            if before is not None:
                name = await answering.name_of(first.person_id)
                ctx.reply(ctx.t(_BY_ANOTHER if new else _AGAIN, name=name, **values))
            elif not await self._outbox.months.counts(ctx.chat):
                thanks = ctx.t(_THANKS, **values)
                ctx.reply(thanks if pictures else Text.join("\n", [thanks, ctx.t(_SHOW)]))

    async def _say_not_pasted(
        self, ctx: Context, ask: RelayAsk, to: RelayTarget, one: Announcement, *, proven: bool
    ) -> None:
        async with ctx.changes():
            over = await outdated(ctx, one, to)
            if over is None or ask.state == "pasted":
                await self._answers.refused(ask, ctx.now, proven=proven)
            if over is not None:
                ctx.reply(over)
                return
            asks = (await asks_of([to.id]))[to.id]
            values = {"label": one.label, "village": await village_of(to)}
            if (first := pasted(asks)) is not None:
                name = await answering.name_of(first.person_id)
                ctx.reply(ctx.t(_AGAIN, name=name, time=time_of(ctx, first), **values))
            elif any(each.id == ask.id and each.state == "withdrawn" for each in asks):
                ctx.reply(ctx.t(_NOT_YOURS))
            elif any(each.state == "asked" for each in asks):
                ctx.reply(ctx.t(_ASKED_ANOTHER, **values))
            else:
                ctx.reply(ctx.t(_TELLS_OFFICE, label=one.label))


async def _came_back(ctx: Context, person_id: int, words: str) -> bool:
    """Answer who sent the announcement back to the bot: its link, or else its own words. False of anything else."""
    link, flat = _LINK.search(words), " ".join(words.split())
    for ask in await answering.latest(person_id, ctx.now, _KNOWN):
        to = await target_of(ask.target_id)
        one = None if to is None else await store.get(to.announcement_id)
        if to is None or one is None:
            continue
        begins = " ".join(one.text.split())[:_ENOUGH]
        if (link is not None and to.code == link[1]) or (link is None and one.label in flat and begins in flat):
            await _say_came_back(ctx, ask, to, one)
            return True
    return False


async def _say_came_back(ctx: Context, ask: RelayAsk, to: RelayTarget, one: Announcement) -> None:
    over, first = await outdated(ctx, one, to), pasted((await asks_of([to.id]))[to.id])
    if over is not None:
        ctx.reply(over)
    elif first is not None:
        values = {"label": one.label, "village": upper_first(await village_of(to)), "time": time_of(ctx, first)}
        ctx.reply(ctx.t(_HAS_IT, name=await answering.name_of(first.person_id), **values))
    else:
        values = {"label": one.label, "village": await village_of(to), "pasted": ctx.word(PASTED)}
        buttons = [
            Button.to(ctx.word(PASTED), SayPasted(ask.id)),
            Button.to(ctx.word(NOT_PASTED), SayNotPasted(ask.id)),
        ]
        ctx.reply(ctx.t(_CAME_BACK, **values), buttons)


def is_sign_of_done(words: str) -> bool:
    """Return whether a thumb, or “xong”, says that it is done, to who is waited for."""
    shown = words.strip()
    return (bool(shown) and set(shown) <= _THUMBS | {"\ufe0f"} | _SKINS) or fold(words_only(words)) in _BARE


async def _number_of(one: RelayAsk) -> int:
    """Return the number of the announcement that an ask is about; 0 of one that is gone."""
    to = await target_of(one.target_id)
    found = None if to is None else await store.get(to.announcement_id)
    return 0 if found is None else found.number


_SKINS = frozenset(chr(code) for code in range(0x1F3FB, 0x1F400))


def build(conversation: RelayConversation) -> Router:
    router = Router()
    router.action(TellPasted)(conversation.pasted)
    router.action(SayPasted)(conversation.pasted)
    router.action(TellNotPasted)(conversation.not_pasted)
    router.action(SayNotPasted)(conversation.not_pasted)
    return router
