"""Difficulties: raised in a report or by `/khokhan`, worked on by the commune, answered to reporter and group."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.events import Chat, TextSent
from bot.core.messages import Button, Message
from bot.core.router import Handler, Router
from bot.core.small_words import NO, READY, YES, without_courtesy
from bot.core.text import Text
from bot.features import units
from bot.features.calendar import periods
from bot.features.checkins.actions import (
    AnswerDifficulty,
    AskGrade,
    AskMentor,
    DirectDifficulty,
    MergeDifficulty,
    OpenDifficulty,
    TakeDifficulty,
)
from bot.features.checkins.scope import FigureScope, scope
from bot.features.difficulties import answers, difficulties, handling, mentors
from bot.features.difficulties.difficulties import CATEGORIES, STATES, Difficulty
from bot.features.difficulties.grades import GRADES
from bot.features.difficulties.handling import DIRECTS, HANDLERS
from bot.features.forwarding import villages
from bot.features.forwarding.actions import words_button
from bot.features.groups import channels
from bot.features.help.actions import AskPerson
from bot.features.notices import delivery_channels
from bot.features.notices.mail import Mail
from bot.features.notices.notice_outbox import NoticeOutbox
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.features.rights.table import CHAIR, OFFICER, STEERING
from bot.features.units import Place
from bot.handlers.kit.hooks import Aside
from bot.handlers.kit.speaker import in_private
from bot.handlers.kit.typed import too_long, typed
from bot.i18n import short_date

from .for_group import FORWARD
from .progress import asks_how_far, tell_how_far, waiting
from .wording import URGENT, how_urgent

log = logging.getLogger(__name__)

FLOW = "difficulty"
TEXT, SURE = "text", "sure"
_WORDS = "words"
_SHOWN = 8
_REPORT = "report"
_NOTHING = NO | {"chua", "chua co", "chua co gi", "khong co", "khong co gi", "khong co kho khan"}
"""What is said to the question for a difficulty by who has none; it would go to the commune as one."""


class SendAsDifficulty(Action, code="kks"):
    """The words that were asked about."""


class KeepDifficultyBack(Action, code="kkn"):
    pass


class DifficultyConversation:
    """`aside` is work that waits while a difficulty is asked for: a report of figures."""

    def __init__(self, outbox: NoticeOutbox, aside: Iterable[Aside], otherwise: Handler) -> None:
        self._otherwise = otherwise
        self._outbox = outbox
        self._aside = aside

    async def command(self, ctx: Context) -> None:
        """Handle `/khokhan`: list the open difficulties for officials, ask all others for theirs."""
        found = await self.scope(ctx)
        text = ctx.args.strip().lstrip(":").strip()
        if found is None:
            ctx.reply(
                ctx.t("Bác nói với Tổ công nghệ số của thôn, hoặc chọn “Tôi bị kẹt” trong bài hướng dẫn để được giúp."),
                [Button.to(ctx.word("Hỏi người trong thôn"), AskPerson("", ""))] if ctx.private else [],
            )
        elif not text and found.who.has(OFFICER, CHAIR, STEERING):
            # What the villages complain of is not read out before one of them.
            if in_private(ctx):
                await self._list(ctx, found)
        elif not text:
            await self._ask(ctx, found)
        elif asks_how_far(text):
            await tell_how_far(ctx, found)
        else:
            await self._take(ctx, found, text)

    async def how_far(self, ctx: Context, words: str) -> bool:
        """Answer “Xã trả lời chưa?” from a reporter in private, so that it is not kept as one more difficulty."""
        found = await self.scope(ctx) if ctx.private else None
        if found is None or not found.own:
            return False
        await tell_how_far(ctx, found)
        return True

    async def raise_in_words(self, ctx: Context, words: str) -> bool:
        """Ask a reporter whether these words are to go to the commune as a difficulty."""
        found = await self.scope(ctx) if ctx.private else None
        if found is None or not found.own or ctx.flow is not None:
            return False
        if not words or len(words) > difficulties.LONGEST:
            await self._ask(ctx, found)
            return True
        ctx.wait_for(FLOW, SURE, {_WORDS: words})
        ctx.reply(
            ctx.t("Bác gửi xã khó khăn này nhé?\n“{words}”", words=words),
            [Button.to(ctx.word("Gửi xã"), SendAsDifficulty()), Button.to(ctx.word("Không gửi"), KeepDifficultyBack())],
            rows=(2,),
        )
        return True

    async def send_words(self, ctx: Context, action: SendAsDifficulty) -> None:
        """Keep the words that were asked about as a difficulty."""
        words = ctx.flow.data.get(_WORDS, "") if ctx.flow is not None and ctx.flow.name == FLOW else ""
        found = await self.scope(ctx) if words else None
        if found is None:
            await self.command(ctx)
            return
        ctx.leave_flow()
        await self._take(ctx, found, words)

    async def keep_back(self, ctx: Context, action: KeepDifficultyBack) -> None:
        if ctx.flow is not None and ctx.flow.name == FLOW:
            ctx.leave_flow()
        ctx.reply(ctx.t("Vâng, tôi không gửi gì lên xã."))

    async def take_sure(self, ctx: Context) -> None:
        """Take “ừ” and “không” under the question whether the words are to be sent; other words are a new matter."""
        answer = without_courtesy(typed(ctx))
        if answer in YES | READY:
            await self.send_words(ctx, SendAsDifficulty())
        elif answer in NO:
            await self.keep_back(ctx, KeepDifficultyBack())
        else:
            ctx.leave_flow()
            await self._otherwise(ctx)

    async def _ask(self, ctx: Context, found: FigureScope | None = None) -> None:
        report = _put_aside(ctx) or await self._put_aside(ctx)
        lines = [ctx.t("Bác gõ khó khăn bằng một tin ngắn, không ghi tên bà con. Gõ “hủy” để thôi.")]
        if found is not None:
            lines = [*await waiting(ctx, found), *lines]
        if report:
            lines.append(ctx.t("Bản báo cáo của bác vẫn chờ, xong việc này tôi hỏi lại."))
        ctx.wait_for(FLOW, TEXT, {_REPORT: report} if report else {})
        ctx.reply(Text.join("\n", lines), expects="text")

    async def take_answer(self, ctx: Context) -> None:
        if too_long(ctx, typed(ctx), difficulties.LONGEST):
            return
        answer = without_courtesy(typed(ctx))
        if answer in YES | READY:
            await self._ask(ctx)
            return
        found = await self.scope(ctx)
        report = _put_aside(ctx)
        ctx.leave_flow()
        if answer in _NOTHING:
            ctx.reply(ctx.t("Vâng, tôi không gửi gì lên xã."))
            await self._back_to(ctx, report)
        elif found is not None and isinstance(ctx.event, TextSent):
            await self._take(ctx, found, ctx.event.text, report)

    async def _take(self, ctx: Context, found: FigureScope, text: str, report: str = "") -> None:
        place = found.meant or (found.own[0] if found.own else None)
        if place is None:
            ctx.reply(ctx.t("Bác gõ trong nhóm của thôn, để tôi biết khó khăn ở nơi nào."))
            return
        async with ctx.changes():
            one = await self.keep(ctx, found, place, text, ctx.event.id)
            more, buttons = how_urgent(ctx, [one])
            reply = ctx.t("Đã chuyển xã. Tôi sẽ báo lại bác khi xã trả lời.")
            ctx.reply(Text.join("\n", [reply, *more]), buttons)
            await self._back_to(ctx, report)

    async def _put_aside(self, ctx: Context) -> str:
        for work in self._aside:
            if report := await work.put_aside(ctx):
                return report
        return ""

    async def _back_to(self, ctx: Context, report: str) -> None:
        for work in self._aside:
            await work.shows_again(ctx, report)

    async def keep(self, ctx: Context, found: FigureScope, place: Place, text: str, key: str) -> Difficulty:
        """Keep a difficulty, inside the caller's transaction, and tell its owner, of an urgent one at any hour."""
        officers = await people.holders("officer", found.commune.id, ctx.now)
        owner = await people.first_reachable([officer.person_id for officer in officers])
        one = await difficulties.raise_one(place.id, text, reporter=found.who.person_id, owner=owner, now=ctx.now)
        reply, urgent = await self.card(ctx, one), one.grade == "urgent"
        if urgent:
            reply = Text.join("\n", [ctx.t(URGENT), reply])
        for officer in officers:
            await self.tell_person(
                officer.person_id, reply, f"kk{one.id}-new", ctx.now, self.offer(ctx, one), at_once=urgent
            )
        return one

    async def open(self, ctx: Context, action: OpenDifficulty) -> None:
        who = await people.who(_account(ctx), ctx.now)
        one = await self.allowed(ctx, action.difficulty, (*HANDLERS, STEERING))
        if one is not None:
            offers = self.offer(ctx, one) if who.has(*HANDLERS) else []
            if offers and await self._has_mentors(ctx, one):
                offers.append(Button.to(ctx.word("Hỏi quan sát viên"), AskMentor(one.id)))
            if who.has(*DIRECTS):
                offers.append(Button.to(ctx.word("Ý kiến chỉ đạo"), DirectDifficulty(one.id, one.version)))
            ctx.reply(await self.card(ctx, one), offers)

    async def take(self, ctx: Context, action: TakeDifficulty) -> None:
        one = await self.allowed(ctx, action.difficulty)
        if one is None:
            return
        who = await people.who(_account(ctx), ctx.now)
        async with ctx.changes():
            if one.version != action.version or not await difficulties.take(one, who.person_id, ctx.now):
                await self.newer(ctx, one.id)
                return
            fresh = await difficulties.get(one.id) or one
            reply = ctx.t("Đã ghi nhận bác xử lý khó khăn số {id}.", id=one.id)
            ctx.reply(Text.join("\n", [reply, await self.card(ctx, fresh)]), self.offer(ctx, fresh))

    async def tell_village(self, ctx: Context, one: Difficulty, text: Text, buttons: Sequence[Button] = ()) -> int:
        """Send a text to the reporter and to the village's groups; return to how many chats.

        In the place of a group that takes no bot, the person who pastes into it hears it.
        """
        key = answers.key_of(one)
        told = 0
        pass_on = [words_button(FORWARD, str(one.id), ctx.word)] if one.response else []
        relay = (await villages.first_relays([one.unit_id], self._outbox, ctx.now)).get(one.unit_id)
        pastes = one.reporter_id is not None and any(
            place.id == one.unit_id for place in await villages.pasted_by(one.reporter_id, ctx.now)
        )
        if one.reporter_id is not None:
            own = [*buttons, *pass_on] if pastes else buttons
            told += await self.tell_person(one.reporter_id, text, key, ctx.now, own)
        if relay is not None and not (pastes and told):
            told += await self.tell_person(relay.person_id, text, key, ctx.now, pass_on)
        for group in await channels.of_unit(one.unit_id, periods.today(ctx.now)):
            told += await self._add(
                Chat(group.platform, group.native_id, "group"), Message(text), f"{key}-g{group.id}", ctx.now
            )
        return told

    async def tell_owner(self, ctx: Context, one: Difficulty, note: Text | None = None) -> None:
        """Send the present card, below a note, to the person who works on the difficulty."""
        if one.owner_id is not None:
            key = f"kk{one.id}-own{one.version}"
            text = Text.join("\n", [*([note] if note is not None else []), await self.card(ctx, one)])
            await self.tell_person(one.owner_id, text, key, ctx.now, self.offer(ctx, one))

    async def _list(self, ctx: Context, found: FigureScope) -> None:
        ids = [found.commune.id, *(one.id for one in found.villages)]
        if not found.who.has(OFFICER, CHAIR):
            ids = [one.id for one in found.own]
        today = periods.today(ctx.now)
        names = {one.id: one.full_name for one in (found.commune, *found.villages)}
        rows = [one for one in await difficulties.ageing(ids) if not one.same_as]
        if not rows:
            ctx.reply(ctx.t("Không còn khó khăn nào chờ xử lý."))
            return
        lines = [ctx.t("Khó khăn chờ xử lý: {count}. Việc cần ngay đứng trước, rồi đến việc cũ nhất.", count=len(rows))]
        for one in rows[:_SHOWN]:
            late = ctx.word("quá hạn") if one.overdue(today) else ctx.word("hạn") + f" {one.due_on:%d/%m}"
            if not one.waits:
                late = ctx.word(STATES[one.state])
            if one.grade != "normal":
                late = f"{ctx.word(GRADES[one.grade])}, {late}"
            lines.append(
                ctx.t(
                    "• Số {id}, {village}, {days} ngày, {late}: {text}",
                    id=one.id,
                    village=names[one.unit_id],
                    days=one.age(today),
                    late=late,
                    text=one.text[:120],
                )
            )
        buttons = [Button.to(ctx.word("Mở số") + f" {one.id}", OpenDifficulty(one.id)) for one in rows[:_SHOWN]]
        ctx.reply(Text.join("\n", lines), buttons)

    async def allowed(self, ctx: Context, difficulty_id: int, roles: Sequence[str] = HANDLERS) -> Difficulty | None:
        """Return the difficulty for somebody with one of these roles who may handle it; refuse otherwise."""
        one = await difficulties.get(difficulty_id)
        if one is None:
            ctx.reply(ctx.t(handling.GONE))
            return None
        if await handling.may_handle(await people.who(_account(ctx), ctx.now), one, ctx.now, roles):
            return one
        ctx.reply(ctx.t(handling.NOT_YOURS))
        return None

    async def newer(self, ctx: Context, difficulty_id: int) -> None:
        one = await difficulties.get(difficulty_id)
        if one is not None:
            note = ctx.t("Đã có người cập nhật trước, tình hình bây giờ:")
            ctx.reply(Text.join("\n", [note, await self.card(ctx, one)]), self.offer(ctx, one))

    async def card(self, ctx: Context, one: Difficulty) -> Text:
        place = await units.by_id(one.unit_id)
        card = ctx.t(
            "Khó khăn số {id} ({state}), {village}, loại: {category}, hạn trả lời {due}:\n“{text}”",
            id=one.id,
            state=ctx.word(STATES[one.state]) + ("" if one.grade == "normal" else f", {ctx.word(GRADES[one.grade])}"),
            village="" if place is None else place.full_name,
            category=ctx.word(CATEGORIES.get(one.category, CATEGORIES["other"])),
            due=short_date(one.due_on, ctx.locale),
            text=one.text,
        )
        if one.directive:
            card += ctx.t("\nÝ kiến chỉ đạo: {text}", text=one.directive)
        for asked in await mentors.about(one.id):
            if asked.answered:
                card += ctx.t("\nÝ kiến quan sát viên: {text}", text=asked.answer)
            else:
                card += ctx.t("\nĐã hỏi quan sát viên, chờ trả lời.")
        if one.response:
            card += ctx.t("\nXã trả lời: {text}", text=one.response)
        if not one.waits and (way := await answers.travel(one)) is not None:
            card += Text.verbatim("\n") + answers.told(Mail(self._outbox, language=ctx.locale), way)
        if one.same_as and one.open:
            card += ctx.t("\nTrùng với khó khăn số {id}, trả lời chung.", id=one.same_as)
        if others := await difficulties.same(one.id):
            card += ctx.t("\nCùng nội dung: {numbers}.", numbers=", ".join(str(each.id) for each in others))
        return card

    async def _has_mentors(self, ctx: Context, one: Difficulty) -> bool:
        commune = await units.commune_of(one.unit_id)
        return commune is not None and bool(await mentors.mentors(commune.id, ctx.now))

    def offer(self, ctx: Context, one: Difficulty) -> list[Button]:
        if not one.open:
            return []
        offers = [Button.to(ctx.word("Nhận xử lý"), TakeDifficulty(one.id, one.version))] if one.state == "new" else []
        return [
            *offers,
            Button.to(ctx.word("Trả lời"), AnswerDifficulty(one.id, one.version, "answered")),
            Button.to(ctx.word("Báo đã giải quyết"), AnswerDifficulty(one.id, one.version, "solved")),
            Button.to(ctx.word("Chuyển cấp trên"), AnswerDifficulty(one.id, one.version, "passed_on")),
            *(self._before_answer(ctx, one) if one.waits else ()),
        ]

    def _before_answer(self, ctx: Context, one: Difficulty) -> list[Button]:
        return [
            Button.to(ctx.word("Đổi mức gấp"), AskGrade(one.id)),
            Button.to(ctx.word("Trùng với khó khăn khác"), MergeDifficulty(one.id, one.version, 0)),
        ]

    async def tell_person(
        self,
        person_id: int,
        text: Text,
        key: str,
        now: datetime,
        buttons: Sequence[Button] = (),
        *,
        at_once: bool = False,
    ) -> bool:
        """Send a text to a person, with `at_once` also in quiet hours; return False without a way to them."""
        for chat in (await delivery_channels.to_person(self._outbox, person_id, now))[:1]:
            return await self._add(chat, Message(text, tuple(buttons)), f"{key}-{person_id}", now, at_once=at_once)
        return False

    async def _add(self, chat: Chat, message: Message, key: str, now: datetime, *, at_once: bool = False) -> bool:
        try:
            await self._outbox.add(chat, message, key=key[:90], now=now, answering=at_once)
        except LookupError:
            log.warning("a notice about a difficulty has no way out: %s is off", chat.platform)
            return False
        return True

    async def scope(self, ctx: Context) -> FigureScope | None:
        return await scope(_account(ctx), None if ctx.private else ctx.chat.id, ctx.now)


def _put_aside(ctx: Context) -> str:
    """Return the id of the report that was set aside for the open question; "" for none."""
    return ctx.flow.data.get(_REPORT, "") if ctx.flow is not None and ctx.flow.name == FLOW else ""


def _account(ctx: Context) -> Account:
    return Account(ctx.chat.platform, ctx.sender.id)


def build(conversation: DifficultyConversation) -> Router:
    router = Router()
    router.command("khokhan", "khó khăn", "vướng mắc", takes_args=True)(conversation.command)
    router.action(OpenDifficulty)(conversation.open)
    router.action(TakeDifficulty)(conversation.take)
    router.action(SendAsDifficulty)(conversation.send_words)
    router.action(KeepDifficultyBack)(conversation.keep_back)
    router.step(FLOW, SURE, TextSent)(conversation.take_sure)
    router.step(FLOW, TEXT, TextSent, prose=True)(conversation.take_answer)
    return router
